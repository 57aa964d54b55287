"""The migrations make just the tables that the code works with, and the way back and forth is open."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from bot.bootstrap import Service
from bot.catalog import Catalog
from bot.core.errors import StoreError
from bot.core.events import Place, Reply, Show, Submit
from bot.core.ui import ActionId
from bot.store import migrate
from bot.store.database import connect
from bot.store.tables import metadata
from bot.testing import PEOPLE, FrozenClock, RecordingPlatform, setup_values

from . import postgres

NOW = datetime(2026, 9, 1, 5, 0, tzinfo=UTC)


KINDS = ("sqlite", "postgresql")


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """Makes new databases of one kind, without tables."""
    with ExitStack() as stack:

        def make() -> Engine:
            if request.param == "sqlite":
                url = f"sqlite:///{tmp_path / f'{next(numbers)}.db'}"
            else:
                server: postgres.Server = request.getfixturevalue("postgres_server")
                url = stack.enter_context(server.fresh(migrated=False))
            engine = connect(url)
            stack.callback(engine.dispose)
            return engine

        numbers = count(1)
        yield make


@pytest.fixture
def database(empty: Callable[[], Engine]) -> Engine:
    return empty()


def schema(engine: Engine) -> dict[str, str]:
    """What the database itself keeps of each table, column, index and constraint; Alembic's own table left out."""
    read = _of_sqlite if engine.dialect.name == "sqlite" else _of_postgresql
    with engine.connect() as connection:
        found = read(connection)
    return {name: text for name, text in found.items() if not name.startswith("alembic_version")}


def _of_sqlite(connection: Connection) -> dict[str, str]:
    """With the parts of a table in one order: a column that a later version added stands behind the others."""
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    found = {}
    for name, sql in rows:
        head, _, parts = " ".join(str(sql).split()).partition("(")
        found[str(name)] = "\n".join([head.strip(), *sorted(_parts(parts))])
    return found


def _of_postgresql(connection: Connection) -> dict[str, str]:
    """In the server's own words."""
    found: dict[str, str] = {}
    for query in (
        "SELECT table_name || '.' || column_name, concat_ws(' ', data_type, character_maximum_length, is_nullable, "
        "column_default) FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT tablename || ' ' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace",
        "SELECT sequencename, data_type::text FROM pg_sequences WHERE schemaname = 'public'",
    ):
        found |= {str(name): str(said) for name, said in connection.exec_driver_sql(query).all()}
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


def test_the_migrations_make_the_tables_of_the_code_to_the_letter(empty: Callable[[], Engine]) -> None:
    database, other = empty(), empty()
    migrate.upgrade(database, "0001")
    migrate.upgrade(database)
    migrate.upgrade(other)  # a new one has no steps to take
    made, wanted = schema(database), schema(other)
    assert len(wanted) > len(metadata.tables)
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


def test_each_step_back_can_be_taken_alone_and_again_after_the_step_forth(database: Engine) -> None:
    migrate.upgrade(database)
    steps = 0
    while here := migrate.version(database):
        before = schema(database)
        migrate.downgrade(database)
        migrate.upgrade(database, here)
        assert schema(database) == before
        migrate.downgrade(database)
        steps += 1
    assert schema(database) == {}
    assert steps == len(list((migrate.HOME / "versions").glob("0*.py")))
    with pytest.raises(StoreError, match="cannot go back"):
        migrate.downgrade(database)


def test_a_database_whose_tables_somebody_changed_is_not_taken_for_ours(database: Engine) -> None:
    migrate.upgrade(database)
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE groups DROP COLUMN weekdays")
    assert "add_column" in migrate.check(database)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE groups DROP COLUMN weekdays",
        "ALTER TABLE groups ADD COLUMN nickname TEXT",
        "DROP INDEX ix_timers_at",
        "CREATE TABLE strays (id INTEGER)",
    ],
)
def test_whoever_starts_on_tables_that_somebody_changed_is_told_so(
    database: Engine, catalog: Catalog, change: str
) -> None:
    migrate.upgrade(database)
    assert migrate.intact(database)
    with database.begin() as connection:
        connection.exec_driver_sql(change)
    with pytest.raises(StoreError, match="somebody changed its tables"):
        asyncio.run(_set_up(database, catalog))


def test_an_event_from_before_a_step_is_answered_after_it_as_it_was(database: Engine, catalog: Catalog) -> None:
    migrate.upgrade(database)
    first, _ = asyncio.run(_set_up(database, catalog))
    migrate.downgrade(database, "0009")
    again, posted = asyncio.run(_set_up(database, catalog))  # the service takes the step forth
    assert migrate.version(database) == migrate.head()
    assert (again, posted) == (first, [])


async def _live(database: Engine, catalog: Catalog) -> None:
    """A group is set up and gets its welcome."""
    reply, posted = await _set_up(database, catalog)
    assert isinstance(reply, Show)
    assert posted == ["welcome:1"]


async def _set_up(database: Engine, catalog: Catalog) -> tuple[Reply, list[str]]:
    """What the same event is answered, and the keys of what is posted then."""
    platform = RecordingPlatform()
    url = database.url.render_as_string(hide_password=False)
    service = Service(url, catalog, FrozenClock(NOW), {"web": platform})
    place = Place("web", "home", "prep")
    setup = Submit("1", PEOPLE["ana"], place, ActionId("group.setup", "two-weeks"), setup_values())
    reply = await service.bot.engine.handle(setup)
    await service.bot.settle()
    service.close()
    return reply, [posting.parcel.key for posting in platform.postings.values()]
