"""100,000 groups of which 4,170 fall due in the same second: our ticker against APScheduler with one job a group.

Each side lives in a fresh process of its own (`bench/due_side.py`) that holds 100,000 schedules; they take turns. The work
is the same and durable on both: the post of the day goes into the outbox, on a SQLite file with synchronous=FULL.

Ours: the ticker asks the table of timers what is due, and for each the writer takes the timer, adds the post and sets the
timer for the next day, in a savepoint of its own within the group commit.
Baseline: AsyncIOScheduler on its memory store, one job with a CronTrigger a group, `misfire_grace_time=None`; the job
adds the post by the same statement in a transaction of its own, on a plain connection that stays open. It sets no timer:
its schedule lives in memory and is lost with the process, ours is not.

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
    """The ratio of the p99s, and of the memory."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mockingbird-bench-")))
        ours, theirs = (Side(kind, _prepare(folder / f"{kind}.db")) for kind in ("ticker", "apscheduler"))
        stack.callback(ours.close)
        stack.callback(theirs.close)
        rounds = [(ours.round(), theirs.round()) for _ in range(ROUNDS)]
        waits = [median(one[side] for one in rounds) for side in (0, 1)]
        yield Figure("due_groups", median(one / other for one, other in rounds), 0.2,
                     seen=f"p99 {waits[0]:,.0f} ms from due to durable; APScheduler {waits[1]:,.0f} ms")  # fmt: skip
        yield Figure("due_groups memory", ours.held / theirs.held, 0.05,
                     seen=f"{ours.held:,.1f} MB; APScheduler {theirs.held:,.1f} MB")  # fmt: skip
