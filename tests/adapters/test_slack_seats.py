"""Slack's connections among several processes: never more than Slack allows, fair, and never none."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from adapters.slack import connection
from adapters.slack.app import build
from adapters.slack.settings import SlackSettings
from adapters.slack.sockets import SEATS, sockets
from adapters.slack.workspaces import OneWorkspace
from bot.bootstrap import assemble
from bot.catalog import Catalog
from bot.core.events import Inbound, Reply
from bot.presence import LEASE
from bot.testing import MONDAY, FrozenClock, MemoryStore
from tests.adapters.formation import Formation, Process
from tests.adapters.slack_payloads import Payloads
from tests.adapters.slack_stand_in import APP_TOKEN, Fault, StandIn
from tests.adapters.slack_workspace import Team

LIMIT = 10  # Slack's, an app


class Offices:
    """Slack with processes that hear it. `took` says who handled how many events."""

    def __init__(self, stand_in: StandIn, team: Team, catalog: Catalog) -> None:
        clock = FrozenClock(MONDAY)
        store = MemoryStore(clock, catalog)
        self.stand_in = stand_in
        self.formation = Formation(store, clock)
        self.bot = assemble(store, catalog, clock, {})
        self.took: Counter[str] = Counter()
        self.hold: asyncio.Event | None = None  # what is handled waits for it
        self._carrier = connection.session()
        self._settings = SlackSettings(bot_token=team.token, app_token=APP_TOKEN, api_url=stand_in.api)

    def start(self, name: str) -> Process:
        async def handle(event: Inbound) -> Reply:
            self.took[name] += 1
            if self.hold is not None:
                await self.hold.wait()
            return await self.bot.engine.handle(event)

        async def retire(team: str, why: str) -> int:
            return 0

        client = connection.client(self._settings, self._carrier, self._settings.bot_token)
        app = build(handle, self.bot.routes.book, OneWorkspace(client, retire), self._settings, self.formation.clock,
                    self._carrier)  # fmt: skip
        process = self.formation.process(name)
        process.start(sockets(app, self._settings, process.seats))
        return process

    def seats(self) -> Counter[str]:
        """How many connections stand, by process."""
        return Counter(self.formation.store.now(lambda work: work.leases.taken("open:slack:")).values())

    def some(self) -> None:
        assert 0 < len(self.stand_in.sockets) <= LIMIT

    async def stands(self, *counts: int) -> None:
        """Wait until so many connections stand, by process, the most first."""
        await self.formation.until(
            lambda: (
                sorted(self.seats().values(), reverse=True) == list(counts)
                and len(self.stand_in.sockets) == sum(counts)
            )
        )

    async def end(self) -> None:
        await self.formation.end()
        await self._carrier.close()


@pytest.fixture
async def offices(stand_in: StandIn, team: Team, catalog: Catalog) -> AsyncIterator[Offices]:
    offices = Offices(stand_in, team, catalog)
    try:
        yield offices
    finally:
        await offices.end()


async def test_each_holds_two_as_long_as_there_are_enough(offices: Offices) -> None:
    for many in range(1, 5):
        offices.start(f"worker-{many}")
        await offices.stands(*[2] * many)
    offices.start("worker-5")
    await offices.stands(2, 2, 2, 2, 1)


async def test_of_many_one_holds_two_each_other_one_and_the_rest_stand_by(
    offices: Offices, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    first = offices.start("worker-01")
    await offices.stands(2)
    for many in range(2, 13):
        offices.start(f"worker-{many:02}")
    await offices.formation.live(300, offices.some)
    await offices.stands(2, *[1] * (len(SEATS.seats) - 2))
    assert "other processes hold all 9 sockets to Slack: standing by" in caplog.text
    first.kill()
    await offices.formation.live(LEASE.total_seconds() + 15, offices.some)
    await offices.stands(2, *[1] * (len(SEATS.seats) - 2))
    assert "worker-01" not in offices.seats()


async def test_the_connections_of_one_that_was_killed_are_opened_by_another(offices: Offices) -> None:
    workers = [offices.start(f"worker-{many}") for many in range(5)]
    await offices.stands(2, 2, 2, 2, 1)
    has_two = next(one for one in workers if offices.seats()[one.seats.owner] == 2)
    has_two.kill()
    await offices.formation.until(lambda: len(offices.stand_in.sockets) == 7)
    await offices.formation.live(LEASE.total_seconds() - 15)
    assert len(offices.stand_in.sockets) == 7
    await offices.formation.live(30)
    await offices.stands(2, 2, 2, 2)


async def test_a_deploy_loses_nothing_that_is_said_meanwhile(offices: Offices, payloads: Payloads) -> None:
    """The old process hears on until the new one is connected, however long that takes."""
    slack, slow = offices.stand_in, asyncio.Event()
    old = offices.start("old")
    await offices.stands(2)
    slack.faults["apps.connections.open"] = [Fault(hold=slow)] * 2
    new = offices.start("new")
    await offices.formation.until(lambda: len(slack.called("apps.connections.open")) == 4)
    old.stop()
    for turn in range(6):
        asked = asyncio.create_task(slack.send("slash_commands", payloads.command("U0BEN", "C0PREP", "/help")))
        await offices.formation.until(asked.done, offices.some)
        assert "What I can do" in str(asked.result()["blocks"])
        if turn == 2:
            assert (offices.took["old"], old.lives) == (3, True)
            slow.set()
            await offices.formation.until(lambda: not old.lives, offices.some)
    await offices.stands(2)
    assert (offices.took["new"], new.lives) == (3, True)


async def test_what_came_through_a_connection_is_acknowledged_before_it_closes(
    offices: Offices, payloads: Payloads
) -> None:
    offices.hold = asyncio.Event()
    old = offices.start("old")
    await offices.stands(2)
    asked = asyncio.create_task(offices.stand_in.send("slash_commands", payloads.command("U0BEN", "C0PREP", "/help")))
    await offices.formation.until(lambda: offices.took["old"])
    old.stop()
    for _ in range(50):
        await asyncio.sleep(0)
    assert old.lives
    offices.hold.set()
    assert "What I can do" in str((await asked)["blocks"])
    await offices.formation.until(lambda: not old.lives)


async def test_without_the_database_the_connections_are_kept(
    offices: Offices, payloads: Payloads, caplog: pytest.LogCaptureFixture
) -> None:
    one = offices.start("one")
    await offices.stands(2)
    before = len(offices.stand_in.called("apps.connections.open"))
    one.access.broken = True
    await offices.formation.live(5 * LEASE.total_seconds(), offices.some)
    assert len(offices.stand_in.sockets) == 2
    assert caplog.text.count("ours are kept") == 1
    one.access.broken = False
    await offices.formation.live(30, offices.some)
    await offices.stands(2)
    assert len(offices.stand_in.called("apps.connections.open")) == before
