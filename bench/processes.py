"""Two processes on one PostgreSQL against one: how fast they send what many workspaces are owed.

The platform takes a second for an answer, as Slack does on a slow day: what limits a process is then how many messages it
may have under way, and not the cores of this machine, which both processes and PostgreSQL share. The workspaces are shared
out by their leases. Measured from the moment at which all is owed to the last that landed.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import func, select, text

from bench.figure import Figure
from bench.outbox import owe
from bench.postgres import postgres
from bot.bootstrap import Service
from bot.catalog import Catalog
from bot.clock import CommonClock
from bot.content import load
from bot.store.pool import CHANNEL
from bot.store.tables import OPEN, deliveries

WORKSPACES, LANES = 500, 40
LONGEST = 300.0  # seconds


class Drainer:
    def __init__(self, url: str) -> None:
        command = [sys.executable, "-m", "bench.drainer", url]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self._process.stdout is None or self._process.stdout.readline().strip() != "ready":
            raise RuntimeError("a drainer did not start")

    def close(self) -> None:
        self._process.communicate()


def _any_left(service: Service) -> bool:
    with service.database.connect() as connection:
        return connection.execute(select(deliveries.c.id).where(text(OPEN)).limit(1)).first() is not None


def _drained(service: Service, url: str, processes: int, round: int) -> float:
    """Messages a second."""
    drainers = [Drainer(url) for _ in range(processes)]
    try:
        owe(service, str(round), datetime.now(UTC), WORKSPACES, LANES)
        begun = time.perf_counter()
        with service.database.begin() as connection:
            connection.execute(select(func.pg_notify(CHANNEL, ":o")))
        while _any_left(service):
            if time.perf_counter() - begun > LONGEST:
                raise RuntimeError("some messages are left")
            time.sleep(0.1)
        return WORKSPACES * LANES / (time.perf_counter() - begun)
    finally:
        for drainer in drainers:
            drainer.close()


def measure() -> Iterator[Figure]:
    """How many times one process two of them are."""
    catalog: Catalog = load()
    with postgres() as url:
        service = Service(url, catalog, CommonClock(), {})
        one, two = (_drained(service, url, processes, processes) for processes in (1, 2))
        service.close()
    yield Figure("two processes", two / one, 1.5, at_least=True, seen=f"{two:,.0f} messages/s; one {one:,.0f}")
