"""The calendar of a run: which day of the plan falls on which date, and what is to be posted now.

A run keeps the next day that it owes and that day's nominal local date. A date has one instant (`instant`), so a post is
made once a date whatever the clocks do; the keys of what is posted are dates, never instants.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from bot.core.errors import Refused
from bot.group.rules import Settings, instant, local_date

# A post that is a little late still belongs to its date, also past midnight; one that is later waits for no one.
GRACE = timedelta(hours=1)
LONGEST_GAP = 800  # days searched for the next posting day: more than two years off is no run


@dataclass(frozen=True, slots=True)
class Run:
    """A group's pass through a plan: `next_day` (from 1) falls on `next_date`; `last_day` was posted, 0 if none."""

    id: int
    group: int
    plan: str
    state: Literal["active", "finished", "ended"]
    next_day: int
    next_date: date
    last_day: int = 0


@dataclass(frozen=True, slots=True)
class Post:
    """What to post now: day `day` for the date `nominal`; the days `missed` were never posted.
    The run goes on with `next_day` on `next_date`."""

    day: int
    nominal: date
    missed: tuple[int, ...]
    next_day: int
    next_date: date


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to post now: the run goes on with `next_day` on `next_date`."""

    next_day: int
    next_date: date


def posting_date(first: date, settings: Settings, off: Collection[date]) -> date:
    """The first date from `first` on at which the group posts. Raises Refused where none is near."""
    for number in range(LONGEST_GAP):
        day = first + timedelta(days=number)
        if day.weekday() in settings.weekdays and day not in off:
            return day
    raise Refused("That would leave no day to post on in the next two years. Leave more days free.")


def first_date(start: date, now: datetime, settings: Settings, off: Collection[date]) -> date:
    """The date of the next post when a run starts, or goes on, not before `start`: today only if its hour is to come."""
    today = local_date(now, settings.zone)
    if start <= today and instant(today, settings.post_at, settings.zone) <= now:
        start = today + timedelta(days=1)
    return posting_date(max(start, today), settings, off)


def due_now(run: Run, settings: Settings, off: Collection[date], now: datetime) -> Post | Wait:
    """What the run owes at `now`. A date that passed unposted is missed for good: nobody gets yesterday's post."""
    day, nominal = run.next_day, posting_date(run.next_date, settings, off)
    while True:
        at = instant(nominal, settings.post_at, settings.zone)
        if at > now:
            return Wait(day, nominal)
        following = posting_date(nominal + timedelta(days=1), settings, off)
        fresh = nominal == local_date(now, settings.zone) or now - at < GRACE
        if fresh and instant(following, settings.post_at, settings.zone) > now:
            return Post(day, nominal, tuple(range(run.last_day + 1, day)), day + 1, following)
        day, nominal = day + 1, following


def post_until(nominal: date, settings: Settings) -> datetime:
    """The last moment (UTC) at which a date's post may still be sent: its local day, and at least the grace."""
    midnight = instant(nominal + timedelta(days=1), time(), settings.zone)
    return max(midnight, due_at(nominal, settings) + GRACE)


def due_at(day: date, settings: Settings) -> datetime:
    """The instant of a date's post, in UTC."""
    return instant(day, settings.post_at, settings.zone)


def calendar(run: Run, settings: Settings, off: Collection[date], days: int) -> dict[int, date]:
    """Day number -> date, for the days that are still to come."""
    found: dict[int, date] = {}
    at = run.next_date
    for day in range(run.next_day, days + 1):
        at = posting_date(at, settings, off)
        found[day] = at
        at += timedelta(days=1)
    return found


def missed_name(days: Collection[int]) -> str:
    """``Day 3`` or ``Days 3, 4 and 5``."""
    names = [str(day) for day in sorted(days)]
    return f"Day {names[0]}" if len(names) == 1 else f"Days {', '.join(names[:-1])} and {names[-1]}"
