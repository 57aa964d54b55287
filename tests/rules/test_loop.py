"""What a hiring committee reads from a whole onsite."""

from hypothesis import given
from hypothesis import strategies as st

from bot.loop.rules import STAGES, Part, capped, current, packet


def onsite(*levels: int, flags: tuple[str, ...] = ()) -> list[Part]:
    """A round for each level, all criteria alike."""
    return [
        Part(1, number, STAGES[number - 1], "done", number, levels={"fundamentals": level, "communication": level},
             flags=flags if number == 1 else ())
        for number, level in enumerate(levels, start=1)
    ]  # fmt: skip


def test_levels_are_counted_by_dimension_over_the_rounds() -> None:
    read = packet([*onsite(4, 2), Part(1, 3, STAGES[2], "done", 3, levels={"framing": 3}, late=True)])
    assert read.dimensions == {"fundamentals": (3.0, 2), "communication": (3.0, 2), "framing": (3.0, 1)}
    assert (read.scored, read.late, read.skipped) == (3, 1, 0)


def test_the_reading_goes_from_strong_yes_to_not_yet() -> None:
    assert packet(onsite(4, 4, 4)).reading == "strong yes"
    assert packet(onsite(4, 4, 4, flags=("no-metric",))).reading == "yes"
    assert packet(onsite(3, 3, 3)).reading == "yes"
    assert packet(onsite(3, 3, 2)).reading == "close"
    assert packet(onsite(2, 2, 2)).reading == "not yet"


def test_one_low_dimension_sinks_a_good_mean_and_a_mistake_seen_twice_is_a_pattern() -> None:
    low = [Part(1, number, STAGES[0], "done", number, levels={"a": 4, "b": 4, "c": 2}) for number in (1, 2, 3)]
    assert packet(low).reading == "close"
    twice = [
        Part(1, number, STAGES[0], "done", number, levels={"a": 4}, flags=("no-baseline",)) for number in (1, 2, 3)
    ]
    assert packet(twice).reading == "close"
    assert packet(twice).flags == {"no-baseline": 3}


def test_fewer_than_three_rounds_are_too_little() -> None:
    assert packet(onsite(4, 4)).reading == "too little"
    skipped = [Part(1, number, STAGES[number - 1], "skipped") for number in (1, 2, 3, 4, 5)]
    assert packet(skipped).reading == "too little"
    assert packet(skipped).skipped == 5


@given(st.lists(st.sampled_from(["waiting", "open", "done", "skipped"]), min_size=1, max_size=5))
def test_the_round_to_come_is_the_first_that_is_not_over(states: list[str]) -> None:
    parts = [Part(1, number, "onsite-coding", state) for number, state in enumerate(states, start=1)]  # type: ignore[arg-type]
    found = current(parts)
    over = [state in ("done", "skipped") for state in states]
    assert (found is None) == all(over)
    assert found is None or found.number == over.index(False) + 1


def test_hints_leave_no_level_above_what_is_within_reach() -> None:
    assert capped({"a": 4, "b": 1}, 2) == {"a": 2, "b": 1}
