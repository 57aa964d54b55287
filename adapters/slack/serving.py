"""How Slack's requests are served over HTTP: uvicorn, with nothing done that Slack has no use for."""

import asyncio
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from adapters.listen import Server, listen

GRACE = 2  # seconds that requests under way have at the end


class _Whole:
    """A transport that sends in one piece what is written in one turn of the loop. uvicorn writes an answer's head and
    its body apart, and uvloop sends each at once: for every answer a call to the kernel and a packet more."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._kept: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._kept:
            self._loop.call_soon(self.send)
        self._kept.append(data)

    def close(self) -> None:
        self.send()
        self._transport.close()

    def send(self) -> None:
        """Let go what was written."""
        if self._kept and not self._transport.is_closing():
            self._transport.write(b"".join(self._kept))
        self._kept = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _Protocol(HttpToolsProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._whole = _Whole(cast(asyncio.Transport, transport), self.loop)
        super().connection_made(cast(asyncio.Transport, self._whole))

    def eof_received(self) -> None:
        """Whoever says no more may still listen, and the transport closes itself after this."""
        self._whole.send()
        super().eof_received()


def server(web: ASGIApp, log_level: str = "warning") -> Server:
    """How it is served: nothing is looked for in a request or said in an answer that Slack has no use for."""
    return Server(
        uvicorn.Config(
            web,
            http=_Protocol,
            log_config=None,
            log_level=log_level,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            timeout_graceful_shutdown=GRACE,
        )
    )


async def serve(web: ASGIApp, host: str, port: int) -> None:
    """Answer HTTP until cancelled. Raises OSError where the address cannot be had."""
    await listen(server(web), host, port)
