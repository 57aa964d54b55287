"""`mockingbird db copy`: all of a database in another one, counted and compared, or nothing of it."""

import asyncio
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet
from slack_sdk.oauth.installation_store import Installation
from sqlalchemy import Engine, func, insert, select, text, update
from sqlalchemy.engine import make_url

from adapters.cli import main
from adapters.slack.sealing import Seal
from adapters.slack.store import Installations
from bot.bootstrap import Service
from bot.catalog import Catalog
from bot.content import HOME
from bot.core.errors import StoreError
from bot.core.events import Place, Submit
from bot.core.ui import ActionId, Card
from bot.drama import Drama
from bot.simulate import START, Board, Outcome, begin, go_on, outcome, simulate
from bot.store import database, migrate, transfer
from bot.store.tables import deliveries, events, groups, members, metadata, slack_bots
from bot.store.work import SqlWork
from bot.testing import PEOPLE, FrozenClock, RecordingPlatform, setup_values

from . import postgres

NOW = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
PREP = Place("web", "home", "prep")
MEMBERS, DAYS, SEED = 4, 5, 9


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that nobody has used."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'target.db'}"
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    with server.fresh(migrated=False) as url:
        yield url


@pytest.fixture
def source(tmp_path: Path, catalog: Catalog) -> str:
    """A SQLite database with a group that has had its first day."""
    url = f"sqlite:///{tmp_path / 'source.db'}"
    clock = FrozenClock(NOW - timedelta(hours=1))
    service = Service(url, catalog, clock, {"web": RecordingPlatform()})

    async def live() -> None:
        setup = Submit("1", PEOPLE["ana"], PREP, ActionId("group.setup", "two-weeks"), setup_values())
        await service.bot.engine.handle(setup)
        await service.bot.advance(clock, NOW + timedelta(hours=1))

    asyncio.run(live())
    service.close()
    return url


def engine(url: str) -> Engine:
    return database.connect(url)


def ask(url: str, statement: str) -> None:
    """Change something in a database by hand."""
    there = engine(url)
    with there.begin() as connection:
        connection.execute(text(statement))
    there.dispose()


def rows(url: str) -> dict[str, int]:
    """Table -> how many rows it holds; empty where there are no tables."""
    there = engine(url)
    found = {}
    if migrate.version(there):
        with there.connect() as connection:
            for table in metadata.sorted_tables:
                found[table.name] = connection.execute(select(func.count()).select_from(table)).scalar_one()
    there.dispose()
    return found


# A life that goes on ---------------------------------------------------------------------------------------------


async def _moved(catalog: Catalog, first: str, hours: int, move: Callable[[], str]) -> Outcome:
    """The life of `simulate`, that moves into another database after so many hours."""
    clock = FrozenClock(START)
    board = Board(clock)
    service = Service(first, catalog, clock, {"web": board}, durable=False)
    try:
        drama = Drama(service.bot, catalog, SEED, MEMBERS, Place("web", "simulation", "prep"), board)
        pairs = await begin(drama, START, DAYS * 24)
        await go_on(drama, pairs, clock.set, START, range(1, hours + 1))
        service.close()
        service = Service(move(), catalog, clock, {"web": board}, durable=False)
        drama.bot = service.bot
        await go_on(drama, pairs, clock.set, START, range(hours + 1, DAYS * 24 + 1))
        return await outcome(drama, board, clock, DAYS)
    finally:
        service.close()


@pytest.fixture(scope="module")
def stayed(catalog: Catalog) -> Outcome:
    """The twin, which nobody moves."""
    return simulate(catalog, MEMBERS, DAYS, SEED)


def test_a_group_that_is_moved_in_the_middle_of_its_plan_lives_on_as_if_it_had_stayed(
    catalog: Catalog, tmp_path: Path, target: str, stayed: Outcome
) -> None:
    first = f"sqlite:///{tmp_path / 'first.db'}"

    def move() -> str:
        found = {one.table: one for one in transfer.copy(first, target)}
        assert found["answers"].source.rows > 5
        assert found["timers"].source.rows > 5
        return target

    moved = asyncio.run(_moved(catalog, first, 2 * 24 + 5, move))
    assert moved.broken == []
    assert moved == stayed


def test_a_group_comes_back_from_postgresql_by_the_same_way(
    catalog: Catalog, tmp_path: Path, postgres_url: str, stayed: Outcome
) -> None:
    home = f"sqlite:///{tmp_path / 'home.db'}"

    def move() -> str:
        transfer.copy(postgres_url, home)
        return home

    moved = asyncio.run(_moved(catalog, postgres_url, 2 * 24 + 9, move))
    assert moved == stayed


def test_a_message_in_doubt_is_in_doubt_there_too_and_is_looked_up_before_it_is_sent_again(
    catalog: Catalog, source: str, target: str
) -> None:
    platform = RecordingPlatform(lost_answers=1)
    clock = FrozenClock(NOW + timedelta(hours=2))

    def owe(work: SqlWork) -> None:
        work.outbox.add(PREP, Card("Once"), key="once")

    async def live(service: Service, until: datetime) -> dict[str, int]:
        await service.bot.advance(clock, until)
        counts = await service.bot.store.run(lambda work: work.deliveries.counts())
        service.close()
        return counts

    here = Service(source, catalog, clock, {"web": platform})
    asyncio.run(here.bot.store.run(owe))
    assert asyncio.run(live(here, clock.now()))["claimed"] == 1
    transfer.copy(source, target)
    there = Service(target, catalog, clock, {"web": platform})
    counts = asyncio.run(live(there, clock.now() + timedelta(hours=1)))
    assert counts.keys() == {"sent"}
    assert len(platform.keyed("once")) == 1


def test_new_rows_get_the_ids_after_those_that_came(source: str, postgres_server: postgres.Server) -> None:
    with postgres_server.fresh(migrated=False) as url:
        transfer.copy(source, url)
        there = engine(url)
        with there.begin() as connection:
            last = connection.execute(select(func.max(deliveries.c.id))).scalar_one()
            row = dict(connection.execute(select(deliveries).limit(1)).mappings().one()) | {"key": "new"}
            del row["id"]
            new = connection.execute(insert(deliveries).values(row).returning(deliveries.c.id)).scalar_one()
            # A table that was empty begins with 1, as a new one does.
            first = connection.execute(text("SELECT nextval(pg_get_serial_sequence('loops', 'id'))")).scalar_one()
        there.dispose()
    assert new == last + 1
    assert first == 1


def test_the_workspaces_tokens_come_along_sealed_and_open_with_the_same_key(source: str, target: str) -> None:
    seal = Seal(Fernet.generate_key().decode())
    made = Installation(
        app_id="A1", enterprise_id=None, team_id="T1", team_name="Prep", user_id="U1", bot_token="xoxb-geheim",
        bot_id="B1", bot_user_id="U2", bot_scopes=["chat:write"], bot_refresh_token="xoxe-geheim",
        bot_token_expires_at=1_790_000_000,
    )  # fmt: skip
    here = engine(source)
    asyncio.run(Installations(here, "1.2", seal).async_save(made))
    here.dispose()
    transfer.copy(source, target)
    there = engine(target)
    found = asyncio.run(Installations(there, "1.2", seal).bot("T1"))
    with there.connect() as connection:
        [kept] = connection.execute(select(slack_bots.c.bot_token)).scalars()
    there.dispose()
    assert found is not None
    assert (found.bot_token, found.bot_refresh_token, found.bot_token_expires_at) == (
        "xoxb-geheim", "xoxe-geheim", 1_790_000_000)  # fmt: skip
    assert "geheim" not in kept


def test_values_of_every_kind_are_the_same_there_and_back(
    source: str, postgres_server: postgres.Server, tmp_path: Path
) -> None:
    """Long texts in any script, fractions, instants to the microsecond, an empty table, no value at all."""
    here = engine(source)
    with here.begin() as connection:
        for number, name in enumerate(
            ("Zoë \N{WOMAN}\u200d\N{PERSONAL COMPUTER}", "\u202eevil\u202c", "ßﬁ", "a" * 200, "𝔘" * 200)
        ):
            connection.execute(insert(members).values(
                group_id=1, user=f"u{number}", name=name, zone="UTC", joined=NOW + timedelta(microseconds=number),
                active=bool(number % 2), load=(0.1 + 0.2) * number / 3))  # fmt: skip
        connection.execute(update(deliveries).values(error="\t\n\\ '\" % %s {} \x01 \ufffd", until=None))
    here.dispose()
    with postgres_server.fresh(migrated=False) as url:
        there = {one.table: one for one in transfer.copy(source, url)}
        back = {one.table: one for one in transfer.copy(url, f"sqlite:///{tmp_path / 'back.db'}")}
    assert there == back
    assert there["members"].target.rows == 6
    assert there["loops"].target.rows == 0


# All or nothing --------------------------------------------------------------------------------------------------


def test_a_target_that_holds_data_is_left_as_it_is(catalog: Catalog, source: str, target: str) -> None:
    transfer.copy(source, target)
    before = rows(target)
    with pytest.raises(StoreError, match=r"holds data already \(in .*groups.*\).* Name an empty one"):
        transfer.copy(source, target)
    assert rows(target) == before


def test_a_target_with_empty_tables_of_ours_is_taken(source: str, target: str) -> None:
    there = engine(target)
    migrate.upgrade(there, "0003")
    there.dispose()
    transfer.copy(source, target)
    assert rows(target) == rows(source)


def test_the_same_database_under_two_names_is_seen(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match="are both the database"):
        transfer.copy(source, "sqlite:///source.db")
    for one, other in (
        ("postgresql://me:x@here/bot", "postgres://you@here:5432/bot"),
        ("postgresql:///bot?host=/tmp", "postgresql+psycopg:///bot?host=/tmp"),
    ):
        with pytest.raises(StoreError, match="are both the database bot of PostgreSQL at"):
            transfer.copy(one, other)


def test_a_source_that_is_not_there_is_not_made(tmp_path: Path, target: str) -> None:
    with pytest.raises(StoreError, match=r"no database .*nowhere\.db to copy from"):
        transfer.copy(f"sqlite:///{tmp_path / 'nowhere.db'}", target)
    assert not list(tmp_path.iterdir())


def test_a_source_of_another_version_is_to_be_upgraded_first(source: str, target: str) -> None:
    here = engine(source)
    migrate.downgrade(here, "0006")
    here.dispose()
    with pytest.raises(StoreError, match=rf"has version 0006, .* copies {migrate.head()}. Upgrade it first"):
        transfer.copy(source, target)
    assert rows(target) == {}


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_database_of_newer_code_is_neither_read_nor_written(source: str, target: str, side: str) -> None:
    there = engine(target)
    migrate.upgrade(there)
    there.dispose()
    ask(source if side == "source" else target, "UPDATE alembic_version SET version_num = '9999', serves = '0001'")
    with pytest.raises(StoreError, match="A database of version 9999 is copied by the Mockingbird that made it"):
        transfer.copy(source, target)


def test_a_source_that_a_mockingbird_runs_on_is_refused(catalog: Catalog, source: str, target: str) -> None:
    running = Service(source, catalog, FrozenClock(NOW), {"web": RecordingPlatform()})
    try:
        with pytest.raises(StoreError, match="Another Mockingbird is running on"):
            transfer.copy(source, target)
    finally:
        running.close()
    assert rows(target) == {}


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_postgresql_on_which_processes_are_at_work_is_refused(
    source: str, postgres_url: str, tmp_path: Path, side: str
) -> None:
    both = (postgres_url, f"sqlite:///{tmp_path / 'home.db'}") if side == "source" else (source, postgres_url)
    plain = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    refused = pytest.raises(StoreError, match=r"is running on the database .*, in 1 process.* Stop them")
    with psycopg.connect(plain, application_name="mockingbird elsewhere 7"), refused:
        transfer.copy(*both)
    transfer.copy(*both)


SPOILT = {
    "a NUL": ("UPDATE members SET name = 'Ann' || char(0) || 'a'", "members.name of id 1 holds a NUL character"),
    "too long": (f"UPDATE members SET name = '{'x' * 201}'", "members.name of id 1 has 201 characters; 200 fit there"),
    "no UTF-8": ("UPDATE members SET name = CAST(x'41ff' AS TEXT)", "members.name of id 1 holds what is no UTF-8 text"),
    "too large": ("UPDATE groups SET reviewers = 3000000000", "groups.reviewers of id 1 is too large a number"),
    "no number": ("UPDATE groups SET reviewers = 'many'", "groups.reviewers of id 1 is no number"),
    "no date": ("UPDATE runs SET next_date = 'soon'", "runs.next_date of id 1 is no date"),
    "no instant": ("UPDATE groups SET created = 9223372036854775807", "groups.created of id 1 is no instant"),
    "an orphan": ("PRAGMA foreign_keys = OFF; UPDATE runs SET group_id = 404", "runs, row 1, belongs to a row of groups"),
}  # fmt: skip


@pytest.mark.parametrize("what", SPOILT)
def test_what_the_target_would_not_take_is_named_before_anything_is_written(
    source: str, target: str, tmp_path: Path, what: str
) -> None:
    statement, sentence = SPOILT[what]
    spoilt = sqlite3.connect(tmp_path / "source.db")
    spoilt.executescript(statement)
    spoilt.close()
    with pytest.raises(StoreError, match=f"nothing was copied. Mend these rows(?s:.*){re.escape(sentence)}"):
        transfer.copy(source, target)
    assert rows(target) == {}


def test_of_many_faults_the_first_are_named_and_the_others_counted(source: str, tmp_path: Path) -> None:
    here = engine(source)
    with here.begin() as connection:
        connection.execute(insert(events), [{"id": f"{'e' * 300}{number}", "at": NOW} for number in range(50)])
    here.dispose()
    with pytest.raises(StoreError) as fault:
        transfer.copy(source, f"sqlite:///{tmp_path / 'target.db'}")
    lines = str(fault.value).splitlines()
    assert lines[-1] == "- and 30 more like these"
    assert len(lines) == 1 + 20 + 1
    assert max(map(len, lines)) < 200
    assert not (tmp_path / "target.db").exists()


# Through the command ---------------------------------------------------------------------------------------------


Run = Callable[[str], tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`mockingbird db copy`: its exit status, what it prints, and its fault."""
    monkeypatch.chdir(tmp_path)

    def run(arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(["db", "copy", *arguments.split()])
        return int(end.value.code or 0), *capsys.readouterr()

    return run


def test_the_command_prints_what_both_hold_and_names_no_password(
    run: Run, source: str, postgres_server: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres_server.fresh(migrated=False) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        status, out, err = run("--from sqlite:///source.db")
        assert (status, err) == (0, "")
        for table, count in rows(url).items():
            line = next(line for line in out.splitlines() if line.startswith(f"{table} "))
            _, here, there, checksum, copied = line.split()
            assert (here, there, checksum) == (str(count), str(count), copied)
        assert re.search(r"Copied \d+ rows of \d+ tables; every table is the same in both", out)
    status, out, err = run("--from sqlite:///source.db --to postgresql://me:geheim@127.0.0.1:1/bot")
    assert (status, out) == (1, "")
    assert "PostgreSQL at 127.0.0.1:1 does not answer" in err
    assert "geheim" not in err


@pytest.mark.parametrize("side", ["--from", "--to"])
def test_a_url_that_is_none_is_called_by_its_own_name_and_not_repeated(run: Run, side: str) -> None:
    status, _, err = run(f"{side} mysql://me:geheim@here/bot")
    assert (status, err.split()[:3]) == (1, ["mockingbird:", side, "names"])
    assert "geheim" not in err


def test_a_copy_without_two_databases_says_so(run: Run, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///source.db")
    status, _, err = run("")
    assert status == 1
    assert err == "mockingbird: Source and target are both the database source.db. Name two databases.\n"


# A shell's background job ignores SIGINT, and so would what it starts.
MAIN = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); from adapters.cli import main; main()"


def _start(folder: Path, target: str) -> "subprocess.Popen[str]":
    """The copy of the source into the target, as a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOCKINGBIRD_")}
    environment = {**kept, "DATABASE_URL": target, "PYTHONPATH": str(HOME.parent)}
    command = [sys.executable, "-c", MAIN, "db", "copy", "--from", "sqlite:///source.db"]
    return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)


MANY = 15_000


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_a_copy_that_is_interrupted_leaves_the_target_as_it_was(
    source: str, target: str, tmp_path: Path, end: signal.Signals
) -> None:
    here = engine(source)
    with here.begin() as connection:
        connection.execute(
            insert(events), [{"id": f"test:{number}", "at": NOW, "reply": "x" * 500} for number in range(MANY)]
        )
    here.dispose()
    process = _start(tmp_path, target)
    _wait_until_it_writes(process, target, tmp_path)
    process.send_signal(end)
    _, err = process.communicate()
    assert process.returncode == (-end if end == signal.SIGKILL else 130), err
    assert _is_new(target)
    assert rows(source)["events"] >= MANY
    assert {one.target.rows for one in transfer.copy(source, target) if one.table == "events"} == {
        rows(source)["events"]
    }


def _wait_until_it_writes(process: "subprocess.Popen[str]", target: str, folder: Path) -> None:
    """Until the copy has written a part of what it has to write, none of which can be seen yet."""
    written = _written(target, folder)
    first = next(written)
    while process.poll() is None and next(written) < first + 1_000_000:
        time.sleep(0.01)
    written.close()


def _written(target: str, folder: Path) -> Generator[int]:
    """The bytes of the target's log, whenever they are asked for."""
    if target.startswith("sqlite"):
        log = folder / "target.db-wal"
        while True:
            yield log.stat().st_size if log.exists() else 0
    # The log is the whole server's: asked from another database, we are nobody who runs on the target.
    there = engine(make_url(target).set(database="postgres").render_as_string(hide_password=False))
    try:
        with there.connect() as connection:
            while True:
                yield int(connection.execute(text("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")).scalar_one())
    finally:
        there.dispose()


def _is_new(url: str) -> bool:
    there = engine(url)
    try:
        return migrate.version(there) == ""
    finally:
        there.dispose()


def test_the_groups_of_the_source_are_those_of_the_target(source: str, target: str) -> None:
    transfer.copy(source, target)
    found = []
    for url in (source, target):
        there = engine(url)
        with there.connect() as connection:
            found.append(connection.execute(select(groups)).mappings().all())
        there.dispose()
    assert found[0] == found[1]
