"""Rows a second through the outbox: claimed and settled by the deliverer itself, over Discord's 50 requests a second.

All of the deliverer's own work is done: looking, the sender's lease, claims in the batches in which it makes them, each
card parsed, receipts settled; on SQLite with synchronous=FULL, on PostgreSQL with its own defaults. The platform takes
every message at once, so that nothing else is measured. 300 lanes a workspace owe a message each.
"""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.cards import DAILY
from bench.figure import Figure
from bench.postgres import postgres
from bot.bootstrap import Service
from bot.catalog import Catalog
from bot.clock import WallClock
from bot.content import load
from bot.core import codec
from bot.core.events import Place, Receipt
from bot.core.ports import Limits, Parcel
from bot.core.ui import Card
from bot.store.tables import deliveries

WORKSPACES, LANES = 100, 200
ROUNDS = 3
A_SECOND = 50.0  # requests that Discord takes


@dataclass
class Taking:
    """A platform that takes every message at once."""

    name: str = "bench"
    limits: Limits = "workspace"
    taken: int = 0
    seen: set[Card] = field(default_factory=set)

    def wait(self, place: Place, ahead: int = 0) -> float:
        return 0.0

    async def send(self, parcel: Parcel) -> Receipt:
        self.taken += 1
        if not parcel.card.title:
            raise ValueError("a card without a title")
        return Receipt(f"m{self.taken}")

    async def find(self, parcel: Parcel) -> Receipt | None:
        return None


def owe(service: Service, round: int, now: datetime, workspaces: int = WORKSPACES, lanes: int = LANES) -> None:
    """A message for each lane, put straight into the table."""
    card = codec.dumps(DAILY)
    rows = []
    for workspace in range(workspaces):
        for number in range(lanes):
            place = Place("bench", f"w{workspace}", f"c{number}")
            rows.append({
                "key": f"daily:{round}:{workspace}:{number}", "platform": "bench", "workspace": place.workspace,
                "channel": place.channel, "thread": "", "direct": False, "lane": place.lane, "under": "", "edits": "",
                "opens": "Day 4", "tells": "", "card": card, "state": "pending", "due": now, "attempts": 0, "epoch": 0,
                "message": "", "opened": "", "error": "",
            })  # fmt: skip
    with service.database.begin() as connection:
        connection.execute(deliveries.insert(), rows)


async def _drained(url: str, catalog: Catalog) -> float:
    """Rows a second, the median of some rounds."""
    platform = Taking()
    service = Service(url, catalog, WallClock(), {"bench": platform})
    speeds = []
    try:
        for round in range(ROUNDS):
            owe(service, round, datetime.now(UTC))
            begun = time.perf_counter()
            landed = await service.bot.deliverer.drain()
            speeds.append(landed / (time.perf_counter() - begun))
            if landed != WORKSPACES * LANES:
                raise RuntimeError(f"{landed} messages landed of {WORKSPACES * LANES}")
    finally:
        service.close()
    return median(speeds)


def measure() -> Iterator[Figure]:
    """How many times Discord's 50/s the outbox does, on each database."""
    catalog = load()
    with tempfile.TemporaryDirectory(prefix="mockingbird-bench-") as folder:
        speed = asyncio.run(_drained(f"sqlite:///{Path(folder) / 'bench.db'}", catalog))
    yield Figure("outbox sqlite", speed / A_SECOND, 200, at_least=True, seen=f"{speed:,.0f} rows/s")
    with contextlib.ExitStack() as stack:
        speed = asyncio.run(_drained(stack.enter_context(postgres()), catalog))
        yield Figure("outbox postgres", speed / A_SECOND, 200, at_least=True, seen=f"{speed:,.0f} rows/s")
