"""One connection in one transaction, with every repository on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.catalog import Catalog
from bot.store import faults
from bot.store.repos.delivery import SqlDeliveries, SqlOutbox, SqlReceipts, SqlTimers
from bot.store.repos.groups import SqlGroups
from bot.store.repos.interviews import SqlBank, SqlInterviews
from bot.store.repos.leases import SqlLeases
from bot.store.repos.loops import SqlLoops
from bot.store.repos.pairs import SqlPairs
from bot.store.repos.plans import SqlPlans
from bot.store.repos.recall import SqlRecall
from bot.store.repos.resume import SqlBullets
from bot.store.repos.reviews import SqlPractice, SqlReviews
from bot.store.repos.rounds import SqlRounds
from bot.store.repos.stories import SqlStories


class SqlWork:
    """`scope` names the workspace whose data it is about; timers that are set in it belong there."""

    def __init__(self, connection: Connection, now: datetime, catalog: Catalog, scope: str = "") -> None:
        self._connection = connection
        self.now = now
        self.catalog = catalog
        self.begin(scope)
        self.receipts = SqlReceipts(connection, now)
        self._deliveries = SqlDeliveries(connection)
        self.leases = SqlLeases(connection, now)
        self.groups = SqlGroups(connection, now)
        self.plans = SqlPlans(connection, now)
        self.rounds = SqlRounds(connection, now)
        self.recall = SqlRecall(connection)
        self.reviews = SqlReviews(connection, now)
        self.practice = SqlPractice(connection)
        self.stories = SqlStories(connection, now)
        self.bullets = SqlBullets(connection, now)
        self.interviews = SqlInterviews(connection)
        self.bank = SqlBank(connection, now, catalog)
        self.pairs = SqlPairs(connection, now)
        self.loops = SqlLoops(connection, now)

    def begin(self, scope: str) -> None:
        """The next job of the same transaction: what the one before kept back to write, and did not, is gone."""
        self.outbox = SqlOutbox(self._connection, self.now)
        self.timers = SqlTimers(self._connection, scope)

    @property
    def deliveries(self) -> SqlDeliveries:
        """The deliverer's side of the outbox, with all that was owed so far."""
        self.outbox.flush()
        return self._deliveries

    def flush(self) -> None:
        """Write what the repositories have kept back to write in one go."""
        self.outbox.flush()
        self.timers.flush()

    @contextmanager
    def apart(self) -> Iterator[None]:
        """What is done in it is undone where it raises, and that alone."""
        driver: Any = self._connection.connection.driver_connection
        # Copies: what was kept back before may be written within, and would be undone with it.
        rows, sets, taken = list(self.outbox.rows), dict(self.timers.sets), set(self.timers.taken)
        driver.execute("SAVEPOINT apart")
        try:
            yield
        except BaseException as fault:
            if not faults.passing(fault):  # then the whole transaction is over
                driver.execute("ROLLBACK TO apart")
                driver.execute("RELEASE apart")
                self.outbox.rows, self.timers.sets, self.timers.taken = rows, sets, taken
            raise
        driver.execute("RELEASE apart")
