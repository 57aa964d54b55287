"""Any group's life keeps every promise, the same numbers live the same life, and every invariant is able to fail."""

import asyncio
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Literal

import pytest

from bot.bootstrap import assemble
from bot.catalog import Catalog
from bot.core.events import Place
from bot.drama import Drama
from bot.drama_interview import Appointment
from bot.drama_stories import Written
from bot.invariants import INVARIANTS, Ending, Given, broken, counts, ending
from bot.invariants_pairs import Paired
from bot.loop.rules import Loop, PartState
from bot.loop.rules import Part as OnsiteRound
from bot.mock.rules import Wish
from bot.pair.rules import Chair, Pair, Request, State, Turn
from bot.rounds.rules import Part
from bot.simulate import START, Board, live, simulate
from bot.star.rules import Mark
from bot.testing import FrozenClock, MemoryStore

DAYS = 4


@pytest.mark.parametrize("members", range(2, 13))
def test_a_group_of_any_size_keeps_every_promise(catalog: Catalog, members: int) -> None:
    outcome = simulate(catalog, members, 2, seed=members * 17)
    assert outcome.broken == []
    assert outcome.counts.daily_posts == 2
    assert outcome.counts.answers > 0
    assert outcome.counts.reviews_done > 0


def test_two_whole_weeks_end_with_one_celebration(catalog: Catalog) -> None:
    outcome = simulate(catalog, 3, 15, seed=3)
    assert outcome.broken == []
    figures = outcome.counts.as_dict()
    assert figures["daily_posts"] == 14
    assert (figures["double_posts"], figures["undelivered"]) == (0, 0)
    assert sum("You did it" in line for line in outcome.transcript) == 1


def test_the_same_numbers_live_the_same_life_and_another_seed_another(catalog: Catalog) -> None:
    first, again, other = (simulate(catalog, 3, 1, seed) for seed in (5, 5, 6))
    assert first == again
    assert first.transcript != other.transcript


def test_the_same_life_is_lived_on_postgresql(catalog: Catalog, postgres_url: str) -> None:
    here, there = simulate(catalog, 4, 5, seed=9), simulate(catalog, 4, 5, 9, postgres_url)
    assert there.broken == []
    assert there == here


@pytest.mark.parametrize(("members", "days"), [(1, 14), (41, 14), (6, 0), (6, 61)])
def test_numbers_that_make_no_group_are_refused(catalog: Catalog, members: int, days: int) -> None:
    with pytest.raises(ValueError, match=r"2 to 40|1 to 60"):
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


def _drama(end: Ending, **changes: Any) -> Ending:
    """The same life as its members remember it otherwise."""
    drama = copy(end.drama)
    for name, value in changes.items():
        setattr(drama, name, value)
    return replace(end, drama=drama)


def _given(end: Ending, change: Callable[[Given], Given]) -> Ending:
    """Every answer that was dealt, changed."""
    return replace(end, given=[change(given) if given.assignments else given for given in end.given])


def _assigned(end: Ending, **changes: Any) -> Ending:
    """Every assignment, changed."""
    return _given(end, lambda one: replace(one, assignments=tuple(replace(a, **changes) for a in one.assignments)))


def _to_its_author(given: Given) -> Given:
    return replace(given, assignments=(replace(given.assignments[0], reviewer=given.answer.member),))


def _away(end: Ending) -> Ending:
    """Everybody says now that they were on leave all the time."""
    always = (date(2026, 1, 1), date(2027, 1, 1))
    cast = [replace(life, habits=replace(life.habits, away=always), left=START) for life in end.drama.cast]
    return _drama(end, cast=cast)


def _paired(end: Ending, **changes: Any) -> Ending:
    """The same life with other pairs and onsites."""
    return replace(end, paired=replace(Paired(), **changes))


def _pairs(*pairs: tuple[int, int], state: State = "set", observer: int = 0, apart: bool = True) -> list[Pair]:
    """Pairs long ago; the first an hour before the others, unless they are not `apart`."""
    found = []
    for number, (one, other) in enumerate(pairs, start=1):
        at = START + timedelta(hours=number > 1 and apart)
        chairs = [Chair(one, "first", True, Wish()), Chair(other, "second", True, Wish())]
        chairs += [Chair(observer, "observer", True, Wish())] if observer and number > 1 else []
        found.append(Pair(number, 1, state, at, at, tuple(chairs)))
    return found


def _turns(*turns: tuple[int, int]) -> dict[int, list[Turn]]:
    """A first turn a pair, still running."""
    return {
        number: [Turn(number, number, 1, one, other, number, START, START, "running")]
        for number, (one, other) in enumerate(turns, start=1)
    }


LEVELS = {"framing": 3}


def _loop(state: Literal["active", "done"], *parts: PartState, levels: dict[str, int] = LEVELS) -> list[Any]:
    rounds = [OnsiteRound(1, number, "onsite-coding", one, levels=levels) for number, one in enumerate(parts, start=1)]
    return [(Loop(1, 1, 1, "sitting", state, START, START), rounds)]


def _onsite(
    end: Ending, state: Literal["active", "done"], *parts: PartState, levels: dict[str, int] = LEVELS
) -> Ending:
    return _paired(end, loops=_loop(state, *parts, levels=levels))


def _rewritten(given: Given) -> Given:
    return replace(given, answer=replace(given.answer, parts=(Part("form", "What nobody wrote"),)))


def _told(end: Ending, **changes: Any) -> Ending:
    """The same life, with other stories and bullets in the store or in their authors' memory."""
    return replace(end, told=replace(end.told, **changes))


def _marked_by_its_author(end: Ending) -> Ending:
    stories = {
        id: replace(kept, marks=[Mark(id, kept.story.member, 1, {}, True)]) for id, kept in end.told.stories.items()
    }
    return _told(end, stories=stories)


def _never_shared(end: Ending) -> Ending:
    marked = {id: replace(kept, marks=[Mark(id, -1, 1, {}, True)]) for id, kept in end.told.stories.items()}
    wrote = {id: replace(one, ever=False) for id, one in end.told.wrote_stories.items()}
    return _told(end, stories=marked, wrote_stories=wrote)


def _misremembered(known: Mapping[int, Written], **changes: Any) -> dict[int, Written]:
    return {id: replace(one, **changes) for id, one in known.items()}


def _turned(known: Mapping[int, Written]) -> dict[int, Written]:
    return {id: replace(one, shared=not one.shared) for id, one in known.items()}


def _posted(end: Ending, known: Mapping[int, Written]) -> Ending:
    """Everything that was written stands in a post, and nothing of it was shared."""
    posts = [("daily:1:2026-08-31", one.texts[-1]) for one in known.values()]
    bullets = _misremembered(end.told.wrote_bullets, ever=False)
    return _told(end, posts=posts, wrote_bullets=bullets)


def _appointed(end: Ending, change: Callable[[Appointment], Appointment]) -> Ending:
    """Everybody remembers their interviews otherwise."""
    interviews = copy(end.drama.interviews)
    interviews.known = [change(one) for one in interviews.known]
    return _drama(end, interviews=interviews)


def _hours_later(one: Appointment) -> Appointment:
    return replace(one, states=[(since, at and at + timedelta(hours=3)) for since, at in one.states])


BREAKS: dict[str, dict[str, Callable[[Ending], Ending]]] = {
    "one post a group and date": {
        "no post": lambda end: _without(end, "daily:"),
        "another day's": lambda end: replace(end, expected=dict.fromkeys(end.expected, 9)),
        "an unexpected one": lambda end: replace(end, expected={}),
    },
    "nothing is posted twice": {"twice": lambda end: replace(end, messages=[*end.messages, end.messages[-1]])},
    "nothing is undelivered": {
        "waiting": lambda end: replace(end, states={"sent": 9, "pending": 1}),
        "given up": lambda end: replace(end, states={"sent": 9, "failed": 1}),
    },
    "stored answers follow what was written": {
        "lost": lambda end: replace(end, given=[]),
        "changed": lambda end: _given(end, _rewritten),
        "invented": lambda end: _drama(end, written={}),
    },
    "every answer is dealt as promised": {
        "to its author": lambda end: _given(end, _to_its_author),
        "to one twice": lambda end: _assigned(end, reviewer=1),
        "to too few": lambda end: _given(end, lambda one: replace(one, assignments=one.assignments[:1])),
    },
    "nobody on leave is dealt to or reminded": {
        "dealt to": lambda end: replace(_away(end), messages=[]),
        "reminded": lambda end: replace(_away(end), given=[]),
    },
    "closed answers are laid open": {"hidden for ever": lambda end: _without(end, "laid:")},
    "feedback arrives": {"never": lambda end: _without(end, "feedback:")},
    "leases end": {"still open": lambda end: _assigned(end, state="open", due=START)},
    "the load of reviews is even": {"all to one": lambda end: _assigned(end, reviewer=1, backfill=False)},
    "stories keep every version": {
        "lost": lambda end: _told(end, stories={}),
        "one too few": lambda end: _told(
            end, wrote_stories=_misremembered(end.told.wrote_stories, texts=["Once", "Twice"])
        ),
    },
    "a bullet's answers and whys stay with it": {
        "lost": lambda end: _told(end, bullets={}),
        "another answer": lambda end: _told(
            end, wrote_bullets=_misremembered(end.told.wrote_bullets, answers={"data": "?"})
        ),
        "another why": lambda end: _told(
            end, wrote_bullets=_misremembered(end.told.wrote_bullets, lines=[("ana", "?")])
        ),
    },
    "only what is shared is shown": {
        "a story": lambda end: _posted(end, end.told.wrote_stories),
        "a bullet": lambda end: _posted(end, end.told.wrote_bullets),
    },
    "what is shared is what its author said": {
        "stories": lambda end: _told(end, wrote_stories=_turned(end.told.wrote_stories)),
        "bullets": lambda end: _told(end, wrote_bullets=_turned(end.told.wrote_bullets)),
    },
    "stories are marked by peers, and when shared": {
        "by its author": _marked_by_its_author,
        "never shared": _never_shared,
    },
    "the group's coverage waits for its day": {
        "too early": lambda end: _told(end, posts=[("star-stand:1:2026-08-31", "")], first_day=10),
    },
    "only interviews that are on remind, in time": {
        "all cancelled": lambda end: _appointed(end, lambda one: replace(one, states=[(START, None)])),
        "all on leave": lambda end: replace(_away(end), given=[]),
        "another hour": lambda end: _appointed(end, _hours_later),
        "to another": lambda end: _appointed(end, lambda one: replace(one, who="nobody")),
    },
    "every interview that is on reminds": {"none came": lambda end: _without(end, "interview:")},
    "nobody saw what they should not, and nothing broke": {"seen": lambda end: _drama(end, wrong=["Ana saw it"])},
    "no pair is repeated while others wait": {
        "crosswise": lambda end: _paired(end, pairs=_pairs((1, 2), (1, 2), (3, 4)), turns=_turns((1, 2))),
        "beside an observer": lambda end: _paired(end, pairs=_pairs((1, 2), (1, 2), observer=3), turns=_turns((1, 2))),
    },
    "nobody is left over silently": {
        "never told": lambda end: _paired(end, pairs=_pairs((1, 2))),
        "still waiting": lambda end: _paired(end, waiting=[Request(1, 1, 1, START, START)]),
    },
    "pairs end": {
        "never begun": lambda end: _paired(end, pairs=_pairs((1, 2))),
        "never scored": lambda end: _paired(end, pairs=_pairs((1, 2), state="running"), turns=_turns((1, 2))),
        "with themselves": lambda end: _paired(end, pairs=_pairs((1, 2), state="over"), turns=_turns((1, 1))),
    },
    "nobody sits in two pairs at once": {"in two": lambda end: _paired(end, pairs=_pairs((1, 2), (1, 3), apart=False))},
    "onsites add up": {
        "out of order": lambda end: _onsite(end, "active", "waiting", "done"),
        "done too soon": lambda end: _onsite(end, "done", "done", "waiting"),
        "never done": lambda end: _onsite(end, "active", "done", "skipped"),
        "without levels": lambda end: _onsite(end, "active", "done", "waiting", levels={}),
        "two at a time": lambda end: _paired(end, loops=[*_loop("active", "waiting"), *_loop("active", "waiting")]),
    },
}


@pytest.mark.parametrize(("name", "how"), [(name, how) for name in INVARIANTS for how in BREAKS.get(name, {"?": None})])
def test_every_invariant_is_able_to_fail_and_says_its_name(end: Ending, name: str, how: str) -> None:
    assert [line for line in broken(BREAKS[name][how](end)) if line.startswith(f"{name}: ")]
