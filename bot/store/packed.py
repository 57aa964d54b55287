"""A row as one text, for what is read at every event.

SQLite's driver does as much for eight columns of a statement, which it describes at each execution, as for all else of it.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Boolean, Column, ColumnElement, Date, Float, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from bot.store.prepared import named
from bot.store.tables import Instant, to_instant

# What JSON has as a number or a text.
_READS: dict[type, Callable[[Any], Any]] = {Instant: to_instant, Boolean: bool, Date: date.fromisoformat}


class _Array(FunctionElement[str]):
    type = Text()
    inherit_cache = True


@compiles(_Array, "sqlite")
def _sqlite(element: _Array, compiler: Any, **options: Any) -> str:
    return f"json_array({compiler.process(element.clauses, **options)})"


@compiles(_Array, "postgresql")
def _postgresql(element: _Array, compiler: Any, **options: Any) -> str:
    return f"CAST(json_build_array({compiler.process(element.clauses, **options)}) AS TEXT)"


class Packed:
    """These columns as one, and back. None of them is a Float: SQLite writes those with 15 digits."""

    def __init__(self, *columns: Column[Any]) -> None:
        if any(isinstance(column.type, Float) for column in columns):
            raise TypeError("a Float would be rounded")
        self.column: ColumnElement[str] = _Array(*columns)
        reads = [(number, _READS.get(type(column.type))) for number, column in enumerate(columns)]
        self._reads = [(number, read) for number, read in reads if read is not None]
        self._named = named([column.name for column in columns])

    def values(self, row: Sequence[Any]) -> list[Any]:
        """The columns' values, from a row that has the packed ones alone."""
        values: list[Any] = orjson.loads(row[0])
        for number, read in self._reads:
            if values[number] is not None:
                values[number] = read(values[number])
        return values

    def row(self, row: Sequence[Any]) -> Any:
        """The same as a row whose values are attributes."""
        return self._named(self.values(row))
