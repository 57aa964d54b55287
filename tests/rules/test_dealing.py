"""Who reviews whom, what several readers' levels say together, and who learns reviewers' names."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.group.rules import Names, Settings, reviewers_of
from bot.review.rules import (
    MOST_BACKFILLS,
    WIDE_GAP,
    Review,
    Standing,
    deal,
    estimate,
    lease,
    names_shown,
    shares,
    wide_gap,
)

FRESH = Standing()
MEMBERS = st.integers(1, 40)
EACH = st.integers(1, 4)
LEVELS = st.lists(st.integers(1, 4), min_size=1, max_size=6)


def _answers(count: int) -> dict[int, int]:
    """Answer id -> author, one of each member: member 7 wrote answer 107."""
    return {100 + member: member for member in range(1, count + 1)}


def _load(dealt: Sequence[tuple[int, int]], pool: Sequence[int]) -> list[int]:
    counted = Counter(reviewer for _, reviewer in dealt)
    return [counted[one] for one in pool]


@st.composite
def dealings(draw: st.DrawFn) -> tuple[dict[int, int], set[int], int, Standing, set[tuple[int, int]]]:
    """Any group on any day: some did not answer, some are away, some have reviewed before or were dealt already."""
    members = range(1, draw(MEMBERS) + 1)
    some = st.sets(st.sampled_from(members))
    answers = {100 + member: member for member in draw(some)}
    pair = st.tuples(st.sampled_from(members), st.sampled_from(members))
    standing = Standing(
        draw(st.dictionaries(pair, st.integers(1, 9), max_size=20)),
        draw(st.dictionaries(st.sampled_from(members), st.floats(-3, 3), max_size=10)),
        lapsed=draw(st.dictionaries(st.sampled_from(members), st.integers(1, 5), max_size=10)),
    )
    taken = {(answer, member) for answer in draw(st.sets(st.sampled_from(list(answers)))) for member in draw(some)
             } if answers else set()  # fmt: skip
    return answers, draw(some), draw(EACH), standing, taken


@given(dealings(), st.text(max_size=5))
def test_every_answer_gets_as_many_readers_as_there_are_and_never_its_author_or_the_same_twice(
    dealing: tuple[dict[int, int], set[int], int, Standing, set[tuple[int, int]]], seed: str
) -> None:
    answers, reviewers, each, standing, taken = dealing
    dealt = deal(answers, reviewers, each, standing, seed, taken)
    assert len(set(dealt)) == len(dealt)
    assert not set(dealt) & taken
    for answer, author in answers.items():
        readers = {reviewer for one, reviewer in dealt if one == answer}
        possible = {one for one in reviewers if one != author and (answer, one) not in taken}
        assert readers <= possible
        assert len(readers) == min(each, len(possible))


@given(MEMBERS, EACH, st.text(max_size=5))
def test_where_all_answer_and_all_are_there_all_read_the_same_number(members: int, each: int, seed: str) -> None:
    pool = range(1, members + 1)
    assert _load(deal(_answers(members), pool, each, FRESH, seed), pool) == [min(each, members - 1)] * members


@given(st.data(), st.integers(2, 40), EACH, st.text(max_size=5))
def test_where_few_answer_and_all_are_there_nobody_reads_more_than_one_more_than_another(
    data: st.DataObject, members: int, each: int, seed: str
) -> None:
    pool = range(1, members + 1)
    authors = data.draw(st.sets(st.sampled_from(pool), min_size=1))
    load = _load(deal({100 + one: one for one in authors}, pool, each, FRESH, seed), pool)
    assert max(load) - min(load) <= 1


@given(dealings(), st.text(max_size=5))
def test_the_same_seed_deals_the_same_in_whatever_order_members_and_answers_come(
    dealing: tuple[dict[int, int], set[int], int, Standing, set[tuple[int, int]]], seed: str
) -> None:
    answers, reviewers, each, standing, taken = dealing
    turned = dict(reversed(answers.items()))
    assert deal(turned, sorted(reviewers, reverse=True), each, standing, seed, taken) == deal(
        answers, sorted(reviewers), each, standing, seed, taken
    )


def test_another_seed_deals_otherwise() -> None:
    dealt = {tuple(sorted(deal(_answers(8), range(1, 9), 2, FRESH, f"round:{number}"))) for number in range(10)}
    assert len(dealt) > 5


@pytest.mark.parametrize("members", [3, 4, 5, 8, 12])
def test_over_fourteen_days_every_pair_meets_as_often_as_any_other(members: int) -> None:
    pool, each = range(1, members + 1), 2
    pairs: Counter[tuple[int, int]] = Counter()
    for day in range(14):
        for answer, reviewer in deal(_answers(members), pool, each, Standing(pairs), f"round:{day}"):
            pairs[reviewer, answer - 100] += 1
    counts = [pairs[pair] for pair in product(pool, pool) if pair[0] != pair[1]]
    assert max(counts) - min(counts) <= 2
    assert max(counts) <= 14 * each / (members - 1) + 1


def test_whoever_has_read_more_than_a_fair_share_is_dealt_less_the_next_time() -> None:
    load = {1: 0.75, 2: -0.25, 3: -0.25, 4: -0.25}
    for seed in range(20):
        assert [reviewer for _, reviewer in deal({105: 5}, load, 3, Standing(load=load), f"{seed}")].count(1) == 0


def test_between_two_alike_the_one_who_let_no_lease_lapse_and_was_not_just_reviewed_by_the_author_is_asked() -> None:
    for seed in range(20):
        assert deal({103: 3}, [1, 2], 1, Standing(lapsed={1: 1}), f"{seed}") == [(103, 2)]
        assert deal({103: 3}, [1, 2], 1, Standing(pairs={(3, 1): 1}), f"{seed}") == [(103, 2)]


@given(st.lists(st.tuples(st.integers(), st.integers(1, 5))), st.sets(st.integers(1, 5)))
def test_shares_say_who_did_more_than_a_fair_part_and_only_of_those_who_were_there(
    dealt: list[tuple[int, int]], present: set[int]
) -> None:
    there = [pair for pair in dealt if pair[1] in present]
    over = shares(there, present)
    assert over.keys() == present
    assert sum(over.values()) == pytest.approx(0)
    for one, other in product(present, present):
        counted = [reviewer for _, reviewer in there]
        assert over[one] - over[other] == pytest.approx(counted.count(one) - counted.count(other))


@pytest.mark.parametrize(("members", "each"), [(2, 2), (8, 2), (9, 3), (40, 3)])
def test_two_read_each_answer_and_three_in_groups_over_eight(members: int, each: int) -> None:
    time = datetime(2026, 9, 1, 8, tzinfo=UTC).time()
    assert reviewers_of(Settings("UTC", time, (0,), "two-weeks"), members) == each
    assert reviewers_of(Settings("UTC", time, (0,), "two-weeks", reviewers=1), members) == 1


def test_a_reminder_comes_at_half_of_the_lease_and_who_steps_in_has_half_the_time() -> None:
    now = datetime(2026, 9, 1, tzinfo=UTC)
    assert lease(now, 24, backfill=False) == (now + timedelta(hours=12), now + timedelta(hours=24))
    assert lease(now, 24, backfill=True) == (now + timedelta(hours=6), now + timedelta(hours=12))
    assert MOST_BACKFILLS == 3


@given(LEVELS, st.integers(1, 4))
def test_an_estimate_lies_in_its_band_and_no_higher_than_hints_allow(levels: list[int], best: int) -> None:
    found = estimate(levels, best)
    assert 1 <= found.low <= found.mean <= found.high <= best


@given(LEVELS)
def test_an_estimate_lies_between_the_readers_mean_and_the_usual_level(levels: list[int]) -> None:
    low, high = sorted((mean(levels), 2.5))
    assert low <= estimate(levels).mean <= high


@given(LEVELS, st.data())
def test_a_better_level_from_one_reader_never_lowers_the_estimate(levels: list[int], data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(levels) - 1))
    better = [*levels[:number], min(4, levels[number] + 1), *levels[number + 1 :]]
    before, after = estimate(levels), estimate(better)
    assert (after.mean > before.mean) == (better != levels)
    assert after.low >= before.low
    assert after.high >= before.high


@given(st.integers(1, 4), st.integers(1, 10))
def test_more_readers_who_agree_bring_the_estimate_nearer_to_what_they_say(level: int, readers: int) -> None:
    few, many = estimate([level] * readers), estimate([level] * (readers + 1))
    assert abs(many.mean - level) < abs(few.mean - level)
    assert many.high - many.mean <= few.high - few.mean or many.high == 4
    assert many.mean - many.low <= few.mean - few.low or many.low == 1


def _review(levels: dict[str, int]) -> Review:
    return Review(1, 1, levels, (), (), "keep", "change")


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(1, 4)), min_size=2, max_size=3))
def test_a_gap_is_wide_where_any_two_readers_are_two_levels_apart_on_one_criterion(given: list[dict[str, int]]) -> None:
    apart = any(
        abs(one[criterion] - other[criterion]) >= WIDE_GAP == 2
        for one, other in combinations(given, 2)
        for criterion in one.keys() & other.keys()
    )
    assert wide_gap([_review(levels) for levels in given]) == apart


@pytest.mark.parametrize(
    ("setting", "own_open", "shown"),
    [("after", 0, True), ("after", 1, False), ("always", 3, True), ("never", 0, False), ("never", 2, False)],
)
def test_reviewers_names_show_as_the_group_has_it(setting: Names, own_open: int, shown: bool) -> None:
    assert names_shown(setting, own_open) == shown
