"""DATABASE_URL -> the engine of the database that it names, and the store on it."""

from collections.abc import Callable
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.catalog import Catalog
from bot.core.errors import StoreError
from bot.core.ports import Clock, Store
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


def parse(url: str) -> URL:
    """The URL with the driver that we use. Raises StoreError where it is none, or for a database that is none of ours."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError("DATABASE_URL is no database URL. Write it like sqlite:///mockingbird.db (a file in this folder) "
                         "or postgresql://user:password@host/name.") from None  # fmt: skip
    if parsed.drivername in POSTGRES:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in SQLITE:
        raise StoreError(f"DATABASE_URL names {parsed.drivername!r}; the data can be in SQLite, written like "
                         "sqlite:///mockingbird.db, or in PostgreSQL, like postgresql://user:password@host/name."
                         )  # fmt: skip
    return parsed


def file(url: str) -> str:
    """The path of SQLite's file; empty where there is none. Raises StoreError as `parse`."""
    parsed = parse(url)
    return str(parsed.database or "") if parsed.drivername in SQLITE and parsed.database != ":memory:" else ""


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


def open_store(engine: Engine, clock: Clock, catalog: Catalog) -> OpenStore:
    """What runs jobs on the database."""
    if engine.dialect.name == "sqlite":
        return Writer(engine, clock, catalog)
    from bot.store.pool import Pool  # noqa: PLC0415 - as above

    return Pool(engine, clock, catalog)
