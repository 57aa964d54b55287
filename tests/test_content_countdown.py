"""The countdown of content: every fault of it is named with its line, and every task of ours can stand in a plan."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.catalog import Catalog
from bot.content import HOME, load
from bot.core.errors import ContentError
from bot.interview.countdown import Standing, schedule

FILE = "guides/countdown.yaml"
BROKEN = {  # from, to, what the fault says
    "a guide that is not there": (
        "research: company-research",
        "research: nowhere",
        "research: there is no guide 'nowhere'",
    ),
    "a window that goes backwards": (
        "    first: 14\n    last: 3",
        "    first: 2\n    last: 3",
        "last (3) is after first (2)",
    ),
    "a word that nobody fills": ("{prepare}", "{prepare} {weather}", "{weather} is not known to a task of prepare"),
    "a word that is missing": ("{prepare}", "Prepare.", "a task of prepare says which: prepare"),
    "braces that do not close": ("{prepare}", "{prepare", "has braces that do not close"),
    "a kind of task that is none": ("what: weak", "what: strong", "'strong' is not one of due, topic"),
    "a stage that is none": ("stages: [onsite-behavioural,", "stages: [moon,", "story: 'moon' is no stage"),
    "a stage without its focus": (
        "stage: recruiter",
        "stage: recruiters",
        "'recruiter' of guides/stages.yaml is missing",
    ),
    "a topic that is none": ("topics: [behavioural]", "topics: [charm]", "'charm' is no topic"),
    "a dimension that is none": ("dimensions: [engineering,", "dimensions: [charm,", "'charm' is no dimension"),
    "phases out of order": ("days: 7", "days: 70", "days: '70' is not a whole number from 0 to 60"),
    "no last day": ("    days: 0\n", "    days: 2\n", "the last phase is the day itself"),
    "a task twice": ("id: warm-up", "id: boxes", "the id 'boxes' stands here twice"),
    "a kind left out": ("kind: behavioural", "kind: case", "each kind stands here once"),
    "a key that nobody asked for": (
        "checklist: day-of",
        "advice: none\nchecklist: day-of",
        "advice: is not known here",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_fault_of_the_countdown_is_named_with_its_line(tmp_path: Path, what: str) -> None:
    old, new, says = BROKEN[what]
    text = (HOME / FILE).read_text(encoding="utf-8")
    assert old in text
    folder = tmp_path / "content"
    (folder / "guides").mkdir(parents=True)
    (folder / FILE).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load(folder)
    line = next(fault for fault in caught.value.faults if says in fault)
    number = line.removeprefix(f"content/{FILE}:").partition(":")[0]
    assert number.isdecimal()


def test_without_the_file_one_line_says_so(tmp_path: Path) -> None:
    shutil.copytree(HOME, tmp_path / "content")
    (tmp_path / "content" / FILE).write_bytes(b"\xff")
    with pytest.raises(ContentError, match=f"content/{FILE}:1: cannot be read"):
        load(tmp_path / "content")


def test_every_task_finds_its_day_in_some_plan(catalog: Catalog) -> None:
    today = date(2026, 9, 1)
    knows = Standing(tuple(catalog.by_topic), tuple(catalog.criteria), {today: ["x"]}, tuple(catalog.themes), 7)
    made = set()
    for stage in catalog.stages.values():
        for left in range(22):
            found = schedule(catalog.countdown, stage, today, today + timedelta(days=left), knows)
            made |= {task.move.id for day in found.days for task in day.tasks}
    assert made == {move.id for move in catalog.countdown.moves}


def test_every_day_before_an_interview_has_something_to_do(catalog: Catalog) -> None:
    today = date(2026, 9, 1)
    for stage in catalog.stages.values():
        knows = Standing(topics=catalog.countdown.focus[stage.id].topics)
        for left in range(22):
            found = schedule(catalog.countdown, stage, today, today + timedelta(days=left), knows)
            assert all(day.tasks for day in found.days)
