"""How far I am."""

from datetime import date, datetime
from typing import Protocol

from bot.catalog import Catalog
from bot.core.events import Command, Press, Reply, Show
from bot.core.ports import Work
from bot.group.rules import Seat, Seats, away, local_date, seated
from bot.interview.rules import Interview, ahead, left
from bot.mock.rules import Memory, missed
from bot.plan.rules import Run
from bot.progress import cards
from bot.progress.rules import levels_by_criterion, streak
from bot.review.rules import Assignment
from bot.rounds.rules import Round
from bot.star.rules import Story, covered


class Activity(Seats, Protocol):
    def active_days(self, member: int) -> set[date]: ...


class Plans(Protocol):
    def run(self, group: int) -> Run | None: ...
    def posted(self, run: int) -> dict[int, date]: ...
    def group_dates(self, group: int) -> dict[date, int]: ...
    def ticked(self, run: int, member: int) -> set[int]: ...


class Rounds(Protocol):
    def open_daily(self, group: int) -> list[Round]: ...
    def given_by(self, member: int) -> int: ...


class Recalls(Protocol):
    def memory(self, member: int) -> Memory: ...


class Reviews(Protocol):
    def mine(self, member: int) -> list[Assignment]: ...
    def written_by(self, member: int) -> int: ...
    def levels_of(self, author: int) -> dict[str, list[int]]: ...


class Stories(Protocol):
    def of(self, member: int) -> list[Story]: ...


class Interviews(Protocol):
    def of(self, member: int, since: datetime) -> list[Interview]: ...


class ProgressWork(Work, Protocol):
    @property
    def catalog(self) -> Catalog: ...
    @property
    def groups(self) -> Activity: ...
    @property
    def plans(self) -> Plans: ...
    @property
    def rounds(self) -> Rounds: ...
    @property
    def recall(self) -> Recalls: ...
    @property
    def reviews(self) -> Reviews: ...
    @property
    def stories(self) -> Stories: ...
    @property
    def interviews(self) -> Interviews: ...


def mine(event: Command | Press, work: ProgressWork) -> Reply:
    """My progress."""
    seat = seated(*work.groups.at(event.where, event.who))
    member = seat.member.id
    run = work.plans.run(seat.group.id)
    memory = work.recall.memory(member)
    tally = cards.Tally(
        streak=_streak(seat, work),
        answers=work.rounds.given_by(member),
        reviews=work.reviews.written_by(member),
        open_reviews=len(work.reviews.mine(member)),
        days_done=len(work.plans.ticked(run.id, member)) if run else 0,
        days_posted=len(work.plans.posted(run.id)) if run else 0,
        themes=len(covered(work.stories.of(member))),
    )
    levels = levels_by_criterion(work.reviews.levels_of(member))
    coming = ahead(work.interviews.of(member, work.now), work.now)
    next_one = cards.Next(coming, left(coming.at, seat.member.zone, work.now)) if coming else None
    return Show(cards.mine(tally, levels, memory, missed(memory, work.now), work.catalog, next_one))


def _streak(seat: Seat, work: ProgressWork) -> int:
    """Days in a row, up to the member's own today. Only a day that was posted can be missed."""
    today, active = seat.today(work.now), work.groups.active_days(seat.member.id)
    # Whoever joins when it is tomorrow where they are can still answer the group's question of today.
    joined = min([local_date(seat.member.joined, seat.member.zone), *active])
    dates = work.plans.group_dates(seat.group.id)
    absences = work.groups.absences(seat.group.id, joined)
    run = work.plans.run(seat.group.id)
    plan = work.catalog.plans.get(run.plan) if run else None

    def frozen(day: date) -> bool:
        number = dates.get(day)
        posted = plan.day(number) if plan and number else None
        return posted is None or posted.kind == "rest" or away(absences, seat.member.id, day)

    still_open = [round.date for round in work.rounds.open_daily(seat.group.id)]
    start = max([today, *active])
    return streak(active, start, joined, frozen, min([today, *still_open]))
