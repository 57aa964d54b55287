"""Alembic without its command line and without an ini file."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, func, inspect, select
from sqlalchemy.exc import DatabaseError, OperationalError

from bot.core.errors import StoreError
from bot.store.tables import metadata

LOCK = 0x6D6F636B  # the advisory lock of whoever changes the schema
HOME = Path(__file__).resolve().parent


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", HOME.as_posix())
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The version of the schema that this code works with."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def version(engine: Engine) -> str:
    """The database's version; empty for a new one. Raises StoreError where it is none of ours, or newer than we are."""
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision() or ""
            tables = inspect(connection).get_table_names()
    except OperationalError as error:
        raise StoreError(f"The database does not answer: {error.orig}. See DATABASE_URL.") from None
    except DatabaseError as error:
        raise StoreError(f"This file is no database of Mockingbird: {error.orig}. See DATABASE_URL.") from None
    others = [name for name in tables if name != "alembic_version"]
    if others and not current:
        raise StoreError(f"This file is no database of Mockingbird: it holds the tables of something else "
                         f"({', '.join(others[:5])}). Name a file of its own in DATABASE_URL.")  # fmt: skip
    if current and current not in _known():
        raise StoreError(f"The database has version {current}, which is newer than this Mockingbird (it knows up to "
                         f"{head()}). Install the newer Mockingbird, or restore a backup made before its upgrade."
                         )  # fmt: skip
    return current


def check(engine: Engine) -> str:
    """What stands between the database and this code, as a sentence; empty where nothing does. Raises as `version`."""
    current = version(engine)
    if current != head():
        return f"The database has version {current or 'none'}, this Mockingbird needs {head()}: run mockingbird db upgrade."
    with engine.connect() as connection:
        changes = compare_metadata(MigrationContext.configure(connection), metadata)
    if not changes:
        return ""
    kinds = sorted({(change if isinstance(change, tuple) else change[0])[0] for change in changes})
    return (f"The database says that it has version {current}, but somebody changed its tables (to mend it: "
            f"{', '.join(kinds)}). Restore a backup, or name another file in DATABASE_URL.")  # fmt: skip


def _known() -> list[str]:
    """All versions of the schema, the newest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]


def _alone(connection: Connection) -> None:
    """Wait until no other process changes the schema. A SQLite file has one process anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring the database to a version. Raises StoreError where it is newer than this code, or is not ours."""
    version(engine)
    with engine.begin() as connection:
        _alone(connection)
        command.upgrade(_config(connection), to)


def downgrade(engine: Engine, to: str = "-1") -> None:
    """Take the database back one version, or to the one named (`base` is empty). What the newer one held is lost.

    Raises StoreError where there is no way back to that one.
    """
    current = version(engine)
    try:
        with engine.begin() as connection:
            _alone(connection)
            command.downgrade(_config(connection), to)
    except CommandError:
        raise StoreError(f"The database has version {current or 'none'} and cannot go back to {to!r}. There are "
                         f"{', '.join([*_known(), 'base'])}.") from None  # fmt: skip
