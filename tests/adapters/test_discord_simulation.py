"""A group lives its two weeks in Discord, event by event through the real client, and ends where the playground's does."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.bootstrap import Bot, Service
from bot.catalog import Catalog
from bot.clock import FrozenClock
from bot.core.events import (
    Ask,
    Command,
    Deleted,
    Edited,
    Fix,
    Inbound,
    Person,
    Place,
    Posted,
    Press,
    Quiet,
    Reply,
    Show,
)
from bot.core.events import Submit as Sent
from bot.core.ports import Platform
from bot.core.ui import Form, TextField
from bot.drama import NAMES, ZONES, Drama, Life, Message
from bot.invariants import Counts, broken, counts, ending
from bot.simulate import START, live, simulate
from tests.adapters import discord_screen
from tests.adapters.discord_guild import DIRECT, MANAGE_CHANNELS, Json, Snowflakes
from tests.adapters.discord_house import Seen, Town, ids_of
from tests.adapters.discord_lodging import Lodging
from tests.adapters.discord_stand_in import StandIn, discord, settings
from tests.adapters.discord_talk import COMPONENT
from tests.adapters.discord_towns import wire
from tests.adapters.discord_wire import wired

MEMBERS, DAYS, SEED = 6, 14, 1
# Members have no /group: what is theirs stands beside it.
BESIDE = {"group leave": "leave", "group join": "join", "group settings": "settings"}


@dataclass
class Screen:
    """Discord as its people see it: the bot's messages read back from their components, and messages of their own."""

    town: Town
    said: dict[str, Json] = field(default_factory=dict)
    _read: dict[str, Message] = field(default_factory=dict)
    _seen: tuple[int, list[Message]] = (-1, [])

    def messages(self) -> list[Message]:
        calls = len(wire(self.town).stand_in.calls)
        if self._seen[0] != calls:  # the bot's messages change by its calls alone
            self._seen = calls, self._messages()
        return self._seen[1]

    def _messages(self) -> list[Message]:
        found = []
        for channel, message in wire(self.town).world.bot_messages():
            key = self.town.mail.key(message)
            if not key:
                continue
            id = f"{message['id']}/{message['edited_timestamp']}"
            if id not in self._read:
                direct, thread = channel.kind == DIRECT, str(channel.id) if channel.is_thread else ""
                where = channel.person if direct else channel.parent if channel.is_thread else channel.id
                place = Place("discord", str(self.town.server), str(where), thread, direct)
                at = datetime.fromtimestamp(Snowflakes.at(int(message["id"])), UTC)
                self._read[id] = Message(message["id"], key, place, discord_screen.card(message), at)
            found.append(self._read[id])
        return found

    def post(self, who: Person, where: Place, text: str, at: datetime) -> str:
        world = wire(self.town).world
        message = world.say(world.users[int(who.id)], world.channels[int(where.thread)], text)
        self.said[message["id"]] = message
        return str(message["id"])

    def edit(self, message: str, text: str) -> None:
        said = self.said[message]
        world = wire(self.town).world
        world.edit(world.channels[int(said["channel_id"])], said, text)

    def delete(self, message: str) -> None:
        said = self.said[message]
        world = wire(self.town).world
        world.delete(world.channels[int(said["channel_id"])], said)


class DiscordDrama(Drama):
    """The same lives; what they do goes to the bot through the gateway, and what they see is what Discord shows."""

    town: Town

    async def send(self, life: Life, event: Inbound) -> Reply:
        seen = await self._acted(life, event)
        if "Something broke" in seen.words:
            self.wrong.append(f"{type(event).__name__} of {life.person.name}")
        if not seen.private:
            self.wrong.append(f"{type(event).__name__} of {life.person.name} was answered for all to see")
        await self.bot.settle()
        return _reply(event, seen)

    async def _acted(self, life: Life, event: Inbound) -> Seen:
        who = life.person.name.lower()
        if isinstance(event, Posted | Edited | Deleted):
            await wire(self.town).heard_of(type(event), event.message)
            return Seen(())
        if isinstance(event, Sent):
            return await self.town.submit(who, event.values)
        if isinstance(event, Press):
            return await self._pressed(who, event)
        assert isinstance(event, Command)
        return await self._typed(who, life, event)

    async def _typed(self, who: str, life: Life, event: Command) -> Seen:
        path, options = self.town.typed(f"/{event.name} {event.text}")
        path = path if life.person.manages else BESIDE.get(path, path)
        seen = await self.town.typed_in(who, path, options)
        if path == "join" and seen.form is not None:
            seen = await self.town.submit(who, {"zone": life.person.zone})
        return seen

    async def _pressed(self, who: str, event: Press) -> Seen:
        """A button that they see; one that they make up is sent as somebody with bad intent would."""
        if self.town.sees(who, str(event.action)):
            return await self.town.press(who, str(event.action))
        at = wire(self.town)
        daily = self.town.posted("daily:")
        data = {"custom_id": str(event.action), "component_type": 2, "id": 9}
        made = at.stand_in.talk.interact(COMPONENT, at.people[who], at.world.channels[self.town.prep], data, daily[-1])
        return await self.town.saw(who, await at.send(made))


def _reply(event: Inbound, seen: Seen) -> Reply:
    again = [id for message in seen.messages for id in ids_of(message) if id.startswith("reply.again")]
    if again and isinstance(event, Sent):
        form = Form("It is given back", event.action, (TextField("text", "Text"),))
        return Fix(form, {"text": seen.words}, event.values)
    if seen.form is not None:
        return Ask(seen.form)
    return Show(seen.cards[0], tuple(seen.cards[1:])) if seen.cards else Quiet()


async def lived(catalog: Catalog) -> tuple[Counts, list[str]]:
    """The two weeks up to their end: the figures, and which invariants broke."""
    clock = FrozenClock(START)
    async with discord(clock) as stand_in:
        with tempfile.TemporaryDirectory() as folder:
            return await _in(stand_in, clock, catalog, Path(folder))


async def _in(stand_in: StandIn, clock: FrozenClock, catalog: Catalog, folder: Path) -> tuple[Counts, list[str]]:
    services: list[Service] = []

    def assembled(platform: Platform) -> Bot:
        services.append(
            Service(f"sqlite:///{folder / 'discord.db'}", catalog, clock, {"discord": platform}, durable=False)
        )
        return services[-1].bot

    world = stand_in.world
    people = {name.lower(): world.person(name) for name in NAMES[:MEMBERS]}
    guild = world.guild("Study hall", world.person("Owner"), *people.values())
    guild.members[people["ana"].id] = MANAGE_CHANNELS
    prep = world.channel(guild, "prep")
    lodging = Lodging(settings(stand_in), clock, assembled)
    cast = tuple(Person(str(people[name.lower()].id), name, manages=number == 0, zone=ZONES[number % len(ZONES)])
                 for number, name in enumerate(NAMES[:MEMBERS]))  # fmt: skip
    try:
        async with wired(stand_in, people, guild, lodging) as door:
            town = Town(door, lodging.bot, clock, lodging.mail, guild.id, prep.id, prep.id)
            place = Place("discord", str(guild.id), str(prep.id))
            drama = DiscordDrama(lodging.bot, catalog, SEED, MEMBERS, place, Screen(town), cast)
            drama.town = town
            found = await two_weeks(drama, clock)
            assert world.pings == []
            return found
    finally:
        services[0].close()


async def two_weeks(drama: Drama, clock: FrozenClock) -> tuple[Counts, list[str]]:
    await live(drama, clock.set, START, DAYS * 24)
    await drama.bot.advance(clock, START + timedelta(days=DAYS, hours=3))
    group = await drama.bot.store.run(lambda work: work.groups.here(drama.channel))
    assert group is not None
    end = await drama.bot.store.run(lambda work: ending(drama, group.id, START, clock.now(), work))
    return counts(end), broken(end)


def test_two_weeks_in_discord_end_as_they_do_in_the_simulation(catalog: Catalog) -> None:
    found, broke = asyncio.run(lived(catalog))
    assert broke == []
    assert found == simulate(catalog, MEMBERS, DAYS, SEED).counts
    assert found.daily_posts == DAYS
    assert found.double_posts == found.undelivered == 0
