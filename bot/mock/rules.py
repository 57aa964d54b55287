"""Which question is fit for this member now, and when what they missed comes back.

Spacing is FSRS (Open Spaced Repetition, `fsrs`): at a wanted retention of 0.9, fuzz off so that the same life gives the
same dates. The memory is kept a family, so that any variant of one idea counts.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, lru_cache
from math import gcd
from typing import NamedTuple
from zlib import crc32

import fsrs

from bot.catalog import LEVELS, Level, Question
from bot.core.records import record

LONGEST_GAP = timedelta(days=7)  # in a preparation of two weeks nothing stays away longer
_RATINGS = {1: fsrs.Rating.Again, 2: fsrs.Rating.Hard, 3: fsrs.Rating.Good, 4: fsrs.Rating.Easy}
PASSING = 3
LET_BE = timedelta(hours=12)  # what was due, shown and passed over waits so long: "another one" is another one


class Recall(NamedTuple):
    """What a member remembers of a family. `memory` is FSRS's own state as JSON, empty before the first level.

    A named tuple: hundreds are read at each question asked, and a dataclass takes three times as long to make.
    """

    family: str
    question: str
    level: int
    seen: datetime
    due: datetime | None
    memory: str = ""


class Memory(Mapping[str, Recall]):
    """What a member remembers, by family. A store makes one that reads no more than is asked for."""

    def __init__(self, recalls: Mapping[str, Recall]) -> None:
        self._recalls = recalls

    def __getitem__(self, family: str) -> Recall:
        return self._recalls[family]

    def __iter__(self) -> Iterator[str]:
        return iter(self._recalls)

    def __len__(self) -> int:
        return len(self._recalls)

    def families(self) -> Collection[str]:
        """The names of all families, at hand to be looked among."""
        return self._recalls.keys()

    def due(self, now: datetime) -> list[Recall]:
        """The families that are due again, the longest due first."""
        due = [recall for recall in self.values() if recall.due is not None and recall.due <= now]
        return sorted(due, key=lambda recall: (recall.due, recall.family))

    def passed(self) -> int:
        """How many families were passed."""
        return sum(recall.level >= PASSING for recall in self.values())


@record(frozen=True, slots=True)
class Wish:
    """What a member asked for; empty means anything."""

    topic: str = ""
    level: str = ""
    kind: str = ""
    stage: str = ""

    def fits(self, question: Question) -> bool:
        return (
            self.topic in ("", question.topic)
            and self.level in ("", question.level)
            and self.kind in ("", question.kind)
            and (not self.stage or self.stage in question.stages)
        )


@cache
def _scheduler() -> fsrs.Scheduler:
    return fsrs.Scheduler(desired_retention=0.9, enable_fuzzing=False, learning_steps=(), relearning_steps=())


def longest_gap(now: datetime, interview: datetime | None) -> timedelta:
    """How long an idea may stay away: a week, and no longer than half of what is left to the member's own interview."""
    if interview is None or interview <= now:
        return LONGEST_GAP
    return min(LONGEST_GAP, (interview - now) / 2)


def remember(
    before: Recall | None, question: Question, level: int, now: datetime, interview: datetime | None = None
) -> Recall:
    """The memory after an answer of this level (1 to 4) to a question of the family. The member's own next `interview`
    caps when it comes back."""
    card = fsrs.Card.from_dict(json.loads(before.memory)) if before and before.memory else fsrs.Card(card_id=1)
    card, _ = _scheduler().review_card(card, _RATINGS[level], review_datetime=now)
    due = min(card.due, now + longest_gap(now, interview))
    return Recall(question.family, question.id, level, now, due, json.dumps(card.to_dict()))


def drawn_near(memory: Mapping[str, Recall], now: datetime, interview: datetime) -> list[Recall]:
    """What is changed of a memory when an interview comes up: nothing stays away longer than that leaves time for."""
    latest = now + longest_gap(now, interview)
    return [one._replace(due=latest) for one in memory.values() if one.due is not None and one.due > latest]


def glimpsed(before: Recall | None, question: Question, now: datetime) -> Recall:
    """The memory after a question was shown and not levelled yet."""
    if before is None:
        return Recall(question.family, question.id, 0, now, None)
    return Recall(question.family, question.id, before.level, now, before.due, before.memory)


@record(frozen=True, slots=True)
class Shelf:
    """The questions that fit a wish: by family, and by level in a mixed order. Made once a wish, looked at every time."""

    families: Mapping[str, tuple[Question, ...]]
    levels: Mapping[Level, tuple[Question, ...]]
    own: tuple[Question, ...] = ()  # a group's own, which come before others that are new

    @classmethod
    def of(cls, questions: Iterable[Question], wish: Wish) -> "Shelf":
        fitting = sorted((one for one in questions if wish.fits(one)), key=lambda one: crc32(one.id.encode()))
        families: dict[str, list[Question]] = {}
        for question in fitting:
            families.setdefault(question.family, []).append(question)
        levels = {level: tuple(one for one in fitting if one.level == level) for level in LEVELS}
        return cls({family: tuple(variants) for family, variants in families.items()}, levels)

    def with_own(self, questions: Iterable[Question], wish: Wish) -> "Shelf":
        """The same with the questions of a group's own that fit the wish."""
        own = tuple(question for question in questions if wish.fits(question))
        if not own:
            return self
        return Shelf({**self.families, **{question.family: (question,) for question in own}}, self.levels, own)


def pick(
    shelf: Shelf,
    memory: Mapping[str, Recall],
    now: datetime,
    asked: Collection[str] = (),
    hidden: Collection[str] = (),
    taste: str = "",
    lean: Shelf | None = None,
) -> Question | None:
    """The question that serves this member now; None where none is left on the shelf. `hidden` ones are never it.

    First what is due again (the longest due first), then families never seen at the member's own level (what the group
    was `asked` after the rest), and last the family that was seen longest ago. Within a family, a variant other than
    the last one. What is alike in all that comes in an order that `taste` mixes, so that members begin differently.
    Of what is due and of what is new, that on the shelf `lean` comes first: an interview is near that asks such.
    """
    known = memory if isinstance(memory, Memory) else Memory(memory)
    ready = LEVELS.index(_ready_for(known.passed()))
    due = [one for one in known.due(now) if one.family in shelf.families and not _passed_over(one, now)]
    if lean is not None:
        due.sort(key=lambda recall: recall.family not in lean.families)
    again = _variant(shelf, due, ready, hidden)
    if again is not None:
        return again
    met = known.families()
    fresh = _fresh(lean, met, ready, asked, hidden, taste) if lean is not None else None
    fresh = fresh or _fresh(shelf, met, ready, asked, hidden, taste)
    if fresh is not None:
        return fresh
    seen = [recall for recall in known.values() if recall.family in shelf.families]
    return _variant(shelf, sorted(seen, key=lambda recall: (recall.seen, recall.family)), ready, hidden)


def _passed_over(recall: Recall, now: datetime) -> bool:
    return recall.due is not None and recall.due <= recall.seen and now < recall.seen + LET_BE


def _variant(shelf: Shelf, recalls: Sequence[Recall], ready: int, hidden: Collection[str]) -> Question | None:
    """Of the first family that has one, a variant other than the last, as near the level as there is."""
    for recall in recalls:
        variants = [one for one in shelf.families[recall.family] if one.id not in hidden]
        if variants:
            return min(variants, key=lambda one: (one.id == recall.question, abs(LEVELS.index(one.level) - ready)))
    return None


_NEAREST = tuple(
    tuple(sorted(LEVELS, key=lambda level: abs(LEVELS.index(level) - ready))) for ready in range(len(LEVELS))
)


def _fresh(
    shelf: Shelf, met: Collection[str], ready: int, asked: Collection[str], hidden: Collection[str], taste: str
) -> Question | None:
    """A question of a family never met, of the nearest level; what the group was asked after all others.

    Each taste walks a level's questions from a place of its own and in steps of its own, and takes the first that
    is new: a look at a few questions, however many there are.
    """
    for question in shelf.own:
        if question.family not in met and question.id not in hidden:
            return question
    start = crc32(taste.encode())
    spare: Question | None = None
    for level in _NEAREST[ready]:
        for question in _walk(shelf.levels[level], start):
            if question.family in met or question.id in hidden:
                continue
            if question.id not in asked:
                return question
            spare = spare or question
    return spare


def _walk(questions: Sequence[Question], start: int) -> Iterator[Question]:
    """All of the questions, each once, in the order of a taste: a step without a common divisor meets every place."""
    count = len(questions)
    step = _step(start % max(count, 1), count)
    return (questions[(start + turn * step) % count] for turn in range(count))


@lru_cache(maxsize=4_096)
def _step(least: int, count: int) -> int:
    return next((step for step in range(1 + least, 2 * count + 2) if gcd(step, count) == 1), 1)


def _ready_for(passed: int) -> Level:
    """Levels ramp up: medium after three passed families, hard after eight."""
    return "easy" if passed < 3 else "medium" if passed < 8 else "hard"


def missed(memory: Mapping[str, Recall], now: datetime) -> list[Recall]:
    """The families that are due again, the longest due first."""
    return (memory if isinstance(memory, Memory) else Memory(memory)).due(now)
