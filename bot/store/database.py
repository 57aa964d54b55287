"""DATABASE_URL -> the engine of the database that it names, and the store on it."""

from collections.abc import Callable
from typing import Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.catalog import Catalog
from bot.core.errors import StoreError
from bot.core.ports import Clock, Scope, Store
from bot.store import writer
from bot.store.work import SqlWork
from bot.store.writer import Writer

SQLITE = ("sqlite", "sqlite+pysqlite")
POSTGRES = ("postgres", "postgresql", "postgresql+psycopg")  # the first is what hosting services write


class OpenStore(Store[SqlWork], Protocol):
    """What runs jobs on a database. `listeners` are called, in some thread, after a commit that owes messages or moved
    timers, with (outbox, timers) as booleans."""

    @property
    def listeners(self) -> list[Callable[[bool, bool], None]]: ...
    def hear(self) -> None:
        """From now on the commits of other processes call the listeners, too."""
        ...

    def close(self) -> None:
        """Finish what waits, and let the database go."""
        ...


def parse(url: str, name: str = "DATABASE_URL") -> URL:
    """The URL with the driver that we use. Raises StoreError where it is none, or for a database that is none of ours; the
    sentence calls it by `name` and repeats nothing of it that could be a password."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        raise StoreError(f"{name} is no database URL. {_LIKE}") from None
    if "@" in (parsed.host or ""):
        raise StoreError(f"{name} has more than one @. Write the one in the user or the password as %40, and signs other "
                         "than letters and digits likewise.")  # fmt: skip
    if parsed.drivername in POSTGRES:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in SQLITE:
        raise StoreError(f"{name} names {parsed.drivername[:40]!r}, which this Mockingbird cannot talk to. {_LIKE}")
    if parsed.query or (parsed.database or "").startswith("file:"):
        raise StoreError(f"{name} gives SQLite options that it cannot run with. Name the file alone, like "
                         "sqlite:///mockingbird.db.")  # fmt: skip
    return parsed


_LIKE = ("Write it like sqlite:///mockingbird.db (a file in this folder) or postgresql://user:password@host/name, with "
         "signs other than letters and digits in a password like %40 for @.")  # fmt: skip


def file(url: str) -> str:
    """The path of SQLite's file; empty where there is none. Raises StoreError as `parse`."""
    parsed = parse(url)
    return str(parsed.database or "") if parsed.drivername in SQLITE and parsed.database != ":memory:" else ""


def shared(url: str) -> bool:
    """Whether several processes may work on it at once. Raises StoreError as `parse`."""
    return parse(url).drivername not in SQLITE


def connect(url: str, *, durable: bool = True) -> Engine:
    """The database's engine. Only what is thrown away anyway may be not `durable`. Raises StoreError."""
    parsed = parse(url)
    if parsed.drivername in SQLITE:
        return writer.connect(url, durable=durable)
    try:
        # psycopg is an extra, and those who stay with SQLite need not load it.
        from bot.store import pool  # noqa: PLC0415
    except ImportError:
        raise StoreError("DATABASE_URL names PostgreSQL, and its driver is not installed here: "
                         "pip install 'mockingbird[postgres]'.") from None  # fmt: skip
    return pool.connect(parsed, durable=durable)


def alone(connection: Connection, scope: Scope) -> str:
    """Have what a job in this scope reads and writes to ourselves until the transaction ends, beside a bot that runs; the
    scope's name. SQLite has one writer anyway."""
    if connection.dialect.name == "sqlite":
        return scope.name
    from bot.store.pool import lock  # noqa: PLC0415 - as above

    return lock(connection, scope)


def open_store(engine: Engine, clock: Clock, catalog: Catalog) -> OpenStore:
    """What runs jobs on the database."""
    if engine.dialect.name == "sqlite":
        return Writer(engine, clock, catalog)
    from bot.store.pool import Pool  # noqa: PLC0415 - as above

    return Pool(engine, clock, catalog)
