"""Seats over every store that processes could share: who lives keeps them, who dies or leaves loses them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.catalog import Catalog
from bot.core.ports import Store
from bot.core.seats import Wish
from bot.presence import LEASE, RENEW, SETTLE, SharedSeats, life
from bot.store import database
from bot.store.pool import Pool
from bot.store.work import SqlWork
from bot.testing import MONDAY, FrozenClock, MemoryStore

FOUR = Wish("discord", ("0/4", "1/4", "2/4", "3/4"), among="discord/4")


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(MONDAY)


@pytest.fixture
def pool(postgres_url: str, clock: FrozenClock, catalog: Catalog) -> Iterator[Pool]:
    pool = Pool(database.connect(postgres_url), clock, catalog)
    yield pool
    pool.close()


@pytest.fixture(params=["memory", "pool"])
def store(request: pytest.FixtureRequest, clock: FrozenClock, catalog: Catalog) -> Store[SqlWork]:
    if request.param == "memory":
        return MemoryStore(clock, catalog)
    served: Store[SqlWork] = request.getfixturevalue(request.param)
    return served


class Process:
    """One that connects at once to what it holds, and hears on what it lets go until another hears it."""

    def __init__(self, store: Store[SqlWork], name: str) -> None:
        self.seats = SharedSeats(store, name)
        self.heard: set[str] = set()
        self.others = 0

    async def round(self) -> None:
        seating = await self.seats.sit(FOUR, self.heard, at_once=4, offers=4)
        self.heard = set(seating.mine | (self.heard - seating.elsewhere))
        self.others = seating.others


async def _live(clock: FrozenClock, time: timedelta, *living: Process) -> None:
    """As long as it takes: each looks at the table every few seconds."""
    until = clock.now() + time
    while clock.now() < until:
        clock.set(clock.now() + RENEW / 2)
        for one in living:
            await one.round()


async def test_who_comes_second_gets_its_share_once_it_has_stayed(store: Store[SqlWork], clock: FrozenClock) -> None:
    a, b = Process(store, "a"), Process(store, "b")
    await a.round()
    assert a.heard == set(FOUR.seats)
    await _live(clock, SETTLE, a, b)
    assert (a.heard, b.heard) == (set(FOUR.seats), set())
    await _live(clock, 4 * RENEW, a, b)
    assert (a.heard, b.heard) == ({"0/4", "1/4"}, {"2/4", "3/4"})
    await _live(clock, 60 * RENEW, a, b)
    assert (a.heard, b.heard) == ({"0/4", "1/4"}, {"2/4", "3/4"})


async def test_the_seats_of_one_that_died_are_taken_when_its_leases_have_run_out(
    store: Store[SqlWork], clock: FrozenClock
) -> None:
    a, b = Process(store, "a"), Process(store, "b")
    await a.round()
    await b.round()
    await _live(clock, LEASE - RENEW, b)
    assert b.heard == set()
    await _live(clock, 2 * RENEW, b)
    assert b.heard == set(FOUR.seats)


async def test_one_that_leaves_lets_all_go_at_once(store: Store[SqlWork], clock: FrozenClock) -> None:
    a, b = Process(store, "a"), Process(store, "b")
    await a.round()
    await b.round()
    await a.seats.leave(FOUR)
    await b.round()
    assert (await a.seats.look(FOUR)).elsewhere == set()
    await b.round()
    left = await a.seats.look(FOUR)
    assert b.heard == left.elsewhere == set(FOUR.seats)
    assert (len(left.mine), left.others) == (0, 1)


async def test_one_that_was_away_for_long_goes_on_with_what_nobody_took(
    store: Store[SqlWork], clock: FrozenClock
) -> None:
    a, b = Process(store, "a"), Process(store, "b")
    await a.round()
    clock.set(clock.now() + 2 * LEASE)
    await a.round()
    assert a.heard == set(FOUR.seats)
    clock.set(clock.now() + 2 * LEASE)
    await b.round()
    await b.round()
    await a.round()
    assert (a.heard, b.heard) == (set(), set(FOUR.seats))


async def test_a_clock_that_goes_back_costs_nobody_its_seats(store: Store[SqlWork], clock: FrozenClock) -> None:
    a, b = Process(store, "a"), Process(store, "b")
    await a.round()
    await b.round()
    clock._at -= timedelta(hours=1)
    await _live(clock, 2 * LEASE, a, b)
    assert a.heard | b.heard == set(FOUR.seats)
    assert not a.heard & b.heard
    await _live(clock, 2 * LEASE, b)
    assert b.heard == set(FOUR.seats)  # and nobody who dies then keeps them for an hour


async def test_seats_of_another_number_are_others_and_their_owners_too(
    store: Store[SqlWork], clock: FrozenClock
) -> None:
    two = Wish("discord", ("0/2", "1/2"), among="discord/2")
    a, b = Process(store, "a"), SharedSeats(store, "b")
    await a.round()
    assert (await b.sit(two, at_once=2)).mine == {"0/2", "1/2"}
    await b.sit(two, {"0/2", "1/2"})
    await a.round()
    assert (a.heard, a.others) == (set(FOUR.seats), 0)
    assert (await a.seats.look(FOUR)).elsewhere == {"0/2", "1/2"}


async def test_a_turn_is_had_by_one_until_its_time_is_over(store: Store[SqlWork], clock: FrozenClock) -> None:
    a, b = SharedSeats(store, "a"), SharedSeats(store, "b")
    assert await a.turn("start", 5)
    assert not await a.turn("start", 5)
    assert not await b.turn("start", 5)
    assert await b.turn("another", 5)
    clock.set(clock.now() + timedelta(seconds=5))
    assert await b.turn("start", 5)


def test_no_life_has_the_name_of_another() -> None:
    names = {life() for _ in range(100)}
    assert len(names) == 100
    assert max(map(len, names)) <= 50
