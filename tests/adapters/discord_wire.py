"""The bot at the stand-in's sockets: what people do goes through the gateway, and the tests wait until it was answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.discord import gateway
from bot.core.events import Deleted, Edited, Inbound, Posted
from bot.core.ui import Values
from tests.adapters.discord_client import Client, Options
from tests.adapters.discord_guild import Channel, Guild, Json, User
from tests.adapters.discord_house import Seen
from tests.adapters.discord_lodging import Lodging
from tests.adapters.discord_stand_in import StandIn
from tests.adapters.discord_talk import Interaction
from tests.adapters.discord_world import STARTER, Event

QUIET = 40  # turns of the loop in which nothing was asked: then nothing is under way any more


class Wire:
    """Implements Door over the stand-in."""

    def __init__(self, stand_in: StandIn, people: dict[str, User], guild: Guild, lodging: Lodging) -> None:
        self.stand_in = stand_in
        self.world = stand_in.world
        self.people = people
        self.guild = guild
        self.lodging = lodging
        self.client = Client(stand_in.talk)
        self._connected = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None

    # The bot's side ---------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Connect; the commands are synced before the gateway is."""
        self.lodging.begin()
        self._connected.clear()
        listening = gateway.listen(self.lodging.rest, self.lodging.clock, connected=self._connected)
        self._listening = asyncio.create_task(listening)
        self._listening.add_done_callback(lambda _: self.stand_in.changed_now())
        await self.stand_in.until(lambda: self.stand_in.gateway.live or self.ended)
        if self.ended:
            await self._listening

    async def ready(self) -> None:
        """Wait until discord.py holds that it knows all servers: those that come from then on are new."""
        await self._connected.wait()

    @property
    def ended(self) -> bool:
        """Whether the bot has given up."""
        return self._listening is not None and self._listening.done()

    async def stop(self) -> None:
        """A clean end, as at SIGTERM."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
            self._listening = None
        await self.lodging.rest.close()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    # What people do ---------------------------------------------------------------------------------------------------

    async def command(self, who: str, channel: int, path: str, options: Options) -> Seen:
        return await self._interact(self.client.command(self.people[who], self.world.channels[channel], path, options))

    async def complete(self, who: str, channel: int, path: str, option: str, begun: str) -> Seen:
        where = self.world.channels[channel]
        return await self._interact(self.client.complete(self.people[who], where, path, option, begun))

    async def press(self, who: str, message: Json, custom_id: str) -> Seen:
        channel = self.world.channels[int(message["channel_id"])]
        return await self._interact(self.client.press(self.people[who], channel, message, custom_id))

    async def choose(self, who: str, message: Json, custom_id: str, value: str) -> Seen:
        channel = self.world.channels[int(message["channel_id"])]
        return await self._interact(self.client.choose(self.people[who], channel, message, custom_id, value))

    async def submit(self, who: str, values: Values) -> Seen:
        user = self.people[who]
        shown = next(one for one in reversed(self.stand_in.talk.shown) if one.user == user.id and one.how == "modal")
        asked = next(one for one in reversed(self.stand_in.talk.interactions.values())
                     if one.user == user.id and one.answered == 9)  # fmt: skip
        channel = self.world.channels[asked.channel]
        return await self._interact(self.client.submit(user, channel, shown.body, values, asked.source))

    async def send(self, event: Event, patient: bool = False) -> Seen:
        """Any interaction, such as one that no client would make; `patient` waits on after a refusal."""
        return await self._interact(event, patient)

    async def _interact(self, event: Event, patient: bool = False) -> Seen:
        talk = self.stand_in.talk
        found: Interaction = talk.interactions[int(event.data["id"])]
        direct = self.direct_channel(found.user)
        before, had = len(talk.shown), set(direct.messages)
        await self.stand_in.gateway.tell(event)
        await self.stand_in.until(lambda: not found.waits or (not patient and self._gave_up(found)))
        await self.quiet()
        shown = [one for one in talk.shown[before:] if one.user == found.user]
        new = [message for id, message in direct.messages.items() if id not in had and str(id) not in
               {one.body.get("id") for one in shown}]  # fmt: skip
        return Seen(shown, new)

    def _gave_up(self, found: Interaction) -> bool:
        """The bot tried to answer and was refused."""
        return str(found.id) in {
            call.path.split("/")[2] for call in self.stand_in.calls[-20:] if call.name == "callback"
        }

    async def quiet(self) -> None:
        """Wait until the bot asks nothing any more."""
        calls, still = -1, 0
        while still < QUIET:
            still = still + 1 if calls == len(self.stand_in.calls) and not self.stand_in.under_way else 0
            calls = len(self.stand_in.calls)
            await asyncio.sleep(0)
            if still == QUIET // 2:  # what came through the socket has its task by now
                await self.lodging.idle()

    async def say(self, who: str, channel: int, text: str) -> Json:
        message = self.world.say(self.people[who], self.world.channels[channel], text)
        await self.heard_of(Posted, message["id"])
        return message

    async def edit(self, who: str, message: Json, text: str) -> None:
        where = self.world.channels[int(message["channel_id"])]
        self.world.edit(where, where.messages[int(message["id"])], text)
        await self.heard_of(Edited, message["id"])

    async def delete(self, who: str, message: Json) -> None:
        where = self.world.channels[int(message["channel_id"])]
        self.world.delete(where, message)
        await self.heard_of(Deleted, message["id"])

    async def heard_of(self, kind: type[Posted | Edited | Deleted], message: str) -> None:
        """Tell what has happened, and wait until the bot has dealt with this message."""
        ear = self.lodging.ear
        since = len(ear.heard)
        await self.stand_in.tell()

        def this(event: Inbound) -> bool:
            return isinstance(event, kind) and event.message == message

        await ear.until(this, since)
        await self.quiet()

    async def tell(self) -> None:
        """Tell what has happened in the world; the bot had the time to see to it."""
        await self.stand_in.tell()
        await self.quiet()

    async def talk_past(self, who: str, channel: int, text: str) -> Json:
        """A message that the bot has no business with; it had the time to look at it."""
        message = self.world.say(self.people[who], self.world.channels[channel], text)
        await self.tell()
        return message

    # What is there ----------------------------------------------------------------------------------------------------

    def messages(self, channel: int) -> list[Json]:
        return [one for one in self.world.channels[channel].messages.values() if one["type"] != STARTER]

    def user(self, who: str) -> int:
        return self.people[who].id

    def direct(self, who: str) -> int:
        return self.direct_channel(self.people[who].id).id

    def direct_channel(self, user: int) -> Channel:
        return self.world.direct(user)

    def close_messages(self, who: str) -> None:
        self.people[who].closed = True


@asynccontextmanager
async def wired(stand_in: StandIn, people: dict[str, User], guild: Guild, lodging: Lodging) -> AsyncIterator[Wire]:
    """A connected bot until the block ends."""
    wire = Wire(stand_in, people, guild, lodging)
    await wire.start()
    try:
        yield wire
    finally:
        await wire.stop()
