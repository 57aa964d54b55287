"""APScheduler as the clock that asks "what is due?": our tables are the truth, it only wakes us.

One date job stands at the earliest timer and is set anew after each tick; an interval job is the safety net.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.core.engine import unforeseen_reference
from bot.core.errors import StoreUnavailable
from bot.core.events import Due
from bot.core.ports import Scope, Store
from bot.store import faults
from bot.store.repos.delivery import Taken
from bot.store.work import SqlWork

BATCH = 256  # timers a transaction: more adds latency for those who type meanwhile
BATCHES = 8
SAFETY_NET = 30  # seconds
AWAY = timedelta(seconds=2)  # until the next try where the database takes nothing
FIRST_RETRY = timedelta(seconds=30)  # after a timer's handler failed; doubled each time
LONGEST_RETRY = timedelta(hours=1)
RECEIPTS_KEPT = timedelta(days=7)  # no platform sends an event again after that


class ClockOnTheWall(Protocol):
    def now(self) -> datetime: ...
    def wall(self, at: datetime) -> datetime: ...


class Ticker:
    def __init__(
        self, store: Store[SqlWork], timers: Mapping[str, Callable[[Due, SqlWork], None]], clock: ClockOnTheWall
    ) -> None:
        self._store = store
        self._timers = timers
        self._clock = clock
        self._one = asyncio.Lock()
        self._scheduler = AsyncIOScheduler(timezone=UTC)

    def start(self) -> None:
        """Tick from now on, in the running event loop."""
        net = IntervalTrigger(seconds=SAFETY_NET, timezone=UTC)
        options = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        first = self._clock.wall(self._clock.now())
        self._scheduler.add_job(self._on_time, net, (self.tick,), id="safety net", next_run_time=first, **options)
        self._scheduler.add_job(
            self._on_time, IntervalTrigger(hours=6, timezone=UTC), (self.tidy,), id="tidy", **options
        )
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)

    async def _on_time(self, does: Callable[[], Awaitable[object]]) -> None:
        """Do what cannot throw at anybody: it is tried again, at the latest by the safety net."""
        try:
            await does()
        except asyncio.CancelledError:
            if self._scheduler.running:
                raise
            # We were told to stop: the scheduler would take it for a fault and log it.
        except StoreUnavailable:  # the store has said so
            self._wake(self._clock.now() + AWAY)
        except Exception:
            unforeseen_reference("ticking")

    async def tick(self) -> int:
        """Act on every timer that ran out; how many. Then wait for the next."""
        acted = 0
        async with self._one:
            while outcomes := await self._batch():
                acted += sum(outcomes)
            await self._wait()
        return acted

    async def wait(self) -> None:
        """A timer may have been set earlier than the one that is waited for."""
        async with self._one:
            await self._on_time(self._wait)

    async def _wait(self) -> None:
        if self._scheduler.running and (at := await self.next_due()) is not None:
            self._wake(at)

    def _wake(self, at: datetime) -> None:
        """Tick at this instant, and not at the one that was waited for before."""
        if not self._scheduler.running:
            return
        self._scheduler.add_job(
            self._on_time,
            DateTrigger(self._clock.wall(at), timezone=UTC),
            (self.tick,),
            id="next",
            replace_existing=True,
            coalesce=True,
            misfire_grace_time=None,
            # The tick that sets this job may still be running as the same job when it comes due: then it waits its turn.
            max_instances=3,
        )

    async def next_due(self) -> datetime | None:
        """When the next timer runs out."""
        return await self._store.quick(lambda work: work.timers.next())

    async def tidy(self) -> None:
        """Drop receipts of events that no platform sends again."""
        await self._store.quick(lambda work: work.receipts.forget(work.now - RECEIPTS_KEPT))

    async def _batch(self) -> list[bool]:
        """Act on the timers that ran out first, each apart from the others; whether each was acted on."""
        if self._store.serial:
            return await self._store.run(lambda work: self._act_on(work.timers.take(work.now, BATCH), work))
        due = await self._store.quick(lambda work: work.timers.due(work.now, BATCHES * BATCH))
        scopes = list(due.items())
        random.shuffle(scopes)  # several tickers go about it in their own orders, and meet less
        outcomes = await asyncio.gather(*(self._of_scope(scope, actions) for scope, actions in scopes))
        return [acted for some in outcomes for acted in some]

    async def _of_scope(self, scope: str, actions: Sequence[str]) -> list[bool]:
        acted: list[bool] = []
        for start in range(0, len(actions), BATCH):
            some = actions[start : start + BATCH]
            acted += await self._store.run(partial(self._take_and_act, some), Scope.named(scope))
        return acted

    def _take_and_act(self, actions: Sequence[str], work: SqlWork) -> list[bool]:
        return self._act_on(work.timers.take_these(actions, work.now), work)

    def _act_on(self, taken: Sequence[Taken], work: SqlWork) -> list[bool]:
        return [self._act(one, work) for one in taken]

    def _act(self, one: Taken, work: SqlWork) -> bool:
        if not work.timers.begin(one):
            return False
        try:
            with work.apart():
                self._timers[one.action.verb](Due(one.action, one.at), work)
        except Exception as fault:
            if faults.passing(fault):
                raise  # the whole batch is run again
            unforeseen_reference(f"timer {one.action}")
            # A timer whose handler failed is kept, and tried later and later.
            work.timers.put_off(one, work.now + min(FIRST_RETRY * 2 ** min(one.failures, 10), LONGEST_RETRY))
            return False
        return True
