"""A program that has everything loaded and forks a worker whenever it is told to, which makes a life cheap to begin.

Words come in by lines. ``where {...}`` says the circumstances of the lives to come; whoever lives from before is killed, and
it says ``where`` when that is done. Then, where 2 is a place among the workers: ``live 2 0.3`` begins a life there that is
killed when it has had 0.3 seconds of a processor, which is a moment that no other load on the machine moves; ``live 2``
begins one that is left alone; ``end 2`` sends SIGTERM; ``files 2 65536`` lets it write no file beyond so many bytes, -1 any.
It says ``up 2`` when that one works, and ``dead 2 <status>``, negative where a signal ended it.
"""

import gc
import json
import os
import resource
import selectors
import signal
import time
from collections import Counter
from pathlib import Path
from types import FrameType

from bot.catalog import Catalog
from bot.content import load
from bot.store import database, migrate
from tests.chaos.life import Circumstances, live
from tests.statements import statements

TICKS = os.sysconf("SC_CLK_TCK")
WATCH = 0.01  # seconds between two looks at who has had their time
LONGEST = 15.0  # seconds for a life that has little to do


def say(*words: object) -> None:
    os.write(1, " ".join(map(str, words)).encode() + b"\n")


class Nursery:
    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._where: Circumstances | None = None
        self._pids: dict[int, int] = {}  # place -> process
        self._ends: dict[int, tuple[float, float]] = {}  # place -> after what time on a processor; and when at last
        self._lives: Counter[int] = Counter()

    def told(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        if verb == "where":
            self.close()
            self._where = Circumstances(**json.loads(rest))
            engine = database.connect(self._where.database)  # its driver is loaded
            for statement in statements().values():  # or each life had to, in half of its time
                statement.compiled_for(engine)
            engine.dispose()  # a connection would survive no fork
            gc.freeze()  # what is loaded is shared with all lives
            say("where")
            return
        place, *more = rest.split()
        slot = int(place)
        if verb == "live":
            self._begin(slot, mortal=bool(more))
            if more:
                self._ends[slot] = float(more[0]), time.monotonic() + LONGEST
        elif slot in self._pids:  # one that is dead already has been said to be
            if verb == "end":
                os.kill(self._pids[slot], signal.SIGTERM)
            else:
                resource.prlimit(self._pids[slot], resource.RLIMIT_FSIZE, (int(more[0]), resource.RLIM_INFINITY))

    def kill(self) -> None:
        """Those whose time has come."""
        for slot, (spent, at) in list(self._ends.items()):
            if _spent(self._pids[slot]) >= spent or time.monotonic() > at:
                os.kill(self._pids[slot], signal.SIGKILL)
                del self._ends[slot]

    @property
    def watches(self) -> bool:
        """Whether somebody's time will come."""
        return bool(self._ends)

    def _begin(self, slot: int, mortal: bool) -> None:
        self._lives[slot] += 1
        pid = os.fork()
        if pid:
            self._pids[slot] = pid
            return
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        status = 70
        try:
            os.close(0)
            assert self._where is not None
            status = live(self._where, self._catalog, slot, self._lives[slot], mortal, lambda: say("up", slot))
        finally:
            os._exit(status)

    def bury(self) -> None:
        for slot, pid in list(self._pids.items()):
            dead, status = os.waitpid(pid, os.WNOHANG)
            if dead:
                del self._pids[slot]
                self._ends.pop(slot, None)
                say("dead", slot, os.waitstatus_to_exitcode(status))

    def close(self) -> None:
        for pid in self._pids.values():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        self._pids, self._ends, self._lives = {}, {}, Counter()


def _spent(pid: int) -> float:
    """Seconds on a processor, to a hundredth."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS


def _heard(_signal: int, _frame: FrameType | None) -> None:
    """The byte that wakes us is what counts."""


def main() -> None:
    migrate.head()  # Alembic is loaded
    nursery = Nursery(load())
    woken, wakes = os.pipe()
    for end in (woken, wakes):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, _heard)
    with selectors.DefaultSelector() as selector:
        selector.register(0, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        unread = b""
        while True:
            ready = {key.fd for key, _ in selector.select(WATCH if nursery.watches else None)}
            nursery.kill()
            if woken in ready:
                os.read(woken, 4096)
                nursery.bury()
            if 0 in ready:
                more = os.read(0, 4096)
                if not more:
                    break
                *lines, unread = (unread + more).split(b"\n")
                for line in lines:
                    nursery.told(line.decode())
    nursery.close()


if __name__ == "__main__":
    main()
