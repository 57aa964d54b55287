"""A group's two weeks on a virtual clock, through the real engine, store, outbox and ticker."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.bootstrap import Bot, Service
from bot.catalog import Catalog
from bot.clock import FrozenClock
from bot.core.events import Person, Place, Receipt
from bot.core.ports import Clock, Limits, Parcel
from bot.drama import Drama, Message
from bot.drama_pairs import Scenes as PairScenes
from bot.invariants import Counts, broken, counts, ending

START = datetime(2026, 8, 31, 4, 0, tzinfo=UTC)  # a Monday, 06:00 in Berlin
FEWEST, MOST, LONGEST = 2, 40, 60  # members, members, days


@dataclass
class Board:
    """A platform that keeps what it was sent, with the time."""

    clock: Clock
    name: str = "web"
    limits: Limits = "workspace"
    kept: list[Message] = field(default_factory=list)
    _keys: dict[str, str] = field(default_factory=dict)
    _said: Iterator[int] = field(default_factory=lambda: count(1))

    def wait(self, place: Place, ahead: int = 0) -> float:
        """It takes any pace."""
        return 0.0

    async def send(self, parcel: Parcel) -> Receipt:
        id = f"m{len(self.kept) + 1}"
        self.kept.append(Message(id, parcel.key, parcel.place, parcel.card, self.clock.now()))
        self._keys[parcel.key] = id
        return Receipt(id, id if parcel.thread else "")

    async def find(self, parcel: Parcel) -> Receipt | None:
        id = self._keys.get(parcel.key)
        return None if id is None else Receipt(id, id if parcel.thread else "")

    def messages(self) -> list[Message]:
        return self.kept

    def post(self, who: Person, where: Place, text: str, at: datetime) -> str:
        return f"said{next(self._said)}"

    def edit(self, message: str, text: str) -> None:
        """Nobody reads people's own words here: the store is what is looked at."""

    def delete(self, message: str) -> None:
        """See `edit`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    counts: Counts
    broken: list[str]
    transcript: list[str]


def simulate(catalog: Catalog, members: int, days: int, seed: int, database_url: str = "") -> Outcome:
    """Live `days` days with `members` members, in a fresh database or in an empty one of yours. Raises ValueError where
    the numbers make no group, and StoreError where the database cannot be used."""
    if not FEWEST <= members <= MOST:
        raise ValueError(f"--members is {members}; a group has {FEWEST} to {MOST} in a simulation")
    if not 1 <= days <= LONGEST:
        raise ValueError(f"--days is {days}; a simulation lasts 1 to {LONGEST} days")
    return asyncio.run(_live(catalog, members, days, seed, database_url))


async def _live(catalog: Catalog, members: int, days: int, seed: int, database_url: str) -> Outcome:
    clock = FrozenClock(START)
    board = Board(clock)
    with tempfile.TemporaryDirectory(prefix="mockingbird-") as folder:
        url = database_url or f"sqlite:///{Path(folder) / 'simulation.db'}"
        service = Service(url, catalog, clock, {"web": board}, durable=False)
        try:
            drama = Drama(service.bot, catalog, seed, members, Place("web", "simulation", "prep"), board)
            await live(drama, clock.set, START, days * 24)
            return await outcome(drama, board, clock, days)
        finally:
            service.close()


async def outcome(drama: Drama, board: Board, clock: FrozenClock, days: int) -> Outcome:
    """What has become of a life of so many days since START."""
    bot = drama.bot
    if days >= len(drama.catalog.usual_plan.days):
        await bot.advance(clock, START + timedelta(days=days, hours=3))  # the end is celebrated
    group = await bot.store.run(lambda work: work.groups.here(drama.channel))
    if group is None:
        raise RuntimeError("the group was never set up")
    now = clock.now()
    end = await bot.store.run(lambda work: ending(drama, group.id, START, now, work))
    return Outcome(counts(end), broken(end), _transcript(drama, board.kept))


async def live(drama: Drama, set_clock: Callable[[datetime], None], start: datetime, hours: int) -> None:
    """Begin, and then live `hours` hours, hour by hour."""
    pairs = await begin(drama, start, hours)
    await go_on(drama, pairs, set_clock, start, range(1, hours + 1))


async def begin(drama: Drama, start: datetime, hours: int) -> PairScenes:
    """The group is set up, for a life of so many hours."""
    first = start.astimezone(ZoneInfo(drama.cast[0].person.zone)).date()
    drama.plan_absences(first, hours // 24)
    await drama.begin(start)
    return PairScenes(drama)


async def go_on(
    drama: Drama, pairs: PairScenes, set_clock: Callable[[datetime], None], start: datetime, hours: range
) -> None:
    """Live these hours after the start. Meanwhile `drama.bot` is the one that lives with them."""
    bot: Bot = drama.bot
    for hour in hours:
        now = start + timedelta(hours=hour)
        while (at := await bot.next_due()) is not None and at <= now:
            set_clock(at)
            await bot.settle()
            await pairs.react(at)
        set_clock(now)
        await drama.hour(now)
        await pairs.hour(now)


def _transcript(drama: Drama, kept: Sequence[Message]) -> list[str]:
    zone = ZoneInfo(drama.cast[0].person.zone)
    people = {life.person.id: life.person.name for life in drama.cast}
    lines = [(at, f"        {text}") for at, text in drama.log]
    for message in kept:
        where = f"to {people.get(message.place.channel, '?')}" if message.place.direct else f"#{message.place.channel}"
        where += " (thread)" if message.place.thread else ""
        lines.append((message.at, f"    >>> {where}: {message.card.title}"))
    lines.sort(key=lambda line: line[0])
    return [f"{at.astimezone(zone):%a %d %b %H:%M} {text}" for at, text in lines]
