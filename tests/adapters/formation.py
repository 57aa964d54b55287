"""Several processes of one bot on one store, in one event loop: what a test needs to let them live, stop and die."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from bot.core.errors import StoreUnavailable
from bot.presence import SharedSeats
from bot.store.work import SqlWork
from bot.testing import FrozenClock, MemoryStore

T = TypeVar("T")
STEP = timedelta(seconds=5)  # half of the time between two renewals


class Access:
    """One process's way to the store that all share; it can break."""

    def __init__(self, store: MemoryStore) -> None:
        self.broken = False
        self.asked = 0
        self._store = store

    async def quick(self, job: Callable[[SqlWork], T]) -> T:
        self.asked += 1
        if self.broken:
            await asyncio.sleep(0)
            raise StoreUnavailable("the database does not answer")
        return await self._store.quick(job)


class Process:
    """What listens in one process, with its life's name."""

    def __init__(self, formation: "Formation", name: str) -> None:
        self.access = Access(formation.store)
        self.seats = SharedSeats(self.access, name, formation.until_beat)
        self.task: asyncio.Task[None] | None = None

    def start(self, listening: Coroutine[Any, Any, None]) -> None:
        self.task = asyncio.create_task(listening)

    @property
    def lives(self) -> bool:
        return self.task is not None and not self.task.done()

    def stop(self) -> None:
        """As at SIGTERM."""
        if self.task is not None:
            self.task.cancel()

    def kill(self) -> None:
        """As at SIGKILL: its sockets close, and the database is told nothing."""
        self.access.broken = True
        self.stop()


class Formation:
    """The processes, their clock, and the beat at which they look at the table."""

    def __init__(self, store: MemoryStore, clock: FrozenClock) -> None:
        self.store = store
        self.clock = clock
        self.processes: list[Process] = []
        self._beats: list[asyncio.Event] = []

    def process(self, name: str) -> Process:
        self.processes.append(Process(self, name))
        return self.processes[-1]

    async def until_beat(self, seconds: float) -> None:
        event = asyncio.Event()
        self._beats.append(event)
        await event.wait()

    async def nap(self, seconds: float) -> None:
        """Time passes for whoever waits."""
        self.clock.set(self.clock.now() + timedelta(seconds=seconds))
        await asyncio.sleep(0)

    async def until(self, holds: Callable[[], object], always: Callable[[], None] = lambda: None) -> None:
        """Beat after beat until something holds; `always` is asked at every turn of the loop."""
        async with asyncio.timeout(20):
            while not holds():
                beats, self._beats = self._beats, []
                for event in beats:
                    event.set()
                for _ in range(5):
                    always()
                    await asyncio.sleep(0)

    async def live(self, seconds: float, always: Callable[[], None] = lambda: None) -> None:
        """So much time passes, in steps; whoever lives looks at the table in each."""
        until = self.clock.now() + timedelta(seconds=seconds)
        while self.clock.now() < until:
            self.clock.set(self.clock.now() + STEP)
            seen = {id(one): one.access.asked for one in self.processes if one.lives}
            # Twice: what one does now another sees in its next look.
            await self.until(lambda seen=seen: self._looked(seen), always)  # type: ignore[misc]

    def _looked(self, seen: dict[int, int]) -> bool:
        return all(one.access.asked >= seen.get(id(one), -2) + 2 for one in self.processes if one.lives)

    async def end(self) -> None:
        for one in self.processes:
            one.stop()
        async with asyncio.timeout(20):
            while any(one.lives for one in self.processes):
                beats, self._beats = self._beats, []
                for event in beats:
                    event.set()
                await asyncio.sleep(0)
        for one in self.processes:
            if one.task is not None and not one.task.cancelled():
                one.task.result()
