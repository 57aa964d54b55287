"""`mockingbird outbox`: what is stuck, in doubt, unresolved or given up, and what an operator makes of it while the bot
runs."""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import update
from sqlalchemy.engine import make_url

from adapters.cli import main
from bot.bootstrap import Service
from bot.catalog import Catalog
from bot.clock import WallClock
from bot.core.errors import DeliveryFailed
from bot.core.events import Place, Submit
from bot.core.ports import Scope
from bot.core.ui import ActionId, Card
from bot.patience import LEASE
from bot.store import database
from bot.store.tables import deliveries
from bot.store.work import SqlWork
from bot.testing import PEOPLE, FrozenClock, RecordingPlatform, setup_values
from tests.claiming import claimed

T = TypeVar("T")
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
POSTGRES = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
PREP = Place("web", "home", "prep")
UNKNOWABLE = DeliveryFailed("the history cannot be read", unknowable=True)
GONE = DeliveryFailed("no such channel", permanent=True)


@dataclass
class Desk:
    """A bot that runs on a file, and an operator beside it."""

    service: Service
    platform: RecordingPlatform
    clock: FrozenClock
    capsys: pytest.CaptureFixture[str]

    def bot(self, job: Callable[[SqlWork], T]) -> T:
        return asyncio.run(self.service.bot.store.run(job))

    def live(self, **span: float) -> None:
        """Let the running bot work on for a time."""
        asyncio.run(self.service.bot.advance(self.clock, self.clock.now() + timedelta(**span)))

    def owe(self, *keys: str, **more: Any) -> None:
        def add(work: SqlWork) -> None:
            for key in keys:
                work.outbox.add(PREP, Card(f"Card {key}"), key=key, **more)

        self.bot(add)

    def run(self, arguments: str) -> tuple[int, str]:
        """The command's exit status and what it printed."""
        with pytest.raises(SystemExit) as end:
            main(["outbox", *arguments.split()])
        out, err = self.capsys.readouterr()
        return int(end.value.code or 0), (out + err).strip()

    def states(self) -> dict[str, int]:
        return self.bot(lambda work: work.deliveries.counts())

    def posted(self) -> list[str]:
        return [posting.parcel.key for posting in self.platform.to("prep")]

    def unresolved(self, *keys: str) -> None:
        """The first of these may have landed and cannot be looked up."""
        self.platform.lost_answers, self.platform.blind = 1, [UNKNOWABLE]
        self.owe(*keys)
        self.live(seconds=LEASE.total_seconds() + 1)


@pytest.fixture
def desk(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    catalog: Catalog,
) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    platform, clock = RecordingPlatform(), FrozenClock(WallClock().now())
    service = Service(database_url, catalog, clock, {"web": platform})
    yield Desk(service, platform, clock, capsys)
    service.close()


def test_where_all_is_well_it_says_so(desk: Desk) -> None:
    desk.owe("a", "b")
    desk.live(seconds=1)
    assert desk.run("") == (0, "Nothing is stuck, in doubt or given up.")


def test_an_unresolved_message_is_shown_with_all_that_finds_it_and_ends_with_a_status_of_its_own(desk: Desk) -> None:
    desk.unresolved("daily:1:2026-09-01")
    status, shown = desk.run("")
    assert status == 1
    assert shown.startswith("1 unresolved: ")
    for part in ("daily:1:2026-09-01", "'Card daily:1:2026-09-01'", "web home prep", "2 tries", "the history cannot be",
                 "UTC", "mockingbird outbox"):  # fmt: skip
        assert part in shown


def test_what_failed_is_stuck_or_in_doubt_is_shown_by_kind_and_the_latest_of_many_first(desk: Desk) -> None:
    desk.platform.faults = [GONE] * 25
    desk.owe(*(f"lost:{number:02}" for number in range(25)))
    desk.live(seconds=1)
    desk.platform.faults = [DeliveryFailed("no answer", doubtful=True)]
    desk.owe("doubt", "behind")
    desk.live(seconds=1)
    desk.bot(lambda work: work.outbox.add(Place("elsewhere", "home", "prep"), Card("x"), key="stuck"))
    hour_ago = update(deliveries).where(deliveries.c.key.in_(["stuck", "behind"]))
    hour_ago = hour_ago.values(due=desk.clock.now() - timedelta(hours=1))
    desk.bot(lambda work: work._connection.execute(hour_ago).rowcount)
    status, shown = desk.run("")
    assert status == 0
    heads = [line.split(":")[0] for line in shown.splitlines() if not line.startswith(" ")]
    assert heads == ["1 in doubt", "2 pending too long", "25 failed"]
    assert "lost:24" in shown
    assert "lost:04" not in shown
    assert "and 5 more: --all shows them" in shown
    assert "lost:00" in desk.run("--all")[1]


def test_one_that_is_not_there_is_sent_again_in_its_place_with_what_belongs_to_it(desk: Desk) -> None:
    desk.platform.faults, desk.platform.blind = [DeliveryFailed("no answer", doubtful=True)], [UNKNOWABLE]

    def family(work: SqlWork) -> None:
        work.outbox.add(PREP, Card("Post"), key="post", thread="A thread")
        work.outbox.add(PREP, Card("Reply"), key="reply", under="post")
        work.outbox.edit("reply", Card("Reply, edited"), key="edit")

    desk.bot(family)
    desk.live(minutes=5)
    assert desk.states() == {"unresolved": 1, "failed": 2}
    status, said = desk.run("again post")
    assert status == 0
    assert said == ("post is sent again, and 2 that belong to it with it. The running bot looks within 30 seconds.")
    desk.live(minutes=1)
    assert desk.states() == {"sent": 3}
    assert desk.posted() == ["post", "reply"]
    assert [face.title for face in desk.platform.to("prep")[1].faces] == ["Reply", "Reply, edited"]


def test_what_has_no_time_left_is_sent_all_the_same_where_the_operator_wants_it(desk: Desk) -> None:
    desk.platform.faults = [DeliveryFailed("slow down", retry_after=600.0)]
    desk.owe("daily", until=desk.clock.now() + timedelta(minutes=5))
    desk.live(hours=1)
    assert desk.states() == {"failed": 1}
    desk.run("again daily")
    desk.live(minutes=1)
    assert desk.posted() == ["daily"]


def test_one_that_is_there_is_settled_and_not_sent_again(desk: Desk) -> None:
    desk.unresolved("a", "b")
    assert desk.run("landed a") == (0, "a counts as sent.")
    desk.live(hours=10)
    assert (desk.posted(), desk.states()) == (["a", "b"], {"sent": 2})


def test_with_its_id_the_thread_of_a_daily_post_that_landed_goes_on(desk: Desk) -> None:
    setup = Submit("1", PEOPLE["ana"], PREP, ActionId("group.setup", "two-weeks"), setup_values() | {
        "zone": "UTC", "post_at": f"{desk.clock.now() + timedelta(minutes=10):%H:%M}"})  # fmt: skip
    asyncio.run(desk.service.bot.engine.handle(setup))
    desk.live(seconds=1)
    desk.platform.lost_answers, desk.platform.blind = 1, [UNKNOWABLE]
    desk.live(minutes=15)
    [daily] = desk.platform.keyed("daily:")
    with_answers = desk.clock.now() + timedelta(hours=25)
    asyncio.run(desk.service.bot.advance(desk.clock, with_answers))
    assert desk.platform.keyed("closed:") == []
    assert "1 that belong to it stay given up" in desk.run(f"landed {daily.parcel.key}")[1]
    desk.live(hours=1)
    assert desk.platform.keyed("closed:") == []
    status, said = desk.run(f"landed {daily.parcel.key} --message {daily.id}")
    assert status == 0
    assert f"as message {daily.id}, and 1 that belong to it with it" in said
    desk.live(minutes=1)
    assert len(desk.platform.keyed("closed:")) == 1
    assert "nothing to do" in desk.run(f"landed {daily.parcel.key} --message another")[1]


def test_the_round_of_a_post_that_was_seen_there_knows_its_thread(desk: Desk) -> None:
    setup = Submit("1", PEOPLE["ana"], PREP, ActionId("group.setup", "two-weeks"), setup_values() | {
        "zone": "UTC", "post_at": f"{desk.clock.now() + timedelta(minutes=10):%H:%M}"})  # fmt: skip
    asyncio.run(desk.service.bot.engine.handle(setup))
    desk.live(seconds=1)
    desk.platform.lost_answers, desk.platform.blind = 1, [UNKNOWABLE]
    desk.live(hours=26)
    daily = desk.platform.keyed("daily:")[0]
    status, said = desk.run(f"landed {daily.parcel.key} --message {daily.id}")
    assert status == 0
    assert f"as message {daily.id}, and 1 that belong to it with it" in said
    round = desk.bot(lambda work: work.rounds.round(1))
    assert round is not None
    assert round.thread == daily.id
    desk.live(minutes=1)
    [closed] = desk.platform.keyed("closed:")
    assert closed.place.thread == daily.id


def test_what_may_be_read_by_now_is_looked_up_once_more(desk: Desk) -> None:
    desk.unresolved("a")
    assert desk.run("look a")[0] == 0
    desk.live(minutes=5)
    assert (desk.posted(), desk.states()) == (["a"], {"sent": 1})


def test_while_another_message_is_under_way_to_the_channel_nothing_is_looked_up_beside_it(desk: Desk) -> None:
    desk.unresolved("a")
    desk.owe("b")
    now = desk.clock.now() + timedelta(hours=1)  # the running bot's lease has run out
    desk.clock.set(now)
    assert len(desk.bot(lambda work: claimed(work, now, now + LEASE, "another"))) == 1
    assert desk.run("look a") == (
        1,
        "mockingbird: look: a waits until what is under way to its channel has landed: try again in a moment.",
    )


def test_what_is_dropped_is_neither_sent_nor_listed_and_counts_as_lost(desk: Desk) -> None:
    desk.unresolved("a")
    assert "is dropped" in desk.run("drop a")[1]
    desk.live(hours=10)
    assert desk.states() == {"dropped": 1}
    assert desk.run("") == (0, "Nothing is stuck, in doubt or given up.")
    assert desk.bot(lambda work: work.outbox.lost("a"))


def test_one_that_blocks_its_lane_can_be_taken_out_of_it(desk: Desk) -> None:
    desk.platform.faults = [DeliveryFailed("slow down", retry_after=6_000.0)]
    desk.owe("a", "b")
    desk.live(minutes=1)
    desk.run("drop a")
    desk.live(minutes=1)
    assert desk.posted() == ["b"]


def test_who_has_a_message_under_way_while_the_operator_settles_it_settles_nothing(desk: Desk) -> None:
    now = desk.clock.now()
    desk.owe("a")
    [claim] = desk.bot(lambda work: claimed(work, now, now + LEASE, "another"))
    desk.run("drop a")
    assert not desk.bot(lambda work: work.deliveries.failed(claim, "late"))
    assert desk.states() == {"dropped": 1}


@POSTGRES
def test_what_a_landing_tells_waits_for_whoever_has_the_workspace(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.unresolved("a")
    url = make_url(os.environ["DATABASE_URL"]).update_query_dict({"options": "-c lock_timeout=100"})
    monkeypatch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))
    engine = database.connect(os.environ["DATABASE_URL"])
    with engine.begin() as connection:
        database.alone(connection, Scope.of(PREP))
        status, said = desk.run("landed a --message m7")
    engine.dispose()
    assert (status, desk.states()) == (1, {"unresolved": 1})
    assert "The database does not answer" in said
    assert desk.run("landed a --message m7")[0] == 0


@pytest.mark.parametrize(("arguments", "said"), [
    ("again nothing", "There is no message with the key 'nothing'"),
    ("again sent", "again: sent was sent already, as message m1: there is nothing to do."),
    ("landed sent", "landed: sent was sent already"),
    ("look lost", "look: lost was given up"),
    ("again waits", "again: waits waits to be sent, and goes by itself"),
    ("again doubt", "again: doubt is under way or in doubt, and is looked up by itself"),
    ("drop gone", "drop: gone was dropped"),
])  # fmt: skip
def test_a_key_that_is_unknown_or_in_another_state_is_a_sentence_and_changes_nothing(
    desk: Desk, arguments: str, said: str
) -> None:
    desk.owe("sent")
    desk.live(seconds=1)
    desk.platform.faults = [GONE, GONE, DeliveryFailed("no answer", doubtful=True)]
    desk.owe("lost", "gone", "doubt", "waits")
    desk.live(seconds=1)
    desk.run("drop gone")
    before = desk.states()
    status, told = desk.run(arguments)
    assert status == 1
    assert told.startswith(f"mockingbird: {said}")
    assert desk.states() == before


@SQLITE
def test_while_somebody_holds_the_database_it_says_so_and_changes_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.writer.BUSY", 50)
    desk.unresolved("a")
    with closing(sqlite3.connect("mockingbird.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        status, said = desk.run("drop a")
        assert desk.run("")[1].startswith("1 unresolved")  # reading needs no lock
        other.execute("ROLLBACK")
    assert status == 1
    assert "The database does not answer" in said
    assert "database is locked" in said
    assert desk.states() == {"unresolved": 1}


@SQLITE
def test_a_database_that_is_not_there_or_of_another_version_is_a_sentence(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///other.db")
    status, said = desk.run("")
    assert (status, said) == (1, "mockingbird: There is no database other.db yet. See DATABASE_URL.")
    Path("other.db").touch()
    assert "mockingbird db check" in desk.run("")[1]
