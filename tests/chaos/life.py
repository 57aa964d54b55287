"""One life of a worker: the real parts, put together as an operator's settings do it, on a platform of chaos."""

import asyncio
import logging
import os
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from adapters import compose
from adapters.discord.deliver import DiscordPlatform
from adapters.discord.rest import Rest
from adapters.discord.settings import DiscordSettings
from adapters.slack.connection import client
from adapters.slack.deliver import SlackPlatform
from adapters.slack.settings import SlackSettings
from bot.bootstrap import Service
from bot.catalog import Catalog
from bot.clock import CommonClock, ShiftedClock, SteadyClock
from bot.core.errors import StoreError
from bot.core.ports import Platform
from bot.patience import Patience
from bot.store import migrate
from tests.adapters.discord_world import TOKEN
from tests.chaos import clocks
from tests.chaos.death import Death
from tests.chaos.wire import ChaosPlatform, MortalPlatform, hear, session
from tests.chaos.world import TIMEOUT

# The lease outlasts a message's timeout and the platform's grace by a second and a half.
PATIENCE = Patience(
    timedelta(seconds=6),
    TIMEOUT,
    first_retry=0.1,
    longest_retry=0.5,
    idle=0.5,
    sender=timedelta(seconds=0.5),
    sharing=timedelta(seconds=0.1),
    grace=5.0,
)
MIGRATES = 0.1  # of the lives look at the whole schema when they start, which takes a third of a second


@dataclass(frozen=True)
class Circumstances:
    """What all lives of a storm share. `shift` is what their clock is ahead of the wall's, in seconds; `clock` a file by
    which it is set, if it is; `api` where a real platform's stand-in is reached."""

    database: str
    url: str
    folder: str
    seed: int
    shift: float = 0.0
    clock: str = ""
    platform: str = "chaos"
    api: str = ""


def live(where: Circumstances, catalog: Catalog, slot: int, number: int, mortal: bool, up: Callable[[], None]) -> int:
    """Live until killed or told to end; the exit status, as `mockingbird run` has it."""
    chance = random.Random(f"{where.seed}:{slot}:{number}")
    death = Death.drawn(chance) if mortal else Death("", chance)
    # All that it says goes there, what a thread dies of, too.
    log = os.open(Path(where.folder) / f"worker-{slot}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log, 2)
    os.close(log)
    logging.basicConfig(
        force=True, level="INFO", format=f"%(asctime)s {os.getpid()} %(levelname)s %(name)s: %(message)s"
    )
    for name in ("apscheduler", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    if chance.random() > MIGRATES:
        migrate.upgrade = lambda engine, to="head": None
        migrate.check = lambda engine: ""
    if where.clock:
        clocks.live_by(Path(where.clock))
    death.watch_commits()
    try:
        asyncio.run(_live(where, catalog, death, up))
    except StoreError as error:
        logging.getLogger("mockingbird").error("%s", error)
        return 1
    return 0


async def _live(where: Circumstances, catalog: Catalog, death: Death, up: Callable[[], None]) -> None:
    told = compose._told()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(session())
        platform = await _platform(where, http, death, stack)
        platforms = {platform.name: platform}
        clock = ShiftedClock(where.shift) if where.shift else CommonClock()
        service = Service(where.database, catalog, clock, platforms, patience=PATIENCE)
        stack.callback(service.close)
        up()
        await compose._serve(service, [hear(where.url, http, service.bot.engine.handle, death)], "", told)


async def _platform(where: Circumstances, http: ClientSession, death: Death, stack: AsyncExitStack) -> Platform:
    if where.platform == "chaos":
        return ChaosPlatform(where.url, http, death)
    if where.platform == "slack":
        settings = SlackSettings(api_url=where.api)

        async def client_for(team: str) -> AsyncWebClient:
            return client(settings, http, f"xoxb-{team}")

        return MortalPlatform(SlackPlatform(client_for, SteadyClock()), death)
    rest = Rest(DiscordSettings(TOKEN, where.api), SteadyClock())
    stack.push_async_callback(rest.close)
    return MortalPlatform(DiscordPlatform(rest), death)
