"""A local server that plays Slack: the Web API, Socket Mode and response URLs, with the faults that one meets there."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import WSMsgType, web

from tests.adapters import judges
from tests.adapters.slack_workspace import Json, Refusal, Shown, Workspace

APP_TOKEN = "xapp-1-A0MOCKINGBIRD-1-secret"


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call: `lost` acts and then drops the line, `hold` answers when it is set."""

    status: int = 200
    error: str = ""
    retry_after: int | None = None
    lost: bool = False
    hold: asyncio.Event | None = None

    def answer(self) -> web.Response:
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        if self.status >= 500:
            return web.Response(status=self.status, text="upstream connect error", headers=headers)
        return web.json_response({"ok": False, "error": self.error}, status=self.status, headers=headers)


RATELIMITED = Fault(429, "ratelimited", retry_after=7)
BROKEN = Fault(503)
LOST = Fault(lost=True)


@dataclass(frozen=True)
class Call:
    method: str
    token: str
    args: Json


@dataclass
class StandIn:
    """Slack on this machine. `faults` are used up in order, a list a method."""

    slack: Workspace
    url: str = ""
    calls: list[Call] = field(default_factory=list)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    responders: dict[str, str] = field(default_factory=dict)  # response id -> whom it answers
    _acks: dict[str, asyncio.Future[Json]] = field(default_factory=dict)
    _ids: Any = field(default_factory=lambda: count(1))

    @property
    def api(self) -> str:
        """What MOCKINGBIRD_SLACK_API_URL is set to."""
        return f"{self.url}/api/"

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def response_url(self, user: str) -> str:
        id = f"{next(self._ids)}"
        self.responders[id] = user
        return f"{self.url}/respond/{id}"

    # Socket Mode -----------------------------------------------------------------------------------------------------

    async def until_connected(self, many: int) -> None:
        """Wait until so many sockets are open."""
        await self.until(lambda: len(self.sockets) >= many)

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds; it is looked at whenever a socket or a call has changed something."""
        async with self.changed:
            await self.changed.wait_for(holds)

    async def send(self, kind: str, payload: Json, retry: int = 0) -> Json:
        """An envelope through one of the sockets, as Slack deals them; what it was acknowledged with."""
        id = f"envelope-{next(self._ids)}"
        self._acks[id] = asyncio.get_running_loop().create_future()
        envelope = {
            "envelope_id": id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": "timeout" if retry else ""}
        socket = self.sockets[next(self._ids) % len(self.sockets)]
        await socket.send_json(envelope)
        async with asyncio.timeout(10):
            return await self._acks[id]

    async def refresh(self, number: int = 0) -> None:
        """Tell one connection that it will be replaced, as Slack does every few hours."""
        await self.sockets[number].send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": len(self.sockets) + 1,
                                "connection_info": {"app_id": "A0MOCKINGBIRD"},
                                "debug_info": {"host": "stand-in", "approximate_connection_time": 3600}})  # fmt: skip
        await self._change(lambda: self.sockets.append(socket))
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    ack = json.loads(message.data)
                    self._acks[ack["envelope_id"]].set_result(ack.get("payload") or {})
        finally:
            await self._change(lambda: self.sockets.remove(socket))
        return socket

    async def _change(self, change: Callable[[], None]) -> None:
        async with self.changed:
            change()
            self.changed.notify_all()

    # The Web API -----------------------------------------------------------------------------------------------------

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method, args = request.match_info["method"], await _arguments(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or str(args.pop("token", ""))
        self.calls.append(Call(method, token, args))
        fault = self.faults[method].pop(0) if self.faults.get(method) else Fault()
        if fault.hold is not None:
            await fault.hold.wait()
        if fault.error or fault.status != 200:
            return fault.answer()
        answer = self._answer(method, token, args)
        await self._change(lambda: None)
        if fault.lost and request.transport is not None:
            request.transport.abort()
        return answer

    def _answer(self, method: str, token: str, args: Json) -> web.Response:
        if method == "apps.connections.open":
            if token != APP_TOKEN:
                return web.json_response({"ok": False, "error": "invalid_auth"})
            return web.json_response({"ok": True, "url": self.url.replace("http", "ws") + "/link/?ticket=1"})
        try:
            body = self.slack.call(method, token, args)
        except Refusal as refusal:
            return web.json_response(refusal.body)
        team = next(one for one in self.slack.teams.values() if method == "oauth.v2.access" or one.token == token)
        return web.json_response(body, headers={"x-oauth-scopes": ",".join(sorted(team.scopes))})

    async def _file(self, request: web.Request) -> web.Response:
        """An upload's own address takes the bytes."""
        self.calls.append(Call("upload", "", {}))
        if self.faults.get("upload"):
            return self.faults["upload"].pop(0).answer()
        self.slack.files[request.match_info["id"]] = await request.read()
        return web.Response(text="OK")

    async def _respond(self, request: web.Request) -> web.Response:
        """A response URL: what it is sent is seen by the person that it was made for."""
        user = self.responders.get(request.match_info["id"])
        if user is None:
            return web.Response(status=404, text="expired_url")
        body = await request.json()
        self.calls.append(Call("response_url", "", body))
        if self.faults.get("response_url"):
            return self.faults["response_url"].pop(0).answer()
        faults = judges.message_faults(body)
        if faults:
            return web.json_response({"ok": False, "error": "invalid_blocks", "faults": faults}, status=400)
        await self._change(lambda: self.slack.shown.append(Shown(user, "response", body)))
        return web.Response(text="ok")


async def _arguments(request: web.Request) -> Json:
    """Slack takes JSON, forms and queries, with JSON inside of forms."""
    if request.content_type == "application/json":
        read: Json = await request.json()
        return dict(request.query) | read
    query = {name: _value(value) for name, value in request.query.items()}
    form = {name: _value(value) for name, value in (await request.post()).items()}
    return query | form


def _value(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        return json.loads(value)
    return value


@asynccontextmanager
async def standing_in(slack: Workspace) -> AsyncIterator[StandIn]:
    """The server, on a port of its own, until the block ends."""
    stand_in = StandIn(slack)
    app = web.Application(client_max_size=2**24)
    routes: list[tuple[str, str, Callable[[web.Request], Awaitable[web.StreamResponse]]]] = [
        ("*", "/api/{method}", stand_in._api),
        ("GET", "/link/", stand_in._socket),
        ("POST", "/respond/{id}", stand_in._respond),
        ("POST", "/upload/{id}", stand_in._file),
    ]
    for verb, path, handler in routes:
        app.router.add_route(verb, path, handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    stand_in.url = slack.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield stand_in
    finally:
        for socket in list(stand_in.sockets):
            await socket.close()
        await runner.cleanup()
