"""What else happens to those who run a bot: each costs nothing that was owed, and says so in a line that they understand."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.chaos import trouble
from tests.chaos.account import Verdict
from tests.chaos.storm import Outcome, Plan, Storm, rage

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

AWAY, BACK = "the database takes nothing now: ", "the database is back"
FEW = 12  # groups
STOPPED = "under way when I stopped"
SMALL = 200  # megabytes
FULL = 300_000  # bytes: the log needs less, the database more


@contextmanager
def own_folder() -> Iterator[Path]:
    """Where another user may come, as PostgreSQL does where we are root."""
    with tempfile.TemporaryDirectory(prefix="mockingbird-pg-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def own_server() -> Iterator[trouble.Server]:
    """A PostgreSQL that is nobody else's, to be stopped."""
    with own_folder() as folder, trouble.server(folder) as server:
        yield server


def nothing_is_lost(outcome: Outcome) -> None:
    assert (outcome.account.verdict(), outcome.faults) == (Verdict(), []), outcome.plan
    assert "Traceback" not in outcome.log, outcome.plan
    assert set(outcome.counts) == {"end 0"}


async def test_a_database_that_is_restarted_under_load_loses_nothing_and_its_absence_is_said_once(
    tmp_path: Path, own_server: trouble.Server
) -> None:
    async def restarted(storm: Storm) -> None:
        await storm.begin()
        for _ in range(2):  # too short to be noticed
            await storm.until_posted(15)
            own_server.stop()
            own_server.start()
        await storm.until_posted(15)
        own_server.stop()
        await storm.until_said(AWAY, times=2)
        own_server.start()
        await storm.until_said(BACK, times=2)
        await storm.until_posted(15)

    outcome = await rage(tmp_path, Plan(own_server.url, groups=FEW, workers=2), restarted)
    nothing_is_lost(outcome)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_full_disk_loses_nothing_and_is_said_once(tmp_path: Path, database: str) -> None:
    async def full(storm: Storm) -> None:
        await storm.begin()
        await storm.until_posted(10)
        storm.nursery.tell("files", 0, FULL)
        await storm.until_said(AWAY)
        storm.nursery.tell("files", 0, -1)
        await storm.until_said(BACK)
        await storm.until_posted(10)

    outcome = await rage(tmp_path, Plan(database, groups=FEW), full)
    nothing_is_lost(outcome)


@pytest.mark.skipif(not trouble.may_mount(), reason="this user may mount no small disk to be filled")
async def test_a_full_disk_of_postgresql_loses_nothing_and_is_said_once(tmp_path: Path) -> None:
    """A quota of bytes a file, as above, would be met by its log of transactions alone, whose files have their size from
    the start: only a disk that is really full shows what PostgreSQL does."""
    with own_folder() as data, trouble.small_disk(data, SMALL), trouble.server(data) as server:

        async def full(storm: Storm) -> None:
            await storm.begin()
            await storm.until_posted(10)
            await asyncio.to_thread(trouble.fill, data)
            await storm.until_said(AWAY)
            trouble.clear(data)
            if not server.up:
                server.start()
            await storm.until_said(BACK)
            await storm.until_posted(10)

        nothing_is_lost(await rage(tmp_path, Plan(server.url, groups=FEW), full))


HOUR = 3600.0


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
async def test_a_clock_that_is_put_forward_and_back_by_an_hour_loses_nothing_and_it_is_said(
    tmp_path: Path, database: str
) -> None:
    async def put(storm: Storm) -> None:
        await storm.begin()
        await storm.until_posted(15)
        for seconds in (HOUR, -HOUR, 0.0):
            storm.set_clock(seconds)
            await storm.until_posted(15)
        storm.set_clock(HOUR)  # while one is ended and the next begins, too
        await storm.end()
        storm.set_clock(-HOUR)
        await storm.begin()
        await storm.until_posted(15)
        storm.set_clock(0.0)
        await storm.until_posted(15)

    outcome = await rage(tmp_path, Plan(database, groups=FEW, mornings=0, settable=True), put)
    nothing_is_lost(outcome)
    if database.startswith("sqlite"):
        assert "the clock was put forward by 3600 s" in outcome.log
        assert "the clock was put back by 7200 s" in outcome.log
    else:
        assert "this machine's clock is 3600 s ahead of the database's" in outcome.log
        assert "this machine's clock is 3600 s behind the database's" in outcome.log


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
async def test_a_worker_that_is_told_to_end_ends_well_and_the_next_goes_on(tmp_path: Path, database: str) -> None:
    async def ended(storm: Storm) -> None:
        for _ in range(3):
            await storm.begin()
            await storm.until_posted(10)
            await storm.end()
        await storm.begin()

    outcome = await rage(tmp_path, Plan(database, groups=FEW), ended)
    nothing_is_lost(outcome)
    assert outcome.counts["end 0"] == 4
    assert outcome.log.count(STOPPED) == 4
