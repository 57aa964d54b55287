"""What the storms share: the databases they rage on, and the table of what they did."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import postgres
from tests.chaos.storm import Lives, Outcome, nursery

COLUMNS = ("database", "workers", "kills", "posts", "edits", "429", "5xx", "lost answers", "slow", "late", "look-ups",
           "events twice", "lost", "doubled", "out of order")  # fmt: skip


@dataclass
class Ledger:
    """The storms of this run, a row each."""

    rows: list[tuple[str, ...]] = field(default_factory=list)

    def keep(self, name: str, outcome: Outcome) -> None:
        counts, verdict = outcome.account.counts, outcome.account.verdict()
        edits = sum(one.edit for one in outcome.account.effects)

        def many(*kinds: str) -> str:
            return str(sum(counts.get(kind, 0) for kind in kinds))

        posts = len(outcome.account.effects) - edits
        self.rows.append((
            name, str(outcome.plan.workers), str(outcome.counts["killed"]), str(posts), str(edits), many("limited"),
            many("refused", "failed"), many("lost", "dropped"), many("slow"), many("late"), many("searches"),
            many("events sent again", "events sent to two"), str(len(verdict.lost)), str(len(verdict.doubled)),
            str(len(verdict.disordered)),
        ))  # fmt: skip

    def lines(self) -> list[str]:
        """A table in Markdown."""
        rows = [COLUMNS, tuple("---" for _ in COLUMNS), *self.rows]
        widths = [max(len(row[number]) for row in rows) for number in range(len(COLUMNS))]
        return [
            "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
        ]


@pytest.fixture(scope="session")
def lives() -> Iterator[Lives]:
    """Where workers are born."""
    with nursery() as process:
        yield process


KEPT = pytest.StashKey[Ledger]()


@pytest.fixture(scope="session")
def ledger(pytestconfig: pytest.Config) -> Ledger:
    return pytestconfig.stash.setdefault(KEPT, Ledger())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    kept = config.stash.get(KEPT, None)
    if kept is not None and kept.rows:
        terminalreporter.section("storms")
        for line in kept.lines():
            terminalreporter.write_line(line)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a new database of the kind that the test asks for: sqlite or postgres."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bot.db'}"
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    with server.fresh() as url:
        yield url
