"""Towns to test in: a server with four people and two channels, at the stand-in's sockets or in simcord."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal

from adapters.discord.settings import DiscordSettings, Share
from bot.bootstrap import Bot, assemble
from bot.catalog import Catalog
from bot.clock import FrozenClock
from bot.core.ports import Platform
from bot.testing import MONDAY, MemoryStore
from tests.adapters.discord_guild import MANAGE_CHANNELS, MANAGE_GUILD
from tests.adapters.discord_house import ZONES, Town
from tests.adapters.discord_lodging import Lodging
from tests.adapters.discord_sim import simulated
from tests.adapters.discord_stand_in import StandIn, discord, settings
from tests.adapters.discord_wire import Wire, wired
from tests.adapters.discord_world import TOKEN

DoorName = Literal["wire", "sim"]
Assembled = Callable[[Platform], Bot]


@asynccontextmanager
async def town(door: DoorName, catalog: Catalog) -> AsyncIterator[Town]:
    """The bot in such a Discord, everything in memory."""
    clock = FrozenClock(MONDAY)
    store = MemoryStore(clock, catalog)

    def assembled(platform: Platform) -> Bot:
        return assemble(store, catalog, clock, {"discord": platform})

    if door == "sim":
        async with in_sim(clock, assembled) as found:
            yield found
    else:
        async with discord(clock) as stand_in, at_wire(stand_in, clock, assembled) as found:
            yield found


@asynccontextmanager
async def in_sim(clock: FrozenClock, assembled: Assembled) -> AsyncIterator[Town]:
    """In simcord; Ana manages the channels."""
    lodging = Lodging(DiscordSettings(TOKEN), clock, assembled)
    async with simulated(lodging, tuple(ZONES)) as sim:
        channels = sim.env.guild.channels
        yield Town(sim, lodging.bot, clock, lodging.mail, sim.env.guild.id, channels["prep"].id, channels["other"].id,
                   lodging.retired)  # fmt: skip


@asynccontextmanager
async def at_wire(
    stand_in: StandIn, clock: FrozenClock, assembled: Assembled, share: Share | None = None
) -> AsyncIterator[Town]:
    """At the stand-in's sockets; Ana manages the channels, the owner is somebody else."""
    world = stand_in.world
    people = {name: world.person(name.capitalize()) for name in ZONES}
    guild = world.guild("Study hall", world.person("Owner"), *people.values())
    guild.members[people["ana"].id] = MANAGE_CHANNELS | MANAGE_GUILD
    prep, other = world.channel(guild, "prep"), world.channel(guild, "other")
    lodging = Lodging(settings(stand_in, share=share), clock, assembled)
    async with wired(stand_in, people, guild, lodging) as wire:
        yield Town(wire, lodging.bot, clock, lodging.mail, guild.id, prep.id, other.id, lodging.retired)


def wire(found: Town) -> Wire:
    """The town's door, where it is that of the sockets."""
    assert isinstance(found.door, Wire)
    return found.door
