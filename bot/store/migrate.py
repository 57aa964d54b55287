"""Alembic without its command line and without an ini file."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError, OperationalError

from bot.core.errors import StoreError
from bot.store.tables import metadata

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


def version(connection: Connection) -> str:
    """The database's version; empty for a new one. Raises StoreError where it is no database of ours."""
    try:
        return MigrationContext.configure(connection).get_current_revision() or ""
    except OperationalError as error:
        raise StoreError(f"The database does not answer: {error.orig}. See DATABASE_URL.") from None
    except DatabaseError as error:
        raise StoreError(f"This file is no database of Mockingbird: {error.orig}. See DATABASE_URL.") from None


def check(engine: Engine) -> str:
    """What stands between the database and this code, as a sentence; empty where nothing does."""
    with engine.connect() as connection:
        current = version(connection)
        if current == head():
            difference = compare_metadata(MigrationContext.configure(connection), metadata)
            return f"The tables differ from what this version expects: {difference}." if difference else ""
    if current and current not in {script.revision for script in _scripts()}:
        return (f"The database has version {current}, which is newer than this Mockingbird (it knows up to {head()}). "
                "Install the newer Mockingbird, or restore a backup made before its upgrade.")  # fmt: skip
    return f"The database has version {current or 'none'}, this Mockingbird needs {head()}: run mockingbird db upgrade."


def _scripts() -> list[Script]:
    return list(ScriptDirectory.from_config(_config()).walk_revisions())


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring the database to a version. Raises StoreError where it is newer than this code, or is not ours."""
    with engine.connect() as connection:
        current = version(connection)
    if current and current not in {script.revision for script in _scripts()}:
        raise StoreError(check(engine))
    with engine.begin() as connection:
        command.upgrade(_config(connection), to)


def downgrade(engine: Engine, to: str = "-1") -> None:
    """Take the database back one version, or to the one named (`base` is empty). What the newer one held is lost."""
    with engine.begin() as connection:
        command.downgrade(_config(connection), to)
