"""A deploy one process after the other: the present code on the schema of the next version, which is a tree of its own."""

import asyncio
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from adapters.cli import main
from bot.bootstrap import Service
from bot.catalog import Catalog
from bot.content import HOME
from bot.core.errors import StoreError
from bot.core.events import Place
from bot.drama import Drama
from bot.simulate import START, Board, Outcome, begin, go_on, outcome, simulate
from bot.store import database, migrate
from bot.testing import FrozenClock, RecordingPlatform

from . import postgres

EXPAND = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9001", "{head}", None, None
serves = "{head}"


def upgrade() -> None:
    op.add_column("groups", sa.Column("motto", sa.Text(), nullable=True))
    op.add_column("members", sa.Column("mood", sa.String(20), nullable=False, server_default="fine"))
    op.add_column("deliveries", sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.create_index("ix_answers_at", "answers", ["at"])
    op.create_table(
        "moods",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("group_id", sa.BigInteger(), sa.ForeignKey("groups.id", ondelete="CASCADE"), nullable=False),
        sa.Column("mood", sa.Text(), nullable=False, server_default="fine"),
    )


def downgrade() -> None:
    op.drop_table("moods")
    op.drop_index("ix_answers_at", "answers")
    for table, column in (("deliveries", "tries"), ("members", "mood"), ("groups", "motto")):
        op.drop_column(table, column)
"""
CONTRACT = """
from alembic import op

revision, down_revision, branch_labels, depends_on = "{revision}", "{before}", None, None
{serves}

def upgrade() -> None:
    op.drop_column("members", "load")


def downgrade() -> None:
    raise NotImplementedError
"""
Next = Callable[..., Path]
Run = Callable[[str, str], str]


@pytest.fixture
def next_version(tmp_path: Path) -> Next:
    """Makes the tree of a later version: ours, with these migrations more."""

    def make(**migrations: str) -> Path:
        tree = tmp_path / "later" / "-".join(migrations)
        for package in ("bot", "adapters"):
            shutil.copytree(HOME.parent / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
        (tree / "content").symlink_to(HOME)
        for name, source in migrations.items():
            (tree / "bot" / "store" / "versions" / f"{name}.py").write_text(f'"""{name}"""\n{source}')
        return tree

    return make


def expand() -> str:
    return EXPAND.format(head=migrate.head())


def contract(revision: str, before: str, serves: str = "") -> str:
    """A step that drops what the present code uses; unless told otherwise it serves nobody but its own version."""
    return CONTRACT.format(revision=revision, before=before, serves=f'serves = "{serves}"\n' if serves else "")


def upgrade(tree: Path, url: str, *command: str) -> "subprocess.CompletedProcess[str]":
    """`mockingbird db upgrade` of another version, in a process of its own."""
    environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(tree)}
    arguments = [sys.executable, "-m", "adapters", "db", *(command or ("upgrade",))]
    return subprocess.run(arguments, cwd=tree, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with the tables of the present code."""
    if request.param == "postgresql":
        server: postgres.Server = request.getfixturevalue("postgres_server")
        with server.fresh() as made:
            yield made
        return
    yield _file(tmp_path)


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The same in a file, for what does not depend on the database."""
    return _file(tmp_path)


def _file(folder: Path) -> str:
    made = f"sqlite:///{folder / 'bot.db'}"
    there = database.connect(made)
    migrate.upgrade(there)
    there.dispose()
    return made


def version(url: str) -> str:
    there = database.connect(url)
    try:
        return migrate.version(there)
    finally:
        there.dispose()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A command of the present code on a database; what it prints, with its exit status before it."""
    monkeypatch.chdir(tmp_path)

    def run(url: str, arguments: str) -> str:
        monkeypatch.setenv("DATABASE_URL", url)
        with pytest.raises(SystemExit) as end:
            main(arguments.split())
        out, err = capsys.readouterr()
        return f"{end.value.code} {out}{err}"

    return run


# Old code on a newer schema --------------------------------------------------------------------------------------


def test_the_present_code_starts_and_lives_on_the_next_versions_schema(
    url: str, next_version: Next, catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    done = upgrade(next_version(expand=expand()), url)
    assert (done.returncode, done.stdout) == (0, "The database has version 9001.\n"), done.stderr
    with caplog.at_level(logging.WARNING, "mockingbird.store"):
        lived = simulate(catalog, 4, 2, 9, url)
    [line] = [record.getMessage() for record in caplog.records if record.name == "mockingbird.store"]
    assert line.startswith(f"the database has version 9001 and this Mockingbird is of {migrate.head()}")
    assert lived.broken == []
    assert lived == simulate(catalog, 4, 2, 9)
    assert version(url) == "9001"


def test_a_process_that_runs_lives_on_while_another_one_upgrades_the_schema_under_it(
    postgres_url: str, next_version: Next, catalog: Catalog
) -> None:
    clock = FrozenClock(START)
    board = Board(clock)
    service = Service(postgres_url, catalog, clock, {"web": board})
    drama = Drama(service.bot, catalog, 9, 4, Place("web", "simulation", "prep"), board)

    async def live() -> Outcome:
        pairs = await begin(drama, START, 48)
        await go_on(drama, pairs, clock.set, START, range(1, 24))
        done = await asyncio.to_thread(upgrade, next_version(expand=expand()), postgres_url)
        assert done.returncode == 0, done.stderr
        await go_on(drama, pairs, clock.set, START, range(24, 49))
        return await outcome(drama, board, clock, 2)

    lived = asyncio.run(live())
    service.close()
    assert lived == simulate(catalog, 4, 2, 9)
    assert version(postgres_url) == "9001"


@pytest.mark.parametrize("command", ["db check", "db upgrade"])
def test_the_commands_of_the_present_code_know_that_they_are_served(
    file: str, next_version: Next, run: Run, command: str
) -> None:
    upgrade(next_version(expand=expand()), file)
    assert run(file, command).startswith("0 The database has version 9001")


def test_only_the_newer_code_takes_a_schema_back(file: str, next_version: Next, run: Run) -> None:
    tree = next_version(expand=expand())
    upgrade(tree, file)
    assert "only the newer one can take it back" in run(file, "db downgrade")
    assert version(file) == "9001"
    assert upgrade(tree, file, "downgrade").returncode == 0
    assert version(file) == migrate.head()
    assert run(file, "db check").startswith("0 ")


def test_the_present_code_is_refused_on_a_schema_that_does_not_serve_it(
    url: str, next_version: Next, run: Run, catalog: Catalog
) -> None:
    done = upgrade(next_version(contract=contract("9001", migrate.head())), url)
    assert done.returncode == 0, done.stderr
    for command in ("run", "db check", "db upgrade", "db downgrade"):
        answer = run(url, command)
        assert answer.startswith("1 mockingbird: The database has version 9001, which is newer than this Mockingbird")
        assert "Install the newer Mockingbird" in answer
    with pytest.raises(StoreError, match="newer"):
        Service(url, catalog, FrozenClock(START), {"web": RecordingPlatform()})


def test_a_step_that_serves_us_does_not_make_up_for_one_before_it_that_does_not(
    file: str, next_version: Next, run: Run
) -> None:
    later = contract("9001", migrate.head())
    kind = expand().replace('"9001"', '"9002"').replace(f'"{migrate.head()}", None', '"9001", None')
    upgrade(next_version(contract=later, expand=kind), file)
    assert "has version 9002, which is newer" in run(file, "db check")


def test_a_step_two_versions_on_that_drops_what_the_one_between_gave_up_serves_that_one_alone(
    file: str, next_version: Next, run: Run
) -> None:
    """Expand, then contract: 9001 stops using a column, and 9002 drops it."""
    tree = next_version(expand=expand(), contract=contract("9002", "9001", serves="9001"))
    assert upgrade(tree, file, "upgrade").returncode == 0
    assert "has version 9002, which is newer" in run(file, "db check")


def test_what_is_served_goes_back_with_the_schema(file: str, next_version: Next, run: Run) -> None:
    tree = next_version(expand=expand(), contract=contract("9002", "9001").replace("raise NotImplementedError", "pass"))
    upgrade(tree, file)
    assert run(file, "db check").startswith("1 ")
    assert upgrade(tree, file, "downgrade").returncode == 0
    assert run(file, "db check").startswith("0 The database has version 9001")


# New code beside old processes -----------------------------------------------------------------------------------


@contextmanager
def _running(url: str) -> Iterator[None]:
    """A process of Mockingbird on a database, as that sees it."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, application_name="mockingbird elsewhere 7"):
        yield


def test_an_upgrade_that_running_processes_could_not_live_with_waits_until_they_are_stopped(
    postgres_url: str, next_version: Next
) -> None:
    tree = next_version(contract=contract("9001", migrate.head()))
    with _running(postgres_url):
        refused = upgrade(tree, postgres_url)
    assert refused.returncode == 1
    assert "1 process(es) of Mockingbird run on version" in refused.stderr
    assert version(postgres_url) == migrate.head()
    assert upgrade(tree, postgres_url).returncode == 0


def test_an_upgrade_that_serves_the_running_processes_is_made_beside_them(
    postgres_url: str, next_version: Next
) -> None:
    with _running(postgres_url):
        done = upgrade(next_version(expand=expand()), postgres_url)
    assert done.returncode == 0, done.stderr
    assert version(postgres_url) == "9001"


def test_postgresql_knows_each_process_by_its_name(postgres_url: str) -> None:
    there = database.connect(postgres_url)
    with there.connect() as connection:
        name = str(connection.exec_driver_sql("SHOW application_name").scalar_one())
    there.dispose()
    assert name.startswith("mockingbird ")
    assert name.endswith(f" {os.getpid()}")


def test_processes_that_start_at_once_upgrade_once(postgres_server: postgres.Server, catalog: Catalog) -> None:
    async def start(url: str) -> None:
        def one() -> None:
            Service(url, catalog, FrozenClock(START), {"web": RecordingPlatform()}).close()

        await asyncio.gather(*(asyncio.to_thread(one) for _ in range(4)))

    with postgres_server.fresh(migrated=False) as url:
        asyncio.run(start(url))
        assert version(url) == migrate.head()


def test_every_migration_that_says_whom_it_serves_names_a_version_before_it() -> None:
    there = [path.stem[:4] for path in sorted((migrate.HOME / "versions").glob("0*.py"))]
    for revision in there:
        assert migrate.serves(revision) <= revision
