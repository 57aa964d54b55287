"""Slack's hooks on Bolt: one listener a kind, each answers after the engine's commit. The only framework hooks."""

import asyncio
import functools
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from aiohttp import ClientSession
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import inbound, render
from adapters.slack.faults import TROUBLES, line
from adapters.slack.life import Life
from adapters.slack.payload import Body, Malformed, Reach, bot_user, event_reach, reach
from adapters.slack.people import People
from adapters.slack.render import Json
from adapters.slack.settings import SlackSettings
from adapters.slack.voice import Voice
from adapters.slack.workspaces import Workspaces
from bot.core.commands import Command as Defined
from bot.core.errors import BotError
from bot.core.events import Ask, Choose, Command, Fix, Inbound, Press, Replace, Reply, Show
from bot.core.ports import Clock
from bot.core.ui import Card

log = logging.getLogger("mockingbird.slack")

ANY = re.compile(".*", re.DOTALL)
UNREACHABLE = "I cannot work in this workspace at the moment. Whoever installed me finds the reason in my log."
IN_TIME = (
    0.8  # seconds that Slack's acknowledgement waits for another answer: with what people.py may take, within three
)
SENT_BEFORE = 4_096  # events remembered, so that a retry is not answered twice

T = TypeVar("T")
AT_THE_END = 3  # seconds that what is being said has when we stop
Handle = Callable[[Inbound], Awaitable[Reply]]
Listener = Callable[..., Awaitable[Any]]


class Speaking:
    """What is being said: it may go on after Slack's acknowledgement, and is heard out at the end."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    async def soon(self, saying: Coroutine[Any, Any, T]) -> T | None:
        """What the saying returns; None where Slack is slow and it goes on after the acknowledgement."""
        task = self.begin(saying)
        await asyncio.wait([task], timeout=IN_TIME)
        return task.result() if task.done() else None

    def begin(self, saying: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Say it beside what else is done."""
        task = asyncio.create_task(saying)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def finish(self) -> None:
        """Hear out what is being said, for a few seconds at the most."""
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=AT_THE_END)


class SlackApp(AsyncApp):
    """Bolt's app, with a way past Bolt to what it calls."""

    hooks: "Hooks"


def build(
    handle: Handle,
    book: tuple[Defined, ...],
    workspaces: Workspaces,
    settings: SlackSettings,
    clock: Clock,
    session: ClientSession | None = None,
    speaking: Speaking | None = None,
) -> SlackApp:
    """The Bolt app. `handle` is the engine's; `book` tells what the App Home can show; `session` carries the calls;
    `speaking` is what to wait for at the end."""
    base = AsyncWebClient(base_url=settings.api_url, session=session, retry_handlers=[])
    app = SlackApp(
        name="mockingbird",
        logger=log,
        client=base,
        authorize=_authorizer(workspaces),
        user_facing_authorize_error_message=UNREACHABLE,
        process_before_response=True,
        # What comes by HTTP has been verified by web.py; the sockets are authenticated themselves.
        request_verification_enabled=False,
    )
    voice = Voice(workspaces.client, settings.api_url, session)
    hooks = app.hooks = Hooks(
        handle, People(workspaces.client, clock), voice, Life(handle, voice, book), workspaces, speaking or Speaking()
    )
    app.command(ANY)(hooks.command)
    app.action(ANY)(hooks.press)
    app.view(ANY)(hooks.submit)
    app.event(ANY)(hooks.event)
    return app


def _authorizer(workspaces: Workspaces) -> Callable[..., Awaitable[Any]]:
    async def authorize(context: AsyncBoltContext, team_id: str | None) -> AuthorizeResult | None:
        """None where we are not installed. Events are not lost for a fault that passes: Slack sends them again."""
        try:
            return await workspaces.authorize(team_id)
        except (*TROUBLES, BotError) as trouble:
            _unserved(team_id, trouble)
            if context.response_url is None:
                raise
            return None

    return authorize


def _unserved(team: str | None, trouble: Exception) -> None:
    why = line(trouble) if isinstance(trouble, TROUBLES) else str(trouble)
    log.error("workspace %s cannot be served: %s", team, why)


def _careful(listener: Listener) -> Listener:
    """A payload that makes no sense is logged and acknowledged: Slack would only send it again."""

    @functools.wraps(listener)
    async def careful(self: "Hooks", body: dict[str, Any], ack: AsyncAck, context: AsyncBoltContext) -> Any:
        try:
            return await listener(self, body, ack, context)
        except Malformed as fault:
            _no_sense(body, fault)
            return await ack()

    return careful


def _no_sense(body: Body, fault: Malformed) -> None:
    log.warning("Slack sent a payload of no sense (%s): %s", body.get("type", "command"), fault)


@dataclass
class Hooks:
    """What Bolt calls."""

    handle: Handle
    people: People
    voice: Voice
    life: Life
    workspaces: Workspaces
    speaking: Speaking

    def __post_init__(self) -> None:
        self._sent_before: dict[str, None] = {}

    async def _reply(self, event: Inbound) -> Reply:
        who = await self.people.known(event.who, event.where)
        return await self.handle(replace(event, who=who))

    @_careful
    async def command(self, body: dict[str, Any], ack: AsyncAck, context: AsyncBoltContext) -> Any:
        """A slash command."""
        return await ack(await self._commanded(body, reach(body)) or "")

    async def commanded(self, body: Body) -> Json | None:
        """A slash command that needs no Bolt: whoever calls has verified it. What Slack is answered; None for nothing."""
        try:
            way = reach(body)
            if await self._served(way.team):
                return await self._commanded(body, way)
        except Malformed as fault:
            _no_sense(body, fault)
            return None
        return {"response_type": "ephemeral", "text": UNREACHABLE}

    async def _served(self, workspace: str) -> bool:
        """What Bolt asks before it calls a hook."""
        try:
            if await self.workspaces.authorize(workspace) is not None:
                return True
            log.error("workspace %s cannot be served: we are not installed there", workspace)
        except (*TROUBLES, BotError) as trouble:
            _unserved(workspace, trouble)
        return False

    async def _commanded(self, body: Body, way: Reach) -> Json | None:
        """A card is the answer itself."""
        event = inbound.command(body, way)
        reply = await self._reply(event)
        cards = _cards(reply)
        first = self._once(event.id)
        if first:
            self._hand_over(cards, way)
        if len(cards) == 1:
            return _private(cards[0])
        if first:
            await self.speaking.soon(self._speak(reply, way, event))
        return None

    @_careful
    async def press(self, body: dict[str, Any], ack: AsyncAck, context: AsyncBoltContext) -> Any:
        """A button or a select, in a message, a modal or the App Home."""
        event, way = inbound.press(body), reach(body)
        if event is not None:
            reply = await self._reply(event)
            if not self._once(event.id):
                return await ack()
            self._hand_over(_cards(reply), way)
            if isinstance(reply, Replace) and way.surface == "message" and way.alone:
                await self.speaking.soon(self.voice.replace(way, reply.card))
            else:
                await self.speaking.soon(self._speak(reply, way, event))
        return await ack()

    def _hand_over(self, cards: Sequence[Card], way: Reach) -> None:
        """The files that cards carry are on their way; Slack's acknowledgement does not wait for an upload."""
        for file in [card.file for card in cards if card.file]:
            self.speaking.begin(self.voice.hand(way, file))

    async def _speak(self, reply: Reply, way: Reach, event: Command | Press | Choose) -> None:
        cards = _cards(reply)
        if isinstance(reply, Ask):
            await self.voice.ask(way, reply.form, inbound.asks(event))
        elif not cards:
            return
        elif way.surface == "modal":
            await self.voice.update(way, cards)
        elif way.surface != "home" or not await self.voice.open(way, render.shown(cards, "")):
            await self.voice.show(way, cards)

    @_careful
    async def submit(self, body: dict[str, Any], ack: AsyncAck, context: AsyncBoltContext) -> Any:
        """A form: faults stand in it; a card is shown where it was opened, or in its place where that does not go."""
        event, way = inbound.submit(body), reach(body)
        reply = await self._reply(event)
        if isinstance(reply, Fix):
            return await ack(_errors(reply))
        cards = _cards(reply)
        first = self._once(event.id)
        if first:
            self._hand_over(cards, way)
        shown = not cards or (way.surface == "message" and not first)
        if shown or (way.surface == "message" and await self.speaking.soon(self.voice.show(way, cards)) is not False):
            return await ack()
        return await ack({"response_action": "update", "view": render.shown(cards, "")})

    @_careful
    async def event(self, body: dict[str, Any], ack: AsyncAck, context: AsyncBoltContext) -> Any:
        """Messages, mentions, the App Home, and what becomes of channels and workspaces."""
        kind = body["event"].get("type")
        ours = bot_user(body) or context.bot_user_id or ""
        if kind in ("app_uninstalled", "tokens_revoked"):
            await self.workspaces.gone(body)
        elif kind == "app_home_opened":
            await self.speaking.soon(self.life.home(body, self._reply))
        elif kind == "app_mention":
            await self._heard(body, inbound.mention(body, ours))
        elif kind == "message":
            await self._heard(body, inbound.direct(body) or inbound.message(body, ours))
        else:
            await self.life.channel(body, ours)
        return await ack()

    async def _heard(self, body: dict[str, Any], event: Inbound | None) -> None:
        if event is None:
            return
        first = self._once(event.id)
        try:
            reply = await self._reply(event)
        except BaseException:
            if first:  # Slack sends it again, and then it has to be answered
                self._sent_before.pop(event.id, None)
            raise
        if not first:
            return
        way = event_reach(body)
        if isinstance(event, Command):
            self._hand_over(_cards(reply), way)
            await self.speaking.soon(self._speak(reply, way, event))
        else:
            await self.speaking.soon(self.voice.show(way, _cards(reply)))

    def _once(self, id: str) -> bool:
        """Whether this event is new here: what Slack's acknowledgement does not say is said once, however late it was."""
        if id in self._sent_before:
            return False
        self._sent_before[id] = None
        if len(self._sent_before) > SENT_BEFORE:
            del self._sent_before[next(iter(self._sent_before))]
        return True


def _cards(reply: Reply) -> Sequence[Card]:
    if isinstance(reply, Show):
        return (reply.card, *reply.more)
    return (reply.card,) if isinstance(reply, Replace) else ()


def _private(card: Card) -> Json:
    return {"response_type": "ephemeral", "text": render.text(card), "blocks": render.message(card)}


def _errors(fix: Fix) -> dict[str, Any]:
    return {"response_action": "errors", "errors": render.errors(fix)}
