"""The migrations make just the tables that the code works with, and the way back and forth is open."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.bootstrap import Service
from bot.catalog import Catalog
from bot.core.errors import StoreError
from bot.core.events import Place, Show, Submit
from bot.core.ui import ActionId
from bot.store import migrate
from bot.store.tables import metadata
from bot.store.writer import connect
from bot.testing import PEOPLE, FrozenClock, RecordingPlatform, setup_values

NOW = datetime(2026, 9, 1, 5, 0, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{tmp_path / 'bot.db'}")
    yield engine
    engine.dispose()


def schema(engine: Engine) -> dict[str, str]:
    """What SQLite itself keeps of each table and index, with the parts of a table in one order: a column that a later
    version added stands behind the others."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    found = {}
    for name, sql in rows:
        head, _, parts = " ".join(str(sql).split()).partition("(")
        found[str(name)] = "\n".join([head.strip(), *sorted(_parts(parts))])
    found.pop("alembic_version", None)
    return found


def _parts(inside: str) -> list[str]:
    """What stands between the commas that are in no brackets."""
    parts, depth = [""], 0
    for sign in inside:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    *columns, last = parts
    last, closing, after = last.rpartition(")")
    return [*(part.strip() for part in (*columns, last)), closing + after]


def test_the_migrations_make_the_tables_of_the_code_to_the_letter(database: Engine, tmp_path: Path) -> None:
    migrate.upgrade(database)
    other = connect(f"sqlite:///{tmp_path / 'other.db'}")
    with other.begin() as connection:
        metadata.create_all(connection)
    made, wanted = schema(database), schema(other)
    other.dispose()
    assert made.keys() == wanted.keys()
    for name, table in wanted.items():
        assert made[name] == table, name


def test_a_database_is_at_the_head_after_an_upgrade_and_upgrading_again_is_harmless(database: Engine) -> None:
    assert "run mockingbird db upgrade" in migrate.check(database)
    for _ in range(2):
        migrate.upgrade(database)
        assert migrate.check(database) == ""
        assert migrate.version(database) == migrate.head()


def test_the_way_back_leaves_nothing_behind_and_the_way_forth_works_again(database: Engine, catalog: Catalog) -> None:
    migrate.upgrade(database)
    asyncio.run(_live(database, catalog))
    migrate.downgrade(database, "base")
    assert schema(database) == {}
    migrate.upgrade(database)
    assert migrate.check(database) == ""
    asyncio.run(_live(database, catalog))  # of the group that was, nothing is left


def test_each_step_back_can_be_taken_alone(database: Engine) -> None:
    migrate.upgrade(database)
    steps = 0
    while migrate.version(database):
        migrate.downgrade(database)
        steps += 1
    assert steps == len(list((migrate.HOME / "versions").glob("0*.py")))
    with pytest.raises(StoreError, match="cannot go back"):
        migrate.downgrade(database)


def test_a_database_whose_tables_somebody_changed_is_not_taken_for_ours(database: Engine) -> None:
    migrate.upgrade(database)
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE groups DROP COLUMN weekdays")
    assert "add_column" in migrate.check(database)


async def _live(database: Engine, catalog: Catalog) -> None:
    """A group is set up and gets its welcome."""
    platform = RecordingPlatform()
    service = Service(str(database.url), catalog, FrozenClock(NOW), {"web": platform})
    place = Place("web", "home", "prep")
    setup = Submit("1", PEOPLE["ana"], place, ActionId("group.setup", "two-weeks"), setup_values())
    reply = await service.bot.engine.handle(setup)
    await service.bot.settle()
    service.close()
    assert isinstance(reply, Show)
    assert [posting.parcel.key for posting in platform.postings.values()] == ["welcome:1"]
