"""Bullets of a resume: what an interviewer asks about one, and where its answers are weak.

What is asked follows from the bullet's own words by the content's rules, never from chance, and nothing of it is kept:
when the bullet or the content changes, so do its questions. Answers stay with the bullet.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.catalog import Catalog, DrillQuestion, FollowUp
from bot.core.markup import blank
from bot.core.phrases import found

BULLET_MOST = 600  # characters: two lines of a resume have about 250
MOST_BULLETS = 40  # a member; a resume has ten to twenty
FOLLOW_UPS = 10  # questions that a bullet's own words may call for, the weightiest rules first
FEW_WORDS = 8  # an answer with fewer is a keyword, not an answer
WHY_MOST = 1_000  # characters of a why by the form
LINE_MOST = 3_000  # characters of a line that is kept from the thread
MOST_LINES = 200  # of one bullet's thread; then talk stays where it is
_SIGNS = re.compile(r"^[\s\u2022\u2023\u25e6\u25aa\u25cf\u2043\u2219\u00b7*–—-]+|^\s*\d{1,2}[.)]\s+")
_INLINE = re.compile("[\u2022\u25aa\u25cf\u2023]")


@dataclass(frozen=True, slots=True)
class Bullet:
    """A bullet of a member's resume. `key` is its latest post's in the channel, `thread` the one under it; `shared` until
    its author takes it back."""

    id: int
    member: int
    text: str
    key: str = ""
    shared: bool = False
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What was said in a bullet's thread: a peer's why, or its author's answer. `source` is the platform's message."""

    id: int
    bullet: int
    member: int
    source: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to a bullet. `id` is the drill's, or ``follow-up/number``; `spot` says what is weak without an answer, or
    what of the drill is missing then."""

    id: str
    name: str
    text: str
    spot: str
    drill: DrillQuestion | None = None


@dataclass(frozen=True, slots=True)
class Drilled:
    """A bullet with its answers (by what was asked) and its talk."""

    bullet: Bullet
    answers: Mapping[str, str]
    talk: Sequence[Line]


def split(text: str) -> list[str]:
    """The bullets in what somebody pasted, one a line, without their signs; each once."""
    lines = (_SIGNS.sub("", line).strip() for line in _INLINE.sub("\n", text).splitlines())
    return list(dict.fromkeys(line for line in lines if not blank(line)))


def questions(bullet: str, catalog: Catalog) -> list[Asked]:
    """The five questions, each with the follow-ups that the bullet's own words call for behind it."""
    called = [(rule, words) for rule in catalog.follow_ups.values() if (words := rule.words(bullet))]
    follow_ups = [one for rule, words in called for one in _follow_ups(rule, words)][:FOLLOW_UPS]
    after = {rule.id: rule.after for rule, _ in called}
    asked: list[Asked] = []
    for one in catalog.drill.values():
        asked.append(Asked(one.id, one.name, one.asks, one.name.lower(), one))
        asked += [follow for follow in follow_ups if after[follow.id.partition("/")[0]] == one.id]
    return asked


def _follow_ups(rule: FollowUp, words: str) -> Iterator[Asked]:
    spot = rule.spot.replace("{words}", words)
    for number, text in enumerate(rule.asks, start=1):
        name = spot if number == 1 else f"{spot} ({number})"
        yield Asked(f"{rule.id}/{number}", name, text.replace("{words}", words), spot)


def next_open(asked: Sequence[Asked], answers: Mapping[str, str]) -> Asked | None:
    """The first question that has no answer yet."""
    return next((one for one in asked if one.id not in answers), None)


def lacks(asked: Asked, answer: str) -> list[str]:
    """What an answer leaves open, in words; nothing where it would do."""
    if len(answer.split()) < FEW_WORDS:
        return [f"only a few words on {asked.name if asked.drill is None else asked.name.lower()}"]
    needs = asked.drill.needs if asked.drill else ()
    return [need.spot for need in needs if not found(need.phrases, answer)]


def spots(drilled: Drilled, catalog: Catalog) -> list[str]:
    """The weak spots of a bullet, those of its own first: a why of a peer that waits, what its words call for and nobody
    answered, what answers leave open, and which questions of the drill have no answer."""
    weak = ["a peer's why that waits for your answer"] if waiting(drilled) else []
    thin: list[str] = []
    missing: list[str] = []
    for one in questions(drilled.bullet.text, catalog):
        answer = drilled.answers.get(one.id)
        if answer is not None:
            thin += lacks(one, answer)
        else:
            (missing if one.drill else weak).append(one.spot)
    weak += thin
    weak += [f"no answer yet on {', '.join(missing)}"] if missing else []
    return list(dict.fromkeys(weak))


def waiting(drilled: Drilled) -> bool:
    """Whether the last word in the thread is a peer's."""
    return bool(drilled.talk) and drilled.talk[-1].member != drilled.bullet.member
