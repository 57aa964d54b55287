"""A local server that plays Discord: REST v10 and the gateway, with the faults that one meets there."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from adapters.discord.settings import DiscordSettings, Share
from bot.core.ports import Clock
from tests.adapters.discord_gateway import Gateway
from tests.adapters.discord_guild import Json
from tests.adapters.discord_talk import Talk
from tests.adapters.discord_world import APP, TOKEN, Refusal, World

Answer = Callable[["StandIn", tuple[int, ...], Json, dict[str, str]], Any]


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """As Discord writes it: without a charset, which discord.py would not read as JSON."""
    sent = {"Content-Type": "application/json"} | (headers or {})
    return web.Response(body=json.dumps(body).encode(), status=status, headers=sent)


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call: `lost` acts and then drops the line, `hold` answers when it is set, `after` is
    the patience that a 429 asks for, `everywhere` that it asks it of all calls."""

    status: int = 200
    code: int = 0
    message: str = ""
    after: float = 0.0
    everywhere: bool = False
    lost: bool = False
    hold: asyncio.Event | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def answer(self) -> web.Response:
        if self.status >= 500:
            return web.Response(status=self.status, text="upstream connect error")
        body: Json = {"message": self.message, "code": self.code}
        headers = dict(self.headers)
        if self.status == 429:
            body = {"message": "You are being rate limited.", "retry_after": self.after, "global": self.everywhere}
            headers |= {"Via": "1.1 google", "Retry-After": str(self.after), "X-RateLimit-Remaining": "0",
                        "X-RateLimit-Limit": "5", "X-RateLimit-Reset-After": str(self.after),
                        "X-RateLimit-Scope": "global" if self.everywhere else "user"}  # fmt: skip
            headers |= {"X-RateLimit-Global": "true"} if self.everywhere else {"X-RateLimit-Bucket": "b0"}
        return _json(body, status=self.status, headers=headers)


def refusal(status: int, code: int, message: str) -> Fault:
    return Fault(status, code, message)


BROKEN = Fault(503)
LOST = Fault(lost=True)
UNKNOWN_CHANNEL = refusal(404, 10003, "Unknown Channel")
UNKNOWN_MESSAGE = refusal(404, 10008, "Unknown Message")
UNKNOWN_INTERACTION = refusal(404, 10062, "Unknown interaction")
ACKNOWLEDGED = refusal(400, 40060, "Interaction has already been acknowledged.")
NO_ACCESS = refusal(403, 50001, "Missing Access")
CLOSED = refusal(403, 50007, "Cannot send messages to this user")
NO_PERMISSION = refusal(403, 50013, "Missing Permissions")
ARCHIVED = refusal(400, 50083, "Thread is archived")
HAS_THREAD = refusal(400, 160004, "A thread has already been created for this message")
TOO_MANY_THREADS = refusal(400, 160006, "Maximum number of active threads reached")


@dataclass(frozen=True)
class Call:
    """`name` is that of the route."""

    name: str
    path: str
    body: Json


@dataclass
class StandIn:
    """Discord on this machine. `faults` are used up in order, a list a route."""

    world: World
    url: str = ""
    calls: list[Call] = field(default_factory=list)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    under_way: int = 0

    def __post_init__(self) -> None:
        self.talk = Talk(self.world)
        self.gateway = Gateway(self.world, self.changed_now)
        self._changed: list[asyncio.Event] = []

    @property
    def api(self) -> str:
        """What MOCKINGBIRD_DISCORD_API_URL is set to."""
        return f"{self.url}/api/v10"

    @property
    def socket(self) -> str:
        """What MOCKINGBIRD_DISCORD_GATEWAY_URL is set to."""
        return self.url.replace("http", "ws") + "/gateway/"

    def called(self, name: str) -> list[Call]:
        return [call for call in self.calls if call.name == name]

    def changed_now(self) -> None:
        """Whoever waits for something looks again."""
        for event in self._changed:
            event.set()

    async def until(self, holds: Callable[[], object], seconds: float = 10) -> None:
        """Wait until something holds; it is looked at whenever a call or the gateway has changed something."""
        event = asyncio.Event()
        self._changed.append(event)
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    event.clear()
                    await event.wait()
        finally:
            self._changed.remove(event)

    async def tell(self) -> None:
        """Send what has happened in the world through the gateway."""
        while self.world.events:
            await self.gateway.tell(self.world.events.pop(0))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One call of the REST API."""
        path = request.path.removeprefix("/api/v10")
        name, act, parts = _route(request.method, path)
        body = await _body(request)
        self.calls.append(Call(name, path, body))
        fault = self.faults[name].pop(0) if self.faults.get(name) else Fault()
        self.under_way += 1
        self.changed_now()
        try:
            if fault.hold is not None:
                await fault.hold.wait()
            if fault.status != 200:
                return fault.answer()
            answer = self._answer(request, act, parts, body)
            await self.tell()
        finally:
            self.under_way -= 1
            self.changed_now()
        if fault.lost and request.transport is not None:
            request.transport.abort()
        answer.headers.update(fault.headers)
        return answer

    def _answer(self, request: web.Request, act: Answer | None, parts: tuple[str, ...], body: Json) -> web.Response:
        by_token = request.path.startswith(("/api/v10/interactions/", "/api/v10/webhooks/"))
        if not by_token and request.headers.get("Authorization") != f"Bot {TOKEN}":
            return _json({"message": "401: Unauthorized", "code": 0}, status=401)
        if act is None:
            return _json({"message": "404: Not Found", "code": 0}, status=404)
        try:
            found = act(self, parts, body, dict(request.query))  # type: ignore[arg-type]
        except Refusal as refused:
            return _json(refused.body, status=refused.status)
        if found is None:
            return web.Response(status=204)
        return _json(found, headers={"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "49",
                                                 "X-RateLimit-Reset-After": "1.0"})  # fmt: skip


async def _body(request: web.Request) -> Json:
    """Discord takes JSON, or a form with JSON and files in it."""
    if not request.can_read_body:
        return {}
    if request.content_type == "multipart/form-data":
        form = await request.post()
        read: Json = json.loads(str(form.get("payload_json", "{}")))
        read["attachments"] = [{"filename": one.filename, "size": len(one.file.read())} for one in form.values()
                               if isinstance(one, web.FileField)]  # fmt: skip
        return read
    found: Any = await request.json()
    return found if isinstance(found, dict) else {"list": found}


# The routes ------------------------------------------------------------------------------------------------------------


def _application(at: StandIn, *_: Any) -> Json:
    flags = (1 << 18 if at.world.content else 0) | 1 << 23
    bot = at.world.bot.as_json()
    return {"id": str(APP), "name": "Mockingbird", "icon": None, "description": "", "summary": "", "hook": True,
            "bot_public": at.world.public, "bot_require_code_grant": False, "verify_key": "00", "flags": flags,
            "bot": bot, "owner": bot, "team": None, "approximate_guild_count": len(at.world.guilds),
            "redirect_uris": [], "interactions_endpoint_url": None, "role_connections_verification_url": None,
            "tags": [], "integration_types_config": {"0": {}}}  # fmt: skip


def _gateway(at: StandIn, *_: Any) -> Json:
    limit = {"total": 1000, "remaining": at.gateway.starts_left, "reset_after": 86_400_000,
             "max_concurrency": at.gateway.at_once}  # fmt: skip
    return {"url": at.socket, "shards": at.gateway.shards, "session_start_limit": limit}


def _guild(at: StandIn, id: int) -> Any:
    if id not in at.world.guilds:
        raise Refusal(403, 50001, "Missing Access")
    return at.world.guilds[id]


def _member(at: StandIn, guild: int, user: int) -> Json:
    if user not in _guild(at, guild).members:
        raise Refusal(404, 10007, "Unknown Member")
    found: Json = _guild(at, guild).member(at.world.users[user]) | {"user": at.world.users[user].as_json()}
    return found


def _user(at: StandIn, id: int) -> Json:
    if id not in at.world.users:
        raise Refusal(404, 10013, "Unknown User")
    return at.world.users[id].as_json()


def _my_guilds(at: StandIn, *_: Any) -> list[Json]:
    return [{"id": str(one.id), "name": one.name, "icon": None, "owner": False, "features": [],
             "permissions": str(one.everyone | one.ours)} for one in at.world.guilds.values()]  # fmt: skip


def _channels(at: StandIn, guild: int) -> list[Json]:
    _guild(at, guild)
    mine = [one for one in at.world.channels.values() if one.guild == guild and not one.is_thread]
    return [one.as_json(at.world.bot) for one in mine]


def _active(at: StandIn, guild: int) -> Json:
    return {"threads": [one.as_json(at.world.bot) for one in at.world.active(guild)], "members": [], "has_more": False}


def _commands(at: StandIn, guild: int, body: Json, verb: str) -> list[Json]:
    if verb == "PUT":
        return at.world.set_commands(guild, body.get("list", []))
    return at.world.commands.get(guild, [])


def _hook(verb: str) -> Callable[..., Any]:
    def act(at: StandIn, parts: tuple[Any, ...], body: Json, query: dict[str, str]) -> Any:
        found = at.talk.hook(verb, parts[1], parts[2] if len(parts) > 2 else "", body)
        return None if verb == "DELETE" else found

    return act


def _callback(at: StandIn, parts: tuple[Any, ...], body: Json, query: dict[str, str]) -> Any:
    found = at.talk.answer(int(parts[0]), parts[1], body)
    return found if query.get("with_response", "").lower() in ("true", "1") else None


N, S = r"(\d+)", r"([^/]+)"
# Verb, path, name, what it does: with the numbers or words of the path, the body and the query.
ROUTES: list[tuple[str, str, str, Callable[..., Any]]] = [
    ("GET", "/users/@me", "me", lambda at, *_: at.world.bot.as_json() | {"verified": True, "mfa_enabled": True}),
    ("GET", "/users/@me/guilds", "my_guilds", _my_guilds),
    ("POST", "/users/@me/channels", "open_dm", lambda at, p, body, q: _dm(at, int(body["recipient_id"]))),
    ("GET", f"/users/{N}", "user", lambda at, p, *_: _user(at, p[0])),
    ("GET", "/oauth2/applications/@me", "application", _application),
    ("GET", "/applications/@me", "application", _application),
    ("GET", "/gateway", "gateway", _gateway),
    ("GET", "/gateway/bot", "gateway", _gateway),
    ("GET", f"/applications/{N}/commands", "commands", lambda at, p, b, q: _commands(at, 0, b, "GET")),
    ("PUT", f"/applications/{N}/commands", "sync", lambda at, p, b, q: _commands(at, 0, b, "PUT")),
    ("GET", f"/applications/{N}/guilds/{N}/commands", "commands", lambda at, p, b, q: _commands(at, p[1], b, "GET")),
    ("PUT", f"/applications/{N}/guilds/{N}/commands", "sync", lambda at, p, b, q: _commands(at, p[1], b, "PUT")),
    ("GET", f"/guilds/{N}", "guild", lambda at, p, *_: _guild(at, p[0]).as_json()),
    ("GET", f"/guilds/{N}/channels", "channels", lambda at, p, *_: _channels(at, p[0])),
    ("GET", f"/guilds/{N}/roles", "roles", lambda at, p, *_: _guild(at, p[0]).roles()),
    ("GET", f"/guilds/{N}/members/{N}", "member", lambda at, p, *_: _member(at, p[0], p[1])),
    ("GET", f"/guilds/{N}/threads/active", "active_threads", lambda at, p, *_: _active(at, p[0])),
    ("GET", f"/channels/{N}", "channel", lambda at, p, *_: at.world.channel_json(p[0])),
    ("PATCH", f"/channels/{N}", "change_channel", lambda at, p, body, q: at.world.change_channel(p[0], body)),
    ("PUT", f"/channels/{N}/thread-members/@me", "join_thread", lambda *_: None),
    ("POST", f"/channels/{N}/typing", "typing", lambda *_: None),
    ("GET", f"/channels/{N}/messages", "history", lambda at, p, body, query: at.world.history(p[0], query)),
    ("POST", f"/channels/{N}/messages", "post", lambda at, p, body, q: at.world.post(p[0], body)),
    ("GET", f"/channels/{N}/messages/{N}", "message", lambda at, p, *_: at.world.message(p[0], p[1])),
    ("PATCH", f"/channels/{N}/messages/{N}", "edit", lambda at, p, body, q: at.world.change_message(p[0], p[1], body)),
    ("DELETE", f"/channels/{N}/messages/{N}", "delete", lambda at, p, *_: at.world.delete_message(p[0], p[1])),
    ("POST", f"/channels/{N}/messages/{N}/threads", "thread", lambda at, p, b, q: at.world.open_thread(p[0], p[1], b)),
    ("POST", f"/channels/{N}/threads", "open_post", lambda at, p, body, q: at.world.open_post(p[0], body)),
    ("GET", f"/channels/{N}/threads/archived/public", "archive", lambda at, p, b, query: at.world.archived(p[0], query)),
    ("POST", f"/interactions/{N}/{S}/callback", "callback", _callback),
    ("POST", f"/webhooks/{N}/{S}", "followup", _hook("POST")),
    ("GET", f"/webhooks/{N}/{S}/messages/(@original|\\d+)", "original", _hook("GET")),
    ("PATCH", f"/webhooks/{N}/{S}/messages/(@original|\\d+)", "edit_original", _hook("PATCH")),
    ("DELETE", f"/webhooks/{N}/{S}/messages/(@original|\\d+)", "delete_original", _hook("DELETE")),
]  # fmt: skip
_COMPILED = [(verb, re.compile(path), name, act) for verb, path, name, act in ROUTES]


def _route(verb: str, path: str) -> tuple[str, Callable[..., Any] | None, tuple[Any, ...]]:
    for of, pattern, name, act in _COMPILED:
        if of == verb and (match := pattern.fullmatch(path)):
            return name, act, tuple(int(one) if one.isdecimal() else one for one in match.groups())
    return f"{verb} {path}", None, ()


def _dm(at: StandIn, user: int) -> Json:
    if user not in at.world.users or user == APP:
        raise Refusal(400, 50033, "Invalid Recipient(s)")
    return at.world.direct(user).as_json(at.world.bot) | {"recipients": [at.world.users[user].as_json()]}


@asynccontextmanager
async def standing_in(world: World) -> AsyncIterator[StandIn]:
    """The server, on a port of its own, until the block ends."""
    stand_in = StandIn(world)
    app = web.Application(client_max_size=2**25)
    app.router.add_route("GET", "/gateway/", stand_in.gateway.socket)
    app.router.add_route("*", "/api/v10/{rest:.*}", stand_in.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    stand_in.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    stand_in.gateway.url = stand_in.socket
    try:
        yield stand_in
    finally:
        await stand_in.gateway.close()
        await runner.cleanup()


@asynccontextmanager
async def discord(clock: Clock) -> AsyncIterator[StandIn]:
    """A Discord whose clock is the bot's, without a server yet."""
    async with standing_in(World(lambda: clock.now().timestamp())) as stand_in:
        yield stand_in


def settings(stand_in: StandIn, token: str = TOKEN, share: Share | None = None) -> DiscordSettings:
    """The settings of a bot at the stand-in."""
    return DiscordSettings(token, stand_in.api, stand_in.socket, share)
