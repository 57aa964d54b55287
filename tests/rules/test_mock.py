"""Which question is asked, and when what was missed comes back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog import LEVELS, Catalog, Level, Question
from bot.mock.rules import LET_BE, LONGEST_GAP, Recall, Shelf, Wish, glimpsed, missed, pick, remember

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ANYTHING = Wish()
RATINGS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 20)), min_size=1, max_size=8
)  # level, days until the next


def variant(catalog: Catalog, id: str, family: str, level: Level = "easy") -> Question:
    """A question of our own making."""
    return replace(next(iter(catalog.questions.values())), id=id, family=family, level=level)


def shelf(*questions: Question) -> Shelf:
    return Shelf.of(questions, ANYTHING)


def lived(question: Question, ratings: Sequence[tuple[int, int]]) -> tuple[Recall, datetime]:
    """The memory after answers of these levels, so many days apart, and the instant of the last."""
    known, at = None, NOW
    for level, days in ratings:
        at += days * DAY
        known = remember(known, question, level, at)
    assert known is not None
    return known, at


@given(ratings=RATINGS)
def test_whatever_was_answered_comes_back_within_seven_days_and_never_at_once(
    catalog: Catalog, ratings: list[tuple[int, int]]
) -> None:
    known, at = lived(next(iter(catalog.questions.values())), ratings)
    assert known.due is not None
    assert at < known.due <= at + LONGEST_GAP == at + 7 * DAY
    assert known.seen == at
    assert known.level == ratings[-1][0]


@given(ratings=RATINGS)
def test_a_better_answer_never_comes_back_sooner_and_the_same_life_has_the_same_dates(
    catalog: Catalog, ratings: list[tuple[int, int]]
) -> None:
    question = next(iter(catalog.questions.values()))
    *before, (_, days) = ratings
    due = [lived(question, [*before, (level, days)])[0].due or NOW for level in (1, 2, 3, 4)]
    assert due == sorted(due)
    assert lived(question, ratings) == lived(question, ratings)


def test_a_miss_returns_the_next_day_and_a_strong_answer_in_a_week(catalog: Catalog) -> None:
    question = next(iter(catalog.questions.values()))
    gaps = {level: (lived(question, [(level, 0)])[0].due or NOW) - NOW for level in (1, 2, 3, 4)}
    assert gaps == {1: DAY, 2: DAY, 3: 2 * DAY, 4: 7 * DAY}


def test_what_is_due_comes_first_and_the_longest_due_before_the_rest(catalog: Catalog) -> None:
    new, old, older = (variant(catalog, id, id) for id in ("a-new", "old", "older"))
    memory = {
        "old": Recall("old", "old", 1, NOW - 3 * DAY, NOW - DAY),
        "older": Recall("older", "older", 1, NOW - 4 * DAY, NOW - 2 * DAY),
    }
    assert pick(shelf(new, old, older), memory, NOW) == older
    assert pick(shelf(new, old), memory, NOW) == old
    assert [recall.family for recall in missed(memory, NOW)] == ["older", "old"]
    assert pick(shelf(new, old, older), memory, NOW - 2 * DAY - timedelta(seconds=1)) == new
    assert missed(memory, NOW - 3 * DAY) == []


def test_of_a_family_that_is_due_another_variant_than_the_last_is_asked(catalog: Catalog) -> None:
    first, second = variant(catalog, "a", "family"), variant(catalog, "b", "family", "hard")
    memory = {"family": Recall("family", "a", 1, NOW - 2 * DAY, NOW - DAY)}
    assert pick(shelf(first, second), memory, NOW) == second
    assert pick(shelf(first), memory, NOW) == first


def test_what_is_due_but_was_passed_over_waits_half_a_day_and_then_comes_first_again(catalog: Catalog) -> None:
    due, seen = variant(catalog, "due", "due"), variant(catalog, "seen", "seen")
    passed_over = glimpsed(Recall("due", "due", 1, NOW - 2 * DAY, NOW - DAY), due, NOW)
    memory = {"due": passed_over, "seen": Recall("seen", "seen", 4, NOW - DAY, NOW + DAY)}
    assert pick(shelf(due, seen), memory, NOW) == seen
    assert pick(shelf(due, seen), memory, NOW + LET_BE) == due
    assert missed(memory, NOW) == [passed_over]


def test_when_every_family_was_seen_the_one_seen_longest_ago_returns(catalog: Catalog) -> None:
    questions = [variant(catalog, id, id) for id in ("a", "b", "c")]
    seen = {"a": 1, "b": 3, "c": 2}
    memory = {id: Recall(id, id, 4, NOW - days * DAY, NOW + DAY) for id, days in seen.items()}
    assert pick(shelf(*questions), memory, NOW) == questions[1]


def test_of_new_questions_what_the_group_was_asked_comes_after_what_it_was_not(catalog: Catalog) -> None:
    asked, fresh, due = (variant(catalog, *one) for one in (("a", "a"), ("b", "b", "hard"), ("due", "due")))
    assert pick(shelf(asked, fresh), {}, NOW) == asked
    assert pick(shelf(asked, fresh), {}, NOW, ["a"]) == fresh  # although another level would suit better
    memory = {"b": Recall("b", "b", 4, NOW - DAY, NOW + DAY)}
    assert pick(shelf(asked, fresh), memory, NOW, ["a"]) == asked  # before what this member has seen
    memory = {"due": Recall("due", "due", 1, NOW - 2 * DAY, NOW - DAY)}
    assert pick(shelf(asked, fresh, due), memory, NOW, ["a", "due"]) == due


@pytest.mark.parametrize(("passed", "level"), [(0, "easy"), (2, "easy"), (3, "medium"), (7, "medium"), (8, "hard")])
def test_new_questions_ramp_up_with_the_families_that_were_passed(catalog: Catalog, passed: int, level: Level) -> None:
    memory = {f"p{n}": Recall(f"p{n}", "q", 3, NOW, NOW + DAY) for n in range(passed)}
    memory |= {f"f{n}": Recall(f"f{n}", "q", 2, NOW, NOW + DAY) for n in range(9)}  # not passed, so not counted
    questions = [variant(catalog, one, one, one) for one in LEVELS]
    assert pick(shelf(*questions), memory, NOW) == next(one for one in questions if one.level == level)


@given(st.data())
def test_a_wish_is_met_to_the_letter_or_nothing_is_asked(catalog: Catalog, data: st.DataObject) -> None:
    some = data.draw(st.sampled_from(list(catalog.questions.values())))
    other = data.draw(st.sampled_from(list(catalog.questions.values())))
    wish = Wish(
        *(data.draw(st.sampled_from(["", one])) for one in (some.topic, other.level, some.kind, other.stages[0]))
    )
    found = pick(Shelf.of(catalog.questions.values(), wish), {}, NOW)
    for question in catalog.questions.values() if found is None else [found]:
        right = [wish.topic in ("", question.topic), wish.level in ("", question.level), wish.kind in ("", question.kind),
                 wish.stage in ("", *question.stages)]  # fmt: skip
        assert all(right) == (found is not None)


@given(st.lists(st.integers(1, 4), max_size=90))
def test_no_question_comes_twice_while_there_are_others(catalog: Catalog, levels: list[int]) -> None:
    """Somebody who takes one mock after the other, all in one sitting, and levels each or passes it over (1)."""
    memory: dict[str, Recall] = {}
    asked = []
    questions = list(catalog.questions.values())
    all_of_them = shelf(*questions)
    for level in levels:
        question = pick(all_of_them, memory, NOW)
        assert question is not None
        asked.append(question)
        known = memory.get(question.family)
        memory[question.family] = remember(known, question, level, NOW) if level > 1 else glimpsed(known, question, NOW)
    families = {question.family for question in questions}
    assert len({question.family for question in asked}) == min(len(levels), len(families))


@given(st.text(max_size=6), st.integers(1, 40))
def test_whatever_the_taste_all_questions_come_each_once(catalog: Catalog, taste: str, count: int) -> None:
    questions = [variant(catalog, f"q{number}", f"q{number}") for number in range(count)]
    memory: dict[str, Recall] = {}
    for _ in questions:
        question = pick(shelf(*questions), memory, NOW, taste=taste)
        assert question is not None
        memory[question.family] = glimpsed(None, question, NOW)
    assert len(memory) == count


def test_members_begin_with_different_questions(catalog: Catalog) -> None:
    everything = Shelf.of(catalog.questions.values(), ANYTHING)
    assert len({pick(everything, {}, NOW, taste=str(member)) for member in range(40)}) > 15


def test_a_hidden_question_is_never_picked(catalog: Catalog) -> None:
    new, old = variant(catalog, "new", "new"), variant(catalog, "old", "old")
    memory = {"old": Recall("old", "old", 1, NOW - 2 * DAY, NOW - DAY)}
    assert pick(shelf(new, old), memory, NOW, hidden={"old"}) == new
    assert pick(shelf(new, old), memory, NOW, hidden={"old", "new"}) is None
