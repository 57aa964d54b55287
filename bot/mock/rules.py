"""Which question is fit for this member now, and when what they missed comes back.

Spacing is FSRS (Open Spaced Repetition, `fsrs`): at a wanted retention of 0.9, fuzz off so that the same life gives the
same dates. The memory is kept a family, so that any variant of one idea counts.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from zlib import crc32

import fsrs

from bot.catalog import LEVELS, Level, Question

LONGEST_GAP = timedelta(days=7)  # in a preparation of two weeks nothing stays away longer
_RATINGS = {1: fsrs.Rating.Again, 2: fsrs.Rating.Hard, 3: fsrs.Rating.Good, 4: fsrs.Rating.Easy}
_RANK = {level: rank for rank, level in enumerate(LEVELS)}
PASSING = 3
LET_BE = timedelta(hours=12)  # what was due, shown and passed over waits so long: "another one" is another one


@dataclass(frozen=True, slots=True)
class Recall:
    """What a member remembers of a family. `memory` is FSRS's own state as JSON, empty before the first level."""

    family: str
    question: str
    level: int
    seen: datetime
    due: datetime | None
    memory: str = ""


@dataclass(frozen=True, slots=True)
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


ANYTHING = Wish()


@cache
def _scheduler() -> fsrs.Scheduler:
    return fsrs.Scheduler(desired_retention=0.9, enable_fuzzing=False, learning_steps=(), relearning_steps=())


def remember(before: Recall | None, question: Question, level: int, now: datetime) -> Recall:
    """The memory after an answer of this level (1 to 4) to a question of the family."""
    card = fsrs.Card.from_dict(json.loads(before.memory)) if before and before.memory else fsrs.Card(card_id=1)
    card, _ = _scheduler().review_card(card, _RATINGS[level], review_datetime=now)
    due = min(card.due, now + LONGEST_GAP)
    return Recall(question.family, question.id, level, now, due, json.dumps(card.to_dict()))


def glimpsed(before: Recall | None, question: Question, now: datetime) -> Recall:
    """The memory after a question was shown and not levelled yet."""
    if before is None:
        return Recall(question.family, question.id, 0, now, None)
    return Recall(question.family, question.id, before.level, now, before.due, before.memory)


def pick(
    questions: Sequence[Question],
    wish: Wish,
    memory: Mapping[str, Recall],
    now: datetime,
    asked: Collection[str] = (),
    taste: str = "",
) -> Question | None:
    """The question that serves this member now; None where no question fits the wish.

    First what is due again (the longest due first), then families never seen at the member's own level (what the group
    was `asked` after the rest), and last the family that was seen longest ago. Within a family, a variant other than
    the last one. What is alike in all that comes in an order that `taste` mixes, so that members begin differently.
    """
    fitting = [question for question in questions if wish.fits(question)] if wish != ANYTHING else questions
    if not fitting:
        return None
    ready = _RANK[_ready_for(memory)]

    def mixed(question: Question) -> int:
        return crc32(f"{taste}:{question.id}".encode())

    def cost(question: Question) -> tuple[int, float, bool, int]:
        known = memory.get(question.family)
        off = abs(_RANK[question.level] - ready)
        if known is None:
            return (1, float(question.id in asked), False, off)
        same = known.question == question.id
        passed_over = known.due is not None and known.due <= known.seen and now < known.seen + LET_BE
        if known.due is not None and known.due <= now and not passed_over:
            return (0, known.due.timestamp(), same, off)
        return (2, known.seen.timestamp(), same, off)

    costs = [cost(question) for question in fitting]
    least = min(costs)
    return min((question for question, its in zip(fitting, costs, strict=True) if its == least), key=mixed)


def _ready_for(memory: Mapping[str, Recall]) -> Level:
    """Levels ramp up: medium after three passed families, hard after eight."""
    passed = sum(recall.level >= PASSING for recall in memory.values())
    return "easy" if passed < 3 else "medium" if passed < 8 else "hard"


def missed(memory: Mapping[str, Recall], now: datetime) -> list[Recall]:
    """The families that are due again, the longest due first."""
    due = [recall for recall in memory.values() if recall.due is not None and recall.due <= now]
    return sorted(due, key=lambda recall: recall.due or now)
