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

from bench.cards import DAILY
from bench.figure import percentile, resident
from bench.groups import channel
from bot.bootstrap import Service
from bot.clock import WallClock
from bot.content import load
from bot.core.events import Due
from bot.core.ports import Outbox
from bot.core.ui import ActionId
from bot.store.repos.delivery import SqlOutbox
from bot.store.work import SqlWork
from bot.store.writer import connect
from bot.ticker import Ticker

GROUPS, DUE = 100_000, 4_170
AHEAD = timedelta(seconds=3)  # until they fall due: enough to set them all
LONGEST = 120.0  # seconds for a round


class Side(Protocol):
    async def hold(self) -> None: ...
    async def fall_due(self, groups: list[int], at: datetime) -> None: ...
    async def settled(self) -> None: ...
    @property
    def durable(self) -> list[datetime]: ...


def _owe(outbox: Outbox, group: int, at: datetime) -> None:
    outbox.add(channel(group), DAILY, key=f"daily:{group}:{at.isoformat()}", group=group, thread="Day 4")


class OurTicker:
    """The bot's own ticker and writer."""

    def __init__(self, path: str) -> None:
        self._writer = Service(f"sqlite:///{path}", load(), WallClock(), {}).store
        self._writer.listeners.append(self._committed)
        self._ticker = Ticker(self._writer, {"plan.post": self._post}, WallClock())
        self._written = 0
        self.durable: list[datetime] = []

    def _post(self, event: Due, work: SqlWork) -> None:
        _owe(work.outbox, event.action.number, event.at)
        work.timers.set(event.action, event.at + timedelta(days=1))
        self._written += 1

    def _committed(self, _outbox: bool, _timers: bool) -> None:
        self.durable += [datetime.now(UTC)] * self._written
        self._written = 0

    async def hold(self) -> None:
        self._ticker.start()
        await self._ticker.tick()

    async def fall_due(self, groups: list[int], at: datetime) -> None:
        def plan(work: SqlWork) -> None:
            for group in groups:
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
        self._at = datetime.now(UTC)
        self.durable: list[datetime] = []

    async def _post(self, group: int) -> None:
        with self._connection.begin():
            outbox = SqlOutbox(self._connection, datetime.now(UTC))
            _owe(outbox, group, self._at)
            outbox.flush()
        self.durable.append(datetime.now(UTC))

    async def hold(self) -> None:
        later = datetime.now(UTC) + timedelta(hours=12)
        for group in range(1, GROUPS + 1):
            daily = CronTrigger(hour=later.hour, minute=later.minute, timezone=UTC)
            self._scheduler.add_job(self._post, daily, args=(group,), id=f"plan.post:{group}", misfire_grace_time=None)
        self._scheduler.resume()

    async def fall_due(self, groups: list[int], at: datetime) -> None:
        self._at = at
        self._scheduler.pause()
        for group in groups:
            self._scheduler.modify_job(f"plan.post:{group}", next_run_time=at)
        self._scheduler.resume()

    async def settled(self) -> None:
        """A job that is durable is done."""


async def _round(side: Side, number: int) -> float:
    side.durable.clear()
    groups = random.Random(number).sample(range(1, GROUPS + 1), DUE)
    at = datetime.now(UTC) + AHEAD
    await side.fall_due(groups, at)
    async with asyncio.timeout(LONGEST):
        while len(side.durable) < DUE:  # noqa: ASYNC110  an event for each commit would be a cost of the measuring
            await asyncio.sleep(0.1)
    await side.settled()
    return percentile([(one - at).total_seconds() for one in side.durable], 0.99) * 1e3


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
