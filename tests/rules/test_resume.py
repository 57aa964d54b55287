"""What a bullet is asked by its own words, and where its answers are weak."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog import DRILL, Catalog
from bot.resume.rules import (
    FEW_WORDS,
    FOLLOW_UPS,
    Bullet,
    Drilled,
    Line,
    lacks,
    next_open,
    questions,
    split,
    spots,
    waiting,
)

NOW = datetime(2026, 9, 1, tzinfo=UTC)


def drilled(text: str, answers: dict[str, str] | None = None, *talk: int) -> Drilled:
    """A bullet of member 1; `talk` are the members who wrote in its thread."""
    lines = [Line(number, 1, member, str(number), "Why?", NOW) for number, member in enumerate(talk)]
    return Drilled(Bullet(1, 1, text), answers or {}, lines)


@pytest.mark.parametrize(
    ("pasted", "bullets"),
    [
        ("One\n\nTwo", ["One", "Two"]),
        ("\u2022 One\n\u2022 Two", ["One", "Two"]),
        ("\u2022 One \u2022 Two", ["One", "Two"]),
        ("- One\n* Two\n\u2013 Three\n1. Four\n2) Five", ["One", "Two", "Three", "Four", "Five"]),
        ("One\nOne", ["One"]),
        ("12 % more sales", ["12 % more sales"]),
        ("2.5 times faster", ["2.5 times faster"]),
        (" \u200b \n-\n", []),
        ("state-of-the-art", ["state-of-the-art"]),
    ],
)
def test_what_was_pasted_becomes_bullets_without_their_signs(pasted: str, bullets: list[str]) -> None:
    assert split(pasted) == bullets


@given(st.text(max_size=200))
def test_any_text_splits_into_bullets_that_split_no_further(text: str) -> None:
    bullets = split(text)
    assert all(bullet == bullet.strip() and bullet for bullet in bullets)
    assert len(set(bullets)) == len(bullets)


def test_every_bullet_is_asked_the_five_questions_in_their_order(catalog: Catalog) -> None:
    assert [one.id for one in questions("Watered the plants.", catalog)] == list(DRILL)


def test_its_own_words_call_for_follow_ups_behind_the_question_that_they_belong_to(catalog: Catalog) -> None:
    ids = [one.id for one in questions("Improved churn with XGBoost.", catalog)]
    assert ids.index("model") + 1 == ids.index("model-without-alternative/1")
    assert ids.index("evaluation") + 1 == ids.index("improved-without-number/1")
    assert "deployed/1" not in ids


@pytest.mark.parametrize(
    ("bullet", "rule"),
    [
        ("Churn model with an AUC of 0.87", "metric-without-baseline"),
        ("Improved the ranking", "improved-without-number"),
        ("Trained a random forest", "model-without-alternative"),
        ("Ran an A/B test", "ab-test"),
        ("Deployed a model to production", "deployed"),
    ],
)
def test_the_words_that_call_for_a_question_stand_in_it(catalog: Catalog, bullet: str, rule: str) -> None:
    found = next(one for one in questions(bullet, catalog) if one.id == f"{rule}/1")
    words = catalog.follow_ups[rule].words(bullet)
    assert words in bullet
    assert "{words}" not in found.text + found.name + found.spot
    assert words in found.text or "{words}" not in catalog.follow_ups[rule].asks[0]


@pytest.mark.parametrize(
    ("bullet", "rule"),
    [
        ("Raised AUC from 0.79 to 0.87", "metric-without-baseline"),
        ("Improved the ranking by 4 %", "improved-without-number"),
        ("Chose a random forest instead of a network", "model-without-alternative"),
    ],
)
def test_what_is_said_already_is_not_asked(catalog: Catalog, bullet: str, rule: str) -> None:
    assert rule not in {one.id.split("/")[0] for one in questions(bullet, catalog)}


@given(st.text(max_size=600))
def test_whatever_a_bullet_says_it_is_asked_the_same_each_time_and_not_too_much(catalog: Catalog, text: str) -> None:
    asked = questions(text, catalog)
    assert asked == questions(text, catalog)
    assert len({one.id for one in asked}) == len(asked) <= len(DRILL) + FOLLOW_UPS


def test_a_bullet_of_every_word_there_is_is_asked_the_weightiest(catalog: Catalog) -> None:
    everything = " ".join(rule.calls for rule in catalog.follow_ups.values())
    follow_ups = [one.id for one in questions(everything, catalog) if one.drill is None]
    assert len(follow_ups) == FOLLOW_UPS


def test_an_answer_is_held_against_what_its_question_needs(catalog: Catalog) -> None:
    asked = {one.id: one for one in questions("Built a model.", catalog)}
    thin = "We looked at it for some time and it was good enough for everybody."
    assert lacks(asked["evaluation"], thin) == [
        "the evaluation has no figure",
        "the figure stands without its baseline",
        "on which data it was measured stays open",
    ]
    whole = "On a test set of later months recall was 71 %, against 48 % for the rules that ran before."
    assert lacks(asked["evaluation"], whole) == []
    assert lacks(asked["evaluation"], "71 %.") == ["only a few words on the evaluation"]
    assert lacks(asked["evaluation"], " ".join(["word"] * (FEW_WORDS - 1))) == ["only a few words on the evaluation"]


def test_weak_spots_are_what_is_open_thin_or_waits(catalog: Catalog) -> None:
    weak = spots(drilled("Improved the ranking."), catalog)
    assert "“Improved” without a number" in weak
    assert weak[-1] == "no answer yet on the problem, the data, the model, the evaluation, deployment and monitoring"
    answers = {"improved-without-number/1": "It was NDCG, from 0.41 to 0.47 in May.",
               "improved-without-number/2": "Our analyst, and she would again today, yes."}  # fmt: skip
    weak = spots(drilled("Improved the ranking.", answers, 2), catalog)
    assert weak[0] == "a peer's why that waits for your answer"
    assert "“Improved” without a number" not in weak


def test_the_next_question_is_the_first_without_an_answer(catalog: Catalog) -> None:
    asked = questions("Built a model.", catalog)
    following = next_open(asked, {"problem": "..."})
    assert following is not None
    assert following.id == "data"
    assert next_open(asked, dict.fromkeys((one.id for one in asked), "x")) is None


@pytest.mark.parametrize(
    ("talk", "waits"), [((), False), ((2,), True), ((2, 1), False), ((2, 1, 3), True), ((1,), False)]
)
def test_a_why_waits_until_its_author_had_the_last_word(talk: tuple[int, ...], waits: bool) -> None:
    assert waiting(drilled("Built a model.", None, *talk)) == waits
