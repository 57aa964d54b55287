"""What somebody who writes content asks: whether it holds, how much there is, and a file to fill in."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bot.catalog import KINDS, LEVELS, TOPICS, Catalog, Kind, Question
from bot.content import HOME, read
from bot.content_checks import checks, examine
from bot.core.errors import ContentError, SettingsError


def check(own: Path | None) -> str:
    """Read all content, run what can be run, and say how much there was. Raises ContentError with every fault."""
    catalog, faults = read(own)
    examine(catalog, faults)
    if faults.found:
        raise ContentError(faults.sorted())
    ran = sum(checks(question) for question in catalog.questions.values())
    return (f"{len(catalog.questions)} questions, {len(catalog.plans)} plans, {len(catalog.guides)} guides, "
            f"{len(catalog.calibrations)} with sample answers, {ran:,} tests and figures run: no fault.")  # fmt: skip


def stats(catalog: Catalog) -> str:
    """Two tables in Markdown: topics by level, kind, words and checks; stages by level."""
    questions = tuple(catalog.questions.values())
    rows = [(name, [one for one in questions if one.topic == topic]) for topic, name in TOPICS.items()]
    topics = _table(
        "topic", (*LEVELS, *KINDS, "words", "checks"), [(*row, True) for row in [*rows, ("All", [*questions])]]
    )
    stages = [
        (stage.name, [one for one in questions if stage.id in one.stages], False) for stage in catalog.stages.values()
    ]
    return f"{topics}\n\n{_table('stage', LEVELS, stages)}"


def _table(head: str, columns: Sequence[str], rows: Sequence[tuple[str, list[Question], bool]]) -> str:
    lines = [[head, "all", *columns]]
    for name, questions, sums in rows:
        cells = Counter(one.level for one in questions) + Counter(one.kind for one in questions)
        line = [name, str(len(questions)), *(str(cells[column]) for column in columns if column in (*LEVELS, *KINDS))]
        if sums:
            line += [f"{sum(words(one) for one in questions):,}", f"{sum(checks(one) for one in questions):,}"]
        lines.append(line)
    return aligned(lines)


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """A table in Markdown that reads well as it is: the first column to the left, the others to the right."""
    first, *others = (max(len(line[number]) for line in lines) for number in range(len(lines[0])))
    rule = [f"|{'-' * (first + 2)}|" + "|".join(f"{'-' * (width + 1)}:" for width in others) + "|"]
    shown = []
    for line in lines:
        cells = (f"{cell:>{width}}" for cell, width in zip(line[1:], others, strict=True))
        shown.append(f"| {line[0]:{first}} | {' | '.join(cells)} |")
    return "\n".join([shown[0], *rule, *shown[1:]])


def words(question: Question) -> int:
    """How many words of a question people read, its code left out of the count but for the prompt's and the answer's."""
    texts = (question.prompt, question.strong_answer, question.tests, *question.key_points, *question.hints,
             *question.follow_ups, *(mistake.text for mistake in question.mistakes))  # fmt: skip
    return sum(len(text.split()) for text in texts)


def new(own: Path | None, kind: Kind, topic: str, id: str) -> Path:
    """Make a question's file to fill in, in one's own folder or in ours. Raises SettingsError where one stands there."""
    path = (own or HOME) / "questions" / topic / f"{id}.md"
    if path.exists():
        raise SettingsError(f"{path} is there already. Choose another id, or open that file.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_to_fill_in(kind, topic, id), encoding="utf-8")
    return path


_STAGES = {"concept": "onsite-depth", "coding": "onsite-coding", "design": "onsite-design", "case": "onsite-depth",
           "behavioural": "onsite-behavioural"}  # fmt: skip
_CODE = '''
## Solution

```python
def solve(numbers: list[int]) -> int:
    """TODO"""
    raise NotImplementedError
```

## Tests

```python
def test_by_hand():
    assert solve([]) == 0


def test_TODO_an_edge_case():
    assert solve([0]) == 0


def test_TODO_against_a_plain_second_solution():
    assert solve([1, 2]) == sum([1, 2])
```
'''
_FIGURES = """
## Check

```python
says("0.25", 1 / 4)
```
"""


def _to_fill_in(kind: Kind, topic: str, id: str) -> str:
    theme = "theme: trade-off\n" if kind == "behavioural" else ""
    tail = _CODE if kind == "coding" else _FIGURES if kind != "behavioural" else ""
    return f"""---
id: {id}
title: "TODO: the case, in 8 to 70 characters"
topic: {topic}
kind: {kind}
level: medium
stages: [{_STAGES[kind]}]
minutes: 20
family: {id}
{theme}tests: >-
  TODO: what the interviewer finds out with it.
key_points:
  - "TODO: a peer can tick this yes or no in one reading"
  - "TODO: two"
  - "TODO: three"
  - "TODO: four, and up to seven"
hints:
  - "TODO: gives way a little"
  - "TODO: gives way more, but not the answer"
follow_ups:
  - "TODO: goes deeper"
  - "TODO: goes deeper elsewhere"
mistakes:
  - text: "TODO: what a candidate says who has not understood it"
  - flag: no-metric
    text: "TODO: the same with one of the six flags, where one fits"
---
TODO: the prompt, 150 to 1,500 characters. A case with numbers: who asks, what there is, what they want to know.

## Strong answer

TODO: 500 to 8,000 characters. What a senior engineer would say, with reasons, figures such as 0.25, and what it costs.
{tail}"""
