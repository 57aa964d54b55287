"""The clocks: the wall's, and one that can run ahead of it. Nothing else reads the time."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic, time

log = logging.getLogger("mockingbird")

TREMBLE = timedelta(seconds=0.5)
WORTH_TELLING = timedelta(seconds=5)
COMPARE = 60.0  # seconds between two comparisons with the database's clock


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def wall(self, at: datetime) -> datetime:
        """The wall's time at which this clock shows `at`."""
        return at


class ShiftedClock:
    """The wall's time and `shift`: the playground lives ahead of us. `keep` is told each new shift, in seconds."""

    def __init__(self, shift: float = 0.0, keep: Callable[[float], None] = lambda shift: None) -> None:
        self._shift = timedelta(seconds=shift)
        self._keep = keep

    def now(self) -> datetime:
        return datetime.now(UTC) + self._shift

    def wall(self, at: datetime) -> datetime:
        """The wall's time at which this clock shows `at`."""
        return at - self._shift

    def set(self, at: datetime) -> None:
        """Show `at` now, unless it has passed: this clock never goes back."""
        ahead = at - datetime.now(UTC)
        if ahead > self._shift:
            self._shift = ahead
            self._keep(self._shift.total_seconds())


class FrozenClock:
    """Stands still until it is set. For simulations and tests."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def wall(self, at: datetime) -> datetime:
        """The wall's time does not move this clock: whatever is due is asked for by `advance`."""
        return at

    def set(self, at: datetime) -> None:
        """Show `at`; it may not go back."""
        self._at = max(self._at, at)


class CommonClock:
    """The wall's time as the database has it, so that processes on several machines go by one clock. The wall's own as
    long as nobody tells it otherwise."""

    def __init__(self) -> None:
        self._shift = timedelta(0)
        self._compared: tuple[float, float] | None = None  # the monotonic clock, and what the wall was ahead of it

    def now(self) -> datetime:
        return datetime.now(UTC) + self._shift

    def wall(self, at: datetime) -> datetime:
        """The wall's time at which this clock shows `at`."""
        return at - self._shift

    @property
    def uncertain(self) -> bool:
        """Whether it is to be compared again: some time has passed, or somebody set the wall's clock."""
        if self._compared is None:
            return True
        at, ahead = self._compared
        return monotonic() > at + COMPARE or abs(time() - monotonic() - ahead) > TREMBLE.total_seconds()

    def learn(self, theirs: datetime) -> None:
        """The database's clock shows this now."""
        self._compared = monotonic(), time() - monotonic()
        shift = theirs - datetime.now(UTC)
        # A difference of less is the network's and the scheduler's, and a clock that trembles is worse.
        if abs(shift - self._shift) < TREMBLE:
            return
        self._shift = shift if abs(shift) >= TREMBLE else timedelta(0)
        if abs(shift) >= WORTH_TELLING:
            side = "ahead of" if shift < timedelta(0) else "behind"
            log.warning("this machine's clock is %.0f s %s the database's. I go by the database's; set the machine's right",
                        abs(shift).total_seconds(), side)  # fmt: skip


class SteadyClock:
    """The wall's time at the start, carried on by a clock that nobody can set: for paces, which would stand still for as
    long as the wall's is put back."""

    def __init__(self) -> None:
        self._ahead = time() - monotonic()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._ahead + monotonic(), UTC)


class Steps:
    """Notices that somebody set a clock: it departs from one that nobody can set."""

    def __init__(self, steady: Callable[[], float] = monotonic) -> None:
        self._steady = steady
        self._known: tuple[datetime, float] | None = None

    def by(self, now: datetime) -> timedelta:
        """How far the clock was put forward since it was learnt, or back where it is negative; nothing for less than five
        seconds."""
        if self._known is None:
            return timedelta(0)
        at, steady = self._known
        step = now - at - timedelta(seconds=self._steady() - steady)
        return step if abs(step) >= WORTH_TELLING else timedelta(0)

    def steady(self) -> float:
        """Seconds by the clock that nobody can set."""
        return self._steady()

    def learn(self, now: datetime, steady: float | None = None) -> None:
        """The clock shows this now, and that is right; or it did when the steady one showed that."""
        self._known = now, self._steady() if steady is None else steady
