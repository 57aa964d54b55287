"""An event loop whose time is virtual: nobody waits for a clock, and how fast the machine is plays no part.

`with asyncio.Runner(loop_factory=VirtualLoop) as runner: runner.run(...)`. When all wait, the time is set on to when the
first one goes on. For simulations and tests, of what runs in the loop alone: a thread's answer takes no time here, and
while one is waited for the time may be set on.
"""

import asyncio
import selectors
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

NEVER = 1e9  # seconds; nothing is planned so far ahead


class _Selector(selectors.SelectSelector):
    """Sets the time on in the place of waiting."""

    time = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0 if timeout is not None else None)
        if not ready and timeout is not None and timeout > 0:
            self.time += min(timeout, NEVER)
        return ready

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return super().get_map()


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._virtual.time


class LoopClock:
    """A clock that goes with the running loop, from `start` on."""

    def __init__(self, start: datetime = datetime(2026, 9, 1, 6, tzinfo=UTC)) -> None:
        self._start = start
        self.put = timedelta(0)  # what somebody set it forward by, or back

    def now(self) -> datetime:
        return self._start + self.put + timedelta(seconds=asyncio.get_running_loop().time())

    def wall(self, at: datetime) -> datetime:
        """Nothing of the wall's is here."""
        return at
