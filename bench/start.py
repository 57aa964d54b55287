"""From nothing to an engine that answers, without the playground, in a fresh process.

The time runs from the start of the Python process until `bot.core` is imported, the content is read, a fresh SQLite file
has its tables and the service stands on it (`bench/started.py`); the memory is that process's peak. Python's bytecode is
there, as an installation leaves it: a start before the others writes it.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from statistics import median

from bench.figure import Figure

TIMES = 5


def _start(bytecode: str) -> tuple[float, float]:
    """Seconds until ready, and the peak of resident memory in MB."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory(prefix="mockingbird-bench-") as folder:
        before = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "bench.started", folder],
            stdout=subprocess.PIPE,
            text=True,
            env=environment | {"PYTHONPYCACHEPREFIX": bytecode},
        ) as child:
            line = child.stdout.readline() if child.stdout else ""
            taken = time.perf_counter() - before
        return taken, float(line)


def measure() -> Iterator[Figure]:
    """Time and memory of a start."""
    with tempfile.TemporaryDirectory(prefix="mockingbird-bench-") as bytecode:
        _, *starts = [_start(bytecode) for _ in range(1 + TIMES)]
    yield Figure("start", median(taken for taken, _ in starts), 1, "s", seen="with the interpreter's own start")
    yield Figure("start memory", median(memory for _, memory in starts), 120, "MB", seen="at its peak")
