"""Servers and channels come and go: a newcomer is welcomed, and where nobody can read a plan, it waits."""

import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

import discord

from adapters.discord.faults import TROUBLES, line
from adapters.discord.rest import Rest
from adapters.discord.settings import PLATFORM
from bot.core.events import Command, Inbound, Person, Place, Reply
from bot.core.markup import escape
from bot.core.ports import Clock
from bot.core.ui import ActionId, Button, Card, Prose

log = logging.getLogger("mockingbird.discord")

Handle = Callable[[Inbound], Awaitable[Reply]]
MOST_ROOMS = 5  # channels that are tried for a welcome
HOMES = (discord.ChannelType.text, discord.ChannelType.news, discord.ChannelType.forum, discord.ChannelType.media)


class Retire(Protocol):
    """Gives up what is owed to a server, or to one of its channels; how many messages that were."""

    def __call__(self, workspace: str, why: str, channel: str = "", /) -> Awaitable[int]: ...


def welcome(server: str) -> Card:
    """To the server's owner, who may set a group up."""
    return Card(
        "Mockingbird is here",
        (
            Prose(f"Thank you for having me in **{escape(server)}**. I run a study group for machine-learning-engineer "
                  "interviews in one of its channels: a task and a question each day, peer review, mock questions."),
            Prose("1. Choose a text or forum channel that I can see and write in.\n"
                  "2. Type `/group setup` there, and keep what the form proposes.\n"
                  "3. The members press *Join*."),
        ),
        (),
        "A group that was here before waits where it was paused: /group resume in its channel. /help shows what I can do.",
    )  # fmt: skip


def greeting() -> Card:
    """The same in a channel, where the owner takes no direct messages."""
    return Card(
        "I am in this server",
        (Prose("Is there no study group here yet? Whoever manages a channel sets one up in it. One that was here before "
               "waits where it was paused: *Settings* has the button to go on."),),
        ((Button("Set up a group here", ActionId("group.setup"), "primary"),
          Button("Settings", ActionId("group.settings"))),),
        "/help shows what I can do.",
    )  # fmt: skip


class Life:
    """Keeps up with what Discord tells about servers and channels."""

    def __init__(self, handle: Handle, rest: Rest, retire: Retire, clock: Clock) -> None:
        self._handle = handle
        self._rest = rest
        self._retire = retire
        self._clock = clock

    async def joined(self, guild: discord.Guild) -> None:
        """A short welcome to the one who may set a group up; in a channel where their direct messages are closed."""
        log.info("server %s (%s) has us now", guild.id, guild.name)
        key = f"hello:{guild.id}"
        try:
            direct = await self._rest.direct(str(guild.owner_id))
            await self._rest.post(direct, welcome(guild.name), key)
        except TROUBLES as trouble:
            log.info("the owner of server %s is greeted in a channel: %s", guild.id, line(trouble))
            await self._greet(guild, key)

    async def _greet(self, guild: discord.Guild, key: str) -> None:
        """In the channel for such messages, else in the first where it may be."""
        rooms = [guild.system_channel, *guild.text_channels]
        for room in [room for room in rooms if room is not None][:MOST_ROOMS]:
            try:
                await self._rest.post(str(room.id), greeting(), key)
            except TROUBLES as trouble:
                log.warning("no welcome in channel %s of %s: %s", room.id, guild.id, line(trouble))
            else:
                return

    async def removed(self, guild: discord.Guild) -> None:
        """Nothing more can be sent there. What the groups wrote stays, and their plans wait."""
        count = await self._retire(str(guild.id), "the bot was removed from the server")
        log.warning("server %s removed us: %d messages are given up, its data is kept", guild.id, count)
        for channel in guild.channels:
            if channel.type in HOMES:
                await self._pause(Place(PLATFORM, str(guild.id), str(channel.id)))

    async def channel_gone(self, channel: discord.abc.GuildChannel) -> None:
        """The same for a single channel."""
        if channel.type not in HOMES:
            return
        place = Place(PLATFORM, str(channel.guild.id), str(channel.id))
        count = await self._retire(place.workspace, "the channel was deleted", place.channel)
        log.warning("channel %s of %s is deleted: %d messages are given up; a plan that ran there is paused",
                    place.channel, place.workspace, count)  # fmt: skip
        await self._pause(place)

    async def _pause(self, place: Place) -> None:
        """Refused where no plan runs, which is as well."""
        who = Person(self._rest.me or "bot", "Mockingbird", manages=True)
        id = f"{PLATFORM}:gone:{place.channel}:{self._clock.now().timestamp():.0f}"
        await self._handle(Command(id, who, place, "group", "pause"))
