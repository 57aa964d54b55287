"""A process that holds 100,000 schedules, our way or APScheduler's. `bench/due_groups.py` starts it and says what for.

It prints by how many MB it grew when it took the schedules up; then, for every line that it reads, it lets 4,170 of them
fall due and prints the p99 from that instant to the commit, in milliseconds.
"""

import asyncio
import gc
import logging
import random
import sys
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from bench.figure import percentile, resident
from bench.groups import channel
from bot.bootstrap import Service
from bot.clock import WallClock
from bot.content import load
from bot.core.events import Due
from bot.core.ports import Outbox
from bot.core.ui import ActionId, Button, Card, Prose
from bot.settings import Settings
from bot.store.repos.delivery import SqlOutbox
from bot.store.work import SqlWork
from bot.store.writer import connect
from bot.ticker import Ticker

GROUPS, DUE = 100_000, 4_170
SPREAD = float(__import__('os').environ.get('SPREAD','1'))
AHEAD = timedelta(seconds=3)  # until they fall due: enough to set them all
LONGEST = 120.0  # seconds for a round
POST = Card(
    "Day 4 of 14: Trees, boosting and what they overfit",
    (Prose("**Goal.** " + "Explain it in two minutes, without notes. " * 10), Prose("What happens? " * 20)),
    ((Button("Answer", ActionId("rounds.answer", "4"), "primary"), Button("Hint", ActionId("rounds.hint", "4"))),),
    "Answers close tomorrow.",
)


class Side(Protocol):
    async def hold(self) -> None: ...
    async def fall_due(self, due: dict[int, datetime]) -> None: ...
    async def settled(self) -> None: ...
    @property
    def waits(self) -> list[float]: ...


def _owe(outbox: Outbox, group: int, at: datetime) -> None:
    outbox.add(channel(group), POST, key=f"daily:{group}:{at.isoformat()}", group=group, thread="Day 4")


def _since(at: datetime) -> float:
    return (datetime.now(UTC) - at).total_seconds() * 1e3


class OurTicker:
    """The bot's own ticker and writer."""

    def __init__(self, path: str) -> None:
        self._writer = Service(f"sqlite:///{path}", load(Settings().content), WallClock(), {}).writer
        self._writer.listeners.append(self._committed)
        self._ticker = Ticker(self._writer, {"plan.post": self._post}, WallClock())
        self._written: list[datetime] = []
        self.waits: list[float] = []

    def _post(self, event: Due, work: SqlWork) -> None:
        _owe(work.outbox, event.action.number, event.at)
        work.timers.set(event.action, event.at + timedelta(days=1))
        self._written.append(event.at)

    def _committed(self, _outbox: bool, _timers: bool) -> None:
        self.waits += map(_since, self._written)
        self._written.clear()

    async def hold(self) -> None:
        self._ticker.start()
        await self._ticker.tick()

    async def fall_due(self, due: dict[int, datetime]) -> None:
        def plan(work: SqlWork) -> None:
            for group, at in due.items():
                work.timers.set(ActionId("plan.post", str(group)), at)

        await self._writer.run(plan)
        await self._ticker.wait()

    async def settled(self) -> None:
        await self._ticker.wait()  # for the tick that is under way


class OneJobAGroup:
    """APScheduler with a job a group, and a plain connection."""

    def __init__(self, path: str) -> None:
        self._connection = connect(f"sqlite:///{path}").connect()
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._scheduler.start(paused=True)
        self._due: dict[int, datetime] = {}
        self.waits: list[float] = []

    async def _post(self, group: int) -> None:
        at = self._due[group]
        with self._connection.begin():
            _owe(SqlOutbox(self._connection, datetime.now(UTC)), group, at)
        self.waits.append(_since(at))

    async def hold(self) -> None:
        later = datetime.now(UTC) + timedelta(hours=12)
        for group in range(1, GROUPS + 1):
            daily = CronTrigger(hour=later.hour, minute=later.minute, timezone=UTC)
            self._scheduler.add_job(self._post, daily, args=(group,), id=f"plan.post:{group}", misfire_grace_time=None)
        self._scheduler.resume()

    async def fall_due(self, due: dict[int, datetime]) -> None:
        self._due = due
        self._scheduler.pause()
        for group, at in due.items():
            self._scheduler.modify_job(f"plan.post:{group}", next_run_time=at)
        self._scheduler.resume()

    async def settled(self) -> None:
        """A job that is durable is done."""


async def _round(side: Side, number: int) -> float:
    chance = random.Random(number)
    at = datetime.now(UTC) + AHEAD
    groups = chance.sample(range(1, GROUPS + 1), DUE)
    side.waits.clear()
    await side.fall_due({group: at + timedelta(seconds=chance.random()*SPREAD) for group in groups})
    async with asyncio.timeout(LONGEST):
        while len(side.waits) < DUE:  # noqa: ASYNC110  an event for each commit would be a cost of the measuring
            await asyncio.sleep(0.1)
    await side.settled()
    return percentile(side.waits, 0.99)


async def main(kind: str, path: str) -> None:
    """Hold the schedules, and do a round for every line until there are no more."""
    side: Side = OurTicker(path) if kind == "ticker" else OneJobAGroup(path)
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
