"""What must hold at the end of any simulated life, and the figures that describe it."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot.drama import Drama, Message
from bot.group.rules import Member, local_date, reviewers_of
from bot.invariants_interview import all_that_was_promised, only_what_is_on
from bot.invariants_pairs import (
    Paired,
    loops_add_up,
    no_needless_repeat,
    nobody_in_two,
    nobody_left_over,
    paired,
    pairs_end,
)
from bot.invariants_stories import STORY_INVARIANTS, Told, told
from bot.plan.rules import posting_date
from bot.review.rules import Assignment
from bot.rounds.rules import Answer, Round
from bot.store.work import SqlWork

LOAD_SLACK = 2.0  # reviews


@dataclass(frozen=True, slots=True)
class Counts:
    daily_posts: int
    answers: int
    reviews_dealt: int
    reviews_done: int
    backfilled: int
    answers_without_review: int
    double_posts: int
    undelivered: int
    max_pair_repeats: int
    review_load_gap: float

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Given:
    """A daily answer with its round and what was dealt of it."""

    round: Round
    answer: Answer
    assignments: tuple[Assignment, ...]
    reviews: int


@dataclass(frozen=True, slots=True)
class Ending:
    """All that the invariants look at."""

    drama: Drama
    messages: Sequence[Message]
    given: Sequence[Given]
    members: dict[int, Member]
    each: int
    states: dict[str, int]
    dates: dict[str, int]  # nominal date -> day, as the store has it
    expected: dict[str, int]  # as the calendar wants it
    now: datetime
    told: Told
    paired: Paired = field(default_factory=Paired)


def ending(drama: Drama, group: int, begun: datetime, now: datetime, work: SqlWork) -> Ending:
    """Gather it from the store and from what was posted."""
    members = {member.id: member for member in work.groups.members(group)}
    found = work.groups.group(group)
    run = work.plans.run(group)
    if found is None or run is None:
        raise ValueError("the group has no run")
    given = []
    for nominal in work.plans.group_dates(group):
        round = work.rounds.on(group, nominal)
        if round is None:
            continue
        for answer in work.rounds.answers(round.id):
            dealt = tuple(work.reviews.of_answer(answer.id))
            given.append(Given(round, answer, dealt, len(work.reviews.reviews(answer.id))))
    expected: dict[str, int] = {}
    at = local_date(begun, found.settings.zone)
    length = len(work.catalog.plans[run.plan].days)
    for day in range(1, length + 1):
        at = posting_date(at, found.settings, ())
        hour = datetime.combine(at, found.settings.post_at, ZoneInfo(found.settings.zone))
        if hour <= now:
            expected[at.isoformat()] = day
        at += timedelta(days=1)
    dates = {nominal.isoformat(): day for nominal, day in work.plans.group_dates(group).items()}
    each = reviewers_of(found.settings, len(members))
    messages = drama.stage.messages()
    states = work.deliveries.counts()
    posts = [(message.key, message.card) for message in messages]
    stories = told(drama.stories.stories, drama.stories.bullets, posts, members, run.plan, dates, work)
    return Ending(drama, messages, given, members, each, states, dates, expected, now, stories, paired(group, work))


def counts(end: Ending) -> Counts:
    """The figures of the life that was lived."""
    dealt = [one for given in end.given for one in given.assignments]
    pairs = Counter((one.reviewer, given.answer.member) for given in end.given for one in given.assignments)
    settled = [given for given in end.given if given.assignments and not _open(given)]
    return Counts(
        daily_posts=sum(message.key.startswith("daily:") for message in end.messages),
        answers=len(end.given),
        reviews_dealt=len(dealt),
        reviews_done=sum(one.state == "done" for one in dealt),
        backfilled=sum(one.backfill for one in dealt),
        answers_without_review=sum(given.reviews == 0 for given in settled),
        double_posts=sum(count - 1 for count in Counter(message.key for message in end.messages).values()),
        undelivered=sum(count for state, count in end.states.items() if state != "sent"),
        max_pair_repeats=max(pairs.values(), default=0),
        review_load_gap=_load_gap(end),
    )


def _open(given: Given) -> bool:
    return any(one.state == "open" for one in given.assignments)


def _load_gap(end: Ending) -> float:
    """How far the most and the least loaded member are apart from their fair shares, over all first dealings.

    The fair share of a dealing is what it dealt, divided among those who were there for it.
    """
    over: Counter[int] = Counter()
    by_round: dict[int, list[Assignment]] = {}
    for given in end.given:
        by_round.setdefault(given.round.id, []).extend(one for one in given.assignments if not one.backfill)
    excess: dict[int, float] = dict.fromkeys(end.members, 0.0)
    for dealt in by_round.values():
        if not dealt:
            continue
        there = [id for id, member in end.members.items() if not _away(end, member, dealt[0].dealt)]
        over = Counter(one.reviewer for one in dealt)
        for id in there:
            excess[id] += over[id] - len(dealt) / len(there)
    return round(max(excess.values()) - min(excess.values()), 1) if excess else 0.0


def _away(end: Ending, member: Member, at: datetime) -> bool:
    """On leave, and had said so: the day may have begun some minutes before they did."""
    life = next((one for one in end.drama.cast if one.person.id == member.user), None)
    if life is None or life.habits.away is None or life.left is None:
        return False
    first, last = life.habits.away
    return life.left < at and first <= at.astimezone(ZoneInfo(member.zone)).date() <= last


def _one_post_a_date(end: Ending) -> Iterator[str]:
    posted = Counter(message.key.rsplit(":", 1)[1] for message in end.messages if message.key.startswith("daily:"))
    for nominal in end.expected.keys() - posted.keys():
        yield f"no post for {nominal}"
    for nominal, count in posted.items():
        if count > 1 or end.dates.get(nominal) != end.expected.get(nominal):
            yield f"{count} posts for {nominal}, day {end.dates.get(nominal)} instead of {end.expected.get(nominal)}"


def _nothing_twice(end: Ending) -> Iterator[str]:
    for key, count in Counter(message.key for message in end.messages).items():
        if count > 1:
            yield f"{key} was posted {count} times"


def _nothing_undelivered(end: Ending) -> Iterator[str]:
    for state, count in end.states.items():
        if state != "sent":
            yield f"{count} messages are {state}"


def _answers_follow(end: Ending) -> Iterator[str]:
    """The store holds each answer just as it was written, edited and deleted."""
    stored = {}
    for given in end.given:
        member = end.members.get(given.answer.member)
        if member is not None:
            parts = {part.source: part.text for part in given.answer.parts if not part.source.startswith("follow-up")}
            stored[given.round.key, member.user] = parts
    for where, parts in end.drama.written.items():
        if parts and stored.get(where) != parts:
            yield f"the answer of {where[1]} to {where[0]} is not what was written"
    for where in stored.keys() - {key for key, parts in end.drama.written.items() if parts}:
        yield f"{where[1]} wrote nothing to {where[0]}, but has an answer"


def _dealt_as_promised(end: Ending) -> Iterator[str]:
    for given in end.given:
        author, firsts = given.answer.member, [one for one in given.assignments if not one.backfill]
        reviewers = [one.reviewer for one in given.assignments]
        if author in reviewers:
            yield f"answer {given.answer.id} was dealt to its author"
        if len(set(reviewers)) < len(reviewers):
            yield f"answer {given.answer.id} was dealt to the same reviewer twice"
        if not firsts:
            continue
        there = [id for id, one in end.members.items() if id != author and not _away(end, one, firsts[0].dealt)]
        if len(firsts) != min(end.each, len(there)):
            yield f"answer {given.answer.id} got {len(firsts)} reviewers, {min(end.each, len(there))} could be had"


def _nobody_on_leave(end: Ending) -> Iterator[str]:
    """Nobody who is away is dealt an answer or reminded."""
    for given in end.given:
        for one in given.assignments:
            member = end.members.get(one.reviewer)
            if member is not None and _away(end, member, one.dealt):
                yield f"{member.name} was dealt answer {given.answer.id} while away"
    by_user = {member.user: member for member in end.members.values()}
    for message in end.messages:
        member = by_user.get(message.place.channel)
        reminds = message.key.startswith(("remind:", "dealt:", "lapsed:", "why-waits:", "pair-remind:", "loop-next:"))
        if reminds and member is not None and _away(end, member, message.at):
            yield f"{member.name} was sent {message.key} while away"


def _laid_open(end: Ending) -> Iterator[str]:
    """Once a round is closed, all its answers stand in its thread."""
    keys = {message.key for message in end.messages}
    for given in end.given:
        hidden = any(part.hidden for part in given.answer.parts)
        if given.round.closed and hidden and f"laid:{given.answer.id}:1" not in keys:
            yield f"answer {given.answer.id} was never laid in its thread"


def _feedback_arrives(end: Ending) -> Iterator[str]:
    """Where nothing is open any more, the author has a card."""
    told = {message.key.split(":")[1] for message in end.messages if message.key.startswith("feedback:")}
    for given in end.given:
        if given.round.closed and not _open(given) and str(given.answer.id) not in told:
            yield f"the author of answer {given.answer.id} heard nothing"


def _leases_end(end: Ending) -> Iterator[str]:
    for given in end.given:
        for one in given.assignments:
            if one.state == "open" and one.due <= end.now:
                yield f"assignment {one.id} is open past its time"


def _load_is_even(end: Ending) -> Iterator[str]:
    gap = _load_gap(end)
    # With two or three members the rules leave no choice: whoever did not write it reads it.
    if len(end.members) > 3 and gap > LOAD_SLACK:
        yield f"the most and the least loaded reviewer are {gap} apart from their fair shares"


def _nothing_wrong_seen(end: Ending) -> Iterator[str]:
    yield from end.drama.wrong
    yield from end.drama.interviews.wrong


def _interviews_on(end: Ending) -> Iterator[str]:
    known = end.drama.interviews.known
    yield from only_what_is_on(end.messages, known, partial(_away, end), end.members)


def _interviews_promised(end: Ending) -> Iterator[str]:
    known = end.drama.interviews.known
    yield from all_that_was_promised(end.messages, known, partial(_away, end), end.members, end.now)


INVARIANTS: dict[str, Callable[[Ending], Iterator[str]]] = {
    "one post a group and date": _one_post_a_date,
    "nothing is posted twice": _nothing_twice,
    "nothing is undelivered": _nothing_undelivered,
    "stored answers follow what was written": _answers_follow,
    "every answer is dealt as promised": _dealt_as_promised,
    "nobody on leave is dealt to or reminded": _nobody_on_leave,
    "closed answers are laid open": _laid_open,
    "feedback arrives": _feedback_arrives,
    "leases end": _leases_end,
    "the load of reviews is even": _load_is_even,
    "only interviews that are on remind, in time": _interviews_on,
    "every interview that is on reminds": _interviews_promised,
    "nobody saw what they should not, and nothing broke": _nothing_wrong_seen,
    "no pair is repeated while others wait": lambda end: no_needless_repeat(end.paired),
    "nobody is left over silently": lambda end: nobody_left_over(
        end.paired, {message.key: message.at for message in end.messages}, end.now
    ),
    "pairs end": lambda end: pairs_end(end.paired, end.now),
    "nobody sits in two pairs at once": lambda end: nobody_in_two(end.paired),
    "onsites add up": lambda end: loops_add_up(end.paired),
}


def _of_stories(check: Callable[[Told], Iterator[str]]) -> Callable[[Ending], Iterator[str]]:
    return lambda end: check(end.told)


INVARIANTS |= {name: _of_stories(check) for name, check in STORY_INVARIANTS.items()}


def broken(end: Ending) -> list[str]:
    """Each violation as ``invariant: what happened``; empty where all hold."""
    return [f"{name}: {what}" for name, check in INVARIANTS.items() for what in check(end)]
