"""Mockingbird in Discord on a database file, with a group in each server."""

from datetime import UTC, datetime
from pathlib import Path

from adapters.discord.app import Hooks
from adapters.discord.deliver import DiscordPlatform
from adapters.discord.gateway import listen
from adapters.discord.rest import Rest
from adapters.discord.settings import DiscordSettings
from bench.discord_callers import MEMBERS, TOKEN, channel_of, guild_of, user_of
from bench.groups import add_groups, add_members
from bot.bootstrap import Service
from bot.clock import WallClock
from bot.content import load
from bot.core.events import Person, Place
from bot.store.writer import connect


async def ours(url: str, folder: Path, count: int) -> None:
    """Connect to the Discord at this address with a group in each of its servers, and answer until the process ends."""
    clock, database = WallClock(), f"sqlite:///{folder / 'ours.db'}"
    rest = Rest(DiscordSettings(TOKEN, f"{url}/api/v10", url.replace("http", "ws")), clock)
    service = Service(database, load(), clock, {"discord": DiscordPlatform(rest)})
    _fill(database, count)
    engine = service.bot.engine
    rest.hooks = Hooks(rest, engine.handle, engine.routes, clock, _retire)
    try:
        await listen(rest, clock)
    finally:
        service.close()
        await rest.close()


async def _retire(workspace: str, why: str, channel: str = "") -> int:
    return 0


def _fill(database: str, count: int) -> None:
    engine, now = connect(database), datetime.now(UTC)
    with engine.begin() as connection:
        add_groups(connection, count, now, _place)
        add_members(connection, {n + 1: n // MEMBERS + 1 for n in range(count * MEMBERS)}, now, _person)
    engine.dispose()


def _place(group: int) -> Place:
    return Place("discord", str(guild_of(group - 1)), str(channel_of(group - 1)))


def _person(member: int) -> Person:
    return Person(str(user_of(member - 1)), f"Caller {member - 1}")
