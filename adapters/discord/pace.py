"""How fast Discord lets a bot speak: 50 requests a second, whatever they are; answers to interactions do not count."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.core.ports import Clock

A_SECOND = 48.0  # below Discord's 50: what other processes of the bot ask for has its room in the rest
AT_ONCE = 2  # with those of the second that follows they are Discord's 50: in no second are there more
GAP = timedelta(seconds=1 / A_SECOND)


class Pace:
    """Gives every request its turn. One process at a time sends what the bot owes to Discord, so its pace is the bot's."""

    def __init__(self, clock: Clock, sleep: Callable[[float], Awaitable[object]]) -> None:
        """`clock` may not be set while this lives."""
        self._clock = clock
        self._sleep = sleep
        self._next: datetime | None = None

    async def turn(self) -> None:
        """Wait until this request may go."""
        wait = self.wait()
        self._next = max(self._next or self._clock.now(), self._clock.now()) + GAP
        if wait > 0:
            await self._sleep(wait)

    def wait(self, ahead: int = 0) -> float:
        """Seconds until a request may go, after `ahead` others; 0 where it may go now."""
        now = self._clock.now()
        free = max(self._next or now, now) + GAP * ahead
        return max((free - now - GAP * (AT_ONCE - 1)).total_seconds(), 0.0)
