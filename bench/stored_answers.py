"""What /mock costs with 1,000,000 stored answers, against what it costs with none.

Two files hold the same 301 groups and 3,334 members; all of them have been shown every question once, so that what a
member remembers (a row a family of questions, however much they answer) is the same in both. One file holds no round and
no answer. In the other, each member answered 100 questions of the day and 200 of their own: 300 answers a member, 100,200
in the biggest group, 1,000,200 in all. Members of the biggest group ask, on both in turns, 64 at a time so that the
wait for the disk is shared and the statements are what counts.
"""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.figure import Figure
from bench.groups import add_groups, add_members, channel, person
from bot.bootstrap import Service
from bot.catalog import Catalog
from bot.clock import WallClock
from bot.content import load
from bot.core.events import Command, Show
from bot.store import migrate
from bot.store.writer import connect

GROUPS, MEMBERS, BIGGEST = 301, 3_334, 334  # members of group 1; the other groups have ten each
DAILY, OWN = 100, 200  # answers of each member to questions of the day, and to mock questions
STORED = MEMBERS * (DAILY + OWN)
ASKERS, COMMANDS, BLOCKS = 64, 4, 9
ANSWER = "Weights shrink towards zero, so the model varies less from sample to sample. " * 4

COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
ROUND = "INSERT INTO rounds (group_id, kind, question, member_id, day, date, key, thread, opened, closes, closed) "
DAILY_ROUNDS = ROUND + COUNT + (
    "SELECT g.id, 'daily', ?, NULL, 1 + n.i % 14, date('2026-01-01', n.i || ' days'), 'daily:' || g.id || ':' || n.i, "
    "'t' || g.id || '-' || n.i, ?, ?, 1 FROM groups g, n"
)  # fmt: skip
OWN_ROUNDS = ROUND + COUNT + "SELECT m.group_id, 'mock', ?, m.id, 0, '2026-06-01', '', '', ?, ?, 0 FROM members m, n"
ANSWERS = (
    "INSERT INTO answers (round_id, member_id, text, hints, follow_ups, level, revealed, edited_after_reveal, at, "
    "fed_back, another_look, thanked) SELECT r.id, m.id, ?, 0, 0, 3, 1, 0, ?, 0, 0, 0 "
    "FROM rounds r JOIN members m ON m.group_id = r.group_id AND (r.member_id IS NULL OR r.member_id = m.id)"
)
SHOWN = (
    "INSERT INTO recall (member_id, family, question, level, seen, due, memory) "
    "SELECT id, ?, ?, 0, ?, NULL, '' FROM members"
)


def _fill(path: Path, catalog: Catalog, answered: bool) -> None:
    """Groups, members and what these remember; with `answered` also rounds and answers."""
    engine = connect(f"sqlite:///{path}", durable=False)
    migrate.upgrade(engine)
    now = datetime.now(UTC)
    with engine.begin() as connection:
        add_groups(connection, GROUPS, now)
        add_members(connection, {id: _group(id) for id in range(1, MEMBERS + 1)}, now)
    engine.dispose()
    then = int(now.timestamp()) * 1_000_000
    families = {question.family: question.id for question in catalog.questions.values()}
    with closing(sqlite3.connect(path)) as file, file:
        file.executemany(SHOWN, [(family, question, then) for family, question in families.items()])
        if answered:
            _answer(file, next(iter(catalog.questions)), then)


def _group(member: int) -> int:
    return 1 if member <= BIGGEST else 2 + (member - BIGGEST - 1) // 10


def _answer(file: sqlite3.Connection, question: str, then: int) -> None:
    file.execute("PRAGMA cache_size = -200000")
    file.execute(DAILY_ROUNDS, (DAILY, question, then, then))
    file.execute(OWN_ROUNDS, (OWN, question, then, then))
    file.execute(ANSWERS, (ANSWER, then))
    if file.execute("SELECT count(*) FROM answers").fetchone() != (STORED,):
        raise AssertionError(f"the file should hold {STORED} answers")


async def _ask(service: Service, member: int, number: int) -> None:
    command = Command(f"{member}-{number}", person(member), channel(1), "mock")
    reply = await service.bot.engine.handle(command)
    if not (isinstance(reply, Show) and reply.card.title.startswith("Mock question")):
        raise AssertionError(f"/mock answered {reply}")


async def _block(service: Service, number: int) -> float:
    """Microseconds a command."""
    before = time.perf_counter()
    for turn in range(COMMANDS):
        await asyncio.gather(*(_ask(service, member, number * COMMANDS + turn) for member in range(1, ASKERS + 1)))
    return (time.perf_counter() - before) / (ASKERS * COMMANDS) * 1e6


async def _measure(none: Service, many: Service) -> Figure:
    costs = [(await _block(none, number), await _block(many, number)) for number in range(BLOCKS + 1)][1:]
    ratio = median(stored / empty for empty, stored in costs)
    without, with_answers = (median(one[side] for one in costs) for side in (0, 1))
    return Figure("stored_answers", ratio, 1.3, seen=f"{with_answers:,.0f} us with {STORED:,} answers, "
                  f"{without:,.0f} us with none")  # fmt: skip


def measure() -> Iterator[Figure]:
    """The ratio of the two costs."""
    catalog = load()
    with tempfile.TemporaryDirectory(prefix="mockingbird-bench-") as folder:
        paths = [Path(folder) / "none.db", Path(folder) / "many.db"]
        for path in paths:
            _fill(path, catalog, path.stem == "many")
        none, many = (Service(f"sqlite:///{path}", catalog, WallClock(), {}) for path in paths)
        yield asyncio.run(_measure(none, many))
        none.close()
        many.close()
