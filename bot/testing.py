"""The fakes that we ship: a store in memory, a platform that records, a clock that stands still, a house to live in.

The store in memory is the real one on SQLite's `:memory:`, without its thread: there is one implementation of every
repository, so no fake can drift from it. People who add a platform or a feature test with these.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeVar

from bot.bootstrap import Bot, assemble
from bot.catalog import Catalog
from bot.clock import FrozenClock
from bot.core.errors import DeliveryFailed
from bot.core.events import (
    Choose,
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
    Receipt,
    Replace,
    Reply,
    Show,
    Submit,
)
from bot.core.ports import EVERYBODYS, Clock, Limits, Parcel, Scope
from bot.core.ui import ActionId, Button, Card, Facts, Prose, Said, Select, Values
from bot.store.jobs import Attempt, Together
from bot.store.tables import metadata
from bot.store.work import SqlWork
from bot.store.writer import connect

__all__ = ["FrozenClock", "House", "MemoryStore", "Posting", "RecordingPlatform", "actions", "told", "words"]

T = TypeVar("T")
MONDAY = datetime(2026, 8, 31, 5, 0, tzinfo=UTC)  # 07:00 in Berlin, before the first post of a September


class MemoryStore:
    """The SQL store on a database in memory; each job runs at once, in a savepoint of its own."""

    serial = True

    def __init__(self, clock: Clock, catalog: Catalog) -> None:
        engine = connect("sqlite://")
        self._connection = engine.connect()
        with self._connection.begin():
            metadata.create_all(self._connection)
        self._clock = clock
        self._catalog = catalog

    async def run(self, job: Callable[[SqlWork], T], scope: Scope = EVERYBODYS) -> T:
        await asyncio.sleep(0)  # a real store answers later, too
        return self.now(job, scope)

    async def quick(self, job: Callable[[SqlWork], T]) -> T:
        return await self.run(job)

    def now(self, job: Callable[[SqlWork], T], scope: Scope = EVERYBODYS) -> T:
        """The same without waiting, for tests that look into the store."""
        tried = Attempt(job, scope)
        with self._connection.begin():
            work = SqlWork(self._connection, self._clock.now(), self._catalog, scope.name)
            Together().run(self._connection, [tried], lambda _: work)
        if tried.fault is not None:
            raise tried.fault
        result: T = tried.result
        return result

    @contextmanager
    def look(self) -> Iterator[SqlWork]:
        """The store as it is, to look at."""
        with self._connection.begin():
            yield SqlWork(self._connection, self._clock.now(), self._catalog)


@dataclass(frozen=True, slots=True)
class Posting:
    """A message that landed: `id` is the platform's; `faces` are its cards, the latest last."""

    id: str
    parcel: Parcel
    faces: tuple[Card, ...]

    @property
    def card(self) -> Card:
        return self.faces[-1]

    @property
    def place(self) -> Place:
        return self.parcel.place


@dataclass
class RecordingPlatform:
    """Takes every message, unless told otherwise. It doubles like a real one: it trusts nobody's key."""

    name: str = "web"
    limits: Limits = "workspace"
    closed: set[str] = field(default_factory=set)  # people who take no direct messages
    faults: list[DeliveryFailed] = field(default_factory=list)  # raised for the next messages, in order
    refuses: dict[str, DeliveryFailed] = field(default_factory=dict)  # channel -> raised for whatever goes there
    lost_answers: int = 0  # the next messages land, and then the answer is lost
    blind: list[DeliveryFailed] = field(default_factory=list)  # raised by the next look-ups, in order
    postings: dict[str, Posting] = field(default_factory=dict)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    def wait(self, place: Place, ahead: int = 0) -> float:
        """It takes any pace."""
        return 0.0

    async def send(self, parcel: Parcel) -> Receipt:
        if self.faults:
            raise self.faults.pop(0)
        if parcel.place.channel in self.refuses:
            raise self.refuses[parcel.place.channel]
        if parcel.place.direct and parcel.place.channel in self.closed:
            raise DeliveryFailed("cannot send messages to this user", closed=True)
        if parcel.edits:
            before = self.postings.get(parcel.edits)
            if before is None:
                raise DeliveryFailed(f"there is no message {parcel.edits} to edit", permanent=True)
            self.postings[parcel.edits] = Posting(before.id, before.parcel, (*before.faces, parcel.card))
            return Receipt(before.id)
        if parcel.place.thread and parcel.place.thread not in self.postings:
            raise DeliveryFailed(f"there is no message {parcel.place.thread} to answer", permanent=True)
        id = f"m{next(self._ids)}"
        self.postings[id] = Posting(id, parcel, (parcel.card,))
        if self.lost_answers:
            self.lost_answers -= 1
            raise DeliveryFailed("the answer was lost", doubtful=True)
        return Receipt(id, id if parcel.thread else "")

    async def find(self, parcel: Parcel) -> Receipt | None:
        if self.blind:
            raise self.blind.pop(0)
        for posting in self.postings.values():
            if posting.parcel.key == parcel.key:
                return Receipt(posting.id, posting.id if parcel.thread else "")
        return None

    def to(self, channel: str) -> list[Posting]:
        """What was posted in a channel, or to a person, the oldest first."""
        return [posting for posting in self.postings.values() if posting.place.channel == channel]

    def keyed(self, start: str) -> list[Posting]:
        """What was posted under keys that start so."""
        return [posting for posting in self.postings.values() if posting.parcel.key.startswith(start)]


PEOPLE = {
    "ana": Person("ana", "Ana", manages=True, zone="Europe/Berlin"),
    "ben": Person("ben", "Ben", zone="Europe/London"),
    "chi": Person("chi", "Chi", zone="Asia/Tokyo"),
    "dee": Person("dee", "Dee", zone="America/New_York"),
}


class House:
    """A bot with everything in memory, and people who use it through the front door."""

    def __init__(
        self,
        catalog: Catalog,
        people: Mapping[str, Person] = PEOPLE,
        at: datetime = MONDAY,
        channel: str = "prep",
    ) -> None:
        self.people = dict(people)
        self.clock = FrozenClock(at)
        self.catalog = catalog
        self.store = MemoryStore(self.clock, catalog)
        self.platform = RecordingPlatform()
        self.bot: Bot = assemble(self.store, catalog, self.clock, {"web": self.platform})
        self.channel = Place("web", "home", channel)
        self._ids = count(1)

    def _id(self) -> str:
        return f"web:{next(self._ids)}"

    async def handle(self, event: Inbound) -> Reply:
        """The reply to an event, after what it owes was sent."""
        reply = await self.bot.engine.handle(event)
        await self.bot.settle()
        return reply

    async def command(self, who: str, text: str, where: Place | None = None) -> Reply:
        """A typed command, such as ``/mock hard coding``."""
        name, _, rest = text.removeprefix("/").partition(" ")
        return await self.handle(Command(self._id(), self.people[who], where or self.channel, name, rest))

    async def press(self, who: str, action: str | ActionId, where: Place | None = None) -> Reply:
        parsed = ActionId.parse(action) if isinstance(action, str) else action
        return await self.handle(Press(self._id(), self.people[who], where or self.channel, parsed))

    async def choose(self, who: str, action: str, value: str, where: Place | None = None) -> Reply:
        event = Choose(self._id(), self.people[who], where or self.channel, ActionId.parse(action), value)
        return await self.handle(event)

    async def submit(self, who: str, action: str | ActionId, values: Values, where: Place | None = None) -> Reply:
        parsed = ActionId.parse(action) if isinstance(action, str) else action
        return await self.handle(Submit(self._id(), self.people[who], where or self.channel, parsed, values))

    def thread(self, posting: Posting) -> Place:
        """The thread under a post."""
        place = posting.place
        return Place(place.platform, place.workspace, place.channel, posting.id)

    async def say(self, who: str, where: Place, text: str, message: str = "") -> Reply:
        """A plain message."""
        id = self._id()
        return await self.handle(Posted(id, self.people[who], where, message or f"said-{id}", text))

    async def edit(self, who: str, where: Place, message: str, text: str) -> Reply:
        return await self.handle(Edited(self._id(), self.people[who], where, message, text))

    async def delete(self, who: str, where: Place, message: str) -> Reply:
        return await self.handle(Deleted(self._id(), self.people[who], where, message))

    async def advance(self, to: datetime | None = None, **span: float) -> None:
        """Live on until an instant, or for a `timedelta`'s worth of days, hours or minutes."""
        await self.bot.advance(self.clock, to or self.clock.now() + timedelta(**span))

    async def set_up(self, members: tuple[str, ...] = ("ana", "ben", "chi", "dee"), **values: str) -> None:
        """A group in Berlin that posts at 08:00 every day from today; everyone joins."""
        await self.submit(members[0], "group.setup:two-weeks", setup_values() | values)
        for who in members[1:]:
            await self.command(who, "/group join")

    def direct(self, who: str) -> Place:
        """A person's direct messages."""
        return Place("web", "home", who, direct=True)

    @contextmanager
    def look(self) -> Iterator[SqlWork]:
        """The store as it is, to look at."""
        with self.store.look() as work:
            yield work


def setup_values() -> dict[str, str | tuple[str, ...]]:
    """What one fills in to set a group up."""
    return {
        "zone": "Europe/Berlin",
        "post_at": "08:00",
        "weekdays": tuple("0123456"),
        "start": "today",
        "pace": "24-24",
    }


def words(card: Card) -> str:
    """All that a card says, for tests that look for a sentence."""
    said = [card.title]
    for part in card.body:
        if isinstance(part, Prose | Said):
            said.append(part.text)
        elif isinstance(part, Facts):
            said += [f"{label}: {value}" for label, value in part.pairs]
    return "\n".join([*said, card.footer])


def actions(card: Card) -> dict[str, ActionId]:
    """Label -> action of a card's buttons and selects."""
    found: dict[str, ActionId] = {}
    for row in card.rows:
        parts: tuple[Button | Select, ...] = (row,) if isinstance(row, Select) else row
        found |= {part.label: part.action for part in parts}
    return found


def told(reply: Reply) -> str:
    """All that a reply says: its cards, or a form's title and faults; empty where there is nothing to say."""
    if isinstance(reply, Quiet):
        return ""
    if isinstance(reply, Show | Replace):
        below = reply.more if isinstance(reply, Show) else ()
        return "\n".join(words(card) for card in (reply.card, *below))
    faults = reply.faults.values() if isinstance(reply, Fix) else ()
    return "\n".join([reply.form.title, *faults])
