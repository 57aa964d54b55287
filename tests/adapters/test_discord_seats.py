"""Discord's shards among several processes: shared out, taken over, handed over without a gap, and started no faster than
they may."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import pytest

from adapters.discord import gateway
from adapters.discord.app import Hooks
from adapters.discord.rest import Rest
from adapters.discord.settings import Share
from adapters.discord.starts import Starts
from bot.bootstrap import Bot, assemble
from bot.catalog import Catalog
from bot.core.events import Person, Place, Submit
from bot.core.ui import ActionId
from bot.presence import LEASE, SETTLE
from bot.testing import MONDAY, FrozenClock, MemoryStore, setup_values
from tests.adapters.discord_client import Client
from tests.adapters.discord_guild import Channel
from tests.adapters.discord_stand_in import StandIn, discord, settings
from tests.adapters.discord_talk import Interaction
from tests.adapters.formation import Formation, Process

SHARDS = 4


class Halls:
    """A Discord of four shards with a server in each, and processes that hear it."""

    def __init__(self, stand_in: StandIn, clock: FrozenClock, catalog: Catalog) -> None:
        self.stand_in = stand_in
        self.clock = clock
        stand_in.gateway.shards = SHARDS
        world = stand_in.world
        self.ben = world.person("Ben")
        self.rooms: list[Channel] = []
        for shard in range(SHARDS):
            guild = world.guild(f"Hall {shard}", world.person("Owner"), self.ben, id=(1_000_000 * SHARDS + shard) << 22)
            self.rooms.append(world.channel(guild, "prep"))
        store = MemoryStore(clock, catalog)
        self.formation = Formation(store, clock)
        self.bot: Bot = assemble(store, catalog, clock, {})
        self.rests: dict[Process, Rest] = {}
        self.asked: list[Interaction] = []

    def start(self, name: str, share: Share | None = None) -> Process:
        async def retire(workspace: str, why: str, channel: str = "") -> int:
            return 0

        process = self.formation.process(name)
        rest = Rest(settings(self.stand_in, share=share), self.clock, self.formation.nap)
        rest.hooks = Hooks(rest, self.bot.engine.handle, self.bot.engine.routes, self.clock, retire)
        self.rests[process] = rest
        process.start(gateway.listen(rest, self.clock, process.seats))
        return process

    def heard(self, process: Process) -> list[int]:
        """The shards whose servers a process knows."""
        return sorted(ear.shard_id or 0 for ear in self.rests[process].ears if ear.is_ready())

    def live(self) -> Counter[int]:
        """How many sessions hear each shard."""
        return Counter(session.shard for session in self.stand_in.gateway.live)

    def all_heard(self) -> None:
        assert sorted(self.live()) == list(range(SHARDS))

    async def ask(self, shard: int, command: str = "help") -> None:
        """Somebody types a command in the server of a shard."""
        event = Client(self.stand_in.talk).command(self.ben, self.rooms[shard], command)
        self.asked.append(self.stand_in.talk.interactions[int(event.data["id"])])
        await self.stand_in.gateway.tell(event)

    def answered(self) -> bool:
        return not any(one.waits for one in self.asked)

    def starts(self) -> int:
        return len(self.stand_in.gateway.identified)


@pytest.fixture
async def halls(catalog: Catalog) -> AsyncIterator[Halls]:
    clock = FrozenClock(MONDAY)
    async with discord(clock) as stand_in:
        halls = Halls(stand_in, clock, catalog)
        try:
            yield halls
        finally:
            await halls.formation.end()
            for rest in halls.rests.values():
                await rest.close()


def _hears(halls: Halls, *shares: tuple[Process, list[int]]) -> Callable[[], bool]:
    return lambda: all(halls.heard(process) == share for process, share in shares)


async def test_one_alone_hears_all_and_a_second_one_gets_half_without_a_gap(halls: Halls) -> None:
    a = halls.start("a")
    await halls.formation.until(_hears(halls, (a, [0, 1, 2, 3])))
    b = halls.start("b")
    await halls.formation.live(SETTLE.total_seconds() - 5, halls.all_heard)
    assert (halls.heard(b), halls.starts()) == ([], SHARDS)
    await halls.formation.live(60, halls.all_heard)
    await halls.formation.until(_hears(halls, (a, [0, 1]), (b, [2, 3])), halls.all_heard)
    await halls.formation.until(lambda: halls.live().total() == SHARDS, halls.all_heard)
    assert halls.starts() == 6
    await halls.formation.live(600, halls.all_heard)
    assert (halls.starts(), halls.live().total()) == (6, SHARDS)  # nobody moves any more


async def test_the_shards_of_one_that_was_killed_are_taken_when_its_leases_run_out(halls: Halls) -> None:
    a = halls.start("a")
    b = halls.start("b")
    await halls.formation.until(lambda: len(halls.heard(a)) + len(halls.heard(b)) == SHARDS)
    await halls.formation.live(90)
    await halls.formation.until(lambda: len(halls.heard(a)) == len(halls.heard(b)) == 2)
    a.kill()
    await halls.formation.until(lambda: halls.live().total() == 2)
    await halls.formation.live(LEASE.total_seconds() - 15)
    assert halls.live().total() == 2
    await halls.formation.live(30)
    await halls.formation.until(_hears(halls, (b, [0, 1, 2, 3])))
    for shard in range(SHARDS):
        await halls.ask(shard)
    await halls.formation.until(halls.answered)


async def test_a_deploy_loses_no_interaction(halls: Halls) -> None:
    """The new process starts beside the old one, which is told to stop then: whatever is asked meanwhile is answered."""
    old = halls.start("old")
    await halls.formation.until(_hears(halls, (old, [0, 1, 2, 3])))
    new = halls.start("new")
    await halls.formation.live(5)
    before = halls.clock.now()
    old.stop()
    for turn in range(12):
        await halls.ask(turn % SHARDS)
        await halls.formation.until(halls.answered, halls.all_heard)
    await halls.formation.until(lambda: not old.lives, halls.all_heard)
    await halls.formation.until(_hears(halls, (new, [0, 1, 2, 3])), halls.all_heard)
    for shard in range(SHARDS):
        await halls.ask(shard)
    await halls.formation.until(halls.answered)
    assert halls.clock.now() == before  # nobody's lease had to run out
    assert halls.starts() == 2 * SHARDS


async def test_what_two_sessions_hear_is_done_and_shown_once(halls: Halls) -> None:
    a = halls.start("a", Share((0, 1), SHARDS))
    b = halls.start("b", Share((0, 1), SHARDS))
    await halls.formation.until(_hears(halls, (a, [0, 1]), (b, [0, 1])))
    room = Place("discord", str(halls.rooms[0].guild), str(halls.rooms[0].id))
    ben = Person(str(halls.ben.id), "Ben", manages=True)
    await halls.bot.engine.handle(Submit("x", ben, room, ActionId.parse("group.setup:two-weeks"), setup_values()))
    for command in ("help", "plan calendar"):  # the second has a file, which follows the answer
        before = len(halls.stand_in.called("callback"))
        await halls.ask(0, command)
        await halls.formation.until(lambda before=before: len(halls.stand_in.called("callback")) == before + 2)  # type: ignore[misc]
        await halls.formation.until(lambda: not halls.stand_in.under_way)
    await halls.formation.until(lambda: halls.stand_in.called("followup") and not halls.stand_in.under_way)
    await asyncio.gather(*(hooks.finish(5) for rest in halls.rests.values() if (hooks := rest.hooks)))
    assert [one.how for one in halls.stand_in.talk.shown] == ["private", "private", "private"]
    assert len(halls.stand_in.called("followup")) == 1


async def test_an_operators_own_share_asks_nobody(halls: Halls) -> None:
    a = halls.start("a", Share((0, 1), SHARDS))
    b = halls.start("b", Share((2, 3), SHARDS))
    await halls.formation.until(_hears(halls, (a, [0, 1]), (b, [2, 3])))
    assert (a.access.asked, b.access.asked) == (0, 0)


async def test_processes_that_start_together_take_turns_until_each_has_its_share(halls: Halls) -> None:
    halls.stand_in.gateway.at_once = 1
    a, b = halls.start("a"), halls.start("b")
    await halls.formation.until(lambda: len(halls.heard(a)) + len(halls.heard(b)) == SHARDS)
    assert len(halls.heard(a)) == len(halls.heard(b)) == 2
    assert halls.starts() == SHARDS


@pytest.mark.parametrize("at_once", [1, 2])
async def test_shards_start_no_faster_than_they_may_whoever_starts_them(at_once: int, catalog: Catalog) -> None:
    clock = FrozenClock(MONDAY)
    formation = Formation(MemoryStore(clock, catalog), clock)
    at: list[datetime] = []

    async def start(process: Starts, shard: int) -> None:
        await process.turn(shard)
        at.append(clock.now())

    async def nap(seconds: float) -> None:
        await asyncio.sleep(0)

    processes = [Starts(nap) for _ in range(3)]
    for number, process in enumerate(processes):
        process.at_once, process.seats = at_once, formation.process(f"{number}").seats
    starting = [asyncio.create_task(start(processes[shard % 3], shard)) for shard in range(9)]
    while not all(one.done() for one in starting):
        for _ in range(20):
            await asyncio.sleep(0)
        clock.set(clock.now() + timedelta(seconds=1))
    assert len(at) == 9
    assert all(later - earlier >= timedelta(seconds=5) for earlier, later in zip(at, at[at_once:], strict=False))


async def test_where_few_starts_are_left_nothing_moves(halls: Halls, caplog: pytest.LogCaptureFixture) -> None:
    halls.stand_in.gateway.starts_left = gateway.SPARE - 1
    a = halls.start("a")
    await halls.formation.until(_hears(halls, (a, [0, 1, 2, 3])))
    b = halls.start("b")
    await halls.formation.live(300, halls.all_heard)
    assert (halls.heard(b), halls.starts()) == ([], SHARDS)
    assert caplog.text.count("only 199 starts are left") == 1
    a.kill()  # what nobody hears is started all the same
    await halls.formation.live(60)
    await halls.formation.until(_hears(halls, (b, [0, 1, 2, 3])))


async def test_the_commands_are_kept_by_the_process_that_has_the_first_shard(halls: Halls) -> None:
    a, b = halls.start("a"), halls.start("b")
    await halls.formation.until(lambda: len(halls.heard(a)) + len(halls.heard(b)) == SHARDS)
    await halls.formation.live(120)
    assert len(halls.stand_in.called("sync")) == 1
    assert len(halls.stand_in.called("commands")) == 1


async def test_without_the_database_what_is_heard_is_heard_on(halls: Halls, caplog: pytest.LogCaptureFixture) -> None:
    a = halls.start("a")
    await halls.formation.until(_hears(halls, (a, [0, 1, 2, 3])))
    a.access.broken = True
    await halls.formation.live(5 * LEASE.total_seconds(), halls.all_heard)
    await halls.ask(2)
    await halls.formation.until(halls.answered)
    assert caplog.text.count("ours are kept") == 1
    a.access.broken = False
    await halls.formation.live(30, halls.all_heard)
    assert (halls.heard(a), halls.starts()) == ([0, 1, 2, 3], SHARDS)


async def test_a_process_that_lost_its_shards_meanwhile_lets_them_go(halls: Halls) -> None:
    a = halls.start("a")
    await halls.formation.until(_hears(halls, (a, [0, 1, 2, 3])))
    a.access.broken = True
    b = halls.start("b")
    await halls.formation.live(2 * LEASE.total_seconds(), halls.all_heard)
    await halls.formation.until(_hears(halls, (b, [0, 1, 2, 3])), halls.all_heard)
    a.access.broken = False
    await halls.formation.live(180, halls.all_heard)
    await halls.formation.until(
        lambda: len(halls.heard(a)) == len(halls.heard(b)) == 2 and halls.live().total() == SHARDS, halls.all_heard
    )


async def test_more_shards_are_taken_over_to_without_a_gap(halls: Halls) -> None:
    """Discord advises more shards once the bot is in more servers: a new process has them, the former follows."""
    a = halls.start("a")
    await halls.formation.until(_hears(halls, (a, [0, 1, 2, 3])))
    halls.stand_in.gateway.shards = 8
    b = halls.start("b")
    await halls.formation.until(_hears(halls, (a, []), (b, list(range(8)))), lambda: _every_server_is_heard(halls))
    await halls.formation.live(90)
    await halls.formation.until(lambda: len(halls.heard(a)) == len(halls.heard(b)) == 4 and halls.live().total() == 8)
    counts = {session.shards for session in halls.stand_in.gateway.live}
    assert (counts, sorted(halls.live().items())) == ({8}, [(shard, 1) for shard in range(8)])


def _every_server_is_heard(halls: Halls) -> None:
    sessions = halls.stand_in.gateway.live
    guilds = [room.guild for room in halls.rooms]
    assert [one for one in guilds if not any((one >> 22) % at.shards == at.shard for at in sessions)] == []


async def test_when_all_stop_at_once_nobody_waits_for_the_others(halls: Halls) -> None:
    a, b = halls.start("a"), halls.start("b")
    await halls.formation.until(lambda: len(halls.heard(a)) + len(halls.heard(b)) == SHARDS)
    before = halls.clock.now()
    a.stop()
    b.stop()
    await halls.formation.until(lambda: not a.lives and not b.lives)
    assert halls.clock.now() == before
    with pytest.raises(asyncio.CancelledError):
        a.task.result() if a.task else None
