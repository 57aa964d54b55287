"""The clocks: the wall's, and one that can run ahead of it. Nothing else reads the time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


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
