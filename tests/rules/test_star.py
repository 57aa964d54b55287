"""What stories cover, which prompt comes next, and which story fits it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog import PARTS, Catalog, Competency
from bot.star.rules import (
    Level,
    Mark,
    Story,
    Telling,
    coverage,
    draw,
    first_star_day,
    fitting,
    gaps,
    suggested,
    tally,
)

NOW = datetime(2026, 9, 1, tzinfo=UTC)


def story(id: int = 1, result: str = "From 3 to 5.", action: str = "I did it.", *shows: str) -> Story:
    return Story(id, 1, "trade-off", f"Story {id}", "Where.", "What.", action, result, NOW + timedelta(hours=id),
                 frozenset(shows))  # fmt: skip


COMPETENCIES = {
    id: Competency(id, id.capitalize(), f"a case of {id}", "Can you?", ("One?", "Two?", "Three?"), ("This",), (sign,))
    for id, sign in (("ownership", "volunteer*"), ("failure", "rolled back"), ("rigour", "experiment*"))
}


@pytest.mark.parametrize(
    ("result", "measured"),
    [
        ("Recall rose to 63 %.", True),
        ("It halved the time.", True),
        ("Twice as fast.", True),
        ("In 2023 they were happy.", False),
        ("They were happy.", False),
        ("It took 3 days instead of 9.", True),
    ],
)
def test_a_result_is_measured_by_a_figure_and_not_by_a_year(result: str, measured: bool) -> None:
    assert story(result=result).has_number == measured


def test_gaps_are_said_in_words() -> None:
    assert gaps({"ownership": 2}, COMPETENCIES) == [
        "Nothing on a case of failure yet",
        "Nothing on a case of rigour yet",
    ]


def test_every_theme_and_competency_that_we_ship_makes_a_sentence_of_its_gap(catalog: Catalog) -> None:
    for gap in [*gaps({}, catalog.themes), *gaps({}, catalog.competencies)]:
        assert gap.startswith("Nothing on ")
        assert not gap.removesuffix(" yet").endswith((".", " "))
        assert [*gaps({}, catalog.themes), *gaps({}, catalog.competencies)].count(gap) == 1
    assert "Nothing on a failed model yet" in gaps({}, catalog.themes)
    assert len(catalog.competencies) >= 10


def test_coverage_counts_what_was_ticked_and_finds_thin_spots() -> None:
    much = story(1, "They liked it.", "I did.", "a", "b", "c", "d", "e")
    other = story(2, "From 3 to 5.", "I did.", "f")
    found = coverage([much, other])
    assert found.themes == {"trade-off": 2}
    assert found.competencies == dict.fromkeys("abcdef", 1)
    assert found.numberless == (much,)
    assert found.carrying == (much,)
    assert coverage([much, story(3, "4", "I.", "a")]).carrying == ()


def test_a_storys_own_words_suggest_what_it_shows() -> None:
    assert suggested(story(action="I volunteered, and we rolled back."), COMPETENCIES) == ["ownership", "failure"]
    assert suggested(story(), COMPETENCIES) == []


@given(st.text(max_size=8))
def test_no_prompt_comes_again_before_all_came_once(taste: str) -> None:
    told: list[Telling] = []
    for _ in range(9):
        competency, number = draw(COMPETENCIES, told, taste)
        told.append(Telling(f"{competency.id}/{number}", None))
    assert len({one.prompt for one in told}) == 9
    assert {one.prompt.split("/")[0] for one in told[:3]} == set(COMPETENCIES)


def test_a_prompt_can_be_asked_of_one_competency_and_members_begin_differently() -> None:
    assert draw(COMPETENCIES, (), "1", "rigour")[0].id == "rigour"
    assert len({draw(COMPETENCIES, (), str(member)) for member in range(20)}) > 3


def test_a_ticked_story_fits_before_one_that_only_speaks_of_it() -> None:
    ticked, speaks, neither = story(1, "4", "I did.", "failure"), story(2, "4", "I rolled back."), story(3)
    assert fitting([speaks, neither, ticked], COMPETENCIES["failure"], ()) == [ticked, speaks]


def test_among_stories_that_fit_alike_the_one_told_least_comes_first_then_the_latest() -> None:
    one, two = story(1, "4", "I did.", "failure"), story(2, "4", "I did.", "failure")
    assert fitting([one, two], COMPETENCIES["failure"], ()) == [two, one]
    assert fitting([one, two], COMPETENCIES["failure"], [Telling("failure/1", 2)]) == [one, two]


def test_a_story_that_speaks_of_it_more_comes_first() -> None:
    much = Competency("x", "X", "x", "Can you?", ("One?",), ("This",), ("rolled back", "my fault"))
    more, less = story(1, "4", "My fault: I rolled back."), story(2, "4", "I rolled back.")
    assert fitting([less, more], much, ()) == [more, less]


@given(st.lists(st.fixed_dictionaries({part: st.sampled_from(["clear", "weak", "missing"]) for part in PARTS})))
def test_a_tally_counts_every_mark_of_every_part(given_levels: list[dict[str, Level]]) -> None:
    counted = tally([Mark(1, number, 1, levels, True) for number, levels in enumerate(given_levels)])
    assert all(sum(counted[part].values()) == len(given_levels) for part in PARTS)


def test_the_plans_know_where_their_stories_begin(catalog: Catalog) -> None:
    assert first_star_day(catalog.plans["two-weeks"]) == 10
    assert all(first_star_day(plan) for plan in catalog.plans.values())
