"""A program that lives the bot's lives one after the other, so that each can be killed. `test_kill` runs it.

It loads everything once and forks for each life, which makes a death cost milliseconds. For each byte `L` on stdin it
begins a life: two hours of the virtual clock on one SQLite file. It says the life's pid as a line, then the life says `.`
just before and just after each post, and waits for a byte before it goes on; when it is over, `E` follows where it
ended by itself, and `D` where it died.
"""

import asyncio
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.bootstrap import assemble
from bot.catalog import Catalog
from bot.content import load
from bot.core.events import Place, Receipt, Show, Submit
from bot.core.ports import Limits, Parcel
from bot.core.ui import ActionId
from bot.store import migrate
from bot.store.lock import FileLock
from bot.store.writer import Writer, connect
from bot.testing import PEOPLE, FrozenClock, setup_values

START = datetime(2026, 8, 31, 0, 0, tzinfo=UTC)
SPAN = timedelta(hours=2)
GROUPS = 32  # two of them post every half hour, from 00:15 to 07:45 and from 08:15 to 15:45


@dataclass(frozen=True)
class FilePlatform:
    """A platform in another world: what it posted stays posted, whatever becomes of us. One line a post, its key."""

    path: Path
    looks_up: bool
    name: str = "web"
    limits: Limits = "workspace"

    def wait(self, place: Place, ahead: int = 0) -> float:
        return 0.0

    async def send(self, parcel: Parcel) -> Receipt:
        _moment()
        with self.path.open("ab", buffering=0) as file:
            file.write(parcel.key.encode() + b"\n")
        _moment()
        return self._receipt(parcel)

    async def find(self, parcel: Parcel) -> Receipt | None:
        posted = self.path.read_text().splitlines()
        return self._receipt(parcel) if self.looks_up and parcel.key in posted else None

    def _receipt(self, parcel: Parcel) -> Receipt:
        return Receipt(parcel.key, parcel.key if parcel.thread else "")


def _moment() -> None:
    os.write(1, b".")
    os.read(0, 1)


async def _live(folder: Path, catalog: Catalog, number: int, looks_up: bool) -> None:
    database = folder / "bot.db"
    lock = FileLock(str(database))
    clock = FrozenClock(START + number * SPAN)
    store = Writer(connect(f"sqlite:///{database}"), clock, catalog)
    bot = assemble(store, catalog, clock, {"web": FilePlatform(folder / "posted.txt", looks_up)})
    if number == 0:
        for group in range(GROUPS):
            minutes = 15 + 30 * (group // 2)
            values = setup_values() | {"zone": "UTC", "post_at": f"{minutes // 60:02}:{minutes % 60:02}"}
            place, action = Place("web", "home", f"c{group}"), ActionId("group.setup", "two-weeks")
            reply = await bot.engine.handle(Submit(f"setup:{group}", PEOPLE["ana"], place, action, values))
            assert isinstance(reply, Show), reply
    await bot.advance(clock, START + (number + 1) * SPAN - timedelta(seconds=1))
    store.close()
    lock.release()


def main() -> None:
    folder, looks_up = Path(sys.argv[1]), sys.argv[2] == "look-up"
    (folder / "posted.txt").touch()
    engine = connect(f"sqlite:///{folder / 'bot.db'}")
    migrate.upgrade(engine)
    engine.dispose()
    catalog = load()
    number = 0
    while byte := os.read(0, 1):
        if byte != b"L":  # a word to a life that had died before it could hear it
            continue
        life = os.fork()
        if life == 0:
            os.read(0, 1)  # our pid is known now
            asyncio.run(_live(folder, catalog, number, looks_up))
            os._exit(0)
        os.write(1, b"%d\n" % life)
        _, status = os.waitpid(life, 0)
        os.write(1, b"E" if status == 0 else b"D")
        number += 1


if __name__ == "__main__":
    main()
