"""The ticker: our timers are the truth, APScheduler only wakes us, and no handler can spoil another one's hour."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from bot.bootstrap import Service
from bot.catalog import Catalog
from bot.clock import ShiftedClock
from bot.core.errors import StoreUnavailable
from bot.core.events import Due, Place, Receipt, Submit
from bot.core.ports import EVERYBODYS, Clock, Parcel, Scope
from bot.core.ui import ActionId
from bot.store.work import SqlWork
from bot.testing import PEOPLE, FrozenClock, House, MemoryStore, RecordingPlatform, setup_values
from bot.ticker import RECEIPTS_KEPT, Ticker

NOW = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
GUARD = 20  # seconds: less than the safety net's half a minute, so that the net hides nothing
T = TypeVar("T")
Timers = dict[str, Callable[[Due, SqlWork], None]]


class Bell:
    """A handler that keeps what it was told, and an event for each name that rang."""

    def __init__(self) -> None:
        self.rung: list[Due] = []
        self._events: dict[str, asyncio.Event] = {}

    def __call__(self, event: Due, work: SqlWork) -> None:
        self.rung.append(event)
        self._event(event.action.arg).set()

    def _event(self, name: str) -> asyncio.Event:
        return self._events.setdefault(name, asyncio.Event())

    async def rings(self, name: str) -> None:
        async with asyncio.timeout(GUARD):
            await self._event(name).wait()

    @property
    def names(self) -> list[str]:
        return [event.action.arg for event in self.rung]


@pytest.fixture
def frozen() -> FrozenClock:
    return FrozenClock(NOW)


@pytest.fixture
def store(frozen: FrozenClock, catalog: Catalog) -> MemoryStore:
    return MemoryStore(frozen, catalog)


def due(store: MemoryStore, name: str, at: datetime, verb: str = "test.bell") -> None:
    store.now(lambda work: work.timers.set(ActionId(verb, name), at))


def fails(event: Due, work: SqlWork) -> None:
    work.timers.set(ActionId("test.bell", "half done"), work.now)
    raise ZeroDivisionError


# Acting ----------------------------------------------------------------------------------------------------------


async def test_what_ran_out_is_acted_on_once_the_oldest_first_and_the_rest_is_left(
    store: MemoryStore, frozen: FrozenClock
) -> None:
    bell = Bell()
    ticker = Ticker(store, {"test.bell": bell}, frozen)
    for name, days in (("b", -1), ("a", -3), ("now", 0), ("later", 1)):
        due(store, name, NOW + timedelta(days=days))
    assert await ticker.tick() == 3
    assert [(one.action.arg, (one.at - NOW).days) for one in bell.rung] == [("a", -3), ("b", -1), ("now", 0)]
    assert await ticker.next_due() == NOW + timedelta(days=1)
    assert await ticker.tick() == 0


async def test_a_thousand_that_run_out_together_are_all_acted_on_once(store: MemoryStore, frozen: FrozenClock) -> None:
    bell = Bell()
    for number in range(1_000):
        due(store, str(number), NOW)
    assert await Ticker(store, {"test.bell": bell}, frozen).tick() == 1_000
    assert Counter(bell.names) == Counter(str(number) for number in range(1_000))


async def test_a_handler_that_fails_is_undone_and_logged_and_put_off_and_the_others_go_on(
    store: MemoryStore, frozen: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    bell = Bell()
    ticker = Ticker(store, {"test.bell": bell, "test.fails": fails}, frozen)
    due(store, "1", NOW - timedelta(hours=1), "test.fails")
    due(store, "a", NOW)
    assert await ticker.tick() == 1
    assert bell.names == ["a"]
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1
    assert await ticker.next_due() == NOW + timedelta(seconds=30)


async def test_a_handler_that_keeps_failing_is_tried_less_and_less_often_and_never_forgotten(
    store: MemoryStore, frozen: FrozenClock
) -> None:
    ticker = Ticker(store, {"test.fails": fails}, frozen)
    due(store, "1", NOW, "test.fails")
    pauses = []
    for _ in range(10):
        await ticker.tick()
        at = await ticker.next_due()
        assert at is not None
        pauses.append((at - frozen.now()).total_seconds())
        frozen.set(at)
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


async def test_a_handler_that_recovers_does_its_work_and_is_done(store: MemoryStore, frozen: FrozenClock) -> None:
    bell, timers = Bell(), Timers()
    ticker = Ticker(store, timers, frozen)
    due(store, "a", NOW)
    await ticker.tick()  # nobody knows this verb yet: a newer version may
    timers["test.bell"] = bell
    frozen.set(NOW + timedelta(minutes=1))
    assert await ticker.tick() == 1
    assert (bell.names, await ticker.next_due()) == (["a"], None)


async def test_receipts_are_tidied_away_once_no_platform_sends_their_event_again(
    store: MemoryStore, frozen: FrozenClock
) -> None:
    ticker = Ticker(store, {}, frozen)
    store.now(lambda work: work.receipts.first("old"))
    frozen.set(NOW + RECEIPTS_KEPT)
    await ticker.tidy()
    assert not store.now(lambda work: work.receipts.first("old"))
    frozen.set(NOW + RECEIPTS_KEPT + timedelta(seconds=1))
    await ticker.tidy()
    assert store.now(lambda work: work.receipts.first("old"))


async def test_after_days_without_anyone_running_the_group_gets_the_post_of_today_and_no_other(group: House) -> None:
    group.clock.set(group.clock.now() + timedelta(days=3, hours=3))
    await group.bot.settle()
    await group.bot.settle()
    assert [posting.parcel.key for posting in group.platform.keyed("daily:")] == ["daily:1:2026-09-03"]


# Waking ----------------------------------------------------------------------------------------------------------


@pytest.fixture
async def bell() -> Bell:
    return Bell()


@pytest.fixture
async def running(bell: Bell, catalog: Catalog) -> AsyncIterator[tuple[Ticker, MemoryStore, ShiftedClock]]:
    """A ticker that runs on a clock that we can put forward, and whose first look is behind it."""
    clock = ShiftedClock()
    store = MemoryStore(clock, catalog)
    ticker = Ticker(store, {"test.bell": bell}, clock)
    due(store, "start", clock.now())
    ticker.start()
    await bell.rings("start")
    yield ticker, store, clock
    ticker.stop()
    await asyncio.sleep(0)


async def test_it_wakes_at_the_earliest_timer_and_then_at_the_next(
    running: tuple[Ticker, MemoryStore, ShiftedClock], bell: Bell
) -> None:
    ticker, store, clock = running
    start = clock.now()
    due(store, "third", start + timedelta(days=3))
    due(store, "second", start + timedelta(days=2))
    await ticker.wait()
    assert bell.names == ["start"]
    for day, name in ((2, "second"), (3, "third")):
        clock.set(start + timedelta(days=day))
        await ticker.wait()
        await bell.rings(name)
    assert bell.names == ["start", "second", "third"]


async def test_a_timer_set_earlier_than_the_one_waited_for_is_not_missed(
    running: tuple[Ticker, MemoryStore, ShiftedClock], bell: Bell
) -> None:
    ticker, store, clock = running
    due(store, "late", clock.now() + timedelta(days=2))
    await ticker.wait()
    due(store, "early", clock.now())
    await ticker.wait()
    await bell.rings("early")
    assert "late" not in bell.names


async def test_a_tick_waits_for_what_its_own_handlers_set(bell: Bell, catalog: Catalog) -> None:
    def sets_the_next(event: Due, work: SqlWork) -> None:
        work.timers.set(ActionId("test.bell", "next"), work.now + timedelta(milliseconds=50))

    clock = ShiftedClock()
    store = MemoryStore(clock, catalog)
    ticker = Ticker(store, {"test.bell": bell, "test.first": sets_the_next}, clock)
    due(store, "1", clock.now(), "test.first")
    ticker.start()
    await bell.rings("next")
    ticker.stop()
    await asyncio.sleep(0)


class AwayStore(MemoryStore):
    """A database that takes nothing for the first so many jobs."""

    away = 2

    async def run(self, job: Callable[[SqlWork], T], scope: Scope = EVERYBODYS) -> T:
        if self.away:
            self.away -= 1
            raise StoreUnavailable("The database takes nothing now.")
        return await super().run(job, scope)


async def test_a_ticker_whose_database_was_away_goes_on_and_leaves_it_to_the_store_to_say_so(
    bell: Bell, catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ShiftedClock()
    store = AwayStore(clock, catalog)
    due(store, "1", clock.now())
    ticker = Ticker(store, {"test.bell": bell}, clock)
    ticker.start()
    await ticker.wait()
    await bell.rings("1")
    ticker.stop()
    await asyncio.sleep(0)
    assert not store.away
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


class HangingStore(MemoryStore):
    """A database that does not answer."""

    def __init__(self, clock: Clock, catalog: Catalog) -> None:
        super().__init__(clock, catalog)
        self.asked = asyncio.Event()

    async def run(self, job: Callable[[SqlWork], T], scope: Scope = EVERYBODYS) -> T:
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")


async def test_a_ticker_that_is_stopped_in_the_middle_of_a_tick_says_nothing(
    bell: Bell, catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ShiftedClock()
    store = HangingStore(clock, catalog)
    ticker = Ticker(store, {"test.bell": bell}, clock)
    ticker.start()
    async with asyncio.timeout(GUARD):
        await store.asked.wait()
    ticker.stop()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


class Ringing(RecordingPlatform):
    """Each message that lands goes into a queue, too."""

    def __init__(self) -> None:
        super().__init__()
        self.landed: asyncio.Queue[str] = asyncio.Queue()

    async def send(self, parcel: Parcel) -> Receipt:
        receipt = await super().send(parcel)
        self.landed.put_nowait(parcel.key)
        return receipt


async def test_commits_wake_the_deliverer_and_the_ticker_of_a_running_service(catalog: Catalog, tmp_path: Path) -> None:
    clock, platform = ShiftedClock(), Ringing()
    service = Service(f"sqlite:///{tmp_path / 'bot.db'}", catalog, clock, {"web": platform})
    service.wake_by_commits()
    service.bot.ticker.start()
    sending = asyncio.create_task(service.bot.deliverer.run())
    setup = Submit(
        "1", PEOPLE["ana"], Place("web", "home", "prep"), ActionId("group.setup", "two-weeks"), setup_values()
    )
    async with asyncio.timeout(GUARD):
        await service.bot.engine.handle(setup)
        assert await platform.landed.get() == "welcome:1"
        at = await service.bot.ticker.next_due()
        assert at is not None
        clock.set(at)  # its hour has come, and nobody said so
        await service.bot.store.run(lambda work: work.timers.set(ActionId("plan.post", "1"), at))
        assert (await platform.landed.get()).startswith("daily:1:")
    service.bot.ticker.stop()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    service.close()
