"""PostgreSQL: a pool of threads, each job in a transaction of its own, as if no other ran at the same time.

`run` is SERIALIZABLE: what a handler read cannot change under it, however many processes work at once; where two jobs
meet, PostgreSQL stops one of them, and that one is run again. Jobs that settle every race in one statement, such as a
claim, take `quick`.
"""

import asyncio
import logging
import random
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from bot.catalog import Catalog
from bot.clock import CommonClock
from bot.core.ports import Clock
from bot.store import faults
from bot.store.availability import Availability
from bot.store.work import SqlWork

log = logging.getLogger("mockingbird.store")

THREADS = 8  # each with a connection; a server takes 100 of them by default
CHANNEL = "mockingbird"  # of NOTIFY
CONNECT = 5  # seconds to get a connection
LONGEST = 30_000  # milliseconds for a statement, or for a lock
TRIES = 30  # of a job that meets others
PATIENCE = 2.0  # seconds in which a broken connection is mended: a chat waits for three
LISTEN = 1.0  # seconds between two looks whether to stop

T = TypeVar("T")
Job = Callable[[SqlWork], T]


def connect(url: URL, *, durable: bool = True) -> Engine:
    """A PostgreSQL engine; nothing is asked of the server yet. Only what is thrown away anyway may be not `durable`."""
    settings = {"statement_timeout": LONGEST, "lock_timeout": LONGEST, "idle_in_transaction_session_timeout": 60_000}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    options += "" if durable else " -c synchronous_commit=off"
    return create_engine(
        url,
        pool_size=THREADS,
        max_overflow=2,
        pool_use_lifo=True,
        connect_args={"connect_timeout": CONNECT, "options": options, "application_name": "mockingbird"},
        query_cache_size=1_000,
    )


class Pool:
    """Runs jobs in its threads. `listeners` are called in one of them after a commit, here or in another process, that
    owes messages or moved timers, with (outbox, timers) as booleans."""

    at_once = 16  # the more a job does, the more others it meets

    def __init__(self, engine: Engine, clock: Clock, catalog: Catalog) -> None:
        self.listeners: list[Callable[[bool, bool], None]] = []
        self._serial = engine.execution_options(isolation_level="SERIALIZABLE")
        self._quick = engine.execution_options(isolation_level="READ COMMITTED")
        self._engine = engine
        self._clock = clock
        self._catalog = catalog
        self._availability = Availability()
        self._threads = ThreadPoolExecutor(THREADS, "mockingbird-store")
        self._name = secrets.token_hex(6)  # by which we know our own notifications
        self._ears: _Ears | None = None

    async def run(self, job: Job[T]) -> T:
        """The job's result, after its commit. What the job raises undoes what it did, and is raised here. It may be run
        several times; only the last one counts. Raises StoreUnavailable."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._insist, self._serial, job)

    async def quick(self, job: Job[T]) -> T:
        """The same for a job whose every statement settles its own races."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._insist, self._quick, job)

    def hear(self) -> None:
        """From now on the commits of other processes call the listeners, too."""
        if self._ears is None:
            self._ears = _Ears(self._engine, self._name, self._tell)

    def close(self) -> None:
        """Finish what waits, then end the threads and the connections."""
        self._threads.shutdown()
        if self._ears is not None:
            self._ears.close()
        self._engine.dispose()

    def _insist(self, engine: Engine, job: Job[T]) -> T:
        """Run the job until it stands. A commit whose answer was lost may have taken place: then the job finds what it
        did, as it would find what another process did, since an event, a timer and a claim count once."""
        tries, until = 0, 0.0
        while True:
            try:
                result = self._once(engine, job)
            except (psycopg.Error, DBAPIError) as fault:
                tries += 1
                if faults.met(fault) and tries < TRIES:
                    # Longer each time, so that of many that meet at once each gets its turn.
                    time.sleep(random.uniform(0.0, 0.002 * tries))
                    continue
                if faults.broken(fault):
                    until = until or time.monotonic() + PATIENCE
                    if time.monotonic() < until:
                        time.sleep(random.uniform(0.05, 0.2))
                        continue
                if faults.broken(fault) or faults.takes_nothing(fault):
                    raise self._availability.lost(fault) from None
                raise
            self._availability.stands()
            return result

    def _once(self, engine: Engine, job: Job[T]) -> T:
        with engine.connect() as connection, connection.begin():
            self._keep_time(connection)
            work = SqlWork(connection, self._clock.now(), self._catalog)
            result = job(work)
            work.flush()
            outbox, timers = work.outbox.touched, work.timers.touched
            if outbox or timers:
                self._notify(connection, outbox, timers)
        if outbox or timers:
            self._tell(outbox, timers)
        return result

    def _keep_time(self, connection: Connection) -> None:
        if isinstance(self._clock, CommonClock) and self._clock.uncertain:
            theirs: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
            self._clock.learn(theirs)

    def _notify(self, connection: Connection, outbox: bool, timers: bool) -> None:
        driver: Any = connection.connection.driver_connection
        driver.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{self._name}:{'o' * outbox}{'t' * timers}"))

    def _tell(self, outbox: bool, timers: bool) -> None:
        for listener in self.listeners:
            listener(outbox, timers)


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
