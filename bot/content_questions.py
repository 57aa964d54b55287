"""A question's file and its calibration answers -> Question and Calibration. Nothing is run here."""

import re
from typing import Literal, cast

from bot.catalog import (
    DIMENSIONS,
    KINDS,
    LEVELS,
    MISTAKE_FLAGS,
    QUALITIES,
    THEMES,
    TOP_LEVEL,
    TOPICS,
    Calibration,
    Kind,
    Level,
    Mistake,
    Quality,
    Question,
    Sample,
    Verdict,
)
from bot.content_reader import Entry, Found

WORDS_A_MINUTE = 150  # of an answer said aloud without hurry
_SECTION = re.compile(r"^## +(.+?) *$", re.MULTILINE)
_FENCED = re.compile(r"\A```(python|sql)\n(.*\n)```\Z", re.DOTALL)
_BLOCK = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def question(entry: Entry) -> Found[Question]:
    """The question of one file; what is wrong with it is a fault of the entry."""
    topic = entry.one_of("topic", tuple(TOPICS))
    id = entry.slug("id")
    entry.require(id == entry.path.stem, f"the id is {id!r}, the file is called {entry.path.name}", "id")
    entry.require(topic == entry.path.parent.name, f"topic {topic!r} belongs in questions/{topic}/", "topic")
    kind = cast(Kind, entry.one_of("kind", KINDS))
    sections = _sections(entry, kind)
    language, solution = _code(entry, sections, "Solution", ("python", "sql"))
    made = Question(
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
        solution=solution,
        language=cast(Literal["", "python", "sql"], language),
        checks=_code(entry, sections, "Tests", ("python",))[1],
        figures=_code(entry, sections, "Check", ("python",))[1],
        references=entry.texts("references", 1, 3, 160) if entry.has("references") else (),
        see=entry.texts("see", 1, 3, 60) if entry.has("see") else (),
    )
    _sizes(entry, made)
    entry.done()
    return entry, made


def prose(text: str) -> str:
    """The text without its fenced code."""
    return _BLOCK.sub("", text)


def _sizes(entry: Entry, made: Question) -> None:
    entry.require(150 <= len(made.prompt) <= 1_500, "the prompt has 150 to 1,500 characters", "")
    entry.require(500 <= len(made.strong_answer) <= 8_000, "the strong answer has 500 to 8,000 characters", "")
    words = len(prose(made.prompt).split()) + len(prose(made.strong_answer).split())
    entry.require(words <= made.minutes * WORDS_A_MINUTE,
                  f"{words} words to read and to say are more than {made.minutes} minutes hold", "minutes")  # fmt: skip


def _sections(entry: Entry, kind: str) -> dict[str, str]:
    pieces = _SECTION.split(entry.body)
    sections = {"": pieces[0].strip()} | dict(zip(pieces[1::2], (one.strip() for one in pieces[2::2]), strict=True))
    wanted = {"", "Strong answer"} | ({"Solution", "Tests"} if kind == "coding" else set())
    for title in wanted - sections.keys():
        entry.fault(f"the section “## {title}” is missing", "")
    allowed = wanted | {"Check"}
    for title in sections.keys() - allowed:
        entry.fault(f"the section “## {title}” has no place here; there are {', '.join(sorted(allowed - {''}))}", "")
    return sections


def _code(entry: Entry, sections: dict[str, str], title: str, languages: tuple[str, ...]) -> tuple[str, str]:
    """The language and the code of a section that holds one block of code; both empty where there is none."""
    section = sections.get(title, "")
    if not section:
        return "", ""
    fenced = _FENCED.match(section)
    if fenced is None or "\n```" in fenced[2] or fenced[1] not in languages:
        entry.fault(f"“## {title}” holds one ```{' or ```'.join(languages)} block and nothing else", "")
        return "", ""
    return fenced[1], fenced[2]


def _mistake(entry: Entry) -> Mistake:
    flag = entry.one_of("flag", MISTAKE_FLAGS) if entry.has("flag") else ""
    mistake = Mistake(entry.text("text", 300), flag)
    entry.done()
    return mistake


def calibration(entry: Entry) -> Found[Calibration]:
    """The judged sample answers of one file."""
    id = entry.text("question", 60)
    entry.require(id == entry.path.stem, f"is {id!r}, the file is called {entry.path.name}", "question")
    samples = tuple(_sample(one) for one in entry.entries("answers", len(QUALITIES), len(QUALITIES)))
    entry.require([one.quality for one in samples] == list(QUALITIES), f"are {', '.join(QUALITIES)}", "answers")
    entry.done()
    return entry, Calibration(id, samples)


def _sample(entry: Entry) -> Sample:
    points = entry.texts("key_points", 0, 7, 1)
    if not all(point.isdecimal() for point in points):
        entry.fault("are numbers of key points, from 1", "key_points")
        points = ()
    flags = entry.texts("flags", 0, 6, 30)
    for flag in set(flags) - set(MISTAKE_FLAGS):
        entry.fault(f"{flag!r} is not one of {', '.join(MISTAKE_FLAGS)}", "flags")
    sample = Sample(
        quality=cast(Quality, entry.one_of("quality", QUALITIES)),
        text=entry.text("text", 2_900, least=300),
        key_points=tuple(int(point) for point in points),
        flags=flags,
        levels=_verdicts(entry),
    )
    entry.done()
    return sample


def _verdicts(entry: Entry) -> dict[str, Verdict]:
    levels = entry.entry("levels")
    if levels is None:
        return {}
    found = {}
    for criterion in DIMENSIONS:
        if levels.has(criterion) and (one := levels.entry(criterion)) is not None:
            found[criterion] = Verdict(one.number("level", 1, TOP_LEVEL), one.text("why", 200))
            one.done()
    levels.done()
    return found
