"""Discord's REST: one login, a pace of our own, direct messages' channels, and nothing sent twice by itself."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import discord
import yarl
from aiohttp import ClientResponse, ClientSession, ClientTimeout, TCPConnector
from discord.gateway import DiscordWebSocket
from discord.http import Route, json_or_text

from adapters.discord import render
from adapters.discord.client import DiscordClient, Ear, Hooks, point
from adapters.discord.faults import PATIENCE
from adapters.discord.pace import Pace
from adapters.discord.settings import DiscordSettings
from adapters.discord.starts import Starts
from bot.core.ports import Clock
from bot.core.ui import Card

log = logging.getLogger("mockingbird.discord")

TIMEOUT = 30  # seconds for a call
PEOPLE = 10_000  # direct messages' channels remembered
UNAUTHORIZED = 401
NONCE = 25  # Discord's limit

Json = dict[str, Any]


async def _never_again(response: ClientResponse) -> None:
    """discord.py sends a request again when Discord stumbles, and what was posted the first time is posted twice: whether
    it goes again is the deliverer's to decide."""
    if response.status >= 500:
        raise discord.DiscordServerError(response, await json_or_text(response))


@dataclass(frozen=True, slots=True)
class Gateway:
    """How many shards Discord advises, how many may start within five seconds, and how many starts are left today."""

    shards: int = 1
    at_once: int = 1
    left: int = 1


class Rest:
    """Make it inside the event loop; close it at the end. Faults are raised as discord.py has them (see faults.py)."""

    def __init__(
        self, settings: DiscordSettings, clock: Clock, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        point(settings)
        self.settings = settings
        self.sleep = sleep
        self.client = DiscordClient()
        self.hooks: Hooks | None = None
        self.starts = Starts(sleep)
        self.ears: list[Ear] = []
        self._pace = Pace(clock, sleep)
        self.clock = clock
        self._refused: datetime | None = None  # until then nothing is asked: Discord bans addresses that go on
        self._one = asyncio.Lock()
        self._logged_in: DiscordClient | None = None
        self._direct: dict[str, str] = {}
        self._session: ClientSession | None = None

    def ear(self, shard: int, count: int) -> Ear:
        """A client that hears one shard, once we are logged in."""
        return Ear(self.hooks, self.client, self.starts, shard, count)

    def guild(self, id: int) -> discord.Guild | None:
        """What the gateway has told of a server."""
        return next((found for one in (*self.ears, self.client) if (found := one.get_guild(id)) is not None), None)

    def do_without_content(self) -> None:
        """Discord does not grant what people write in threads: ask for it no more."""
        self.client.renounce()

    async def gateway(self) -> Gateway:
        """Ask where the gateway is and what it lets us do. Raises discord.GatewayNotFound."""
        await self.login()
        own = bool(self.settings.gateway_url)
        try:
            shards, url, limits = await self.client.http.get_bot_gateway()
        except discord.GatewayNotFound:
            if not own:
                raise
            return Gateway()
        if not own:
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)
        return Gateway(shards, max(limits["max_concurrency"], 1), limits["remaining"])

    async def login(self) -> None:
        """Log in, once. Raises discord.LoginFailure where Discord refuses the token, and as any call does."""
        if self._logged_in is self.client:
            return
        self._mind()
        async with self._one:
            if self._logged_in is self.client or self.client.user is not None:
                return
            try:
                async with asyncio.timeout(TIMEOUT):
                    await self.client.login(self.settings.token)
            except BaseException as trouble:
                if isinstance(trouble, discord.LoginFailure):
                    self._refused = self.clock.now() + timedelta(seconds=PATIENCE)
                await self.client.http.close()
                # discord.py cannot log in twice by one.
                self.client = DiscordClient(self.client.hooks, content=self.client.reads_threads)
                raise
            self._logged_in = self.client

    def _mind(self) -> None:
        """Raises discord.LoginFailure while a refusal of the token is fresh."""
        if self._refused is not None and self.clock.now() < self._refused:
            raise discord.LoginFailure("the token was refused a moment ago")

    @property
    def me(self) -> str:
        """The bot's own id; empty before the login."""
        return str(self.client.user.id) if self.client.user else ""

    async def call(
        self, method: str, path: str, json: Json | None = None, *, params: Json | None = None, **ids: str
    ) -> Any:
        """One request in its turn; what it answers. `ids` fill the braces of the path."""
        self._mind()
        await self.login()
        await self._pace.turn()
        more: Json = {"json": json} if json is not None else {}
        more |= {"params": params} if params else {}
        # discord.py keeps the time of a channel's limits by these names.
        route = Route(method, path, **ids)
        try:
            return await self.client.http.request(
                route, raise_for_status=_never_again, timeout=ClientTimeout(TIMEOUT), **more
            )
        except discord.HTTPException as trouble:
            if trouble.status == UNAUTHORIZED:
                self._refused = self.clock.now() + timedelta(seconds=PATIENCE)
            raise

    def wait(self, ahead: int = 0) -> float:
        """Seconds until a request would have its turn, after `ahead` others."""
        return self._pace.wait(ahead)

    async def post(self, channel: str, card: Card, key: str) -> Json:
        """Post a card; the message. The key marks it, and Discord gives the same message to a repeat within minutes."""
        body = render.message(card, key) | nonce(key)
        made: Json = await self.call("POST", "/channels/{channel_id}/messages", body, channel_id=channel)
        return made

    async def direct(self, user: str) -> str:
        """The channel of somebody's direct messages."""
        if user not in self._direct:
            made = await self.call("POST", "/users/@me/channels", {"recipient_id": user})
            if len(self._direct) >= PEOPLE:
                del self._direct[next(iter(self._direct))]
            self._direct[user] = str(made["id"])
        return self._direct[user]

    @property
    def session(self) -> ClientSession:
        """What carries the answers to interactions: they have no part in the bot's limits, and no time to wait for each
        other. Whoever uses it sets the time."""
        if self._session is None or self._session.closed:
            self._session = ClientSession(connector=TCPConnector(limit=0), timeout=ClientTimeout(total=None))
        return self._session

    async def close(self) -> None:
        """Let the network go."""
        if self._session is not None:
            await self._session.close()
        if self._logged_in is not None and not self.client.is_closed():
            await self.client.close()


def nonce(key: str) -> Json:
    """A short name of the key by which Discord knows a repeat of the same message."""
    first, second = render.key_marks(key)
    return {"nonce": f"{first:x}{second:x}"[:NONCE], "enforce_nonce": True}
