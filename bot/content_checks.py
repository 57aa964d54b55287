"""What of the content a machine can run: solutions against their tests, the figures of the text, and near-duplicates.

The code is that of the content's own files, run in this process: check the files of people whom you trust.
"""

import re
import sqlite3
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from bot.catalog import Catalog, Question
from bot.content_links import question_file
from bot.content_questions import prose
from bot.content_reader import Faults

# Of our own 380 questions the closest pair stands at 0.48; a question that lost every second word of its answer stands at
# 0.88 beside itself (measured).
ALIKE = 0.6  # cosine of TF-IDF vectors of prompt and strong answer
LEAST_TESTS = 3
_NUMBER = re.compile(r"(-?\d[\d,]*(?:\.(\d+))?)(?:e([-+]?\d+))?")
_WORD = re.compile(r"[a-z][a-z0-9-]{2,}")
Names = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed when a question's code ran; `line` is the file's, 1 where none is known."""

    line: int
    message: str


def examine(catalog: Catalog, faults: Faults) -> None:
    """Run all that can be run of the questions that were read without a fault, and add what fails to the faults."""
    layers = faults.layers
    faulty = {name for name, _, _ in faults.found}
    for question in catalog.questions.values():
        path = layers.file(question_file(question))
        if layers.name(path) in faulty:
            continue
        text = path.read_text(encoding="utf-8") if question.solution or question.figures else ""
        for failure in run(question, text):
            faults.add(path, failure.line, failure.message)
    for one, other, likeness in near_duplicates(tuple(catalog.questions.values())):
        faults.add(layers.file(question_file(one)), 1, f"is nearly the same as {other.id!r} (likeness {likeness:.2f}, "
                   f"{ALIKE} is the most): ask something else, or keep one of the two")  # fmt: skip


def run(question: Question, text: str = "") -> list[Failure]:
    """The failures of a question's solution and figures, warnings among them; `text` is its file, for the lines."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        failures = _tests(question, text) if question.kind == "coding" else []
        return failures + (_figures(question, text) if question.figures else [])


def checks(question: Question) -> int:
    """How many tests and computed figures a question has."""
    return len(re.findall(r"^def test_", question.checks, re.MULTILINE)) + len(
        re.findall(r"\bsays\(", question.figures)
    )


def loaded_tests(
    question: Question, solution: Mapping[str, Any] | str, text: str = ""
) -> dict[str, Callable[[], None]]:
    """The test functions of a coding question over a solution: the names that Python code made, or a SQL query.

    Raises whatever the tests' own code raises when it is loaded.
    """
    names: Names = {"__name__": f"tests_of_{question.id}"}
    names.update({"rows": _rows(solution)} if isinstance(solution, str) else solution)
    _execute(question.checks, names, f"{question.id}.md", text)
    return {name: one for name, one in names.items() if name.startswith("test_") and callable(one)}


def solution_of(question: Question, text: str = "") -> Mapping[str, Any] | str:
    """What `loaded_tests` takes: the names of a Python solution, or the query of a SQL one."""
    if question.language == "sql":
        return question.solution
    names: Names = {"__name__": f"solution_of_{question.id}"}
    _execute(question.solution, names, f"{question.id}.md", text)
    return names


def near_duplicates(questions: Sequence[Question], most: float = ALIKE) -> list[tuple[Question, Question, float]]:
    """The pairs whose prompts and answers are more alike than `most` (0 to 1), by the cosine of their TF-IDF vectors.

    Words count with 1 + log(tf) and log((1 + n) / (1 + df)) + 1, vectors have length 1 (Salton and Buckley 1988).
    """
    bags = [_words(question) for question in questions]
    vocabulary = {word: number for number, word in enumerate(sorted({word for bag in bags for word in bag}))}
    seen = np.zeros(len(vocabulary))
    for bag in bags:
        seen[[vocabulary[word] for word in bag]] += 1
    rarity = np.log((1 + len(bags)) / (1 + seen)) + 1
    row = [number for number, bag in enumerate(bags) for _ in bag]
    column = [vocabulary[word] for bag in bags for word in bag]
    weight = np.array([1 + np.log(count) for bag in bags for count in bag.values()]) * rarity[column]
    matrix = csr_matrix((weight, (row, column)), shape=(len(bags), len(vocabulary)))
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    likeness = (matrix @ matrix.T).tocoo()
    pairs = zip(likeness.row.tolist(), likeness.col.tolist(), likeness.data.tolist(), strict=True)
    found = [(one, other, product / (length[one] * length[other])) for one, other, product in pairs if one < other]
    return [(questions[one], questions[other], float(cosine)) for one, other, cosine in found if cosine > most]


def _words(question: Question) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in _WORD.findall(prose(f"{question.prompt}\n{question.strong_answer}").lower()):
        counts[word] = counts.get(word, 0) + 1
    return counts


def _tests(question: Question, text: str) -> list[Failure]:
    try:
        tests = loaded_tests(question, solution_of(question, text), text)
    except Exception as error:  # whatever the file's code does is named with its line
        return [_failure(error, question, "the code does not load")]
    if len(tests) < LEAST_TESTS:
        return [Failure(1, f"there are {len(tests)} tests, {LEAST_TESTS} are the least")]
    return [failure for name, test in tests.items() for failure in _called(question, name, test)]


def _called(question: Question, name: str, test: Callable[[], None]) -> Iterator[Failure]:
    try:
        test()
    except Exception as error:
        yield _failure(error, question, name)


def _figures(question: Question, text: str) -> list[Failure]:
    said: list[str] = []
    shown = " ".join(_texts(question).split())

    def says(words: str, value: float, within: float = 0.0) -> None:
        said.append(words)
        holds(words, float(value), within, shown)

    try:
        _execute(f"import math\nimport statistics\nimport numpy as np\nimport scipy\n{question.figures}",
                 {"__name__": f"figures_of_{question.id}", "says": says}, f"{question.id}.md", text, extra=4)  # fmt: skip
    except Exception as error:
        return [_failure(error, question, "Check")]
    return [] if said else [Failure(1, "“## Check” says nothing: it computes figures of the text with says(...)")]


def holds(words: str, value: float, within: float, text: str) -> None:
    """Raises AssertionError where the words do not stand in the text, or their first number is not the value.

    The value is rounded to the digits shown, those after *about* without closing zeros; where `within` is given it may
    differ by this share instead.
    """
    if re.search(rf"(?<![\w.]){re.escape(' '.join(words.split()))}(?!\w|[.,]\d)", text) is None:
        raise AssertionError(f"the text does not say {words!r}")
    number = _NUMBER.search(words.replace("−", "-"))  # a minus sign as people type it
    if number is None:
        raise AssertionError(f"{words!r} holds no number")
    unit = 10.0 ** int(number[3] or 0)
    digits = number[1].replace(",", "")
    if "about" in words and not number[2]:  # about 48,500: the last digit that says something is the 5
        unit *= 10.0 ** (len(digits) - len(digits.rstrip("0")))
        digits = digits.rstrip("0")
    slack = abs(value) * within if within else 0.5 * 10.0 ** -len(number[2] or "") * unit
    if abs(float(digits or 0) * unit - value) > slack * (1 + 1e-9) + 1e-300:
        raise AssertionError(f"the text says {words!r}, computed is {value:.6g}")


def _texts(question: Question) -> str:
    mistakes = [mistake.text for mistake in question.mistakes]
    return "\n".join([question.title, question.prompt, question.strong_answer, question.tests, *question.key_points,
                      *question.hints, *question.follow_ups, *mistakes])  # fmt: skip


def _rows(solution: str) -> Callable[..., list[tuple[Any, ...]]]:
    def rows(script: str, query: str = solution) -> list[tuple[Any, ...]]:
        """What a query selects from the tables that the script makes."""
        with closing(sqlite3.connect(":memory:")) as database:
            database.executescript(script)
            return database.execute(query).fetchall()

    return rows


def _execute(code: str, names: Names, name: str, text: str, extra: int = 0) -> None:
    """Run a block of a file with the line numbers of the file; `extra` lines stand before the block's own."""
    own = code.split("\n", extra)[extra] if extra else code
    before = text[: text.index(own)].count("\n") - extra if own and own in text else 0
    exec(compile("\n" * max(before, 0) + code, name, "exec"), names)


def _failure(error: Exception, question: Question, what: str) -> Failure:
    lines = list(_lines(error.__traceback__, f"{question.id}.md"))
    line = lines[-1] if lines else getattr(error, "lineno", None) or 1
    says = str(error) or "it does not hold"
    return Failure(line, f"{what}: {type(error).__name__}: {says.splitlines()[0]}")


def _lines(trace: TracebackType | None, name: str) -> Iterator[int]:
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == name:
            yield trace.tb_lineno
        trace = trace.tb_next
