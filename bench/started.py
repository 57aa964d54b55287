"""What `bench/start.py` runs in a fresh process: start the engine on a new file, say the peak of memory, and end."""

import resource
import sys

import bot.core  # noqa: F401
from bot.bootstrap import Service
from bot.clock import WallClock
from bot.content import load
from bot.settings import Settings

if __name__ == "__main__":
    service = Service(f"sqlite:///{sys.argv[1]}/start.db", load(Settings().content), WallClock(), {})
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, flush=True)  # kilobytes on Linux
    service.close()
