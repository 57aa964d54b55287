"""A Discord of as little as can be: REST that says yes and a gateway, so that what is measured is the bot's side.

Callers press and type; each waits until its interaction was answered before the next one.
"""

import asyncio
import json
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import web

from bench.figure import percentile

APP = 900_000_000_000_000_001
TOKEN = "bench.token.of-nobody"
JOINED = "2026-01-01T00:00:00+00:00"
EVERYONE = "2251799813685247"
MEMBERS, CHANNELS, ROLES = 8, 10, 5  # of a server


def guild_of(number: int) -> int:
    return (1_000_000 + number) << 22


def channel_of(number: int) -> int:
    """The channel of a server's group."""
    return guild_of(number) + 16


def user_of(number: int) -> int:
    return 700_000_000_000_000_000 + number


def user(number: int) -> dict[str, Any]:
    return {"id": str(user_of(number)), "username": f"caller{number}", "global_name": f"Caller {number}", "avatar": None,
            "discriminator": "0", "public_flags": 0}  # fmt: skip


def member(number: int) -> dict[str, Any]:
    return {"user": user(number), "roles": [], "nick": None, "avatar": None, "joined_at": JOINED, "premium_since": None,
            "deaf": False, "mute": False, "flags": 0, "pending": False, "communication_disabled_until": None}  # fmt: skip


def guild(number: int) -> dict[str, Any]:
    """A server of a handful of people and channels, as GUILD_CREATE tells it."""
    id = guild_of(number)
    roles = [{"id": str(id + 100 * one), "name": f"role {one}" if one else "@everyone", "permissions": EVERYONE,
              "position": one, "managed": one == 1, "color": 0, "hoist": False, "icon": None, "unicode_emoji": None,
              "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None}, "mentionable": False,
              "flags": 0} for one in range(ROLES)]  # fmt: skip
    ours = member(0) | {"user": _bot()}
    return {
        "id": str(id), "name": f"Study hall {number}", "owner_id": str(user_of(number)), "icon": None, "splash": None,
        "discovery_splash": None, "afk_channel_id": None, "afk_timeout": 300, "verification_level": 0,
        "default_message_notifications": 0, "explicit_content_filter": 0, "roles": roles, "emojis": [], "stickers": [],
        "features": [], "mfa_level": 0, "application_id": None, "system_channel_id": None, "system_channel_flags": 0,
        "rules_channel_id": None, "vanity_url_code": None, "description": None, "banner": None, "premium_tier": 0,
        "premium_subscription_count": 0, "preferred_locale": "en-US", "public_updates_channel_id": None,
        "nsfw_level": 0, "premium_progress_bar_enabled": False, "safety_alerts_channel_id": None, "joined_at": JOINED,
        "large": False, "unavailable": False, "member_count": MEMBERS + 1, "voice_states": [], "presences": [],
        "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [], "threads": [],
        "members": [ours, *(member(number * MEMBERS + one) for one in range(MEMBERS))],
        "channels": [{"id": str(id + 16 + one), "type": 0, "guild_id": str(id), "name": f"channel-{one}", "position": one,
                      "permission_overwrites": [], "rate_limit_per_user": 0, "nsfw": False, "parent_id": None,
                      "topic": None, "last_message_id": None, "flags": 0} for one in range(CHANNELS)],
    }  # fmt: skip


def _bot() -> dict[str, Any]:
    return {"id": str(APP), "username": "mockingbird", "global_name": None, "discriminator": "0", "avatar": None,
            "bot": True, "public_flags": 0, "flags": 0, "verified": True, "mfa_enabled": True}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """`waits` are seconds from the gateway's word to the bot's answer."""

    seconds: float
    waits: list[float]

    @property
    def rate(self) -> float:
        """Answered interactions a second."""
        return len(self.waits) / self.seconds

    def wait(self, share: float) -> float:
        """Milliseconds in which this share was answered."""
        return percentile(self.waits, share) * 1e3


@dataclass
class Server:
    """One bot's Discord: it has so many servers, each with a group of eight callers."""

    guilds: int
    url: str = ""
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    commands: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._socket: web.WebSocketResponse | None = None
        self._zlib = zlib.compressobj()
        self._numbers = count(1)
        self._turns = count(0)
        self._sequence = count(1)
        self._waiting: dict[str, asyncio.Future[bool]] = {}
        self._patient: dict[str, str] = {}  # token -> the interaction that is answered later

    # What the bot asks ------------------------------------------------------------------------------------------------

    async def rest(self, request: web.Request) -> web.Response:
        """Whatever is asked is there; commands are kept."""
        path = request.path.removeprefix("/api/v10")
        if path.endswith("/commands") and request.method == "PUT":
            sent = await request.json()
            self.commands = [one | {"id": str(900 + n), "application_id": str(APP), "version": "1",
                                    "default_member_permissions": one.get("default_member_permissions")}
                             for n, one in enumerate(sent)]  # fmt: skip
        limits = {"total": 1000, "remaining": 999, "reset_after": 86_400_000, "max_concurrency": 16}
        known: dict[str, Any] = {
            "/users/@me": _bot(),
            "/gateway/bot": {"url": self.url.replace("http", "ws"), "shards": 1, "session_start_limit": limits},
        }
        found = known.get(path, self.commands if path.endswith("/commands") else _application())
        return web.Response(body=json.dumps(found).encode(), headers={"Content-Type": "application/json"})

    async def callback(self, request: web.Request) -> web.Response:
        """The first answer to an interaction, or a plea for patience."""
        id, body = request.match_info["id"], await request.json()
        later = body["type"] == 5
        if later:
            self._patient[request.match_info["token"]] = id
        else:
            self._answered(id, body["data"] if body["type"] == 4 else {})
        if "with_response" not in request.query:
            return web.Response(status=204)
        found: dict[str, Any] = {"interaction": {"id": id, "type": 2, "response_message_loading": later,
                                                 "response_message_ephemeral": True}}  # fmt: skip
        if not later:
            found["interaction"]["response_message_id"] = id
            found["resource"] = {"type": 4, "message": _message(id, body["data"])}
        return web.Response(body=json.dumps(found).encode(), headers={"Content-Type": "application/json"})

    async def filled(self, request: web.Request) -> web.Response:
        """What was waited for."""
        id, body = self._patient.pop(request.match_info["token"]), await request.json()
        self._answered(id, body)
        return web.Response(body=json.dumps(_message(id, body)).encode(), headers={"Content-Type": "application/json"})

    def _answered(self, id: str, data: dict[str, Any]) -> None:
        """What it says is looked at, so that nobody wins by saying nothing."""
        waiting = self._waiting.pop(id, None)
        if waiting is not None:
            waiting.set_result(bool(data.get("components")))

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        """The gateway."""
        self._socket = socket = web.WebSocketResponse(max_msg_size=2**24)
        await socket.prepare(request)
        await self._send({"op": 10, "d": {"heartbeat_interval": 41_250}})
        async for message in socket:
            frame = json.loads(message.data)
            if frame["op"] == 1:
                await self._send({"op": 11})
            elif frame["op"] == 2:
                shard = frame["d"].get("shard") or [0, 1]
                unavailable = [{"id": str(guild_of(n)), "unavailable": True} for n in range(self.guilds)]
                await self._tell("READY", {"v": 10, "user": _bot(), "guilds": unavailable, "session_id": "s", "shard": shard,
                                           "resume_gateway_url": self.url.replace("http", "ws"),
                                           "application": {"id": str(APP), "flags": 1 << 18}})  # fmt: skip
                for number in range(self.guilds):
                    await self._tell("GUILD_CREATE", guild(number))
                self.ready.set()
        return socket

    async def _tell(self, name: str, data: Any) -> None:
        await self._send({"op": 0, "t": name, "s": next(self._sequence), "d": data})

    async def _send(self, frame: dict[str, Any]) -> None:
        if self._socket is not None:
            packed = self._zlib.compress(json.dumps(frame).encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
            await self._socket.send_bytes(packed)

    # What people do ---------------------------------------------------------------------------------------------------

    async def ask(self, caller: int, name: str = "mock") -> bool:
        """A command of that name by a caller; whether it was answered with something to read."""
        number, group = next(self._numbers), caller // MEMBERS
        id = str((1_500_000_000_000 + number) << 22)
        told = asyncio.get_running_loop().create_future()
        self._waiting[id] = told
        command = next(one for one in self.commands if one["name"] == name)
        await self._tell("INTERACTION_CREATE", {
            "id": id, "application_id": str(APP), "type": 2, "token": f"token{number}", "version": 1,
            "data": {"id": command["id"], "name": name, "type": 1, "options": []}, "locale": "en-GB",
            "guild_id": str(guild_of(group)), "channel_id": str(channel_of(group)), "entitlements": [], "context": 0,
            "channel": {"id": str(channel_of(group)), "type": 0, "name": "channel-0", "guild_id": str(guild_of(group))},
            "member": member(caller) | {"permissions": EVERYONE}, "app_permissions": EVERYONE,
            "guild": {"id": str(guild_of(group)), "locale": "en-US", "features": []}, "guild_locale": "en-US",
            "authorizing_integration_owners": {"0": str(guild_of(group))}, "attachment_size_limit": 10_485_760,
        })  # fmt: skip
        return bool(await told)

    async def call(self, callers: int, each: int, name: str = "mock") -> Result:
        """So many people at once, so many times one after the other: all members of all servers take turns."""
        waits: list[float] = []

        async def caller() -> None:
            for _ in range(each):
                begun = time.perf_counter()
                if not await self.ask(next(self._turns) % (self.guilds * MEMBERS), name):
                    raise AssertionError("an interaction was answered with nothing")
                waits.append(time.perf_counter() - begun)

        begun = time.perf_counter()
        async with asyncio.timeout(120):
            await asyncio.gather(*(caller() for _ in range(callers)))
        return Result(time.perf_counter() - begun, waits)


def _message(id: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"id": id, "channel_id": str(APP), "type": 20, "author": _bot(), "content": "", "timestamp": JOINED,
            "edited_timestamp": None, "tts": False, "mention_everyone": False, "mentions": [], "mention_roles": [],
            "attachments": [], "embeds": [], "pinned": False, "flags": data.get("flags", 0),
            "components": data.get("components", [])}  # fmt: skip


def _application() -> dict[str, Any]:
    return {"id": str(APP), "name": "Mockingbird", "icon": None, "description": "", "summary": "", "bot_public": True,
            "bot_require_code_grant": False, "verify_key": "00", "flags": 1 << 18, "owner": _bot(), "team": None,
            "redirect_uris": [], "tags": []}  # fmt: skip


@asynccontextmanager
async def serving(guilds: int) -> AsyncIterator[Server]:
    """A Discord on a port of its own."""
    server = Server(guilds)
    app = web.Application()
    app.router.add_route("POST", "/api/v10/interactions/{id}/{token}/callback", server.callback)
    app.router.add_route("PATCH", "/api/v10/webhooks/{app}/{token}/messages/@original", server.filled)
    app.router.add_route("*", "/api/v10/{rest:.*}", server.rest)
    app.router.add_route("GET", "/{any:.*}", server.socket)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
