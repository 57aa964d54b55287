"""The calendar of a run: what is posted when, whatever the weekdays, the days off and the downtimes."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import Refused
from bot.group.rules import Settings, instant, local_date
from bot.plan.rules import GRACE, Post, Run, Wait, calendar, due_at, due_now, first_date, missed_name, posting_date

DAY = timedelta(days=1)
MONDAY = date(2026, 8, 31)
BERLIN = Settings("Europe/Berlin", time(8), tuple(range(7)), "two-weeks")
RUN = Run(1, 1, "two-weeks", "active", 1, MONDAY)

schedules = st.builds(
    Settings,
    zone=st.sampled_from(sorted(available_timezones())),
    post_at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    weekdays=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    plan=st.just("two-weeks"),
)
starts = st.dates(date(2026, 1, 1), date(2026, 12, 1))
days_later = st.sets(st.integers(0, 30), max_size=8)
pauses = st.one_of(st.integers(1, 90), st.integers(1, 5 * 24 * 60)).map(lambda minutes: timedelta(minutes=minutes))


def posting_dates(first: date, schedule: Settings, off: Iterable[date]) -> list[date]:
    """The dates of the first hundred days on which the group posts."""
    days = [first + n * DAY for n in range(100)]
    return [day for day in days if day.weekday() in schedule.weekdays and day not in set(off)]


def woken(run: Run, schedule: Settings, off: Iterable[date], now: datetime) -> tuple[Run, list[Post]]:
    """What a run that is woken posts until it has to wait, and the run as it waits."""
    posts: list[Post] = []
    while True:
        step = due_now(run, schedule, frozenset(off), now)
        last = step.day if isinstance(step, Post) else run.last_day
        run = Run(run.id, run.group, run.plan, run.state, step.next_day, step.next_date, last)
        if isinstance(step, Wait):
            return run, posts
        posts.append(step)


@settings(max_examples=200)
@given(schedules, starts, days_later, st.lists(pauses, min_size=1, max_size=30))
def test_whatever_the_downtimes_each_date_is_posted_at_most_once_and_never_yesterdays(
    schedule: Settings, first: date, off_after: set[int], downtimes: list[timedelta]
) -> None:
    off = {first + n * DAY for n in off_after}
    dates = posting_dates(first, schedule, off)
    run = Run(1, 1, "two-weeks", "active", 1, first)
    now = due_at(first, schedule) - timedelta(hours=1)
    posted: list[Post] = []
    for downtime in downtimes:
        now += downtime
        run, posts = woken(run, schedule, off, now)
        for post in posts:
            late = now - due_at(post.nominal, schedule)
            assert timedelta(0) <= late
            assert post.nominal == local_date(now, schedule.zone) or late < GRACE
            assert post.nominal == dates[post.day - 1]
        posted += posts
        assert due_at(run.next_date, schedule) > now
        today = local_date(now, schedule.zone)
        assert today not in dates or due_at(today, schedule) > now or today in {post.nominal for post in posted}
    told = [day for post in posted for day in (*post.missed, post.day)]
    assert told == list(range(1, len(told) + 1))
    assert len({post.nominal for post in posted}) == len(posted)


@given(schedules, starts, days_later)
def test_the_calendar_that_is_shown_is_the_one_that_is_lived(
    schedule: Settings, first: date, off_after: set[int]
) -> None:
    off = {first + n * DAY for n in off_after}
    run = Run(1, 1, "two-weeks", "active", 1, first)
    shown = calendar(run, schedule, off, 14)
    for day, nominal in shown.items():
        run, posts = woken(run, schedule, off, due_at(nominal, schedule))
        assert [(post.day, post.nominal, post.missed) for post in posts] == [(day, nominal, ())]
    assert list(shown) == list(range(1, 15))


@given(schedules, starts, st.integers(-3, 20), st.integers(0, 24 * 60), days_later)
def test_the_first_post_is_the_earliest_date_not_before_the_start_whose_hour_is_to_come(
    schedule: Settings, today: date, ahead: int, minute: int, off_after: set[int]
) -> None:
    now = instant(today, time(0), schedule.zone) + timedelta(minutes=minute)
    today = local_date(now, schedule.zone)
    off = {today + n * DAY for n in off_after}
    start = today + ahead * DAY
    dates = posting_dates(max(start, today), schedule, off)
    coming = [day for day in dates if day > today or due_at(day, schedule) > now]
    assert first_date(start, now, schedule, off) == coming[0]


def test_a_late_post_of_the_evening_still_comes_shortly_after_midnight() -> None:
    late = Settings("Europe/Berlin", time(23, 30), tuple(range(7)), "two-weeks")
    at = due_at(MONDAY, late)
    assert due_now(RUN, late, (), at + timedelta(minutes=59)) == Post(1, MONDAY, (), 2, MONDAY + DAY)
    assert due_now(RUN, late, (), at + timedelta(minutes=60)) == Wait(2, MONDAY + DAY)


def test_a_start_late_on_the_same_day_posts_that_day_and_says_which_were_missed() -> None:
    wednesday_night = datetime(2026, 9, 2, 21, 59, tzinfo=UTC)  # 23:59 in Berlin
    assert due_now(RUN, BERLIN, (), wednesday_night) == Post(3, MONDAY + 2 * DAY, (1, 2), 4, MONDAY + 3 * DAY)


def test_days_once_missed_are_not_said_twice() -> None:
    run = Run(1, 1, "two-weeks", "active", 4, MONDAY + 3 * DAY, last_day=3)
    step = due_now(run, BERLIN, (), due_at(MONDAY + 3 * DAY, BERLIN))
    assert isinstance(step, Post)
    assert step.missed == ()


def test_a_day_off_moves_the_plan_and_misses_nothing() -> None:
    step = due_now(RUN, BERLIN, {MONDAY, MONDAY + DAY}, due_at(MONDAY + 2 * DAY, BERLIN))
    assert step == Post(1, MONDAY + 2 * DAY, (), 2, MONDAY + 3 * DAY)


def test_days_off_for_more_than_two_years_are_refused_in_words() -> None:
    with pytest.raises(Refused, match="two years"):
        posting_date(MONDAY, BERLIN, {MONDAY + n * DAY for n in range(900)})


def test_missed_days_are_named_in_order() -> None:
    assert [missed_name(days) for days in ((3,), (3, 2), (5, 4, 3))] == ["Day 3", "Days 2 and 3", "Days 3, 4 and 5"]
