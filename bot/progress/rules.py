"""Streaks and levels, from what a member did. Days are the member's own local days."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta

from bot.review.rules import Estimate, estimate

LONGEST_LOOK = 400  # days


def streak(active: Collection[date], today: date, first: date, frozen: Callable[[date], bool], grace: date) -> int:
    """How many days of activity lead up to today without a gap.

    A frozen day (rest, leave, holiday, a day without a post) neither counts nor breaks. From `grace` on a missing day
    does not break it yet: today is not over, and an answer of yesterday's round may still come.
    """
    count = 0
    day = today
    for _ in range(LONGEST_LOOK):
        if day < first:
            break
        if day in active:
            count += 1
        elif day < grace and not frozen(day):
            break
        day -= timedelta(days=1)
    return count


def levels_by_criterion(given: Mapping[str, Sequence[int]]) -> dict[str, Estimate]:
    """Criterion -> what all reviews of a member say together."""
    return {criterion: estimate(levels) for criterion, levels in given.items() if levels}
