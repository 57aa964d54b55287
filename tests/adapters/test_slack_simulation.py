"""A group lives its two weeks in Slack, event by event through the real Bolt app, and ends where the playground's does."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import pytest

from bot.bootstrap import Service
from bot.catalog import Catalog
from bot.clock import FrozenClock
from bot.core.events import (
    Ask,
    Command,
    Deleted,
    Edited,
    Fix,
    Inbound,
    Person,
    Place,
    Posted,
    Press,
    Quiet,
    Reply,
    Show,
)
from bot.core.events import Submit as Sent
from bot.core.ui import Form, TextField
from bot.drama import NAMES, ZONES, Drama, Life, Message
from bot.invariants import Counts, broken, counts, ending
from bot.simulate import START, live, simulate
from tests.adapters import slack_screen
from tests.adapters.slack_house import Door, Seen, Town, connected, key, platform
from tests.adapters.slack_stand_in import standing_in
from tests.adapters.slack_workspace import Json, User, Workspace

MEMBERS, DAYS, SEED = 6, 14, 1
CHANNEL = "C0PREP"


@dataclass
class Screen:
    """Slack as its people see it: the bot's messages read back from their blocks, and messages of their own."""

    town: Town
    before: dict[str, Json] = field(default_factory=dict)  # people's messages as they were before the last change
    _read: dict[str, Message] = field(default_factory=dict)
    _seen: tuple[int, list[Message]] = (-1, [])

    def messages(self) -> list[Message]:
        calls = len(self.town.stand_in.calls)
        if self._seen[0] != calls:  # the bot's messages change by its calls alone
            self._seen = calls, self._messages()
        return self._seen[1]

    def _messages(self) -> list[Message]:
        found = []
        for team, channel, message in self.town.stand_in.slack.bot_messages():
            if not key(message):
                continue
            id = f"{channel.id}/{message['ts']}/{'edited' in message}"
            if id not in self._read:
                place = Place("slack", team.id, channel.person or channel.id, message.get("thread_ts", ""),
                              bool(channel.person))  # fmt: skip
                at = datetime.fromtimestamp(int(message["ts"].partition(".")[0]), UTC)
                self._read[id] = Message(message["ts"], key(message), place, slack_screen.card(message), at)
            found.append(self._read[id])
        return found

    def said(self, id: str) -> Json:
        return next(one for one in self.town.team.messages[CHANNEL] if one["ts"] == id)

    def post(self, who: Person, where: Place, text: str, at: datetime) -> str:
        message = self.town.stand_in.slack.say(self.town.team, CHANNEL, who.id, escape(text, quote=False), where.thread)
        return str(message["ts"])

    def edit(self, message: str, text: str) -> None:
        said = self.said(message)
        self.before[message] = dict(said)
        said["text"] = escape(text, quote=False)

    def delete(self, message: str) -> None:
        said = self.said(message)
        self.before[message] = dict(said)
        self.town.team.messages[CHANNEL].remove(said)


class SlackDrama(Drama):
    """The same lives; what they do goes to the bot as Slack sends it, and what they see is what Slack shows."""

    town: Town

    async def send(self, life: Life, event: Inbound) -> Reply:
        user = life.person.id
        kind, payload = self._payload(user, event)
        seen = await self.town.see(user, kind, payload)
        if seen.status != 200:
            self.wrong.append(f"{type(event).__name__} of {life.person.name} was answered {seen.status}")
        if isinstance(event, Sent) and "response_action" not in seen.ack:
            del self.town.stand_in.slack.views[user]
        reply = _reply(event, seen)
        if "Something broke" in seen.words:
            self.wrong.append(f"{type(event).__name__} of {life.person.name}")
        return reply

    def _payload(self, user: str, event: Inbound) -> tuple[str, Json]:
        make, screen = self.town.payloads, self.stage
        assert isinstance(screen, Screen)
        if isinstance(event, Command):
            return "slash_commands", make.command(user, CHANNEL, f"/{event.name} {event.text}".strip())
        if isinstance(event, Press):
            return "interactive", make.press(user, CHANNEL, str(event.action))
        if isinstance(event, Sent):
            view = self.town.stand_in.slack.views[user]
            assert view["callback_id"] == str(event.action)
            return "interactive", make.submit(user, view, dict(event.values))
        if isinstance(event, Posted):
            return "events_api", make.posted(CHANNEL, screen.said(event.message))
        if isinstance(event, Edited):
            return "events_api", make.edited(CHANNEL, screen.before[event.message], screen.said(event.message)["text"])
        assert isinstance(event, Deleted)
        return "events_api", make.deleted(CHANNEL, screen.before[event.message])


def _reply(event: Inbound, seen: Seen) -> Reply:
    if "errors" in seen.ack:
        assert isinstance(event, Sent)
        form = Form("It stays open", event.action, (TextField("text", "Text"),))
        return Fix(form, seen.ack["errors"], event.values)
    if seen.form is not None:
        return Ask(seen.form)
    return Show(seen.cards[0], tuple(seen.cards[1:])) if seen.cards else Quiet()


def person(number: int) -> Person:
    """As the simulation has them, with Slack's ids."""
    name = NAMES[number]
    return Person(f"U0{name.upper()}", name, manages=number == 0, zone=ZONES[number % len(ZONES)])


async def lived(catalog: Catalog, door: Door) -> tuple[Counts, list[str]]:
    """The two weeks up to their end: the figures, and which invariants broke."""
    clock = FrozenClock(START)
    people = tuple(person(number) for number in range(MEMBERS))
    async with standing_in(Workspace(lambda: clock.now().timestamp())) as stand_in:
        team = stand_in.slack.team()
        team.add(*(User(one.id, one.name, one.zone, admin=one.manages) for one in people))
        team.channel(CHANNEL, "prep")
        with tempfile.TemporaryDirectory() as folder:
            async with platform(stand_in, clock, team.token) as slack:
                service = Service(f"sqlite:///{Path(folder) / 'slack.db'}", catalog, clock, {"slack": slack})
                try:
                    async with connected(stand_in, service.bot, clock, door, team.token) as town:
                        place = Place("slack", team.id, CHANNEL)
                        drama = SlackDrama(service.bot, catalog, SEED, MEMBERS, place, Screen(town), people)
                        drama.town = town
                        return await two_weeks(drama, clock)
                finally:
                    service.close()


async def two_weeks(drama: Drama, clock: FrozenClock) -> tuple[Counts, list[str]]:
    await live(drama, clock.set, START, DAYS * 24)
    await drama.bot.advance(clock, START + timedelta(days=DAYS, hours=3))
    group = await drama.bot.store.run(lambda work: work.groups.here(drama.channel))
    assert group is not None
    end = await drama.bot.store.run(lambda work: ending(drama, group.id, START, clock.now(), work))
    return counts(end), broken(end)


@pytest.mark.parametrize("door", ["http", "socket"])
def test_two_weeks_in_slack_end_as_they_do_in_the_simulation(catalog: Catalog, door: Door) -> None:
    found, broke = asyncio.run(lived(catalog, door))
    assert broke == []
    assert found == simulate(catalog, MEMBERS, DAYS, SEED).counts
    assert found.daily_posts == DAYS
    assert found.double_posts == found.undelivered == 0
