"""Which sample answer comes next, and what a reviewer's levels say against the judged ones."""

from hypothesis import given
from hypothesis import strategies as st

from bot.catalog import QUALITIES, Calibration, Sample, Verdict
from bot.practice.rules import LAST, Practised, hits, pick, tendency


def calibration(id: str, *levels: int) -> Calibration:
    samples = (
        Sample(quality, "An answer.", (), (), {"framing": Verdict(level, "Because.")})
        for quality, level in zip(QUALITIES, levels or (1, 2, 4), strict=True)
    )
    return Calibration(id, tuple(samples))


BANK = [calibration("one"), calibration("two"), calibration("three")]


@given(st.text(max_size=8))
def test_no_sample_comes_twice_before_all_came_once(taste: str) -> None:
    practised: list[Practised] = []
    for _ in range(len(BANK) * len(QUALITIES)):
        chosen = pick(BANK, practised, (), taste)
        assert chosen is not None
        practised.append(Practised(*chosen, {}))
    assert len({(one.question, one.number) for one in practised}) == len(practised)


def test_questions_that_were_seen_come_first() -> None:
    practised: list[Practised] = []
    for _ in range(3):
        chosen = pick(BANK, practised, {"two"}, "ana")
        assert chosen is not None
        practised.append(Practised(*chosen, {}))
    assert {one.question for one in practised} == {"two"}


def test_members_begin_with_different_samples() -> None:
    assert len({pick(BANK, (), (), str(member)) for member in range(20)}) > 3


def test_where_there_is_no_sample_none_is_picked() -> None:
    assert pick([], (), (), "ana") is None


def test_a_tendency_is_the_mean_difference_to_the_judges() -> None:
    bank = {one.id: one for one in BANK}
    assert tendency(bank, []) is None
    assert tendency(bank, [Practised("one", 1, {"framing": 3})]) == 2.0
    assert tendency(bank, [Practised("one", 1, {"framing": 3}), Practised("two", 3, {"framing": 3})]) == 0.5


def test_a_tendency_looks_at_the_last_ones_and_past_questions_that_are_gone() -> None:
    bank = {one.id: one for one in BANK}
    long_ago = [Practised("one", 1, {"framing": 4})] * 5
    lately = [Practised("one", 3, {"framing": 3})] * LAST
    assert tendency(bank, [*long_ago, *lately]) == -1.0
    assert tendency(bank, [Practised("gone", 1, {"framing": 4})]) is None


def test_a_hit_is_the_same_level() -> None:
    assert hits({"framing": 3, "communication": 2}, {"framing": 3, "communication": 4}) == 1
