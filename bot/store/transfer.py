"""A whole database into another one, from SQLite to PostgreSQL or back: looked through first, counted and compared after.

All that is written is one transaction on the target, its tables included: whoever interrupts a copy finds the target as it
was. The source is read in one transaction too, and is not changed.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, insert, select
from sqlalchemy.engine import URL

from bot.core.errors import StoreError
from bot.store import database, migrate
from bot.store.contents import BATCH, Held, Rows, count, looked_through
from bot.store.lock import FileLock
from bot.store.sentences import server, spoken, where
from bot.store.tables import metadata


@dataclass(frozen=True, slots=True)
class Copied:
    """A table that was copied, as the two databases show it."""

    table: str
    source: Held
    target: Held


def copy(source: str, target: str) -> list[Copied]:
    """Copy all that the source holds into the target, which is new or empty; its tables are made by our migrations. Both are
    database URLs.

    Raises StoreError, with the target as it was, where one of them cannot be used or is in use, where the source has not
    this code's version, where the target holds data, where a value of the source does not fit (each is named), or where the
    two differ in the end.
    """
    _two(source, target)
    made = Path(database.file(target)) if database.file(target) else None
    made = None if made is None or made.exists() else made
    with ExitStack() as stack:
        engines = [stack.enter_context(_opened(url)) for url in (source, target)]
        try:
            return _copied(*engines)
        except BaseException:
            if made is not None:  # it is ours alone: its lock is held
                for ending in ("", "-wal", "-shm"):
                    made.with_name(made.name + ending).unlink(missing_ok=True)
            raise


def _two(source: str, target: str) -> None:
    """Raises StoreError where there is nothing to copy from, or both are one."""
    one, two = database.parse(source), database.parse(target)
    for url in (one, two):
        if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
            raise StoreError("A database in memory ends with this command. Name a file, like sqlite:///mockingbird.db.")
    if _place(one) == _place(two):
        raise StoreError(f"Source and target are both {where(one)}. Name two databases.")
    if one.get_backend_name() == "sqlite" and not Path(str(one.database)).is_file():
        raise StoreError(f"There is no database {one.database} to copy from.")


def _place(url: URL) -> tuple[str, ...]:
    """What two names of one database have in common."""
    if url.get_backend_name() == "sqlite":
        return (str(Path(str(url.database)).resolve()),)
    return server(url), url.database or url.username or "", str(url.query.get("options", ""))


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    """The database, while no other process runs on it. Raises StoreError."""
    file = database.file(url)
    lock = FileLock(file) if file else None
    try:
        engine = database.connect(url)
        try:
            yield engine
        finally:
            engine.dispose()
    finally:
        if lock is not None:
            lock.release()


def _copied(source: Engine, target: Engine) -> list[Copied]:
    _ours(source, target)
    with spoken(source.url), _reading(source) as old, spoken(target.url), target.begin() as new:
        migrate.alone(new)
        _left(new)
        migrate.bring(new)
        _empty(new)
        held = looked_through(old)
        for table in metadata.sorted_tables:
            _pour(Rows(old, table), new, table)
            _count_on(new, table)
        found = [Copied(table.name, held[table.name], count(Rows(new, table))) for table in metadata.sorted_tables]
        unlike = [one.table for one in found if one.source != one.target]
        if unlike:
            raise StoreError(f"The copy is not like its source in {', '.join(unlike)}, so nothing was kept of it. Nobody "
                             "may change the target meanwhile; try again.")  # fmt: skip
    return found


def _ours(source: Engine, target: Engine) -> None:
    """Raises StoreError where one of them has another version than ours; a target that is new or older will have it."""
    found, wanted = migrate.version(source), migrate.head()
    if not found:
        raise StoreError("There is nothing to copy: the source holds no tables.")
    newer = next((one for one in (found, migrate.version(target)) if migrate.newer(one)), "")
    if newer:
        raise StoreError(
            f"A database of version {newer} is copied by the Mockingbird that made it; this one copies {wanted}."
        )
    if found != wanted:
        raise StoreError(f"The database to copy has version {found}, and this Mockingbird copies {wanted}. Upgrade it "
                         "first: mockingbird db upgrade, with DATABASE_URL naming it.")  # fmt: skip
    fault = migrate.check(source)
    if fault:
        raise StoreError(fault)


def _empty(target: Connection) -> None:
    """Raises StoreError where any of our tables there holds a row."""
    full = [
        table.name for table in metadata.sorted_tables if target.execute(select(1).select_from(table).limit(1)).all()
    ]
    if full:
        raise StoreError(f"The database to copy into holds data already (in {', '.join(full[:5])}), and nothing is mixed "
                         "or overwritten. Name an empty one; mockingbird db downgrade base empties one for good."
                         )  # fmt: skip


@contextmanager
def _reading(source: Engine) -> Iterator[Connection]:
    """The source as it is at one moment. Raises StoreError where processes run on it."""
    with source.connect() as connection:
        if source.dialect.name == "sqlite":
            driver: Any = connection.connection.driver_connection
            # What is no UTF-8 is to be named like any other fault, not to end the reading.
            driver.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        else:
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            migrate.alone(connection)  # whoever starts meanwhile waits
            _left(connection)
            yield connection


def _left(connection: Connection) -> None:
    """Raises StoreError where a process of Mockingbird is at work."""
    running = migrate.running(connection)
    if running:
        raise StoreError(f"Mockingbird is running on {where(connection.engine.url)}, in {running} process(es): what they do "
                         "from now on would be missing in the copy. Stop them, and copy again.")  # fmt: skip


def _pour(rows: Rows, target: Connection, table: Table) -> None:
    names = [column.name for column in rows.columns]
    waiting = iter(rows)
    while batch := [dict(zip(names, values, strict=True)) for values in islice(waiting, BATCH)]:
        target.execute(insert(table), batch)


def _count_on(target: Connection, table: Table) -> None:
    """New rows get the ids after those that are there. SQLite looks for itself."""
    column = table.autoincrement_column
    if target.dialect.name == "postgresql" and column is not None:
        name = target.dialect.identifier_preparer.format_table(table)
        last = select(func.setval(func.pg_get_serial_sequence(name, column.name), func.max(column)))
        target.execute(last.having(func.count() > 0))
