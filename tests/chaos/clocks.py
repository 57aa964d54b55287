"""The clock of the machine on which lives are lived, which a test can set: what an operator or NTP does to the real one.

Nobody may set the clock of the machine that tests run on, so each life reads the wall's time through here: our clocks, and
APScheduler, which has a reader of its own. Time that passes (`monotonic`) is not touched, as no setting touches it.
"""

import mmap
import struct
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import apscheduler.schedulers.base

import bot.clock

_SECONDS = struct.Struct("d")


def make(path: Path) -> None:
    """A clock that is right."""
    path.write_bytes(_SECONDS.pack(0.0))


def put(path: Path, seconds: float) -> None:
    """So many seconds ahead of what is right; behind where they are negative."""
    with path.open("r+b") as file:
        file.write(_SECONDS.pack(seconds))


def live_by(path: Path) -> None:
    """From now on this process lives by that clock."""
    with path.open("rb") as file:
        ahead = mmap.mmap(file.fileno(), _SECONDS.size, access=mmap.ACCESS_READ)

    def off() -> float:
        return float(_SECONDS.unpack(ahead[:])[0])

    class Wall(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=off())

    for module, name, stands_in in (
        (bot.clock, "datetime", Wall),
        (bot.clock, "time", lambda: time.time() + off()),
        (apscheduler.schedulers.base, "datetime", Wall),
    ):
        setattr(module, name, stands_in)
