"""Discord's REST: one login, a pace of our own, direct messages' channels, and nothing sent twice by itself."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import discord
from aiohttp import ClientResponse, ClientSession, ClientTimeout, TCPConnector
from discord.http import Route, json_or_text

from adapters.discord import render
from adapters.discord.client import DiscordClient
from adapters.discord.faults import PATIENCE
from adapters.discord.pace import Pace
from adapters.discord.settings import DiscordSettings
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


class Rest:
    """Make it inside the event loop; close it at the end. Faults are raised as discord.py has them (see faults.py)."""

    def __init__(
        self, settings: DiscordSettings, clock: Clock, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self.settings = settings
        self.sleep = sleep
        self.client = DiscordClient(settings, sleep)
        self._pace = Pace(clock, sleep)
        self._clock = clock
        self._refused: datetime | None = None  # until then nothing is asked: Discord bans addresses that go on
        self._one = asyncio.Lock()
        self._logged_in: DiscordClient | None = None
        self._direct: dict[str, str] = {}
        self._session: ClientSession | None = None

    def renew(self, *, content: bool) -> DiscordClient:
        """Another client in the place of one that was closed, with the same hooks."""
        hooks = self.client.hooks
        self.client = DiscordClient(self.settings, self.sleep, content=content)
        self.client.hooks = hooks
        return self.client

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
                    self._refused = self._clock.now() + timedelta(seconds=PATIENCE)
                await self.client.http.close()
                self.renew(content=self.client.reads_threads)  # discord.py cannot log in twice by one
                raise
            self._logged_in = self.client

    def _mind(self) -> None:
        """Raises discord.LoginFailure while a refusal of the token is fresh."""
        if self._refused is not None and self._clock.now() < self._refused:
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
                self._refused = self._clock.now() + timedelta(seconds=PATIENCE)
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
