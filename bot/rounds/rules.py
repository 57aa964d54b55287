"""A round asks one question in one place; answers grow from parts, and keep every version."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Literal

from bot.catalog import LEVELS, TOP_LEVEL, Kind, Level, Question
from bot.core.markup import blank
from bot.core.records import record

ANSWER_MOST = 12_000  # characters of one member's whole answer: what a reviewer can read in a few minutes
ABOUT_KIND: Mapping[Kind, str] = {
    "concept": "Explain it as you would to an interviewer.",
    "coding": "Write the code and say what it costs.",
    "design": "Walk from the problem to monitoring.",
    "case": "Say what you would look at, in which order, and why.",
    "behavioural": "Answer with a story: situation, task, action, result.",
}
FORM = "form"  # the source of the part that came by the form
# A system design is answered in the six parts of the template. Five fields fit a form, so three are asked at a time.
DESIGN_PARTS: Mapping[str, str] = {
    "framing": "Problem framing",
    "data": "Data",
    "features": "Features",
    "model": "Model",
    "serving": "Serving",
    "monitoring": "Monitoring",
}
DESIGN_STEPS = (("framing", "data", "features"), ("model", "serving", "monitoring"))
PART_MOST = 1_900  # characters of one part: six of them with their headings fit ANSWER_MOST
_DESIGN = "part:"

RoundKind = Literal["daily", "mock", "pair", "loop"]


@record(frozen=True, slots=True)
class Round:
    """`date` is nominal (the group's local day). `thread` is known once the post has landed; `key` is the post's.
    `member` asked for a mock, or is the candidate of a pair or of a loop. `shared` rounds have a thread in the channel."""

    id: int
    group: int
    kind: RoundKind
    question: str
    opened: datetime
    closes: datetime
    date: date
    day: int = 0
    member: int | None = None
    key: str = ""
    thread: str = ""
    closed: bool = False

    def open_at(self, now: datetime) -> bool:
        return not self.closed and now < self.closes

    @property
    def shared(self) -> bool:
        return bool(self.key)

    @property
    def alone(self) -> bool:
        """Only its member sees it and judges it."""
        return self.kind in ("mock", "loop") and not self.shared


@record(frozen=True, slots=True)
class Part:
    """A piece of an answer: a thread message (by the platform's id), the form, a part of a design, or a follow-up."""

    source: str
    text: str

    @property
    def hidden(self) -> bool:
        """Typed where nobody else saw it."""
        return self.source == FORM or self.source.startswith(("follow-up", _DESIGN))

    @property
    def design(self) -> str:
        """Which of the template's parts it is; empty where it is none."""
        return self.source.removeprefix(_DESIGN) if self.source.startswith(_DESIGN) else ""

    @property
    def spoken(self) -> str:
        """The words as they stand in the whole answer: a design's part under its heading."""
        return f"{DESIGN_PARTS[self.design]}\n{self.text}" if self.design in DESIGN_PARTS else self.text


@record(frozen=True, slots=True)
class Answer:
    id: int
    round: int
    member: int
    text: str
    hints: int = 0
    follow_ups: int = 0
    level: int = 0  # as the member levelled it; 0 where they did not
    revealed: bool = False
    edited_after_reveal: bool = False
    parts: tuple[Part, ...] = ()

    @property
    def given(self) -> bool:
        return not blank(self.text)

    @property
    def unseen(self) -> bool:
        """Nothing of it stood in the thread."""
        return all(part.hidden for part in self.parts)

    @property
    def by_part(self) -> bool:
        """Whether something of it was answered in the parts of the design template."""
        return any(part.design and not blank(part.text) for part in self.parts)


def design_source(part: str) -> str:
    """The source of a part of the design template."""
    return f"{_DESIGN}{part}"


def in_order(parts: Iterable[Part]) -> list[Part]:
    """The parts as they are read: a design's in the order of the template, then the rest as it was written."""
    order = list(DESIGN_PARTS)
    return sorted(parts, key=lambda part: order.index(part.design) if part.design in order else len(order))


def compose(parts: Iterable[Part]) -> str:
    """The answer that its parts make."""
    return "\n\n".join(part.spoken for part in in_order(parts) if not blank(part.text))


def best_level(hints: int) -> int:
    """The best level that can still be reached: each hint costs one of four."""
    return max(1, TOP_LEVEL - hints)


def see_strong_answer(round: Round, answer: Answer | None, now: datetime) -> bool:
    """Whether a member may see the strong answer: they answered, or the round is over."""
    return not round.open_at(now) or (answer is not None and answer.given)


def question_of_the_day(
    questions: Sequence[Question],
    families_used: Iterable[str],
    asked: Iterable[str],
    aim: Level,
    gaps: dict[str, float],
    seen: Collection[str] = (),
    near: Mapping[str, float] | None = None,
) -> Question:
    """The question that serves the group best: a family not asked yet, then the group's weakest, near the aimed level.

    `gaps` is family -> how many members have it due; `near` is stage -> how many have an interview of it near. A member
    has met the `seen` questions in a mock. `asked` goes from the first to the latest. A question asked before comes only
    when nothing else is left: then the one asked least often, and not the latest again.
    """
    used, earlier = Counter(families_used), tuple(asked)
    times, latest = Counter(earlier), earlier[-1:]

    def cost(question: Question) -> tuple[int, bool, bool, int, float, int, str]:
        off = abs(LEVELS.index(question.level) - LEVELS.index(aim))
        gap = gaps.get(question.family, 0.0)
        lean = sum((near or {}).get(stage, 0.0) for stage in question.stages)
        known = question.id in seen and not gap  # what somebody missed is to come again
        return (times[question.id], question.id in latest, known, used[question.family], -gap - lean, off, question.id)

    return min(questions, key=cost)


def letters(round: int, answers: Iterable[int]) -> dict[int, str]:
    """Answer id -> the letter it goes by where names are hidden. The order says nothing about who was first."""
    order = sorted(answers, key=lambda answer: sha256(f"{round}:{answer}".encode()).digest())
    return {answer: _letter(number) for number, answer in enumerate(order)}


def _letter(number: int) -> str:
    """A to Z, then AA, AB ..."""
    tail = chr(ord("A") + number % 26)
    return tail if number < 26 else _letter(number // 26 - 1) + tail


def shown_name(answer: Answer, name: str, letter: str, names_shown: bool) -> str:
    """How an answer's author is called before others: by name, or by a letter where the group hides names and nothing
    of the answer stood in the thread."""
    return f"{name}'s answer" if names_shown or not answer.unseen else f"Answer {letter}"


def as_asked(question: Question) -> str:
    """The question as a candidate reads it, in the neutral markup."""
    about = f"*{question.level}, {question.minutes} minutes. {ABOUT_KIND[question.kind]}*"
    return f"**{question.title}**\n{about}\n\n{question.prompt}"
