"""What must hold of pairs and onsites at the end of any simulated life."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations

from bot.loop.rules import Loop, current
from bot.loop.rules import Part as LoopPart
from bot.pair.rules import PATIENCE, SCORING, SESSION, Pair, Request, Turn
from bot.store.work import SqlWork


@dataclass(frozen=True, slots=True)
class Paired:
    """All pairs of a group with their turns, who still waits, the onsites with their rounds, and the messages by key with
    when they came."""

    pairs: Sequence[Pair] = ()
    turns: Mapping[int, Sequence[Turn]] = field(default_factory=dict)
    waiting: Sequence[Request] = ()
    loops: Sequence[tuple[Loop, Sequence[LoopPart]]] = ()
    ghosts: frozenset[int] = frozenset()


def paired(group: int, work: SqlWork) -> Paired:
    """Gather it from the store."""
    pairs = work.pairs.all(group)
    turns = {pair.id: work.pairs.turns(pair.id) for pair in pairs}
    loops = [(loop, work.loops.parts(loop.id)) for loop in work.loops.all(group)]
    return Paired(pairs, turns, work.pairs.requests(group), loops, frozenset(work.pairs.ghosts()))


def no_needless_repeat(end: Paired) -> Iterator[str]:
    """No pair is repeated while others who waited with them, for the same moment, had met less often."""
    met: dict[tuple[int, int], int] = defaultdict(int)
    made: dict[tuple[datetime, datetime], list[Pair]] = defaultdict(list)
    for pair in end.pairs:
        made[pair.made, pair.starts].append(pair)
    for group in made.values():
        before = dict(met)
        for one, other in combinations(group, 2):
            yield from _could_swap(_two(one), _two(other), before)
        for pair in group:
            watching = [chair.member for chair in pair.chairs if chair.role == "observer"]
            two = _two(pair)
            if len(watching) == 1 and len(two) == 2:
                best = min(_times(before, (two[0], watching[0])), _times(before, (two[1], watching[0])))
                if _times(before, two) > best:
                    yield f"{two} were paired again while {watching[0]} waited"
        for pair in group:
            for two_ids in {_sorted(turn.candidate, turn.interviewer) for turn in end.turns.get(pair.id, ())}:
                met[two_ids] += 1


def _two(pair: Pair) -> tuple[int, ...]:
    return tuple(sorted(chair.member for chair in pair.chairs if chair.role in ("first", "second")))


def _sorted(one: int, other: int) -> tuple[int, int]:
    return (min(one, other), max(one, other))


def _times(met: Mapping[tuple[int, int], int], two: Sequence[int]) -> int:
    return met.get(_sorted(two[0], two[1]), 0) ** 2


def _could_swap(one: Sequence[int], other: Sequence[int], met: Mapping[tuple[int, int], int]) -> Iterator[str]:
    if len(one) != 2 or len(other) != 2:
        return
    (a, b), (c, d) = one, other
    cost = _times(met, (a, b)) + _times(met, (c, d))
    best = min(_times(met, (a, c)) + _times(met, (b, d)), _times(met, (a, d)) + _times(met, (b, c)))
    if cost > best:
        yield f"{a} and {b} were paired again, {c} and {d} too, and there was a fresher way"


def nobody_left_over(end: Paired, told: Mapping[str, datetime], now: datetime) -> Iterator[str]:
    """Whoever waits still has hours to come; who was matched was told; who was left over observes or was told so."""
    for request in end.waiting:
        if request.last_start < now and request.member not in end.ghosts:
            yield f"member {request.member} waits for hours that have passed"
    for pair in end.pairs:
        for chair in pair.chairs:
            kinds = [f"pair-{kind}:{pair.id}:{chair.member}" for kind in ("made", "ready")]
            if not any(key in told for key in kinds) and pair.starts <= now and chair.role != "left":
                yield f"member {chair.member} was never told of pair {pair.id}"


def pairs_end(end: Paired, now: datetime) -> Iterator[str]:
    """No pair waits for ever for whoever does not come, or for a rubric."""
    for pair in end.pairs:
        if pair.state == "set" and pair.starts + PATIENCE < now:
            yield f"pair {pair.id} is still to begin, long after its start"
        for turn in end.turns.get(pair.id, ()):
            if turn.state == "running" and turn.until + SCORING < now:
                yield f"turn {turn.id} is still running, long after its clock"
            if turn.candidate == turn.interviewer:
                yield f"turn {turn.id} has one member on both sides"


def nobody_in_two(end: Paired) -> Iterator[str]:
    """Nobody is to sit in two pairs at once."""
    held: dict[int, list[Pair]] = defaultdict(list)
    for pair in end.pairs:
        if pair.state in ("set", "running"):
            for chair in pair.chairs:
                if chair.role != "left":
                    held[chair.member].append(pair)
    for member, pairs in held.items():
        for one, other in combinations(pairs, 2):
            if abs(one.starts - other.starts) < SESSION and one.state == other.state == "set":
                yield f"member {member} sits in pairs {one.id} and {other.id} at once"


def loops_add_up(end: Paired) -> Iterator[str]:
    """An onsite goes through its rounds in order, once each, and is done when all are over; one at a time."""
    active: dict[int, int] = defaultdict(int)
    for loop, parts in end.loops:
        active[loop.member] += loop.state == "active"
        over = [part.over for part in parts]
        if over != sorted(over, reverse=True):
            yield f"loop {loop.id} was not walked in order"
        if loop.state == "done" and current(parts) is not None:
            yield f"loop {loop.id} is done before its rounds are"
        if loop.state == "active" and current(parts) is None:
            yield f"loop {loop.id} goes on after its last round"
        if any(part.state == "done" and not part.levels for part in parts):
            yield f"loop {loop.id} has a round that is done without levels"
    yield from (f"member {member} is in {count} onsites" for member, count in active.items() if count > 1)
