"""A process that holds 100,000 schedules, our way or APScheduler's. `bench/due_groups.py` starts it and says what for.

It prints by how many MB it grew when it took the schedules up; then, for every line that it reads, it lets 4,170 of them
fall due and prints the p99 from that instant to the commit, in milliseconds.
"""

import asyncio
import gc
import logging
import random
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import async_sessionmaker

from bench.figure import percentile, resident
from bench.groups import channel
from bench.usual import DeliveryRow, TimerRow, usual_engine
from bot.bootstrap import Service
from bot.clock import WallClock
from bot.content import load
from bot.core import codec
from bot.core.events import Due
from bot.core.ports import Outbox, Timers
from bot.core.ui import ActionId, Button, Card, Prose
from bot.settings import Settings
from bot.store.repos.delivery import SqlOutbox, SqlTimers
from bot.store.tables import deliveries, metadata
from bot.store.work import SqlWork
from bot.store.writer import connect
from bot.ticker import Ticker

GROUPS, DUE = 100_000, 4_170
AHEAD = timedelta(seconds=3)  # until they fall due: enough to set them all
LONGEST = 180.0  # seconds for a round
POST = Card(
    "Day 4 of 14: Trees, boosting and what they overfit",
    (Prose("**Goal.** " + "Explain it in two minutes, without notes. " * 10), Prose("What happens? " * 20)),
    ((Button("Answer", ActionId("rounds.answer", "4"), "primary"), Button("Hint", ActionId("rounds.hint", "4"))),),
    "Answers close tomorrow.",
)


class Side(Protocol):
    async def hold(self) -> None: ...
    async def fall_due(self, groups: list[int], at: datetime) -> None: ...
    async def settled(self) -> None: ...
    @property
    def waits(self) -> list[float]: ...


def _timer(group: int) -> ActionId:
    return ActionId("plan.post", str(group))


def _key(group: int, at: datetime) -> str:
    return f"daily:{group}:{at.isoformat()}"


def _post(group: int, at: datetime, outbox: Outbox, timers: Timers) -> None:
    """The work: the post is owed, and the group's next one is known."""
    outbox.add(channel(group), POST, key=_key(group, at), group=group, thread="Day 4")
    timers.set(_timer(group), at + timedelta(days=1))


def _since(at: datetime) -> float:
    return (datetime.now(UTC) - at).total_seconds() * 1e3


class OurTicker:
    """The bot's own ticker and writer."""

    def __init__(self, path: str) -> None:
        self._writer = Service(f"sqlite:///{path}", load(Settings().content), WallClock(), {}).writer
        self._writer.listeners.append(self._committed)
        self._ticker = Ticker(self._writer, {"plan.post": self._act}, WallClock())
        self._written: list[datetime] = []
        self.waits: list[float] = []

    def _act(self, event: Due, work: SqlWork) -> None:
        _post(event.action.number, event.at, work.outbox, work.timers)
        self._written.append(event.at)

    def _committed(self, _outbox: bool, _timers: bool) -> None:
        self.waits += map(_since, self._written)
        self._written.clear()

    async def hold(self) -> None:
        self._ticker.start()
        await self._ticker.tick()

    async def fall_due(self, groups: list[int], at: datetime) -> None:
        def plan(work: SqlWork) -> None:
            for group in groups:
                work.timers.set(_timer(group), at)

        await self._writer.run(plan)
        await self._ticker.wait()

    async def settled(self) -> None:
        await self._ticker.wait()  # for the tick that is under way


class OneJobAGroup(ABC):
    """APScheduler on its memory store with a job a group."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._scheduler.start(paused=True)
        self._at = datetime.now(UTC)
        self.waits: list[float] = []

    @abstractmethod
    async def _commit(self, group: int) -> None: ...

    async def _act(self, group: int) -> None:
        await self._commit(group)
        self.waits.append(_since(self._at))

    async def hold(self) -> None:
        later = datetime.now(UTC) + timedelta(hours=12)
        for group in range(1, GROUPS + 1):
            daily = CronTrigger(hour=later.hour, minute=later.minute, timezone=UTC)
            self._scheduler.add_job(self._act, daily, args=(group,), id=f"plan.post:{group}", misfire_grace_time=None)
        self._scheduler.resume()

    async def fall_due(self, groups: list[int], at: datetime) -> None:
        self._at = at
        self._scheduler.pause()
        for group in groups:
            self._scheduler.modify_job(f"plan.post:{group}", next_run_time=at)
        self._scheduler.resume()

    async def settled(self) -> None:
        """A job that is durable is done."""


class LeanJob(OneJobAGroup):
    """Our own statements on one plain connection that stays open: nothing waits for a thread or a lock."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._connection = connect(f"sqlite:///{path}").connect()

    async def _commit(self, group: int) -> None:
        with self._connection.begin():
            outbox = SqlOutbox(self._connection, datetime.now(UTC))
            _post(group, self._at, outbox, SqlTimers(self._connection))


class UsualJob(OneJobAGroup):
    """The same two statements in an AsyncSession, as most bots do it."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._session = async_sessionmaker(usual_engine(Path(path)))
        self._row = _row_of_a_post()

    async def _commit(self, group: int) -> None:
        place, card = channel(group), codec.dumps(POST)
        own = {"key": _key(group, self._at), "group_id": group, "channel": place.channel, "lane": place.lane, "card": card,
               "due": datetime.now(UTC)}  # fmt: skip
        timer: Any = TimerRow
        moved = update(timer).where(timer.action == str(_timer(group))).values(at=self._at + timedelta(days=1))
        async with self._session() as session:
            session.add(DeliveryRow(**(self._row | own)))
            await session.execute(moved)
            await session.commit()


def _row_of_a_post() -> dict[str, Any]:
    """What our outbox writes for a post, whatever columns it has."""
    engine = connect("sqlite://")
    with engine.begin() as connection:
        metadata.create_all(connection)
        SqlOutbox(connection, datetime.now(UTC)).add(channel(1), POST, key="one", thread="Day 4")
        row = dict(connection.execute(select(deliveries)).one()._mapping)
    engine.dispose()
    del row["id"]
    return row


async def _round(side: Side, number: int) -> float:
    groups = random.Random(number).sample(range(1, GROUPS + 1), DUE)
    at = datetime.now(UTC) + AHEAD
    side.waits.clear()
    await side.fall_due(groups, at)
    async with asyncio.timeout(LONGEST):
        while len(side.waits) < DUE:  # noqa: ASYNC110  an event for each commit would be a cost of the measuring
            await asyncio.sleep(0.1)
    await side.settled()
    return percentile(side.waits, 0.99)


KINDS: dict[str, Callable[[str], Side]] = {"ticker": OurTicker, "lean": LeanJob, "usual": UsualJob}


async def main(kind: str, path: str) -> None:
    """Hold the schedules, and do a round for every line until there are no more."""
    side = KINDS[kind](path)
    gc.collect()
    before = resident()
    await side.hold()
    gc.collect()
    print(resident() - before, flush=True)
    for number in count(1):
        if not await asyncio.to_thread(sys.stdin.readline):
            return
        print(await _round(side, number), flush=True)


if __name__ == "__main__":
    logging.getLogger("alembic").setLevel(logging.WARNING)
    asyncio.run(main(*sys.argv[1:]))
