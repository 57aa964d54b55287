"""Who practises with whom and when, what each of the two sees, and what a score says.

A request offers spans of time; two requests fit where they share an hour. Among those who wait, a matching of as many as can
be is chosen (maximum-weight matching in a general graph: Edmonds 1965, as `networkx` has it), with fresh pairs first.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from bot.catalog import Question
from bot.group.rules import instant
from bot.mock.rules import Wish

SESSION = timedelta(minutes=60)  # what two need together: a question each, with its rubric
GATHER = timedelta(minutes=3)  # who looks for a partner now waits so long for others to choose among
LOOK = timedelta(hours=6)  # who offers hours waits so long, unless the hours come sooner
LEAD = timedelta(hours=1)  # before the first hour offered, by when a pair should be made
PATIENCE = timedelta(minutes=10)  # after the start, then whoever is not here is released
NOTICE = timedelta(minutes=10)  # before the start of a pair made earlier: a reminder; nothing starts sooner than that
SCORING = timedelta(hours=2)  # after the clock ran out, then a turn is over without a score
SHORT = 30  # minutes of a question, unless the candidate wished for something longer
STEP = 5  # minutes: a pair starts on a round one
OFFERED = tuple(range(7, 23))  # local hours that can be offered
DAYS_AHEAD = 7
MEMORY = 14  # days after which an earlier pair counts by its number alone

Role = Literal["first", "second", "observer", "left"]
State = Literal["set", "running", "over", "off"]
TurnState = Literal["running", "scored", "over"]
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody looks for a partner: now (`spans` empty), or within spans of time (aware, UTC).

    `day` is nominal, in the member's zone, with the local `hours` offered. `weekly` ones come back a week later.
    `decide` is when others were waited for long enough.
    """

    id: int
    group: int
    member: int
    asked: datetime
    decide: datetime
    spans: tuple[Span, ...] = ()
    day: date | None = None
    hours: tuple[int, ...] = ()
    weekly: bool = False
    wish: Wish = field(default_factory=Wish)

    @property
    def now(self) -> bool:
        return not self.spans

    @property
    def last_start(self) -> datetime:
        """The latest instant at which a pair could start; nobody is found any more after it."""
        return max(end for _, end in self.spans) - SESSION if self.spans else self.decide


@dataclass(frozen=True, slots=True)
class Seeker:
    """A member who waits, with all that they offer. `due` ones have waited for others long enough."""

    member: int
    requests: tuple[Request, ...]
    busy: tuple[Span, ...] = ()  # pairs that are set already

    def due(self, now: datetime) -> bool:
        return any(one.decide <= now for one in self.requests)

    def offers(self, now: datetime) -> list[tuple[datetime, datetime, Request]]:
        """The spans that are left, with their requests."""
        found = []
        for one in self.requests:
            for start, end in one.spans or ((now, now + SESSION),):
                # A pair that is not for this very moment needs its notice.
                earliest = now if one.now else max(start, now + NOTICE)
                if end - earliest >= SESSION:
                    found.append((earliest, end, one))
        return found


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two requests that fit, and when both could start."""

    first: Request
    second: Request
    starts: datetime


@dataclass(frozen=True, slots=True)
class Made:
    """A pair, with an observer where somebody was left over. Who asked first is the first candidate."""

    meeting: Meeting
    observer: Request | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What earlier pairs say: (lower id, higher id) -> how often and when last; member -> how often they observed."""

    times: Mapping[tuple[int, int], int] = field(default_factory=dict)
    last: Mapping[tuple[int, int], datetime] = field(default_factory=dict)
    observed: Mapping[int, int] = field(default_factory=dict)


def spans_of(day: date, hours: Collection[int], zone: str) -> tuple[Span, ...]:
    """The local hours of a day as spans in UTC, those in a row as one. Across a change of the clocks each hour stays an
    hour."""
    found: list[Span] = []
    for hour in sorted(hours):
        start = instant(day, time(hour), zone)
        end = start + timedelta(hours=1)
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def decide_at(asked: datetime, spans: Sequence[Span]) -> datetime:
    """Until when others are waited for."""
    if not spans:
        return asked + GATHER
    return max(asked, min(asked + LOOK, spans[0][0] - LEAD))


def meeting(one: Seeker, other: Seeker, now: datetime) -> Meeting | None:
    """The earliest hour that suits two members; None where none does."""
    best: Meeting | None = None
    for start, end, mine in one.offers(now):
        for other_start, other_end, theirs in other.offers(now):
            starts = max(start, other_start)
            starts = starts if starts == now else _round_up(starts)
            fits = min(end, other_end) - starts >= SESSION and not _busy(starts, (*one.busy, *other.busy))
            if fits and (best is None or starts < best.starts):
                pair = sorted((mine, theirs), key=lambda request: (request.asked, request.id))
                best = Meeting(pair[0], pair[1], starts)
    return best


def _round_up(at: datetime) -> datetime:
    over = timedelta(minutes=at.minute % STEP, seconds=at.second, microseconds=at.microsecond)
    return at + (timedelta(minutes=STEP) - over if over else timedelta())


def _busy(starts: datetime, taken: Collection[Span]) -> bool:
    return any(starts < end and begin < starts + SESSION for begin, end in taken)


def match(seekers: Sequence[Seeker], history: History, now: datetime) -> list[Made]:
    """The pairs to make now, each with at least one member who is due; an odd one who is due observes one that suits.

    As many pairs as there can be; of those ways, one with the fewest repeats; of those, one whose repeats lie longest back;
    then who observed before is paired, then who asked first. The same seekers give the same pairs.
    """
    # Loaded on first use: networkx costs 20 MB and a tenth of a second that a process which pairs nobody need not pay.
    from networkx import Graph, max_weight_matching  # noqa: PLC0415

    order = sorted(seekers, key=lambda one: one.member)
    by_member = {one.member: one for one in order}
    first = sorted(order, key=lambda one: min((request.asked, request.id) for request in one.requests), reverse=True)
    waited = {one.member: number for number, one in enumerate(first)}
    graph, found = Graph(), {}
    for number, one in enumerate(order):
        for other in order[number + 1 :]:
            fits = meeting(one, other, now) if one.due(now) or other.due(now) else None
            if fits is not None:
                found[one.member, other.member] = fits
                weight = _weight(one.member, other.member, history, now) + waited[one.member] + waited[other.member]
                graph.add_edge(one.member, other.member, weight=weight)
    chosen = sorted(tuple(sorted(edge)) for edge in max_weight_matching(graph, maxcardinality=True))
    pairs = [Made(found[one, other]) for one, other in chosen]
    paired = {member for edge in chosen for member in edge}
    left = [by_member[member] for member in sorted(by_member.keys() - paired) if by_member[member].due(now)]
    return _with_observers(pairs, left, now)


def cost(one: int, other: int, history: History) -> int:
    """How little a pair is wanted: the square of how often the two have met."""
    return history.times.get(_pair(one, other), 0) ** 2


def _pair(one: int, other: int) -> tuple[int, int]:
    return (min(one, other), max(one, other))


def _weight(one: int, other: int, history: History, now: datetime) -> int:
    """Repeats outweigh recency, and recency who observed before, also summed over all the pairs of a group."""
    last = history.last.get(_pair(one, other))
    recent = max(0, MEMORY - (now - last).days) if last is not None else 0
    observed = min(2, history.observed.get(one, 0)) + min(2, history.observed.get(other, 0))
    return 10**15 - 10**9 * cost(one, other, history) - 10**6 * recent + 10**3 * observed


def _with_observers(pairs: Sequence[Made], left: Sequence[Seeker], now: datetime) -> list[Made]:
    """Whoever is left over joins the earliest pair that suits them and has no observer yet."""
    made = list(pairs)
    for seeker in left:
        for number, pair in sorted(enumerate(made), key=lambda one: one[1].meeting.starts):
            request = _suits(seeker, pair.meeting.starts, now)
            if pair.observer is None and request is not None:
                made[number] = Made(pair.meeting, request)
                break
    return made


def _suits(seeker: Seeker, starts: datetime, now: datetime) -> Request | None:
    if _busy(starts, seeker.busy):
        return None
    fitting = (one for start, end, one in seeker.offers(now) if start <= starts and end - starts >= SESSION)
    return next(fitting, None)


# A pair that was made -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chair:
    """A member in a pair: the candidate of turn 1 (`first`), of turn 2 (`second`), the observer, or one who left."""

    member: int
    role: Role
    here: bool
    wish: Wish
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    id: int
    group: int
    state: State
    made: datetime
    starts: datetime
    chairs: tuple[Chair, ...]

    def chair(self, member: int) -> Chair | None:
        return next((one for one in self.chairs if one.member == member), None)

    def role(self, role: Role) -> Chair | None:
        return next((one for one in self.chairs if one.role == role), None)

    @property
    def two(self) -> tuple[Chair, ...]:
        """The two who practise."""
        return tuple(one for one in self.chairs if one.role in ("first", "second"))


@dataclass(frozen=True, slots=True)
class Turn:
    """One of the two is the candidate until `until` (aware, UTC), the other interviews; the question is its round's."""

    id: int
    pair: int
    number: int
    candidate: int
    interviewer: int
    round: int
    begun: datetime
    until: datetime
    state: TurnState


@dataclass(frozen=True, slots=True)
class Score:
    """The rubric as the interviewer or the observer filled it in; `sent` once its second step is done."""

    turn: int
    scorer: int
    levels: Mapping[str, int]
    points: tuple[int, ...] = ()
    flags: tuple[str, ...] = ()
    hints: int = 0
    keep: str = ""
    change: str = ""
    sent: bool = False


def hint_times(question: Question, begun: datetime) -> list[datetime]:
    """When to offer each hint to somebody who is stuck: spread over the middle of the clock."""
    count = len(question.hints)
    span = timedelta(minutes=question.minutes)
    return [begun + span * (number + 1) / (count + 2) for number in range(count)]


def overall(score: Score, best: int) -> int:
    """The one level that a score comes to, no higher than hints left within reach."""
    levels = list(score.levels.values())
    return min(max(int(sum(levels) / len(levels) + 0.5), 1), best)


# As they are kept ---------------------------------------------------------------------------------------------------


def wish_text(wish: Wish) -> str:
    """A wish as the argument of a button."""
    return "/".join((wish.topic, wish.level, wish.kind, wish.stage))


def read_wish(text: str) -> Wish:
    """What `wish_text` wrote; of anything else, what can be read."""
    return Wish(*(text.split("/") + [""] * 4)[:4])


def spans_text(spans: Sequence[Span]) -> str:
    """Spans as JSON, in whole seconds since 1970."""
    return json.dumps([[int(start.timestamp()), int(end.timestamp())] for start, end in spans])


def read_spans(text: str) -> tuple[Span, ...]:
    """What `spans_text` wrote."""
    return tuple(
        (datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)) for start, end in json.loads(text)
    )
