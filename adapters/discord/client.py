"""discord.py's client, kept small: no messages and no members in memory, and nothing that is said mentions anybody."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.discord import commands
from adapters.discord.faults import TROUBLES, line
from adapters.discord.lean import careful
from adapters.discord.settings import GATEWAY_URL, DiscordSettings

log = logging.getLogger("mockingbird.discord")
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nobody speaks here

PATIENCE = 30  # seconds that discord.py may wait for a limit to pass before it says so: the least that it takes
SETTLED = 0.5  # seconds without a server that is told, after which all are: nothing here waits for it
BETWEEN_STARTS = 5.0  # seconds
CONTENT = 1 << 18 | 1 << 19  # an app's flags: message content is granted, or granted as to an app in few servers


Sleep = Callable[[float], Awaitable[object]]


class Hooks(Protocol):
    """What hears of Discord's events."""

    @property
    def definitions(self) -> Sequence[commands.Json]: ...
    async def interaction(self, interaction: discord.Interaction[Any]) -> None: ...
    async def posted(self, message: discord.Message) -> None: ...
    async def edited(self, payload: discord.RawMessageUpdateEvent) -> None: ...
    async def deleted(self, workspace: int | None, channel: int, message: int) -> None: ...
    async def joined(self, guild: discord.Guild) -> None: ...
    async def removed(self, guild: discord.Guild) -> None: ...
    async def channel_gone(self, channel: discord.abc.GuildChannel) -> None: ...


def point(settings: DiscordSettings) -> None:
    """Send all of discord.py to where Discord is, which it keeps for the whole process."""
    Route.BASE = settings.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.gateway_url or GATEWAY_URL)


class DiscordClient(discord.AutoShardedClient):
    """The only framework hooks. `hooks` is set once the engine is there; without it nothing is heard."""

    def __init__(self, settings: DiscordSettings, sleep: Sleep = asyncio.sleep, *, content: bool = True) -> None:
        """`content`: ask for what people write in threads, which Discord grants apart."""
        point(settings)
        self._sleep = sleep
        self._start_at_once = 1  # shards
        self._started = 0
        self._own_gateway = bool(settings.gateway_url)
        self._asked = discord.Intents(guilds=True, guild_messages=True, message_content=content)
        share = settings.share
        ours: Any = {"shard_ids": list(share.ids), "shard_count": share.count} if share else {}
        super().__init__(
            intents=self._asked,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=PATIENCE,
            guild_ready_timeout=SETTLED,
            **ours,
        )
        parsers = self._connection.parsers
        parsers.update({name: careful(name, parse) for name, parse in parsers.items()})
        self.hooks: Hooks | None = None

    @property
    def reads_threads(self) -> bool:
        """Whether what people write in threads is asked for."""
        return self._asked.message_content

    async def setup_hook(self) -> None:
        """Logged in: see what is granted, and bring the commands up to date."""
        flags = self.application_flags.value
        if flags and not flags & CONTENT:
            self._asked.message_content = False  # discord.py holds this very object until it connects
        if self.hooks is not None:
            await self._sync(self.hooks.definitions)

    async def prepare(self) -> None:
        """Ask where the gateway is, how many shards there are, and how many may start at once. Raises
        discord.GatewayNotFound."""
        try:
            count, url, limits = await self.http.get_bot_gateway()
            if not self._own_gateway:
                DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)
        except discord.GatewayNotFound:
            if not self._own_gateway:
                raise
            count, limits = 1, {"total": 1, "remaining": 1, "reset_after": 0, "max_concurrency": 1}
        self._start_at_once = max(limits["max_concurrency"], 1)
        if not self.shard_count:
            self.shard_count = count

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Discord lets so many shards start within five seconds."""
        if self._started and self._started % self._start_at_once == 0:
            await self._sleep(BETWEEN_STARTS)
        self._started += 1

    async def _sync(self, wanted: Sequence[commands.Json]) -> None:
        """Discord keeps the commands; they are sent only when they changed."""
        try:
            found: Any = await self.http.get_global_commands(self.application_id or 0)
            if not commands.changed(wanted, found):
                log.info("the commands are as Discord has them")
                return
            payload: Any = list(wanted)
            await self.http.bulk_upsert_global_commands(self.application_id or 0, payload=payload)
            log.info("%d commands sent to Discord", len(wanted))
        except TROUBLES as trouble:
            log.error("the commands could not be brought up to date, the former ones serve on: %s", line(trouble))

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        if self.hooks is not None:
            await self.hooks.interaction(interaction)

    async def on_message(self, message: discord.Message) -> None:
        if self.hooks is not None:
            await self.hooks.posted(message)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        if self.hooks is not None:
            await self.hooks.edited(payload)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        if self.hooks is not None:
            await self.hooks.deleted(payload.guild_id, payload.channel_id, payload.message_id)

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        for message in sorted(payload.message_ids):
            if self.hooks is not None:
                await self.hooks.deleted(payload.guild_id, payload.channel_id, message)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        if self.hooks is not None:
            await self.hooks.joined(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        if self.hooks is not None:
            await self.hooks.removed(guild)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        if self.hooks is not None:
            await self.hooks.channel_gone(channel)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        log.exception("unforeseen error in %s", event_method)
