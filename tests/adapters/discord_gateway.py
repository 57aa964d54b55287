"""Discord's gateway: sessions that identify, beat, resume and are told what their intents and their shard let them see."""

import asyncio
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import WSMsgType, web

from tests.adapters.discord_guild import Json
from tests.adapters.discord_world import APP, TOKEN, Event, World

DISPATCH, BEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
GUILDS, MESSAGES, DIRECT_MESSAGES, CONTENT = 1 << 0, 1 << 9, 1 << 12, 1 << 15
PRIVILEGED = 1 << 1 | 1 << 8 | CONTENT
# What an event needs; an interaction comes to everybody.
NEEDS = {"MESSAGE": MESSAGES, "GUILD": GUILDS, "CHANNEL": GUILDS, "THREAD": GUILDS}


@dataclass
class Session:
    """What survives a connection, so that it can be resumed."""

    id: str
    shard: int
    shards: int
    intents: int
    sent: list[Json] = field(default_factory=list)  # dispatches, by sequence from 1
    wire: "Wire | None" = None


class Wire:
    """One connection; with zlib-stream all of it is one stream, as Discord has it."""

    def __init__(self, socket: web.WebSocketResponse, packed: bool) -> None:
        self.socket = socket
        self._zlib = zlib.compressobj() if packed else None

    async def send(self, frame: Json) -> None:
        if self.socket.closed:
            return
        text = json.dumps(frame)
        try:
            if self._zlib is None:
                await self.socket.send_str(text)
            else:
                data = self._zlib.compress(text.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
                await self.socket.send_bytes(data)
        except ConnectionError:
            return  # the other side hung up; what was sent waits for its resumption


class Gateway:
    """All sessions. `closes` are codes with which the next ones that identify are refused, in order."""

    def __init__(self, world: World, changed: Callable[[], None]) -> None:
        self.url = ""
        self.shards = 1
        self.at_once = 16  # starts within five seconds
        self.starts_left = 999
        self.sessions: dict[str, Session] = {}
        self.closes: list[int] = []
        self.identified: list[Json] = []
        self.resumed = 0
        self._world = world
        self._changed = changed
        self._ids = count(1)

    @property
    def live(self) -> list[Session]:
        """The sessions that are connected."""
        return [one for one in self.sessions.values() if one.wire is not None]

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        """A connection."""
        socket = web.WebSocketResponse(max_msg_size=2**24)
        await socket.prepare(request)
        wire = Wire(socket, request.query.get("compress") == "zlib-stream")
        session: Session | None = None
        await wire.send({"op": HELLO, "d": {"heartbeat_interval": 41_250, "_trace": []}})
        try:
            async for message in socket:
                if message.type != WSMsgType.TEXT:
                    continue
                frame = json.loads(message.data)
                if frame["op"] == BEAT:
                    await wire.send({"op": ACK})
                elif frame["op"] == IDENTIFY:
                    session = await self._identify(wire, frame["d"])
                elif frame["op"] == RESUME:
                    session = await self._resume(wire, frame["d"])
        finally:
            if session is not None and session.wire is wire:
                session.wire = None
            self._changed()
        return socket

    async def _identify(self, wire: Wire, data: Json) -> Session | None:
        self.identified.append(data)
        intents, (shard, shards) = int(data["intents"]), data.get("shard") or (0, 1)
        code = self.closes.pop(0) if self.closes else 0
        if data["token"] != TOKEN:
            code = 4004
        elif intents & PRIVILEGED & ~(CONTENT if self._world.content else 0):
            code = 4014
        elif not 0 <= shard < shards:
            code = 4010
        if code:
            await wire.socket.close(code=code)
            return None
        session = Session(f"session-{next(self._ids)}", shard, shards, intents, wire=wire)
        self.sessions[session.id] = session
        mine = [one for one in self._world.guilds.values() if self._shard(one.id, shards) == shard]
        await self._dispatch(session, "READY", {
            "v": 10, "user": self._world.bot.as_json() | {"verified": True, "mfa_enabled": True, "flags": 0},
            "guilds": [{"id": str(one.id), "unavailable": True} for one in mine], "session_id": session.id,
            "session_type": "normal", "resume_gateway_url": self.url, "shard": [shard, shards],
            "application": {"id": str(APP), "flags": 1 << 18 if self._world.content else 0},
        })  # fmt: skip
        if intents & GUILDS:
            for guild in mine:
                await self._dispatch(session, "GUILD_CREATE", self._world.guild_event(guild))
        self._changed()
        return session

    async def _resume(self, wire: Wire, data: Json) -> Session | None:
        session = self.sessions.get(data["session_id"])
        if session is None or data["token"] != TOKEN:
            await wire.send({"op": INVALID, "d": False})
            return None
        session.wire = wire
        self.resumed += 1
        for frame in session.sent[int(data["seq"]) :]:
            await wire.send(frame)
        await self._dispatch(session, "RESUMED", {"_trace": []})
        self._changed()
        return session

    async def tell(self, event: Event) -> None:
        """Dispatch an event to the sessions that should see it, whether connected or to be resumed."""
        for session in list(self.sessions.values()):
            if self._shard(event.guild, session.shards) != session.shard:
                continue
            kind = event.name.partition("_")[0]
            needed = DIRECT_MESSAGES if kind == "MESSAGE" and not event.guild else NEEDS.get(kind, 0)
            if needed & ~session.intents:
                continue
            await self._dispatch(session, event.name, self._visible(session, event))
        self._changed()

    def _visible(self, session: Session, event: Event) -> Json:
        """Without the privileged intent nobody's words are shown, but what is said to the bot itself."""
        author = event.data.get("author", {}).get("id")
        hidden = event.name in ("MESSAGE_CREATE", "MESSAGE_UPDATE") and event.guild and not session.intents & CONTENT
        if not hidden or author == str(APP) or f"<@{APP}>" in event.data.get("content", ""):
            return event.data
        return event.data | {"content": "", "embeds": [], "components": [], "attachments": []}

    async def _dispatch(self, session: Session, name: str, data: Json) -> None:
        frame = {"op": DISPATCH, "t": name, "s": len(session.sent) + 1, "d": data}
        session.sent.append(frame)
        if session.wire is not None:
            await session.wire.send(frame)

    @staticmethod
    def _shard(guild: int, shards: int) -> int:
        return (guild >> 22) % shards

    # Faults ---------------------------------------------------------------------------------------------------------

    async def drop(self, code: int = 1006) -> None:
        """Every connection breaks; 1006 without a word, as a network does."""
        for session in self.live:
            wire = session.wire
            if wire is None:
                continue
            session.wire = None
            if code == 1006 and (transport := wire.socket._req and wire.socket._req.transport):
                transport.abort()
            else:
                await wire.socket.close(code=code)

    async def ask_to_reconnect(self) -> None:
        """Discord asks every session to come again, as it does at its deploys."""
        for session in self.live:
            if session.wire is not None:
                await session.wire.send({"op": RECONNECT, "d": None})

    async def invalidate(self) -> None:
        """No session can be resumed any more."""
        for session in self.live:
            if session.wire is not None:
                await session.wire.send({"op": INVALID, "d": False})
        self.sessions.clear()

    async def close(self) -> None:
        """The end of it all."""
        found = [one.wire.socket for one in self.sessions.values() if one.wire is not None]
        await asyncio.gather(*(socket.close() for socket in found), return_exceptions=True)


def frames(session: Session, name: str) -> list[Any]:
    """What a session was told under this name."""
    return [frame["d"] for frame in session.sent if frame["t"] == name]
