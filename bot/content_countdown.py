"""Reads guides/countdown.yaml, what to do with the days left before an interview, and checks where it leads."""

from string import Formatter
from typing import cast

from bot.catalog import (
    DIMENSIONS,
    FILLED,
    KINDS,
    TOPICS,
    Catalog,
    Countdown,
    Focus,
    Move,
    Passed,
    Phase,
    What,
)
from bot.content_reader import Entry, Faults, entry_of

COUNTDOWN = "countdown.yaml"
FILE = f"guides/{COUNTDOWN}"
LONGEST = 60  # days before an interview that a countdown may speak of


def countdown(faults: Faults) -> Countdown:
    """The countdown; what cannot be read of it is empty, with a fault."""
    entry = entry_of(faults, faults.layers.file(FILE))
    if entry is None:
        return Countdown()
    found = Countdown(
        research=entry.slug("research"),
        checklist=entry.slug("checklist"),
        phases=tuple(_phase(one) for one in entry.entries("phases", 2, 8)),
        moves=tuple(_move(one) for one in entry.entries("moves", 3, 40)),
        focus=dict(_focus(one) for one in entry.entries("stages", 1, 25)),
        drills=_drills(entry),
        passed=dict(_passed(one) for one in entry.entries("passed", len(KINDS), len(KINDS))),
    )
    _in_order(entry, found)
    entry.done()
    return found


def _phase(entry: Entry) -> Phase:
    phase = Phase(
        entry.slug("id"),
        entry.text("title", 40),
        entry.number("days", 0, LONGEST),
        entry.number("minutes", 10, 240),
        entry.text("about", 200),
    )
    entry.done()
    return phase


def _move(entry: Entry) -> Move:
    what = cast(What, entry.one_of("what", tuple(FILLED)))
    move = Move(
        id=entry.slug("id"),
        title=entry.text("title", 40),
        what=what,
        text=entry.text("text", 220),
        minutes=entry.number("minutes", 5, 120),
        first=entry.number("first", 0, LONGEST),
        last=entry.number("last", 0, LONGEST),
        times=entry.number("times", 1, LONGEST),
        every=entry.number("every", 1, LONGEST),
        stages=entry.texts("stages", 1, 25, 60) if entry.has("stages") else (),
    )
    entry.require(
        move.last <= move.first, f"last ({move.last}) is after first ({move.first}): days left go down", "last"
    )
    _braces(entry, move)
    entry.done()
    return move


def _braces(entry: Entry, move: Move) -> None:
    """A text is filled with what its kind of task knows, and with {stage}; nothing else stands in braces."""
    try:
        words = {name for _, name, _, _ in Formatter().parse(move.text) if name is not None}
    except ValueError as error:
        entry.fault(f"has braces that do not close: {error}", "text")
        return
    known = FILLED[move.what] | {"stage"}
    for word in sorted(words - known):
        entry.fault(f"{{{word}}} is not known to a task of {move.what}; there are {', '.join(sorted(known))}", "text")
    if FILLED[move.what] and not words & FILLED[move.what]:
        entry.fault(f"a task of {move.what} says which: {', '.join(sorted(FILLED[move.what]))}", "text")


def _focus(entry: Entry) -> tuple[str, Focus]:
    stage = entry.slug("stage")
    dimensions = entry.texts("dimensions", 1, len(DIMENSIONS), 40)
    focus = Focus(entry.texts("topics", 1, 6, 40), dimensions, entry.text("meets", 20))
    for topic in set(focus.topics) - set(TOPICS):
        entry.fault(f"{topic!r} is no topic; there are {', '.join(TOPICS)}", "topics")
    for dimension in set(focus.dimensions) - set(DIMENSIONS):
        entry.fault(f"{dimension!r} is no dimension; there are {', '.join(DIMENSIONS)}", "dimensions")
    entry.done()
    return stage, focus


def _drills(entry: Entry) -> dict[str, str]:
    table = entry.entry("drills")
    if table is None:
        return {}
    drills = {dimension: table.text(dimension, 140) for dimension in DIMENSIONS}
    table.done()
    return drills


def _passed(entry: Entry) -> tuple[str, Passed]:
    kind = entry.one_of("kind", KINDS)
    passed = Passed(
        entry.number("minutes", 5, 60),
        entry.text("tests", 300),
        entry.texts("hints", 2, 3, 300),
        entry.texts("follow_ups", 2, 4, 300),
    )
    entry.done()
    return kind, passed


def _in_order(entry: Entry, found: Countdown) -> None:
    days = [phase.days for phase in found.phases]
    entry.require(days == sorted(set(days), reverse=True), "phases go from many days left to few", "phases")
    entry.require(bool(days) and days[-1] == 0, "the last phase is the day itself, days: 0", "phases")
    ids = [move.id for move in found.moves]
    for id in sorted({id for id in ids if ids.count(id) > 1}):
        entry.fault(f"the id {id!r} stands here twice", "moves")
    longest = max((phase.minutes for phase in found.phases), default=0)
    for move in found.moves:
        entry.require(move.minutes <= longest, f"{move.id!r} takes longer than any day has", "moves")
    entry.require(len(found.passed) == len(KINDS), f"each kind stands here once: {', '.join(KINDS)}", "passed")


def countdown_links(faults: Faults, catalog: Catalog) -> None:
    """The guides and stages that a countdown speaks of are there, and every stage has its focus."""
    found, path = catalog.countdown, faults.layers.file(FILE)
    if not found.phases:
        return

    def fault(word: str, message: str) -> None:
        faults.add(path, faults.line(path, word), message)

    for key, id in (("research", found.research), ("checklist", found.checklist)):
        if id not in catalog.guides:
            fault(f"{key}:", f"{key}: there is no guide {id!r}")
    for id in catalog.stages.keys() - found.focus.keys():
        fault("stages:", f"stages: {id!r} of guides/stages.yaml is missing")
    for id in found.focus.keys() - catalog.stages.keys():
        fault(f"stage: {id}", f"stage: {id!r} is no stage; guides/stages.yaml has them")
    for move in found.moves:
        for id in set(move.stages) - catalog.stages.keys():
            fault(f"id: {move.id}", f"{move.id}: {id!r} is no stage; guides/stages.yaml has them")
