"""The program as an operator starts it, with nothing but settings: all of it goes to the stand-in."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.adapters.discord_client import Client
from tests.adapters.discord_guild import MANAGE_CHANNELS, Channel, Guild, User
from tests.adapters.discord_stand_in import StandIn, standing_in
from tests.adapters.discord_world import TOKEN, World

HOME = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60  # seconds: a busy machine starts slowly


@dataclass
class Hall:
    stand_in: StandIn
    guild: Guild
    prep: Channel
    ana: User
    ben: User

    @property
    def client(self) -> Client:
        return Client(self.stand_in.talk)


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    """A server on the wall's clock, with a channel and two people."""
    world = World(time.time)
    ana, ben = world.person("Ana"), world.person("Ben")
    guild = world.guild("Study hall", world.person("Owner"), ana, ben)
    guild.members[ana.id] = MANAGE_CHANNELS
    async with standing_in(world) as stand_in:
        yield Hall(stand_in, guild, world.channel(guild, "prep"), ana, ben)


@asynccontextmanager
async def running(folder: Path, hall: Hall, *role: str, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`mockingbird run` in a folder of its own, until the block ends; it ends well."""
    ours = {"MOCKINGBIRD_DISCORD_TOKEN": TOKEN, "MOCKINGBIRD_DISCORD_API_URL": hall.stand_in.api,
            "MOCKINGBIRD_DISCORD_GATEWAY_URL": hall.stand_in.socket, **settings}  # fmt: skip
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOCKINGBIRD_", "DATABASE"))}
    command = [sys.executable, "-W", "ignore", "-m", "adapters", "run", *role]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=kept | {"PYTHONPATH": str(HOME)} | ours, stdout=-1, stderr=-2
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        assert TOKEN not in said.decode()


@pytest.mark.parametrize("role", [(), ("worker",)], ids=["all", "worker"])
async def test_it_connects_syncs_and_answers(tmp_path: Path, hall: Hall, role: tuple[str, ...]) -> None:
    at = hall.stand_in
    async with running(tmp_path, hall, *role):
        await at.until(lambda: at.gateway.live and at.called("sync"), PATIENCE)
        await at.gateway.tell(hall.client.command(hall.ben, hall.prep, "help"))
        await at.until(lambda: at.talk.shown, PATIENCE)
        assert "What I can do" in str(at.talk.shown[-1].body["components"])


async def test_a_group_is_set_up_and_what_is_owed_arrives_by_itself(tmp_path: Path, hall: Hall) -> None:
    at = hall.stand_in
    async with running(tmp_path, hall):
        await at.until(lambda: at.gateway.live, PATIENCE)
        await at.gateway.tell(hall.client.command(hall.ana, hall.prep, "group setup"))
        await at.until(lambda: at.talk.shown, PATIENCE)
        values: dict[str, str | tuple[str, ...]] = {"zone": "UTC", "post_at": "08:00", "start": "today",
                                                    "weekdays": tuple("0123456"), "pace": "24-24"}  # fmt: skip
        await at.gateway.tell(hall.client.submit(hall.ana, hall.prep, at.talk.shown[-1].body, values))
        await at.until(lambda: hall.prep.messages, PATIENCE)
        assert at.world.pings == []


async def test_one_part_alone_sends_and_another_alone_listens(tmp_path: Path, hall: Hall) -> None:
    """The Procfile's way: a worker that listens, a clock that sends, on one database."""
    at = hall.stand_in
    database = f"sqlite:///{tmp_path / 'shared.db'}"
    async with running(tmp_path, hall, "worker", DATABASE_URL=database):
        await at.until(lambda: at.gateway.live, PATIENCE)
        await at.gateway.tell(hall.client.command(hall.ana, hall.prep, "group setup"))
        await at.until(lambda: at.talk.shown, PATIENCE)
        values: dict[str, str | tuple[str, ...]] = {"zone": "UTC", "post_at": "08:00", "start": "today",
                                                    "weekdays": tuple("0123456"), "pace": "24-24"}  # fmt: skip
        await at.gateway.tell(hall.client.submit(hall.ana, hall.prep, at.talk.shown[-1].body, values))
        await at.until(lambda: len(at.talk.shown) > 1, PATIENCE)
        assert not hall.prep.messages
    async with running(tmp_path, hall, "clock", DATABASE_URL=database):
        await at.until(lambda: hall.prep.messages, PATIENCE)
        assert len(at.gateway.identified) == 1
