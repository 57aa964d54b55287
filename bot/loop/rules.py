"""A whole onsite: its rounds in order, and what a hiring committee reads from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from bot.catalog import TOP_LEVEL

STAGES = ("onsite-coding", "onsite-design", "onsite-depth", "onsite-behavioural", "hiring-manager")
STAYS_OPEN = timedelta(hours=24)  # for an answer after the clock ran out; then the round gets a fresh question
WAITS = timedelta(days=2)  # a loop in one sitting that nobody goes on with is reminded of, once a round
PASSES = 3  # of a rubric's levels: this one would pass
LOW = 2.5  # a dimension below this sinks a candidate who passes elsewhere
STRONG = 3.5
ENOUGH = 3  # rounds that were scored: a committee decides on no fewer

Pace = Literal["sitting", "days"]
State = Literal["active", "done", "dropped"]
PartState = Literal["waiting", "open", "done", "skipped"]
Reading = Literal["strong yes", "yes", "close", "not yet", "too little"]


@dataclass(frozen=True, slots=True)
class Loop:
    """A member's onsite. `touched` is when they last did something in it."""

    id: int
    group: int
    member: int
    pace: Pace
    state: State
    begun: datetime
    touched: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """One of a loop's rounds, `number` from 1. `round` is known once it began; `late`: answered after its clock ran out.

    `levels` by criterion, `points` the key points made (from 0), and `flags` are the member's own, by the rubric.
    """

    loop: int
    number: int
    stage: str
    state: PartState = "waiting"
    round: int | None = None
    late: bool = False
    levels: Mapping[str, int] = field(default_factory=dict)
    points: tuple[int, ...] = ()
    flags: tuple[str, ...] = ()
    change: str = ""

    @property
    def over(self) -> bool:
        return self.state in ("done", "skipped")


@dataclass(frozen=True, slots=True)
class Packet:
    """What the committee reads: the mean level a dimension with how many rounds it stands on, all flags with their number,
    and the reading."""

    dimensions: Mapping[str, tuple[float, int]]
    flags: Mapping[str, int]
    scored: int
    skipped: int
    late: int
    reading: Reading


def current(parts: Sequence[Part]) -> Part | None:
    """The first part that is not over; None where all are."""
    return next((part for part in parts if not part.over), None)


def packet(parts: Sequence[Part]) -> Packet:
    """The committee's card of a loop."""
    scored = [part for part in parts if part.state == "done" and part.levels]
    levels: dict[str, list[int]] = {}
    for part in scored:
        for criterion, level in part.levels.items():
            levels.setdefault(criterion, []).append(level)
    dimensions = {id: (sum(found) / len(found), len(found)) for id, found in levels.items()}
    flags: dict[str, int] = {}
    for part in scored:
        for flag in part.flags:
            flags[flag] = flags.get(flag, 0) + 1
    return Packet(
        dimensions,
        flags,
        len(scored),
        sum(part.state == "skipped" for part in parts),
        sum(part.late for part in scored),
        _reading([mean for mean, _ in dimensions.values()], flags, len(scored)),
    )


def _reading(means: Sequence[float], flags: Mapping[str, int], scored: int) -> Reading:
    """A committee weighs the lowest dimension more than the mean, and a mistake seen twice is a pattern."""
    if scored < ENOUGH or not means:
        return "too little"
    mean, lowest, pattern = sum(means) / len(means), min(means), any(count > 1 for count in flags.values())
    if mean >= STRONG and lowest >= PASSES and not flags:
        return "strong yes"
    if mean >= PASSES and lowest >= LOW and not pattern:
        return "yes"
    return "close" if mean >= LOW else "not yet"


def capped(levels: Mapping[str, int], best: int) -> dict[str, int]:
    """The levels, none above what hints left within reach."""
    return {criterion: min(level, best, TOP_LEVEL) for criterion, level in levels.items()}
