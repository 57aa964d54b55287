"""What a group is and who may do what in it; time zones, hours, weekdays and dates as people write them."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Literal, Protocol
from zoneinfo import ZoneInfo, available_timezones

from bot.core.errors import Refused
from bot.core.events import Person, Place
from bot.core.markup import escape
from bot.core.records import record

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS = (4, 168)  # least and most hours for answers or for reviews: from an evening to a week
MANY = 8  # above this many members, three reviewers read each answer instead of two
LONGEST_AWAY = 366  # days

Names = Literal["after", "always", "never"]
State = Literal["active", "paused", "idle"]  # idle: no run is under way


@record(frozen=True, slots=True)
class Settings:
    """How a group runs. Weekdays count from 0, Monday. `reviewers` 0 means: by the group's size."""

    zone: str
    post_at: time
    weekdays: tuple[int, ...]
    plan: str
    answer_hours: int = 24
    review_hours: int = 24
    reviewers: int = 0
    reviewer_names: Names = "after"
    answer_names: bool = True


@record(frozen=True, slots=True)
class Group:
    """`manager` is who steered it last: the one to turn to where its channel cannot be reached; empty: not known."""

    id: int
    place: Place
    state: State
    settings: Settings
    manager: str = ""


@record(frozen=True, slots=True)
class Member:
    id: int
    group: int
    user: str
    name: str
    zone: str
    joined: datetime
    active: bool = True


@record(frozen=True, slots=True)
class Absence:
    """First and last day away, both included; of the whole group where `member` is None (a holiday, a skipped day)."""

    member: int | None
    first: date
    last: date

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last


@record(frozen=True, slots=True)
class Seat:
    """A member in their group."""

    group: Group
    member: Member

    def direct(self) -> Place:
        """The member's direct messages."""
        return direct(self.group, self.member)

    def today(self, now: datetime) -> date:
        """The member's own local date."""
        return local_date(now, self.member.zone)


class Seats(Protocol):
    """What every feature asks of the groups: who sits where, who is away, and that somebody did something."""

    def at(self, where: Place, who: Person) -> tuple[Group | None, Member | None]:
        """The group of this place and the person's membership; in direct messages, the group in which they were
        active last."""
        ...

    def mine(self, where: Place, who: Person) -> list[Group]:
        """The groups of a workspace that a person is in, the one where they were active last first; of all workspaces
        where the place names none."""
        ...

    def of(self, group: int, where: Place, who: Person) -> tuple[Group | None, Member | None]:
        """A group by its id, if it is of the workspace that the event came from, and the person's membership."""
        ...

    def group(self, id: int) -> Group | None: ...

    def member(self, id: int) -> Member | None: ...

    def members(self, group: int) -> list[Member]:
        """The active members, in the order in which they joined."""
        ...

    def absences(self, group: int, since: date) -> list[Absence]:
        """Leave and days off that end on `since` or later."""
        ...

    def did(self, member: int, day: date) -> None:
        """The member was active on their local date."""
        ...


def direct(group: Group, member: Member) -> Place:
    """A member's direct messages."""
    return Place(group.place.platform, group.place.workspace, member.user, direct=True)


def seated(group: Group | None, member: Member | None) -> Seat:
    """The seat, or Refused with the way to one."""
    if group is None:
        raise Refused(
            "There is no study group here yet. In the group's channel, whoever manages it types /group setup."
        )
    if member is None or not member.active:
        raise Refused("You are not in this study group yet. Type /group join in its channel to take part.")
    return Seat(group, member)


def managed(group: Group | None, manages: bool) -> Group:
    """The group, or Refused where the person may not change it."""
    if not manages and group is None:
        raise Refused(
            "Only people who manage this channel can set up a study group. Ask one of them to type /group setup."
        )
    if not manages:
        raise Refused("Only people who manage this channel can do that. Ask one of them; you can still see the settings "
                      "with /group settings.")  # fmt: skip
    if group is None:
        raise Refused("There is no study group here yet. Type /group setup to make one.")
    return group


def reviewers_of(settings: Settings, members: int) -> int:
    """How many reviewers each answer gets: as set, else 2, and 3 in groups over 8."""
    return settings.reviewers or (3 if members > MANY else 2)


def away(absences: Iterable[Absence], member: int, day: date) -> bool:
    """Whether a member is on leave, or the group off, on a day."""
    return any(absence.covers(day) for absence in absences if absence.member in (None, member))


def days_off(absences: Iterable[Absence]) -> frozenset[date]:
    """The days on which the whole group is off."""
    return frozenset(
        absence.first + timedelta(days=number)
        for absence in absences
        if absence.member is None
        for number in range((absence.last - absence.first).days + 1)
    )


@lru_cache(maxsize=1_024)  # in a transaction it is the same moment for all
def local_date(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def instant(day: date, at: time, zone: str) -> datetime:
    """The instant of a local date and hour, in UTC. An hour that a change of the clocks leaves out moves forward,
    one that comes twice means the first: `fold=0` gives every date just one instant."""
    return datetime.combine(day, at.replace(fold=0), ZoneInfo(zone)).astimezone(UTC)


@cache
def _zones() -> dict[str, str]:
    """Lower-case spelling -> zone, with the city alone where all zones of that name have the same clock."""
    zones = {zone for zone in available_timezones() if "/" in zone or zone == "UTC"}
    zones = {zone for zone in zones if not zone.startswith(("posix/", "right/", "SystemV/"))}
    cities: dict[str, list[str]] = {}
    for zone in zones:
        cities.setdefault(zone.rsplit("/", 1)[-1].lower(), []).append(zone)
    found = {city: max(names) for city, names in cities.items() if len(names) == 1 or _one_clock(names)}
    return found | {zone.lower(): zone for zone in zones}


def _one_clock(zones: Iterable[str]) -> bool:
    """Whether the zones are names of one, such as Europe/Istanbul and Asia/Istanbul: summer and winter tell."""
    seasons = [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 7)]
    return len({tuple(at.astimezone(ZoneInfo(zone)).utcoffset() for at in seasons) for zone in zones}) == 1


def read_zone(text: str) -> str:
    """An IANA time zone, from its name or from a city. Raises ValueError with the nearest that exist."""
    wanted = text.strip().replace(" ", "_").lower()
    zones = _zones()
    if wanted in zones:
        return zones[wanted]
    near = get_close_matches(wanted, zones, n=3, cutoff=0.6)
    names = list(dict.fromkeys(zones[one] for one in near)) or ["Europe/Berlin", "America/New_York", "Asia/Kolkata"]
    raise ValueError(f"I know no time zone “{text.strip()[:40]}”. Write it like {' or '.join(names)}.")


def read_time(text: str) -> time:
    """``08:00``, ``8``, ``8.30`` or ``8 pm``. Raises ValueError."""
    match = re.fullmatch(r"(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm)?", text.strip().lower(), re.ASCII)
    if match:
        hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "pm" else 0)
        elif half:
            hour = 99
        if hour <= 23 and minute <= 59:
            return time(hour, minute)
    raise ValueError(f"“{text.strip()[:20]}” is no hour of the day. Write it like 08:00 or 19:30.")


def read_date(text: str, today: date) -> date:
    """``2026-09-01``, ``today`` or ``tomorrow``. Raises ValueError."""
    wanted = text.strip().lower()
    if wanted in ("today", "tomorrow"):
        return today + timedelta(days=wanted == "tomorrow")
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", wanted, re.ASCII):
            raise ValueError
        return date.fromisoformat(wanted)
    except ValueError:
        example = today + timedelta(days=1)
        raise ValueError(f"“{text.strip()[:20]}” is no date. Write it like {example}, or today, or tomorrow.") from None


def read_span(first: str, last: str, today: date) -> tuple[date, date]:
    """The days from `first` to `last`, both included; today where nothing is given. Raises Refused."""
    try:
        start = read_date(first, today) if first else today
        end = read_date(last, today) if last else start
    except ValueError as error:
        raise Refused(escape(str(error))) from None
    if end < start:
        raise Refused(f"{end} comes before {start}. Give the first day first.")
    if end < today:
        raise Refused(f"{end} has passed already. Today is {today}.")
    if (end - start).days >= LONGEST_AWAY:
        raise Refused(f"That is more than {LONGEST_AWAY} days. Choose a shorter time; you can add to it later.")
    return start, end


def day_name(day: date) -> str:
    """``Tue 1 Sep``."""
    return f"{day:%a} {day.day} {day:%b}"


def span_name(first: date, last: date) -> str:
    """``Tue 1 Sep`` or ``Tue 1 Sep to Thu 3 Sep``."""
    return day_name(first) if first == last else f"{day_name(first)} to {day_name(last)}"


def weekday_names(weekdays: Iterable[int]) -> str:
    """``Monday to Friday``, ``every day``, or the names."""
    days = sorted(weekdays)
    if days == list(range(7)):
        return "every day"
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return f"{WEEKDAYS[days[0]]} to {WEEKDAYS[days[-1]]}"
    return ", ".join(WEEKDAYS[day] for day in days)
