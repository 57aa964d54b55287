"""PostgreSQL: jobs of several workspaces side by side in a pool of threads, those of one workspace one after the other.

What a person can do reaches the data of their own workspace alone, so a lock on the workspace makes each job see the
world as if no other ran at the same time, however many processes there are. Jobs of one workspace that wait share a
transaction, as on SQLite. Jobs that settle every race in one statement, such as a claim, take `quick`, without a lock.

Not SERIALIZABLE: PostgreSQL then watches pages of indexes, and groups that never touch each other's rows stop each other
(measured: two tries a command in 16 groups, a fifth of the speed).
"""

import asyncio
import hashlib
import logging
import os
import random
import re
import secrets
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, create_engine, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from bot.catalog import Catalog
from bot.clock import CommonClock
from bot.core.ports import EVERYBODYS, Clock, Scope
from bot.store import faults
from bot.store.availability import Availability
from bot.store.jobs import Attempt, Together, Waiting, answer
from bot.store.sentences import NAME
from bot.store.tables import groups, members
from bot.store.work import SqlWork

log = logging.getLogger("mockingbird.store")

THREADS, QUICK = 6, 2  # each with a connection; a server takes 100 of them by default
BATCH = 64  # jobs a commit
CHANNEL = "mockingbird"  # of NOTIFY
CONNECT = 5  # seconds to get a connection
LONGEST = 30_000  # milliseconds for a statement, or for a lock
TRIES = 20  # of jobs that met others
PATIENCE = 2.0  # seconds in which a broken connection is mended: a chat waits for three
LISTEN = 1.0  # seconds between two looks whether to stop

T = TypeVar("T")
Job = Callable[[SqlWork], T]


def connect(url: URL, *, durable: bool = True) -> Engine:
    """A PostgreSQL engine; nothing is asked of the server yet. Only what is thrown away anyway may be not `durable`. What
    the URL says of the connection goes before what we say."""
    settings = {"statement_timeout": LONGEST, "lock_timeout": LONGEST, "idle_in_transaction_session_timeout": 60_000}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    options += "" if durable else " -c synchronous_commit=off"
    ours = {"connect_timeout": CONNECT, "application_name": _name()}
    theirs = dict(url.query)
    return create_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_size=THREADS + QUICK + 1,
        max_overflow=2,
        pool_use_lifo=True,
        connect_args=ours | theirs | {"options": f"{options} {theirs.get('options', '')}".strip()},
        query_cache_size=1_000,
    )


def _name() -> str:
    """The name of this process's connections, of which PostgreSQL keeps 63 characters."""
    host = re.sub(r"[^A-Za-z0-9.-]", "", socket.gethostname())[:30]
    return f"{NAME} {host} {os.getpid()}"


class Pool:
    """Runs jobs in its threads. `listeners` are called in one of them after a commit, here or in another process, that
    owes messages or moved timers, with (outbox, timers) as booleans."""

    serial = False

    def __init__(self, engine: Engine, clock: Clock, catalog: Catalog) -> None:
        self.listeners: list[Callable[[bool, bool], None]] = []
        self._engine = engine
        self._clock = clock
        self._catalog = catalog
        self._availability = Availability()
        self._together = Together()
        self._threads = ThreadPoolExecutor(THREADS, "mockingbird-store")
        self._quick = ThreadPoolExecutor(QUICK, "mockingbird-quick")
        self._waiting: dict[Scope, deque[Waiting]] = {}  # a scope that is in it has a thread that serves it
        self._lock = threading.Lock()
        self._name = secrets.token_hex(6)  # by which we know our own notifications
        self._ears: _Ears | None = None

    async def run(self, job: Job[T], scope: Scope = EVERYBODYS) -> T:
        """The job's result, after its commit. What the job raises undoes what it did, and is raised here. It may be run
        several times; only the last one counts. Raises StoreUnavailable."""
        waiting = Waiting(job, scope)
        with self._lock:
            served = self._waiting.get(scope)
            if served is None:
                self._waiting[scope] = deque((waiting,))
                self._threads.submit(self._serve, scope)
            else:
                served.append(waiting)
        result: T = await waiting.answer
        return result

    async def quick(self, job: Job[T]) -> T:
        """The same for a job whose every statement settles its own races."""

        def alone() -> T:
            waiting = Waiting(job, loop=loop)
            self._insist((waiting,), None)
            if waiting.fault is not None:
                raise waiting.fault
            result: T = waiting.result
            return result

        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._quick, alone)

    def hear(self) -> None:
        """From now on the commits of other processes call the listeners, too."""
        if self._ears is None:
            self._ears = _Ears(self._engine, self._name, self._tell)

    def close(self) -> None:
        """Finish what waits, then end the threads and the connections."""
        self._threads.shutdown()
        self._quick.shutdown()
        if self._ears is not None:
            self._ears.close()
        self._engine.dispose()

    def _serve(self, scope: Scope) -> None:
        """Do all that waits in a scope."""
        while batch := self._next(scope):
            try:
                self._insist(batch, scope)
            finally:
                answer(batch)

    def _next(self, scope: Scope) -> list[Waiting]:
        with self._lock:
            waiting = self._waiting[scope]
            batch = list(islice(waiting, BATCH))
            for _ in batch:
                waiting.popleft()
            if not batch:
                del self._waiting[scope]
        return batch

    def _insist(self, batch: Sequence[Waiting], scope: Scope | None) -> None:
        """Run the jobs until they stand, or the database takes nothing. A commit whose answer was lost may have taken
        place: then a job finds what it did, as it would find what another process did, since an event, a timer and a
        claim count once."""
        tries, until = 0, 0.0
        while True:
            for waiting in batch:
                waiting.result = waiting.fault = None
            try:
                self._commit(batch, scope)
            except (psycopg.Error, DBAPIError) as fault:
                tries += 1
                if faults.met(fault) and tries < TRIES:
                    time.sleep(random.uniform(0.0, 0.005 * tries))
                    continue
                until = until or time.monotonic() + PATIENCE
                if faults.broken(fault) and time.monotonic() < until:
                    time.sleep(random.uniform(0.05, 0.2))
                    continue
                shared = self._availability.lost(fault) if faults.passing(fault) else fault
                for waiting in batch:
                    waiting.fault = shared
            except BaseException as fault:
                for waiting in batch:
                    waiting.fault = fault
            else:
                self._availability.stands()
            return

    def _commit(self, batch: Sequence[Waiting], scope: Scope | None) -> None:
        with self._engine.connect() as connection, connection.begin():
            name = "" if scope is None else lock(connection, scope)

            def begin(_: Attempt) -> SqlWork:
                return SqlWork(connection, self._now(connection), self._catalog, name)

            outbox, timers = self._together.run(connection, batch, begin)
            if outbox or timers:
                self._notify(connection, outbox, timers)
        if outbox or timers:
            self._tell(outbox, timers)

    def _now(self, connection: Connection) -> datetime:
        """By the database's clock, also where somebody sets the machine's while we look at it."""
        if not isinstance(self._clock, CommonClock):
            return self._clock.now()
        while True:
            if self._clock.uncertain:
                theirs: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
                self._clock.learn(theirs)
            now = self._clock.now()
            if not self._clock.uncertain:
                return now

    def _notify(self, connection: Connection, outbox: bool, timers: bool) -> None:
        driver: Any = connection.connection.driver_connection
        driver.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{self._name}:{'o' * outbox}{'t' * timers}"))

    def _tell(self, outbox: bool, timers: bool) -> None:
        for listener in self.listeners:
            listener(outbox, timers)


def lock(connection: Connection, scope: Scope) -> str:
    """Have a scope to ourselves until the transaction ends; the name of the workspace that it is, empty for several.

    Everybody's is one lock, which the others share; so that no two wait for each other, it comes first, and the
    workspaces in order.
    """
    if not (scope.workspace or scope.person):
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_number(""),))
        return ""
    if scope.name:
        _lock_workspaces(connection, [scope.name])
        return scope.name
    while True:
        before = _workspaces(connection, scope)
        _lock_workspaces(connection, before)
        if set(_workspaces(connection, scope)) <= set(before):  # else a seat was taken in one that is not locked
            return before[0] if len(before) == 1 else ""


def _lock_workspaces(connection: Connection, names: Sequence[str]) -> None:
    asked = ", ".join(["pg_advisory_xact_lock_shared(%s)", *["pg_advisory_xact_lock(%s)"] * len(names)])
    connection.exec_driver_sql(f"SELECT {asked}", (_number(""), *map(_number, names)))


def _workspaces(connection: Connection, scope: Scope) -> list[str]:
    """The workspaces in which a person has a seat, in order."""
    seats = select(groups.c.workspace.distinct()).join(members, members.c.group_id == groups.c.id)
    seats = seats.where(groups.c.platform == scope.platform, members.c.user == scope.person)
    return sorted(Scope(scope.platform, name).name for name in connection.scalars(seats))


def _number(name: str) -> int:
    """The number of a lock. Two workspaces with the same one would only wait for each other."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)


class _Ears:
    """Hears what other processes committed, in a thread and by a connection of its own. Whoever misses a word looks by
    itself every half minute."""

    def __init__(self, engine: Engine, ours: str, tell: Callable[[bool, bool], None]) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._ours = ours
        self._tell = tell
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="mockingbird-ears", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join()

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                self._hear()
            except (psycopg.Error, DBAPIError) as fault:
                log.warning("nothing is heard of other processes now, I look by myself: %s", faults.line(fault))
                self._closed.wait(LISTEN)

    def _hear(self) -> None:
        with self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            try:
                driver.execute(f"LISTEN {CHANNEL}")
                self._tell(True, True)  # something may have been said before
                while not self._closed.is_set():
                    for word in driver.notifies(timeout=LISTEN, stop_after=1):
                        who, _, what = word.payload.partition(":")
                        if who != self._ours:
                            self._tell("o" in what, "t" in what)
            finally:
                connection.invalidate()  # what listens never goes back into the pool
