"""What runs at every event is planned once: SQLite plans a statement anew, at each execution and without a word, where a
parameter could stand for what a partial index says."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.store.lists import carried
from bot.store.tables import metadata
from bot.store.writer import connect
from tests.statements import statements

FOUND = statements()

LISTS = ("lanes", "keys", "ids", "names")  # parameters that carry several values


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    engine = connect("sqlite://")
    with engine.connect() as connection:
        with connection.begin():
            metadata.create_all(connection)
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        yield connection
    engine.dispose()


def test_the_statements_are_found() -> None:
    assert len(FOUND) > 50


@pytest.mark.parametrize("name", FOUND)
def test_no_statement_is_planned_anew(connection: Connection, name: str) -> None:
    planned: list[Any] = []

    def asked(*about: Any) -> int:
        """SQLite asks about each table and column of a plan that it makes."""
        planned.append(about)
        return sqlite3.SQLITE_OK

    driver: Any = connection.connection.driver_connection
    driver.set_authorizer(asked)
    compiled = FOUND[name].compiled_for(connection)
    for value in (1, "daily", 2, "x", ""):
        given = {**dict.fromkeys(LISTS, carried([str(value)])), "receipts": carried([{"id": 1, "epoch": value}])}
        values = [compiled.fixed.get(name, given.get(name, value)) for name in compiled.names]
        with suppress(sqlite3.IntegrityError):  # such values fit no constraint, and need not
            driver.execute(compiled.sql, values).fetchall()
        if value != 1:
            assert planned == [], compiled.sql
        planned.clear()
