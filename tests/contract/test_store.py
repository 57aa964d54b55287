"""One suite over every store: a job is a savepoint, races have one winner, and the repositories keep their promises."""

import asyncio
import random
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.catalog import Catalog
from bot.core.errors import Refused
from bot.core.events import Ask, Fix, Person, Place, Quiet, Receipt, Replace, Reply, Show
from bot.core.ports import EVERYBODYS, Scope, Store
from bot.core.ui import ActionId, Card, Form, Said, TextField
from bot.group.rules import Absence, Group, Member, Settings
from bot.mock.rules import Recall, Wish
from bot.pair.rules import Made, Meeting, Request, Score
from bot.plan.rules import Run
from bot.review.rules import Assignment, Review
from bot.rounds.rules import Answer, Round
from bot.store import database, migrate
from bot.store.packed import Packed
from bot.store.pool import Pool
from bot.store.tables import members
from bot.store.work import SqlWork
from bot.store.writer import Writer, connect
from bot.testing import FrozenClock, MemoryStore
from tests.claiming import claimed

NOW = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
DAY = date(2026, 9, 1)
PREP = Place("web", "home", "prep")
CARD = Card("Hello")
TIMER = ActionId("plan.post", "1")
ANA, BEN, CHI = Person("ana", "Ana"), Person("ben", "Ben"), Person("chi", "Chi")


@dataclass(frozen=True)
class Home:
    """A group of three with a run, a round, an answer of the first member dealt to the second, a timer and a message."""

    group: Group
    members: list[Member]
    run: Run
    round: Round
    answer: Answer
    dealt: Assignment


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOW)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mockingbird.db"


@pytest.fixture
def writer(file: Path, clock: FrozenClock, catalog: Catalog) -> Iterator[Writer]:
    engine = connect(f"sqlite:///{file}")
    migrate.upgrade(engine)
    writer = Writer(engine, clock, catalog)
    yield writer
    writer.close()


@pytest.fixture
def pool(postgres_url: str, clock: FrozenClock, catalog: Catalog) -> Iterator[Pool]:
    pool = Pool(database.connect(postgres_url), clock, catalog)
    yield pool
    pool.close()


@pytest.fixture(params=["memory", "writer", "pool"])
def store(request: pytest.FixtureRequest, clock: FrozenClock, catalog: Catalog) -> Store[SqlWork]:
    if request.param == "memory":
        return MemoryStore(clock, catalog)
    served: Store[SqlWork] = request.getfixturevalue(request.param)
    return served


@pytest.fixture
async def home(store: Store[SqlWork]) -> Home:
    return await store.run(_settle_in)


def _settle_in(work: SqlWork) -> Home:
    group = work.groups.create(PREP, Settings("Europe/Berlin", time(8), (0, 1, 2, 3, 4), "two-weeks"))
    members = [work.groups.join(group, who, "Europe/Berlin") for who in (ANA, BEN, CHI)]
    run = work.plans.start(group.id, "two-weeks", DAY)
    round = work.rounds.open(group.id, "daily", "a-question", LATER, DAY, day=1, key="daily:1")
    answer = work.rounds.write(work.rounds.begun(round.id, members[0].id), "form", "an answer")
    dealt = work.reviews.deal(answer.id, members[1].id, LATER)
    assert dealt is not None
    work.timers.set(TIMER, NOW)
    work.outbox.add(PREP, CARD, key="hello")
    return Home(group, members, run, round, answer, dealt)


# Jobs ------------------------------------------------------------------------------------------------------------


def _sets(name: str, fault: Exception | None = None) -> Callable[[SqlWork], None]:
    def job(work: SqlWork) -> None:
        work.timers.set(ActionId("test.timer", name), NOW)
        if fault is not None:
            raise fault

    return job


def _timers(work: SqlWork) -> list[str]:
    return [one.action.arg for one in work.timers.take(NOW, 1_000)]


async def test_a_job_that_fails_undoes_its_own_work_alone_and_tells_its_caller(store: Store[SqlWork]) -> None:
    jobs = [_sets("a"), _sets("b", Refused("no")), _sets("c"), _sets("d", KeyError("d")), _sets("e")]
    faults = await asyncio.gather(*(store.run(job) for job in jobs), return_exceptions=True)
    assert [type(fault).__name__ for fault in faults] == ["NoneType", "Refused", "NoneType", "KeyError", "NoneType"]
    assert await store.run(_timers) == ["a", "c", "e"]


FAULTS: dict[str, Callable[[int], bool]] = {
    "all": lambda number: True,
    "the first": lambda number: number == 0,
    "the last": lambda number: number == 59,
    "one in three": lambda number: number % 3 == 1,
    "a swarm": lambda number: 20 <= number < 30,
    "at random": lambda number: random.Random(number).random() < 0.1,
}


@pytest.mark.parametrize("which", FAULTS)
async def test_of_many_jobs_those_that_fail_undo_their_own_work_alone_however_many_wait_together(
    store: Store[SqlWork], which: str
) -> None:
    fails, runs = FAULTS[which], Counter[int]()

    def job(number: int) -> Callable[[SqlWork], int]:
        def counts_what_stands(work: SqlWork) -> int:
            runs[number] += 1
            before = [one for some in work.timers.due(LATER, 1_000).values() for one in some]
            _sets(f"{number:02}", Refused(str(number)) if fails(number) else None)(work)
            work.outbox.add(PREP, CARD, key=str(number))
            return len(before)

        return counts_what_stands

    scopes = [EVERYBODYS if number % 7 == 6 else Scope("web", "home") for number in range(60)]
    if not store.serial:  # there it is the jobs of a workspace that wait together
        scopes = [Scope("web", "home")] * 60
    jobs = [store.run(job(number), scopes[number]) for number in range(60)]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    stood = [number for number in range(60) if not fails(number)]
    assert [number for number in range(60) if isinstance(results[number], Refused)] == [*filter(fails, range(60))]
    assert [results[number] for number in stood] == list(range(len(stood)))  # each saw the work of those before it
    assert await store.run(_timers) == [f"{number:02}" for number in stood]
    assert max(runs.values()) <= 2
    assert all(runs[number] == 1 for number in range(60) if scopes[number] == EVERYBODYS)


async def test_a_statement_that_the_database_refuses_spoils_no_other_job(store: Store[SqlWork]) -> None:
    def points_nowhere(work: SqlWork) -> None:
        work.timers.set(ActionId("test.timer", "lost"), NOW)
        work.groups.be_away(404, Absence(None, DAY, DAY))

    jobs = [_sets("a"), points_nowhere, _sets("b")]
    faults = await asyncio.gather(*(store.run(job) for job in jobs), return_exceptions=True)
    # The driver's own, or SQLAlchemy's around it.
    assert type(faults[1]).__name__ in ("IntegrityError", "ForeignKeyViolation")
    assert await store.run(_timers) == ["a", "b"]


async def test_a_part_of_a_job_that_stands_apart_undoes_itself_alone(store: Store[SqlWork]) -> None:
    def job(work: SqlWork) -> None:
        _sets("a")(work)
        with suppress(Refused), work.apart():
            _sets("b", Refused("no"))(work)
        with work.apart():
            _sets("c")(work)

    await store.run(job)
    assert await store.run(_timers) == ["a", "c"]


class Gate:
    """Holds the writer's thread in a job, so that what is asked for meanwhile waits together."""

    def __init__(self) -> None:
        self.entered, self.opened = threading.Event(), threading.Event()

    def __call__(self, work: SqlWork) -> None:
        self.entered.set()
        self.opened.wait(30)  # never so long: it ends a test that failed with the gate shut


async def _held(writer: Writer, gate: Gate) -> "asyncio.Task[None]":
    task = asyncio.create_task(writer.run(gate))
    await asyncio.to_thread(gate.entered.wait, 30)
    return task


async def _queued(writer: Writer, jobs: list[Callable[[SqlWork], Any]]) -> "list[asyncio.Task[Any]]":
    tasks = [asyncio.create_task(writer.run(job)) for job in jobs]
    await asyncio.sleep(0)  # now each stands in the queue
    return tasks


async def test_jobs_that_wait_share_one_commit(writer: Writer) -> None:
    commits: list[tuple[bool, bool]] = []
    writer.listeners.append(lambda outbox, timers: commits.append((outbox, timers)))
    gate = Gate()
    held = await _held(writer, gate)
    tasks = await _queued(writer, [_sets(str(number)) for number in range(100)])
    gate.opened.set()
    await asyncio.gather(held, *tasks)
    assert commits == [(False, True)]


async def test_jobs_that_arrive_one_after_the_other_share_one_commit_while_more_of_them_come(writer: Writer) -> None:
    commits: list[tuple[bool, bool]] = []
    writer.listeners.append(lambda outbox, timers: commits.append((outbox, timers)))
    tasks = []
    for number in range(10):
        tasks.append(asyncio.create_task(writer.run(_sets(str(number)))))
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert commits == [(False, True)]


async def test_a_stream_of_jobs_that_does_not_end_is_not_waited_for(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[tuple[bool, bool]] = []
    writer.listeners.append(lambda outbox, timers: commits.append((outbox, timers)))
    monkeypatch.setattr("bot.store.writer.GATHER", -1.0)  # it is over as soon as it begins
    streams = asyncio.Event()

    async def stream() -> list["asyncio.Task[None]"]:
        tasks: list[asyncio.Task[None]] = []
        while not streams.is_set():
            tasks.append(asyncio.create_task(writer.run(_sets(str(len(tasks))))))
            tasks[0].add_done_callback(lambda _: streams.set())
            await asyncio.sleep(0)
        return tasks

    async with asyncio.timeout(30):
        await asyncio.gather(*await stream())
    assert len(commits) > 1


async def test_no_job_is_answered_before_its_commit(writer: Writer) -> None:
    first, second = Gate(), Gate()
    held = await _held(writer, first)
    early, _ = tasks = await _queued(writer, [_sets("early"), second])
    first.opened.set()
    await held
    await asyncio.to_thread(second.entered.wait, 30)  # the early job ran, and shares its commit with the second gate
    await asyncio.sleep(0)
    answered = early.done()
    second.opened.set()
    await asyncio.gather(*tasks)
    assert not answered


async def test_what_was_answered_is_in_the_file(writer: Writer, file: Path) -> None:
    await writer.run(_sets("kept"))
    other = sqlite3.connect(file)
    assert other.execute("select action from timers").fetchall() == [("test.timer:kept",)]
    other.close()


async def test_a_caller_who_goes_away_loses_nothing_and_holds_nobody_up(writer: Writer) -> None:
    gate = Gate()
    held = await _held(writer, gate)
    gone, waits = await _queued(writer, [_sets("a"), _sets("b")])
    gone.cancel()
    gate.opened.set()
    async with asyncio.timeout(30):
        await asyncio.gather(held, waits)
    assert await writer.run(_timers) == ["a", "b"]


async def test_closing_finishes_what_waits(writer: Writer) -> None:
    tasks = await _queued(writer, [_sets(str(number)) for number in range(300)])
    writer.close()
    assert await asyncio.gather(*tasks) == [None] * 300


async def test_only_a_commit_that_owes_messages_or_moves_timers_wakes_anyone(writer: Writer) -> None:
    woken: list[tuple[bool, bool]] = []
    writer.listeners.append(lambda outbox, timers: woken.append((outbox, timers)))
    await writer.run(_timers)
    with pytest.raises(Refused):
        await writer.run(_sets("a", Refused("no")))
    assert not woken
    await writer.run(lambda work: work.outbox.add(PREP, CARD, key="a"))
    await writer.run(_sets("a"))
    assert woken == [(True, False), (False, True)]


# Rows ------------------------------------------------------------------------------------------------------------

ODD = 'Ana "\\" Ö \u2028 \U0001f600 \x01 {}[],'


async def test_a_group_and_its_member_are_read_alike_in_one_look_and_in_two(store: Store[SqlWork]) -> None:
    who, days = Person("ana'\"\\", ODD, zone="Europe/Zürich"), (0, 2, 6)
    settings = Settings("Europe/Berlin", time(8, 5), days, ODD[:20], 20, 40, 3, "never", True)
    await store.run(lambda work: work.groups.join(work.groups.create(PREP, settings), who, "Asia/Kathmandu"))

    def looks(work: SqlWork) -> tuple[object, object]:
        here = work.groups.here(PREP)
        return work.groups.at(PREP, who), (here, work.groups.seat(here, who))

    one, two = await store.run(looks)
    assert one == two
    group, member = await store.run(lambda work: work.groups.at(PREP, who))
    assert group is not None
    assert group.settings == settings
    assert member is not None
    assert (member.user, member.name, member.zone, member.joined) == (who.id, ODD, "Asia/Kathmandu", NOW)
    assert await store.run(lambda work: work.groups.at(PREP, BEN)) == (group, None)
    assert await store.run(lambda work: work.groups.at(Place("web", "home", "else"), who)) == (None, None)


def test_what_json_would_round_is_not_packed() -> None:
    with pytest.raises(TypeError, match="rounded"):
        Packed(members.c.load)


# Races -----------------------------------------------------------------------------------------------------------

RACES: dict[str, Callable[[SqlWork, Home], bool]] = {
    "a date for the daily post": lambda work, home: work.plans.claim_date(home.run, 1, DAY),
    "the end of a run": lambda work, home: work.plans.finish(home.run.id),
    "a day ticked off": lambda work, home: work.plans.tick(home.run.id, home.members[0].id, 1),
    "a pause": lambda work, home: work.groups.turn(home.group.id, "paused"),
    "the close of a round": lambda work, home: work.rounds.close(home.round.id),
    "a dealing": lambda work, home: work.reviews.deal(home.answer.id, home.members[2].id, LATER) is not None,
    "an assignment's end": lambda work, home: work.reviews.turn(home.dealt.id, "open", "lapsed"),
    "a withdrawal": lambda work, home: work.reviews.withdraw(home.answer.id) == [home.members[1].id],
    "a review": lambda work, home: work.reviews.write(_review(home)),
    "thanks": lambda work, home: work.reviews.once(home.answer.id, "thanked"),
    "an event": lambda work, home: work.receipts.first("event"),
    "a timer that ran out": lambda work, home: [one.action for one in work.timers.take(work.now, 10)] == [TIMER],
    "a message to send": lambda work, home: len(claimed(work, work.now, LATER)) == 1,
}


def _review(home: Home) -> Review:
    return Review(home.dealt.id, home.members[1].id, {"framing": 3}, (0, 2), ("no-metric",), "the baseline", "the end")


@pytest.mark.parametrize("what", RACES)
async def test_of_many_who_want_it_one_gets_it(store: Store[SqlWork], home: Home, what: str) -> None:
    got = await asyncio.gather(*(store.run(lambda work: RACES[what](work, home)) for _ in range(8)))
    assert sorted(got) == [False] * 7 + [True]


async def test_a_job_sees_the_world_as_if_no_other_ran_at_the_same_time(store: Store[SqlWork]) -> None:
    """Each looks before it writes another row than the others: no row settles that race."""

    def one_of_us(name: str) -> Callable[[SqlWork], bool]:
        def job(work: SqlWork) -> bool:
            first = not work.deliveries.counts()
            if first:
                work.outbox.add(PREP, CARD, key=name)
            return first

        return job

    assert sorted(await asyncio.gather(*(store.run(one_of_us(str(n))) for n in range(8)))) == [False] * 7 + [True]


# Receipts --------------------------------------------------------------------------------------------------------

FORM = Form("Answer", ActionId("a.b", "1"), (TextField("text", "Your words"),), intro="**Go**")


@pytest.mark.parametrize(
    "reply",
    [
        Show(Card("One", (Said("<b> & “x”"),)), (Card("Two"),)),
        Replace(Card("Three")),
        Ask(FORM),
        Fix(FORM, {"text": "This one is needed."}, {"text": "", "many": ("a", "b")}),
        Quiet(),
    ],
    ids=lambda reply: type(reply).__name__,
)
async def test_an_event_that_comes_again_gets_the_answer_it_got(store: Store[SqlWork], reply: Reply) -> None:
    assert await store.run(lambda work: work.receipts.answer("1")) is None
    await store.run(lambda work: work.receipts.keep("1", reply))
    assert await store.run(lambda work: work.receipts.answer("1")) == reply


async def test_what_happens_once_is_known_from_then_on_and_was_answered_with_silence(store: Store[SqlWork]) -> None:
    assert [await store.run(lambda work: work.receipts.first("1")) for _ in "ab"] == [True, False]
    assert await store.run(lambda work: work.receipts.answer("1")) == Quiet()


async def test_old_receipts_are_forgotten_and_young_ones_kept(store: Store[SqlWork], clock: FrozenClock) -> None:
    await store.run(lambda work: work.receipts.first("old"))
    clock.set(LATER)
    await store.run(lambda work: work.receipts.first("young"))
    await store.run(lambda work: work.receipts.forget(LATER))
    known = await store.run(lambda work: (work.receipts.first("old"), work.receipts.first("young")))
    assert known == (True, False)


# Outbox and timers -----------------------------------------------------------------------------------------------


def _owed(work: SqlWork) -> list[str]:
    """The keys that may go now, one lane after the other."""
    keys = []
    while claims := claimed(work, NOW, LATER):
        keys += [claim.parcel.key for claim in claims]
        for claim in claims:
            work.deliveries.sent(claim, Receipt(f"m{claim.id}"))
    return keys


async def test_a_key_is_owed_once_with_its_first_card(store: Store[SqlWork]) -> None:
    def owe(work: SqlWork) -> list[Card]:
        for title in ("first", "second"):
            work.outbox.add(PREP, Card(title), key="daily:1:2026-09-01")
        return [claim.parcel.card for claim in claimed(work, NOW, LATER)]

    assert await store.run(owe) == [Card("first")]
    await store.run(lambda work: work.outbox.add(PREP, CARD, key="daily:1:2026-09-01"))
    assert await store.run(lambda work: work.deliveries.counts()) == {"claimed": 1}


async def test_a_message_that_was_given_up_is_known_as_lost(store: Store[SqlWork]) -> None:
    def owe_and_fail(work: SqlWork) -> list[bool]:
        work.outbox.add(PREP, CARD, key="post")
        before = work.outbox.lost("post")
        [claim] = claimed(work, NOW, LATER)
        work.deliveries.failed(claim, "no such channel")
        return [before, work.outbox.lost("post"), work.outbox.lost("unknown")]

    assert await store.run(owe_and_fail) == [False, True, False]


async def test_an_edit_goes_where_its_message_landed_and_an_edit_of_nothing_is_nothing(store: Store[SqlWork]) -> None:
    def owe(work: SqlWork) -> list[tuple[str, str]]:
        work.outbox.edit("unknown", CARD, key="edit:0")
        work.outbox.add(PREP, CARD, key="post")
        work.outbox.edit("post", Card("new"), key="edit:1")
        [post] = claimed(work, NOW, LATER)
        work.deliveries.sent(post, Receipt("m7"))
        claims = claimed(work, NOW, LATER)
        return [(claim.parcel.key, claim.parcel.edits) for claim in claims]

    assert await store.run(owe) == [("edit:1", "m7")]


async def test_a_claim_that_was_taken_over_settles_nothing(store: Store[SqlWork], home: Home) -> None:
    def race(work: SqlWork) -> tuple[list[bool], bool]:
        [slow] = claimed(work, NOW, LATER)
        [taken_over] = claimed(work, LATER, LATER + timedelta(hours=1))
        assert (slow.doubtful, taken_over.doubtful) == (False, True)
        late = [
            work.deliveries.failed(slow, "gone"),
            work.deliveries.put_off(slow, LATER, "busy"),
            work.deliveries.sent(slow, Receipt("m1")),
        ]
        return late, work.deliveries.sent(taken_over, Receipt("m2"))

    assert await store.run(race) == ([False, False, False], True)


async def test_a_message_in_doubt_stays_in_doubt_until_it_is_settled(store: Store[SqlWork], home: Home) -> None:
    def live(work: SqlWork) -> list[bool]:
        [claim] = claimed(work, NOW, LATER)
        work.deliveries.put_off(claim, LATER, "no answer", doubtful=True)
        [looked_up] = claimed(work, LATER, LATER)
        work.deliveries.put_off(looked_up, LATER, "the look-up was refused")
        [again] = claimed(work, LATER, LATER)
        return [claim.doubtful, looked_up.doubtful, again.doubtful]

    assert await store.run(live) == [False, True, True]


async def test_setting_a_timer_again_moves_it_and_forgives_its_failures(store: Store[SqlWork], home: Home) -> None:
    def fail(work: SqlWork) -> int:
        [one] = work.timers.take(NOW, 10)
        work.timers.put_off(one, NOW)
        return one.failures

    assert [await store.run(fail) for _ in range(3)] == [0, 1, 2]
    await store.run(lambda work: work.timers.set(TIMER, LATER))
    assert await store.run(lambda work: (work.timers.take(NOW, 10), work.timers.next())) == ([], LATER)
    await store.run(lambda work: work.timers.set(TIMER, NOW))
    assert await store.run(fail) == 0


async def test_a_taken_timer_that_another_one_moved_or_cancelled_is_not_begun(store: Store[SqlWork]) -> None:
    def live(work: SqlWork) -> list[bool]:
        for name in "abc":
            work.timers.set(ActionId("test.timer", name), NOW)
        first, moved, cancelled = work.timers.take(NOW, 10)
        begun = [work.timers.begin(first)]
        work.timers.set(moved.action, LATER)
        work.timers.cancel(cancelled.action)
        return [*begun, work.timers.begin(first), work.timers.begin(moved), work.timers.begin(cancelled)]

    assert await store.run(live) == [True, False, False, False]
    assert await store.run(lambda work: work.timers.next()) == LATER


async def test_what_fails_apart_takes_nothing_with_it_that_was_owed_before(store: Store[SqlWork]) -> None:
    def live(work: SqlWork) -> None:
        work.outbox.add(PREP, CARD, key="before")
        work.timers.set(ActionId("test.timer", "before"), NOW)
        with suppress(ZeroDivisionError), work.apart():
            work.outbox.add(PREP, CARD, key="within")
            work.timers.set(ActionId("test.timer", "within"), NOW)
            work.flush()  # even where all was written on the way
            raise ZeroDivisionError

    await store.run(live)
    assert await store.run(_timers) == ["before"]
    assert await store.run(_owed) == ["before"]


async def test_timers_come_the_oldest_first_and_cancelled_ones_not(store: Store[SqlWork]) -> None:
    def live(work: SqlWork) -> list[str]:
        for minutes in (3, 1, 2, 0):
            work.timers.set(ActionId("test.timer", str(minutes)), NOW + timedelta(minutes=minutes))
        work.timers.cancel(ActionId("test.timer", "1"))
        work.timers.cancel(ActionId("test.timer", "unknown"))
        return [one.action.arg for one in work.timers.take(NOW + timedelta(minutes=2), 10)]

    assert await store.run(live) == ["0", "2"]


# Groups and plans ------------------------------------------------------------------------------------------------


async def test_a_former_member_who_joins_again_is_the_same_member(store: Store[SqlWork], home: Home) -> None:
    def live(work: SqlWork) -> None:
        work.groups.go(home.members[1].id)
        assert [member.user for member in work.groups.members(home.group.id)] == ["ana", "chi"]
        again = work.groups.join(home.group, Person("ben", "Benjamin"), "Asia/Tokyo")
        assert (again.id, again.name, again.zone, again.active) == (home.members[1].id, "Benjamin", "Asia/Tokyo", True)

    await store.run(live)


async def test_coming_back_ends_the_leave_that_runs_and_the_leave_to_come(store: Store[SqlWork], home: Home) -> None:
    me, other = home.members[0].id, home.members[1].id
    days = [DAY + timedelta(days=number) for number in range(-2, 9)]

    def live(work: SqlWork) -> list[Absence]:
        for absence in (Absence(me, days[0], days[5]), Absence(me, days[7], days[8]), Absence(other, days[0], days[9])):
            work.groups.be_away(home.group.id, absence)
        work.groups.be_back(home.group.id, me, DAY)
        return work.groups.absences(home.group.id, days[0])

    assert await store.run(live) == [Absence(me, days[0], days[1]), Absence(other, days[0], days[9])]


async def test_a_group_of_another_workspace_is_not_found_by_its_id(store: Store[SqlWork], home: Home) -> None:
    def live(work: SqlWork) -> tuple[bool, bool]:
        own, _ = work.groups.of(home.group.id, PREP, ANA)
        strange, seat = work.groups.of(home.group.id, Place("web", "elsewhere", "prep"), ANA)
        return own == home.group, strange is None and seat is None

    assert await store.run(live) == (True, True)


async def test_a_new_run_ends_the_one_under_way(store: Store[SqlWork], home: Home) -> None:
    def live(work: SqlWork) -> tuple[bool, Run | None]:
        new = work.plans.start(home.group.id, "two-weeks", DAY + timedelta(days=1))
        assert work.plans.run(home.group.id) == new
        return work.plans.finish(home.run.id), work.plans.run(home.group.id)

    finished, latest = await store.run(live)
    assert not finished
    assert latest is not None
    assert latest.id != home.run.id


# Rounds, answers and versions ------------------------------------------------------------------------------------


async def test_a_thread_is_looked_for_in_its_own_channel_alone(store: Store[SqlWork], home: Home) -> None:
    def live(work: SqlWork) -> list[bool]:
        work.rounds.landed(home.round.id, "7")
        places = (
            Place("web", "home", "prep", "7"),
            Place("web", "home", "other", "7"),
            Place("web", "elsewhere", "prep", "7"),
            Place("chat", "home", "prep", "7"),
            Place("web", "home", "prep", ""),
        )
        return [work.rounds.in_thread(place) is not None for place in places]

    assert await store.run(live) == [True, False, False, False, False]


async def test_only_given_answers_of_a_round_are_counted(store: Store[SqlWork], home: Home) -> None:
    def live(work: SqlWork) -> tuple[list[int], int, int]:
        begun = work.rounds.begun(home.round.id, home.members[1].id)
        assert begun == work.rounds.begun(home.round.id, home.members[1].id)
        given = [answer.id for answer in work.rounds.answers(home.round.id)]
        return given, len(work.rounds.answer_ids(home.round.id)), work.rounds.given_in(home.group.id)

    assert await store.run(live) == ([home.answer.id], 2, 1)


_numbers = count(1)
_steps = st.tuples(st.sampled_from(["form", "m1", "m2", "m3"]), st.sampled_from(["", " ", "one", "two", "three"]))


@given(steps=st.lists(_steps, max_size=12))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_an_answer_is_its_parts_in_order_and_keeps_every_version(
    store: Store[SqlWork], steps: list[tuple[str, str]]
) -> None:
    """An empty text stands for a part that was taken away."""

    def live(work: SqlWork) -> tuple[Answer, list[str]]:
        home = _settle_in_again(work)
        answer = work.rounds.begun(home.round.id, home.members[1].id)
        for source, text in steps:
            answer = work.rounds.write(answer, source, text) if text else work.rounds.strike(answer, source)
        assert work.rounds.answer(answer.id) == answer
        return answer, work.rounds.versions(answer.id)

    parts: dict[str, str] = {}
    texts = [""]
    for source, text in steps:
        parts[source] = text
        if not text:
            del parts[source]
        texts.append("\n\n".join(part for part in parts.values() if part.strip()))
    answer, versions = await store.run(live)
    assert {part.source: part.text for part in answer.parts} == parts
    assert [part.source for part in answer.parts] == list(parts)
    assert answer.text == texts[-1]
    assert versions == [text for before, text in pairwise(texts) if text != before]


def _settle_in_again(work: SqlWork) -> Home:
    """Another group in another channel."""
    group = work.groups.create(Place("web", "home", f"c{next(_numbers)}"), Settings("UTC", time(8), (0,), "two-weeks"))
    members = [work.groups.join(group, who, "UTC") for who in (ANA, BEN)]
    round = work.rounds.open(group.id, "daily", "a-question", LATER, DAY)
    answer = work.rounds.begun(round.id, members[0].id)
    dealt = work.reviews.deal(answer.id, members[1].id, LATER)
    assert dealt is not None
    return Home(group, members, work.plans.start(group.id, "two-weeks", DAY), round, answer, dealt)


async def test_an_answer_changed_after_the_strong_one_was_seen_says_so(store: Store[SqlWork], home: Home) -> None:
    def live(work: SqlWork) -> list[bool]:
        before = work.rounds.write(home.answer, "form", "changed")
        work.rounds.mark(home.answer.id, revealed=True)
        seen = work.rounds.answer(home.answer.id)
        assert seen is not None
        same = work.rounds.write(seen, "form", "changed")
        after = work.rounds.write(same, "form", "changed again")
        return [answer.edited_after_reveal for answer in (before, same, after)]

    assert await store.run(live) == [False, False, True]


# Reviews and recall ----------------------------------------------------------------------------------------------


async def test_a_review_comes_back_as_it_was_written(store: Store[SqlWork], home: Home) -> None:
    await store.run(lambda work: work.reviews.write(_review(home)))
    assert await store.run(lambda work: work.reviews.reviews(home.answer.id)) == [_review(home)]
    assert await store.run(lambda work: work.reviews.levels_of(home.members[0].id)) == {"framing": [3]}
    assert await store.run(lambda work: work.reviews.written_by(home.members[1].id)) == 1


async def test_the_review_that_is_due_first_comes_first_and_settled_ones_not(store: Store[SqlWork], home: Home) -> None:
    def live(work: SqlWork) -> list[int]:
        mine = []
        for hours in (5, 2, 9):
            other = _settle_in_again(work)
            dealt = work.reviews.deal(other.answer.id, home.members[1].id, NOW + timedelta(hours=hours))
            assert dealt is not None
            mine.append(dealt.id)
        work.reviews.turn(mine[2], "open", "passed")
        assert [one.id for one in work.reviews.mine(home.members[1].id)] == [home.dealt.id, mine[1], mine[0]]
        return mine

    await store.run(live)


async def test_old_lapses_are_forgiven_and_pairs_are_not_forgotten(
    store: Store[SqlWork], home: Home, clock: FrozenClock
) -> None:
    await store.run(lambda work: work.reviews.turn(home.dealt.id, "open", "lapsed"))
    pair = (home.members[1].id, home.members[0].id)
    standing = await store.run(lambda work: work.reviews.standing(home.group.id))
    assert (standing.pairs, standing.lapsed) == ({pair: 1}, {home.members[1].id: 1})
    clock.set(NOW + timedelta(days=15))
    standing = await store.run(lambda work: work.reviews.standing(home.group.id))
    assert (standing.pairs, standing.lapsed) == ({pair: 1}, {})


async def test_a_family_is_remembered_once_and_is_a_gap_of_active_members_when_due(
    store: Store[SqlWork], home: Home
) -> None:
    def live(work: SqlWork) -> dict[str, float]:
        first, second, third = (member.id for member in home.members)
        for member, due in ((first, LATER), (first, NOW), (second, LATER), (third, NOW)):
            work.recall.keep(member, Recall("trees", "gini", 2, NOW, due))
        work.groups.go(third)
        assert work.recall.memory(first) == {"trees": Recall("trees", "gini", 2, NOW, NOW)}
        return work.recall.gaps(home.group.id, NOW)

    assert await store.run(live) == {"trees": 1.0}


async def test_a_member_has_one_request_for_a_pair_now_and_one_for_every_week(store: Store[SqlWork]) -> None:
    def live(work: SqlWork) -> list[bool]:
        home = _settle_in(work)
        group, ana = home.group, home.members[0]
        for weekly in (False, True, False):
            spans = ((NOW, NOW + timedelta(hours=1)),) if weekly else ()
            work.pairs.ask(Request(0, group.id, ana.id, NOW, NOW, spans, weekly=weekly, wish=Wish(topic="coding")))
        found = work.pairs.requests(group.id)
        assert all(work.pairs.request(one.id) == one and one.wish.topic == "coding" for one in found)
        return [one.weekly for one in found]

    assert await store.run(live) == [False, True]


async def test_a_pair_moves_on_once_however_often_it_is_asked_to(store: Store[SqlWork]) -> None:
    def live(work: SqlWork) -> tuple[list[bool], list[bool]]:
        home = _settle_in(work)
        group, ana, ben = home.group, home.members[0], home.members[1]
        first, second = (work.pairs.ask(Request(0, group.id, one.id, NOW, NOW)) for one in (ana, ben))
        pair = work.pairs.make(group.id, Made(Meeting(first, second, NOW)))
        assert work.pairs.open_of(ana.id) == [pair]
        moved = [work.pairs.turn_to(pair.id, ("set",), "running") for _ in range(2)]
        round = work.rounds.open(group.id, "pair", "q", NOW, NOW.date(), member=ana.id)
        turn = work.pairs.begin(pair.id, 1, ana.id, ben.id, round.id, NOW)
        work.pairs.keep_score(Score(turn.id, ben.id, {"framing": 3}))
        assert work.pairs.score(turn.id, ben.id) == Score(turn.id, ben.id, {"framing": 3})
        ended = [work.pairs.end_turn(turn.id, state) for state in ("over", "scored", "over")]
        assert work.pairs.history(group.id).times == {(ana.id, ben.id): 1}
        assert [work.pairs.missed(ben.id), work.pairs.missed(ben.id), work.pairs.back(ben.id)] == [True, False, True]
        return moved, ended

    assert await store.run(live) == ([True, False], [True, True, False])


# Leases ----------------------------------------------------------------------------------------------------------


async def test_a_lease_is_held_by_one_owner_until_it_runs_out_or_is_let_go(
    store: Store[SqlWork], clock: FrozenClock
) -> None:
    results = []

    async def tries(owner: str) -> None:
        results.append(await store.run(lambda work: work.leases.take("one", owner, work.now + timedelta(seconds=30))))

    for owner in ("a", "b", "a"):
        await tries(owner)
    assert results == [True, False, True]
    assert await store.run(lambda work: (work.leases.held("a"), work.leases.held("b"), work.leases.holders("o"))) == (
        ["one"], [], {"a": 1},
    )  # fmt: skip
    clock.set(NOW + timedelta(seconds=30))
    await store.run(lambda work: work.leases.renew("a", work.now + timedelta(seconds=30)))  # too late
    await tries("b")
    await tries("a")
    await store.run(lambda work: work.leases.free("b"))
    await tries("a")
    assert results[3:] == [True, False, True]
    assert await store.run(lambda work: work.leases.taken("on")) == {"one": "a"}


async def test_a_lease_that_its_owner_parts_with_is_nobodys_for_a_moment(
    store: Store[SqlWork], clock: FrozenClock
) -> None:
    def life(work: SqlWork) -> list[set[str]]:
        until = work.now + timedelta(seconds=30)
        found = [work.leases.take_all(["one", "two", "three"], "a", until)]
        work.leases.part(["one", "two"], "a", work.now + timedelta(seconds=1))
        work.leases.part(["three"], "b", work.now + timedelta(seconds=1))
        return found + [work.leases.take_all(["one", "two", "three"], who, until) for who in ("b", "a")]

    assert await store.run(life) == [{"one", "two", "three"}, set(), {"three"}]
    assert await store.run(lambda work: work.leases.vacant(["one", "three", "four"], "a")) == {"three", "four"}
    clock.set(NOW + timedelta(seconds=1))
    assert await store.run(lambda work: work.leases.vacant(["one", "three", "four"], "b")) == {"one", "four"}
    until = NOW + timedelta(seconds=60)
    assert await store.run(lambda work: work.leases.take_all(["one", "two", "three"], "b", until)) == {"one", "two"}
    await store.run(lambda work: work.leases.forget(NOW + timedelta(seconds=31)))
    clock.set(NOW)
    assert await store.run(lambda work: work.leases.holders("")) == {"b": 2}
