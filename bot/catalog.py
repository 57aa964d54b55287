"""The content as the rest sees it: frozen, pure, whole. `bot.content` makes it from files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, get_args

from bot.core.phrases import found

Level = Literal["easy", "medium", "hard"]
Kind = Literal["concept", "coding", "design", "case", "behavioural"]
DayKind = Literal["study", "rest", "light"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
Quality = Literal["weak", "middling", "strong"]
QUALITIES: Final[tuple[Quality, ...]] = get_args(Quality)

TOPICS: Final[Mapping[str, str]] = {
    "fundamentals": "ML fundamentals",
    "statistics": "Statistics and experiments",
    "coding": "Coding",
    "data": "Data and features",
    "ml-system-design": "ML system design",
    "deep-learning": "Deep learning",
    "llms": "LLMs and generative AI",
    "production": "Production and MLOps",
    "behavioural": "Behavioural",
    "framing": "Problem framing",
}
DIMENSIONS: Final = ("fundamentals", "system-design", "engineering", "framing", "communication")
MISTAKE_FLAGS: Final = (
    "theory-only", "no-baseline", "data-ignored", "no-metric", "no-monitoring", "no-company-questions",
)  # fmt: skip
THEMES: Final = ("failed-model", "trade-off", "explaining", "improvement")
PARTS: Final = ("situation", "task", "action", "result")
DRILL: Final = ("problem", "data", "model", "evaluation", "deployment")
USUAL_PLAN: Final = "two-weeks"
TOP_LEVEL: Final = 4  # a rubric's levels are 1 to 4; 3 would pass


@dataclass(frozen=True, slots=True)
class Mistake:
    """A common mistake of one question; `flag` is one of the six flags, or empty."""

    text: str
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """`solution` is Python or SQL (`language`), `checks` holds its tests, `figures` computes the figures of the text;
    all three are run by `bot.content_checks` alone. `see` are ids of questions that go on from here."""

    id: str
    title: str
    topic: str
    kind: Kind
    level: Level
    stages: tuple[str, ...]
    minutes: int
    family: str
    tests: str
    key_points: tuple[str, ...]
    hints: tuple[str, ...]
    follow_ups: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    prompt: str
    strong_answer: str
    theme: str = ""
    solution: str = ""
    language: Literal["", "python", "sql"] = ""
    checks: str = ""
    figures: str = ""
    references: tuple[str, ...] = ()
    see: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The level (1 to 4) that a sample answer deserves on one criterion, and why."""

    level: int
    why: str


@dataclass(frozen=True, slots=True)
class Sample:
    """An answer as a candidate writes it, judged: `key_points` are numbers from 1, `levels` go by criterion."""

    quality: Quality
    text: str
    key_points: tuple[int, ...]
    flags: tuple[str, ...]
    levels: Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Three sample answers to one question, of each quality one: on them reviewers learn what a level looks like."""

    id: str  # the question's
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class PlanDay:
    day: int
    title: str
    kind: DayKind
    goal: str
    tasks: tuple[str, ...]
    topics: tuple[str, ...] = ()
    level: Level = "medium"
    guides: tuple[str, ...] = ()
    star: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    id: str
    title: str
    summary: str
    covers: tuple[str, ...]  # the topics that its days must reach
    days: tuple[PlanDay, ...]

    def day(self, number: int) -> PlanDay | None:
        """Day `number`, counted from 1."""
        return self.days[number - 1] if 1 <= number <= len(self.days) else None


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the interview process; `minutes` is text such as "45-60"."""

    id: str
    name: str
    minutes: str
    about: str
    looks_for: tuple[str, ...]
    prepare: tuple[str, ...]
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class GuideSection:
    title: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    id: str
    title: str
    intro: str
    sections: tuple[GuideSection, ...]


@dataclass(frozen=True, slots=True)
class Anchor:
    """What an answer at one level shows."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """One dimension of the rubric; `anchors[0]` is level 1."""

    id: str
    name: str
    asks: str
    anchors: tuple[Anchor, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """One of the six mistakes that sink candidates."""

    id: str
    label: str
    text: str
    instead: str


@dataclass(frozen=True, slots=True)
class Theme:
    """One of the four themes of STAR stories. `gap` goes into "Nothing on ... yet"."""

    id: str
    name: str
    gap: str
    asks: str
    prompts: tuple[str, ...]
    listen_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Competency:
    """What a story can show beside its theme. `signs` are phrases (`bot.core.phrases`) by which a story gives it away;
    `gap` goes into "Nothing on ... yet"."""

    id: str
    name: str
    gap: str
    asks: str
    prompts: tuple[str, ...]
    listen_for: tuple[str, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Need:
    """What an answer must hold, as phrases of which one is enough, and the weak spot that is left without it."""

    phrases: tuple[str, ...]
    spot: str


@dataclass(frozen=True, slots=True)
class DrillQuestion:
    """One of the five questions that every bullet of a resume is asked."""

    id: str
    name: str
    asks: str
    listen_for: tuple[str, ...]
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Questions that a bullet's own words call for: where one of `when` stands in it (and one of `also`, if there are
    any) and none of `unless`. In `asks` and `spot`, ``{words}`` is what stands there. `after` is a question of the drill;
    `calls` and `quiet` are bullets that do and do not call for it."""

    id: str
    after: str
    when: tuple[str, ...]
    also: tuple[str, ...]
    unless: tuple[str, ...]
    asks: tuple[str, ...]
    spot: str
    calls: str
    quiet: str

    def words(self, bullet: str) -> str:
        """The words of a bullet that call for this, as they stand there; empty where it is not called for."""
        if found(self.unless, bullet) or (self.also and not found(self.also, bullet)):
            return ""
        return found(self.when, bullet)


@dataclass(frozen=True, slots=True)
class StoryPart:
    """Situation, task, action or result."""

    id: str
    name: str
    guidance: str
    weak: str


@dataclass(frozen=True, eq=False)
class Catalog:
    """Everything by id, in the order of the files. A catalog is equal to itself alone, so it can be a key."""

    questions: Mapping[str, Question] = field(default_factory=dict)
    plans: Mapping[str, Plan] = field(default_factory=dict)
    stages: Mapping[str, Stage] = field(default_factory=dict)
    guides: Mapping[str, Guide] = field(default_factory=dict)
    criteria: Mapping[str, Criterion] = field(default_factory=dict)
    rubrics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flags: Mapping[str, Flag] = field(default_factory=dict)
    themes: Mapping[str, Theme] = field(default_factory=dict)
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)
    parts: tuple[StoryPart, ...] = ()
    competencies: Mapping[str, Competency] = field(default_factory=dict)
    drill: Mapping[str, DrillQuestion] = field(default_factory=dict)
    follow_ups: Mapping[str, FollowUp] = field(default_factory=dict)

    @cached_property
    def by_topic(self) -> Mapping[str, tuple[Question, ...]]:
        """Topic -> its questions."""
        found: dict[str, list[Question]] = {}
        for question in self.questions.values():
            found.setdefault(question.topic, []).append(question)
        return {topic: tuple(questions) for topic, questions in found.items()}

    @property
    def usual_plan(self) -> Plan:
        """The plan of a group that names none."""
        return self.plans.get(USUAL_PLAN) or next(iter(self.plans.values()))

    def rubric(self, kind: Kind) -> tuple[Criterion, ...]:
        """The criteria that a question of this kind is reviewed on."""
        return tuple(self.criteria[id] for id in self.rubrics[kind])
