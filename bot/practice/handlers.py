"""Practise reviewing on sample answers that were judged: read, give levels, compare."""

from typing import Protocol

from bot.catalog import TOPICS, Catalog
from bot.core.errors import Refused
from bot.core.events import Ask, Command, Fix, Press, Reply, Show, Submit
from bot.core.ports import Work
from bot.group.rules import Seat, Seats, seated
from bot.mock.rules import Memory
from bot.practice import cards
from bot.practice.rules import Practised, pick, tendency
from bot.review.rubric import levels_of


class Rounds(Protocol):
    def daily_questions(self, group: int) -> list[tuple[str, bool]]: ...


class Recalls(Protocol):
    def memory(self, member: int) -> Memory: ...


class Practice(Protocol):
    def of(self, member: int) -> list[Practised]: ...
    def keep(self, member: int, one: Practised) -> None: ...


class PracticeWork(Work, Protocol):
    @property
    def catalog(self) -> Catalog: ...
    @property
    def groups(self) -> Seats: ...
    @property
    def rounds(self) -> Rounds: ...
    @property
    def recall(self) -> Recalls: ...
    @property
    def practice(self) -> Practice: ...


def start(event: Command | Press, work: PracticeWork) -> Reply:
    """The sample answer that comes next for this member, of a topic if they named one."""
    seat = seated(*work.groups.at(event.where, event.who))
    topic = event.options.get("topic", "") if isinstance(event, Command) else ""
    hidden = _open_now(seat, work)
    pool = [
        calibration
        for id, calibration in work.catalog.calibrations.items()
        if id not in hidden and topic in ("", work.catalog.questions[id].topic)
    ]
    practised = work.practice.of(seat.member.id)
    seen = {recall.question for recall in work.recall.memory(seat.member.id).values()}
    chosen = pick(pool, practised, seen, taste=str(seat.member.id))
    if chosen is None:
        about = f" on {TOPICS[topic]}" if topic else ""
        raise Refused(
            f"There is no sample answer{about} to practise on just now. Try /review practice without a topic."
        )
    return Show(cards.answer(_exercise(*chosen, work), 1))


def read(event: Press, work: PracticeWork) -> Reply:
    """A page of the answer."""
    exercise, _, page = _asked(event, work)
    return Show(cards.answer(exercise, page))


def guide(event: Press, work: PracticeWork) -> Reply:
    """The rubric's anchors and the question's key points."""
    exercise, _, page = _asked(event, work)
    return Show(cards.guide(exercise, work.catalog.rubric(exercise.question.kind), page))


def ask_levels(event: Press, work: PracticeWork) -> Reply:
    """Open the form."""
    exercise, _, _ = _asked(event, work)
    return Ask(cards.levels_form(exercise, work.catalog.rubric(exercise.question.kind)))


def compare(event: Submit, work: PracticeWork) -> Reply:
    """The member's levels beside the judged ones; kept, so that what they tend to shows."""
    exercise, seat, _ = _asked(event, work)
    criteria = work.catalog.rubric(exercise.question.kind)
    form = cards.levels_form(exercise, criteria)
    faults = form.faults(event.values)
    if faults:
        return Fix(form, faults, event.values)
    levels = levels_of(criteria, event.values)
    work.practice.keep(seat.member.id, Practised(exercise.question.id, exercise.number, levels))
    leaning = tendency(work.catalog.calibrations, work.practice.of(seat.member.id))
    first, *more = cards.compared(exercise, criteria, levels, leaning, work.catalog)
    return Show(first, tuple(more))


def _asked(event: Press | Submit, work: PracticeWork) -> tuple[cards.Exercise, Seat, int]:
    """The exercise that an action names as ``id/number`` or ``id/number/page``, with the page (1 without one).

    Raises Refused for what is none, and while the group answers that very question: its sample answers would tell.
    """
    seat = seated(*work.groups.at(event.where, event.who))
    id, _, rest = event.action.arg.partition("/")
    number, _, page = rest.partition("/")
    calibration = work.catalog.calibrations.get(id)
    numbers = (number, page or "1")
    if calibration is None or not all(one.isascii() and one.isdecimal() and len(one) < 4 for one in numbers):
        raise Refused("That sample answer is not here any more. /review practice gives you another one.")
    if not 1 <= int(number) <= len(calibration.samples):
        raise Refused("That sample answer is not here any more. /review practice gives you another one.")
    if id in _open_now(seat, work):
        raise Refused("Your group is answering this question just now. /review practice gives you another one.")
    return _exercise(id, int(number), work), seat, int(page or 1)


def _open_now(seat: Seat, work: PracticeWork) -> set[str]:
    return {question for question, closed in work.rounds.daily_questions(seat.group.id) if not closed}


def _exercise(id: str, number: int, work: PracticeWork) -> cards.Exercise:
    return cards.Exercise(work.catalog.questions[id], number, work.catalog.calibrations[id].samples[number - 1])
