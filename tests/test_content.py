"""The content that we ship: whole, correct where a machine can tell, and refused with file and line where it is not."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from bot.catalog import TOPICS, Catalog, Question
from bot.content import HOME, load
from bot.core.errors import ContentError
from bot.core.markup import Bullets, Paragraph, Quote, Span, Text, parse

LEAST = {
    "fundamentals": 8, "coding": 8, "ml-system-design": 8, "deep-learning": 8, "llms": 8, "statistics": 8,
    "production": 8, "behavioural": 8,
}  # fmt: skip
QUESTIONS = sorted(path.stem for path in (HOME / "questions").glob("*/*.md"))
CODING = sorted(path.stem for path in (HOME / "questions" / "coding").glob("*.md"))


def test_every_topic_has_its_questions(catalog: Catalog) -> None:
    assert len(catalog.questions) >= 60
    for topic in TOPICS:
        assert len(catalog.by_topic[topic]) >= LEAST[topic], topic


def test_every_stage_and_level_is_served(catalog: Catalog) -> None:
    stages = Counter(stage for question in catalog.questions.values() for stage in question.stages)
    assert set(stages) == set(catalog.stages)
    levels = Counter(question.level for question in catalog.questions.values())
    assert min(levels.values()) >= 12


@pytest.mark.parametrize("id", CODING)
def test_a_reference_solution_passes_its_tests(catalog: Catalog, id: str) -> None:
    question = catalog.questions[id]
    names: dict[str, object] = {"__name__": f"solution_of_{id}"}
    exec(compile(question.solution, f"{id}.md: Solution", "exec"), names)
    exec(compile(question.checks, f"{id}.md: Tests", "exec"), names)
    checks = {name: one for name, one in names.items() if name.startswith("test_") and callable(one)}
    assert len(checks) >= 3
    for check in checks.values():
        check()


@pytest.mark.parametrize("id", CODING)
def test_the_tests_of_a_coding_question_can_fail(catalog: Catalog, id: str) -> None:
    """With every public function and class of the solution made to return nothing, no question's tests pass."""
    question = catalog.questions[id]
    names: dict[str, object] = {"__name__": f"solution_of_{id}"}
    exec(compile(question.solution, f"{id}.md: Solution", "exec"), names)
    for name in re.findall(r"^(?:def|class) (\w+)", question.solution, re.MULTILINE):
        names[name] = lambda *args, **more: None
    exec(compile(question.checks, f"{id}.md: Tests", "exec"), names)
    failed = 0
    for name, check in list(names.items()):
        if name.startswith("test_") and callable(check):
            try:
                check()
            except Exception:  # noqa: BLE001 - a solution that does nothing breaks its tests in any way it likes
                failed += 1
    assert failed


@pytest.mark.parametrize("id", QUESTIONS)
def test_no_text_falls_into_a_markup_trap(catalog: Catalog, id: str) -> None:
    """No table, heading or formula that a chat would show as raw signs; no stars that stand alone and vanish."""
    question = catalog.questions[id]
    for text in _texts(question):
        for line in re.sub(r"```.*?```", "", text, flags=re.DOTALL).splitlines():
            assert not line.startswith(("#", "|")), line
            assert "$$" not in line, line
    shown = _shown(question.prompt) + _shown(question.strong_answer)
    assert "**" not in shown, "bold that does not close"


def _texts(question: Question) -> list[str]:
    return [question.prompt, question.strong_answer, *question.hints, *question.follow_ups, *question.key_points]


def _shown(text: str) -> str:
    """What a reader sees of a text outside code."""
    found: list[Span] = []
    for block in parse(text):
        if isinstance(block, Paragraph | Quote):
            found += block.spans
        elif isinstance(block, Bullets):
            found += [span for item in block.items for span in item]
    return "".join(span.text for span in found if isinstance(span, Text) and span.style != "code")


def test_no_two_questions_are_alike(catalog: Catalog) -> None:
    """Titles differ, and no two prompts share most of their words."""
    titles = Counter(question.title.lower() for question in catalog.questions.values())
    assert max(titles.values()) == 1
    bags = {id: set(re.findall(r"[a-z]{5,}", one.prompt.lower())) for id, one in catalog.questions.items()}
    for first, one in bags.items():
        for second, other in bags.items():
            if first < second:
                assert len(one & other) / len(one | other) < 0.4, (first, second)


def test_the_plan_has_fourteen_days_with_a_rest_and_a_light_one(catalog: Catalog) -> None:
    days = catalog.plans["two-weeks"].days
    assert len(days) == 14
    assert [day.day for day in days if day.kind == "rest"] == [7]
    assert [day.day for day in days if day.kind == "light"] == [14]
    assert [day.day for day in days if day.star] == [10, 11]


def test_each_of_the_five_dimensions_has_four_anchored_levels(catalog: Catalog) -> None:
    assert len(catalog.criteria) == 5
    assert all(len(criterion.anchors) == 4 for criterion in catalog.criteria.values())
    assert len(catalog.flags) == 6
    assert len(catalog.themes) == 4
    assert {id for criteria in catalog.rubrics.values() for id in criteria} == set(catalog.criteria)


BROKEN: dict[str, tuple[str, str, str, str]] = {  # what is broken: file, from, to, what the fault says
    "an unknown key": ("questions/coding/{}.md", "family:", "famly:", "famly: is not known here"),
    "an unknown level": ("questions/coding/{}.md", "level: ", "level: very-", "is not one of easy, medium, hard"),
    "an unknown stage": ("questions/coding/{}.md", "stages: [", "stages: [moon, ", "'moon' is no stage"),
    "a missing section": ("questions/coding/{}.md", "## Tests", "## Test", "“## Tests” is missing"),
    "no front matter": ("questions/coding/{}.md", "---\n", "", "starts with its front matter"),
    "broken YAML": ("questions/coding/{}.md", "key_points:", "key_points: [", "is no YAML"),
    "a guide that is not there": (
        "plans/two-weeks.yaml",
        "guides: [",
        "guides: [nowhere, ",
        "there is no guide 'nowhere'",
    ),
    "a day out of order": ("plans/two-weeks.yaml", "day: 3\n", "day: 4\n", "this is day 3"),
    "an unknown criterion": ("rubrics/kinds.yaml", "concept: [", "concept: [charm, ", "'charm' is no criterion"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_is_named_with_its_line(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "content"
    shutil.copytree(HOME, folder)
    name, old, new, says = BROKEN[what]
    file = folder / name.format(CODING[0])
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load(folder)
    line = next(fault for fault in caught.value.faults if says in fault)
    assert re.match(rf"content/{re.escape(name.format(CODING[0]))}:\d+: ", line)


def test_all_faults_are_found_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "content"
    shutil.copytree(HOME, folder)
    for id in CODING[:3]:
        file = folder / "questions" / "coding" / f"{id}.md"
        file.write_text(file.read_text(encoding="utf-8").replace("minutes: ", "minutes: 9"), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load(folder)
    assert len({fault.split(":")[0] for fault in caught.value.faults}) == 3


def test_a_folder_that_is_not_there_is_named() -> None:
    with pytest.raises(ContentError, match="there is no such folder"):
        load(Path("/nowhere/content"))
