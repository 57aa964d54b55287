"""Statements that are compiled once and then run on the driver itself.

SQLAlchemy writes the SQL and knows the types; but at each execution its Core builds a context, parameters and a result
around it, which costs several times what SQLite needs for a small statement. What runs at every event goes this way;
everything else is plain Core on the same connection, in the same transaction.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Delete, Insert, Select, Update
from sqlalchemy.engine import Dialect

Processor = Callable[[Any], Any]
Make = Callable[[Sequence[Any]], Any]
Statement = Select[Any] | Insert | Update | Delete


# PostgreSQL's number of the type in which its driver gives numbers: asked for the others, it has no meaning.
FLOAT8 = 701


class _Compiled:
    """A statement as one dialect's driver takes it."""

    def __init__(self, statement: Statement, columns: Sequence[str], make: Make | None, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(columns) or None)
        self.sql = str(compiled)
        types = {name: bind.type for bind, name in compiled.bind_names.items()}
        writes: dict[str, Processor | None] = {
            name: kind.dialect_impl(dialect).bind_processor(dialect) for name, kind in types.items()
        }
        # Values that stand in the statement itself, such as those of its predicates.
        self.fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self.positional = compiled.positional
        order = compiled.positiontup if compiled.positional else compiled.bind_names.values()
        self.order = [(name, writes[name]) for name in order or ()]
        returned = statement.exported_columns
        readers = [column.type.dialect_impl(dialect).result_processor(dialect, FLOAT8) for column in returned]
        self.reads = [(number, reader) for number, reader in enumerate(readers) if reader is not None]
        names = [column.key or "_" for column in returned]
        self._make: Make = make or _named(names)

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """The values as the driver takes them."""
        given = {**self.fixed, **values} if self.fixed else values
        written = [write(given[name]) if write else given[name] for name, write in self.order]
        return written if self.positional else {name: one for (name, _), one in zip(self.order, written, strict=True)}

    def read(self, row: Sequence[Any]) -> Any:
        """A row as the code takes it, its columns by name."""
        if not self.reads:
            return self._make(row)
        values = list(row)
        for number, reader in self.reads:
            values[number] = reader(values[number])
        return self._make(values)


def _named(columns: Sequence[str]) -> Make:
    """What makes rows whose values are attributes; a column without a usable name is reached by its place."""
    kind: Any = cast(Any, namedtuple)("Row", columns, rename=True)  # mypy wants fields that it can read
    make: Make = kind._make
    return make


class Prepared:
    """A statement whose parameters are its `bindparam`s, or the named `columns` of an insert.

    Values that change from one execution to the next are parameters; lists (`IN`) cannot be, those stay with Core.
    `make` makes something of a row's values; without it a row has its columns by name.
    """

    def __init__(self, statement: Statement, *columns: str, make: Make | None = None) -> None:
        self._statement = statement
        self._columns = columns
        self._make = make
        self._compiled: dict[str, _Compiled] = {}

    def one(self, connection: Connection, **values: Any) -> Any:
        """The only row, its columns by name; None where there is none."""
        compiled, cursor = self._run(connection, values)
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else compiled.read(row)

    def all(self, connection: Connection, **values: Any) -> list[Any]:
        """All rows, their columns by name."""
        compiled, cursor = self._run(connection, values)
        rows = cursor.fetchall()
        cursor.close()
        return [compiled.read(row) for row in rows]

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
        count = int(cursor.rowcount)
        cursor.close()
        return count

    def each(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run it once for each of several sets of values, in one go; how many rows were written by all of them."""
        compiled = self._for(connection)
        cursor = connection.connection.cursor()
        cursor.executemany(compiled.sql, [compiled.parameters(row) for row in rows])
        count = int(cursor.rowcount)
        cursor.close()
        return count

    def _run(self, connection: Connection, values: Mapping[str, Any]) -> tuple[_Compiled, Any]:
        compiled = self._for(connection)
        cursor = connection.connection.cursor()
        cursor.execute(compiled.sql, compiled.parameters(values))
        return compiled, cursor

    def _for(self, connection: Connection) -> _Compiled:
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled(self._statement, self._columns, self._make, dialect)
        return compiled
