"""Any group's life keeps every promise, the same numbers live the same life, and every invariant is able to fail."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.bootstrap import assemble
from bot.catalog import Catalog
from bot.core.events import Place
from bot.drama import Drama
from bot.invariants import INVARIANTS, Ending, broken, counts, ending
from bot.rounds.rules import Part
from bot.simulate import START, Board, live, simulate
from bot.testing import FrozenClock, MemoryStore

DAYS = 4


@pytest.mark.parametrize("members", range(2, 13))
def test_a_group_of_any_size_keeps_every_promise(catalog: Catalog, members: int) -> None:
    outcome = simulate(catalog, members, 3, seed=members * 17)
    assert outcome.broken == []
    assert outcome.counts.daily_posts == 3
    assert outcome.counts.answers > 0
    assert outcome.counts.reviews_done > 0


def test_two_whole_weeks_end_with_a_celebration_and_nobody_without_a_review(catalog: Catalog) -> None:
    outcome = simulate(catalog, 4, 15, seed=3)
    assert outcome.broken == []
    figures = outcome.counts.as_dict()
    assert figures["daily_posts"] == 14
    assert (figures["answers_without_review"], figures["double_posts"], figures["undelivered"]) == (0, 0, 0)
    assert sum("answers by the form" in line for line in outcome.transcript) > 5
    assert sum("reviews" in line for line in outcome.transcript) > 5
    assert "made it" in outcome.transcript[-1] or any("Two weeks" in line for line in outcome.transcript[-12:])


def test_the_same_numbers_live_the_same_life_and_another_seed_another(catalog: Catalog) -> None:
    first, again, other = (simulate(catalog, 3, 2, seed) for seed in (5, 5, 6))
    assert first == again
    assert first.transcript != other.transcript


@pytest.mark.parametrize(("members", "days"), [(1, 14), (41, 14), (6, 0), (6, 61)])
def test_numbers_that_make_no_group_are_refused(catalog: Catalog, members: int, days: int) -> None:
    with pytest.raises(ValueError, match="2 to 40|1 to 60"):
        simulate(catalog, members, days, seed=1)


# Every invariant is able to fail ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def end(catalog: Catalog) -> Ending:
    """The end of a life that kept every promise."""

    async def lived() -> Ending:
        clock = FrozenClock(START)
        board, store = Board(clock), MemoryStore(clock, catalog)
        bot = assemble(store, catalog, clock, {"web": board})
        drama = Drama(bot, catalog, 1, 6, Place("web", "home", "prep"), board)
        await live(drama, clock.set, START, DAYS * 24)
        await bot.advance(clock, START + timedelta(days=DAYS, hours=3))
        return store.now(lambda work: ending(drama, 1, START, clock.now(), work))

    end = asyncio.run(lived())
    assert broken(end) == []
    assert counts(end).answers > 5
    return end


def _without(end: Ending, start: str) -> Ending:
    return replace(end, messages=[message for message in end.messages if not message.key.startswith(start)])


def _twice(end: Ending) -> Ending:
    return replace(end, messages=[*end.messages, end.messages[-1]])


def _first_given(end: Ending, **changes: object) -> Ending:
    """The first answer that was dealt, changed."""
    number = next(number for number, given in enumerate(end.given) if given.assignments)
    given = list(end.given)
    given[number] = replace(given[number], **changes)  # type: ignore[arg-type]
    return replace(end, given=given)


def _dealt(end: Ending) -> tuple[int, list[object]]:
    given = next(given for given in end.given if given.assignments)
    return given.answer.member, list(given.assignments)


def _to_the_author(end: Ending) -> Ending:
    given = next(given for given in end.given if given.assignments)
    first, *rest = given.assignments
    return _first_given(end, assignments=(replace(first, reviewer=given.answer.member), *rest))


def _to_too_few(end: Ending) -> Ending:
    given = next(given for given in end.given if given.assignments)
    return _first_given(end, assignments=given.assignments[:1])


def _to_one_twice(end: Ending) -> Ending:
    given = next(given for given in end.given if given.assignments)
    first, second, *rest = given.assignments
    return _first_given(end, assignments=(first, replace(second, reviewer=first.reviewer), *rest))


def _away_when_dealt(end: Ending) -> Ending:
    """Everyone was on leave the whole time, and still there are dealings."""
    life = replace(end.drama.cast[1], habits=replace(end.drama.cast[1].habits, away=_always()))
    return _with_cast(end, life)
