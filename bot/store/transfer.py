"""A whole database into another one, from SQLite to PostgreSQL or back: looked through first, counted and compared after.

All that is written is one transaction on the target, its tables included: whoever interrupts a copy finds the target as it
was. The source is read in one transaction too, and is not changed.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Engine,
    Float,
    Integer,
    String,
    Table,
    func,
    insert,
    select,
)
from sqlalchemy.engine import URL, Dialect

from bot.core.errors import StoreError
from bot.store import database, migrate
from bot.store.lock import FileLock
from bot.store.sentences import server, spoken, where
from bot.store.tables import Instant, metadata

BATCH = 1_000  # rows on their way at a time
TOLD = 20  # faults that are named; more of them are counted
BITS = 64  # of a table's checksum


@dataclass(frozen=True, slots=True)
class Held:
    """What a table holds: the number of its rows, and the sum of a hash of each, which their order does not change."""

    rows: int
    checksum: str


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
        held = _looked_through(old)
        for table in metadata.sorted_tables:
            _pour(_Rows(old, table), new, table)
            _count_on(new, table)
        found = [Copied(table.name, held[table.name], _held(_Rows(new, table))) for table in metadata.sorted_tables]
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
            if source.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            _left(connection)
            yield connection


def _left(connection: Connection) -> None:
    """Raises StoreError where a process of Mockingbird is at work."""
    running = migrate.running(connection)
    if running:
        raise StoreError(f"Mockingbird is running on {where(connection.engine.url)}, in {running} process(es): what they do "
                         "from now on would be missing in the copy. Stop them, and copy again.")  # fmt: skip


# Reading -------------------------------------------------------------------------------------------------------------


class _Rows:
    """A table's rows, each value as the code has it; what cannot be read so is told by `faults`."""

    def __init__(self, connection: Connection, table: Table) -> None:
        dialect = connection.dialect
        self.columns: list[Column[Any]] = list(table.columns)
        self._keys = [self.columns.index(column) for column in table.primary_key]
        self._name = table.name
        self._connection = connection
        self._readers = [_reader(column, dialect) for column in self.columns]
        self._sql = str(select(table).compile(dialect=dialect))

    def __iter__(self) -> Iterator[list[Any]]:
        for row in self._driver_rows():
            yield [read(value) if read and value is not None else value
                   for read, value in zip(self._readers, row, strict=True)]  # fmt: skip

    def faults(self, found: Callable[[list[Any]], None]) -> Iterator[str]:
        """What does not fit, as sentences; rows that fit are handed to `found`."""
        for row in self._driver_rows():
            values, wrong = [], []
            for column, read, value in zip(self.columns, self._readers, row, strict=True):
                try:
                    values.append(read(value) if read and value is not None else value)
                except (ValueError, TypeError, OverflowError):
                    wrong.append(f"{self._name}.{column.name} of {self._whose(row)} is no {_noun(column)}")
                    continue
                fault = _fault(column, values[-1])
                if fault:
                    wrong.append(f"{self._name}.{column.name} of {self._whose(row)} {fault}")
            if wrong:
                yield from wrong
            else:
                found(values)

    def _driver_rows(self) -> Iterator[Sequence[Any]]:
        with spoken(self._connection.engine.url):
            yield from self._connection.exec_driver_sql(self._sql, execution_options={"yield_per": BATCH})

    def _whose(self, row: Sequence[Any]) -> str:
        return ", ".join(f"{self.columns[key].name} {row[key]!r:.60}" for key in self._keys)


def _reader(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What makes the code's value of the driver's; None where they are the same."""
    if isinstance(column.type, Float):
        return float  # PostgreSQL's dialect wants to know the driver's type for it
    return column.type.dialect_impl(dialect).result_processor(dialect, None)


def _fault(column: Column[Any], value: Any) -> str:
    """Why some database would not take the value, as the end of a sentence; empty where each does."""
    if value is None:
        return ""
    if not isinstance(value, _KINDS[_noun(column)]):
        return f"is no {_noun(column)}"
    if isinstance(value, str):
        return _unfit_text(value, column.type.length if isinstance(column.type, String) else None)
    if isinstance(value, int):
        bits = 63 if isinstance(column.type, BigInteger) else 31
        return "" if -(2**bits) <= value < 2**bits else f"is too large a number: {value}"
    return ""


def _unfit_text(value: str, most: int | None) -> str:
    if "\x00" in value:
        return "holds a NUL character, which PostgreSQL does not take"
    if most is not None and len(value) > most:
        return f"has {len(value)} characters; {most} fit there"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "holds what is no UTF-8 text"
    return ""


_KINDS: dict[str, type | tuple[type, ...]] = {
    "text": str, "yes or no": bool, "number": (int, float), "instant": datetime, "date": date,
}  # fmt: skip


def _noun(column: Column[Any]) -> str:
    kind = column.type
    for noun, types in (("text", String), ("yes or no", Boolean), ("number", (Integer, Float)),
                        ("instant", (Instant, DateTime)), ("date", Date)):  # fmt: skip
        if isinstance(kind, types):
            return noun
    raise TypeError(f"{column}: a column of {kind!r} is not known to the copy")


class _Sum:
    """Counts rows, and adds up a hash of each."""

    def __init__(self) -> None:
        self._rows = self._total = 0

    def add(self, values: Sequence[Any]) -> None:
        content = json.dumps(values, default=str, separators=(",", ":")).encode()
        self._rows += 1
        self._total += int.from_bytes(blake2b(content, digest_size=BITS // 8).digest())

    @property
    def held(self) -> Held:
        return Held(self._rows, f"{self._total % 2**BITS:0{BITS // 4}x}")


def _held(rows: _Rows) -> Held:
    total = _Sum()
    for values in rows:
        total.add(values)
    return total.held


def _looked_through(source: Connection) -> dict[str, Held]:
    """What each table holds. Raises StoreError, which names what would not fit."""
    wrong: list[str] = []
    more, held = 0, {}
    for table in metadata.sorted_tables:
        total = _Sum()
        for fault in _Rows(source, table).faults(total.add):
            if len(wrong) < TOLD:
                wrong.append(fault)
            else:
                more += 1
        held[table.name] = total.held
    wrong += _dangling(source)
    if wrong:
        rest = [f"and {more} more like these"] if more else []
        raise StoreError("Some of it cannot be kept as it is, so nothing was copied. Mend these rows in the source and copy "
                         "again:\n" + "\n".join(f"- {one}" for one in [*wrong, *rest]))  # fmt: skip
    return held


def _dangling(source: Connection) -> list[str]:
    """Rows of SQLite that belong to rows that are not there: it minds them only while it is told to."""
    if source.dialect.name != "sqlite":
        return []
    found = source.exec_driver_sql("PRAGMA foreign_key_check").all()
    return [f"{row[0]}, row {row[1] or '?'}, belongs to a row of {row[2]} that is not there" for row in found[:TOLD]]


# Writing -------------------------------------------------------------------------------------------------------------


def _pour(rows: _Rows, target: Connection, table: Table) -> None:
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
