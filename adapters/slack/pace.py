"""How fast Slack lets us post: about a message a second a channel, some hundreds a minute a workspace."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.core.ports import Clock

CHANNEL = timedelta(seconds=1), 3  # between two messages, and how many may go at once before that
WORKSPACE = timedelta(milliseconds=250), 20
KEPT = 10_000  # channels and workspaces remembered


class Pace:
    """Says how long to wait before a message; holds back what Slack has asked to hold back."""

    def __init__(self, clock: Clock, sleep: Callable[[float], Awaitable[object]]) -> None:
        self._clock = clock
        self._sleep = sleep
        self._next: dict[str, datetime] = {}
        self._held: dict[str, datetime] = {}

    async def turn(self, workspace: str, channel: str) -> None:
        """Wait for this message's turn in its channel and its workspace."""
        now = self._clock.now()
        wait = max(self._book(f"{workspace}/{channel}", now, *CHANNEL), self._book(workspace, now, *WORKSPACE))
        if wait > timedelta(0):
            await self._sleep(wait.total_seconds())

    def _book(self, whose: str, now: datetime, gap: timedelta, at_once: int) -> timedelta:
        """Take the next place in a row; how long it is until then."""
        free = max(self._next.get(whose, now), now)
        self._next[whose] = free + gap
        if len(self._next) > KEPT:
            self._next = {one: at for one, at in self._next.items() if at > now}
        return free - now - gap * (at_once - 1)

    def hold(self, workspace: str, channel: str, seconds: float) -> None:
        """Slack refused a message to this channel for being too many. When it does so for a second channel while the
        first waits, it means the whole workspace."""
        now = self._clock.now()
        self._held = {one: at for one, at in self._held.items() if at > now}
        until = now + timedelta(seconds=seconds)
        others = any(one.startswith(f"{workspace}/") for one in self._held if one != f"{workspace}/{channel}")
        self._held[f"{workspace}/{channel}"] = until
        if others:
            self._held[workspace] = until

    def held(self, workspace: str, channel: str) -> float:
        """Seconds for which nothing may go there; 0 where it may."""
        now = self._clock.now()
        until = max(self._held.get(one, now) for one in (workspace, f"{workspace}/{channel}"))
        return max((until - now).total_seconds(), 0.0)
