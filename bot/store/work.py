"""One connection in one transaction, with every repository on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.catalog import Catalog
from bot.store.repos.delivery import SqlDeliveries, SqlOutbox, SqlReceipts, SqlTimers
from bot.store.repos.groups import SqlGroups
from bot.store.repos.plans import SqlPlans
from bot.store.repos.reviews import SqlReviews
from bot.store.repos.rounds import SqlRecall, SqlRounds, SqlStories


class SqlWork:
    def __init__(self, connection: Connection, now: datetime, catalog: Catalog) -> None:
        self._connection = connection
        self.now = now
        self.catalog = catalog
        self.outbox = SqlOutbox(connection, now)
        self.timers = SqlTimers(connection)
        self.receipts = SqlReceipts(connection, now)
        self.deliveries = SqlDeliveries(connection)
        self.groups = SqlGroups(connection, now)
        self.plans = SqlPlans(connection, now)
        self.rounds = SqlRounds(connection, now)
        self.recall = SqlRecall(connection)
        self.reviews = SqlReviews(connection, now)
        self.stories = SqlStories(connection, now)

    @contextmanager
    def apart(self) -> Iterator[None]:
        """What is done in it is undone where it raises, and that alone."""
        driver: Any = self._connection.connection.driver_connection
        driver.execute("SAVEPOINT apart")
        try:
            yield
        except BaseException:
            driver.execute("ROLLBACK TO apart")
            raise
        finally:
            driver.execute("RELEASE apart")
