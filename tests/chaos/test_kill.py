"""kill -9: the bot dies again and again in the middle of its work, and every message is posted exactly once.

The control shows that the storm is one: without the look-up of what may have landed, which is what "post, then mark"
amounts to, the same deaths double posts.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, cast

import pytest

from .lives import GROUPS, SPAN, START

PROGRAM = Path(__file__).with_name("lives.py")
BUSY = timedelta(hours=16)  # of a day: then all groups have had their hour
MOMENTS = 14  # of two a post; in a life of two hours about eight messages fall due

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


@dataclass
class Bot:
    """A bot whose lives are begun, and ended, from here."""

    said: IO[bytes]
    told: IO[bytes]
    lives: int = 0

    def live(self, die_at: int = 0, *, held: bool = True) -> bool:
        """Live two hours; whether it was killed, which it is at its moment `die_at`: held in it, or just let go on."""
        self.told.write(b"L")
        pid = int(self.said.readline())
        self.told.write(b"g")
        self.lives += 1
        moments, killed = 0, False
        while (word := self.said.read(1)) == b".":
            moments += 1
            if not killed and (moments != die_at or not held):
                self.told.write(b"g")
            if moments == die_at:
                os.kill(pid, signal.SIGKILL)
                killed = True
        assert word == (b"D" if killed else b"E"), "the bot broke down by itself"
        return killed


@contextmanager
def living(folder: Path, protocol: str) -> Iterator[Bot]:
    command = [sys.executable, str(PROGRAM), str(folder), protocol]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        yield Bot(cast("IO[bytes]", process.stdout), cast("IO[bytes]", process.stdin))
        cast("IO[bytes]", process.stdin).close()


def storm(folder: Path, protocol: str, deaths: int, seed: int = 25) -> int:
    """Die so many times in the busy hours, then live in peace until all is settled; how many lives that were.

    The evenings are peaceful: a daily post goes out on its own day or not at all.
    """
    chance = random.Random(seed)
    with living(folder, protocol) as bot:
        bot.live()
        died = 0
        while died < deaths:
            busy = (bot.lives * SPAN) % timedelta(days=1) < BUSY
            died += bot.live(chance.randint(1, MOMENTS) if busy else 0, held=chance.random() < 0.6)
            assert bot.lives < 5 * deaths, "there is too little to do in a life for it to be killed"
        for _ in range(2):
            bot.live()
        return bot.lives


def outcome(folder: Path) -> tuple[set[str], set[str], set[str]]:
    """Keys that are lost, posted more than once, and posted though nobody owed them."""
    posted = Counter((folder / "posted.txt").read_text().splitlines())
    database = sqlite3.connect(folder / "bot.db")
    owed = dict(database.execute("select key, state from deliveries").fetchall())
    database.close()
    lost = {key for key, state in owed.items() if state != "sent" or key not in posted}
    return lost, {key for key, times in posted.items() if times > 1}, posted.keys() - owed.keys()


def test_twenty_five_deaths_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    lives = storm(tmp_path, "look-up", deaths=25)
    assert outcome(tmp_path) == (set(), set(), set())
    daily = Counter(key.split(":")[2] for key in (tmp_path / "posted.txt").read_text().split() if "daily:" in key)
    days = (lives * SPAN - BUSY) // timedelta(days=1) + 1
    for number in range(days):
        assert daily[f"{START + timedelta(days=number):%Y-%m-%d}"] == GROUPS


def test_the_same_deaths_double_posts_where_what_landed_is_not_looked_up(tmp_path: Path) -> None:
    storm(tmp_path, "post-then-mark", deaths=4)
    lost, doubled, _ = outcome(tmp_path)
    assert not lost
    assert doubled
