"""Who reviews whom, what a review holds, and what several reviews say together."""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import sqrt
from typing import Literal

from bot.catalog import TOP_LEVEL
from bot.group.rules import Names

State = Literal["open", "done", "lapsed", "passed", "withdrawn"]
WIDE_GAP = 2  # levels between two reviews of one criterion that call a third reader
BACKFILL_SHARE = 0.5  # of the review hours: what a reviewer who steps in later gets
REMIND_SHARE = 0.5  # of a lease, after which its reviewer is reminded
MOST_BACKFILLS = 3  # an answer; then its feedback goes out with what there is
# The weights of a dealing. The load comes first: it outweighs any pair's history; then fresh pairs, then the rest.
LOAD, PAIR, RECIPROCAL, OVERDUE, NOISE = 1_000.0, 4.0, 1.0, 1.0, 0.5
IMPOSSIBLE = 1e9
# An empirical-Bayes mean: as if two more readers had given the group's usual level.
PRIOR_LEVEL, PRIOR_READERS, SPREAD = 2.5, 1.0, 0.8


@dataclass(frozen=True, slots=True)
class Assignment:
    """A reviewer dealt to an answer until `due` (aware, UTC). `levels` are kept when the first step is done."""

    id: int
    answer: int
    reviewer: int
    state: State
    dealt: datetime
    due: datetime
    backfill: bool = False
    levels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Review:
    """Criterion id -> level 1 to 4; the key points ticked, counted from 0; flag ids; one thing to keep and to change."""

    assignment: int
    reviewer: int
    levels: Mapping[str, int]
    points: tuple[int, ...]
    flags: tuple[str, ...]
    keep: str
    change: str


@dataclass(frozen=True, slots=True)
class PartReview:
    """What a reviewer says of a design part by part: ids of the template's parts that would pass as they are, of those that
    are thin or missing, and what the weakest needs (may be empty)."""

    assignment: int
    solid: tuple[str, ...]
    thin: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A level from several readers: the shrunk mean and its band."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What earlier dealings say about a group's members.

    `pairs`: (reviewer, author) -> times. `load`: member -> reviews dealt beyond their fair share of the dealings that
    they were there for. `stepped_in`: member -> how often they took over for another. `lapsed`: leases let go lately.
    """

    pairs: Mapping[tuple[int, int], int] = field(default_factory=dict)
    load: Mapping[int, float] = field(default_factory=dict)
    stepped_in: Mapping[int, float] = field(default_factory=dict)
    lapsed: Mapping[int, int] = field(default_factory=dict)


def deal(
    answers: Mapping[int, int],
    reviewers: Collection[int],
    each: int,
    standing: Standing,
    seed: str,
    taken: Collection[tuple[int, int]] = (),
) -> list[tuple[int, int]]:
    """(answer, reviewer) pairs: each answer (id -> author) gets up to `each` different reviewers, never its author.

    `taken` pairs (answer, reviewer) exist already and are not dealt again. The load is as even as that allows, then
    pairs are fresh. The same seed deals the same.
    """
    pool = sorted(reviewers)
    chance = random.Random(seed)
    dealt: list[tuple[int, int]] = []
    load = {one: float(standing.load.get(one, 0.0)) for one in pool}
    for _ in range(min(each, len(pool))):
        waiting = sorted(answers)
        chance.shuffle(waiting)
        # One review a member at a time; who found nobody free in this turn takes the next, until nobody can be found.
        while waiting and pool:
            turn = _turn(waiting, answers, pool, {*dealt, *taken}, standing, load, chance)
            if not turn:
                break
            dealt += turn
            for answer, reviewer in turn:
                waiting.remove(answer)
                load[reviewer] += 1
    return dealt


def _turn(
    waiting: Sequence[int],
    authors: Mapping[int, int],
    pool: Sequence[int],
    taken: Collection[tuple[int, int]],
    standing: Standing,
    load: Mapping[int, float],
    chance: random.Random,
) -> list[tuple[int, int]]:
    """The cheapest way to give each reviewer at most one of the waiting answers."""
    # Loaded on first use: SciPy costs 40 MB and a third of a second that a process which never deals need not pay.
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415

    least = min(load.values(), default=0.0)
    costs = [
        [
            IMPOSSIBLE
            if authors[answer] == reviewer or (answer, reviewer) in taken
            else LOAD * (load[reviewer] - least)
            + PAIR * standing.pairs.get((reviewer, authors[answer]), 0) ** 2
            + RECIPROCAL * standing.pairs.get((authors[answer], reviewer), 0)
            + OVERDUE * standing.lapsed.get(reviewer, 0)
            + NOISE * chance.random()
            for reviewer in pool
        ]
        for answer in waiting
    ]
    rows, columns = linear_sum_assignment(costs)
    found = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(waiting[row], pool[column]) for row, column in found if costs[row][column] < IMPOSSIBLE]


def shares(dealt: Collection[tuple[int, int]], present: Collection[int]) -> dict[int, float]:
    """Member -> how much more (or less) than a fair share a dealing gave them; who was not there is not counted."""
    fair = len(dealt) / len(present) if present else 0.0
    return {one: sum(reviewer == one for _, reviewer in dealt) - fair for one in present}


def lease(now: datetime, hours: int, backfill: bool) -> tuple[datetime, datetime]:
    """When a reviewer is reminded, and when the review is due."""
    whole = timedelta(hours=hours * (BACKFILL_SHARE if backfill else 1))
    return now + whole * REMIND_SHARE, now + whole


def wide_gap(reviews: Sequence[Review]) -> bool:
    """Whether two reviews differ by two levels or more on a criterion."""
    criteria = {criterion for review in reviews for criterion in review.levels}
    spans = ([review.levels[one] for review in reviews if one in review.levels] for one in criteria)
    return any(max(levels) - min(levels) >= WIDE_GAP for levels in spans)


def estimate(levels: Sequence[int], best: int = TOP_LEVEL) -> Estimate:
    """The level that readers' levels point to: their mean drawn a little towards the usual level, and a band of one
    standard error around it. `best` is the level that hints left within reach.

    Empirical-Bayes shrinkage (Efron and Morris, 1975): with few readers it errs less against expert levels than the
    plain mean or the median.
    """
    count = len(levels)
    mean = (sum(levels) + PRIOR_READERS * PRIOR_LEVEL) / (count + PRIOR_READERS)
    band = SPREAD / sqrt(count + PRIOR_READERS)
    return Estimate(min(mean, best), max(1.0, min(mean, best) - band), min(float(best), mean + band))


def names_shown(setting: Names, own_open: int) -> bool:
    """Whether an author sees who reviewed: always, never, or once the author's own reviews are done."""
    return setting == "always" or (setting == "after" and own_open == 0)
