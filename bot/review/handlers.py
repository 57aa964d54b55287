"""Deal answers to reviewers, collect reviews, replace who lapses, and bring the feedback home."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.catalog import Catalog, Question
from bot.core.errors import Refused
from bot.core.events import Ask, Command, Due, Fix, Person, Place, Press, Reply, Show, Submit
from bot.core.markup import blank, escape
from bot.core.ports import Work
from bot.core.ui import ActionId, many, one
from bot.group.rules import Group, Member, Seat, Seats, away, days_off, direct, local_date, reviewers_of, seated
from bot.interview.rules import Interview, ahead
from bot.mock.rules import Memory, Recall, remember
from bot.review import cards
from bot.review.rubric import levels_of
from bot.review.rules import (
    MOST_BACKFILLS,
    Assignment,
    PartReview,
    Review,
    Standing,
    State,
    deal,
    estimate,
    lease,
    names_shown,
    shares,
    wide_gap,
)
from bot.rounds.rules import ANSWER_MOST, DESIGN_PARTS, FORM, Answer, Round, best_level, letters, shown_name

A_DAY = timedelta(days=1)


class Rounds(Protocol):
    def round(self, id: int) -> Round | None: ...
    def answer(self, id: int) -> Answer | None: ...
    def answers(self, round: int) -> list[Answer]: ...
    def answer_ids(self, round: int) -> list[int]: ...
    def write(self, answer: Answer, source: str, text: str) -> Answer: ...
    def strike(self, answer: Answer, source: str) -> Answer: ...


class Recalls(Protocol):
    def memory(self, member: int) -> Memory: ...
    def keep(self, member: int, one: Recall) -> None: ...


class Reviews(Protocol):
    def deal(self, answer: int, reviewer: int, due: datetime, backfill: bool = False) -> Assignment | None: ...
    def assignment(self, id: int) -> Assignment | None: ...
    def of_answer(self, answer: int) -> list[Assignment]: ...
    def mine(self, member: int) -> list[Assignment]: ...
    def turn(self, id: int, before: State, after: State) -> bool: ...
    def draft(self, id: int, levels: dict[str, int]) -> None: ...
    def write(self, review: Review) -> bool: ...
    def reviews(self, answer: int) -> list[Review]: ...
    def mark_parts(self, review: PartReview) -> None: ...
    def parts(self, assignment: int) -> PartReview | None: ...
    def standing(self, group: int) -> Standing: ...
    def shift_load(self, shares: Mapping[int, float]) -> None: ...
    def once(self, answer: int, what: str) -> bool: ...
    def fed_back(self, answer: int) -> int: ...
    def mark(self, answer: int, **values: int | bool) -> None: ...


class Interviews(Protocol):
    def of(self, member: int, since: datetime) -> list[Interview]: ...


class ReviewWork(Work, Protocol):
    @property
    def catalog(self) -> Catalog: ...
    @property
    def groups(self) -> Seats: ...
    @property
    def rounds(self) -> Rounds: ...
    @property
    def recall(self) -> Recalls: ...
    @property
    def reviews(self) -> Reviews: ...
    @property
    def interviews(self) -> Interviews: ...


# Dealing ---------------------------------------------------------------------------------------------------------


def deal_round(event: Due, work: ReviewWork) -> None:
    """A round has closed: deal each answer to its reviewers."""
    round = work.rounds.round(event.action.number)
    group = work.groups.group(round.group) if round else None
    if round is None or group is None or round.question not in work.catalog.questions:
        return
    answers = {answer.id: answer for answer in work.rounds.answers(round.id)}
    if _group_is_off(group, work):
        work.timers.set(event.action, work.now + A_DAY)
        return
    present = _present(group, work)
    each = reviewers_of(group.settings, len(work.groups.members(group.id)))
    authors = {id: answer.member for id, answer in answers.items()}
    known = [one for id in answers for one in work.reviews.of_answer(id)]
    if not all(one.backfill for one in known):
        return  # dealt already: the timer came twice
    taken = [(one.answer, one.reviewer) for one in known]
    pairs = deal(authors, present, each, work.reviews.standing(group.id), f"round:{round.id}", taken)
    work.reviews.shift_load(shares(pairs, present))
    by_reviewer: dict[int, list[Assignment]] = {}
    for answer, reviewer in pairs:
        assignment = _assign(answer, reviewer, group, work, backfill=False)
        if assignment is not None:
            by_reviewer.setdefault(reviewer, []).append(assignment)
    for reviewer, assignments in by_reviewer.items():
        why = "Answers are closed. Read each as its interviewer would; about ten minutes apiece."
        _announce(present[reviewer], assignments, why, f"dealt:{round.id}:{reviewer}", group, work)
    for id in answers.keys() - {answer for answer, _ in pairs}:
        _settle(id, work)


def _present(group: Group, work: ReviewWork) -> dict[int, Member]:
    """The active members who are not away on their own local day."""
    members = work.groups.members(group.id)
    days = {member.id: local_date(work.now, member.zone) for member in members}
    # The whole group's days off hold in its own zone; a member's leave in theirs: both are looked up by date.
    absences = work.groups.absences(group.id, min(days.values(), default=local_date(work.now, group.settings.zone)))
    return {member.id: member for member in members if not away(absences, member.id, days[member.id])}


def _group_is_off(group: Group, work: ReviewWork) -> bool:
    """On the whole group's days off nothing is dealt and no lease ends."""
    today = local_date(work.now, group.settings.zone)
    return today in days_off(work.groups.absences(group.id, today))


def _assign(answer: int, reviewer: int, group: Group, work: ReviewWork, *, backfill: bool) -> Assignment | None:
    remind, due = lease(work.now, group.settings.review_hours, backfill)
    assignment = work.reviews.deal(answer, reviewer, due, backfill)
    if assignment is not None:
        work.timers.set(ActionId("review.remind", str(assignment.id)), remind)
        work.timers.set(ActionId("review.lapse", str(assignment.id)), due)
    return assignment


def _announce(
    member: Member, assignments: Sequence[Assignment], why: str, key: str, group: Group, work: ReviewWork
) -> None:
    tasks = [_task(assignment, work) for assignment in assignments]
    work.outbox.add(direct(group, member), cards.dealt(tasks, why), key=key, group=group.id)


def _task(assignment: Assignment, work: ReviewWork) -> cards.Task:
    """An assignment with what its reviewer may know: the author's name only where the group and the answer show it."""
    answer = work.rounds.answer(assignment.answer)
    round = work.rounds.round(answer.round) if answer else None
    group = work.groups.group(round.group) if round else None
    question = work.catalog.questions.get(round.question) if round else None
    if answer is None or round is None or group is None or question is None:
        raise Refused("That answer is not here any more, so there is nothing to review.")
    author = work.groups.member(answer.member)
    letter = letters(round.id, work.rounds.answer_ids(round.id))[answer.id]
    whose = shown_name(answer, author.name if author else "?", letter, group.settings.answer_names)
    return cards.Task(assignment, question, whose, round.id, answer)


def remind(event: Due, work: ReviewWork) -> None:
    """Half of the time for a review is gone: a word to the reviewer, unless they are away."""
    assignment = work.reviews.assignment(event.action.number)
    if assignment is None or assignment.state != "open":
        return
    member = work.groups.member(assignment.reviewer)
    group = work.groups.group(member.group) if member else None
    if member is None or group is None or member.id not in _present(group, work):
        return
    card = cards.reminder(_task(assignment, work))
    work.outbox.add(direct(group, member), card, key=f"remind:{assignment.id}", group=group.id)


def lapse(event: Due, work: ReviewWork) -> None:
    """A review did not come, or its reviewer went away: somebody else steps in."""
    assignment = work.reviews.assignment(event.action.number)
    if assignment is None or assignment.state != "open":
        return
    member = work.groups.member(assignment.reviewer)
    group = work.groups.group(member.group) if member else None
    if member is None or group is None:
        return
    if _group_is_off(group, work):
        work.timers.set(event.action, work.now + A_DAY)
        return
    there = member.id in _present(group, work)
    if not work.reviews.turn(assignment.id, "open", "lapsed" if there else "passed"):
        return
    somebody = _backfill(assignment.answer, group, work)
    if there:
        card = cards.lapsed(_task(assignment, work), somebody)
        work.outbox.add(direct(group, member), card, key=f"lapsed:{assignment.id}", group=group.id)


def _backfill(answer: int, group: Group, work: ReviewWork) -> bool:
    """Find one more reviewer, or settle with the reviews that there are; whether somebody was found."""
    known = work.reviews.of_answer(answer)
    if sum(one.backfill for one in known) < MOST_BACKFILLS:
        why = "Somebody could not review this one. Would you step in? About ten minutes."
        if _one_more(answer, group, work, why):
            return True
    _settle(answer, work)
    return False


def _one_more(answer: int, group: Group, work: ReviewWork, why: str) -> bool:
    """Deal an answer to one more reviewer; False where nobody is left."""
    found = work.rounds.answer(answer)
    if found is None or not found.given:
        return False
    present = _present(group, work)
    known = work.reviews.of_answer(answer)
    taken = [(answer, one.reviewer) for one in known]
    seed = f"answer:{answer}:{len(known)}"
    standing = work.reviews.standing(group.id)
    # Stepping in is evened out by itself, and whoever let leases lapse is asked last: this author has waited already.
    load = {one: standing.stepped_in.get(one, 0.0) + standing.lapsed.get(one, 0) for one in present}
    standing = replace(standing, load=load)
    pairs = deal({answer: found.member}, present, 1, standing, seed, taken)
    assignment = _assign(answer, pairs[0][1], group, work, backfill=True) if pairs else None
    if assignment is None:
        return False
    _announce(present[assignment.reviewer], [assignment], why, f"dealt:{assignment.id}:one", group, work)
    return True


def _settle(answer_id: int, work: ReviewWork) -> None:
    """When nothing is open for an answer any more: a third reader where two differ widely, else the feedback."""
    answer = work.rounds.answer(answer_id)
    round = work.rounds.round(answer.round) if answer else None
    group = work.groups.group(round.group) if round else None
    assignments = work.reviews.of_answer(answer_id)
    if answer is None or round is None or group is None or any(one.state == "open" for one in assignments):
        return
    reviews = work.reviews.reviews(answer_id)
    if len(reviews) == 2 and wide_gap(reviews):
        why = "Two reviewers see this one very differently. A third pair of eyes would settle it."
        if _one_more(answer_id, group, work, why):
            return
    _feed_back(answer, round, group, reviews, work)


def _feed_back(answer: Answer, round: Round, group: Group, reviews: Sequence[Review], work: ReviewWork) -> None:
    """The author's card, once for each number of reviews: one that comes late brings a new card."""
    author, question = work.groups.member(answer.member), work.catalog.questions.get(round.question)
    if author is None or question is None or not answer.given:
        return
    if not reviews:
        card = cards.no_review(answer, question)
        work.outbox.add(direct(group, author), card, key=f"feedback:{answer.id}:0", group=group.id)
        return
    if len(reviews) <= work.reviews.fed_back(answer.id):
        return
    work.reviews.mark(answer.id, fed_back=len(reviews))
    criteria = work.catalog.rubric(question.kind)
    given = {one.id: [review.levels[one.id] for review in reviews if one.id in review.levels] for one in criteria}
    best = best_level(answer.hints)
    estimates = {id: estimate(levels, best) for id, levels in given.items() if levels}
    marked = [work.reviews.parts(review.assignment) for review in reviews] if answer.by_part else []
    parts = [one for one in marked if one is not None]
    pages = cards.feedback(answer, question, reviews, estimates, criteria, work.catalog, parts)
    for number, card in enumerate(pages, start=1):
        key = f"feedback:{answer.id}:{len(reviews)}:{number}"
        work.outbox.add(direct(group, author), card, key=key, group=group.id)
    _learn(answer, question, given, work)


def _learn(answer: Answer, question: Question, given: dict[str, list[int]], work: ReviewWork) -> None:
    """What the peers saw decides when the idea comes back to its author."""
    levels = [level for levels in given.values() for level in levels]
    if levels:
        level = min(max(int(sum(levels) / len(levels) + 0.5), 1), best_level(answer.hints))
        known = work.recall.memory(answer.member).get(question.family)
        coming = ahead(work.interviews.of(answer.member, work.now), work.now)
        work.recall.keep(answer.member, remember(known, question, level, work.now, coming.at if coming else None))


# The reviewer's side -----------------------------------------------------------------------------------------------


def mine(event: Command | Press, work: ReviewWork) -> Reply:
    """What I owe; in direct messages, to all my groups."""
    return Show(cards.mine([_task(assignment, work) for assignment in _owed(event, work)]))


def _owed(event: Command | Press, work: ReviewWork) -> list[Assignment]:
    """A person's open reviews, the one due first first."""
    seat = seated(*work.groups.at(event.where, event.who))
    if not event.where.direct:
        return work.reviews.mine(seat.member.id)
    seats = [work.groups.of(group.id, event.where, event.who)[1] for group in work.groups.mine(event.where, event.who)]
    found = [one for member in seats if member is not None for one in work.reviews.mine(member.id)]
    return sorted(found, key=lambda one: (one.due, one.id))


def next_one(event: Command | Press, work: ReviewWork) -> Reply:
    """The review that is due first, opened."""
    open_ones = _owed(event, work)
    return Show(cards.answer(_task(open_ones[0], work), 1) if open_ones else cards.mine([]))


def _own(id: int, event: Press | Submit, work: ReviewWork) -> tuple[Assignment, Seat]:
    """An assignment of this person; Refused where it is somebody else's or gone."""
    assignment = work.reviews.assignment(id)
    reviewer = work.groups.member(assignment.reviewer) if assignment else None
    if assignment is None or reviewer is None or not _same(reviewer, event.who, event.where, work):
        raise Refused("That review is somebody else's. /review shows yours.")
    seat = seated(*work.groups.of(reviewer.group, event.where, event.who))
    if assignment.state == "withdrawn":
        raise Refused("Its author took this answer back, so there is nothing to review. Thank you all the same.")
    return assignment, seat


def _same(member: Member, who: Person, where: Place, work: ReviewWork) -> bool:
    group, found = work.groups.of(member.group, where, who)
    return group is not None and found is not None and found.id == member.id


def read(event: Press, work: ReviewWork) -> Reply:
    """The answer to review."""
    id, page = event.action.numbers(2)
    assignment, _ = _own(id, event, work)
    return Show(cards.answer(_task(assignment, work), page))


def guide(event: Press, work: ReviewWork) -> Reply:
    """The rubric's anchors and the question's key points."""
    id, page = event.action.numbers(2)
    assignment, _ = _own(id, event, work)
    task = _task(assignment, work)
    return Show(cards.guide(task, work.catalog.rubric(task.question.kind), page))


def _writable(assignment: Assignment) -> None:
    if assignment.state == "done":
        raise Refused("You have sent this review already. /review shows what is left.")


def ask_levels(event: Press, work: ReviewWork) -> Reply:
    """Open step 1."""
    assignment, _ = _own(event.action.number, event, work)
    _writable(assignment)
    task = _task(assignment, work)
    return Ask(cards.levels_form(task, work.catalog.rubric(task.question.kind)))


def keep_levels(event: Submit, work: ReviewWork) -> Reply:
    """Step 1 is kept; step 2 is a press away."""
    assignment, _ = _own(event.action.number, event, work)
    _writable(assignment)
    task = _task(assignment, work)
    criteria = work.catalog.rubric(task.question.kind)
    form = cards.levels_form(task, criteria)
    faults = form.faults(event.values)
    if faults:
        return Fix(form, faults, event.values)
    work.reviews.draft(assignment.id, levels_of(criteria, event.values))
    return Show(cards.next_step(task))


def ask_parts(event: Press, work: ReviewWork) -> Reply:
    """Open the step in which a design is reviewed part by part."""
    task = _in_parts(event, work)
    return Ask(cards.parts_form(task, work.reviews.parts(task.assignment.id)))


def keep_parts(event: Submit, work: ReviewWork) -> Reply:
    """The parts are kept; the last step is a press away."""
    task = _in_parts(event, work)
    form = cards.parts_form(task, None)
    solid, thin = many(event.values.get("solid")), many(event.values.get("thin"))
    faults = form.faults(event.values) or _parts_fault(solid, thin)
    if faults:
        return Fix(form, faults, event.values)
    note = one(event.values.get("note"))
    work.reviews.mark_parts(PartReview(task.assignment.id, solid, thin, "" if blank(note) else note))
    return Show(cards.next_step(task, parts=True))


def _in_parts(event: Press | Submit, work: ReviewWork) -> cards.Task:
    assignment, _ = _own(event.action.number, event, work)
    _writable(assignment)
    task = _task(assignment, work)
    if not task.answer.by_part:
        raise Refused("This answer has no parts: its review goes on with the key points. /review shows it.")
    if not assignment.levels:
        raise Refused("Give the levels first: Write the review opens that step.")
    return task


def _parts_fault(solid: Sequence[str], thin: Sequence[str]) -> dict[str, str]:
    both = [DESIGN_PARTS[part] for part in solid if part in thin]
    if both:
        return {"thin": f"{both[0]} stands in both lists: take it out of one."}
    if not solid and not thin:
        return {"thin": "Mark at least one part, here or above."}
    return {}


def ask_words(event: Press, work: ReviewWork) -> Reply:
    """Open the last step."""
    assignment, _ = _own(event.action.number, event, work)
    _writable(assignment)
    task = _task(assignment, work)
    _steps_before(task, work)
    return Ask(cards.words_form(task, work.catalog))


def _steps_before(task: cards.Task, work: ReviewWork) -> None:
    if not task.assignment.levels:
        raise Refused("Give the levels first: Write the review opens that step.")
    if task.answer.by_part and work.reviews.parts(task.assignment.id) is None:
        raise Refused("Mark the six parts first: Write the review leads there after the levels.")


def send(event: Submit, work: ReviewWork) -> Reply:
    """The review is written; a late one is as welcome."""
    assignment, seat = _own(event.action.number, event, work)
    _writable(assignment)
    task = _task(assignment, work)
    form = cards.words_form(task, work.catalog)
    faults = form.faults(event.values)
    if faults:
        return Fix(form, faults, event.values)
    _steps_before(task, work)
    points = tuple(sorted(int(point) for point in many(event.values.get("points"))))
    flags = many(event.values.get("flags"))
    keep, change = one(event.values["keep"]), one(event.values["change"])
    review = Review(assignment.id, seat.member.id, assignment.levels, points, flags, keep, change)
    if not work.reviews.turn(assignment.id, assignment.state, "done") or not work.reviews.write(review):
        raise Refused("You have sent this review already. /review shows what is left.")
    for verb in ("review.remind", "review.lapse"):
        work.timers.cancel(ActionId(verb, str(assignment.id)))
    work.groups.did(seat.member.id, seat.today(work.now))
    _settle(assignment.answer, work)
    return Show(cards.sent(task, len(work.reviews.mine(seat.member.id))))


def pass_on(event: Press, work: ReviewWork) -> Reply:
    """The reviewer cannot: somebody else gets it, and nothing is held against anyone."""
    assignment, seat = _own(event.action.number, event, work)
    _writable(assignment)
    whose = _task(assignment, work).whose
    if work.reviews.turn(assignment.id, "open", "passed"):
        _backfill(assignment.answer, seat.group, work)
    return Show(cards.passed(whose))


# The author's side -------------------------------------------------------------------------------------------------


def _written(event: Press | Submit, work: ReviewWork) -> tuple[Answer, Question, Seat]:
    """The answer of this person that a button under its feedback names."""
    answer = work.rounds.answer(event.action.number)
    round = work.rounds.round(answer.round) if answer else None
    question = work.catalog.questions.get(round.question) if round else None
    if answer is None or round is None or question is None:
        raise Refused("That answer is not here any more.")
    seat = seated(*work.groups.of(round.group, event.where, event.who))
    if answer.member != seat.member.id:
        raise Refused("That is somebody else's answer.")
    if round.kind != "daily" or not round.closed:
        raise Refused("That comes with your feedback, once answers have closed.")
    return answer, question, seat


def who(event: Press, work: ReviewWork) -> Reply:
    """The reviewers' names, as the group's setting has it."""
    answer, _, seat = _written(event, work)
    own_open = len(work.reviews.mine(seat.member.id))
    setting = seat.group.settings.reviewer_names
    if names_shown(setting, own_open):
        found = [work.groups.member(review.reviewer) for review in work.reviews.reviews(answer.id)]
        names = [f"- Reviewer {number}: {escape(member.name)}" for number, member in enumerate(found, 1) if member]
        return Show(cards.names("\n".join(names) or "Nobody has reviewed it yet."))
    if setting == "never":
        return Show(cards.names("This group keeps its reviewers' names to itself."))
    return Show(cards.names(f"You see who it was once your own reviews are done: {own_open} left. /review shows them."))


def thank(event: Press, work: ReviewWork) -> Reply:
    """Say thank you to all reviewers of an answer, once."""
    answer, question, seat = _written(event, work)
    reviews = work.reviews.reviews(answer.id)
    if not reviews:
        raise Refused("Nobody has reviewed this answer yet.")
    if not work.reviews.once(answer.id, "thanked"):
        raise Refused("You have thanked them already.")
    for review in reviews:
        member = work.groups.member(review.reviewer)
        if member is not None and member.active:
            key = f"thanks:{answer.id}:{member.id}"
            work.outbox.add(direct(seat.group, member), cards.thanks(question), key=key, group=seat.group.id)
    return Show(cards.thanked())


def look(event: Press, work: ReviewWork) -> Reply:
    """One more reader for an answer, once."""
    answer, _, seat = _written(event, work)
    if not work.reviews.once(answer.id, "another_look"):
        raise Refused("You have asked for another look at this answer already. A better version gets one more.")
    if not _one_more(answer.id, seat.group, work, "The author asks for another look at this answer."):
        raise Refused("Nobody else is free to read it now: all who are here were asked already. Try again tomorrow.")
    return Show(cards.looked("One more of you reads it; their review comes here."))


def ask_resubmission(event: Press, work: ReviewWork) -> Reply:
    """Open the form for a better version."""
    answer, question, _ = _written(event, work)
    return Ask(cards.resubmit_form(answer, question))


def resubmit(event: Submit, work: ReviewWork) -> Reply:
    """Keep a better version; one more of the group reads it, where somebody is left."""
    answer, question, seat = _written(event, work)
    form = cards.resubmit_form(answer, question)
    faults = form.faults(event.values)
    text = one(event.values.get("text"))
    if faults or len(text) > ANSWER_MOST:
        return Fix(form, faults, event.values)
    for part in answer.parts:
        if part.source != FORM:
            work.rounds.strike(answer, part.source)
    work.rounds.write(answer, FORM, text)
    work.groups.did(seat.member.id, seat.today(work.now))
    if _one_more(answer.id, seat.group, work, "A better version of an answer, after its first feedback."):
        return Show(cards.looked("Kept. One more of you reads the new version; their review comes here."))
    return Show(
        cards.kept(
            "Your new version is kept. All who are here were asked to read the first one, so nobody is asked again."
        )
    )
