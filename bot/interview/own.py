"""What all of /interview stands on: the repositories, whose interview it is, and the timers that remind of it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.catalog import Catalog, Guide, Question, Stage
from bot.core.errors import Refused
from bot.core.events import Choose, Command, Press, Submit
from bot.core.ports import Work
from bot.core.ui import ActionId
from bot.group.rules import Seat, Seats, seated
from bot.interview.rules import REMINDERS, Interview, PassedOn, State, ends, reminder_due, upcoming
from bot.mock.rules import Memory, Recall
from bot.star.rules import Story

PAST = timedelta(days=90)  # an interview that is over is at hand so long

Event = Command | Press | Choose | Submit


class Interviews(Protocol):
    def of(self, member: int, since: datetime) -> list[Interview]: ...
    def interview(self, id: int) -> Interview | None: ...
    def add(self, member: int, company: str, role: str, stage: str, at: datetime, zone: str) -> Interview: ...
    def move(self, id: int, at: datetime, zone: str) -> None: ...
    def turn(self, id: int, state: State) -> None: ...
    def tick(self, id: int, boxes: tuple[str, ...]) -> None: ...
    def fill(self, id: int, sheet: dict[str, str]) -> None: ...
    def felt(self, id: int, how: str) -> None: ...


class Bank(Protocol):
    def question(self, id: str) -> Question | None: ...
    def passed_on(self, id: int) -> PassedOn | None: ...
    def of_interview(self, interview: int) -> list[PassedOn]: ...
    def pass_on(self, group: int, interview: Interview, kind: str, level: str, text: str, shared: bool) -> int: ...
    def take_back(self, id: int) -> None: ...


class Recalls(Protocol):
    def memory(self, member: int) -> Memory: ...
    def keep(self, member: int, one: Recall) -> None: ...


class Judged(Protocol):
    def levels_of(self, author: int) -> dict[str, list[int]]: ...


class Stories(Protocol):
    def of(self, member: int) -> list[Story]: ...


class InterviewWork(Work, Protocol):
    @property
    def catalog(self) -> Catalog: ...
    @property
    def groups(self) -> Seats: ...
    @property
    def interviews(self) -> Interviews: ...
    @property
    def bank(self) -> Bank: ...
    @property
    def recall(self) -> Recalls: ...
    @property
    def reviews(self) -> Judged: ...
    @property
    def stories(self) -> Stories: ...


Default = Callable[[Sequence[Interview], Catalog, datetime], Interview | None]


def at_hand(seat: Seat, work: InterviewWork) -> list[Interview]:
    """A member's interviews, those ahead and those lately over, in their order."""
    return work.interviews.of(seat.member.id, work.now - PAST)


def numbered(interviews: Sequence[Interview]) -> list[Interview]:
    """Those that a number in the list stands for: neither cancelled nor told about."""
    return [one for one in interviews if one.state == "coming"]


def latest_begun(interviews: Sequence[Interview], catalog: Catalog, now: datetime) -> Interview | None:
    """The one that began last, and the next where none has begun."""
    begun = [one for one in interviews if one.at <= now]
    return begun[-1] if begun else upcoming(interviews, catalog, now)


def chosen(event: Event, work: InterviewWork, default: Default = upcoming) -> tuple[Interview, Seat]:
    """The member's own interview that an event means: by its number in the list, or by the id of a button.

    Raises Refused for another's, and where there is none.
    """
    seat = seated(*work.groups.at(event.where, event.who))
    if isinstance(event, Command):
        return _by_number(event, seat, work, default), seat
    text = event.value if isinstance(event, Choose) else event.action.arg
    return own(ActionId("interview.open", text[:40]).numbers(text.count("/") + 1)[0], event, work)


def _by_number(event: Command, seat: Seat, work: InterviewWork, default: Default) -> Interview:
    ahead = numbered(at_hand(seat, work))
    if not ahead:
        raise Refused("You have told me of no interview. /interview add takes one: company, stage, day and hour.")
    number = event.options.get("number", "")
    if number and not 1 <= int(number) <= len(ahead):
        raise Refused(f"There is no number {int(number)} in your list. /interview list shows them, 1 to {len(ahead)}.")
    found = ahead[int(number) - 1] if number else default(ahead, work.catalog, work.now)
    if found is None:
        raise Refused("No interview is ahead of you. /interview done tells how the last one was, /interview add takes the "
                      "next.")  # fmt: skip
    return found


def own(id: int, event: Event, work: InterviewWork) -> tuple[Interview, Seat]:
    """A member's own interview by its id, and their seat. Raises Refused for another's."""
    interview = work.interviews.interview(id)
    member = work.groups.member(interview.member) if interview else None
    if interview is None or member is None or member.user != event.who.id:
        raise Refused("That interview is not among yours. /interview list shows them.")
    seat = seated(*work.groups.of(member.group, event.where, event.who))
    if seat.member.id != interview.member:
        raise Refused("That interview is not among yours. /interview list shows them.")
    return interview, seat


def standing(interview: Interview) -> Interview:
    """The same, or Refused where it is cancelled or over."""
    if interview.state == "cancelled":
        raise Refused("That interview is cancelled. /interview list shows those that are not, and /interview add takes a "
                      "new one.")  # fmt: skip
    if interview.state == "done":
        raise Refused("You have told already how that one went. /interview add takes the next.")
    return interview


def stage_of(interview: Interview, work: InterviewWork) -> Stage:
    """The stage of an interview. Raises Refused where the content does not have it any more."""
    stage = work.catalog.stages.get(interview.stage)
    if stage is None:
        raise Refused("The stage of that interview is not known here any more. Cancel it and add it with another one.")
    return stage


def guide_of(id: str, work: InterviewWork) -> Guide:
    """A guide of the content. Raises Refused where there is none."""
    guide = work.catalog.guides.get(id)
    if guide is None:
        raise Refused("That guide is not here any more. /plan all shows what there is to read.")
    return guide


def arm(interview: Interview, seat: Seat, work: InterviewWork) -> None:
    """Set the timers of an interview that is ahead: what is past or moved away reminds of nothing."""
    for kind in REMINDERS:
        at = reminder_due(kind, interview.at, seat.member.zone, work.now)
        action = ActionId("interview.remind", f"{interview.id}/{kind}")
        if at is not None and at > work.now:
            work.timers.set(action, at)
        else:
            work.timers.cancel(action)
    work.timers.set(ActionId("interview.after", str(interview.id)), ends(interview, work.catalog))


def disarm(interview: Interview, work: InterviewWork) -> None:
    """Nothing reminds of an interview any more."""
    for kind in REMINDERS:
        work.timers.cancel(ActionId("interview.remind", f"{interview.id}/{kind}"))
    work.timers.cancel(ActionId("interview.after", str(interview.id)))
