"""A question fit for this member now, alone or in a thread, with a clock, and what is remembered of it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from bot.catalog import TOPICS, Catalog, Question
from bot.core.errors import Refused
from bot.core.events import Command, Due, Press, Reply, Show
from bot.core.ports import Work
from bot.core.ui import ActionId
from bot.group.rules import Seat, Seats, direct, seated
from bot.mock import cards
from bot.mock.rules import Recall, Shelf, Wish, glimpsed, pick, remember
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
    def memory(self, member: int) -> dict[str, Recall]: ...
    def keep(self, member: int, one: Recall) -> None: ...


class MockWork(Work, Protocol):
    @property
    def catalog(self) -> Catalog: ...
    @property
    def groups(self) -> Seats: ...
    @property
    def rounds(self) -> Rounds: ...
    @property
    def recall(self) -> Recalls: ...


def ask(event: Command | Press, work: MockWork) -> Reply:
    """The question that serves this member now, within what they asked for."""
    seat = seated(*work.groups.at(event.where, event.who))
    options = event.options if isinstance(event, Command) else {}
    memory = work.recall.memory(seat.member.id)
    daily = work.rounds.daily_questions(seat.group.id)
    asked = {question for question, _ in daily}
    question = _question(options, seat, memory, daily, work)
    why = _why(memory.get(question.family), work.now, question.id in asked)
    work.recall.keep(seat.member.id, glimpsed(memory.get(question.family), question, work.now))
    if options.get("where") == "thread":
        return _in_thread(event, seat, question, work)
    closes, today = work.now + STAYS_OPEN, seat.today(work.now)
    round = work.rounds.open(seat.group.id, "mock", question.id, closes, today, member=seat.member.id)
    until = work.now + timedelta(minutes=question.minutes)
    work.timers.set(ActionId("mock.time_up", str(round.id)), until)
    stages = tuple(work.catalog.stages[stage] for stage in question.stages)
    return Show(cards.asked(round, question, until, why, stages))


def _question(
    options: Mapping[str, str], seat: Seat, memory: dict[str, Recall], daily: list[tuple[str, bool]], work: MockWork
) -> Question:
    """The question that was named, else the one that fits best; Refused where there is none."""
    open_now = {question for question, closed in daily if not closed}
    named = work.catalog.questions.get(options.get("question", ""))
    if named is not None and named.id in open_now:
        raise Refused(
            "That is your group's question of the day: answer it there. It can be practised once answers close."
        )
    if named is not None:
        return named
    wish = Wish(options.get("topic", ""), options.get("level", ""), options.get("kind", ""), options.get("stage", ""))
    asked = {question for question, _ in daily}
    shelf = _shelf(work.catalog, wish)
    question = pick(shelf, memory, work.now, asked, hidden=open_now, taste=str(seat.member.id))
    if question is None:
        raise Refused(_none_fits(wish, work.catalog))
    return question


@lru_cache(maxsize=256)
def _shelf(catalog: Catalog, wish: Wish) -> Shelf:
    return Shelf.of(catalog.questions.values(), wish)


def _why(known: Recall | None, now: datetime, asked: bool) -> str:
    if known is None:
        return "Your group had this one; you did not answer it." if asked else "New to you."
    if known.due is not None and known.due <= now:
        return "This idea is back because you missed it before." if known.level < 3 else "Time to refresh this idea."
    return "You have seen this idea; once more keeps it."


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
    question = work.catalog.questions.get(round.question) if round else None
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
    learned = remember(work.recall.memory(member).get(question.family), question, level, work.now)
    work.recall.keep(member, learned)
    return learned.due or work.now


def time_up(event: Due, work: MockWork) -> None:
    """The clock ran out: a word to the member, if they have not answered."""
    round = work.rounds.round(event.action.number)
    if round is None or round.closed or round.member is None:
        return
    question = work.catalog.questions.get(round.question)
    member, group = work.groups.member(round.member), work.groups.group(round.group)
    answer = work.rounds.answer_of(round.id, round.member)
    if question is None or member is None or group is None or (answer is not None and answer.given):
        return
    place = direct(group, member)
    work.outbox.add(place, cards.time_is_up(round, question), key=f"time-up:{round.id}", group=group.id)
