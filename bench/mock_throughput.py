"""128 callers of /mock at once, through the engine and as most bots would do it.

Ours is all of `Engine.handle` on a SQLite file with synchronous=FULL: the command is read, the question chosen, the card
drawn, kept and returned after the commit. The baseline runs just the same statements on a file of the same tables:
SQLAlchemy's async ORM on aiosqlite, mapped classes, one AsyncSession and one transaction a command, the default pool,
WAL and synchronous=FULL too. That both run the same statements is checked before anything is measured. They take turns.
"""

import asyncio
import re
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Protocol

from sqlalchemy import case, event, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from bench.figure import Figure, percentile
from bench.groups import PLATFORM, WORKSPACE, add_groups, add_members, channel, person
from bot.bootstrap import assemble
from bot.catalog import Catalog
from bot.clock import WallClock
from bot.content import load
from bot.core import codec
from bot.core.events import Command, Reply, Show
from bot.store import migrate, tables
from bot.store.writer import Writer, connect

CALLERS, GROUPS = 128, 16
COMMANDS = 8  # a caller and round
ROUNDS = 3
_SHAPE = re.compile(r"(?s)(INSERT) INTO (\w+)|(UPDATE) (\w+)|(DELETE) FROM (\w+)|(SELECT) .*?FROM (\w+)")


Note = Callable[[str], None]


class Side(Protocol):
    def tell(self, note: Note) -> None:
        """Call `note` with each statement from here on."""
        ...

    async def ask(self, caller: int, number: int) -> None: ...
    async def close(self) -> None: ...


class Ours:
    """The bot as it runs."""

    def __init__(self, path: Path, catalog: Catalog) -> None:
        engine = connect(f"sqlite:///{path}")
        self._connections: list[Any] = []
        event.listen(engine, "connect", lambda connection, _record: self._connections.append(connection))
        self._writer = Writer(engine, WallClock(), catalog)
        self._bot = assemble(self._writer, catalog, WallClock(), {})

    def tell(self, note: Note) -> None:
        for connection in self._connections:  # what is prepared goes past SQLAlchemy, so the driver is asked
            connection.set_trace_callback(note)

    async def ask(self, caller: int, number: int) -> None:
        await self.reply(caller, number)

    async def reply(self, caller: int, number: int) -> Reply:
        where = channel(_group(caller))
        reply = await self._bot.engine.handle(Command(f"{caller}-{number}", person(caller), where, "mock"))
        if not (isinstance(reply, Show) and reply.card.title.startswith("Mock question")):
            raise AssertionError(f"/mock answered {reply}")
        return reply

    async def close(self) -> None:
        self._writer.close()


class Base(DeclarativeBase):
    metadata = tables.metadata


class GroupRow(Base):
    __table__ = tables.groups


class MemberRow(Base):
    __table__ = tables.members


class RoundRow(Base):
    __table__ = tables.rounds


class RecallRow(Base):
    __table__ = tables.recall


class TimerRow(Base):
    __table__ = tables.timers


class InterviewRow(Base):
    __table__ = tables.interviews


class PassedOnRow(Base):
    __table__ = tables.passed_on


class EventRow(Base):
    __table__ = tables.events


class Usual:
    """The same statements as most bots would send them."""

    def __init__(self, path: Path, catalog: Catalog, reply: str) -> None:
        engine = create_async_engine(f"sqlite+aiosqlite:///{path}", connect_args={"timeout": 60})
        self._engine = engine.sync_engine
        event.listen(self._engine, "connect", _pragmas)
        self._dispose: Callable[[], Awaitable[None]] = engine.dispose
        self._session = async_sessionmaker(engine, expire_on_commit=False)
        self._questions = tuple(catalog.questions.values())
        self._reply = reply

    def tell(self, note: Note) -> None:
        event.listen(self._engine, "before_cursor_execute", lambda _connection, _cursor, sql, *_more: note(sql))

    async def ask(self, caller: int, number: int) -> None:
        now = datetime.now(UTC)
        async with self._session() as session:
            receipt: Any = EventRow(id=f"{caller}-{number}", at=now)
            session.add(receipt)
            await session.flush()
            group, member = await self._seat(session, caller)
            await self._ask(session, group, member, number, now)
            receipt.reply = self._reply
            await session.commit()

    async def _seat(self, session: AsyncSession, caller: int) -> tuple[int, int]:
        here = channel(_group(caller)).channel
        of: Any = GroupRow
        who: Any = MemberRow
        taken = (who.group_id == of.id) & (who.user == person(caller).id)
        in_channel = (of.platform == PLATFORM) & (of.workspace == WORKSPACE) & (of.channel == here)
        group, member = (await session.execute(select(of, who).outerjoin(who, taken).where(in_channel))).one()
        return group.id, member.id

    async def _ask(self, session: AsyncSession, group: int, member: int, number: int, now: datetime) -> None:
        memory: Any = RecallRow
        levelled = func.coalesce(func.sum(case((memory.level >= 3, 1), else_=0)), 0)
        look = select(func.aggregate_strings(memory.family, ","), levelled, func.min(memory.due))
        names, *_ = (await session.execute(look.where(memory.member_id == member))).one()
        known = set((names or "").split(","))
        rounds: Any = RoundRow
        (
            await session.execute(
                select(rounds.question, rounds.closed).where(rounds.group_id == group, rounds.kind == "daily")
            )
        ).all()
        theirs: Any = InterviewRow
        coming = theirs.member_id == member, theirs.at >= now, theirs.state == "coming"
        (await session.scalars(select(theirs).where(*coming).order_by(theirs.at))).all()
        passed: Any = PassedOnRow
        (await session.scalars(select(passed).where(passed.group_id == group, passed.shared).order_by(passed.id))).all()
        question = self._questions[number % len(self._questions)]
        asked: Any = RoundRow(group_id=group, kind="mock", question=question.id, member_id=member, day=0, date=now.date(),
                              key="", thread="", opened=now, closes=now + timedelta(days=1), closed=False)  # fmt: skip
        session.add(asked)
        await session.flush()
        if question.family in known:
            recalled: Any = await session.get_one(RecallRow, (member, question.family))
            recalled.seen = now
        else:
            session.add(memory(member_id=member, family=question.family, question=question.id, level=0, seen=now,
                               memory=""))  # fmt: skip
        session.add(TimerRow(action=f"mock.time_up:{asked.id}", at=now + timedelta(minutes=question.minutes)))
        await session.flush()

    async def close(self) -> None:
        await self._dispose()


def _pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _group(caller: int) -> int:
    return 1 + caller % GROUPS


def _prepare(path: Path) -> Path:
    """A file with the bot's tables, and the callers in their groups."""
    engine = connect(f"sqlite:///{path}")
    migrate.upgrade(engine)
    now = datetime.now(UTC)
    with engine.begin() as connection:
        add_groups(connection, GROUPS, now)
        add_members(connection, {caller: _group(caller) for caller in range(1, CALLERS + 1)}, now)
    engine.dispose()
    return path


async def _statements(side: Side) -> Counter[tuple[str, ...]]:
    """Verb and table of what one /mock sends."""
    seen: Counter[tuple[str, ...]] = Counter()

    def note(statement: str) -> None:
        match = _SHAPE.match(statement)
        if match is not None:
            seen[tuple(part for part in match.groups() if part)] += 1

    await side.ask(1, 0)
    side.tell(note)
    await side.ask(2, 0)
    await side.close()
    return seen


async def _round(side: Side, number: int) -> tuple[float, float]:
    """Commands a second, and the p99 of a command in milliseconds, with all callers at once."""
    waits: list[float] = []

    async def call(caller: int) -> None:
        for turn in range(COMMANDS):
            before = time.perf_counter()
            await side.ask(caller, number * COMMANDS + turn)
            waits.append(time.perf_counter() - before)

    before = time.perf_counter()
    await asyncio.gather(*(call(caller) for caller in range(1, CALLERS + 1)))
    return len(waits) / (time.perf_counter() - before), percentile(waits, 0.99) * 1e3


async def _measure(folder: Path) -> Iterator[Figure]:
    catalog = load()
    ours = Ours(_prepare(folder / "ours.db"), catalog)
    reply = codec.dumps(await ours.reply(1, -1))
    usual = Usual(_prepare(folder / "usual.db"), catalog, reply)
    same = [await _statements(Ours(_prepare(folder / "ours-check.db"), catalog)),
            await _statements(Usual(_prepare(folder / "usual-check.db"), catalog, reply))]  # fmt: skip
    if same[0] != same[1]:
        raise AssertionError(f"/mock sends {same[0]}, the baseline {same[1]}: make the baseline the same again")
    for side in (ours, usual):
        await _round(side, 0)
    rounds = [(await _round(ours, number), await _round(usual, number)) for number in range(1, ROUNDS + 1)]
    for side in (ours, usual):
        await side.close()
    return _figures(rounds)


def _figures(rounds: list[tuple[tuple[float, float], tuple[float, float]]]) -> Iterator[Figure]:
    ours, usual = ([one[side] for one in rounds] for side in (0, 1))
    speeds = [median(speed for speed, _ in side) for side in (ours, usual)]
    waits = [median(wait for _, wait in side) for side in (ours, usual)]
    ratio = median(one[0] / other[0] for one, other in rounds)
    yield Figure("mock_throughput", ratio, 5, at_least=True,
                 seen=f"{speeds[0]:,.0f}/s; async ORM on aiosqlite {speeds[1]:,.0f}/s")  # fmt: skip
    yield Figure("mock_throughput p99", waits[0], 150, "ms", seen=f"async ORM on aiosqlite {waits[1]:,.0f} ms")


def measure() -> Iterator[Figure]:
    """The ratio of commands a second, and our p99."""
    with tempfile.TemporaryDirectory(prefix="mockingbird-bench-") as folder:
        yield from asyncio.run(_measure(Path(folder)))
