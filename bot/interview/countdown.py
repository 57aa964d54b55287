"""A plan for the days that a member has left before an interview, made of the content's moves and of what is theirs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from bot.catalog import DIMENSIONS, TOPICS, Catalog, Countdown, Focus, Move, Phase, Question, Stage
from bot.mock.rules import PASSING, Recall
from bot.review.rules import Estimate

LONGEST = 21  # days planned at once: further off, the group's own plan carries
TITLES = 2  # titles of what comes back that a task names


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a member for a stage: its topics, the least covered first; its dimensions, the weakest first and
    only those below passing; titles of what comes back by local date; themes without a story; empty lines of the
    research sheet; names for what goes by ids."""

    topics: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    due: Mapping[date, Sequence[str]] = field(default_factory=dict)
    themes: tuple[str, ...] = ()
    lines: int = 0
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Task:
    move: Move
    text: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day with `left` days to go, and what to do on it; nothing where the member is away."""

    date: date
    left: int
    phase: Phase
    tasks: tuple[Task, ...]
    away: bool = False

    @property
    def minutes(self) -> int:
        return sum(task.move.minutes for task in self.tasks)


@dataclass(frozen=True, slots=True)
class Schedule:
    """`left_out` are the titles of what would serve and finds no room in the days left."""

    days: tuple[Day, ...]
    left_out: tuple[str, ...]


@dataclass
class _Used:
    """How often each move was made, and with how many days left the last time."""

    times: dict[str, int] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    due: set[str] = field(default_factory=set)  # titles that some day has brought back


def schedule(
    content: Countdown, stage: Stage, today: date, on: date, standing: Standing, off: Collection[date] = ()
) -> Schedule:
    """The days from `today` (or `LONGEST` before it is) to the day `on` of an interview. Days `off` stay free.

    Each day takes, from the top of the content's moves, those whose window is open and which have something to say, as
    long as its minutes last: with few days left what matters most takes them, and the rest is left out.
    """
    used, days = _Used(), []
    for left in range(min((on - today).days, LONGEST), -1, -1):
        day = on - timedelta(days=left)
        phase = next((one for one in reversed(content.phases) if left <= one.days), content.phases[0])
        tasks = () if day in off else _tasks(content, phase, stage, day, left, standing, used)
        days.append(Day(day, left, phase, tasks, day in off))
    return Schedule(tuple(days), _left_out(content, stage, standing, used))


def _tasks(
    content: Countdown, phase: Phase, stage: Stage, day: date, left: int, standing: Standing, used: _Used
) -> tuple[Task, ...]:
    room, tasks = phase.minutes, []
    for move in content.moves:
        last = used.last.get(move.id)
        if not move.last <= left <= move.first or move.minutes > room or not _fits(move, stage):
            continue
        if used.times.get(move.id, 0) >= move.times or (last is not None and last - left < move.every):
            continue
        text = _text(move, content, stage, day, standing, used)
        if text:
            tasks.append(Task(move, text))
            room -= move.minutes
            used.times[move.id] = used.times.get(move.id, 0) + 1
            used.last[move.id] = left
    return tuple(tasks)


def _fits(move: Move, stage: Stage) -> bool:
    return not move.stages or stage.id in move.stages


def _left_out(content: Countdown, stage: Stage, standing: Standing, used: _Used) -> tuple[str, ...]:
    """What would have had something to say and never came."""
    return tuple(
        move.title
        for move in content.moves
        if _fits(move, stage) and move.id not in used.times and _supply(move, content, stage, standing) > 0
        and move.what != "due" and move.first > 0
    )  # fmt: skip


def _supply(move: Move, content: Countdown, stage: Stage, standing: Standing) -> int:
    """How many different things a move has to say."""
    if move.what == "prepare":
        return len(stage.prepare)
    if move.what == "weak":
        return len(standing.weak)
    if move.what == "topic":
        return len(standing.topics)
    if move.what == "story":
        return len(standing.themes)
    return standing.lines if move.what == "research" else 1


def _text(move: Move, content: Countdown, stage: Stage, day: date, standing: Standing, used: _Used) -> str:
    """The task's words for this member and day; empty where it has none."""
    turn = used.times.get(move.id, 0)
    words: dict[str, str] = {}
    if move.what == "due":
        words["due"] = _back(day, standing, used)
    elif move.what == "topic" and standing.topics:
        topic = standing.topics[turn % len(standing.topics)]
        words |= {"topic": topic, "name": TOPICS[topic]}
    elif move.what == "weak" and standing.weak:
        dimension = standing.weak[turn % len(standing.weak)]
        words |= {"dimension": standing.names.get(dimension, dimension), "drill": content.drills[dimension]}
    elif move.what == "prepare" and turn < len(stage.prepare):
        words["prepare"] = stage.prepare[turn]
    elif move.what == "story":
        told = sum(used.times.get(one.id, 0) for one in content.moves if one.what == "story")
        if told < len(standing.themes):
            theme = standing.themes[told]
            words |= {"theme": theme, "name": standing.names.get(theme, theme)}
    elif move.what == "research":
        share = -(-standing.lines // move.times)  # a sitting's
        lines = min(share, standing.lines - share * turn)
        words["lines"] = f"{lines} line{'s' if lines > 1 else ''}" if lines > 0 else ""
    if move.what != "plain" and not any(words.values()):
        return ""
    return move.text.format(**words, stage=stage.id)


def _back(day: date, standing: Standing, used: _Used) -> str:
    """The titles that come back by this day and that no day before has brought."""
    titles = [
        title for at, found in sorted(standing.due.items()) if at <= day for title in found if title not in used.due
    ]
    used.due.update(titles)
    more = f" and {len(titles) - TITLES} more" if len(titles) > TITLES else ""
    return ", ".join(f"*{title}*" for title in titles[:TITLES]) + more


def stand(
    focus: Focus | None,
    catalog: Catalog,
    memory: Mapping[str, Recall],
    levels: Mapping[str, Estimate],
    due: Mapping[date, Sequence[str]],
    themes: Collection[str],
    lines: int,
) -> Standing:
    """A member's standing. `memory` goes by family, `levels` by dimension; `themes` have a story already."""
    topics = sorted(focus.topics if focus else (), key=lambda topic: _solid(catalog.by_topic.get(topic, ()), memory))
    judged = [
        one for one in (focus.dimensions if focus else DIMENSIONS) if one in levels and levels[one].mean < PASSING
    ]
    names = {one.id: one.name for one in catalog.criteria.values()} | {
        one.id: one.name for one in catalog.themes.values()
    }
    return Standing(
        topics=tuple(topic for topic in topics if catalog.by_topic.get(topic)),
        weak=tuple(sorted(judged, key=lambda one: levels[one].mean)),
        due=due,
        themes=tuple(theme for theme in catalog.themes if theme not in themes),
        lines=lines,
        names=names,
    )


def _solid(questions: Sequence[Question], memory: Mapping[str, Recall]) -> float:
    """Which share of a topic's families a member has passed."""
    families = {question.family for question in questions}
    passed = sum(family in memory and memory[family].level >= PASSING for family in families)
    return passed / len(families) if families else 1.0
