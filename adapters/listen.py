"""An HTTP server beside the other tasks of one event loop."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn


class Server(uvicorn.Server):
    """Leaves the signals to whoever owns the event loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def opened(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 is any free one. Raises OSError where the address cannot be had."""
    listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    # asyncio does this only for sockets that name their protocol; without it an answer can wait 40 ms for an ACK.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


async def listen(server: Server, host: str, port: int) -> None:
    """Answer HTTP until cancelled. Raises OSError where the address cannot be had."""
    with opened(host, port) as listening:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            server.should_exit = True
            await serving
            raise
