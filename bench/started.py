"""What `bench/start.py` runs in a fresh process: start the engine on a new file, say the peak of memory, and end."""

import re
import sys
from pathlib import Path

import bot.core  # noqa: F401
from bot.bootstrap import Service
from bot.clock import WallClock
from bot.content import load

if __name__ == "__main__":
    service = Service(f"sqlite:///{sys.argv[1]}/start.db", load(), WallClock(), {})
    # VmHWM begins anew with this program; ru_maxrss would remember the size of the process that started it.
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    print(int(peak[1]) * 1024 / 1e6 if peak else float("nan"), flush=True)
    service.close()
