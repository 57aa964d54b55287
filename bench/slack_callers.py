"""Callers of a Slack app: signed slash commands over HTTP, as Slack sends them, with what each had to wait."""

import asyncio
import hashlib
import hmac
import time
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlencode

from bench.figure import percentile

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
PATH = "/slack/events"
_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Result:
    """`waits` are seconds; `lost` commands were answered too late or not at all."""

    seconds: float
    waits: list[float]
    lost: int

    @property
    def rate(self) -> float:
        """Answered commands a second."""
        return len(self.waits) / self.seconds

    def wait(self, share: float) -> float:
        """Milliseconds in which this share of the commands was answered."""
        return percentile(self.waits, share) * 1e3


def user_of(number: int) -> str:
    return f"U0CALLER{number:03d}"


def channel_of(number: int) -> str:
    """Eight people share a channel."""
    return f"C0GROUP{number // 8:03d}"


def command(caller: int, number: int) -> bytes:
    """The form that Slack posts for ``/mock``."""
    return urlencode({
        "token": "unused", "team_id": "T0STUDY", "team_domain": "study", "channel_id": channel_of(caller),
        "channel_name": "prep", "user_id": user_of(caller), "user_name": f"caller{caller}", "command": "/mock",
        "text": "", "api_app_id": "A0MOCKINGBIRD", "is_enterprise_install": "false",
        "response_url": "http://127.0.0.1:9/respond", "trigger_id": f"{number}.7361.{caller}",
    }).encode()  # fmt: skip


def request(body: bytes) -> bytes:
    """The body as a signed HTTP request on a connection that stays open."""
    at = str(int(time.time()))
    signature = "v0=" + hmac.new(SECRET.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    head = (f"POST {PATH} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\nX-Slack-Request-Timestamp: {at}\r\n"
            f"X-Slack-Signature: {signature}\r\nUser-Agent: Slackbot 1.0\r\n\r\n")  # fmt: skip
    return head.encode() + body


class Line:
    """One caller's connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, sent: bytes) -> bool:
        """Whether the command was answered with something to read."""
        self._writer.write(sent)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        body = await self._reader.readexactly(length)
        return head.startswith(b"http/1.1 200") and bool(body)

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


async def call(port: int, callers: int, each: int) -> Result:
    """So many people at once, each with so many commands one after the other."""
    lines = [Line(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(callers)]
    waits: list[float] = []
    lost = 0

    async def caller(number: int, line: Line) -> None:
        nonlocal lost
        for _ in range(each):
            sent = request(command(number, next(_NUMBERS)))
            begun = time.perf_counter()
            if await line.ask(sent):
                waits.append(time.perf_counter() - begun)
            else:
                lost += 1

    begun = time.perf_counter()
    await asyncio.gather(*(caller(number, line) for number, line in enumerate(lines)))
    seconds = time.perf_counter() - begun
    for line in lines:
        await line.close()
    return Result(seconds, waits, lost)
