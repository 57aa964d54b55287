"""What happens around a group: its members open the App Home, its channel is archived, the bot goes and comes."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from adapters.slack.payload import at, happened, team
from adapters.slack.settings import PLATFORM
from adapters.slack.voice import Voice
from bot.core.commands import Command as Defined
from bot.core.events import Command, Inbound, Person, Place, Press, Reply, Show
from bot.core.ui import ActionId, Card, Prose

log = logging.getLogger("mockingbird.slack")

# What is the book's, in this order.
HOME = (("plan", "today"), ("review", "mine"), ("interview", "next"), ("progress", ""))
GONE = ("channel_archive", "group_archive", "channel_left", "group_left", "channel_deleted", "group_deleted",
        "member_left_channel")  # fmt: skip
BACK = ("channel_unarchive", "group_unarchive", "member_joined_channel")

GREET = ActionId("group.greet")  # no button shows it: we press it ourselves

Handle = Callable[[Inbound], Awaitable[Reply]]
STRANGER = Card(
    "Welcome to Mockingbird",
    (Prose("Here you will see your day, the reviews that you owe and how far you are, once you take part in a study group: "
           "type `/group join` in its channel."),),
)  # fmt: skip


class Life:
    """Keeps up with what Slack tells about channels, and shows each member their own day."""

    def __init__(self, handle: Handle, voice: Voice, book: tuple[Defined, ...]) -> None:
        self._handle = handle
        self._voice = voice
        names = {command.name for command in book}
        self._home = tuple((name, text) for name, text in HOME if name in names)

    async def home(self, body: dict[str, Any], reply: Handle) -> None:
        """Today, what I owe, my reviews and my next interview, as the commands show them. `reply` answers as the person."""
        event = body["event"]
        if at(event, "tab") not in ("", "home") or not at(event, "user"):
            return
        who, where = Person(at(event, "user"), ""), Place(PLATFORM, team(body), at(event, "user"), direct=True)
        cards: list[Card] = []
        for name, text in self._home:
            answer = await reply(Command(f"{happened(body)}:{name}", who, where, name, text))
            if isinstance(answer, Show) and answer.card not in cards:
                cards.append(answer.card)
        # Who is in no group gets one and the same refusal everywhere.
        shown = cards if len(cards) > 1 else [STRANGER]
        await self._voice.home(where.workspace, where.channel, shown)

    async def channel(self, body: dict[str, Any], ours: str) -> None:
        """A plan does not run on where nobody can read it: it pauses. Back again, the bot says how to go on."""
        event = body["event"]
        kind, id = at(event, "type"), at(event, "channel") or at(event, "channel", "id")
        if not id or (kind.startswith("member_") and at(event, "user") != ours):
            return
        who, where = Person(ours or "bot", "Mockingbird", manages=True), Place(PLATFORM, team(body), id)
        if kind in GONE:
            log.warning("channel %s of %s: %s; its plan is paused if one runs there", id, team(body), kind)
            await self._handle(Command(happened(body), who, where, "group", "pause"))
        elif kind in BACK:
            await self._handle(Press(happened(body), who, where, GREET))
