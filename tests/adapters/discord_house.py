"""A bot that lives in a Discord, and what its people do and see there: the real client, over sockets or over simcord."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from adapters.discord import render
from bot.bootstrap import Bot
from bot.clock import FrozenClock
from bot.core import commands
from bot.core.events import Inbound, Place, Receipt, Reply
from bot.core.ports import Parcel, Platform
from bot.core.ui import Card, Form, Values
from bot.testing import words
from tests.adapters import discord_judge as judge
from tests.adapters import discord_screen
from tests.adapters.discord_client import Options
from tests.adapters.discord_guild import Json
from tests.adapters.discord_talk import Shown

ZONES = {"ana": "Europe/Berlin", "ben": "Europe/London", "chi": "Asia/Tokyo", "dee": "America/New_York"}


@dataclass(frozen=True)
class Seen:
    """What one person saw of an answer; `direct` are messages that came to them alone."""

    shown: Sequence[Shown]
    direct: Sequence[Json] = ()

    @property
    def messages(self) -> list[Json]:
        """The cards' messages, the first first."""
        return [one.body for one in self.shown if one.how in ("private", "public", "update")] + list(self.direct)

    @property
    def cards(self) -> list[Card]:
        return [discord_screen.card(message) for message in self.messages]

    @property
    def form(self) -> Form | None:
        """The form that was opened."""
        return discord_screen.form(self.modal) if self.modal else None

    @property
    def modal(self) -> Json | None:
        return next((one.body for one in reversed(self.shown) if one.how == "modal"), None)

    @property
    def choices(self) -> list[str]:
        """What an option that completes itself offered."""
        return [one["value"] for shown in self.shown if shown.how == "choices" for one in shown.body["choices"]]

    @property
    def private(self) -> bool:
        """Whether nobody else saw it."""
        return not any(one.how == "public" for one in self.shown)

    @property
    def words(self) -> str:
        """All that was read."""
        asked = [self.form.title] if self.form else []
        return "\n".join([*(words(card) for card in self.cards), *asked])


class Door(Protocol):
    """A Discord and the bot's way in: sockets on this machine, or simcord. People go by their short names, channels
    and messages by their ids."""

    async def command(self, who: str, channel: int, path: str, options: Options) -> Seen: ...
    async def complete(self, who: str, channel: int, path: str, option: str, begun: str) -> Seen: ...
    async def press(self, who: str, message: Json, custom_id: str) -> Seen: ...
    async def choose(self, who: str, message: Json, custom_id: str, value: str) -> Seen: ...
    async def submit(self, who: str, values: Values) -> Seen: ...
    async def say(self, who: str, channel: int, text: str) -> Json: ...
    async def edit(self, who: str, message: Json, text: str) -> None: ...
    async def delete(self, who: str, message: Json) -> None: ...
    async def restart(self) -> None: ...

    def messages(self, channel: int) -> list[Json]:
        """All that was said in a channel or thread, the oldest first."""
        ...

    def user(self, who: str) -> int:
        """A person's id."""
        ...

    def direct(self, who: str) -> int:
        """The id of the channel of a person's direct messages."""
        ...

    def close_messages(self, who: str) -> None:
        """From now on this person takes no direct messages."""
        ...


class Ear:
    """The engine's handle, and what it has heard: the tests wait for it."""

    def __init__(self, handle: Callable[[Inbound], Awaitable[Reply]]) -> None:
        self.handle = handle
        self.heard: list[Inbound] = []
        self.changed = asyncio.Condition()

    async def __call__(self, event: Inbound) -> Reply:
        reply = await self.handle(event)
        self.heard.append(event)
        async with self.changed:
            self.changed.notify_all()
        return reply

    async def until(self, holds: Callable[[Inbound], bool], since: int) -> None:
        """Wait until such an event was handled, counted from the `since`-th."""
        async with self.changed, asyncio.timeout(10):
            await self.changed.wait_for(lambda: any(map(holds, self.heard[since:])))


class Mailbag:
    """The platform, and the keys of all that it was given to send: a message carries its own only as a mark."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.name = platform.name
        self.limits = platform.limits
        self._keys: dict[render.Marks, str] = {}

    def wait(self, place: Place, ahead: int = 0) -> float:
        """The stand-in takes any pace."""
        return 0.0

    async def send(self, parcel: Parcel) -> Receipt:
        if not parcel.edits:
            self._keys[render.key_marks(parcel.key)] = parcel.key
        return await self.platform.send(parcel)

    async def find(self, parcel: Parcel) -> Receipt | None:
        return await self.platform.find(parcel)

    def key(self, message: Json) -> str:
        """The key that a message carries; empty where it is owed to nobody."""
        marks = render.marks_of(message["components"])
        return self._keys.get(marks, "") if marks else ""


@dataclass
class Town:
    """A Discord with the bot in it, and a channel of theirs."""

    door: Door
    bot: Bot
    clock: FrozenClock
    mail: Mailbag
    server: int
    prep: int
    other: int
    retired: list[tuple[str, str, str]] = field(default_factory=list)
    _seen: dict[str, list[Json]] = field(default_factory=dict)  # whom -> messages shown to them, the latest last

    async def saw(self, who: str, seen: Seen) -> Seen:
        """What somebody saw, remembered for what they press next; what the bot owes is sent."""
        self._seen.setdefault(who, []).extend(seen.messages)
        before = {int(one["id"]) for one in self.door.messages(self.door.direct(who))}
        await self.bot.settle()
        new = [one for one in self.door.messages(self.door.direct(who)) if int(one["id"]) not in before]
        self._seen[who].extend(new)
        return seen

    async def command(self, who: str, text: str, channel: int = 0, **options: str | int) -> Seen:
        """A slash command as a person types it; words behind it become its options."""
        path, typed = self.typed(text)
        return await self.typed_in(who, path, typed | options, channel)

    async def typed_in(self, who: str, path: str, options: Options, channel: int = 0) -> Seen:
        """A slash command by its path, such as ``group setup``."""
        return await self.saw(who, await self.door.command(who, channel or self.prep, path, options))

    def typed(self, text: str) -> tuple[str, dict[str, str | int]]:
        """The path and the options of a command that is written as in Slack."""
        name, _, rest = text.removeprefix("/").partition(" ")
        book = self.bot.engine.routes.book
        if name not in {one.name for one in book}:  # a verb that stands at the top, such as /join
            return name, {}
        verb, options = commands.resolve(book, name, rest, {})
        kinds = {option.name: option.kind for option in verb.options}
        values = {option: int(value) if kinds[option] == "number" else value for option, value in options.items()}
        return f"{name} {verb.name}".strip(), dict(values)

    async def complete(self, who: str, path: str, option: str, begun: str) -> list[str]:
        """What is offered for what is typed so far."""
        return (await self.door.complete(who, self.prep, path, option, begun)).choices

    async def press(self, who: str, action: str, message: Json | None = None) -> Seen:
        """Press a button that this person sees: in this message, or in the latest that has it."""
        found = message or self._where(who, action)
        return await self.saw(who, await self.door.press(who, found, action))

    async def choose(self, who: str, action: str, value: str, message: Json | None = None) -> Seen:
        found = message or self._where(who, action)
        return await self.saw(who, await self.door.choose(who, found, action, value))

    def sees(self, who: str, action: str) -> list[Json]:
        """The messages that have this button and that a person sees, the latest shown to them last."""
        latest = {one["id"]: one for one in self._seen.get(who, [])}
        everywhere = [*self.door.messages(self.prep), *self.door.messages(self.door.direct(who)), *latest.values()]
        return [one for one in everywhere if action in ids_of(one)]

    def _where(self, who: str, action: str) -> Json:
        there = self.sees(who, action)
        if not there:
            raise AssertionError(f"{who} sees no {action}")
        return there[-1]

    async def submit(self, who: str, values: Values) -> Seen:
        """Send the modal that stands open; fields that are not named stay as they were shown."""
        return await self.saw(who, await self.door.submit(who, values))

    async def say(self, who: str, text: str, channel: int = 0) -> Json:
        """A message of a person."""
        said = await self.door.say(who, channel or self.prep, text)
        await self.bot.settle()
        return said

    async def edit(self, who: str, message: Json, text: str) -> None:
        await self.door.edit(who, message, text)
        await self.bot.settle()

    async def delete(self, who: str, message: Json) -> None:
        await self.door.delete(who, message)
        await self.bot.settle()

    def posted(self, start: str = "", channel: int = 0) -> list[Json]:
        """What the bot owed to a channel, thread or person and posted there, by the start of its keys."""
        found = self.door.messages(channel or self.prep)
        return [one for one in found if self.mail.key(one).startswith(start) and self.mail.key(one)]

    def daily(self) -> tuple[Json, dict[str, str]]:
        """The day's post, and its buttons by label."""
        message = self.posted("daily:")[-1]
        return message, buttons(message)

    async def advance(self, **span: float) -> None:
        """Live on for a `timedelta`'s worth of days, hours or minutes."""
        await self.bot.advance(self.clock, self.clock.now() + timedelta(**span))

    async def set_up(self, people: Mapping[str, str] = ZONES) -> None:
        """A group in Berlin that posts at 08:00 every day from today; everyone joins and tells their zone."""
        first, *others = people
        await self.command(first, "/group setup")
        await self.submit(first, {"zone": people[first], "post_at": "08:00", "start": "today",
                                  "weekdays": tuple("0123456"), "pace": "24-24"})  # fmt: skip
        for who in others:
            await self.join(who, people[who])

    async def join(self, who: str, zone: str) -> Seen:
        """`/join`, and the form for the time zone where it asks."""
        seen = await self.command(who, "/join")
        return await self.submit(who, {"zone": zone}) if seen.form is not None else seen


def ids_of(message: Json) -> list[str]:
    """The custom ids of a message."""
    return [one["custom_id"] for one in judge.every(message["components"]) if "custom_id" in one]


def buttons(message: Json) -> dict[str, str]:
    """Label -> custom id of a message's buttons."""
    found = judge.every(message["components"])
    return {one["label"]: one["custom_id"] for one in found if one["type"] == judge.BUTTON_TYPE}
