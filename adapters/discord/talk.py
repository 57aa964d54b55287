"""What people say in the bot's threads, and change of it: their answers, and a word to them alone where one is due."""

import logging
from collections.abc import Awaitable, Callable, Sequence

import discord

from adapters.discord import inbound
from adapters.discord.channels import Channels
from adapters.discord.faults import CLOSED, TROUBLES, code, line
from adapters.discord.rest import Rest
from bot.core import again
from bot.core.events import Edited, Inbound, Posted, Reply, Show
from bot.core.ui import Card

log = logging.getLogger("mockingbird.discord")

HEARD_BEFORE = 4_096  # messages remembered, so that one that comes twice is not answered twice


class Talk:
    """Hears messages; what they mean is the engine's to say."""

    def __init__(self, rest: Rest, handle: Callable[[Inbound], Awaitable[Reply]]) -> None:
        self._rest = rest
        self._handle = handle
        self._channels = Channels(rest)
        self._heard: dict[str, None] = {}

    async def posted(self, message: discord.Message) -> None:
        """A message: in a thread of ours it may be an answer."""
        if message.guild is None or message.author.bot:
            return
        await self._said(message.guild.id, message.channel.id, message.channel,
                         lambda thread: inbound.posted(message, thread))  # fmt: skip

    async def edited(self, payload: discord.RawMessageUpdateEvent) -> None:
        """What was said reads otherwise now."""
        message = payload.message
        if payload.guild_id is None or message.author.bot:
            return
        await self._said(payload.guild_id, payload.channel_id, message.channel,
                         lambda thread: inbound.edited(message, thread))  # fmt: skip

    async def deleted(self, workspace: int | None, channel: int, message: int) -> None:
        """A message is gone."""
        if workspace is not None:
            await self._said(workspace, channel, None, lambda thread: inbound.deleted(message, thread))

    def forget(self, channel: str) -> None:
        """A channel is gone."""
        self._channels.forget(channel)

    async def _said(
        self, workspace: int, channel: int, seen: object, read: Callable[[inbound.Thread], Inbound | None]
    ) -> None:
        try:
            thread = await self._channels.thread(workspace, channel, seen)
        except TROUBLES as trouble:
            log.warning("channel %s of %s cannot be looked at, a message there is not heard: %s", channel, workspace,
                        line(trouble))  # fmt: skip
            return
        event = read(thread) if thread is not None and thread.ours else None
        if event is None:
            return
        first = self._once(event.id)
        reply = await self._handle(event)
        if first and isinstance(event, Posted | Edited) and isinstance(reply, Show):
            await self._whisper(event, (reply.card, *reply.more))

    async def _whisper(self, event: Posted | Edited, cards: Sequence[Card]) -> None:
        """To this person alone. Where their direct messages are closed, a button in the thread shows it to them."""
        key = f"reply:{event.id}"
        try:
            direct = await self._rest.direct(event.who.id)
            for number, card in enumerate(cards):
                await self._rest.post(direct, card, f"{key}:{number}")
        except TROUBLES as trouble:
            if code(trouble) not in CLOSED:
                log.warning("a word to %s was not sent: %s", event.who.id, line(trouble))
                return
            try:
                await self._rest.post(event.where.thread, again.waiting(event.who.id, event.id), key)
            except TROUBLES as other:
                log.warning("a word to %s was not sent in the thread either: %s", event.who.id, line(other))

    def _once(self, id: str) -> bool:
        """Whether this is new: two processes may hear the same, and a link that unfolds changes a message again."""
        if id in self._heard:
            return False
        self._heard[id] = None
        if len(self._heard) > HEARD_BEFORE:
            del self._heard[next(iter(self._heard))]
        return True
