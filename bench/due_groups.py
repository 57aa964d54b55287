"""100,000 groups of which 4,170 fall due at the same instant: our ticker against APScheduler with one job a group.

Each side lives in a fresh process of its own (`bench/due_side.py`) that holds 100,000 schedules; they take turns. The work
is the same and durable on all, on a SQLite file with synchronous=FULL: the post of the day stands in the outbox, and the
timer of the group's next day in its table.

Ours: the ticker asks the table what is due and acts on up to 256 timers a transaction, each in a savepoint of its own.
Baselines: AsyncIOScheduler on its memory store, a job with a CronTrigger a group, `misfire_grace_time=None`; every job
does the work in a transaction of its own. The usual job does it as most bots would (`bench/usual.py`). The lean job is
the least that it can cost: our own statements on one plain connection that stays open. It lives by the disk, for which
each job waits once: where a disk answers at once, as on many a virtual machine, only the scheduler's own cost is left.

What is measured: p99 from the instant at which all fell due to the commit; and what resident memory grows by while the
schedules are taken up.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import insert

from bench.due_side import GROUPS
from bench.figure import Figure
from bench.groups import add_groups
from bot.store import migrate
from bot.store.tables import timers
from bot.store.writer import connect

ROUNDS = 3


class Side:
    """A process that holds the schedules; `held` is by how many MB that made it grow."""

    def __init__(self, kind: str, path: Path) -> None:
        command = [sys.executable, "-m", "bench.due_side", kind, str(path)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.held = self._number()

    def _number(self) -> float:
        return float(self._process.stdout.readline() if self._process.stdout else "")

    def round(self) -> float:
        """Let 4,170 groups fall due; the p99 from then to durable, in milliseconds."""
        if self._process.stdin:
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        return self._number()

    def close(self) -> None:
        self._process.communicate()


def _prepare(path: Path) -> Path:
    """A file with the groups and a timer for each, half a day ahead."""
    engine = connect(f"sqlite:///{path}", durable=False)
    migrate.upgrade(engine)
    now = datetime.now(UTC)
    with engine.begin() as connection:
        add_groups(connection, GROUPS, now)
        later = now + timedelta(hours=12)
        connection.execute(insert(timers), [{"action": f"plan.post:{id}", "at": later} for id in range(1, GROUPS + 1)])
    engine.dispose()
    return path


def measure() -> Iterator[Figure]:
    """The ratios of the p99s, and of the memory."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mockingbird-bench-")))
        sides = []
        for kind in ("ticker", "usual", "lean"):
            sides.append(Side(kind, _prepare(folder / f"{kind}.db")))
            stack.callback(sides[-1].close)
        rounds = [[side.round() for side in sides] for _ in range(ROUNDS)]
        waits = [median(one[side] for one in rounds) for side in range(len(sides))]
        for side, name in ((1, "due_groups"), (2, "due_groups lean job")):
            yield Figure(name, median(one[0] / one[side] for one in rounds), 0.2,
                         seen=f"p99 {waits[0]:,.0f} ms from due to durable; APScheduler {waits[side]:,.0f} ms")  # fmt: skip
        yield Figure("due_groups memory", sides[0].held / sides[1].held, 0.05,
                     seen=f"{sides[0].held:,.1f} MB; APScheduler {sides[1].held:,.1f} MB")  # fmt: skip
