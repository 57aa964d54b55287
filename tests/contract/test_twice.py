"""Whatever comes in comes twice: a life in which everything is typed, pressed, chosen, filled in and said is lived again on
each store with every event doubled, side by side and once more at the end. It stays the same life."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from bot.bootstrap import assemble
from bot.catalog import Catalog
from bot.core.engine import Engine
from bot.core.events import (
    Ask,
    Choose,
    Command,
    Deleted,
    Edited,
    Fix,
    Inbound,
    Posted,
    Press,
    Quiet,
    Reply,
    Show,
    Submit,
)
from bot.core.ports import EVERYBODYS, Scope, Store
from bot.core.ui import ActionId
from bot.store import database, migrate
from bot.store.pool import Pool
from bot.store.tables import metadata
from bot.store.work import SqlWork
from bot.store.writer import Writer, connect
from bot.testing import MONDAY, FrozenClock, House, MemoryStore, RecordingPlatform, told
from tests import postgres
from tests.engine.test_engine import walk_everything

T = TypeVar("T")
KINDS = (Command, Press, Choose, Submit, Posted, Edited, Deleted)
ASIDE = {"events", "leases"}  # when an event was heard, and who did what, is no part of the life
ON_POSTGRES = 400  # events: a part of the life

State = dict[str, list[Any]]


@dataclass(frozen=True)
class Happening:
    """An event, when it came, who took no direct messages then, and how it was answered."""

    at: datetime
    closed: frozenset[str]
    event: Inbound
    reply: Reply


@dataclass
class Tape(House):
    """A house that remembers all that came in."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog)
        self.happened: list[Happening] = []

    async def handle(self, event: Inbound) -> Reply:
        reply = await super().handle(event)
        self.happened.append(Happening(self.clock.now(), frozenset(self.platform.closed), event, reply))
        return reply


@dataclass(frozen=True)
class Life:
    """What happened, and how it ended."""

    happened: list[Happening]
    end: State
    postings: dict[str, Any] = field(repr=False)


def dump(work: SqlWork) -> State:
    """All that the store holds."""
    found: State = {}
    for table in metadata.sorted_tables:
        if table.name not in ASIDE:
            columns = [column for column in table.c if column.name != "owner"]  # whose claim it was
            rows = work._connection.execute(select(*columns).order_by(*table.primary_key.columns)).all()
            found[table.name] = [tuple(row) for row in rows]
    return found


@pytest.fixture(scope="module")
def life(catalog: Catalog) -> Life:
    """Every event once, in memory."""
    return asyncio.run(_lived(catalog))


async def _lived(catalog: Catalog) -> Life:
    tape = Tape(catalog)
    await tape.press("ben", "group.setup")
    await tape.press("ana", "group.setup")
    await tape.submit("ana", "group.setup:two-weeks", {"zone": "Nowhere"})
    await tape.set_up()
    await walk_everything(tape)
    thread = tape.thread(tape.platform.keyed("daily:")[-1])
    await tape.say("ben", thread, "A thought of mine.", "said")
    await tape.edit("ben", thread, "said", "A better thought of mine.")
    await tape.delete("ben", thread, "said")
    await tape.delete("ben", thread, "said")
    fix = next(one for one in tape.happened if isinstance(one.reply, Fix))
    await tape.press(fix.event.who.id, ActionId("reply.again", fix.event.id))
    await tape.command("ana", "/mok")
    return Life(tape.happened, tape.store.now(dump), dict(tape.platform.postings))


@contextmanager
def _memory(clock: FrozenClock, catalog: Catalog) -> Iterator[Store[SqlWork]]:
    yield MemoryStore(clock, catalog)


@contextmanager
def _writer(clock: FrozenClock, catalog: Catalog, folder: Path) -> Iterator[Store[SqlWork]]:
    engine = connect(f"sqlite:///{folder / 'bot.db'}", durable=False)
    migrate.upgrade(engine)
    writer = Writer(engine, clock, catalog)
    yield writer
    writer.close()


@contextmanager
def _pool(clock: FrozenClock, catalog: Catalog, url: str) -> Iterator[Store[SqlWork]]:
    pool = Pool(database.connect(url, durable=False), clock, catalog)
    yield pool
    pool.close()


def test_the_life_has_every_kind_of_event_and_of_answer(life: Life, catalog: Catalog) -> None:
    assert {type(one.event) for one in life.happened} == set(KINDS)
    assert {type(one.reply) for one in life.happened} >= {Show, Ask, Fix, Quiet}
    routes = House(catalog).bot.routes
    verbs = {one.event.action.verb for one in life.happened if isinstance(one.event, Press | Choose | Submit)}
    assert len(verbs & routes.presses.keys()) >= 0.9 * len(routes.presses)
    assert len(verbs & routes.submits.keys()) >= 0.9 * len(routes.submits)


async def relive(life: Life, opened: Store[SqlWork], clock: FrozenClock, catalog: Catalog, times: int) -> Life:
    """The same events on a fresh store, each as often, side by side."""
    platform = RecordingPlatform()
    bot = assemble(opened, catalog, clock, {"web": platform})
    happened = []
    for one in life.happened:
        platform.closed = set(one.closed)
        if one.at != clock.now():
            await bot.advance(clock, one.at)
        first, *others = await asyncio.gather(*(bot.engine.handle(one.event) for _ in range(times)))
        assert [first] * (times - 1) == others, one.event
        happened.append(replace(one, reply=first))
        await bot.settle()
    return Life(happened, await opened.run(dump), platform.postings)


@pytest.mark.parametrize("store", ["memory", "writer"])
async def test_a_life_in_which_everything_comes_twice_is_the_same_life(
    life: Life, store: str, catalog: Catalog, tmp_path: Path
) -> None:
    clock = FrozenClock(MONDAY)
    with _memory(clock, catalog) if store == "memory" else _writer(clock, catalog, tmp_path) as opened:
        doubled = await relive(life, opened, clock, catalog, 2)
        await _once_more(doubled, opened, clock, catalog)
    assert doubled == life


async def test_on_postgresql_it_is_the_same_life_too(
    life: Life, catalog: Catalog, postgres_server: postgres.Server
) -> None:
    """PostgreSQL numbers rows otherwise than SQLite, so that a life on it is held against another one on it."""
    begun = replace(life, happened=life.happened[:ON_POSTGRES])
    lives = []
    for times in (1, 2):
        clock = FrozenClock(MONDAY)
        with postgres_server.fresh() as url, _pool(clock, catalog, url) as opened:
            lives.append(await relive(begun, opened, clock, catalog, times))
            await _once_more(lives[-1], opened, clock, catalog)
    assert lives[0] == lives[1]


async def _once_more(life: Life, opened: Store[SqlWork], clock: FrozenClock, catalog: Catalog) -> None:
    """All of it comes again, in its order: nothing changes, and each is answered as it was."""
    engine = assemble(opened, catalog, clock, {}).engine
    for one in life.happened:
        assert await engine.handle(one.event) == one.reply, one.event
    assert await opened.run(dump) == life.end


@dataclass
class Slow:
    """A store whose second job waits at its door."""

    behind: MemoryStore
    serial: bool = True
    jobs: int = 0
    waits: asyncio.Event = field(default_factory=asyncio.Event)
    opens: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, job: Callable[[SqlWork], T], scope: Scope = EVERYBODYS) -> T:
        self.jobs += 1
        if self.jobs == 2:
            self.waits.set()
            await self.opens.wait()
        return await self.behind.run(job, scope)

    async def quick(self, job: Callable[[SqlWork], T]) -> T:
        return await self.behind.quick(job)


async def test_an_event_that_one_process_refuses_while_another_lets_it_through_has_one_answer(catalog: Catalog) -> None:
    house = House(catalog)
    await house.set_up()
    resume = Command("resume", house.people["ana"], house.channel, "group", "resume")
    slow = Slow(house.store)
    first = asyncio.create_task(Engine(house.bot.routes, slow).handle(resume))
    await slow.waits.wait()  # nothing is paused, and the refusal is about to be kept
    await house.command("ana", "/group pause")
    second = await house.handle(resume)
    slow.opens.set()
    assert await first == second
    assert "Resumed" in told(second)
    assert len([posting for posting in house.platform.keyed("notice:") if posting.card.title == "We go on"]) == 1
