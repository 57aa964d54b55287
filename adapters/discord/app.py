"""Discord's hooks: what happens becomes an event, and the answer goes out after the engine's commit."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Protocol

import discord

from adapters.discord import commands, grants, inbound, permissions
from adapters.discord.life import Life, Retire
from adapters.discord.payload import Malformed, Reach, reach
from adapters.discord.rest import Json, Rest
from adapters.discord.talk import Talk
from adapters.discord.voice import COMPLETIONS, LATER, Voice
from bot.core import again
from bot.core.commands import Command as Defined
from bot.core.commands import suggest
from bot.core.events import (
    Answers,
    Ask,
    Choose,
    Command,
    Fix,
    Inbound,
    Press,
    Replace,
    Reply,
    Show,
    Submit,
)
from bot.core.ports import Clock
from bot.core.ui import Card, Prose

log = logging.getLogger("mockingbird.discord")

IN_TIME = 1.5  # seconds that an answer may take before Discord is asked for patience; it gives three
TOO_LATE = Card("That took too long", (Prose("The form could not open in time. Please press once more."),))
NO_HOME = Card(
    "Not in this channel",
    (
        Prose(
            "A study group needs threads, and a voice channel has none. Type `/group setup` in a text or forum channel."
        ),
    ),
)
DONE = Card("Done", (Prose("That is noted."),))

Handle = Callable[[Inbound], Awaitable[Reply]]
Event = Command | Press | Choose | Submit


class Routed(Protocol):
    """What the adapter asks of the engine's routes."""

    @property
    def book(self) -> tuple[Defined, ...]: ...
    def answers(self, event: Inbound) -> Answers: ...


class Hooks:
    """What a client that hears calls. `handle` is the engine's; `retire` gives up what is owed to a server or a channel."""

    def __init__(self, rest: Rest, handle: Handle, routes: Routed, clock: Clock, retire: Retire) -> None:
        self.definitions: Sequence[Json] = commands.definitions(routes.book)
        self._rest = rest
        self._handle = handle
        self._routes = routes
        self._voice = Voice(rest)
        self._talk = Talk(rest, handle)
        self._life = Life(handle, rest, retire, clock)
        self._under_way: set[asyncio.Task[Any]] = set()

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        """Work that the end waits for. discord.py calls each hook in a task of its own."""
        task = asyncio.current_task()
        if task is None:
            raise AssertionError("a coroutine runs in a task")
        self._under_way.add(task)
        try:
            await work
        finally:
            self._under_way.discard(task)

    async def finish(self, seconds: float) -> None:
        """Wait for what is under way."""
        ours = self._under_way - {asyncio.current_task()}
        if ours:
            await asyncio.wait(ours, timeout=seconds)

    async def interaction(self, interaction: discord.Interaction[Any]) -> None:
        """A command, a button, a select, a form, or what is being typed."""
        try:
            found = reach(interaction)
            if found.kind == "complete":
                await self._run(self._complete(found, inbound.completion(found)))
            else:
                await self._run(self._answer(found, inbound.interaction(found)))
        except Malformed as fault:
            log.warning("Discord sent an interaction of no sense: %s", fault)

    async def _complete(self, found: Reach, asked: inbound.Completion) -> None:
        command = next((one for one in self._routes.book if one.name == asked.command), None)
        verb = next((one for one in command.verbs if one.name == asked.verb), None) if command else None
        option = next((one for one in verb.options if one.name == asked.option), None) if verb else None
        choices = suggest(option, asked.typed) if option else ()
        shown = [{"name": one.label, "value": one.value} for one in choices]
        await self._voice.answer(found, COMPLETIONS, {"choices": shown})

    async def _answer(self, found: Reach, event: Event) -> None:
        if not found.home and _sets_up(event):
            await self._voice.show(found, [NO_HOME])
            return
        thinking: list[asyncio.Task[bool]] = []
        in_place = False

        def think() -> None:
            """Only now, for it is seldom: how the answer will show has to be told with the plea for patience."""
            nonlocal in_place
            answers = self._routes.answers(event)
            in_place = answers == "replace" and found.alone
            if answers != "form":
                thinking.append(asyncio.create_task(self._voice.think(found, in_place=in_place)))

        late = asyncio.get_running_loop().call_later(IN_TIME, think)
        try:
            reply = await self._handle(event)
        finally:
            late.cancel()
        if thinking and await thinking[0]:
            await self._later(found, event, reply, in_place)
        elif not await self._at_once(found, event, reply):
            return  # another process hears this shard, too, for a moment, and answered first; or nobody can any more
        for file in [card.file for card in _cards(reply, event) if card.file]:
            await self._voice.hand(found, file)
        await self._name_missing(found, event, reply)

    async def _at_once(self, found: Reach, event: Event, reply: Reply) -> bool:
        if isinstance(reply, Ask):
            return await self._voice.ask(found, reply.form)
        if isinstance(reply, Replace) and found.alone:
            return await self._voice.replace(found, reply.card)
        if cards := _cards(reply, event):
            return await self._voice.show(found, cards)
        if found.on_message:
            return await self._voice.answer(found, LATER)
        return await self._voice.show(found, [DONE])

    async def _later(self, found: Reach, event: Event, reply: Reply, in_place: bool) -> None:
        """The first answer is given away: what waits is filled in."""
        cards = [TOO_LATE] if isinstance(reply, Ask) else _cards(reply, event)
        if isinstance(reply, Replace) or not in_place:
            first, *cards = cards or [DONE]
            await self._voice.fill(found, first)
        await self._voice.more(found, cards)

    async def _name_missing(self, found: Reach, event: Event, reply: Reply) -> None:
        """Who manages a channel and steers its group hears at once what the bot may not do there."""
        group = event.name == "group" if isinstance(event, Command) else event.action.verb.startswith("group.")
        if group and found.may and event.who.manages and not isinstance(reply, Ask):
            missing = permissions.missing(found.may)
            if missing:
                await self._voice.more(found, [grants.card(missing, "this channel")])

    async def posted(self, message: discord.Message) -> None:
        await self._run(self._talk.posted(message))

    async def edited(self, payload: discord.RawMessageUpdateEvent) -> None:
        await self._run(self._talk.edited(payload))

    async def deleted(self, workspace: int | None, channel: int, message: int) -> None:
        await self._run(self._talk.deleted(workspace, channel, message))

    async def joined(self, guild: discord.Guild) -> None:
        await self._run(self._life.joined(guild))

    async def removed(self, guild: discord.Guild) -> None:
        await self._run(self._life.removed(guild))

    async def channel_gone(self, channel: discord.abc.GuildChannel) -> None:
        self._talk.forget(str(channel.id))
        await self._run(self._life.channel_gone(channel))


def _sets_up(event: Event) -> bool:
    if isinstance(event, Command):
        return event.name == "group" and event.text == "setup"
    return event.action.verb == "group.setup"


def _cards(reply: Reply, event: Event) -> list[Card]:
    """The cards to show. A modal cannot stay open: its faults come with a button that opens it again."""
    if isinstance(reply, Show):
        return [reply.card, *reply.more]
    if isinstance(reply, Fix):
        return [again.to_mend(event.id, reply)]
    return [reply.card] if isinstance(reply, Replace) else []
