"""Several processes send side by side: each workspace has one sender at a time, and each process its share of them. The time
is virtual, and the platform takes a third of a second for a message."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from bot.catalog import Catalog
from bot.core.errors import DeliveryFailed
from bot.core.events import Place, Receipt
from bot.core.ports import Limits, Parcel
from bot.core.ui import Card
from bot.outbox import Deliverer
from bot.patience import SENDER
from bot.senders import REST
from bot.store.work import SqlWork
from bot.testing import MemoryStore
from bot.virtual import LoopClock, VirtualLoop

ANSWER = 0.3  # seconds
LONG = 60.0


@dataclass(frozen=True, slots=True)
class Sent:
    at: float
    by: str
    workspace: str
    key: str


@dataclass
class Town:
    """A store, and what was sent from it by whom. The first message has to wait for so many seconds, if any."""

    catalog: Catalog
    busy: float = 0.0
    clock: LoopClock = field(default_factory=LoopClock)
    sent: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = MemoryStore(self.clock, self.catalog)

    def owe(self, workspaces: int, lanes: int, messages: int) -> None:
        def owed(work: SqlWork) -> None:
            for number in range(messages):
                for workspace in range(workspaces):
                    for lane in range(lanes):
                        place = Place("town", f"w{workspace:02}", f"c{lane}")
                        work.outbox.add(place, Card("A card"), key=f"{workspace}:{lane}:{number}")

        self.store.now(owed)

    def process(self, name: str, limits: Limits = "workspace") -> Deliverer:
        return Deliverer(self.store, {"town": Mail(self, name, limits)}, {}, self.clock, owner=name)

    def between(self, begin: float, end: float) -> Counter[str]:
        """Who sent how many."""
        return Counter(one.by for one in self.sent if begin <= one.at < end)

    def overlaps(self, rest: float) -> list[tuple[Sent, Sent]]:
        """Messages to one workspace that two processes sent within so many seconds."""
        last: dict[str, Sent] = {}
        found = []
        for one in self.sent:
            before = last.get(one.workspace)
            if before is not None and before.by != one.by and one.at - before.at < rest:
                found.append((before, one))
            last[one.workspace] = one
        return found


@dataclass
class Mail:
    town: Town
    owner: str
    limits: Limits
    name: str = "town"

    def wait(self, place: Place, ahead: int = 0) -> float:
        return 0.0

    async def send(self, parcel: Parcel) -> Receipt:
        self.town.sent.append(Sent(asyncio.get_running_loop().time(), self.owner, parcel.place.workspace, parcel.key))
        if self.town.busy and len(self.town.sent) == 1:
            raise DeliveryFailed("too many", retry_after=self.town.busy)
        await asyncio.sleep(ANSWER)
        return Receipt(f"m{len(self.town.sent)}")

    async def find(self, parcel: Parcel) -> Receipt | None:
        return None


@asynccontextmanager
async def running(deliverer: Deliverer) -> AsyncIterator["asyncio.Task[None]"]:
    task = asyncio.create_task(deliverer.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def live(scene: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(scene)


def test_a_process_that_comes_later_gets_its_share_from_one_that_sends_to_all_all_the_time(catalog: Catalog) -> None:
    async def scene() -> None:
        town = Town(catalog)
        town.owe(workspaces=20, lanes=12, messages=60)  # more than one workspace may have under way
        async with running(town.process("a")):
            await asyncio.sleep(5)
            alone = town.between(0, 5)["a"]
            async with running(town.process("b")):
                await asyncio.sleep(15)
        assert town.between(0, 5) == {"a": alone}
        shares = town.between(15, 20)
        assert set(shares) == {"a", "b"}
        assert abs(shares["a"] - shares["b"]) <= 0.2 * shares.total(), shares
        assert town.overlaps(REST.total_seconds()) == []
        assert len({one.key for one in town.sent}) == len(town.sent)

    live(scene())


def test_all_that_is_owed_is_sent_once_and_in_the_order_of_its_lane_whoever_comes_and_goes(catalog: Catalog) -> None:
    async def scene() -> None:
        town = Town(catalog)
        town.owe(workspaces=12, lanes=10, messages=40)
        async with running(town.process("a")):
            await asyncio.sleep(2)
            async with running(town.process("b")):
                await asyncio.sleep(4)
                async with running(town.process("c")):
                    await asyncio.sleep(4)
                await asyncio.sleep(1)
            await asyncio.sleep(LONG)
        assert len({one.key for one in town.sent}) == len(town.sent) == 12 * 10 * 40
        assert set(town.between(0, LONG)) == {"a", "b", "c"}
        order: dict[str, list[int]] = {}
        for one in town.sent:
            lane, _, number = one.key.rpartition(":")
            order.setdefault(lane, []).append(int(number))
        assert all(numbers == sorted(numbers) for numbers in order.values())

    live(scene())


def test_workspaces_that_have_much_to_send_take_turns(catalog: Catalog) -> None:
    async def scene() -> None:
        town = Town(catalog)
        town.owe(workspaces=100, lanes=24, messages=1)
        async with running(town.process("a")):
            await asyncio.sleep(0.75)
        sent = Counter(one.workspace for one in town.sent)
        assert len(town.sent) < 2_000
        assert len(sent) == 100
        assert min(sent.values()) >= max(sent.values()) / 2, sent

    live(scene())


def test_three_that_begin_at_once_have_a_third_each(catalog: Catalog) -> None:
    async def scene() -> None:
        town = Town(catalog)
        town.owe(workspaces=30, lanes=4, messages=100)
        async with running(town.process("a")), running(town.process("b")), running(town.process("c")):
            await asyncio.sleep(15)
        shares = town.between(10, 15)
        assert all(0.25 < shares[name] / shares.total() < 0.42 for name in "abc"), shares
        assert town.overlaps(REST.total_seconds()) == []

    live(scene())


def test_what_a_process_leaves_when_it_ends_goes_on_at_the_others(catalog: Catalog) -> None:
    async def scene() -> None:
        town = Town(catalog)
        town.owe(workspaces=20, lanes=2, messages=60)
        async with running(town.process("a")):
            async with running(town.process("b")):
                await asyncio.sleep(8)
            ended = asyncio.get_running_loop().time()
            await asyncio.sleep(10)
        shares = town.between(ended + 5, ended + 10)
        assert set(shares) == {"a"}
        assert len({one.workspace for one in town.sent if one.at > ended + 5}) == 20

    live(scene())


def test_what_a_dead_process_held_is_free_when_its_lease_runs_out(catalog: Catalog) -> None:
    async def scene() -> None:
        town = Town(catalog)
        town.owe(workspaces=4, lanes=1, messages=400)
        names = {f"send:town:w{number:02}" for number in range(4)}
        until = town.clock.now() + SENDER
        town.store.now(lambda work: work.leases.take_all(names, "dead", until))
        async with running(town.process("a")):
            await asyncio.sleep(SENDER.total_seconds() - 1)
            assert not town.sent
            await asyncio.sleep(6)
        assert {one.workspace for one in town.sent} == {"w00", "w01", "w02", "w03"}

    live(scene())


def test_where_the_limits_count_for_the_bot_one_process_sends_all(catalog: Catalog) -> None:
    async def scene() -> None:
        town = Town(catalog)
        town.owe(workspaces=5, lanes=2, messages=60)
        async with running(town.process("a", "bot")), running(town.process("b", "bot")):
            await asyncio.sleep(10)
        assert len(town.between(0, 10)) == 1

    live(scene())


def test_nothing_is_parted_with_where_nobody_else_wants_any(catalog: Catalog) -> None:
    async def scene() -> None:
        town = Town(catalog)
        town.owe(workspaces=10, lanes=2, messages=60)
        async with running(town.process("a")):
            await asyncio.sleep(LONG)
        by_lane: dict[str, list[float]] = {}
        for one in town.sent:
            by_lane.setdefault(one.key.rpartition(":")[0], []).append(one.at)
        assert len(town.sent) == 10 * 2 * 60
        gaps = [late - early for times in by_lane.values() for early, late in pairwise(times)]
        assert max(gaps) < ANSWER + 0.1

    live(scene())


def test_a_message_that_is_to_wait_so_long_is_sent_then_and_not_a_second_later(catalog: Catalog) -> None:
    async def scene() -> None:
        town = Town(catalog, busy=2.05)
        town.owe(workspaces=1, lanes=1, messages=1)
        async with running(town.process("a")):
            await asyncio.sleep(10)
        first, second = (one.at for one in town.sent)
        assert 2.05 <= second - first < 2.2

    live(scene())
