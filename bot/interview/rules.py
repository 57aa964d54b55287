"""A member's own interviews: when they are, when to remind, what near means, and questions that were asked there.

Instants are aware, in UTC; a week and a day before are counted on the member's own calendar.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

from bot.catalog import Catalog, Kind, Level, Question, Stage
from bot.core.markup import escape
from bot.group.rules import instant, local_date, read_date, read_time

State = Literal["coming", "cancelled", "done"]
Felt = Literal["", "strong", "fine", "shaky", "bad"]
Reminder = Literal["week", "day", "hour", "minutes"]
REMINDERS: Final[tuple[Reminder, ...]] = get_args(Reminder)

MOST_COMING = 30  # interviews a member; nobody has more ahead of them
FURTHEST = timedelta(days=366)
NEAR = timedelta(days=7)  # from then on /mock and the question of the day lean to the stage
MORNING, EVENING = time(8), time(21)  # a week or a day before, nobody is woken
COMPANY, ROLE = 60, 80  # characters
ASKED = 1_200  # characters of a question that was asked: with every one escaped it still fits its card
MOST_ASKED = 20  # questions passed on from one interview
LINE = 400  # characters of a line of the research sheet
OWN = "own-"  # ids of a group's own questions start so
FALLBACK_MINUTES = 60  # of a stage that the content does not know any more

_NUMBER = re.compile(r"\d+", re.ASCII)
_WHEN = re.compile(r"(\S+?),?(?:\s+at)?\s+(\S.*)")


@dataclass(frozen=True, slots=True)
class Interview:
    """A member's interview. `at` is the instant; it was told, and is shown beside the reader's own hour, in `zone`.
    `moves`: how often it was moved. `ticked` are boxes of the checklist, `sheet` the research by its lines."""

    id: int
    member: int
    company: str
    role: str
    stage: str
    at: datetime
    zone: str
    state: State = "coming"
    moves: int = 0
    ticked: tuple[str, ...] = ()
    sheet: Mapping[str, str] = field(default_factory=dict)
    felt: str = ""

    @property
    def here(self) -> datetime:
        """Its instant on the clock of its own zone."""
        return self.at.astimezone(ZoneInfo(self.zone))


@dataclass(frozen=True, slots=True)
class PassedOn:
    """A question that a member was asked, in their own words; their group's own where it is `shared`."""

    id: int
    group: int
    interview: int
    member: int
    stage: str
    kind: Kind
    level: Level
    text: str
    shared: bool


def read_when(text: str, zone: str, now: datetime) -> datetime:
    """The instant (UTC) of ``2026-09-01 14:00``, ``tomorrow 9:30`` or ``today at 2 pm`` in a zone. Raises ValueError."""
    today = local_date(now, zone)
    example = f"{today + timedelta(days=3)} 14:00"
    match = _WHEN.fullmatch(re.sub(r"(?<=\d)T(?=\d)", " ", text.strip()))
    if match is None:
        raise ValueError(f"I need the day and the hour. Write it like {example}, or tomorrow 9:30.")
    at = instant(_day(match[1], today), read_time(match[2]), zone)
    if at <= now:
        here = now.astimezone(ZoneInfo(zone))
        raise ValueError(f"That has passed: in {zone} it is {here:%Y-%m-%d %H:%M} now. Write it like {example}.")
    if at > now + FURTHEST:
        raise ValueError("That is more than a year off. Choose a nearer day; you can move it later.")
    return at


def _day(text: str, today: date) -> date:
    day = read_date(text, today)
    # Dates at the ends of the calendar have no instant in every zone.
    if not 2000 <= day.year <= 9000:
        raise ValueError(
            f"The year {day.year} is none for an interview. Write it like {today + timedelta(days=3)} 14:00."
        )
    return day


def minutes_of(stage: Stage | None) -> int:
    """How long an interview of this stage takes at most."""
    found = [int(number) for number in _NUMBER.findall(stage.minutes)] if stage else []
    return max(found, default=FALLBACK_MINUTES)


def ends(interview: Interview, catalog: Catalog) -> datetime:
    """When it is over, by the minutes of its stage."""
    return interview.at + timedelta(minutes=minutes_of(catalog.stages.get(interview.stage)))


def clash(at: datetime, stage: str, others: Iterable[Interview], catalog: Catalog) -> Interview | None:
    """An interview that would still run, or would begin before this one is over."""
    over = at + timedelta(minutes=minutes_of(catalog.stages.get(stage)))
    return next((one for one in others if one.at < over and at < ends(one, catalog)), None)


def days_left(interview: Interview, zone: str, now: datetime) -> int:
    """Whole days on the calendar of `zone` until the day of the interview; 0 on the day, below 0 after it."""
    return (local_date(interview.at, zone) - local_date(now, zone)).days


def left(at: datetime, zone: str, now: datetime) -> str:
    """``in 3 days``, ``tomorrow``, ``in 2 hours``, ``in 10 minutes``, ``now`` or ``over``; days are those of `zone`."""
    seconds = (at - now).total_seconds()
    if seconds <= 0:
        return "now" if seconds > -3600 else "over"
    days = (local_date(at, zone) - local_date(now, zone)).days
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"in {max(minutes, 1)} minute{'s' if minutes > 1 else ''}"
    if days == 0 or minutes < 12 * 60:
        return f"in {round(minutes / 60)} hours"
    return "tomorrow" if days == 1 else f"in {days} days"


def reminders(at: datetime, zone: str) -> dict[Reminder, datetime]:
    """When to remind of an interview at `at` a member who lives in `zone`.

    A week and a day before at the same local hour, kept between 8 and 21 so that nobody is woken; then an hour and ten
    minutes before.
    """
    here = at.astimezone(ZoneInfo(zone))
    awake = min(max(here.time(), MORNING), EVENING)
    return {
        "week": instant(here.date() - timedelta(days=7), awake, zone),
        "day": instant(here.date() - timedelta(days=1), awake, zone),
        "hour": at - timedelta(hours=1),
        "minutes": at - timedelta(minutes=10),
    }


def reminder_due(kind: Reminder, at: datetime, zone: str, now: datetime) -> datetime | None:
    """When this reminder is to come; None where its time is over, because a later one or the interview has come."""
    times = reminders(at, zone)
    later = [at, *(times[one] for one in REMINDERS[REMINDERS.index(kind) + 1 :])]
    return None if min(later) <= now else times[kind]


def upcoming(interviews: Iterable[Interview], catalog: Catalog, now: datetime) -> Interview | None:
    """The next one that is not over."""
    coming = [one for one in interviews if one.state == "coming" and ends(one, catalog) > now]
    return min(coming, key=lambda one: one.at, default=None)


def ahead(interviews: Iterable[Interview], now: datetime) -> Interview | None:
    """The next one that has not begun: what practice goes by."""
    return min(
        (one for one in interviews if one.state == "coming" and one.at > now), key=lambda one: one.at, default=None
    )


def near_stage(interview: Interview | None, now: datetime) -> str:
    """The stage that practice leans to; empty where no interview is near."""
    return interview.stage if interview is not None and now < interview.at <= now + NEAR else ""


def box(item: str) -> str:
    """A box of the checklist, short enough to stand beside a tick: the first words of its item, up to a comma, colon or
    full stop where that is short enough."""
    text = re.sub(r"[*_`]", "", item)
    short = next((part for mark in (r"(?<=[.!?]) ", r": ", r", ") if len(part := re.split(mark, text)[0]) <= 70), text)
    return short.rstrip(".,:;") if len(short) <= 70 else short[:69].rsplit(" ", 1)[0] + "…"


def blanks(items: Iterable[str]) -> tuple[str, ...]:
    """The lines of a sheet that are to be filled in: those that end in three dots, without them."""
    return tuple(item.removesuffix("...").rstrip(" :") for item in items if item.endswith("..."))


def own_number(question: str) -> int | None:
    """The number of a group's own question; None for questions of the bank."""
    number = question.removeprefix(OWN)
    own = question.startswith(OWN) and number.isascii() and number.isdecimal() and len(number) <= 18
    return int(number) if own else None


def as_question(one: PassedOn, catalog: Catalog) -> Question | None:
    """A question that a member was asked, as one can be asked it; None where its stage or kind is not known any more.

    The member's words are the prompt, made inert line by line; all else is ours.
    """
    stage, passed = catalog.stages.get(one.stage), catalog.countdown.passed.get(one.kind)
    if stage is None or passed is None:
        return None
    return Question(
        id=f"{OWN}{one.id}",
        title=f"{stage.name}, as one of you was asked"[:70],
        topic=_topic(one, catalog),
        kind=one.kind,
        level=one.level,
        stages=(stage.id,),
        minutes=passed.minutes,
        family=f"{OWN}{one.id}",
        tests=passed.tests,
        key_points=stage.looks_for,
        hints=passed.hints,
        follow_ups=passed.follow_ups,
        mistakes=(),
        prompt="\n".join(escape(line) for line in one.text.split("\n")),
        strong_answer="This was asked in a real interview, so nobody wrote a strong answer for it. Hold yours against what "
        "this stage looks for, and ask the others in the thread what they would say.",
    )


_TOPIC_OF: Mapping[Kind, str] = {"coding": "coding", "design": "ml-system-design", "behavioural": "behavioural"}


def _topic(one: PassedOn, catalog: Catalog) -> str:
    focus = catalog.countdown.focus.get(one.stage)
    return _TOPIC_OF.get(one.kind) or (focus.topics[0] if focus else "fundamentals")


def stages_of(interviews: Sequence[Interview], now: datetime) -> dict[str, float]:
    """Stage -> how many members have an interview of it near."""
    members: dict[str, set[int]] = {}
    for one in interviews:
        if one.state == "coming" and near_stage(one, now):
            members.setdefault(one.stage, set()).add(one.member)
    return {stage: float(len(who)) for stage, who in members.items()}
