"""Streaks over a member's own days, and levels from all reviews."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.progress.rules import LONGEST_LOOK, levels_by_criterion, streak
from bot.review.rules import estimate

FIRST = date(2026, 8, 31)
DAY = timedelta(days=1)
# One letter a day from FIRST: x active, . missed, - frozen (rest, leave, holiday), X active on a frozen day.
LIVES = st.text(st.sampled_from("x.-X"), min_size=1, max_size=30)


def count(life: str, open_days: int = 0) -> int:
    """The streak on the last day of a life; its last `open_days` days can still be filled."""
    days = {FIRST + number * DAY: letter for number, letter in enumerate(life)}
    today = max(days)
    active = {day for day, letter in days.items() if letter in "xX"}
    return streak(active, today, FIRST, lambda day: days[day] in "-X", today - (open_days - 1) * DAY)


@pytest.mark.parametrize(
    ("life", "open_days", "days"),
    [
        ("xxx", 0, 3),
        ("xx.", 0, 0),
        ("xx.", 1, 2),  # today is not over
        ("x.xx", 1, 2),
        ("xx--x", 1, 3),  # rest, leave and holidays wait
        ("xx-X-x", 1, 4),  # what is done on a day off counts
        ("xx-.", 1, 2),
        ("x..", 1, 0),
        ("x..", 2, 1),  # yesterday's round is still open
        ("----", 1, 0),
        ("x", 1, 1),
    ],
)
def test_a_streak_counts_active_days_and_waits_on_frozen_and_open_ones(life: str, open_days: int, days: int) -> None:
    assert count(life, open_days) == days


@given(LIVES, st.integers(0, 3))
def test_frozen_days_change_no_streak(life: str, open_days: int) -> None:
    awake = life.replace("-", "")
    assert count(f"-{life}x-x-", 1) == count(f"{awake}xx", 1)
    assert count(life, open_days) <= sum(letter in "xX" for letter in life)


@given(LIVES, LIVES)
def test_what_came_before_a_missed_day_is_forgotten(before: str, after: str) -> None:
    assert count(f"{before}.{after}x", 1) == count(f".{after}x", 1)


@given(LIVES)
def test_doing_something_today_adds_one_day_and_breaks_nothing(life: str) -> None:
    assert count(f"{life}x", 1) == count(f"{life}.", 1) + 1


def test_nothing_before_the_first_day_counts() -> None:
    assert streak({FIRST - DAY, FIRST}, FIRST, FIRST, lambda day: False, FIRST) == 1


def test_a_long_life_of_days_off_is_looked_through_in_bounded_time() -> None:
    looked: list[date] = []

    def frozen(day: date) -> bool:
        looked.append(day)
        return True

    assert streak(set(), FIRST, date.min, frozen, FIRST + DAY) == 0
    assert len(looked) == LONGEST_LOOK


def test_each_criterion_has_the_estimate_of_all_its_levels() -> None:
    found = levels_by_criterion({"fundamentals": [3, 4], "communication": [2], "framing": []})
    assert found == {"fundamentals": estimate([3, 4]), "communication": estimate([2])}
