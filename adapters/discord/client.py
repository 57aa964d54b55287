"""discord.py's client, kept small: no messages and no members in memory, and nothing that is said mentions anybody."""

import logging
from collections.abc import Sequence
from typing import Any, Protocol

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Route

from adapters.discord import commands
from adapters.discord.faults import TROUBLES, line
from adapters.discord.lean import careful
from adapters.discord.settings import GATEWAY_URL, DiscordSettings
from adapters.discord.starts import Starts

log = logging.getLogger("mockingbird.discord")
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nobody speaks here

PATIENCE = 30  # seconds that discord.py may wait for a limit to pass before it says so: the least that it takes
SETTLED = 0.5  # seconds without a server that is told, after which all are: nothing here waits for it
CONTENT = 1 << 18 | 1 << 19  # an app's flags: message content is granted, or granted as to an app in few servers


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
    async def finish(self, seconds: float) -> None: ...


def point(settings: DiscordSettings) -> None:
    """Send all of discord.py to where Discord is, which it keeps for the whole process."""
    Route.BASE = settings.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.gateway_url or GATEWAY_URL)


class DiscordClient(discord.Client):
    """The only framework hooks. Without `hooks` nothing is heard: such a client asks and posts."""

    def __init__(self, hooks: Hooks | None = None, *, content: bool = True, **more: Any) -> None:
        """`content`: ask for what people write in threads, which Discord grants apart. `more` is discord.py's."""
        self._asked = discord.Intents(guilds=True, guild_messages=True, message_content=content)
        super().__init__(
            intents=self._asked,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=PATIENCE,
            guild_ready_timeout=SETTLED,
            **more,
        )
        parsers = self._connection.parsers
        parsers.update({name: careful(name, parse) for name, parse in parsers.items()})
        self.hooks = hooks

    @property
    def reads_threads(self) -> bool:
        """Whether what people write in threads is asked for."""
        return self._asked.message_content

    def renounce(self) -> None:
        """Ask no more for what people write in threads."""
        self._asked.message_content = False  # discord.py holds this very object until it connects

    async def setup_hook(self) -> None:
        """Logged in: see what is granted, and bring the commands up to date where this client hears by itself."""
        flags = self.application_flags.value
        if flags and not flags & CONTENT:
            self.renounce()
        if self.hooks is not None:
            await self.sync(self.hooks.definitions)

    async def sync(self, wanted: Sequence[commands.Json]) -> None:
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


class Ear(DiscordClient):
    """Hears one shard. It speaks through another client's login, which outlives it: a shard costs no request."""

    def __init__(self, hooks: Hooks | None, speaker: DiscordClient, starts: Starts, shard: int, count: int) -> None:
        super().__init__(hooks, content=speaker.reads_threads, shard_id=shard, shard_count=count)
        self._starts = starts
        self.http = self._connection.http = _Borrowed(speaker.http)  # type: ignore[assignment]

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Discord lets so many shards start within five seconds."""
        await self._starts.turn(shard_id or 0)


class _Borrowed:
    """The HTTP of a client that is logged in; it is not ours to close."""

    def __init__(self, http: HTTPClient) -> None:
        self._http = http

    def __getattr__(self, name: str) -> Any:
        return getattr(self._http, name)

    async def close(self) -> None:
        return None
