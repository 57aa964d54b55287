"""A list, or a table, as one parameter of a prepared statement, the same on SQLite and PostgreSQL."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    TableValuedAlias,
    Text,
    bindparam,
    cast,
    literal_column,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


class _Elements(FunctionElement[Any]):
    inherit_cache = True


@compiles(_Elements, "sqlite")
def _sqlite(element: _Elements, compiler: Any, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_Elements, "postgresql")
def _postgresql(element: _Elements, compiler: Any, **options: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS JSON))"


class _Field(FunctionElement[str]):
    type = Text()
    inherit_cache = True


@compiles(_Field, "sqlite")
def _of_text(element: _Field, compiler: Any, **options: Any) -> str:
    return " ->> ".join(compiler.process(clause, **options) for clause in element.clauses)


@compiles(_Field, "postgresql")
def _of_json(element: _Field, compiler: Any, **options: Any) -> str:
    row, name = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST({row} AS JSON) ->> {name}"


class _Among(FunctionElement[bool]):
    inherit_cache = True  # of no type: as a boolean it would be compared with 1 on SQLite, and no index serves that


@compiles(_Among, "sqlite")
def _in(element: _Among, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN {values}"


@compiles(_Among, "postgresql")
def _any(element: _Among, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY(ARRAY{values})"


def among(column: ColumnElement[Any], values: Select[Any]) -> ColumnElement[bool]:
    """Whether the column is one of these few values. PostgreSQL goes by the column's index then: from an `IN` it would
    make a join, and how it plans that depends on what it last counted in a table whose open rows come and go."""
    return _Among(column, values.scalar_subquery())


def listed(name: str, parameter: str = "") -> TableValuedAlias:
    """A table of one column, `value`, with the elements of the list that the parameter carries (see `carried`), which is
    called as the table where it has no name of its own. Numbers have to be cast: PostgreSQL has them as text."""
    return _Elements(bindparam(parameter or name, type_=Text)).table_valued("value", name=name)


def tabled(name: str, **columns: type[TypeEngine[Any]]) -> Subquery:
    """A table with these columns, and the rows that the parameter `name` carries: mappings (see `carried`)."""
    row = listed(f"{name}_rows", name).c.value
    fields = (cast(_Field(row, literal_column(f"'{one}'")), kind).label(one) for one, kind in columns.items())
    return select(*fields).subquery(name)


def carried(values: Collection[str] | Collection[int] | Sequence[Mapping[str, Any]]) -> str:
    """A list as `listed` takes it, or a table as `tabled` does."""
    return json.dumps(list(values), ensure_ascii=False)
