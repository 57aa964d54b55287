"""What PostgreSQL alone has: several processes on one database, a server that goes away, one clock for all."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy.engine import make_url

from bot import clock as clocks
from bot.bootstrap import Bot, assemble
from bot.catalog import Catalog
from bot.clock import CommonClock
from bot.core.errors import StoreUnavailable
from bot.core.events import Command, Due, Person, Place, Show, Submit
from bot.core.ui import ActionId, Card
from bot.store import database
from bot.store.pool import Pool
from bot.store.work import SqlWork
from bot.testing import FrozenClock, RecordingPlatform, setup_values, told
from bot.ticker import Ticker

NOW = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
PREP = Place("web", "home", "prep")
ANA = Person("ana", "Ana", manages=True, zone="UTC")


@pytest.fixture
def pools(postgres_url: str, catalog: Catalog) -> Iterator[list[Pool]]:
    """Two processes' stores on one database."""
    clock = FrozenClock(NOW)
    both = [Pool(database.connect(postgres_url), clock, catalog) for _ in range(2)]
    yield both
    for pool in both:
        pool.close()


@pytest.fixture
def bots(pools: list[Pool], catalog: Catalog) -> list[Bot]:
    return [assemble(pool, catalog, FrozenClock(NOW), {"web": RecordingPlatform()}) for pool in pools]


def _ask(url: str, statement: str) -> None:
    """Say something to the server as its administrator, from another database."""
    plain = make_url(url).set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(statement.encode())


def _cut(url: str) -> None:
    """Break every connection to the database."""
    name = make_url(url).database
    _ask(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


async def test_an_event_that_comes_to_two_processes_at_once_counts_once_and_is_answered_alike(bots: list[Bot]) -> None:
    setup = Submit("1", ANA, PREP, ActionId("group.setup", "two-weeks"), setup_values())
    replies = await asyncio.gather(*(bot.engine.handle(setup) for bot in bots * 4))
    assert isinstance(replies[0], Show)
    assert replies == [replies[0]] * 8
    assert await bots[0].store.run(lambda work: work.deliveries.counts()) == {"pending": 1}


async def test_many_who_act_in_one_group_at_once_all_get_what_they_wanted(bots: list[Bot]) -> None:
    await bots[0].engine.handle(Submit("1", ANA, PREP, ActionId("group.setup", "two-weeks"), setup_values()))
    people = [Person(f"p{number}", f"P{number}", zone="UTC") for number in range(24)]
    joined = [
        bots[number % 2].engine.handle(Command(f"join:{number}", person, PREP, "group", "join"))
        for number, person in enumerate(people)
    ]
    replies = await asyncio.gather(*joined)
    assert not [told(reply) for reply in replies if "broke" in told(reply)]

    def members(work: SqlWork) -> int:
        group = work.groups.here(PREP)
        assert group is not None
        return len(work.groups.members(group.id))

    assert await bots[1].store.run(members) == 25


async def test_a_timer_that_two_tickers_look_at_is_acted_on_once(pools: list[Pool]) -> None:
    def act(event: Due, work: SqlWork) -> None:
        work.outbox.add(PREP, Card("Due"), key=str(event.action))

    def plan(work: SqlWork) -> None:
        for number in range(100):
            work.timers.set(ActionId("test.due", str(number)), NOW)

    tickers = [Ticker(pool, {"test.due": act}, FrozenClock(NOW)) for pool in pools]
    await pools[0].run(plan)
    assert sum(await asyncio.gather(*(ticker.tick() for ticker in tickers))) == 100
    assert await pools[1].run(lambda work: (work.deliveries.counts(), work.timers.next())) == ({"pending": 100}, None)


async def test_what_another_process_commits_is_heard(pools: list[Pool]) -> None:
    loop, heard, listening = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    said: list[tuple[bool, bool]] = []

    def listener(outbox: bool, timers: bool) -> None:
        said.append((outbox, timers))
        loop.call_soon_threadsafe((listening if len(said) == 1 else heard).set)

    pools[1].listeners.append(listener)
    pools[1].hear()
    async with asyncio.timeout(60):
        await listening.wait()  # it looks once when it begins to listen
        await pools[0].run(lambda work: work.timers.set(ActionId("plan.post", "1"), NOW))
        await heard.wait()
    assert said == [(True, True), (False, True)]


async def test_broken_connections_are_mended_in_the_middle_of_work(pools: list[Pool], postgres_url: str) -> None:
    broken = 0

    def job(work: SqlWork) -> None:
        nonlocal broken
        work.outbox.add(PREP, Card("Once"), key="once")
        work.outbox.flush()
        if not broken:
            broken += 1
            _cut(postgres_url)
        assert work.deliveries.counts() == {"pending": 1}

    await pools[0].run(job)
    assert broken == 1
    assert await pools[1].run(lambda work: work.deliveries.counts()) == {"pending": 1}


async def test_a_server_that_is_away_is_said_once_and_so_is_its_return(
    pools: list[Pool], postgres_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.store.pool.PATIENCE", 0.0)
    name = make_url(postgres_url).database
    await pools[0].run(lambda work: work.timers.next())
    _ask(postgres_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    _cut(postgres_url)
    with caplog.at_level(logging.WARNING, "mockingbird.store"):
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                await pools[0].run(lambda work: work.timers.next())
        _ask(postgres_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await pools[0].run(lambda work: work.timers.next())
    said = [record.getMessage() for record in caplog.records]
    assert [line.split(":")[0].split(".")[0] for line in said] == [
        "the database takes nothing now",
        "the database is back",
    ]
    assert "Nothing is lost" in said[0]


async def test_a_database_that_only_reads_changes_nothing_and_tells_the_person(
    bots: list[Bot], postgres_url: str
) -> None:
    _ask(postgres_url, f"ALTER DATABASE {make_url(postgres_url).database} SET default_transaction_read_only = on")
    reply = await bots[0].engine.handle(Submit("1", ANA, PREP, ActionId("group.setup", "two-weeks"), setup_values()))
    assert "cannot write anything down" in told(reply)
    assert "broke" not in told(reply)


async def test_a_machine_whose_clock_is_an_hour_off_goes_by_the_databases_and_says_so(
    postgres_url: str, catalog: Catalog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Ahead(datetime):
        @classmethod
        def now(cls, tz: object = None) -> "Ahead":
            real = datetime.now(UTC) + timedelta(hours=1)
            return cls.fromtimestamp(real.timestamp(), UTC)

    monkeypatch.setattr(clocks, "datetime", Ahead)
    clock = CommonClock()
    pool = Pool(database.connect(postgres_url), clock, catalog)
    before = datetime.now(UTC)
    now = await pool.run(lambda work: work.now)
    pool.close()
    assert before - timedelta(seconds=1) < now < datetime.now(UTC) + timedelta(seconds=1)
    assert clock.wall(now) - now > timedelta(minutes=59)
    assert "3600 s ahead of the database's" in caplog.text
