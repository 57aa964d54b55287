"""How fast Discord lets a bot speak: 50 requests a second, whatever they are; answers to interactions do not count."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from adapters.discord.settings import Share
from bot.core.ports import Clock

A_SECOND = 48.0  # below Discord's 50, for clocks differ
AT_ONCE = 10


class Pace:
    """Gives every request its turn. A process that holds a share of the shards takes that share of the speed."""

    def __init__(self, clock: Clock, sleep: Callable[[float], Awaitable[object]], share: Share | None = None) -> None:
        self._clock = clock
        self._sleep = sleep
        part = len(share.ids) / share.count if share else 1.0
        self._gap = timedelta(seconds=1 / (A_SECOND * part))
        self._next: datetime | None = None

    async def turn(self) -> None:
        """Wait until this request may go."""
        now = self._clock.now()
        free = max(self._next or now, now)
        self._next = free + self._gap
        wait = free - now - self._gap * (AT_ONCE - 1)
        if wait > timedelta(0):
            await self._sleep(wait.total_seconds())
