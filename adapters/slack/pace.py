"""How fast Slack lets us speak: a message a second a channel, several hundred a minute a workspace, and other methods by
the number of their tier (Slack's pages on rate limits and on chat.postMessage)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.errors import DeliveryFailed
from bot.core.ports import Clock

A_MINUTE = 300  # messages a workspace: what we take "several hundred" for
TIER = 50  # calls a minute of a method of tier 3: those that change a message, open a conversation, read a history
KEPT = 10_000  # channels, workspaces and promises remembered
PATIENT = timedelta(seconds=2)  # a call that has to wait for longer is put off instead


@dataclass(frozen=True, slots=True)
class Limit:
    """Between two there is a `gap`; so many may go `at_once` where there were none before."""

    gap: timedelta
    at_once: int


def _in_any_minute(most: int, at_once: int) -> Limit:
    """With a burst before it, no minute has more than `most`, and all but a fiftieth of them can be used."""
    return Limit(timedelta(minutes=1) / (most * 0.98 - at_once), at_once)


# No burst in a channel: Slack does not promise to keep or to show what goes beyond.
CHANNEL = Limit(timedelta(seconds=1), 1)
WORKSPACE = _in_any_minute(A_MINUTE, 20)
METHOD = _in_any_minute(TIER, 10)


class Pace:
    """Says how long to wait; holds back what Slack has asked to hold back."""

    def __init__(self, clock: Clock, sleep: Callable[[float], Awaitable[object]]) -> None:
        """`clock` may not be set while this lives."""
        self._clock = clock
        self._sleep = sleep
        self._next: dict[str, datetime] = {}
        self._held: dict[str, datetime] = {}
        self._promised: dict[str, datetime] = {}

    async def turn(self, workspace: str, channel: str) -> None:
        """Wait for this message's turn in its channel and its workspace."""
        now = self._clock.now()
        wait = max(self._book(f"{workspace}/{channel}", now, CHANNEL), self._book(workspace, now, WORKSPACE))
        if wait > timedelta(0):
            await self._sleep(wait.total_seconds())

    def wait(self, workspace: str, channel: str, ahead: int = 0) -> float:
        """Seconds until a message may go there, after `ahead` others to the workspace; 0 where it may go now."""
        now = self._clock.now()
        wait = max(self._free(f"{workspace}/{channel}", now, CHANNEL), self._free(workspace, now, WORKSPACE, ahead))
        return max(wait.total_seconds(), self.held(workspace, channel))

    async def call(self, workspace: str, method: str, who: str) -> None:
        """Wait for the turn of a call that posts nothing. Raises DeliveryFailed where that takes long; whoever (`who`)
        comes again when it says so has a turn."""
        now, whose = self._clock.now(), f"{workspace}!{method}"
        promised = self._promised.pop(f"{whose}!{who}", None)
        if promised is not None and promised <= now:
            return
        wait = self._book(whose, now, METHOD) if promised is None else promised - now
        if wait > PATIENT:
            if len(self._promised) > KEPT:
                self._promised = {one: at for one, at in self._promised.items() if at > now}
            self._promised[f"{whose}!{who}"] = now + wait
            raise DeliveryFailed(f"{method} has its turn later", retry_after=wait.total_seconds(), untried=True)
        if wait > timedelta(0):
            await self._sleep(wait.total_seconds())

    def _book(self, whose: str, now: datetime, limit: Limit) -> timedelta:
        """Take the next place in a row; how long it is until then."""
        wait = self._free(whose, now, limit)
        self._next[whose] = max(self._next.get(whose, now), now) + limit.gap
        if len(self._next) > KEPT:
            self._next = {one: at for one, at in self._next.items() if at > now}
        return wait

    def _free(self, whose: str, now: datetime, limit: Limit, ahead: int = 0) -> timedelta:
        """How long it is until the next place in a row, after `ahead` others; nothing or less where it is now."""
        return max(self._next.get(whose, now), now) - now + limit.gap * (ahead - limit.at_once + 1)

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

    def hold_method(self, workspace: str, method: str, seconds: float) -> None:
        """Slack refused a call of this method for being too many."""
        after = self._clock.now() + timedelta(seconds=seconds) + METHOD.gap * (METHOD.at_once - 1)
        whose = f"{workspace}!{method}"
        self._next[whose] = max(self._next.get(whose, after), after)

    def held(self, workspace: str, channel: str) -> float:
        """Seconds for which nothing may go there; 0 where it may."""
        now = self._clock.now()
        until = max(self._held.get(one, now) for one in (workspace, f"{workspace}/{channel}"))
        return max((until - now).total_seconds(), 0.0)
