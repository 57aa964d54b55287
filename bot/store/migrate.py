"""Alembic without its command line and without an ini file.

A migration may say `serves = "0009"`: the oldest version of the code that lives with its schema. The database keeps it
beside its version, where that older code finds it: so a process of one version starts and works on the schema of the next.
"""

import logging
from functools import cache
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, func, inspect, select, text

from bot.core.errors import StoreError
from bot.store import sentences
from bot.store.sentences import spoken, where
from bot.store.tables import metadata

log = logging.getLogger("mockingbird.store")

LOCK = 0x6D6F636B  # the advisory lock of whoever changes the schema
IN_THE_WAY = 10_000  # milliseconds that a change of a table may wait for those who use it
HOME = Path(__file__).resolve().parent
VERSIONS = "alembic_version"  # Alembic's own table, which we give one column more


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", HOME.as_posix())
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def head() -> str:
    """The version of the schema that this code works with."""
    return _scripts().get_current_head() or ""


def version(engine: Engine) -> str:
    """The database's version; empty for a new one. Raises StoreError where it is none of ours, or so much newer than we
    are that we cannot live with it."""
    with spoken(engine.url), engine.connect() as connection:
        return _version(connection)


def _version(connection: Connection) -> str:
    current = MigrationContext.configure(connection).get_current_revision() or ""
    others = [name for name in inspect(connection).get_table_names() if name != VERSIONS]
    if others and not current:
        this = "This file" if connection.dialect.name == "sqlite" else f"What stands in {where(connection.engine.url)}"
        raise StoreError(f"{this} is no database of Mockingbird: it holds the tables of something else "
                         f"({', '.join(others[:5])}). Name one of its own in DATABASE_URL.")  # fmt: skip
    if newer(current) and _kept(connection) not in _known():
        raise StoreError(f"The database has version {current}, which is newer than this Mockingbird (it knows up to "
                         f"{head()}). Install the newer Mockingbird, or restore a backup made before its upgrade."
                         )  # fmt: skip
    return current


def newer(current: str) -> bool:
    """Whether this version of the schema is one that only newer code knows."""
    return bool(current) and current not in _known()


def fits(engine: Engine) -> bool:
    """Whether this code can work with the database as it is. Raises as `version`."""
    current = version(engine)
    return current == head() or newer(current)


def check(engine: Engine) -> str:
    """What stands between the database and this code, as a sentence; empty where nothing does. Raises as `version`."""
    current = version(engine)
    if newer(current):
        return ""  # and it serves us: what else is in there is for newer code to judge
    if current != head():
        return f"The database has version {current or 'none'}, this Mockingbird needs {head()}: run mockingbird db upgrade."
    with spoken(engine.url), engine.connect() as connection:
        changes = compare_metadata(MigrationContext.configure(connection), metadata)
    if not changes:
        return ""
    kinds = sorted({(change if isinstance(change, tuple) else change[0])[0] for change in changes})
    return (f"The database says that it has version {current}, but somebody changed its tables (to mend it: "
            f"{', '.join(kinds)}). Restore a backup, or name another file in DATABASE_URL.")  # fmt: skip


def intact(engine: Engine) -> bool:
    """Whether a database of our version has just the tables and columns that we work with, and our indexes. A short look
    for each start; `check` is the long one, and says what is amiss. Raises StoreError where it cannot be looked at."""
    tables = metadata.tables.values()
    with spoken(engine.url), engine.connect() as connection:
        columns, indexes = _LOOKS[connection.dialect.name]
        found = {tuple(row) for row in connection.execute(text(columns), {"ours": VERSIONS})}
        known = set(connection.execute(text(indexes)).scalars())
    wanted = {(table.name, column.name, column.nullable) for table in tables for column in table.columns}
    return found == wanted and known.issuperset(index.name for table in tables for index in table.indexes)


# Dialect -> how it names all columns, each with whether it may be empty, and all indexes.
_LOOKS = {
    "sqlite": (
        "SELECT kept.name, part.name, NOT part.[notnull] FROM sqlite_master AS kept "
        "JOIN pragma_table_info(kept.name) AS part "
        "WHERE kept.type = 'table' AND kept.name <> :ours AND kept.name NOT LIKE 'sqlite_%'",
        "SELECT name FROM sqlite_master WHERE type = 'index'",
    ),
    "postgresql": (
        "SELECT table_name, column_name, is_nullable = 'YES' FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND table_name <> :ours",
        "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()",
    ),
}


def _known() -> list[str]:
    """All versions of the schema, the newest first."""
    return [script.revision for script in _scripts().walk_revisions()]


def serves(to: str) -> str:
    """The oldest version of the code that lives with the schema of version `to`: no step up to it may need a newer one."""
    steps = _steps(to)
    order = [step.revision for step in steps]
    return order[max(order.index(getattr(step.module, "serves", step.revision)) for step in steps)]


def _steps(to: str) -> list[Script]:
    """The migrations up to a version, the first first."""
    return list(_scripts().walk_revisions("base", to))[::-1]


def _kept(connection: Connection) -> str:
    """What the database keeps of `serves`; empty where it keeps nothing."""
    if not _keeps(connection):
        return ""
    return connection.execute(text(f"SELECT serves FROM {VERSIONS}")).scalar() or ""


def _keeps(connection: Connection) -> bool:
    return any(column["name"] == "serves" for column in inspect(connection).get_columns(VERSIONS))


def _keep(connection: Connection) -> None:
    """Keep for older code whether it can live with the schema as it is now."""
    current = MigrationContext.configure(connection).get_current_revision()
    if current is None or _kept(connection) == serves(current):
        return
    if not _keeps(connection):
        connection.execute(text(f"ALTER TABLE {VERSIONS} ADD COLUMN serves VARCHAR(32)"))
    connection.execute(text(f"UPDATE {VERSIONS} SET serves = :oldest"), {"oldest": serves(current)})


def alone(connection: Connection) -> None:
    """Wait until no other process changes the schema, however long that takes, and then take the time that the change needs.
    A SQLite file has one process anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
        # A change that waits for a table makes everybody else wait behind it.
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {IN_THE_WAY}")


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring the database to a version. One that is newer than this code, and serves it, is left as it is.

    Raises StoreError as `version`.
    """
    version(engine)
    with spoken(engine.url), engine.begin() as connection:
        alone(connection)
        _harm_nobody(connection)
        bring(connection, to)


def _harm_nobody(connection: Connection) -> None:
    """Raises StoreError where the upgrade would take away what processes of the present version run with."""
    current = _version(connection)
    if not current or newer(current) or serves(head()) in [step.revision for step in _steps(current)]:
        return
    number = running(connection)
    if number:
        raise StoreError(f"{number} process(es) of Mockingbird run on version {current} of {where(connection.engine.url)}, "
                         f"and could not go on with {head()}. Stop them all, and upgrade then; or install the "
                         f"version between first, {serves(head())}.")  # fmt: skip


def running(connection: Connection) -> int:
    """How many other processes of Mockingbird are connected to a PostgreSQL."""
    if connection.dialect.name != "postgresql":
        return 0  # one on a SQLite file holds its lock
    return int(connection.execute(text(_OTHERS), {"ours": f"{sentences.NAME} %"}).scalar_one())


_OTHERS = """
    SELECT count(DISTINCT application_name) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE :ours
    AND application_name <> current_setting('application_name')
"""


def bring(connection: Connection, to: str = "head") -> None:
    """The same in the transaction that the connection is in."""
    current = _version(connection)
    if newer(current):
        log.warning("the database has version %s and this Mockingbird is of %s: a newer one has upgraded it. It serves this "
                    "one still, so I go on; update me soon", current, head())  # fmt: skip
        return
    if not current and to == "head":
        # What all steps together make, in half the time.
        metadata.create_all(connection, checkfirst=False)
        command.stamp(_config(connection), to)
    elif current != head():
        command.upgrade(_config(connection), to)
    _keep(connection)


def downgrade(engine: Engine, to: str = "-1") -> None:
    """Take the database back one version, or to the one named (`base` is empty). What the newer one held is lost.

    Raises StoreError where there is no way back to that one.
    """
    current = version(engine)
    if newer(current):
        raise StoreError(f"The database has version {current}, which this Mockingbird does not know ({head()} is its own): "
                         "only the newer one can take it back.")  # fmt: skip
    try:
        with spoken(engine.url), engine.begin() as connection:
            alone(connection)
            if running(connection):
                raise StoreError(f"Mockingbird is running on {where(engine.url)}: stop all its processes, and take it back "
                                 "then.")  # fmt: skip
            command.downgrade(_config(connection), to)
            _keep(connection)
    except CommandError:
        raise StoreError(f"The database has version {current or 'none'} and cannot go back to {to!r}. There are "
                         f"{', '.join([*_known(), 'base'])}.") from None  # fmt: skip
