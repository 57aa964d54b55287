"""What a database holds, read as the code has it: told where another database would not take it, counted and summed up."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Connection, Date, DateTime, Float, Integer, String, Table, select
from sqlalchemy.engine import Dialect

from bot.core.errors import StoreError
from bot.store.sentences import spoken
from bot.store.tables import Instant, metadata

BATCH = 1_000  # rows on their way at a time
TOLD = 20  # faults that are named; more of them are counted
BITS = 64  # of a table's checksum


@dataclass(frozen=True, slots=True)
class Held:
    """What a table holds: the number of its rows, and the sum of a hash of each, which their order does not change."""

    rows: int
    checksum: str


class Rows:
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


def count(rows: Rows) -> Held:
    total = _Sum()
    for values in rows:
        total.add(values)
    return total.held


def looked_through(source: Connection) -> dict[str, Held]:
    """What each table holds. Raises StoreError, which names what would not fit."""
    wrong: list[str] = []
    more, held = 0, {}
    for table in metadata.sorted_tables:
        total = _Sum()
        for fault in Rows(source, table).faults(total.add):
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
