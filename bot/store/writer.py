"""SQLite's single writer: one thread, and up to 256 waiting jobs in one transaction.

A job is answered only after the commit. `synchronous=FULL`: what is answered survives a power failure.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, NullPool, StaticPool, create_engine, event
from sqlalchemy.engine import URL, make_url

from bot.catalog import Catalog
from bot.core.errors import StoreError
from bot.core.ports import EVERYBODYS, Clock, Scope
from bot.store import faults
from bot.store.availability import Availability
from bot.store.jobs import Attempt, Together, Waiting, answer
from bot.store.work import SqlWork

BATCH = 256  # jobs a commit: more adds latency and no throughput (measured)
GATHER = 0.05  # seconds that the first of a batch waits for others while they keep coming
CACHE = 16_000  # kB of pages, once there are so many: with SQLite's own 2,000, a batch of commands writes pages twice
BUSY = 5_000  # milliseconds to wait for a lock of another process, such as a backup

T = TypeVar("T")


def connect(url: str, *, durable: bool = True) -> Engine:
    """A SQLite engine with our pragmas; the file's folder must exist. Raises StoreError.

    Only what is thrown away anyway, such as a simulation's file, may be not `durable`: then nobody waits for the disk.
    """
    parsed = make_url(url)
    memory = parsed.database in (None, "", ":memory:")
    _check_file(parsed)
    engine = create_engine(
        parsed,
        poolclass=StaticPool if memory else NullPool,
        connect_args={"check_same_thread": False},
        query_cache_size=1_000,
    )

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        safety = "FULL" if durable else "OFF"
        pragmas = "journal_mode=WAL", f"synchronous={safety}", f"busy_timeout={BUSY}", "foreign_keys=ON"
        # What a savepoint would undo is otherwise kept in a file: two writes to it for each page that a job changes.
        for pragma in (*pragmas, "temp_store=MEMORY", f"cache_size={-CACHE}"):
            connection.execute(f"PRAGMA {pragma}")

    # Not by a listener for "begin": with one, SQLAlchemy looks for listeners at every statement (a sixth of its time).
    engine.dialect.do_begin = _begin  # type: ignore[assignment, method-assign]
    return engine


def _begin(connection: Any) -> None:
    connection.execute("BEGIN IMMEDIATE")


def _check_file(url: URL) -> None:
    if url.database in (None, "", ":memory:"):
        return
    path = Path(str(url.database))
    if not path.parent.is_dir():
        raise StoreError(f"The database's folder {path.parent} does not exist. Make it, or change DATABASE_URL.")
    try:
        with path.open("ab"):
            pass
    except OSError as error:
        raise StoreError(
            f"The database {path} cannot be written: {error.strerror}. Give this user the right to it and its folder, "
            "or change DATABASE_URL."
        ) from None


class Writer:
    """Runs jobs in its thread. `listeners` are called in that thread after a commit that owes messages or moved
    timers, with (outbox, timers) as booleans."""

    serial = True

    def __init__(self, engine: Engine, clock: Clock, catalog: Catalog) -> None:
        self.listeners: list[Callable[[bool, bool], None]] = []
        self._engine = engine
        self._clock = clock
        self._catalog = catalog
        self._availability = Availability()
        self._together = Together()
        self._arrived: dict[asyncio.AbstractEventLoop, list[Waiting]] = {}
        self._queue: queue.SimpleQueue[list[Waiting] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="mockingbird-writer", daemon=True)
        self._thread.start()

    async def run(self, job: Callable[[SqlWork], T], scope: Scope = EVERYBODYS) -> T:
        """The job's result, after its commit. What the job raises undoes its own work alone, and is raised here. It may be
        run several times; only the last one counts. Raises StoreUnavailable."""
        waiting = Waiting(job, scope)
        arrived = self._arrived.setdefault(waiting.loop, [])
        arrived.append(waiting)
        if len(arrived) == 1:
            waiting.loop.call_soon(self._gather, waiting.loop, 0, waiting.loop.time() + GATHER)
        answer: T = await waiting.answer
        return answer

    def _gather(self, loop: asyncio.AbstractEventLoop, known: int, until: float) -> None:
        """Hand jobs over once a turn of the loop brings no more of them. The thread fights with the loop for the
        interpreter at each statement, so it shall not begin while others are about to arrive."""
        count = len(self._arrived.get(loop, ()))
        if known < count < BATCH and loop.time() < until:
            loop.call_soon(self._gather, loop, count, until)
        else:
            self._hand_over(loop)

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        if arrived := self._arrived.pop(loop, None):
            self._queue.put(arrived)

    async def quick(self, job: Callable[[SqlWork], T]) -> T:
        """The same: here a single writer settles all races."""
        return await self.run(job)

    def hear(self) -> None:
        """Nobody else commits: one process a file."""

    def close(self) -> None:
        """Finish what waits, then end the thread and the connections."""
        for loop in list(self._arrived):
            self._hand_over(loop)
        self._queue.put(None)
        self._thread.join()
        self._engine.dispose()

    def _serve(self) -> None:
        with self._engine.connect() as connection:
            for batch in self._batches():
                self._commit(connection, batch)

    def _batches(self) -> Iterator[list[Waiting]]:
        """What waits, at most 256 jobs at a time, until the end."""
        waiting: list[Waiting] = []
        ended = False
        while not ended or waiting:
            while not ended and len(waiting) < BATCH and not (waiting and self._queue.empty()):
                handed = self._queue.get()
                ended = handed is None
                waiting += handed or ()
            if waiting:
                yield waiting[:BATCH]
            waiting = waiting[BATCH:]

    def _commit(self, connection: Connection, batch: list[Waiting]) -> None:
        try:
            with connection.begin():
                work = SqlWork(connection, self._clock.now(), self._catalog)

                def begin(one: Attempt) -> SqlWork:
                    work.begin(one.scope.name)
                    return work

                outbox, timers = self._together.run(connection, batch, begin)
        except BaseException as fault:  # a commit that failed is everyone's
            shared = self._availability.lost(fault) if faults.passing(fault) else fault
            outbox = timers = False
            for waiting in batch:
                waiting.fault = shared
        else:
            self._availability.stands()
        if outbox or timers:
            for listener in self.listeners:
                listener(outbox, timers)
        answer(batch)
