"""The way to a stand-in of a real platform, on which the same things go wrong as in a `World`: whatever the request is."""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from aiohttp import ClientSession, web

from tests.chaos.world import GRACE, SEARCHING, TIMEOUT, WEATHER, Fault, World

# What of an answer matters to a client.
HEADERS = ("Content-Type", "Retry-After", "x-oauth-scopes", "X-RateLimit-Limit", "X-RateLimit-Remaining",
           "X-RateLimit-Reset-After")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """One that came, as it is sent on."""

    method: str
    path: str  # with its query
    headers: dict[str, str]
    body: bytes

    @property
    def name(self) -> str:
        """The same for the same request."""
        return f"{self.method} {self.path} {hashlib.blake2b(self.body, digest_size=8).hexdigest()}"


class Proxy:
    """`kind` says whether a request changes something ("does"), asks something ("asks"), or is let through (""); `limited`
    is how the platform says that there were too many; `news` is called after each that was done."""

    def __init__(
        self,
        world: World,
        target: str,
        kind: Callable[[str, str], str],
        limited: Callable[[], web.Response],
        news: Callable[[], None],
    ) -> None:
        self._world = world
        self._target = target
        self._kind = kind
        self._limited = limited
        self._news = news
        self._http = ClientSession()
        self._later: set[asyncio.Task[None]] = set()
        self.url = ""

    @property
    def under_way(self) -> int:
        """How many requests are still to be done."""
        return len(self._later)

    async def open(self, stack: AsyncExitStack) -> None:
        """Listen on a port of its own, until the stack unwinds."""
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{rest:.*}", self._serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        stack.push_async_callback(self._http.close)
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        came = Request(request.method, request.path_qs, headers, await request.read())
        kind = self._kind(request.method, request.path)
        self._world.counts["searches"] += kind == "asks"
        weather = {"does": WEATHER, "asks": SEARCHING}.get(kind, {})
        fault = self._world.fault(came.name, weather)
        if fault == "limited":
            return self._limited()
        if fault == "refused":
            return web.Response(status=503, text="upstream connect error")
        if fault == "late":
            self._soon(came)
        answer = await self._send_on(came) if fault not in ("late", "dropped") else web.Response(status=500)
        return answer if fault == "none" else await self._spoilt(request, fault)

    async def _spoilt(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault == "failed":
            return web.Response(status=502, text="upstream connect error")
        if fault in ("slow", "late"):
            await asyncio.sleep(TIMEOUT + 0.5)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)

    def _soon(self, came: Request) -> None:
        async def later() -> None:
            await asyncio.sleep(TIMEOUT + (GRACE - TIMEOUT) / 2)
            await self._send_on(came)

        task = asyncio.create_task(later())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _send_on(self, came: Request) -> web.Response:
        url = f"{self._target}{came.path}"
        async with self._http.request(came.method, url, data=came.body or None, headers=came.headers) as answer:
            body = await answer.read()
            kept = {name: answer.headers[name] for name in HEADERS if name in answer.headers}
        self._news()
        return web.Response(status=answer.status, body=body, headers=kept)
