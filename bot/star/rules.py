"""STAR stories: what they cover and what is missing, which of them fits a prompt, and what peers say of their parts."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zlib import crc32

from bot.catalog import PARTS, Competency, Plan, Theme
from bot.core.phrases import found

MOST_STORIES = 50  # a member; more is not prepared better
CARRIES_MUCH = 5  # competencies that lean on one story: in a loop of five interviewers it is told out by noon
# What in a result is a measure: a figure (a bare year is none), or a word that says how much.
MEASURES = ("#", "#%", "$#", "twice", "twofold", "tenfold", "doubl*", "halv*", "tripl*", "half", "a third", "a quarter",
            "none", "zero")  # fmt: skip

Level = Literal["clear", "weak", "missing"]


@dataclass(frozen=True, slots=True)
class Story:
    id: int
    member: int
    theme: str
    title: str
    situation: str
    task: str
    action: str
    result: str
    updated: datetime
    shows: frozenset[str] = frozenset()  # competencies, as its author ticked them

    def part(self, id: str) -> str:
        """situation, task, action or result."""
        return {"situation": self.situation, "task": self.task, "action": self.action, "result": self.result}[id]

    @property
    def has_number(self) -> bool:
        """Whether the result is measured: a result without a number convinces nobody."""
        return bool(found(MEASURES, self.result))

    @property
    def text(self) -> str:
        return "\n".join([self.title, *(self.part(part) for part in PARTS)])


@dataclass(frozen=True, slots=True)
class Version:
    """How a story read before it was changed; `at` is when it was written (aware, UTC)."""

    id: int
    story: int
    words: Mapping[str, str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Sharing:
    """The post of a story in its group's channel; `open` until the author takes it back."""

    key: str
    open: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """What a peer says of a story's `version` (from 1): each part's level, and whether the result has a number."""

    story: int
    member: int
    version: int
    levels: Mapping[str, Level]
    number: bool
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Telling:
    """A prompt (``competency/number``, from 1) that a member was given, and the story that they told, if any."""

    prompt: str
    story: int | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a bank of stories serves and where it is thin."""

    themes: Mapping[str, int]
    competencies: Mapping[str, int]
    numberless: tuple[Story, ...]
    carrying: tuple[Story, ...]  # stories that many competencies rest on alone


def covered(stories: Iterable[Story]) -> dict[str, int]:
    """Theme -> how many stories serve it."""
    return dict(Counter(story.theme for story in stories))


def coverage(stories: Sequence[Story]) -> Coverage:
    """What the bank covers: themes as chosen, competencies as ticked."""
    shown = Counter(competency for story in stories for competency in story.shows)
    alone = Counter(story.id for story in stories for competency in story.shows if shown[competency] == 1)
    return Coverage(
        covered(stories),
        dict(shown),
        tuple(story for story in stories if not story.has_number),
        tuple(story for story in stories if alone[story.id] >= CARRIES_MUCH),
    )


def gaps(counts: Mapping[str, int], wanted: Mapping[str, Theme] | Mapping[str, Competency]) -> list[str]:
    """The gaps in words, as "Nothing on a failed model yet"."""
    return [f"Nothing on {one.gap} yet" for one in wanted.values() if not counts.get(one.id)]


def suggested(story: Story, competencies: Mapping[str, Competency]) -> list[str]:
    """The competencies that a story's own words speak of, for its author to tick."""
    return [one.id for one in competencies.values() if found(one.signs, story.text)]


def draw(
    competencies: Mapping[str, Competency], told: Collection[Telling], taste: str, only: str = ""
) -> tuple[Competency, int]:
    """The prompt that comes next, as competency and number (from 1): the one met least often, of the competency met
    least often; what is alike in that comes in an order that `taste` mixes. `only` narrows it to one competency."""
    times = Counter(one.prompt for one in told)
    by_competency = Counter(one.prompt.partition("/")[0] for one in told)
    pool = [
        (one, number)
        for one in competencies.values()
        if only in ("", one.id)
        for number in range(1, len(one.prompts) + 1)
    ]

    def cost(prompt: tuple[Competency, int]) -> tuple[int, int, int]:
        key = f"{prompt[0].id}/{prompt[1]}"
        return times[key], by_competency[prompt[0].id], crc32(f"{taste}:{key}".encode())

    return min(pool, key=cost)


def fitting(stories: Iterable[Story], competency: Competency, told: Collection[Telling]) -> list[Story]:
    """The stories that fit a prompt of the competency, the best first: those ticked for it before those whose words
    speak of it; among them those told least often before, then those that speak of it most, then the one written last."""
    times = Counter(one.story for one in told if one.story is not None)

    def rank(story: Story) -> tuple[bool, int, int, datetime, int]:
        return competency.id in story.shows, -times[story.id], _signs(story, competency), story.updated, story.id

    fit = [story for story in stories if competency.id in story.shows or _signs(story, competency)]
    return sorted(fit, key=rank, reverse=True)


def _signs(story: Story, competency: Competency) -> int:
    """How many of a competency's signs a story's words hold."""
    return sum(bool(found((sign,), story.text)) for sign in competency.signs)


def tally(marks: Iterable[Mark]) -> dict[str, Counter[Level]]:
    """Part -> level -> how many peers say so."""
    counted: dict[str, Counter[Level]] = {part: Counter() for part in PARTS}
    for mark in marks:
        for part, level in mark.levels.items():
            counted[part][level] += 1
    return counted


def first_star_day(plan: Plan) -> int:
    """The first day of a plan that asks for stories; 0 where none does."""
    return next((day.day for day in plan.days if day.star), 0)
