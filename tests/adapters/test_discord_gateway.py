"""Connections and servers: they come, go, break and come back; intents that are not granted, shards, and the end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.discord import gateway
from adapters.discord.deliver import DiscordPlatform
from adapters.discord.rest import Rest
from adapters.discord.settings import Share
from bot.bootstrap import Bot, assemble
from bot.catalog import Catalog
from bot.core.errors import SettingsError
from bot.core.events import Place
from bot.core.ports import Parcel, Platform
from bot.core.ui import Card
from bot.testing import MONDAY, FrozenClock, MemoryStore
from tests.adapters import discord_screen
from tests.adapters.discord_gateway import CONTENT
from tests.adapters.discord_guild import SEND
from tests.adapters.discord_house import Town
from tests.adapters.discord_stand_in import Fault, StandIn, discord, settings
from tests.adapters.discord_towns import at_wire, wire
from tests.adapters.discord_wire import Wire

ONLY_WIRE = pytest.mark.parametrize("hall", ["wire"], indirect=True)
pytestmark = ONLY_WIRE


def words(message: dict[str, Any]) -> str:
    card = discord_screen.card(message)
    return "\n".join([card.title, *(getattr(part, "text", "") for part in card.body), card.footer])


def said_to(at: Wire, user: int) -> list[str]:
    return [words(one) for one in at.direct_channel(user).messages.values()]


# Servers --------------------------------------------------------------------------------------------------------------


async def test_a_server_that_adds_the_bot_is_welcomed_once(hall: Town) -> None:
    at = wire(hall)
    await at.ready()
    owner = at.world.person("Olga")
    found = at.world.guild("New hall", owner, at.people["ben"])
    general = at.world.channel(found, "general")
    at.world.join(found)
    await at.tell()
    said = [*said_to(at, owner.id), *(words(one) for one in general.messages.values())]
    assert len(said) == 1
    assert "/group setup" in said[0]
    assert at.world.pings == []
    hooks: Any = at.lodging.rest.hooks
    guild = at.lodging.rest.guild(found.id)
    await hooks.joined(guild)  # another process that hears the same shard for a moment
    assert len(said_to(at, owner.id)) == 1


async def test_where_the_owner_takes_no_messages_the_welcome_stands_in_the_first_channel_that_takes_it(
    hall: Town,
) -> None:
    at = wire(hall)
    await at.ready()
    owner = at.world.person("Olga", closed=True)
    found = at.world.guild("New hall", owner)
    shut = at.world.channel(found, "rules", denied=SEND)
    general = at.world.channel(found, "general")
    at.world.join(found)
    await at.tell()
    assert not shut.messages
    [greeting] = general.messages.values()
    assert "Set up a group here" in str(greeting["components"])


async def test_servers_that_were_there_before_are_not_welcomed_at_every_start(hall: Town) -> None:
    at = wire(hall)
    before = len(at.world.bot_messages())
    await hall.door.restart()
    await at.quiet()
    assert len(at.world.bot_messages()) == before


async def test_a_server_that_removes_the_bot_is_retired_and_its_data_kept(study: Town) -> None:
    at = wire(study)
    at.world.remove_guild(study.server)
    await at.tell()
    assert [one[0] for one in study.retired] == [str(study.server)]
    before = len(at.stand_in.called("post"))
    await study.advance(days=2)
    assert len(at.stand_in.called("post")) - before <= 3
    group = await study.bot.store.run(
        lambda work: work.groups.here(Place("discord", str(study.server), str(study.prep)))
    )
    assert group is not None


async def test_a_server_that_discord_cannot_reach_for_a_while_is_not_retired(study: Town) -> None:
    at = wire(study)
    at.world.emit("GUILD_DELETE", {"id": str(study.server), "unavailable": True}, study.server)
    await at.tell()
    assert study.retired == []
    at.world.emit("GUILD_CREATE", at.world.guild_event(at.guild), study.server)
    await at.tell()
    assert (await study.command("ben", "/help")).words


async def test_a_channel_that_is_deleted_is_retired_alone(study: Town) -> None:
    at = wire(study)
    at.world.remove_channel(study.other)
    await at.tell()
    assert all(channel == str(study.other) for _, channel, _ in study.retired)
    at.world.remove_channel(study.prep)
    await at.tell()
    assert (str(study.server), str(study.prep)) in [(one[0], one[1]) for one in study.retired]
    calls = len(at.stand_in.called("post"))
    await study.advance(days=3)
    assert len(at.stand_in.called("post")) - calls <= 3


# Connections ----------------------------------------------------------------------------------------------------------


async def test_a_broken_connection_is_resumed_and_nothing_is_lost_or_done_twice(study: Town) -> None:
    at = wire(study)
    thread = int(study.daily()[0]["id"])
    await at.stand_in.gateway.drop()
    said = at.world.say(at.people["chi"], at.world.channels[thread], "Said while nobody listened.")
    await at.stand_in.tell()
    await at.lodging.ear.until(lambda event: getattr(event, "message", "") == said["id"], 0)
    assert at.stand_in.gateway.resumed == 1
    heard = [event for event in at.lodging.ear.heard if getattr(event, "message", "") == said["id"]]
    assert len(heard) == 1
    assert (await study.command("ben", "/help")).words


async def test_discord_may_ask_to_reconnect(study: Town) -> None:
    at = wire(study)
    await at.stand_in.gateway.ask_to_reconnect()
    await at.stand_in.until(lambda: at.stand_in.gateway.resumed)
    assert (await study.command("ben", "/help")).words


async def test_commands_are_synced_only_when_they_changed(hall: Town) -> None:
    at = wire(hall)
    assert len(at.stand_in.called("sync")) == 1
    await hall.door.restart()
    assert len(at.stand_in.called("sync")) == 1
    at.world.commands[0][0]["description"] = "as it was in a former version"
    await hall.door.restart()
    assert len(at.stand_in.called("sync")) == 2
    assert at.world.commands[0][0]["description"] != "as it was in a former version"


async def test_where_the_sync_fails_the_bot_serves_all_the_same(hall: Town, caplog: pytest.LogCaptureFixture) -> None:
    at = wire(hall)
    at.world.commands[0][0]["description"] = "as it was in a former version"
    at.stand_in.faults["sync"] = [Fault(503)]
    await hall.door.restart()
    assert (await hall.command("ben", "/help")).words
    assert "commands" in caplog.text


async def test_the_end_waits_for_what_is_under_way(study: Town) -> None:
    at = wire(study)
    held = asyncio.Event()
    at.stand_in.faults["callback"] = [Fault(hold=held)]
    event = at.client.command(at.people["ben"], at.world.channels[study.prep], "help")
    await at.stand_in.gateway.tell(event)
    await at.stand_in.until(lambda: at.stand_in.called("callback") and at.stand_in.under_way)
    ending = asyncio.create_task(at.stop())
    for _ in range(20):
        await asyncio.sleep(0)
    assert not ending.done()
    held.set()
    await ending
    assert at.stand_in.talk.interactions[int(event.data["id"])].answered


# Intents and shards ---------------------------------------------------------------------------------------------------


@pytest.fixture
async def stand_in(hall: Town) -> AsyncIterator[StandIn]:
    """A second Discord, on the clock of a Monday; the first serves the tests' parameters alone."""
    async with discord(FrozenClock(MONDAY)) as found:
        yield found


def assembled(catalog: Catalog) -> Any:
    clock = FrozenClock(MONDAY)
    store = MemoryStore(clock, catalog)

    def made(platform: Platform) -> Bot:
        return assemble(store, catalog, clock, {"discord": platform})

    return clock, made


async def test_without_the_message_content_the_answer_form_serves_and_the_log_says_so(
    stand_in: StandIn, catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    stand_in.world.content = False
    clock, made = assembled(catalog)
    async with at_wire(stand_in, clock, made) as town:
        assert not stand_in.gateway.identified[-1]["intents"] & CONTENT
        await town.set_up()
        await town.advance(hours=2)
        message, found = town.daily()
        await wire(town).talk_past("chi", int(message["id"]), "Nobody can read this.")
        assert await town.press("chi", found["Answer"], message)
        assert (await town.submit("chi", {"text": "By the form, then."})).cards
        await wire(town).ready()
    assert "message content" in caplog.text.lower()


async def test_an_intent_that_is_refused_at_the_door_is_given_up(stand_in: StandIn, catalog: Catalog) -> None:
    stand_in.gateway.closes = [4014]
    clock, made = assembled(catalog)
    async with at_wire(stand_in, clock, made) as town:
        assert [bool(one["intents"] & CONTENT) for one in stand_in.gateway.identified] == [True, False]
        assert (await town.command("ben", "/help")).words


async def test_a_token_that_discord_refuses_is_named(stand_in: StandIn) -> None:
    rest = Rest(settings(stand_in, token="not.the.token"), FrozenClock(MONDAY))
    with pytest.raises(SettingsError, match="MOCKINGBIRD_DISCORD_TOKEN"):
        await gateway.listen(rest, FrozenClock(MONDAY))
    await rest.close()


async def test_a_process_holds_its_share_of_the_shards(stand_in: StandIn, catalog: Catalog) -> None:
    world = stand_in.world
    owner = world.person("Owner")
    for shard in range(4):
        world.guild(f"Hall {shard}", owner, id=(1_000_000 * 4 + shard) << 22)
    clock, made = assembled(catalog)
    async with at_wire(stand_in, clock, made, share=Share((0, 1), 4)):
        await stand_in.until(lambda: len(stand_in.gateway.live) == 2)
        assert sorted(one["shard"] for one in stand_in.gateway.identified) == [[0, 4], [1, 4]]


async def test_a_card_for_a_channel_is_sent_by_a_process_without_a_connection(
    stand_in: StandIn, catalog: Catalog
) -> None:
    guild = stand_in.world.guild("Hall", stand_in.world.person("Owner"))
    prep = stand_in.world.channel(guild, "prep")
    rest = Rest(settings(stand_in), FrozenClock(MONDAY))
    where = Place("discord", str(guild.id), str(prep.id))
    assert (await DiscordPlatform(rest).send(Parcel("daily:1", where, Card("Day 1")))).message
    assert not stand_in.gateway.identified
    await rest.close()
