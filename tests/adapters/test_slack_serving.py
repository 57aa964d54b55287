"""What leaves the server that Slack speaks to: uvicorn's own protocol over a transport that keeps what it is given."""

import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from adapters.slack.serving import server

ASKED = b"POST /slack/events HTTP/1.1\r\nhost: bot\r\ncontent-length: 2\r\n%s\r\nhi"


class Wire(asyncio.Transport):
    """The other end: the pieces that it was sent, and whether it was told that this was all."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 3000), "peername": ("127.0.0.1", 50000)})
        self.pieces: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        assert not self.closed
        self.pieces.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def resume_reading(self) -> None:
        """It never paused."""


async def _answers(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else b"hello"})


def connected() -> tuple[Wire, Any]:
    config = server(_answers).config
    config.load()
    made: Any = config.http_protocol_class
    protocol = made(config=config, server_state=ServerState(), app_state={})
    wire = Wire()
    protocol.connection_made(wire)
    return wire, protocol


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_an_answer_leaves_in_one_piece() -> None:
    wire, protocol = connected()
    for _ in range(2):
        protocol.data_received(ASKED % b"")
        await settled()
    assert [(piece[:12], piece[-9:]) for piece in wire.pieces] == [(b"HTTP/1.1 200", b"\r\n\r\nhello")] * 2
    assert not wire.closed


async def test_the_last_answer_of_a_connection_leaves_before_it_is_closed() -> None:
    wire, protocol = connected()
    protocol.data_received(ASKED % b"connection: close\r\n")
    await settled()
    assert (len(wire.pieces), wire.pieces[0][-5:], wire.closed) == (1, b"hello", True)


async def test_an_answer_without_a_body_leaves_too() -> None:
    wire, protocol = connected()
    protocol.data_received(b"HEAD / HTTP/1.1\r\nhost: bot\r\n\r\n")
    await settled()
    assert [piece[-4:] for piece in wire.pieces] == [b"\r\n\r\n"]


async def test_what_makes_no_sense_is_said_so_and_hung_up_on() -> None:
    wire, protocol = connected()
    protocol.data_received(b"\x16\x03\x01 hello\r\n\r\n")
    await settled()
    assert (wire.pieces[0][:12], wire.closed) == (b"HTTP/1.1 400", True)


async def test_whoever_hung_up_meanwhile_is_sent_nothing(caplog: pytest.LogCaptureFixture) -> None:
    wire, protocol = connected()
    protocol.data_received(ASKED % b"")
    await asyncio.sleep(0)  # answered, and not sent yet
    wire.closed = True
    protocol.connection_lost(None)
    await settled()
    assert (wire.pieces, caplog.text) == ([], "")


async def test_whoever_says_no_more_still_gets_the_answer() -> None:
    wire, protocol = connected()
    protocol.data_received(ASKED % b"")
    await asyncio.sleep(0)  # answered, and not sent yet
    protocol.eof_received()
    wire.close()  # as a transport does then
    await settled()
    assert [piece[-5:] for piece in wire.pieces] == [b"hello"]
