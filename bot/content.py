"""Content files -> one Catalog. All faults are found in one go, each as ``file:line: what is wrong``."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar, cast

from bot.catalog import (
    DIMENSIONS,
    KINDS,
    LEVELS,
    TOP_LEVEL,
    TOPICS,
    Anchor,
    Catalog,
    Criterion,
    DayKind,
    Flag,
    Guide,
    GuideSection,
    Kind,
    Level,
    Mistake,
    Plan,
    PlanDay,
    Question,
    Stage,
    StoryPart,
    Theme,
)
from bot.content_reader import Entry, Faults, entry_of
from bot.core.errors import ContentError

HOME = Path(__file__).resolve().parent.parent / "content"
CHOICES = 25  # topics, stages, plans and themes are offered in a select
MISTAKE_FLAGS = ("theory-only", "no-baseline", "data-ignored", "no-metric", "no-monitoring", "no-company-questions")
THEMES = ("failed-model", "trade-off", "explaining", "improvement")
PARTS = ("situation", "task", "action", "result")
_SECTION = re.compile(r"^## +(.+?) *$", re.MULTILINE)
_FENCED = re.compile(r"\A```python\n(.*\n)```\Z", re.DOTALL)

T = TypeVar("T")


def load(folder: Path = HOME) -> Catalog:
    """The whole content of a folder. Raises ContentError with every fault that it has."""
    faults = Faults(folder)
    if not folder.is_dir():
        raise ContentError([f"{folder}: there is no such folder; content/ of the source has what belongs there"])
    catalog = Catalog(
        questions=_by_id(faults, [_question(one) for one in _fronted(faults, folder)]),
        plans=_by_id(faults, [_plan(one) for one in _files(faults, folder, "plans")]),
        stages=_by_id(faults, _list(faults, folder, "guides/stages.yaml", "stages", _stage)),
        guides=_by_id(faults, [_guide(one) for one in _files(faults, folder, "guides", but="stages.yaml")]),
        criteria=_by_id(faults, _list(faults, folder, "rubrics/criteria.yaml", "criteria", _criterion)),
        rubrics=_rubrics(faults, folder),
        flags=_by_id(faults, _list(faults, folder, "rubrics/mistakes.yaml", "mistakes", _flag)),
        themes=_by_id(faults, _list(faults, folder, "star/themes.yaml", "themes", _theme)),
        parts=tuple(part for _, part in _list(faults, folder, "star/parts.yaml", "parts", _part)),
    )
    _links(faults, catalog)
    if faults.found:
        raise ContentError(faults.sorted())
    return catalog


Found = tuple[Entry, T]


def _by_id(faults: Faults, found: Sequence[Found[T]]) -> dict[str, T]:
    known: dict[str, T] = {}
    for entry, item in found:
        id = str(getattr(item, "id", ""))
        if id in known:
            entry.fault(f"the id {id!r} stands in another file or entry already", "id")
        known[id] = item
    return known


def _files(faults: Faults, folder: Path, kind: str, but: str = "") -> list[Entry]:
    paths = sorted(path for path in (folder / kind).glob("*.yaml") if path.name != but)
    if not paths:
        faults.add(folder / kind, 1, "there is no .yaml file here")
    return [entry for path in paths if (entry := entry_of(faults, path)) is not None]


def _list(faults: Faults, folder: Path, name: str, key: str, make: Callable[[Entry], Found[T]]) -> list[Found[T]]:
    entry = entry_of(faults, folder / name)
    if entry is None:
        return []
    found = [make(one) for one in entry.entries(key, 1, CHOICES)]
    entry.done()
    return found


def _fronted(faults: Faults, folder: Path) -> list[Entry]:
    paths = sorted((folder / "questions").glob("*/*.md"))
    if not paths:
        faults.add(folder / "questions", 1, "there is no question here")
    return [entry for path in paths if (entry := entry_of(faults, path)) is not None]


def _question(entry: Entry) -> Found[Question]:
    topic = entry.one_of("topic", tuple(TOPICS))
    id = entry.text("id", 60)
    entry.require(id == entry.path.stem, f"the id is {id!r}, the file is called {entry.path.name}", "id")
    entry.require(topic == entry.path.parent.name, f"topic {topic!r} belongs in questions/{topic}/", "topic")
    kind = cast(Kind, entry.one_of("kind", KINDS))
    sections = _sections(entry, kind)
    question = Question(
        id=id,
        title=entry.text("title", 70, least=8),
        topic=topic,
        kind=kind,
        level=cast(Level, entry.one_of("level", LEVELS)),
        stages=entry.texts("stages", 1, 7, 30),
        minutes=entry.number("minutes", 5, 60),
        family=entry.slug("family"),
        tests=entry.text("tests", 300),
        key_points=entry.texts("key_points", 4, 7, 140),
        hints=entry.texts("hints", 2, 3, 300),
        follow_ups=entry.texts("follow_ups", 2, 4, 300),
        mistakes=tuple(_mistake(one) for one in entry.entries("mistakes", 2, 4)),
        prompt=sections.get("", ""),
        strong_answer=sections.get("Strong answer", ""),
        theme=entry.one_of("theme", THEMES) if kind == "behavioural" else "",
        solution=_code(entry, sections.get("Solution", ""), "Solution"),
        checks=_code(entry, sections.get("Tests", ""), "Tests"),
    )
    entry.require(150 <= len(question.prompt) <= 1_500, "the prompt has 150 to 1,500 characters", "")
    entry.require(500 <= len(question.strong_answer) <= 8_000, "the strong answer has 500 to 8,000 characters", "")
    entry.done()
    return entry, question


def _sections(entry: Entry, kind: str) -> dict[str, str]:
    pieces = _SECTION.split(entry.body)
    sections = {"": pieces[0].strip()} | dict(zip(pieces[1::2], (one.strip() for one in pieces[2::2]), strict=True))
    wanted = {"", "Strong answer"} | ({"Solution", "Tests"} if kind == "coding" else set())
    for title in wanted - sections.keys():
        entry.fault(f"the section “## {title}” is missing", "")
    for title in sections.keys() - wanted:
        entry.fault(f"the section “## {title}” has no place here; there are {', '.join(sorted(wanted - {''}))}", "")
    return sections


def _code(entry: Entry, section: str, title: str) -> str:
    if not section:
        return ""
    fenced = _FENCED.match(section)
    if fenced is None or "\n```" in fenced[1]:
        entry.fault(f"“## {title}” holds one ```python block and nothing else", "")
        return ""
    try:
        compile(fenced[1], entry.path.name, "exec")
    except SyntaxError as error:
        entry.fault(f"“## {title}” is no Python: {error.msg} in its line {error.lineno}", "")
    return fenced[1]


def _mistake(entry: Entry) -> Mistake:
    flag = entry.one_of("flag", MISTAKE_FLAGS) if entry.has("flag") else ""
    mistake = Mistake(entry.text("text", 300), flag)
    entry.done()
    return mistake


def _plan(entry: Entry) -> Found[Plan]:
    days = tuple(_day(one, number) for number, one in enumerate(entry.entries("days", 1, 60), start=1))
    plan = Plan(entry.slug("id"), entry.text("title", 60), entry.text("summary", 300), days)
    entry.require(plan.id == entry.path.stem, f"the id is {plan.id!r}, the file is called {entry.path.name}", "id")
    entry.done()
    return entry, plan


def _day(entry: Entry, number: int) -> PlanDay:
    kind = cast(DayKind, entry.one_of("kind", ("study", "rest", "light")))
    study = kind == "study"
    entry.require(entry.number("day", 1, 60) == number, f"this is day {number}: days stand in order", "day")
    day = PlanDay(
        day=number,
        title=entry.text("title", 60),
        kind=kind,
        goal=entry.text("goal", 300),
        tasks=entry.texts("tasks", 3 if study else 1, 5, 220),
        topics=entry.texts("topics", 1, 4, 40) if study else (),
        level=cast(Level, entry.one_of("level", LEVELS)) if study else "easy",
        guides=entry.texts("guides", 0, 3, 40) if entry.has("guides") else (),
        star=entry.flag("star"),
    )
    entry.done()
    return day


def _stage(entry: Entry) -> Found[Stage]:
    stage = Stage(
        entry.slug("id"),
        entry.text("name", 40),
        entry.text("minutes", 10),
        entry.text("about", 500),
        entry.texts("looks_for", 3, 5, 160),
        entry.texts("prepare", 3, 5, 200),
        cast("tuple[Kind, ...]", entry.texts("kinds", 1, 5, 20)),
    )
    for kind in set(stage.kinds) - set(KINDS):
        entry.fault(f"{kind!r} is no kind of question; there are {', '.join(KINDS)}", "kinds")
    entry.done()
    return entry, stage


def _guide(entry: Entry) -> Found[Guide]:
    sections = tuple(_guide_section(one) for one in entry.entries("sections", 1, 8))
    guide = Guide(entry.slug("id"), entry.text("title", 60), entry.text("intro", 500), sections)
    entry.require(guide.id == entry.path.stem, f"the id is {guide.id!r}, the file is called {entry.path.name}", "id")
    entry.done()
    return entry, guide


def _guide_section(entry: Entry) -> GuideSection:
    section = GuideSection(entry.text("title", 60), entry.texts("items", 1, 8, 220))
    entry.done()
    return section


def _criterion(entry: Entry) -> Found[Criterion]:
    anchors = []
    levels = entry.entry("levels")
    if levels is not None:
        for level in range(1, TOP_LEVEL + 1):
            anchor = levels.entry(str(level))
            if anchor is not None:
                anchors.append(Anchor(anchor.text("label", 40), anchor.text("text", 150)))
                anchor.done()
        levels.done()
    criterion = Criterion(
        entry.one_of("id", DIMENSIONS), entry.text("name", 45), entry.text("asks", 160), tuple(anchors)
    )
    entry.done()
    return entry, criterion


def _rubrics(faults: Faults, folder: Path) -> dict[str, tuple[str, ...]]:
    entry = entry_of(faults, folder / "rubrics/kinds.yaml")
    table = entry.entry("rubrics") if entry else None
    if entry is None or table is None:
        return {}
    rubrics: dict[str, tuple[str, ...]] = {kind: table.texts(kind, 2, 5, 40) for kind in KINDS}
    for kind, criteria in rubrics.items():
        for id in set(criteria) - set(DIMENSIONS):
            table.fault(f"{id!r} is no criterion; there are {', '.join(DIMENSIONS)}", kind)
    table.done()
    entry.done()
    return rubrics


def _flag(entry: Entry) -> Found[Flag]:
    flag = Flag(
        entry.one_of("id", MISTAKE_FLAGS), entry.text("label", 60), entry.text("text", 220), entry.text("instead", 220)
    )
    entry.done()
    return entry, flag


def _theme(entry: Entry) -> Found[Theme]:
    theme = Theme(
        entry.one_of("id", THEMES),
        entry.text("name", 45),
        entry.text("asks", 200),
        entry.texts("prompts", 3, 5, 220),
        entry.texts("listen_for", 3, 5, 160),
    )
    entry.done()
    return entry, theme


def _part(entry: Entry) -> Found[StoryPart]:
    part = StoryPart(
        entry.one_of("id", PARTS), entry.text("name", 45), entry.text("guidance", 95), entry.text("weak", 160)
    )
    entry.done()
    return entry, part


def _links(faults: Faults, catalog: Catalog) -> None:
    """Ids that point nowhere, and the sets that must be whole."""
    for name, known, wanted in (
        ("rubrics/criteria.yaml", catalog.criteria, DIMENSIONS),
        ("rubrics/mistakes.yaml", catalog.flags, MISTAKE_FLAGS),
        ("star/themes.yaml", catalog.themes, THEMES),
        ("star/parts.yaml", {part.id: part for part in catalog.parts}, PARTS),
    ):
        for id in [one for one in wanted if one not in known]:
            faults.add(faults.folder / name, 1, f"{id!r} is missing")
    for question in catalog.questions.values():
        _stage_links(faults, catalog, question)
    for plan in catalog.plans.values():
        _plan_links(faults, catalog, plan)


def _stage_links(faults: Faults, catalog: Catalog, question: Question) -> None:
    """A question belongs to stages that there are, and that ask its kind."""
    where = faults.folder / "questions" / question.topic / f"{question.id}.md"
    for id in question.stages:
        stage = catalog.stages.get(id)
        if stage is None:
            faults.add(where, faults.line(where, "stages"), f"{id!r} is no stage; guides/stages.yaml has them")
        elif question.kind not in stage.kinds:
            faults.add(
                where, faults.line(where, "stages"), f"{id!r} asks {', '.join(stage.kinds)}, not {question.kind}"
            )


def _plan_links(faults: Faults, catalog: Catalog, plan: Plan) -> None:
    where = faults.folder / "plans" / f"{plan.id}.yaml"
    for day in plan.days:
        for topic in [one for one in day.topics if one not in catalog.by_topic]:
            faults.add(where, faults.line(where, topic), f"day {day.day}: no question has the topic {topic!r}")
        for guide in [one for one in day.guides if one not in catalog.guides]:
            faults.add(where, faults.line(where, guide), f"day {day.day}: there is no guide {guide!r}")
