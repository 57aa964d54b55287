"""The whole bank of questions, plans and guides, read from cold in a fresh process: seconds and memory.

The time is that of `bot.content.load` with the import of its module; the memory is what the process holds more after it
(`bench/content_loaded.py`).
"""

import subprocess
import sys
from collections.abc import Iterator
from statistics import median

from bench.figure import Figure

TIMES = 5


def _load() -> tuple[float, float]:
    """Seconds and MB."""
    ended = subprocess.run([sys.executable, "-m", "bench.content_loaded"], capture_output=True, text=True, check=True)
    seconds, memory = ended.stdout.split()
    return float(seconds), float(memory)


def measure() -> Iterator[Figure]:
    """Time and memory of the content."""
    loads = [_load() for _ in range(TIMES)]
    yield Figure("content", median(seconds for seconds, _ in loads), 0.5, "s", seen="with the import of its reader")
    yield Figure("content memory", median(memory for _, memory in loads), 50, "MB", seen="more than before")
