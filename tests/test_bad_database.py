"""A database that cannot be used: one clear sentence without a password, before anything is started, and nothing changed."""

import asyncio
import logging
import os
import pwd
import re
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from adapters.cli import main
from bot.bootstrap import Service
from bot.catalog import Catalog
from bot.clock import WallClock
from bot.content import HOME
from bot.core.errors import StoreError
from bot.core.events import Place, Submit
from bot.core.ui import ActionId
from bot.store import database, migrate
from bot.testing import PEOPLE, FrozenClock, RecordingPlatform, setup_values

from . import postgres

NOW = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
SECRET = "geheim"
COMMANDS = ("run", "db check", "db upgrade")
Run = Callable[[str, str], str]


@pytest.fixture
def run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Run:
    """A command that must fail on a database: its sentence. The log shows all there is, and no password."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORT", str(_free_port()))
    for name in [name for name in os.environ if name.startswith("MOCKINGBIRD_")]:
        monkeypatch.delenv(name)

    def run(url: str, command: str) -> str:
        monkeypatch.setenv("DATABASE_URL", url)
        with pytest.raises(SystemExit) as end, caplog.at_level(logging.DEBUG):
            main(command.split())
        out, err = capsys.readouterr()
        assert (end.value.code, out) == (1, "")
        [line] = err.splitlines()
        assert line.startswith("mockingbird: ")
        assert line.endswith(".")
        assert SECRET not in err + caplog.text
        return line.removeprefix("mockingbird: ")

    return run


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _listening(answer: bytes) -> Iterator[int]:
    """Something that takes connections and is no PostgreSQL; without an answer it keeps silent."""
    with socket.create_server(("127.0.0.1", 0)) as there:

        def serve() -> None:
            while True:
                try:
                    caller, _ = there.accept()
                except OSError:
                    return
                if answer:
                    with caller:
                        caller.recv(1_000)
                        caller.sendall(answer)
                else:
                    silent.append(caller)

        silent: list[socket.socket] = []
        threading.Thread(target=serve, daemon=True).start()
        yield there.getsockname()[1]
        there.shutdown(socket.SHUT_RDWR)
    for caller in silent:
        caller.close()


# PostgreSQL that does not answer ---------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_nobody_listens_there(run: Run, command: str) -> None:
    port = _free_port()
    sentence = run(f"postgresql://me:{SECRET}@127.0.0.1:{port}/bot", command)
    assert sentence.startswith(f"PostgreSQL at 127.0.0.1:{port} does not answer: Connection refused.")
    assert "host and port" in sentence


def test_whoever_listens_keeps_silent(run: Run) -> None:
    with _listening(b"") as port:
        sentence = run(f"postgresql://me:{SECRET}@127.0.0.1:{port}/bot?connect_timeout=2", "run")
    assert sentence.startswith(f"PostgreSQL at 127.0.0.1:{port} does not answer: connection timeout expired.")


def test_whoever_listens_is_no_postgresql(run: Run) -> None:
    with _listening(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        sentence = run(f"postgresql://me:{SECRET}@127.0.0.1:{port}/bot?sslmode=disable", "run")
    assert sentence.startswith(f"PostgreSQL at 127.0.0.1:{port} does not answer: ")


def test_the_host_has_no_address(run: Run) -> None:
    sentence = run(f"postgresql://me:{SECRET}@nowhere.invalid/bot", "run")
    assert sentence.startswith("PostgreSQL at nowhere.invalid:5432 does not answer: failed to resolve host")


def test_a_socket_that_is_not_there(run: Run) -> None:
    sentence = run(f"postgresql://me:{SECRET}@/bot?host=/nowhere", "run")
    assert sentence.startswith("PostgreSQL at its socket in /nowhere does not answer: No such file or directory.")


# A URL that is none of ours --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (f"mysql://me:{SECRET}@here/bot", "DATABASE_URL names 'mysql'"),
        (f"postgresql+asyncpg://me:{SECRET}@here/bot", "DATABASE_URL names 'postgresql+asyncpg'"),
        (f"postgresql+psycopg2://me:{SECRET}@here/bot", "DATABASE_URL names 'postgresql+psycopg2'"),
        (f"me:{SECRET}@here/bot", "DATABASE_URL is no database URL"),
        (f"postgresql://me:{SECRET}@here:port/bot", "DATABASE_URL is no database URL"),
        (f"postgresql://me:p@{SECRET}@here/bot", "DATABASE_URL has more than one @"),
        ("sqlite:///file:bot.db?mode=ro&uri=true", "DATABASE_URL gives SQLite options"),
        ("sqlite:///bot.db?timeout=1", "DATABASE_URL gives SQLite options"),
    ],
)
def test_a_url_that_we_cannot_use_is_named_and_not_repeated(run: Run, url: str, says: str, tmp_path: Path) -> None:
    sentence = run(url, "run")
    assert sentence.startswith(says)
    assert "like sqlite:///mockingbird.db" in sentence or "%40" in sentence
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("start", ["postgres://", "postgresql://", "postgresql+psycopg://"])
def test_the_names_that_people_write_for_postgresql_are_taken(start: str, postgres_url: str, run: Run) -> None:
    url = make_url(postgres_url).render_as_string(hide_password=False)
    there = database.connect(start + url.partition("://")[2])
    assert migrate.version(there) == migrate.head()
    there.dispose()


def test_an_option_that_the_driver_does_not_know(run: Run) -> None:
    sentence = run(f"postgresql://me:{SECRET}@127.0.0.1/bot?colour=blue", "run")
    assert sentence.startswith("DATABASE_URL ends with something that PostgreSQL's driver does not know")
    assert "colour" in sentence


def test_without_the_driver_the_way_to_install_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "psycopg.py").write_text("raise ImportError('not installed')\n")
    environment = {**os.environ, "DATABASE_URL": f"postgresql://me:{SECRET}@127.0.0.1/bot",
                   "PYTHONPATH": f"{tmp_path}{os.pathsep}{HOME.parent}"}  # fmt: skip
    command = [sys.executable, "-m", "adapters", "db", "check"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("mockingbird: DATABASE_URL names PostgreSQL, and its driver is not installed here: "
                           "pip install 'mockingbird[postgres]'.\n")  # fmt: skip


# PostgreSQL that lets us in, or not ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Owner:
    """Whoever owns the server, beside a database of ours."""

    url: URL

    def say(self, statement: str, **names: str) -> None:
        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        parts = {name: sql.Identifier(value) for name, value in names.items()}
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(**parts))

    def as_role(self, role: str, password: str = "") -> str:
        changed = self.url.set(username=role, password=password or None)
        return changed.render_as_string(hide_password=False)


@pytest.fixture
def owner(postgres_url: str) -> Owner:
    return Owner(make_url(postgres_url))


@pytest.fixture
def role(owner: Owner) -> Iterator[str]:
    """A role that may log in, and nothing more."""
    name = f"mockingbird_{os.getpid()}"
    owner.say("CREATE ROLE {name} LOGIN PASSWORD 'right'", name=name)
    yield name
    owner.say("DROP OWNED BY {name}", name=name)
    owner.say("DROP ROLE {name}", name=name)


@pytest.fixture
def guarded(owner: Owner, role: str) -> Iterator[str]:
    """The same role, and the server asks for its password."""
    if "TEST_DATABASE_URL" in os.environ:
        try:
            psycopg.connect(_plain(owner.as_role(role, "wrong"))).close()
        except psycopg.OperationalError:
            yield role
            return
        pytest.skip("the server of TEST_DATABASE_URL asks nobody for a password")
    with psycopg.connect(_plain(owner.url.render_as_string(hide_password=False))) as connection:
        rules = Path(str(connection.execute("SHOW hba_file").fetchone()[0]))  # type: ignore[index]
        before = rules.read_text()
        rules.write_text(f"local all {role} scram-sha-256\n{before}")
        connection.execute("SELECT pg_reload_conf()")
    for _ in range(500):  # until the server has read them
        try:
            psycopg.connect(_plain(owner.as_role(role, "wrong"))).close()
        except psycopg.OperationalError:
            break
    yield role
    rules.write_text(before)
    owner.say("SELECT pg_reload_conf()")


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_password_is_wrong(run: Run, owner: Owner, guarded: str, command: str) -> None:
    sentence = run(owner.as_role(guarded, SECRET), command)
    assert f"does not let {guarded} in: the password in DATABASE_URL is wrong or missing" in sentence


def test_there_is_no_password(run: Run, owner: Owner, guarded: str) -> None:
    assert "the password in DATABASE_URL is wrong or missing" in run(owner.as_role(guarded), "run")


@pytest.mark.parametrize("command", COMMANDS)
def test_there_is_no_such_database(run: Run, owner: Owner, command: str) -> None:
    url = owner.url.set(database="nowhere").render_as_string(hide_password=False)
    sentence = run(url, command)
    assert re.match(r"PostgreSQL at .* has no database nowhere\. Make it \(createdb nowhere\)", sentence)


def test_there_is_no_such_user(run: Run, owner: Owner) -> None:
    sentence = run(owner.as_role("nobody-we-know"), "run")
    assert 'does not let us in: role "nobody-we-know" does not exist' in sentence


@pytest.mark.parametrize("command", ["run", "db check"])
@pytest.mark.parametrize(
    ("grants", "says"),
    [
        ((), "permission denied for table alembic_version"),
        (("SELECT ON ALL TABLES",), "has no right to DELETE on absences (and "),
        (
            ("SELECT, UPDATE, DELETE ON ALL TABLES", "USAGE ON ALL SEQUENCES"),
            "has no right to INSERT on absences (and ",
        ),
        (("ALL ON ALL TABLES",), "has no right to USAGE on absences_id_seq (and "),
    ],
)
def test_a_role_without_every_right_is_told_which(
    run: Run, owner: Owner, role: str, command: str, grants: tuple[str, ...], says: str
) -> None:
    for grant in grants:
        owner.say(f"GRANT {grant} IN SCHEMA public TO {{role}}", role=role)
    sentence = run(owner.as_role(role, "right"), command)
    assert says in sentence
    assert "the owner" in sentence
    assert "docs/operations.md" in sentence


def test_a_new_database_in_which_we_may_make_nothing(run: Run, role: str, postgres_server: postgres.Server) -> None:
    with postgres_server.fresh(migrated=False) as url:
        sentence = run(Owner(make_url(url)).as_role(role, "right"), "db upgrade")
    assert "permission denied for schema public" in sentence


@pytest.mark.parametrize("command", ["run", "db check"])
def test_a_database_that_is_read_only(run: Run, owner: Owner, postgres_url: str, command: str) -> None:
    owner.say("ALTER DATABASE {name} SET default_transaction_read_only = on", name=str(owner.url.database))
    sentence = run(postgres_url, command)
    assert " is read-only: cannot execute UPDATE in a read-only transaction." in sentence
    assert "default_transaction_read_only" in sentence


def test_a_new_database_that_is_read_only(run: Run, postgres_server: postgres.Server) -> None:
    with postgres_server.fresh(migrated=False) as url:
        there = Owner(make_url(url))
        there.say("ALTER DATABASE {name} SET default_transaction_read_only = on", name=str(there.url.database))
        for command in COMMANDS[::2]:
            assert " is read-only: cannot execute CREATE TABLE in a read-only transaction" in run(url, command)


@pytest.mark.parametrize("command", COMMANDS)
def test_another_programs_database_is_left_as_it_is(run: Run, postgres_server: postgres.Server, command: str) -> None:
    with postgres_server.fresh(migrated=False) as url:
        there = Owner(make_url(url))
        there.say("CREATE TABLE albums (name text)")
        sentence = run(url, command)
    assert "is no database of Mockingbird: it holds the tables of something else (albums)" in sentence


def test_an_older_database_is_told_the_way_up(run: Run, postgres_url: str) -> None:
    there = database.connect(postgres_url)
    migrate.downgrade(there, "0006")
    there.dispose()
    sentence = run(postgres_url, "db check")
    assert sentence == (f"The database has version 0006, this Mockingbird needs {migrate.head()}: run mockingbird db "
                        "upgrade.")  # fmt: skip


def test_a_table_that_somebody_holds_is_not_waited_for_without_end(
    run: Run, owner: Owner, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = database.connect(postgres_url)
    migrate.downgrade(there, "0006")
    there.dispose()
    monkeypatch.setattr(migrate, "IN_THE_WAY", 100)
    plain = _plain(owner.url.render_as_string(hide_password=False))
    with psycopg.connect(plain) as holds:
        holds.execute("LOCK TABLE deliveries IN ACCESS SHARE MODE")
        sentence = run(postgres_url, "db upgrade")
    assert "is in use by something that holds it for long" in sentence
    assert "Nothing was changed; try again" in sentence
    assert "has version 0006" in run(postgres_url, "db check")


@pytest.mark.parametrize("platform", ["slack", "discord"])
def test_the_doctor_says_the_same(
    owner: Owner, guarded: str, platform: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    tmp_path: Path
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", owner.as_role(guarded, SECRET))
    for name, value in (("SLACK_BOT_TOKEN", "xoxb-1"), ("SLACK_APP_TOKEN", "xapp-1"), ("DISCORD_TOKEN", "MQ.x.y")):
        monkeypatch.setenv(f"MOCKINGBIRD_{name}", value)
    for name in ("SLACK_API_URL", "DISCORD_API_URL"):
        monkeypatch.setenv(f"MOCKINGBIRD_{name}", f"http://127.0.0.1:{_free_port()}/api/")
    with pytest.raises(SystemExit):
        main(["doctor", platform])
    out, err = capsys.readouterr()
    assert re.search(r"^wrong  database: PostgreSQL at .* the password in DATABASE_URL is wrong", out, re.MULTILINE)
    assert SECRET not in out + err


# SQLite ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def service(tmp_path: Path, catalog: Catalog) -> Iterator[Service]:
    service = Service(f"sqlite:///{tmp_path / 'bot.db'}", catalog, WallClock(), {"web": RecordingPlatform()})
    yield service
    service.close()


@pytest.mark.parametrize("command", [*COMMANDS, "run clock", "db downgrade"])
def test_a_file_that_another_process_runs_on(service: Service, run: Run, command: str) -> None:
    assert run("sqlite:///bot.db", command).startswith("Another Mockingbird is running on bot.db")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_another_program_writes_to(
    service: Service, run: Run, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.close()
    monkeypatch.setattr("bot.store.writer.BUSY", 50)
    shell = subprocess.Popen(
        [sys.executable, "-c", "import sqlite3; c = sqlite3.connect('bot.db'); c.execute('BEGIN IMMEDIATE'); print('.', "
         "flush=True); input()"], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert shell.stdout is not None
    shell.stdout.readline()
    sentence = run("sqlite:///bot.db", command)
    shell.communicate("\n")
    assert sentence.startswith("The database bot.db is held by another program")


@contextmanager
def _nobody() -> Iterator[None]:
    """As another user, where we are root: root may write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("which", ["file", "folder"])
def test_a_file_that_this_user_may_only_read(
    run: Run, catalog: Catalog, monkeypatch: pytest.MonkeyPatch, which: str, command: str
) -> None:
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as writable:
        folder = Path(name)
        Service(f"sqlite:///{folder / 'bot.db'}", catalog, WallClock(), {"web": RecordingPlatform()}).close()
        (folder / "bot.db.lock").unlink()
        (folder / "bot.db").chmod(0o444)
        folder.chmod(0o777 if which == "file" else 0o555)
        Path(writable).chmod(0o777)
        monkeypatch.chdir(writable)  # where the playground's file goes
        with _nobody():
            sentence = run(f"sqlite:///{folder / 'bot.db'}", command)
        folder.chmod(0o755)
    assert sentence.startswith(f"The database {folder / 'bot.db'} cannot be written: ")
    assert sentence.endswith("or change DATABASE_URL.")


# The clock -------------------------------------------------------------------------------------------------------


async def _set_up(service: Service) -> None:
    setup = Submit(
        "1", PEOPLE["ana"], Place("web", "home", "prep"), ActionId("group.setup", "two-weeks"), setup_values()
    )
    await service.bot.engine.handle(setup)
    service.close()


def _start(url: str, catalog: Catalog, at: datetime, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Start at an instant; what the log says of it."""
    caplog.clear()
    with caplog.at_level(logging.WARNING, "mockingbird.store"):
        Service(url, catalog, FrozenClock(at), {"web": RecordingPlatform()}).close()
    return [record.getMessage() for record in caplog.records if record.name == "mockingbird.store"]


def test_a_clock_that_lies_before_what_the_database_saw_is_told(
    tmp_path: Path, catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    asyncio.run(_set_up(Service(url, catalog, FrozenClock(NOW), {"web": RecordingPlatform()})))
    [line] = _start(url, catalog, NOW - timedelta(hours=1), caplog)
    assert line.startswith(
        "this machine's clock shows 2026-09-01 05:00 UTC, 60 minutes before the last that the database saw"
    )
    assert "NTP" in line
    for fine in (NOW - timedelta(minutes=4), NOW, NOW + timedelta(days=400)):
        assert _start(url, catalog, fine, caplog) == []


def test_on_postgresql_it_is_the_databases_clock_that_counts(
    postgres_url: str, catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    ahead = WallClock().now() + timedelta(hours=2)
    asyncio.run(_set_up(Service(postgres_url, catalog, FrozenClock(ahead), {"web": RecordingPlatform()})))
    [line] = _start(postgres_url, catalog, ahead, caplog)
    assert re.match(r"the database's clock shows .*, 1\d\d minutes before the last that the database saw", line)


def test_a_service_is_refused_by_the_same_sentences(catalog: Catalog) -> None:
    with pytest.raises(StoreError, match=r"PostgreSQL at 127\.0\.0\.1:1 does not answer"):
        Service(f"postgresql://me:{SECRET}@127.0.0.1:1/bot", catalog, WallClock(), {})
