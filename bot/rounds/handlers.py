"""Collect answers, give hints and follow-ups, close a round and lay its answers open."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from bot.catalog import TOP_LEVEL, Catalog, Question
from bot.core.errors import Refused
from bot.core.events import Ask, Deleted, Due, Edited, Fix, Landed, Place, Posted, Press, Quiet, Reply, Show, Submit
from bot.core.markup import blank, moment, slices
from bot.core.pages import PAGE
from bot.core.ports import Work
from bot.core.ui import ActionId, Button, Card, Row, one
from bot.group.rules import Group, Seat, Seats, seated
from bot.mock.rules import Memory, Recall, glimpsed
from bot.rounds import cards
from bot.rounds.rules import (
    ANSWER_MOST,
    DESIGN_STEPS,
    FORM,
    Answer,
    Part,
    Round,
    best_level,
    compose,
    design_source,
    letters,
    see_strong_answer,
    shown_name,
)


class Rounds(Protocol):
    def round(self, id: int) -> Round | None: ...
    def in_thread(self, where: Place) -> Round | None: ...
    def landed(self, id: int, thread: str) -> None: ...
    def close(self, id: int) -> bool: ...
    def answer_of(self, round: int, member: int) -> Answer | None: ...
    def answers(self, round: int) -> list[Answer]: ...
    def answer_ids(self, round: int) -> list[int]: ...
    def holding(self, round: int, source: str) -> Answer | None: ...
    def begun(self, round: int, member: int) -> Answer: ...
    def write(self, answer: Answer, source: str, text: str) -> Answer: ...
    def strike(self, answer: Answer, source: str) -> Answer: ...
    def mark(self, answer: int, **values: int | bool) -> None: ...


class Recalls(Protocol):
    def memory(self, member: int) -> Memory: ...
    def keep(self, member: int, one: Recall) -> None: ...


class Dealt(Protocol):
    def withdraw(self, answer: int) -> list[int]: ...


class Bank(Protocol):
    def question(self, id: str) -> Question | None: ...


class RoundsWork(Work, Protocol):
    @property
    def catalog(self) -> Catalog: ...
    @property
    def groups(self) -> Seats: ...
    @property
    def rounds(self) -> Rounds: ...
    @property
    def recall(self) -> Recalls: ...
    @property
    def reviews(self) -> Dealt: ...
    @property
    def bank(self) -> Bank: ...


def _found(id: int, event: Press | Submit, work: RoundsWork) -> tuple[Round, Question, Seat]:
    """The round, its question and the person's seat in its group; Refused where any is missing."""
    round = work.rounds.round(id)
    question = work.bank.question(round.question) if round else None
    if round is None or question is None:
        raise Refused("That question is not here any more. /mock gives you another one.")
    seat = seated(*work.groups.of(round.group, event.where, event.who))
    if not round.shared and round.member != seat.member.id:
        raise Refused("That question was asked to somebody else. /mock gives you one of your own.")
    return round, question, seat


def _still_open(round: Round, now: datetime) -> None:
    if not round.open_at(now):
        raise Refused(f"Answers to this question closed {moment(round.closes)}. You can read the strong answer, and "
                      "/mock gives you another question.")  # fmt: skip


def _by_typing(round: Round) -> None:
    if round.kind == "pair":
        raise Refused("In a pair you answer out loud, and your partner has the hints. /mock pair shows where you are.")


def ask_answer(event: Press, work: RoundsWork) -> Reply:
    """Open the Answer form; for a system design, its first three parts."""
    round, question, seat = _found(event.action.number, event, work)
    _by_typing(round)
    _still_open(round, work.now)
    known = work.rounds.answer_of(round.id, seat.member.id)
    if question.kind == "design":
        return Ask(cards.parts_form(round, question, known, 1))
    return Ask(cards.answer_form(round, question, known))


def ask_part(event: Press, work: RoundsWork) -> Reply:
    """Open three parts of a design."""
    round, question, seat, step = _step(event, work)
    return Ask(cards.parts_form(round, question, work.rounds.answer_of(round.id, seat.member.id), step))


def _step(event: Press | Submit, work: RoundsWork) -> tuple[Round, Question, Seat, int]:
    id, step = event.action.numbers(2)
    round, question, seat = _found(id, event, work)
    _by_typing(round)
    _still_open(round, work.now)
    if question.kind != "design" or not 1 <= step <= len(DESIGN_STEPS):
        raise Refused("This question is not answered in parts. The Answer button under it opens its form.")
    return round, question, seat, step


def answer_part(event: Submit, work: RoundsWork) -> Reply:
    """Keep three parts of a design, each by itself; what is left empty is no part."""
    round, question, seat, step = _step(event, work)
    known = work.rounds.answer_of(round.id, seat.member.id)
    form = cards.parts_form(round, question, known, step)
    texts = {part: one(event.values.get(part)) for part in DESIGN_STEPS[step - 1]}
    faults = form.faults(event.values) or _design_fault(known, texts)
    if faults:
        return Fix(form, faults, event.values)
    kept = known or work.rounds.begun(round.id, seat.member.id)
    for part, text in texts.items():
        if not blank(text):
            kept = work.rounds.write(kept, design_source(part), text)
        elif any(one.design == part for one in kept.parts):
            kept = work.rounds.strike(kept, design_source(part))
    if kept.given:
        _active(round, seat, known, work)
    if round.kind == "mock":
        work.timers.cancel(ActionId("mock.time_up", str(round.id)))
    return Show((cards.half_kept if step == 1 else cards.kept)(round, question, kept))


def _design_fault(answer: Answer | None, texts: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with some of a design's parts: nothing in any of them, or too much with the rest."""
    first = next(iter(texts))
    sources = {design_source(part) for part in texts}
    others = [part for part in answer.parts if part.source not in sources] if answer else []
    whole = compose([*others, *(Part(design_source(part), text) for part, text in texts.items())])
    if all(blank(text) for text in texts.values()) and not any(one.design for one in others):
        return {first: "Write at least one of the three; a few words on each are better than one in full."}
    if len(whole) > ANSWER_MOST:
        longest = max(texts, key=lambda part: len(texts[part]))
        return {longest: f"With all that you wrote that makes {len(whole):,} characters; {ANSWER_MOST:,} fit. Shorten it by "
                         f"{len(whole) - ANSWER_MOST:,}."}  # fmt: skip
    return {}


def answer(event: Submit, work: RoundsWork) -> Reply:
    """Keep what came by the form, unseen until the round closes."""
    round, question, seat = _found(event.action.number, event, work)
    _by_typing(round)
    _still_open(round, work.now)
    known = work.rounds.answer_of(round.id, seat.member.id)
    form = cards.answer_form(round, question, known)
    text = one(event.values.get("text"))
    faults = form.faults(event.values) or _length_fault(known, FORM, text)
    if faults:
        return Fix(form, faults, event.values)
    kept = work.rounds.write(known or work.rounds.begun(round.id, seat.member.id), FORM, text)
    _active(round, seat, known, work)
    if round.kind == "mock":
        work.timers.cancel(ActionId("mock.time_up", str(round.id)))
    return Show(cards.kept(round, question, kept))


def _length_fault(answer: Answer | None, source: str, text: str) -> dict[str, str]:
    length = _length(answer, source, text)
    if length <= ANSWER_MOST:
        return {}
    return {"text": f"With what you wrote in the thread that makes {length:,} characters; {ANSWER_MOST:,} fit. Shorten it "
                    f"by {length - ANSWER_MOST:,}."}  # fmt: skip


def _length(answer: Answer | None, source: str, text: str) -> int:
    others = [part for part in answer.parts if part.source != source] if answer else []
    return len(compose([*others, Part(source, text)]))


def _active(round: Round, seat: Seat, before: Answer | None, work: RoundsWork) -> None:
    """An answer counts for the round's own date, however late in the evening it came. What a member has answered is
    not asked of them again as if it were new."""
    work.groups.did(seat.member.id, round.date if round.kind == "daily" else seat.today(work.now))
    question = work.bank.question(round.question)
    if question is not None and (before is None or not before.given):
        known = work.recall.memory(seat.member.id).get(question.family)
        work.recall.keep(seat.member.id, glimpsed(known, question, work.now))


def posted(event: Posted | Edited, work: RoundsWork) -> Reply:
    """A message in a round's thread is a part of its author's answer; an edit follows."""
    round = work.rounds.in_thread(event.where)
    if round is None:
        return Quiet()
    group, member = work.groups.of(round.group, event.where, event.who)
    if group is None or member is None or not member.active:
        return _once(f"stranger:{round.id}:{event.who.id}", cards.strangers(), work)
    seat = Seat(group, member)
    known = work.rounds.answer_of(round.id, seat.member.id)
    if isinstance(event, Edited) and blank(event.text):
        return deleted(Deleted(event.id, event.who, event.where, event.message), work)
    if blank(event.text):
        return Quiet()
    if not round.open_at(work.now):
        return _after_close(round, known, event, work)
    length = _length(known, event.message, event.text)
    if length > ANSWER_MOST:
        return Show(cards.too_long(length, ANSWER_MOST, edited=isinstance(event, Edited)))
    work.rounds.write(known or work.rounds.begun(round.id, seat.member.id), event.message, event.text)
    _active(round, seat, known, work)
    return _once(f"counted:{round.id}:{seat.member.id}", cards.counted(round, _title(round, work)), work)


def _title(round: Round, work: RoundsWork) -> str:
    """The title of a round's question; its id where the content has it no more."""
    question = work.bank.question(round.question)
    return question.title if question else round.question


def just_talk(event: Press, work: RoundsWork) -> Reply:
    """What a member wrote in the thread so far was no answer: it stays there and counts no more."""
    round, question, seat = _found(event.action.number, event, work)
    _still_open(round, work.now)
    known = work.rounds.answer_of(round.id, seat.member.id)
    said = [part.source for part in known.parts if not part.hidden] if known else []
    if known is None or not said:
        raise Refused("Nothing that you wrote in the thread counts as an answer.")
    for source in said:
        work.rounds.strike(known, source)
    return Show(cards.uncounted(round, question))


def _after_close(round: Round, known: Answer | None, event: Posted | Edited, work: RoundsWork) -> Reply:
    """Talk goes on in the thread. Only who may think that it counts is told, and once."""
    answered = known is not None and known.given
    if isinstance(event, Posted) and answered:
        return Quiet()
    return _once(f"late:{round.id}:{event.who.id}:{answered}", cards.too_late(round), work)


def _once(what: str, card: Card, work: RoundsWork) -> Reply:
    """The card the first time, then nothing: the thread is for talking."""
    return Show(card) if work.receipts.first(what) else Quiet()


def deleted(event: Deleted, work: RoundsWork) -> Reply:
    """A part of an answer was taken away, by its author or by whoever may: it goes here too, and what is left empty is
    reviewed by nobody. The platform has settled who may delete."""
    round = work.rounds.in_thread(event.where)
    known = work.rounds.holding(round.id, event.message) if round else None
    if known is not None and not work.rounds.strike(known, event.message).given:
        work.reviews.withdraw(known.id)
    return Quiet()


def hint(event: Press, work: RoundsWork) -> Reply:
    """The hints taken so far; the first one where none was taken."""
    round, question, seat = _found(event.action.number, event, work)
    _by_typing(round)
    answer = work.rounds.answer_of(round.id, seat.member.id)
    return _hint(round, question, seat, max(answer.hints if answer else 0, 1), work)


def next_hint(event: Press, work: RoundsWork) -> Reply:
    """One hint more. The button names its number, so that pressing it twice costs once."""
    id, number = event.action.numbers(2)
    round, question, seat = _found(id, event, work)
    _by_typing(round)
    if not 1 <= number <= len(question.hints):
        raise Refused(f"This question has {len(question.hints)} hints. The button under the question shows them.")
    return _hint(round, question, seat, number, work)


def _hint(round: Round, question: Question, seat: Seat, number: int, work: RoundsWork) -> Reply:
    known = work.rounds.answer_of(round.id, seat.member.id)
    free = see_strong_answer(round, known, work.now)
    if not free:
        known = known or work.rounds.begun(round.id, seat.member.id)
        number = min(number, known.hints + 1)
        if number > known.hints:
            work.rounds.mark(known.id, hints=number)
    return Show(cards.hint(round, question, number, free))


def strong(event: Press, work: RoundsWork) -> Reply:
    """The strong answer: to those who answered, and to all once the round is over."""
    id, page = event.action.numbers(2)
    round, question, seat = _found(id, event, work)
    known = work.rounds.answer_of(round.id, seat.member.id)
    if not see_strong_answer(round, known, work.now):
        raise Refused(f"The strong answer is yours once you have answered, or when answers close {moment(round.closes)}. "
                      "A hint may help you on.")  # fmt: skip
    if known is not None and round.open_at(work.now) and not known.revealed:
        work.rounds.mark(known.id, revealed=True)
    nearby = [work.catalog.questions[id] for id in question.see]
    return Show(cards.strong(round, question, page, _levels(round, known), nearby))


def _levels(round: Round, answer: Answer | None) -> tuple[Row, ...]:
    """Alone, the member says how it went; hints have cost the levels above."""
    if not round.alone or answer is None or not answer.given:
        return ()
    if round.kind == "loop":
        return ((Button("Give my levels", ActionId("loop.levels", str(round.id)), "primary"),),)
    names = ("1 Not yet", "2 Shaky", "3 Solid", "4 Strong")
    return (
        tuple(
            Button(names[level - 1], ActionId("mock.level", f"{round.id}/{level}"))
            for level in range(1, min(best_level(answer.hints), TOP_LEVEL) + 1)
        ),
    )


def follow(event: Press, work: RoundsWork) -> Reply:
    """A follow-up question, as an interviewer would ask it after the answer."""
    round, question, seat, number = _follow_up(event, work)
    known = work.rounds.answer_of(round.id, seat.member.id)
    if known is not None and number > known.follow_ups:
        work.rounds.mark(known.id, follow_ups=number)
    return Show(cards.follow_up(round, question, number, round.open_at(work.now)))


def ask_follow_up(event: Press, work: RoundsWork) -> Reply:
    """Open the form for a follow-up's answer."""
    round, question, seat, number = _follow_up(event, work)
    _still_open(round, work.now)
    known = work.rounds.answer_of(round.id, seat.member.id)
    written = next((one.text for one in known.parts if one.source == _source(number)), "") if known else ""
    return Ask(cards.follow_up_form(round, question, number, _without_question(written)))


def answer_follow_up(event: Submit, work: RoundsWork) -> Reply:
    """Keep the answer to a follow-up as a part of the whole answer."""
    round, question, seat, number = _follow_up(event, work)
    _still_open(round, work.now)
    known = work.rounds.answer_of(round.id, seat.member.id)
    form = cards.follow_up_form(round, question, number, "")
    text = f"Follow-up: {question.follow_ups[number - 1]}\n{one(event.values.get('text'))}"
    faults = form.faults(event.values) or _length_fault(known, _source(number), text)
    if faults or known is None:
        return Fix(form, faults, event.values)
    kept = work.rounds.write(known, _source(number), text)
    return Show(cards.kept(round, question, kept))


def _follow_up(event: Press | Submit, work: RoundsWork) -> tuple[Round, Question, Seat, int]:
    id, number = event.action.numbers(2)
    round, question, seat = _found(id, event, work)
    if not 1 <= number <= len(question.follow_ups):
        raise Refused(f"This question has {len(question.follow_ups)} follow-ups. /mock gives you another question.")
    if not see_strong_answer(round, work.rounds.answer_of(round.id, seat.member.id), work.now):
        raise Refused("A follow-up comes after your answer. Press Answer first.")
    return round, question, seat, number


def _source(number: int) -> str:
    return f"follow-up:{number}"


def _without_question(text: str) -> str:
    return text.partition("\n")[2]


def opened(event: Landed, work: RoundsWork) -> None:
    """The round's post landed: its thread is known."""
    work.rounds.landed(event.action.number, event.receipt.thread)


def close(event: Due, work: RoundsWork) -> None:
    """Answers close: the thread gets what came by the form, and a daily round's answers go on to be dealt."""
    round = work.rounds.round(event.action.number)
    question = work.bank.question(round.question) if round else None
    group = work.groups.group(round.group) if round else None
    if round is None or question is None or group is None or not work.rounds.close(round.id):
        return
    answers = work.rounds.answers(round.id)
    if not work.outbox.lost(round.key):
        _lay_open(round, question, group, answers, work)
    if answers and round.kind == "daily":
        work.timers.set(ActionId("review.deal", str(round.id)), work.now)


def _lay_open(round: Round, question: Question, group: Group, answers: list[Answer], work: RoundsWork) -> None:
    """All answers stand in the thread from now on, and the last word below them."""
    names = letters(round.id, work.rounds.answer_ids(round.id))
    for answer in sorted(answers, key=lambda one: names[one.id]):
        member = work.groups.member(answer.member)
        name = shown_name(answer, member.name if member else "?", names[answer.id], group.settings.answer_names)
        _lay(round, group.place, name, answer, work)
    card = cards.closed(round, question, len(answers), round.kind == "daily")
    work.outbox.add(group.place, card, key=f"closed:{round.id}", group=group.id, under=round.key)


def _lay(round: Round, place: Place, name: str, answer: Answer, work: RoundsWork) -> None:
    """What of an answer nobody has seen yet goes into the thread, in as many messages as it needs."""
    text = compose(part for part in answer.parts if part.hidden)
    pages = [page for page in slices(text, PAGE) if not blank(page)]
    for number, page in enumerate(pages, start=1):
        card = cards.laid(name, number, len(pages), page)
        work.outbox.add(place, card, key=f"laid:{answer.id}:{number}", group=round.group, under=round.key)
