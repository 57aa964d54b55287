"""The content that we ship: whole, correct where a machine can tell, and refused with file and line where it is not."""

import re
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.catalog import DRILL, TOPICS, Catalog, Competency, Level, Question, Theme
from bot.content import HOME, load
from bot.content_checks import ALIKE, Failure, holds, loaded_tests, near_duplicates, run, solution_of
from bot.content_links import question_file
from bot.core.errors import ContentError
from bot.core.markup import Bullets, Paragraph, Quote, Span, Text, parse

LEAST = {
    "fundamentals": 60, "statistics": 40, "coding": 50, "data": 25, "ml-system-design": 45, "deep-learning": 40, "llms": 45,
    "production": 35, "behavioural": 30, "framing": 10,
}  # fmt: skip
SPREAD: dict[Level, float] = {"easy": 0.30, "medium": 0.45, "hard": 0.25}
QUESTIONS = sorted(path.stem for path in (HOME / "questions").glob("*/*.md"))
CODING = sorted(
    path.stem for path in (HOME / "questions").glob("*/*.md") if "\nkind: coding\n" in path.read_text("utf-8")
)
FIRST = "gini-best-split"


def test_every_topic_has_its_questions(catalog: Catalog) -> None:
    assert set(LEAST) == set(TOPICS)
    for topic in TOPICS:
        assert len(catalog.by_topic[topic]) >= LEAST[topic], topic


def test_levels_are_spread(catalog: Catalog) -> None:
    levels = Counter(question.level for question in catalog.questions.values())
    for level, share in SPREAD.items():
        assert levels[level] / levels.total() == pytest.approx(share, abs=0.05), level


def test_every_stage_is_served_at_the_levels_that_it_asks(catalog: Catalog) -> None:
    for stage in catalog.stages:
        questions = [question for question in catalog.questions.values() if stage in question.stages]
        assert len(questions) >= 10, stage
        assert len({question.level for question in questions}) >= 2, stage


def test_every_theme_of_stories_has_questions(catalog: Catalog) -> None:
    themes = Counter(question.theme for question in catalog.by_topic["behavioural"])
    assert set(themes) == set(catalog.themes)
    assert min(themes.values()) >= 5


def test_ten_guides_say_what_to_ask_the_company(catalog: Catalog) -> None:
    assert len([id for id in catalog.guides if id.startswith("ask-")]) >= 10


def test_reviewers_have_sample_answers_of_every_topic(catalog: Catalog) -> None:
    assert len(catalog.calibrations) >= 40
    assert {catalog.questions[id].topic for id in catalog.calibrations} == set(TOPICS)


def test_samples_differ_as_their_qualities_do(catalog: Catalog) -> None:
    """A stronger answer earns more on the whole rubric, and makes no fewer key points."""
    for calibration in catalog.calibrations.values():
        earned = [sum(verdict.level for verdict in sample.levels.values()) for sample in calibration.samples]
        assert earned == sorted(set(earned)), calibration.id
        points = [len(sample.key_points) for sample in calibration.samples]
        assert points == sorted(points), calibration.id


@pytest.mark.parametrize("id", QUESTIONS)
def test_solutions_pass_their_tests_and_figures_are_as_computed(catalog: Catalog, id: str) -> None:
    question = catalog.questions[id]
    assert run(question, (HOME / question_file(question)).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("id", CODING)
def test_the_tests_of_a_coding_question_can_fail(catalog: Catalog, id: str) -> None:
    """With a solution that returns nothing in place of every function, class and query, no question's tests pass."""
    question = catalog.questions[id]
    solution = solution_of(question)
    if isinstance(solution, str):
        empty: Mapping[str, object] | str = f"SELECT * FROM ({solution.rstrip().rstrip(';')}) WHERE 0"
    else:
        made = re.findall(r"^(?:def|class) (\w+)", question.solution, re.MULTILINE)
        empty = {**solution, **dict.fromkeys(made, lambda *args, **more: None)}
    failed = 0
    for check in loaded_tests(question, empty).values():
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
    titles = Counter(question.title.lower() for question in catalog.questions.values())
    assert max(titles.values()) == 1
    assert near_duplicates(tuple(catalog.questions.values())) == []


def test_a_question_in_other_words_is_found(catalog: Catalog) -> None:
    question = catalog.questions["roc-auc-with-rare-positives"]
    again = replace(question, id="again", prompt=question.prompt.replace("model", "classifier"),
                    strong_answer="\n\n".join(reversed(question.strong_answer.split("\n\n"))))  # fmt: skip
    [(one, other, likeness)] = near_duplicates((*catalog.questions.values(), again))
    assert {one.id, other.id} == {question.id, "again"}
    assert ALIKE < likeness <= 1.0001


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


def test_stories_and_resumes_have_what_their_features_draw_on(catalog: Catalog) -> None:
    assert 10 <= len(catalog.competencies) <= 25
    assert tuple(catalog.drill) == DRILL
    assert len(catalog.follow_ups) >= 20
    assert {rule.after for rule in catalog.follow_ups.values()} == set(DRILL)
    shown: list[Competency | Theme] = [*catalog.competencies.values(), *catalog.themes.values()]
    names = [one.name for one in shown]
    assert len(set(names)) == len(names)
    prompts = [prompt for one in shown for prompt in one.prompts]
    assert len(set(prompts)) >= len(prompts) - 8  # a theme and a competency may share a few


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
    "a link that leads nowhere": (
        "questions/coding/{}.md",
        "family:",
        "see: [nowhere]\nfamily:",
        "is no other question",
    ),
    "more to say than time": (
        "questions/ml-system-design/ad-click-prediction.md",
        "minutes: 50",
        "minutes: 5",
        "are more than 5 minutes hold",
    ),
    "a topic that is not reached": (
        "plans/two-weeks.yaml",
        "covers: [",
        "covers: [data, ",
        "no day has the topic 'data'",
    ),
    "a topic that is not claimed": (
        "plans/two-weeks.yaml",
        "covers: [fundamentals, ",
        "covers: [",
        "is missing, which a day",
    ),
    "a phrase that cannot be looked for": (
        "star/competencies.yaml",
        "no owner,",
        "'No Owner',",
        "signs: 'No Owner' is lower-case",
    ),
    "a phrase that fits too much": ("resume/follow-ups.yaml", "when: [improv*,", "when: [im*,", "'im*' fits too much"),
    "a bullet that does not call": (
        "resume/follow-ups.yaml",
        "calls: Led the",
        "calls: Saw the",
        "does not call for it",
    ),
    "a bullet that is not quiet": (
        "resume/follow-ups.yaml",
        "quiet: Built keyword",
        "quiet: Built llm",
        "calls for it, by 'llm'",
    ),
    "braces that mean nothing": (
        "resume/follow-ups.yaml",
        "spot: “{words}” without a gate",
        "spot: “{word}” without a gate",
        "nothing but {words} stands in braces",
    ),
    "a question of the drill that is missing": ("resume/drill.yaml", "id: data", "id: model", "'data' is missing"),
    "a theme without its gap": ("star/themes.yaml", "    gap: a failed model\n", "", "'gap' is missing"),
    "an unknown criterion": ("rubrics/kinds.yaml", "concept: [", "concept: [charm, ", "'charm' is no criterion"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_is_named_with_its_line(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "content"
    shutil.copytree(HOME, folder)
    name, old, new, says = BROKEN[what]
    file = folder / name.format(FIRST)
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load(folder)
    line = next(fault for fault in caught.value.faults if says in fault)
    assert re.match(rf"content/{re.escape(name.format(FIRST))}:\d+: ", line)


def test_all_faults_are_found_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "content"
    shutil.copytree(HOME, folder)
    for id in (FIRST, "kmeans-numpy-empty-clusters", "welford-merge"):
        file = folder / "questions" / "coding" / f"{id}.md"
        file.write_text(file.read_text(encoding="utf-8").replace("minutes: ", "minutes: 9"), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load(folder)
    assert len({fault.split(":")[0] for fault in caught.value.faults}) == 3


def test_a_folder_that_is_not_there_is_named() -> None:
    with pytest.raises(ContentError, match="there is no such folder"):
        load(Path("/nowhere/content"))


CODE: dict[str, tuple[str, str, str, str]] = {  # what is broken: question, from, to, what the failure says
    "a solution that is wrong": (FIRST, "n_right = n - n_left", "n_right = n - n_left + 1", "AssertionError"),
    "a solution that is no Python": (FIRST, "    n, d = X.shape", "    n, d = X.shape)", "SyntaxError: unmatched"),
    "a solution that warns": (FIRST, "    n, d = X.shape", "    n, d = X.shape; np.log(np.zeros(1))", "RuntimeWarning"),
    "tests that are too few": (FIRST, "def test_", "def untested_", "there are 0 tests, 3 are the least"),
}


@pytest.mark.parametrize("what", CODE)
def test_code_that_fails_is_named_with_the_line_of_its_file(catalog: Catalog, what: str) -> None:
    id, old, new, says = CODE[what]
    question = catalog.questions[id]
    text = (HOME / question_file(question)).read_text(encoding="utf-8").replace(old, new)
    broken = replace(question, solution=question.solution.replace(old, new), checks=question.checks.replace(old, new))
    failures = run(broken, text)
    assert failures
    assert any(says in failure.message for failure in failures)
    if "no Python" in what:
        assert text.splitlines()[failures[0].line - 1] == new


def test_a_figure_that_is_not_what_the_text_says_is_named(catalog: Catalog) -> None:
    question = catalog.questions["roc-auc-with-rare-positives"]
    figures = 'says("nowhere 7", 7)\n'
    text = f"---\n\n## Check\n\n```python\n{figures}```\n"
    assert run(replace(question, figures=figures), text) == [
        Failure(6, "Check: AssertionError: the text does not say 'nowhere 7'")
    ]
    [silent] = run(replace(question, figures="assert 1 + 1 == 2\n"))
    assert "says nothing" in silent.message


@pytest.mark.parametrize(("words", "value", "within"), [
    ("0.154", 0.15385, 0), ("1,600 clicks", 1600.4, 0), ("12.8 GB", 12.8, 0), ("about 160,000", 163_274, 0.05),
    ("about 48,500", 48_474.6, 0),
    ("2.7e-10", 2.71e-10, 0), ("-0.5", -0.5, 0), ("\u22120.5", -0.5, 0),
])  # fmt: skip
def test_a_figure_holds_when_it_is_the_value_rounded_as_shown(words: str, value: float, within: float) -> None:
    holds(words, value, within, f"They had {words}, as computed.")


@pytest.mark.parametrize(("words", "value", "text", "says"), [
    ("0.154", 0.1546, "It is 0.154.", "computed is 0.1546"),
    ("2.7e-10", 2.8e-10, "It is 2.7e-10.", "computed is 2.8e-10"),
    ("16", 16, "It is 160.", "does not say"),
    ("0.15", 0.15, "It is 0.154.", "does not say"),
    ("about 48,500", 48_440, "It is about 48,500.", "computed is 48440"),
    ("48,500", 48_474.6, "It is 48,500.", "computed is 48474.6"),
    ("many", 3, "There are many.", "holds no number"),
])  # fmt: skip
def test_a_figure_that_differs_is_refused(words: str, value: float, text: str, says: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(says)):
        holds(words, value, 0, text)


def test_a_folder_of_ones_own_is_laid_over_ours(tmp_path: Path, catalog: Catalog) -> None:
    (tmp_path / "questions" / "coding").mkdir(parents=True)
    ours = (HOME / "questions" / "coding" / f"{FIRST}.md").read_text(encoding="utf-8")
    (tmp_path / "questions" / "coding" / f"{FIRST}.md").write_text(ours.replace("minutes: 40", "minutes: 41"), "utf-8")
    own = ours.replace(f"id: {FIRST}", "id: our-own").replace("title: ", "title: Our own ")
    (tmp_path / "questions" / "coding" / "our-own.md").write_text(own, "utf-8")
    both = load(tmp_path)
    assert both.questions.keys() - catalog.questions.keys() == {"our-own"}
    assert both.questions[FIRST].minutes == 41
    assert len(both.plans) == len(catalog.plans)


def test_a_fault_in_ones_own_folder_is_named_there(tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "mine.yaml").write_text("id: mine\ntitle: Mine\n", "utf-8")
    with pytest.raises(ContentError) as caught:
        load(tmp_path)
    assert {fault.split(":")[0] for fault in caught.value.faults} == {f"{tmp_path.name}/plans/mine.yaml"}
