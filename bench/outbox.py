"""Rows a second through the outbox, over Discord's 50 requests a second: on SQLite with synchronous=FULL, on PostgreSQL
with its own defaults. 200 lanes in each of 100 workspaces owe a message each.

`outbox`: the table, by the statements and in the batches of the deliverer: found, claimed, settled, each batch committed; on
PostgreSQL by two at once, as many as a process has connections for it.
`deliverer`: the deliverer itself, which also shares out senders and places, has a task and a timeout for every message, and
parses its card. The platform takes every message at once, so that nothing else is measured. What a bot needs is 50; the rest
is what it leaves to those who type.
"""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
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
from bot.lanes import PLACES
from bot.outbox import PAGE
from bot.store.pool import QUICK
from bot.store.repos.delivery import Claim
from bot.store.tables import deliveries
from bot.store.work import SqlWork

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


def owe(service: Service, round: str, now: datetime, workspaces: int = WORKSPACES, lanes: int = LANES) -> None:
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


async def _claimed_and_settled(service: Service) -> float:
    """Rows a second."""
    now = datetime.now(UTC)
    owner, until = "bench", now + timedelta(minutes=10)
    senders = [f"send:bench:w{number}" for number in range(WORKSPACES)]
    await service.store.quick(lambda work: work.leases.take_all(senders, owner, until))
    begun = time.perf_counter()
    lanes, after = await _found(service, "")
    while after:
        more, after = await _found(service, after)
        lanes += more
    batches = [lanes[first : first + PLACES] for first in range(0, len(lanes), PLACES)]

    async def side() -> int:
        settled = 0
        landed: list[tuple[Claim, Receipt]] = []
        while batches or landed:
            asked = batches.pop() if batches else []
            claims, done = await service.store.quick(partial(_batch, landed, asked, owner, now, until))
            settled += sum(done)
            landed = [(claim, Receipt(f"m{claim.id}")) for claim in claims]
        return settled

    settled = await asyncio.gather(*(side() for _ in range(1 if service.store.serial else QUICK)))
    await service.store.quick(lambda work: work.leases.free(owner))
    if sum(settled) != WORKSPACES * LANES:
        raise RuntimeError(f"{sum(settled)} messages were settled of {WORKSPACES * LANES}")
    return sum(settled) / (time.perf_counter() - begun)


async def _found(service: Service, after: str) -> tuple[list[str], str]:
    heads, last = await service.store.quick(lambda work: work.deliveries.look(after, PAGE))
    return [head.lane for head in heads], last


def _batch(
    landed: list[tuple[Claim, Receipt]], asked: list[str], owner: str, now: datetime, until: datetime, work: SqlWork
) -> tuple[list[Claim], list[bool]]:
    done = work.deliveries.settle(landed) if landed else []
    return work.deliveries.claim(asked, owner, now, until) if asked else [], done


async def _delivered(service: Service) -> float:
    """Rows a second."""
    begun = time.perf_counter()
    landed = await service.bot.deliverer.drain()
    if landed != WORKSPACES * LANES:
        raise RuntimeError(f"{landed} messages landed of {WORKSPACES * LANES}")
    return landed / (time.perf_counter() - begun)


async def _median(service: Service, kind: str, way: Callable[[Service], Awaitable[float]]) -> float:
    """Rows a second, of some rounds."""
    speeds = []
    for round in range(ROUNDS):
        owe(service, f"{kind}{round}", datetime.now(UTC))
        speeds.append(await way(service))
    return median(speeds)


async def _both(url: str, catalog: Catalog) -> dict[str, float]:
    speeds = {}
    for kind, way in (("outbox", _claimed_and_settled), ("deliverer", _delivered)):
        service = Service(url, catalog, WallClock(), {"bench": Taking()})
        try:
            speeds[kind] = await _median(service, kind, way)
        finally:
            service.close()
    return speeds


def measure() -> Iterator[Figure]:
    """How many times Discord's 50/s the outbox and the deliverer do, on each database."""
    catalog = load()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="mockingbird-bench-"))
        for name, url in (
            ("sqlite", f"sqlite:///{Path(folder) / 'bench.db'}"),
            ("postgres", stack.enter_context(postgres())),
        ):
            speeds = asyncio.run(_both(url, catalog))
            for kind, goal in (("outbox", 200), ("deliverer", 50)):
                speed = speeds[kind]
                yield Figure(f"{kind} {name}", speed / A_SECOND, goal, at_least=True, seen=f"{speed:,.0f} rows/s")
