"""A question fit for this member now, alone or in a thread, with a clock, and what is remembered of it."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from bot.catalog import TOPICS, Catalog, Question
from bot.core.errors import Refused
from bot.core.events import Command, Due, Press, Reply, Show
from bot.core.ports import Work
from bot.core.ui import ActionId
from bot.group.rules import Seat, Seats, direct, seated
from bot.interview.rules import OWN, Interview, ahead, near_stage, own_number
from bot.mock import cards
from bot.mock.rules import Memory, Recall, Shelf, Wish, glimpsed, pick, remember
from bot.rounds.rules import Answer, Round, RoundKind, best_level

STAYS_OPEN = timedelta(hours=24)  # for an answer after the clock ran out
THREAD_TIMES = 4  # in a thread people think and talk: as much of the question's minutes


class Rounds(Protocol):
    def open(
        self, group: int, kind: RoundKind, question: str, closes: datetime, nominal: date, *,
        day: int = 0, member: int | None = None, key: str = "",
    ) -> Round: ...  # fmt: skip
    def round(self, id: int) -> Round | None: ...
    def daily_questions(self, group: int) -> list[tuple[str, bool]]: ...
    def close(self, id: int) -> bool: ...
    def answer_of(self, round: int, member: int) -> Answer | None: ...
    def mark(self, answer: int, **values: int | bool) -> None: ...


class Recalls(Protocol):
    def memory(self, member: int) -> Memory: ...
    def keep(self, member: int, one: Recall) -> None: ...


class Bank(Protocol):
    def question(self, id: str) -> Question | None: ...
    def own(self, group: int) -> list[tuple[Question, int]]: ...


class Interviews(Protocol):
    def of(self, member: int, since: datetime) -> list[Interview]: ...


class MockWork(Work, Protocol):
    @property
    def catalog(self) -> Catalog: ...
    @property
    def groups(self) -> Seats: ...
    @property
    def rounds(self) -> Rounds: ...
    @property
    def recall(self) -> Recalls: ...
    @property
    def bank(self) -> Bank: ...
    @property
    def interviews(self) -> Interviews: ...


def ask(event: Command | Press, work: MockWork) -> Reply:
    """The question that serves this member now, within what they asked for."""
    seat = seated(*work.groups.at(event.where, event.who))
    options = event.options if isinstance(event, Command) else {}
    memory = work.recall.memory(seat.member.id)
    daily = work.rounds.daily_questions(seat.group.id)
    asked = {question for question, _ in daily}
    open_now = {question for question, closed in daily if not closed}
    named = work.catalog.questions.get(options.get("question", ""))
    if named is not None:
        if named.id in open_now:
            raise Refused(
                "That is your group's question of the day: answer it there. It can be practised once answers close."
            )
        known = memory.get(named.family)
        return _put(event, seat, named, known, _why(named, known, work, asked, ""), work)
    wish = Wish(options.get("topic", ""), options.get("level", ""), options.get("kind", ""), options.get("stage", ""))
    near = near_stage(_interview(seat.member.id, work), work.now)
    question = _fitting(wish, near, seat, memory, asked, open_now, work)
    leans = near if not wish.stage and near in question.stages else ""
    known = memory.get(question.family)
    return _put(event, seat, question, known, _why(question, known, work, asked, leans), work)


def _fitting(
    wish: Wish, near: str, seat: Seat, memory: Mapping[str, Recall], asked: set[str], hidden: set[str], work: MockWork
) -> Question:
    """The question that fits best, of a stage that is `near` where nothing was said of one; Refused where none fits."""
    # What somebody passed on is new to all but them.
    own = [question for question, whose in work.bank.own(seat.group.id) if whose != seat.member.id]
    lean = Wish(wish.topic, wish.level, wish.kind, near) if near and not wish.stage else None
    question = pick(
        _shelf(work.catalog, wish).with_own(own, wish), memory, work.now, asked, hidden=hidden,
        taste=str(seat.member.id), lean=_shelf(work.catalog, lean).with_own(own, lean) if lean else None,
    )  # fmt: skip
    if question is None:
        raise Refused(_none_fits(wish, work.catalog))
    return question


def own(event: Press, work: MockWork) -> Reply:
    """A question that somebody of the group was asked in an interview, and passed on."""
    seat = seated(*work.groups.at(event.where, event.who))
    id = f"{OWN}{event.action.number}"
    question = next((one for one, _ in work.bank.own(seat.group.id) if one.id == id), None)
    if question is None:
        raise Refused("That question is not among your group's own any more. /mock gives you another one.")
    known = work.recall.memory(seat.member.id).get(question.family)
    return _put(event, seat, question, known, _why(question, known, work, (), ""), work)


def _put(
    event: Command | Press, seat: Seat, question: Question, known: Recall | None, why: str, work: MockWork
) -> Reply:
    """Ask a question of one member, alone or in a thread."""
    work.recall.keep(seat.member.id, glimpsed(known, question, work.now))
    if isinstance(event, Command) and event.options.get("where") == "thread":
        return _in_thread(event, seat, question, work)
    closes, today = work.now + STAYS_OPEN, seat.today(work.now)
    round = work.rounds.open(seat.group.id, "mock", question.id, closes, today, member=seat.member.id)
    until = work.now + timedelta(minutes=question.minutes)
    work.timers.set(ActionId("mock.time_up", str(round.id)), until)
    stages = tuple(work.catalog.stages[stage] for stage in question.stages)
    return Show(cards.asked(round, question, until, why, stages))


def _interview(member: int, work: MockWork) -> Interview | None:
    return ahead(work.interviews.of(member, work.now), work.now)


@lru_cache(maxsize=256)
def _shelf(catalog: Catalog, wish: Wish) -> Shelf:
    return Shelf.of(catalog.questions.values(), wish)


def _why(question: Question, known: Recall | None, work: MockWork, asked: Collection[str], leans: str) -> str:
    """Why this one: what the member remembers of it, and the interview that it leans to."""
    near = f" Your {work.catalog.stages[leans].name} interview is near." if leans in work.catalog.stages else ""
    if known is None and own_number(question.id) is not None:
        return f"One of you was asked this in a real interview.{near}"
    if known is None:
        return ("Your group had this one; you did not answer it." if question.id in asked else "New to you.") + near
    if known.due is not None and known.due <= work.now:
        return (
            "This idea is back because you missed it before." if known.level < 3 else "Time to refresh this idea."
        ) + near
    return f"You have seen this idea; once more keeps it.{near}"


def _none_fits(wish: Wish, catalog: Catalog) -> str:
    """Which single word stands in the way, so that the person knows what to leave out."""
    words = {"topic": wish.topic, "level": wish.level, "kind": wish.kind, "stage": wish.stage}
    for name, word in words.items():
        less = Wish(**(words | {name: ""}))
        count = sum(less.fits(question) for question in catalog.questions.values())
        if word and count:
            return f"No question is all of that. Without **{word}** there {'are' if count > 1 else 'is'} {count}."
    return f"No question fits. Try just a topic, such as /mock {next(iter(TOPICS))}."


def _in_thread(event: Command | Press, seat: Seat, question: Question, work: MockWork) -> Reply:
    key = f"mock:{event.id}"[:200]
    closes = work.now + timedelta(minutes=question.minutes * THREAD_TIMES)
    round = work.rounds.open(seat.group.id, "mock", question.id, closes, seat.today(work.now), member=seat.member.id,
                             key=key)  # fmt: skip
    work.timers.set(ActionId("rounds.close", str(round.id)), closes)
    card = cards.shared(round, question, seat.member.user)
    then = ActionId("rounds.opened", str(round.id))
    work.outbox.add(seat.group.place, card, key=key, group=seat.group.id, thread=f"Mock: {question.title}", then=then)
    return Show(cards.posted_in_channel(question))


def _own(event: Press, id: int, work: MockWork) -> tuple[Round, Question, Seat]:
    round = work.rounds.round(id)
    question = work.bank.question(round.question) if round else None
    if round is None or question is None or round.kind != "mock":
        raise Refused("That question is not here any more. /mock gives you another one.")
    seat = seated(*work.groups.of(round.group, event.where, event.who))
    if round.member != seat.member.id:
        raise Refused("Only the one who asked for this question can do that. /mock gives you one of your own.")
    return round, question, seat


def give_up(event: Press, work: MockWork) -> Reply:
    """See the strong answer without one's own: the idea comes back soon."""
    round, question, seat = _own(event, event.action.number, work)
    if round.shared:
        raise Refused("This one belongs to the thread. Close and compare ends it for all.")
    known = work.rounds.answer_of(round.id, seat.member.id)
    if known is not None and known.given:
        raise Refused("You have answered already. Open the strong answer and say how you did.")
    if work.rounds.close(round.id):
        work.timers.cancel(ActionId("mock.time_up", str(round.id)))
        _learn(seat.member.id, question, 1, work)
    return Show(cards.gave_up(round, question))


def close(event: Press, work: MockWork) -> Reply:
    """End a question in the thread before its time, for all."""
    round, question, _ = _own(event, event.action.number, work)
    if round.shared and round.open_at(work.now):
        work.timers.set(ActionId("rounds.close", str(round.id)), work.now)
    return Show(cards.gave_up(round, question) if not round.shared else cards.closing(question))


def level(event: Press, work: MockWork) -> Reply:
    """The member says how their answer compares; hints have cost the levels above."""
    id, number = event.action.numbers(2)
    round, question, seat = _own(event, id, work)
    answer = work.rounds.answer_of(round.id, seat.member.id)
    if answer is None or not answer.given:
        raise Refused("Answer first; then compare with the strong answer.")
    best = best_level(answer.hints)
    if not 1 <= number <= best:
        raise Refused(f"With {answer.hints} hint{'s' if answer.hints != 1 else ''} the best level is {best}.")
    if answer.level:
        known = work.recall.memory(seat.member.id)[question.family]
        return Show(cards.levelled(question, answer.level, known.due or work.now))
    work.rounds.mark(answer.id, level=number)
    work.timers.cancel(ActionId("mock.time_up", str(round.id)))
    return Show(cards.levelled(question, number, _learn(seat.member.id, question, number, work)))


def _learn(member: int, question: Question, level: int, work: MockWork) -> datetime:
    """Remember how it went; when the idea comes back."""
    coming = _interview(member, work)
    before = work.recall.memory(member).get(question.family)
    learned = remember(before, question, level, work.now, coming.at if coming else None)
    work.recall.keep(member, learned)
    return learned.due or work.now


def time_up(event: Due, work: MockWork) -> None:
    """The clock ran out: a word to the member, if they have not answered."""
    round = work.rounds.round(event.action.number)
    if round is None or round.closed or round.member is None:
        return
    question = work.bank.question(round.question)
    member, group = work.groups.member(round.member), work.groups.group(round.group)
    answer = work.rounds.answer_of(round.id, round.member)
    if question is None or member is None or group is None or (answer is not None and answer.given):
        return
    place = direct(group, member)
    work.outbox.add(place, cards.time_is_up(round, question), key=f"time-up:{round.id}", group=group.id)
