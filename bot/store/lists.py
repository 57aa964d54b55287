"""A list as one parameter of a prepared statement, the same on SQLite and PostgreSQL."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, TableValuedAlias, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class _Elements(FunctionElement[Any]):
    inherit_cache = True


@compiles(_Elements, "sqlite")
def _sqlite(element: _Elements, compiler: Any, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_Elements, "postgresql")
def _postgresql(element: _Elements, compiler: Any, **options: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS JSON))"


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


def listed(name: str) -> TableValuedAlias:
    """A table of one column, `value`, with the elements of the list that the parameter `name` carries (see `carried`).
    Numbers have to be cast: PostgreSQL has them as text."""
    return _Elements(bindparam(name, type_=Text)).table_valued("value", name=name)


def carried(values: Collection[str] | Collection[int]) -> str:
    """A list as `listed` takes it."""
    return json.dumps(list(values), ensure_ascii=False)
