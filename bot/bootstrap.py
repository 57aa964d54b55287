"""Settings and platforms -> a bot that can be run, stepped through time, and closed."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Engine as Database

from bot.catalog import Catalog
from bot.core.engine import Engine, Routes
from bot.core.errors import StoreError
from bot.core.ports import Clock, Platform, Seats, Store
from bot.core.seats import Alone
from bot.outbox import Deliverer
from bot.patience import USUAL, Patience
from bot.presence import SharedSeats, life
from bot.routes import routes
from bot.store import database, fitness, migrate
from bot.store.lock import FileLock
from bot.store.work import SqlWork
from bot.ticker import ClockOnTheWall, Ticker


class Settable(ClockOnTheWall, Protocol):
    def set(self, at: datetime) -> None: ...


@dataclass(frozen=True)
class Bot:
    """The engine with what moves it: the deliverer and the ticker."""

    engine: Engine[SqlWork]
    deliverer: Deliverer
    ticker: Ticker
    routes: Routes[SqlWork]
    store: Store[SqlWork]

    async def next_due(self) -> datetime | None:
        """When something happens next by itself."""
        found = [at for at in (await self.ticker.next_due(), await self.deliverer.next_due()) if at is not None]
        return min(found, default=None)

    async def settle(self) -> None:
        """Do and send all that is due now."""
        while await self.ticker.tick() + await self.deliverer.drain():
            pass

    async def advance(self, clock: Settable, to: datetime) -> None:
        """Live through everything that falls due until `to`, each at its own time, in order."""
        await self.settle()
        while (at := await self.next_due()) is not None and at <= to:
            clock.set(at)
            await self.settle()
        clock.set(to)
        await self.settle()


def assemble(
    store: Store[SqlWork],
    catalog: Catalog,
    clock: ClockOnTheWall,
    platforms: Mapping[str, Platform],
    patience: Patience = USUAL,
    owner: str = "",
) -> Bot:
    """A bot over a store and some platforms. `owner` names the life of the process that it is in."""
    table: Routes[SqlWork] = routes(catalog)
    return Bot(
        Engine(table, store),
        Deliverer(store, platforms, table.landed, clock, patience, owner),
        Ticker(store, table.timers, clock),
        table,
        store,
    )


class Service:
    """A bot on a database: opened with its schema brought up to date, woken by its commits, closed in order."""

    def __init__(
        self,
        database_url: str,
        catalog: Catalog,
        clock: ClockOnTheWall,
        platforms: Mapping[str, Platform],
        *,
        durable: bool = True,
        patience: Patience = USUAL,
    ) -> None:
        """`durable` as in `connect`. Raises StoreError where the database cannot be used."""
        path = database.file(database_url)
        self._lock = FileLock(path) if path else None
        try:
            self.database = _ready(database_url, durable, clock)
        except BaseException:
            self._unlock()
            raise
        self.store = database.open_store(self.database, clock, catalog)
        owner = life()
        # A file has one process, which need not ask anybody.
        self.seats: Seats = SharedSeats(self.store, owner) if database.shared(database_url) else Alone()
        self.bot = assemble(self.store, catalog, clock, platforms, patience, owner)

    def wake_by_commits(self) -> None:
        """From now on a commit wakes the deliverer and the ticker of the running event loop."""
        loop = asyncio.get_running_loop()
        waiting: set[asyncio.Task[None]] = set()

        def woken(outbox: bool, timers: bool) -> None:
            if outbox:
                self.bot.deliverer.wake()
            if timers and not waiting:
                task = loop.create_task(self.bot.ticker.wait())
                waiting.add(task)
                task.add_done_callback(waiting.discard)

        self.store.listeners.append(lambda outbox, timers: _call(loop, woken, outbox, timers))
        self.store.hear()

    def close(self) -> None:
        """Finish what is being written and let the database go."""
        self.store.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()


def _ready(database_url: str, durable: bool, clock: Clock) -> Database:
    """The database with its schema brought up to date, found fit to work on."""
    engine = database.connect(database_url, durable=durable)
    try:
        migrate.upgrade(engine)
        if not migrate.intact(engine) and (fault := migrate.check(engine)):
            raise StoreError(fault)
        fitness.writable(engine)
        fitness.compare_clocks(engine, clock.now())
    except BaseException:
        engine.dispose()
        raise
    return engine


def _call(loop: asyncio.AbstractEventLoop, woken: Callable[[bool, bool], None], outbox: bool, timers: bool) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(woken, outbox, timers)
