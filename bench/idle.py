"""What 100,000 groups cost while nothing is due: the ticker and the deliverer wait, look every half minute, and sleep on.

Measured is the CPU time of this process over a span that holds two of these looks, as a share of one core; on PostgreSQL
with the connection that listens for what other processes commit.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert

from bench.figure import Figure
from bench.groups import add_groups
from bench.outbox import Taking
from bench.postgres import postgres
from bot.bootstrap import Service
from bot.catalog import Catalog
from bot.clock import CommonClock
from bot.content import load
from bot.store.tables import timers

GROUPS = 100_000
SETTLE, SPAN = 5.0, 62.0  # seconds


async def _idle(url: str, catalog: Catalog) -> float:
    """The share of a core, in percent."""
    service = Service(url, catalog, CommonClock(), {"bench": Taking()})
    now = datetime.now(UTC)
    with service.database.begin() as connection:
        add_groups(connection, GROUPS, now)
        rows = [{"action": f"plan.post:{id}", "at": now + timedelta(hours=12, seconds=id % 3_600)}
                for id in range(1, GROUPS + 1)]  # fmt: skip
        connection.execute(insert(timers), rows)
    service.wake_by_commits()
    service.bot.ticker.start()
    delivering = asyncio.create_task(service.bot.deliverer.run())
    await asyncio.sleep(SETTLE)
    used, begun = time.process_time(), time.perf_counter()
    await asyncio.sleep(SPAN)
    share = (time.process_time() - used) / (time.perf_counter() - begun) * 100
    delivering.cancel()
    await asyncio.gather(delivering, return_exceptions=True)
    service.bot.ticker.stop()
    service.close()
    return share


def measure() -> Iterator[Figure]:
    """The cost of waiting, on each database."""
    catalog = load()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="mockingbird-bench-")))
        urls = {"sqlite": f"sqlite:///{folder / 'bench.db'}", "postgres": stack.enter_context(postgres())}
        for name, url in urls.items():
            share = asyncio.run(_idle(url, catalog))
            yield Figure(f"idle {name}", share, 1, "% of a core", seen=f"{GROUPS:,} groups, nothing due")
