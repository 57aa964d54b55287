"""How a running deliverer goes on while messages come, others work beside it and time passes: nothing waits for long without
need, and nobody looks through everything again and again. The time is virtual, and a transaction takes a hundredth of a
second."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import update

from bot.catalog import Catalog
from bot.core.events import Place
from bot.core.ports import EVERYBODYS, Scope
from bot.core.ui import Card
from bot.lanes import Lane, Lanes
from bot.outbox import Deliverer
from bot.patience import LEASE
from bot.store.tables import deliveries
from bot.store.work import SqlWork
from bot.testing import MemoryStore
from tests.engine.test_senders import ANSWER, Mail, Town, live, running

T = TypeVar("T")
HALF = 0.005  # of a transaction's time, in seconds


class Slow(MemoryStore):
    """A store whose answers take a moment. `stall`: the next transaction that claims takes so many seconds more."""

    stall = 0.0
    heads = 0  # that were read by looks

    async def run(self, job: Callable[[SqlWork], T], scope: Scope = EVERYBODYS) -> T:
        await asyncio.sleep(HALF)
        result = self.now(job)
        stalls = self.stall if getattr(result, "claims", None) else 0.0
        if stalls:
            self.stall = 0.0
        if isinstance(result, tuple):
            self.heads += len(result[0])
        await asyncio.sleep(HALF + stalls)
        return result


class SlowTown(Town):
    def __post_init__(self) -> None:
        self.store: Slow = Slow(self.clock, self.catalog)

    def post(self, key: str, workspace: str = "w", channel: str = "c") -> None:
        self.store.now(lambda work: work.outbox.add(Place("town", workspace, channel), Card("A card"), key=key))

    def at(self, key: str) -> float:
        """When it was sent, for the first time."""
        return next(one.at for one in self.sent if one.key == key)


def time() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize("off", [-0.02, -0.008, -0.004, 0.0, 0.002, 0.006])
def test_what_is_owed_just_when_the_one_before_lands_is_sent_at_once(catalog: Catalog, off: float) -> None:
    async def scene() -> None:
        town = SlowTown(catalog)
        deliverer = town.process("a")
        async with running(deliverer):
            await asyncio.sleep(1)
            town.post("first")
            deliverer.wake()
            await asyncio.sleep(0.1)
            await asyncio.sleep(town.at("first") + ANSWER + off - time())
            town.post("second")
            deliverer.wake()
            owed = time()
            await asyncio.sleep(40)
        assert town.at("second") - owed < 0.2

    live(scene())


def test_with_little_to_send_no_message_waits_for_a_second_because_there_are_several_processes(
    catalog: Catalog,
) -> None:
    async def scene() -> None:
        town, owed = SlowTown(catalog), {}
        async with AsyncExitStack() as stack:
            processes = [town.process(name) for name in "ab"]
            for process in processes:
                await stack.enter_async_context(running(process))
            for number in range(300):
                await asyncio.sleep(0.07 + number % 7 / 50)
                owed[str(number)] = time()
                town.post(str(number), f"w{number * 7 % 11}", f"c{number % 3}")
                for process in processes if number % 2 else processes[::-1]:
                    process.wake()
            await asyncio.sleep(40)
        assert len(town.sent) == len(owed)
        assert max(one.at - owed[one.key] for one in town.sent) < 1

    live(scene())


def test_what_nobody_said_is_found_within_half_a_minute_though_other_messages_are_under_way(catalog: Catalog) -> None:
    async def scene() -> None:
        town = SlowTown(catalog)
        town.owe(workspaces=1, lanes=1, messages=300)
        async with running(town.process("a")):
            await asyncio.sleep(5)
            town.post("quiet", "elsewhere")
            owed = time()
            await asyncio.sleep(60)
        assert town.at("quiet") - owed <= 30

    live(scene())


def test_a_process_that_may_send_nothing_does_not_look_through_everything_again_and_again(catalog: Catalog) -> None:
    class Paced(Mail):
        def wait(self, place: Place, ahead: int = 0) -> float:
            return max(ahead - 1, 0) / 48

    async def scene() -> None:
        town = SlowTown(catalog)
        town.owe(workspaces=10, lanes=200, messages=1)
        other = Slow(town.clock, catalog)
        other._connection = town.store._connection
        sender = Deliverer(town.store, {"town": Paced(town, "a", "bot")}, {}, town.clock, owner="a")
        stand_by = Deliverer(other, {"town": Paced(town, "b", "bot")}, {}, town.clock, owner="b")
        async with running(sender):
            await asyncio.sleep(1)
            async with running(stand_by):
                await asyncio.sleep(3)
                other.heads = 0
                await asyncio.sleep(10)
        assert Counter(one.by for one in town.sent) == {"a": len(town.sent)}
        assert other.heads < 10 * 2_000  # a look a second

    live(scene())


def test_a_transaction_that_takes_long_is_no_clock_that_was_set(
    catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        town = SlowTown(catalog)
        deliverer = town.process("a")
        async with running(deliverer):
            await asyncio.sleep(1)
            town.store.stall = 7.0
            for key in ("first", "second"):
                town.post(key, key)
                deliverer.wake()
                await asyncio.sleep(20)
        assert len(town.sent) == 2

    live(scene())
    assert "the clock was put" not in caplog.text


def test_a_process_that_stood_still_between_its_claim_and_its_request_sends_nothing_by_it(
    catalog: Catalog,
) -> None:
    """As on a machine that slept: another process has looked the message up meanwhile, and sent it."""

    async def scene() -> None:
        town = SlowTown(catalog)
        town.post("one")
        town.store.stall = LEASE.total_seconds() + 10
        sleeper, other = town.process("sleeper"), town.process("other")
        async with running(sleeper):
            await asyncio.sleep(1)
            async with running(other):
                await asyncio.sleep(2 * LEASE.total_seconds())
        assert [one.by for one in town.sent] == ["other"]

    live(scene())


def test_a_card_that_cannot_be_read_is_the_operators_in_the_end_and_its_lane_goes_on(catalog: Catalog) -> None:
    async def scene() -> None:
        town = SlowTown(catalog)
        town.post("bad")
        town.post("good")
        spoil = update(deliveries).where(deliveries.c.key == "bad").values(card="no card")
        town.store.now(lambda work: work._connection.execute(spoil))
        async with running(town.process("a")):
            await asyncio.sleep(timedelta(hours=12).total_seconds())
        assert [one.key for one in town.sent] == ["good"]
        assert town.store.now(lambda work: work.deliveries.counts()) == {"unresolved": 1, "sent": 1}

    live(scene())


def test_a_lane_that_has_to_wait_for_its_pace_holds_up_no_other_one_of_its_workspace(catalog: Catalog) -> None:
    class Held(Mail):
        held: frozenset[str] = frozenset()

        def wait(self, place: Place, ahead: int = 0) -> float:
            return 60.0 if place.channel in self.held else 0.0

    async def scene() -> None:
        town = SlowTown(catalog)
        mail = Held(town, "a", "workspace")
        lanes = Lanes({"town": mail})
        now = town.clock.now()
        found = [Lane(f"l{number:02}", Place("town", "w", f"c{number:02}"), "send:town:w") for number in range(40)]
        for lane in found:
            lanes.find(lane, now)
        first = lanes.choose(now)
        mail.held = frozenset(f"c{number:02}" for number in range(8, 16))
        for lane in first:
            lanes.done(lane, now)
        assert [lane.name for lane in lanes.choose(now)] == [f"l{number}" for number in range(16, 24)]

    live(scene())
