"""A list as one parameter of a prepared statement, the same on SQLite and PostgreSQL."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import TableValuedAlias, Text, bindparam
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


def listed(name: str) -> TableValuedAlias:
    """A table of one column, `value`, with the elements of the list that the parameter `name` carries (see `carried`).
    Numbers have to be cast: PostgreSQL has them as text."""
    return _Elements(bindparam(name, type_=Text)).table_valued("value", name=name)


def carried(values: Collection[str] | Collection[int]) -> str:
    """A list as `listed` takes it."""
    return json.dumps(list(values), ensure_ascii=False)
