"""The `mockingbird` command: help that a newcomer understands, honest exit statuses, one sentence for each fault."""

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.cli import main
from bot.bootstrap import Service
from bot.catalog import KINDS, TOPICS, Catalog
from bot.clock import WallClock
from bot.content import HOME
from bot.store import migrate
from bot.testing import RecordingPlatform

COMMANDS = ("run", "demo", "simulate", "db", "db upgrade", "db downgrade", "db check", "content", "content check",
            "content stats", "content new", "outbox", "outbox again", "outbox look", "outbox landed",
            "outbox drop")  # fmt: skip


@dataclass(frozen=True)
class Ended:
    status: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one line that says what is wrong."""
        assert self.status == 1, self
        assert not self.out, self
        [line] = self.err.splitlines()
        assert line.startswith("mockingbird: ")
        assert line.endswith(".")
        return line


Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command, in an empty folder and with no settings but those given."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("MOCKINGBIRD_") or name in ("PORT", "DATABASE_URL")]:
        monkeypatch.delenv(name)

    def run(arguments: str, **environment: str) -> Ended:
        with monkeypatch.context() as patched:
            for name, value in environment.items():
                patched.setenv(name, value)
            with pytest.raises(SystemExit) as end:
                main(arguments.split())
        out, err = capsys.readouterr()
        return Ended(end.value.code if isinstance(end.value.code, int) else -1, out, err)

    return run


# Help ------------------------------------------------------------------------------------------------------------


def test_the_help_says_what_this_is_where_to_start_and_what_each_command_does(run: Run) -> None:
    shown = run("--help")
    assert shown.status == 0
    assert "study-group bot" in shown.out
    assert "mockingbird demo" in shown.out
    for command in COMMANDS:
        if " " not in command:
            assert re.search(rf"^    {command} +[A-Z].{{20}}", shown.out, re.MULTILINE), command


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself_and_its_arguments(run: Run, command: str) -> None:
    shown = run(f"{command} --help")
    assert (shown.status, shown.err) == (0, "")
    usage, about = shown.out.split("\n\n")[:2]
    assert usage.startswith(f"usage: mockingbird {command}")
    assert about.endswith(".")
    for option in re.findall(r"--[a-z]+", usage):
        assert re.search(rf"^  {option}.*\w", shown.out, re.MULTILINE), option
    assert not re.search(r"\b(None|Namespace|TODO|==)\b", shown.out)


def test_help_tells_the_limits_that_hold(run: Run) -> None:
    shown = run("simulate --help").out
    for option, limits in (("members", "2 to 40"), ("days", "1 to 60")):
        assert limits in shown
        least, most = (int(number) for number in limits.split(" to "))
        for wrong in (least - 1, most + 1):
            refused = run(f"simulate --{option} {wrong}")
            assert refused.status == 2
            assert limits in refused.err


@pytest.mark.parametrize("wrong", ["", "nonsense", "db", "db nonsense", "content", "run nowhere", "simulate --seed x"])
def test_a_command_that_is_none_ends_with_2_and_shows_how_it_is_used(run: Run, wrong: str) -> None:
    ended = run(wrong)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("usage: mockingbird")


# Settings and content --------------------------------------------------------------------------------------------


def test_every_wrong_setting_is_named_before_anything_is_made(run: Run, tmp_path: Path) -> None:
    ended = run("run", PORT="many", DATABASE_URL="nonsense", MOCKINGBIRD_TOKEN="x")
    assert (ended.status, ended.out) == (1, "")
    for name in ("PORT", "DATABASE_URL", "MOCKINGBIRD_TOKEN"):
        assert name in ended.err
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_named_before_anything_starts(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = run("run", PORT=str(port)).sentence
    assert f"PORT: http://127.0.0.1:{port} cannot be had (Address already in use). Choose another" in sentence
    assert list(tmp_path.iterdir()) == []


def test_a_playground_that_cannot_be_written_is_named(run: Run) -> None:
    assert "MOCKINGBIRD_PLAYGROUND: /nowhere/p.db" in run("run", MOCKINGBIRD_PLAYGROUND="/nowhere/p.db").sentence


def test_content_without_a_fault_is_counted(run: Run, catalog: Catalog) -> None:
    checked, counted = run("content check"), run("content stats")
    assert (checked.status, counted.status) == (0, 0)
    assert checked.out.startswith(f"{len(catalog.questions)} questions")
    for topic, name in TOPICS.items():
        [line] = [line for line in counted.out.splitlines() if line.startswith(f"| {name} ")]
        assert int(line.split("|")[2]) == len(catalog.by_topic[topic])


def test_a_new_question_is_made_to_fill_in_and_every_gap_is_named(run: Run, tmp_path: Path) -> None:
    for kind in KINDS:
        made = run(f"content new {kind} framing our-{kind}", MOCKINGBIRD_CONTENT=str(tmp_path))
        assert made.status == 0
        assert made.out.startswith(str(tmp_path / "questions" / "framing" / f"our-{kind}.md"))
    again = run("content new case framing our-case", MOCKINGBIRD_CONTENT=str(tmp_path))
    assert "is there already" in again.sentence
    faults = run("content check", MOCKINGBIRD_CONTENT=str(tmp_path)).err.splitlines()[:-1]
    assert {fault.split(":")[0].rpartition("/")[2] for fault in faults} == {f"our-{kind}.md" for kind in KINDS}
    for key in ("title", "tests", "key_points", "hints", "follow_ups", "text"):
        assert sum(f": {key}: is still to be filled in" in fault for fault in faults) >= len(KINDS)


@pytest.mark.parametrize("id", ["Our", "our_own", "our--own", "x" * 61])
def test_an_id_that_no_file_can_have_is_refused(run: Run, id: str) -> None:
    assert run(f"content new case framing {id}").status == 2


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of what we ship, to be broken."""
    return Path(shutil.copytree(HOME, tmp_path / "broken"))


def _change(path: Path, before: str, after: str) -> int:
    """Change the first line that holds `before`; its number."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    number = next(number for number, line in enumerate(lines) if before in line)
    lines[number] = lines[number].replace(before, after)
    path.write_text("".join(lines), encoding="utf-8")
    return number + 1


def test_every_fault_of_the_content_is_named_at_once_with_its_file_and_line(run: Run, content: Path) -> None:
    question = "questions/coding/gini-best-split.md"
    level = _change(content / question, "level:", "levle:")
    minutes = _change(content / question, "minutes:", "minutes: 9")
    other = "questions/llms/lora-size-and-three-requests.md"
    flag = _change(content / other, "flag:", "flag: un")
    (content / "questions/statistics/two-detectors-for-rare-bots.md").write_text("No front matter.")
    (content / "rubrics/kinds.yaml").write_text("rubrics:\n  concept: [depth\n")
    (content / "guides/resume-drill.yaml").write_bytes(b"\xff\xfe")
    ended = run("content check", MOCKINGBIRD_CONTENT=str(content))
    assert (ended.status, ended.out) == (1, "")
    *faults, total = ended.err.splitlines()
    assert total == f"{len(faults)} fault(s) in the content."
    assert all(re.fullmatch(r"broken/[\w/-]+\.(md|yaml):\d+: .+", fault) for fault in faults)
    for place, fault in (
        (f"{question}:{level}", "levle"),
        (f"{question}:{minutes}", "minutes"),
        (f"{other}:{flag}", "flag"),
        ("questions/statistics/two-detectors-for-rare-bots.md:1", "front matter"),
        ("rubrics/kinds.yaml:3", "no YAML"),
        ("guides/resume-drill.yaml:1", "UTF-8"),
    ):
        assert any(line.startswith(f"broken/{place}: ") and fault in line for line in faults), place


def test_nothing_runs_on_broken_content(run: Run, content: Path, tmp_path: Path) -> None:
    (content / "plans/two-weeks.yaml").write_text("- not a plan\n")
    for command in ("run", "demo", "simulate"):
        ended = run(command, MOCKINGBIRD_CONTENT=str(content))
        assert ended.status == 1
        assert "broken/plans/two-weeks.yaml:1: " in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["broken"]


# The simulation --------------------------------------------------------------------------------------------------


def test_a_simulation_prints_its_counts_as_json_and_nothing_else(run: Run) -> None:
    ended = run("simulate --members 2 --days 2 --seed 5 --json")
    assert (ended.status, ended.err) == (0, "")
    counts = json.loads(ended.out)
    assert set(counts) >= {
        "daily_posts", "answers", "reviews_dealt", "reviews_done", "backfilled", "answers_without_review",
        "double_posts", "undelivered", "max_pair_repeats", "review_load_gap",
    }  # fmt: skip
    assert (counts["daily_posts"], counts["double_posts"], counts["undelivered"], counts["broken"]) == (2, 0, 0, [])


def test_a_simulation_tells_its_story_and_that_all_held(run: Run) -> None:
    ended = run("simulate --members 2 --days 1 --seed 5")
    assert (ended.status, ended.err) == (0, "")
    assert re.search(r"^Mon 31 Aug 08:00 .*#prep: ", ended.out, re.MULTILINE)
    assert "daily posts: 1" in ended.out
    assert ended.out.rstrip().endswith("Every invariant holds.")


# The database ----------------------------------------------------------------------------------------------------


@pytest.fixture
def database(run: Run, tmp_path: Path) -> Path:
    """An upgraded database under its usual name."""
    assert run("db upgrade").status == 0
    return tmp_path / "mockingbird.db"


def _tables(path: Path) -> set[str]:
    return {row[0] for row in _query(path, "select name from sqlite_master where type = 'table'")}


def _query(path: Path, *statements: str) -> list[tuple[str, ...]]:
    connection = sqlite3.connect(path)
    try:
        found: list[tuple[str, ...]] = []
        for statement in statements:
            found = connection.execute(statement).fetchall()
        connection.commit()
        return found
    finally:
        connection.close()


def test_a_new_database_is_missing_until_it_is_upgraded(run: Run, tmp_path: Path) -> None:
    assert "run mockingbird db upgrade" in run("db check").sentence
    upgraded, checked = run("db upgrade"), run("db check")
    assert (upgraded.status, checked.status, upgraded.err, checked.err) == (0, 0, "", "")
    assert f"version {migrate.head()}" in upgraded.out
    assert f"version {migrate.head()}" in checked.out
    assert "deliveries" in _tables(tmp_path / "mockingbird.db")


def test_a_database_goes_down_and_up_again(run: Run, database: Path) -> None:
    down = run("db downgrade base")
    assert (down.status, down.err) == (0, "")
    assert "deliveries" not in _tables(database)
    assert run("db check").status == 1
    assert run("db upgrade").status == 0
    assert run("db check").status == 0


def test_a_version_that_is_no_way_back_is_refused_with_those_that_are(run: Run, database: Path) -> None:
    assert f"There are {migrate.head()}" in run("db downgrade nonsense").sentence
    run("db downgrade base")
    for wrong in ("", "head"):
        assert "cannot go back" in run(f"db downgrade {wrong}").sentence


@pytest.mark.parametrize("command", ["db check", "db upgrade", "db downgrade", "run"])
def test_a_database_of_a_newer_version_is_left_as_it_is(run: Run, database: Path, command: str) -> None:
    _query(database, "update alembic_version set version_num = '9999', serves = '9999'")
    sentence = run(command).sentence
    assert "9999" in sentence
    assert "newer" in sentence
    assert "backup" in sentence
    assert "deliveries" in _tables(database)


@pytest.mark.parametrize("command", ["db check", "db upgrade", "db downgrade", "run"])
def test_a_file_that_is_no_database_is_left_as_it_is(run: Run, tmp_path: Path, command: str) -> None:
    letter = "Dear Ana, this is no database, and it is long enough to be taken for one. " * 20
    (tmp_path / "letter.txt").write_text(letter)
    sentence = run(command, DATABASE_URL="sqlite:///letter.txt").sentence
    assert "no database of Mockingbird" in sentence
    assert "DATABASE_URL" in sentence
    assert (tmp_path / "letter.txt").read_text() == letter


@pytest.mark.parametrize("command", ["db check", "db upgrade", "run"])
def test_another_programs_database_is_left_as_it_is(run: Run, tmp_path: Path, command: str) -> None:
    _query(tmp_path / "photos.db", "create table albums (name text)", "create table groups (name text)")
    sentence = run(command, DATABASE_URL="sqlite:///photos.db").sentence
    assert "albums" in sentence
    assert "DATABASE_URL" in sentence
    assert _tables(tmp_path / "photos.db") == {"albums", "groups"}


@pytest.mark.parametrize("command", ["db check", "db upgrade", "db downgrade", "run"])
def test_a_database_that_cannot_be_written_is_named_with_what_to_do(run: Run, tmp_path: Path, command: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    for path in ("nowhere/bot.db", "folder", "file/bot.db", "/proc/bot.db"):
        sentence = run(command, DATABASE_URL=f"sqlite:///{path}").sentence
        assert path in sentence
        assert "cannot be written" in sentence
        assert "DATABASE_URL" in sentence


@pytest.fixture
def service(tmp_path: Path, catalog: Catalog) -> Iterator[Service]:
    service = Service(f"sqlite:///{tmp_path / 'mockingbird.db'}", catalog, WallClock(), {"web": RecordingPlatform()})
    yield service
    service.close()


def test_a_second_process_on_the_same_file_is_refused_until_the_first_one_ends(
    service: Service, run: Run, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "adapters", "db", "check"]
    environment = {**os.environ, "DATABASE_URL": "sqlite:///mockingbird.db", "PYTHONPATH": str(HOME.parent)}
    second = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr.startswith(
        "mockingbird: Another Mockingbird is running on mockingbird.db, and SQLite takes one"
    )
    assert "PostgreSQL" in second.stderr
    service.close()
    assert run("db check").status == 0


def test_the_other_door_leads_to_the_same_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "adapters", "--help"]
    shown = subprocess.run(command, cwd=HOME.parent, capture_output=True, text=True, check=False)
    assert shown.returncode == 0
    assert shown.stdout.startswith("usage: mockingbird ")
