"""Statements that are compiled once and then run on the driver itself.

SQLAlchemy writes the SQL and knows the types; but at each execution its Core builds a context, parameters and a result
around it, which costs several times what SQLite needs for a small statement. What runs at every event goes this way;
everything else is plain Core on the same connection, in the same transaction.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, TypeVar, cast

from sqlalchemy import Column, Connection, Delete, Engine, Insert, Select, Update
from sqlalchemy.engine import Dialect

Processor = Callable[[Any], Any]
Make = Callable[[Sequence[Any]], Any]
Statement = Select[Any] | Insert | Update | Delete
T = TypeVar("T")


# PostgreSQL's number of the type in which its driver gives numbers: asked for the others, it has no meaning.
FLOAT8 = 701


class Compiled:
    """A statement as one dialect's driver takes it."""

    def __init__(
        self, statement: Statement, columns: Sequence[str], make: Make | None, keep: int, dialect: Dialect
    ) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(columns) or None)
        self.sql = str(compiled)
        types = {name: bind.type for bind, name in compiled.bind_names.items()}
        writes: dict[str, Processor | None] = {
            name: kind.dialect_impl(dialect).bind_processor(dialect) for name, kind in types.items()
        }
        # Values that stand in the statement itself, such as those of its predicates.
        given = {name for name, bind in compiled.binds.items() if bind.required}
        self.fixed = {name: one for name, one in compiled.params.items() if one is not None and name not in given}
        self.positional = compiled.positional
        self.names = list((compiled.positiontup if compiled.positional else compiled.bind_names.values()) or ())
        self.writes = [(number, write) for number, name in enumerate(self.names) if (write := writes[name]) is not None]
        returned = statement.exported_columns
        readers = [column.type.dialect_impl(dialect).result_processor(dialect, FLOAT8) for column in returned]
        self.reads = [(number, reader) for number, reader in enumerate(readers) if reader is not None]
        self._make: Make = make or named([column.key or "_" for column in returned])
        self.read: Make = lru_cache(maxsize=keep)(self._read) if keep else self._read

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """The values as the driver takes them."""
        given = {**self.fixed, **values} if self.fixed else values
        written = list(map(given.__getitem__, self.names))
        for number, write in self.writes:
            written[number] = write(written[number])
        return written if self.positional else dict(zip(self.names, written, strict=True))

    def _read(self, row: Sequence[Any]) -> Any:
        """A row as the code takes it."""
        if self.reads:
            row = list(row)
            for number, reader in self.reads:
                row[number] = reader(row[number])
        return self._make(row)

    def read_all(self, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """The same for some, at least one. Column by column: a loop over the rows takes three times as long."""
        if self.reads:
            columns: list[Any] = list(zip(*rows, strict=True))
            for number, reader in self.reads:
                columns[number] = map(reader, columns[number])
            rows = list(zip(*columns, strict=True))
        return list(map(self._make, rows))


def tuples(kind: type[T]) -> Callable[[Sequence[Any]], T]:
    """What makes named tuples of a kind from rows that have its fields, without the check that `_make` does each time."""
    return partial(cast(Any, tuple.__new__), kind)


def named(columns: Sequence[str]) -> Make:
    """What makes rows whose values are attributes; a column without a usable name is reached by its place."""
    kind: Any = cast(Any, namedtuple)("Row", columns, rename=True)  # mypy wants fields that it can read
    return tuples(kind)


class Prepared:
    """A statement whose parameters are its `bindparam`s, or the named `columns` of an insert.

    Values that change from one execution to the next are parameters; lists (`IN`) cannot be, those stay with Core.
    `make` makes something of a row's values; without it a row has its columns by name. Where the same single rows are
    read all the time, what was made of the last `keep` different ones is kept, and is immutable. `id` is the column of an
    insert's numbers, for `added`.
    """

    def __init__(
        self,
        statement: Statement,
        *columns: str,
        make: Make | None = None,
        keep: int = 0,
        id: Column[int] | None = None,
    ) -> None:
        self._statement = statement
        self._id = id
        self._columns = columns
        self._make = make
        self._keep = keep
        self._compiled: dict[str, Compiled] = {}

    def one(self, connection: Connection, **values: Any) -> Any:
        """The only row, its columns by name; None where there is none."""
        compiled, cursor = self._run(connection, values)
        row = cursor.fetchone()
        return None if row is None else compiled.read(row)

    def all(self, connection: Connection, **values: Any) -> list[Any]:
        """All rows, their columns by name."""
        compiled, cursor = self._run(connection, values)
        rows = cursor.fetchall()
        return compiled.read_all(rows) if rows else rows

    def scalars(self, connection: Connection, **values: Any) -> Iterator[Any]:
        """The first column of all rows."""
        return (row[0] for row in self.all(connection, **values))

    def scalar(self, connection: Connection, **values: Any) -> Any:
        """The first column of the only row; None where there is none."""
        row = self.one(connection, **values)
        return None if row is None else row[0]

    def count(self, connection: Connection, **values: Any) -> int:
        """How many rows were written."""
        _, cursor = self._run(connection, values)
        return int(cursor.rowcount)

    def added(self, connection: Connection, **values: Any) -> int:
        """Insert a row; its id."""
        compiled, cursor = self._run(connection, values)
        return int(cursor.lastrowid if _tells(connection) else compiled.read(cursor.fetchone())[0])

    def each(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run it once for each of several sets of values, in one go; how many rows were written by all of them."""
        if len(rows) == 1:
            return int(self._run(connection, rows[0])[1].rowcount)
        compiled = self.compiled_for(connection)
        cursor = connection.connection.cursor()
        cursor.executemany(compiled.sql, [compiled.parameters(row) for row in rows])
        return int(cursor.rowcount)

    def compiled_for(self, connection: Connection | Engine) -> Compiled:
        """The statement as this connection's driver takes it."""
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            statement = self._statement
            if isinstance(statement, Insert) and self._id is not None and not _tells(connection):
                statement = statement.returning(self._id)
            compiled = Compiled(statement, self._columns, self._make, self._keep, dialect)
            self._compiled[dialect.name] = compiled
        return compiled

    def _run(self, connection: Connection, values: Mapping[str, Any]) -> tuple[Compiled, Any]:
        compiled = self._compiled.get(connection.dialect.name) or self.compiled_for(connection)
        driver: Any = connection.connection.dbapi_connection  # both drivers run a statement on it and give a cursor
        return compiled, driver.execute(compiled.sql, compiled.parameters(values))


def _tells(connection: Connection | Engine) -> bool:
    """Whether the driver knows the id of the row that it wrote last. From SQLite, RETURNING costs as much as two inserts:
    it goes through a table of its own."""
    return connection.dialect.name == "sqlite"
