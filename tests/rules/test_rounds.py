"""Answers made of parts, what hints cost, who may see what, and which question comes next."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog import LEVELS, Catalog, Level, Question
from bot.rounds.rules import (
    FORM,
    Answer,
    Part,
    Round,
    best_level,
    compose,
    letters,
    question_of_the_day,
    see_strong_answer,
    shown_name,
)

OPENED = datetime(2026, 8, 31, 6, tzinfo=UTC)
CLOSES = OPENED + timedelta(hours=24)
ROUND = Round(1, 1, "daily", "any", OPENED, CLOSES, date(2026, 8, 31), key="daily:1:2026-08-31")
SECOND = timedelta(seconds=1)

pools = st.lists(st.tuples(st.integers(0, 4), st.sampled_from(LEVELS)), min_size=1, max_size=12)
gaps_of_families = st.dictionaries(st.integers(0, 4).map(str), st.floats(0, 5))


def pool_of(catalog: Catalog, drawn: list[tuple[int, Level]]) -> list[Question]:
    """Questions q0, q1 ... of the families and levels drawn."""
    pattern = next(iter(catalog.questions.values()))
    return [replace(pattern, id=f"q{n}", family=str(family), level=level) for n, (family, level) in enumerate(drawn)]


def asked_in_turn(pool: list[Question], aim: Level, gaps: list[dict[str, float]], times: int) -> list[Question]:
    """The questions of so many days, while the members' gaps change."""
    asked: list[Question] = []
    for day in range(times):
        families, ids = [one.family for one in asked], [one.id for one in asked]
        asked.append(question_of_the_day(pool, families, ids, aim, gaps[day % len(gaps)]))
    return asked


@given(drawn=pools, aim=st.sampled_from(LEVELS), gaps=st.lists(gaps_of_families, min_size=1, max_size=5))
def test_no_family_comes_again_before_all_have_come_and_no_question_before_all_questions(
    catalog: Catalog, drawn: list[tuple[int, Level]], aim: Level, gaps: list[dict[str, float]]
) -> None:
    pool = pool_of(catalog, drawn)
    families = {question.family for question in pool}
    asked = asked_in_turn(pool, aim, gaps, 3 * len(pool))
    assert {question.family for question in asked[: len(families)]} == families
    for rounds in (1, 2, 3):
        times = Counter(question.id for question in asked[: rounds * len(pool)])
        assert times == dict.fromkeys((question.id for question in pool), rounds)
    assert len(pool) == 1 or all(one.id != other.id for one, other in pairwise(asked))


@given(drawn=pools, aim=st.sampled_from(LEVELS), gaps=gaps_of_families)
def test_among_fresh_families_the_groups_weakest_comes_first_then_the_level_aimed_at(
    catalog: Catalog, drawn: list[tuple[int, Level]], aim: Level, gaps: dict[str, float]
) -> None:
    pool = pool_of(catalog, drawn)
    first = question_of_the_day(pool, [], [], aim, gaps)
    weakest = max(gaps.get(question.family, 0) for question in pool)
    assert gaps.get(first.family, 0) == weakest
    off = [abs(LEVELS.index(one.level) - LEVELS.index(aim)) for one in pool if gaps.get(one.family, 0) == weakest]
    assert abs(LEVELS.index(first.level) - LEVELS.index(aim)) == min(off)


def test_a_question_seen_in_a_mock_is_put_off_unless_somebody_missed_it(catalog: Catalog) -> None:
    seen, used, fresh = pool_of(catalog, [(0, "easy"), (1, "easy"), (2, "hard")])
    pool = [seen, used, fresh]
    assert question_of_the_day(pool, [], [], "easy", {}) == seen
    assert question_of_the_day(pool, [], [], "easy", {}, {seen.id}) == used
    assert question_of_the_day(pool, ["1"], [], "easy", {}, {seen.id}) == fresh
    assert question_of_the_day([seen, used], ["1"], [], "easy", {}, {seen.id}) == used  # rather the same family again
    assert question_of_the_day(pool, [], [], "easy", {"0": 1.0}, {seen.id}) == seen  # somebody missed it
    assert question_of_the_day(pool, [], [used.id, fresh.id], "easy", {}, {seen.id}) == seen  # nothing else is left


def test_an_answer_is_its_parts_in_order_without_those_that_show_nothing() -> None:
    parts = [Part("m1", "First, the baseline."), Part("m2", "\u200b \n"), Part(FORM, "**Then** <@U1>")]
    assert compose(parts) == "First, the baseline.\n\n**Then** <@U1>"


def test_each_hint_costs_a_level_and_the_lowest_is_always_left() -> None:
    assert [best_level(hints) for hints in range(6)] == [4, 3, 2, 1, 1, 1]


@pytest.mark.parametrize(
    ("text", "now", "closed", "seen"),
    [
        ("", OPENED, False, False),
        ("\u200b", OPENED, False, False),  # taken back, or never more than a zero-width space
        ("My answer.", OPENED, False, True),
        ("", CLOSES - SECOND, False, False),
        ("", CLOSES, False, True),
        ("", OPENED, True, True),  # closed before its time
    ],
)
def test_the_strong_answer_is_for_those_who_answered_and_for_all_when_it_is_over(
    text: str, now: datetime, closed: bool, seen: bool
) -> None:
    assert see_strong_answer(replace(ROUND, closed=closed), Answer(1, 1, 1, text), now) is seen


def test_who_never_began_an_answer_waits_for_the_strong_one() -> None:
    assert not see_strong_answer(ROUND, None, CLOSES - SECOND)
    assert see_strong_answer(ROUND, None, CLOSES)


@given(st.integers(1, 10**6), st.sets(st.integers(1, 10**6), max_size=60))
def test_letters_are_one_for_each_answer_and_the_same_in_whatever_order_they_are_asked(
    round: int, answers: set[int]
) -> None:
    named = letters(round, sorted(answers))
    assert letters(round, sorted(answers, reverse=True)) == named
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    names = [*alphabet, *(first + second for first in alphabet for second in alphabet)]
    assert set(named.values()) == set(names[: len(answers)])


def test_letters_do_not_tell_who_answered_first() -> None:
    assert {letters(round, [11, 12, 13])[11] for round in range(30)} == {"A", "B", "C"}


@pytest.mark.parametrize(
    ("sources", "names_shown", "name"),
    [
        ((FORM, "follow-up:1"), True, "Ana's answer"),
        ((FORM, "follow-up:1"), False, "Answer C"),
        ((FORM, "m1"), False, "Ana's answer"),  # a message in the thread has its author's name on it
        (("m1",), False, "Ana's answer"),
    ],
)
def test_a_name_is_hidden_only_where_the_group_hides_names_and_the_thread_shows_none(
    sources: tuple[str, ...], names_shown: bool, name: str
) -> None:
    answer = Answer(1, 1, 1, "text", parts=tuple(Part(source, "text") for source in sources))
    assert shown_name(answer, "Ana", "C", names_shown) == name
