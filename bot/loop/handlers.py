"""Walk a member through a whole onsite, round by round, and read it as a committee would."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.catalog import Catalog, Question, Stage
from bot.core.errors import Refused
from bot.core.events import Ask, Command, Due, Fix, Press, Reply, Show, Submit
from bot.core.ports import Work
from bot.core.ui import ActionId, many, one
from bot.group.rules import Seat, Seats, away, direct, instant, seated
from bot.loop import cards
from bot.loop.rules import STAGES, STAYS_OPEN, WAITS, Loop, Pace, Part, State, capped, current
from bot.loop.rules import packet as read_packet
from bot.mock.rules import Memory, Recall, Shelf, Wish, glimpsed, pick, remember
from bot.review.rubric import levels_of
from bot.rounds.rules import Answer, Round, RoundKind, best_level


class Rounds(Protocol):
    def open(
        self, group: int, kind: RoundKind, question: str, closes: datetime, nominal: date, *,
        day: int = 0, member: int | None = None, key: str = "",
    ) -> Round: ...  # fmt: skip
    def round(self, id: int) -> Round | None: ...
    def daily_questions(self, group: int) -> list[tuple[str, bool]]: ...
    def close(self, id: int) -> bool: ...
    def answer_of(self, round: int, member: int) -> Answer | None: ...


class Recalls(Protocol):
    def memory(self, member: int) -> Memory: ...
    def keep(self, member: int, one: Recall) -> None: ...


class Loops(Protocol):
    def start(self, group: int, member: int, pace: Pace, stages: list[str]) -> Loop: ...
    def loop(self, id: int) -> Loop | None: ...
    def active_of(self, member: int) -> Loop | None: ...
    def last_done(self, member: int) -> Loop | None: ...
    def turn(self, id: int, before: State, after: State) -> bool: ...
    def parts(self, loop: int) -> list[Part]: ...
    def part_of(self, round: int) -> Part | None: ...
    def keep(self, part: Part) -> None: ...


class LoopWork(Work, Protocol):
    @property
    def catalog(self) -> Catalog: ...
    @property
    def groups(self) -> Seats: ...
    @property
    def rounds(self) -> Rounds: ...
    @property
    def recall(self) -> Recalls: ...
    @property
    def loops(self) -> Loops: ...


def _stages(catalog: Catalog) -> list[Stage]:
    """The stages of an onsite that the content has."""
    return [catalog.stages[id] for id in STAGES if id in catalog.stages]


def open_loop(event: Command | Press, work: LoopWork) -> Reply:
    """The onsite that I am in, or the way into one."""
    seat = seated(*work.groups.at(event.where, event.who))
    loop = work.loops.active_of(seat.member.id)
    if loop is None:
        return Show(cards.way_in(_stages(work.catalog), work.loops.last_done(seat.member.id)))
    return Show(cards.standing(loop, work.loops.parts(loop.id), work.catalog))


def start(event: Press, work: LoopWork) -> Reply:
    """Begin an onsite, in one sitting or a round a day; one at a time."""
    seat = seated(*work.groups.at(event.where, event.who))
    known = work.loops.active_of(seat.member.id)
    if known is not None:
        opening = "You are in an onsite already: one at a time. Give it up to begin a new one."
        return Show(cards.standing(known, work.loops.parts(known.id), work.catalog, opening))
    pace: Pace = "days" if event.action.arg == "days" else "sitting"
    loop = work.loops.start(seat.group.id, seat.member.id, pace, [stage.id for stage in _stages(work.catalog)])
    return Show(cards.standing(loop, work.loops.parts(loop.id), work.catalog))


def _own(id: int, event: Press | Submit, work: LoopWork) -> tuple[Loop, Seat]:
    """A loop of this person; Refused where it is somebody else's or gone."""
    loop = work.loops.loop(id)
    if loop is None:
        raise Refused("That onsite is not here any more. /mock loop begins one.")
    seat = seated(*work.groups.of(loop.group, event.where, event.who))
    if loop.member != seat.member.id:
        raise Refused("That onsite is somebody else's. /mock loop begins one of your own.")
    return loop, seat


def _next_part(event: Press, work: LoopWork) -> tuple[Loop, Part, Seat]:
    """The part that a button names, where it is the one to come; Refused otherwise."""
    id, number = event.action.numbers(2)
    loop, seat = _own(id, event, work)
    part = current(work.loops.parts(loop.id))
    if loop.state != "active" or part is None:
        raise Refused("This onsite is through. /mock loop begins a new one.")
    if part.number != number:
        raise Refused(f"Round {part.number} is the one to come. /mock loop shows it.")
    return loop, part, seat


def begin(event: Press, work: LoopWork) -> Reply:
    """The next round: its question and its clock. One that was begun goes on, as long as its question is open."""
    _, part, seat = _next_part(event, work)
    round = work.rounds.round(part.round) if part.round is not None else None
    question = work.catalog.questions.get(round.question) if round else None
    if round is not None and question is not None:
        known = work.rounds.answer_of(round.id, seat.member.id)
        if known is not None and known.given:
            return Show(cards.answered(part, round, question, work.catalog))
        if round.open_at(work.now):
            until = round.opened + timedelta(minutes=question.minutes)
            return Show(cards.asked(part, round, question, until, work.catalog, fresh=False))
    return _ask(part, seat, work, fresh=round is not None)


def _ask(part: Part, seat: Seat, work: LoopWork, *, fresh: bool) -> Reply:
    """A question of the part's stage that serves this member now."""
    member = seat.member.id
    memory = work.recall.memory(member)
    hidden = {question for question, closed in work.rounds.daily_questions(seat.group.id) if not closed}
    question = pick(_shelf(work.catalog, part.stage), memory, work.now, hidden=hidden, taste=str(member))
    if question is None:
        raise Refused("There is no question for this round that your group is not answering just now. Skip it, or come "
                      "back when answers have closed.")  # fmt: skip
    work.recall.keep(member, glimpsed(memory.get(question.family), question, work.now))
    closes = work.now + STAYS_OPEN
    round = work.rounds.open(seat.group.id, "loop", question.id, closes, seat.today(work.now), member=member)
    begun = replace(part, state="open", round=round.id, late=False)
    work.loops.keep(begun)
    until = work.now + timedelta(minutes=question.minutes)
    work.timers.set(ActionId("loop.time_up", str(round.id)), until)
    work.timers.set(ActionId("loop.next", str(part.loop)), work.now + WAITS)
    return Show(cards.asked(begun, round, question, until, work.catalog, fresh))


@lru_cache(maxsize=64)
def _shelf(catalog: Catalog, stage: str) -> Shelf:
    return Shelf.of(catalog.questions.values(), Wish(stage=stage))


def skip(event: Press, work: LoopWork) -> Reply:
    """Leave a round out; the committee's card says so."""
    loop, part, seat = _next_part(event, work)
    if part.round is not None:
        work.rounds.close(part.round)
    work.loops.keep(replace(part, state="skipped"))
    return _go_on(loop, seat, work, f"Round {part.number} is skipped.")


def drop(event: Press, work: LoopWork) -> Reply:
    """Give the onsite up; what was answered stays."""
    loop, _ = _own(event.action.number, event, work)
    work.loops.turn(loop.id, "active", "dropped")
    work.timers.cancel(ActionId("loop.next", str(loop.id)))
    return Show(cards.dropped())


def _go_on(loop: Loop, seat: Seat, work: LoopWork, opening: str) -> Reply:
    """What comes after a round: the next one, or the committee's card."""
    parts = work.loops.parts(loop.id)
    if current(parts) is None:
        work.loops.turn(loop.id, "active", "done")
        work.timers.cancel(ActionId("loop.next", str(loop.id)))
        return _committee(loop, parts, 1, work)
    work.timers.set(ActionId("loop.next", str(loop.id)), _remind_at(loop, seat, work.now))
    return Show(cards.standing(loop, parts, work.catalog, opening))


def _remind_at(loop: Loop, seat: Seat, now: datetime) -> datetime:
    """A round a day comes at the same local hour the next day; in one sitting, whoever stops is reminded later."""
    if loop.pace == "sitting":
        return now + WAITS
    hour = now.astimezone(ZoneInfo(seat.member.zone)).time().replace(second=0, microsecond=0)
    return instant(seat.today(now) + timedelta(days=1), hour, seat.member.zone)


def remind(event: Due, work: LoopWork) -> None:
    """The next round waits: said once a round, and not to somebody who is away or while the group is paused."""
    loop = work.loops.loop(event.action.number)
    member = work.groups.member(loop.member) if loop else None
    group = work.groups.group(loop.group) if loop else None
    if loop is None or member is None or group is None or loop.state != "active" or not member.active:
        return
    seat = Seat(group, member)
    parts = work.loops.parts(loop.id)
    part = current(parts)
    today = seat.today(work.now)
    if part is None:
        return
    if group.state == "paused" or away(work.groups.absences(group.id, today), member.id, today):
        work.timers.set(event.action, work.now + timedelta(days=1))
        return
    card = cards.reminder(loop, part, len(parts), work.catalog)
    work.outbox.add(direct(group, member), card, key=f"loop-next:{loop.id}:{part.number}", group=group.id)


def time_up(event: Due, work: LoopWork) -> None:
    """The clock of a round ran out: a word to the member, if they have not answered."""
    part = work.loops.part_of(event.action.number)
    round = work.rounds.round(event.action.number)
    if part is None or round is None or round.closed or part.state != "open" or round.member is None:
        return
    question, member = work.catalog.questions.get(round.question), work.groups.member(round.member)
    group, known = work.groups.group(round.group), work.rounds.answer_of(round.id, round.member)
    if question is None or member is None or group is None or not member.active or (known and known.given):
        return
    work.loops.keep(replace(part, late=True))
    card = cards.time_up(part, round, question, work.catalog)
    work.outbox.add(direct(group, member), card, key=f"loop-up:{round.id}", group=group.id)


# Levels ------------------------------------------------------------------------------------------------------------


def _answered(id: int, event: Press | Submit, work: LoopWork) -> tuple[Part, Round, Question, Answer, Seat]:
    """A round of this person's loop that they have answered; Refused where that is not so."""
    part, round = work.loops.part_of(id), work.rounds.round(id)
    question = work.catalog.questions.get(round.question) if round else None
    if part is None or round is None or question is None:
        raise Refused("That round is not here any more. /mock loop shows where you are.")
    _, seat = _own(part.loop, event, work)
    answer = work.rounds.answer_of(round.id, seat.member.id)
    if answer is None or not answer.given:
        raise Refused("Answer first; then compare with the strong answer, and give your levels.")
    return part, round, question, answer, seat


def _unlevelled(event: Press | Submit, work: LoopWork) -> tuple[Part, Round, Question, Answer, Seat]:
    found = _answered(event.action.number, event, work)
    if found[0].over:
        raise Refused("This round is closed, with your levels. /mock loop shows what comes next.")
    return found


def guide(event: Press, work: LoopWork) -> Reply:
    """The rubric's anchors and the key points, once the round is answered."""
    id, page = event.action.numbers(2)
    _, round, question, _, _ = _answered(id, event, work)
    return Show(cards.guide(round, question, work.catalog.rubric(question.kind), page))


def ask_levels(event: Press, work: LoopWork) -> Reply:
    """Open step 1."""
    part, round, question, _, _ = _unlevelled(event, work)
    return Ask(cards.levels_form(round, question, work.catalog.rubric(question.kind), part))


def keep_levels(event: Submit, work: LoopWork) -> Reply:
    """Step 1 is kept; step 2 is a press away."""
    part, round, question, answer, _ = _unlevelled(event, work)
    criteria = work.catalog.rubric(question.kind)
    form = cards.levels_form(round, question, criteria, part)
    faults = form.faults(event.values)
    if faults:
        return Fix(form, faults, event.values)
    best = best_level(answer.hints)
    work.loops.keep(replace(part, levels=capped(levels_of(criteria, event.values), best)))
    return Show(cards.levels_kept(round, best))


def ask_points(event: Press, work: LoopWork) -> Reply:
    """Open step 2."""
    part, round, question, _, _ = _unlevelled(event, work)
    _levels_first(part)
    return Ask(cards.points_form(round, question, work.catalog))


def _levels_first(part: Part) -> None:
    if not part.levels:
        raise Refused("Give the levels first: Give my levels opens that step.")


def keep_points(event: Submit, work: LoopWork) -> Reply:
    """The round is closed; the next one, or the committee's card."""
    part, round, question, _, seat = _unlevelled(event, work)
    form = cards.points_form(round, question, work.catalog)
    faults = form.faults(event.values)
    if faults:
        return Fix(form, faults, event.values)
    _levels_first(part)
    points = tuple(sorted(int(point) for point in many(event.values.get("points"))))
    change = one(event.values.get("change"))
    closed = replace(part, state="done", points=points, flags=many(event.values.get("flags")), change=change)
    work.loops.keep(closed)
    work.rounds.close(round.id)
    work.timers.cancel(ActionId("loop.time_up", str(round.id)))
    _learn(closed, question, seat, work)
    loop, _ = _own(part.loop, event, work)
    return _go_on(loop, seat, work, f"Round {part.number} is closed.")


def _learn(part: Part, question: Question, seat: Seat, work: LoopWork) -> None:
    level = max(1, int(sum(part.levels.values()) / len(part.levels) + 0.5))
    known = work.recall.memory(seat.member.id).get(question.family)
    work.recall.keep(seat.member.id, remember(known, question, level, work.now))


# The end -----------------------------------------------------------------------------------------------------------


def packet(event: Press, work: LoopWork) -> Reply:
    """The committee's card."""
    id, page = event.action.numbers(2)
    loop, _ = _own(id, event, work)
    return _committee(loop, work.loops.parts(loop.id), page, work)


def _committee(loop: Loop, parts: list[Part], page: int, work: LoopWork) -> Reply:
    questions: dict[int, Question] = {}
    for part in parts:
        round = work.rounds.round(part.round) if part.round is not None else None
        question = work.catalog.questions.get(round.question) if round else None
        if question is not None:
            questions[part.number] = question
    return Show(cards.committee(loop, parts, read_packet(parts), questions, page, work.catalog))
