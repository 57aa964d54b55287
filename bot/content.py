"""Content files -> one Catalog. All faults are found in one go, each as ``file:line: what is wrong``."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TypeVar, cast

from bot.catalog import (
    DIMENSIONS,
    KINDS,
    LEVELS,
    MISTAKE_FLAGS,
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
    Plan,
    PlanDay,
    Stage,
)
from bot.content_countdown import COUNTDOWN, countdown
from bot.content_links import check_links
from bot.content_questions import calibration, question
from bot.content_reader import Entry, Faults, Found, Layers, entry_of
from bot.content_stories import competency, drill_question, follow_up, story_part, theme
from bot.core.errors import ContentError

HOME = Path(__file__).resolve().parent.parent / "content"
CHOICES = 25  # topics, stages, plans, themes and competencies are offered in a select
FOLLOW_UPS = 100  # rules; all of them are held against every bullet

T = TypeVar("T")


def layers(own: Path | None = None) -> Layers:
    """What we ship, and over it a folder of somebody's own. Raises ContentError where that is no folder."""
    if own is not None and not own.is_dir():
        raise ContentError([f"{own}: there is no such folder; docs/content.md says what belongs there"])
    return Layers((HOME,) if own is None else (HOME, own.resolve()))


def load(own: Path | None = None) -> Catalog:
    """What we ship, with a folder of one's own laid over it. Raises ContentError with every fault that both have."""
    catalog, faults = read(own)
    if faults.found:
        raise ContentError(faults.sorted())
    return catalog


def read(own: Path | None = None) -> tuple[Catalog, Faults]:
    """What `load` gives, as far as it can be read, with its faults. Raises ContentError only for a missing folder."""
    faults = Faults(layers(own))
    catalog = Catalog(
        questions=_by_id(faults, [question(one) for one in _fronted(faults)]),
        plans=_by_id(faults, sorted((_plan(one) for one in _files(faults, "plans")), key=lambda one: len(one[1].days))),
        stages=_by_id(faults, _list(faults, "guides/stages.yaml", "stages", _stage)),
        guides=_by_id(faults, [_guide(one) for one in _files(faults, "guides", but=("stages.yaml", COUNTDOWN))]),
        criteria=_by_id(faults, _list(faults, "rubrics/criteria.yaml", "criteria", _criterion)),
        rubrics=_rubrics(faults),
        flags=_by_id(faults, _list(faults, "rubrics/mistakes.yaml", "mistakes", _flag)),
        themes=_by_id(faults, _list(faults, "star/themes.yaml", "themes", theme)),
        calibrations=_by_id(faults, [calibration(one) for one in _files(faults, "calibration")]),
        parts=tuple(part for _, part in _list(faults, "star/parts.yaml", "parts", story_part)),
        competencies=_by_id(faults, _list(faults, "star/competencies.yaml", "competencies", competency)),
        drill=_by_id(faults, _list(faults, "resume/drill.yaml", "questions", drill_question)),
        follow_ups=_by_id(faults, _list(faults, "resume/follow-ups.yaml", "follow_ups", follow_up, FOLLOW_UPS)),
        countdown=countdown(faults),
    )
    check_links(faults, catalog)
    return catalog, faults


def _by_id(faults: Faults, found: Sequence[Found[T]]) -> dict[str, T]:
    known: dict[str, T] = {}
    for entry, item in found:
        id = str(getattr(item, "id", ""))
        if id in known:
            entry.fault(f"the id {id!r} stands in another file or entry already", "id")
        known[id] = item
    return known


def _files(faults: Faults, kind: str, but: Collection[str] = ()) -> list[Entry]:
    paths = [path for path in faults.layers.files(f"{kind}/*.yaml") if path.name not in but]
    return [entry for path in paths if (entry := entry_of(faults, path)) is not None]


def _fronted(faults: Faults) -> list[Entry]:
    paths = faults.layers.files("questions/*/*.md")
    return [entry for path in paths if (entry := entry_of(faults, path)) is not None]


def _list(
    faults: Faults, name: str, key: str, make: Callable[[Entry], Found[T]], most: int = CHOICES
) -> list[Found[T]]:
    entry = entry_of(faults, faults.layers.file(name))
    if entry is None:
        return []
    found = [make(one) for one in entry.entries(key, 1, most)]
    entry.done()
    return found


def _plan(entry: Entry) -> Found[Plan]:
    days = tuple(_day(one, number) for number, one in enumerate(entry.entries("days", 1, 60), start=1))
    covers = entry.texts("covers", 1, len(TOPICS), 40)
    plan = Plan(entry.slug("id"), entry.text("title", 60), entry.text("summary", 300), covers, days)
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
        entry.slug("id", 30),  # as long as a question's `stages` may be
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


def _rubrics(faults: Faults) -> dict[str, tuple[str, ...]]:
    entry = entry_of(faults, faults.layers.file("rubrics/kinds.yaml"))
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
