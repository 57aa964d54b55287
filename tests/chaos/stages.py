"""Where a storm takes place: the platform of chaos itself, or the way through a Proxy to a stand-in of Slack or Discord.

People need a place and names there, and see what was posted by its name: the key on the platform of chaos and in Slack, the
marks that stand for the key in Discord.
"""

import re
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from adapters.discord.render import key_marks, marks_of
from bot.core.events import Person, Place
from bot.core.ui import Card
from tests.adapters import discord_screen, discord_stand_in, slack_screen, slack_stand_in
from tests.adapters.discord_guild import Json
from tests.adapters.discord_stand_in import Fault
from tests.adapters.discord_world import STARTER
from tests.adapters.discord_world import World as Discord
from tests.adapters.slack_workspace import User, Workspace
from tests.chaos.proxy import Proxy
from tests.chaos.world import Message, World

NAMES = ("ana", "ben", "chi")
WORKSPACES = 12
Told = Callable[[str, Card], None]


@dataclass(frozen=True, slots=True)
class Landed:
    """What stands on the platform, by its name; `edited` where it was changed since."""

    name: str
    edited: bool


class Stage(Protocol):
    @property
    def url(self) -> str:
        """Where the platform's adapter goes; empty for the platform of chaos."""
        ...

    @property
    def under_way(self) -> int:
        """How many requests are still to be done."""
        ...

    def group(self, number: int) -> tuple[Place, list[Person]]:
        """A channel of its own and the people in it; the first of them manages it."""
        ...

    def name(self, key: str) -> str:
        """The name by which a message with this key is known."""
        ...

    def landed(self) -> list[Landed] | None:
        """All that was posted, in order; None where the world itself knows it."""
        ...


@dataclass
class ChaosStage:
    world: World
    told: Told
    url: str = ""
    under_way: int = 0

    def __post_init__(self) -> None:
        self.world.listeners.append(self._posted)

    def _posted(self, message: Message) -> None:
        self.told(message.parcel.key, message.parcel.card)

    def group(self, number: int) -> tuple[Place, list[Person]]:
        place = Place("chaos", f"w{number % WORKSPACES}", f"c{number}")
        people = [Person(f"c{number}-{name}", name.title(), manages=name == "ana", zone="UTC") for name in NAMES]
        return place, people

    def name(self, key: str) -> str:
        return key

    def landed(self) -> list[Landed] | None:
        return None


@dataclass
class SlackStage:
    """Workspaces of a Slack that the bot is in; a token is `xoxb-` and the workspace's id."""

    slack: Workspace
    told: Told
    proxy: Proxy | None = None
    _seen: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"{self.proxy.url}/api/" if self.proxy else ""

    @property
    def under_way(self) -> int:
        return self.proxy.under_way if self.proxy else 0

    def group(self, number: int) -> tuple[Place, list[Person]]:
        id = f"T{number % WORKSPACES:04}"
        team = self.slack.teams.get(id) or self.slack.team(id, f"xoxb-{id}")
        users = [User(f"U{number:04}{name.upper()}", name.title(), "UTC", admin=name == "ana") for name in NAMES]
        team.add(*users)
        channel = team.channel(f"C{number:04}", f"c{number}", users[0].id)
        return Place("slack", id, channel.id), [
            Person(one.id, one.name, manages=one.admin, zone="UTC") for one in users
        ]

    def name(self, key: str) -> str:
        return key

    def landed(self) -> list[Landed] | None:
        found = [message for _, _, message in self.slack.bot_messages()]
        return [Landed(message["metadata"]["event_payload"]["k"], "edited" in message) for message in found]

    def news(self) -> None:
        for _, _, message in self.slack.bot_messages():
            if message["ts"] not in self._seen:
                self._seen.add(message["ts"])
                self.told(message["metadata"]["event_payload"]["k"], slack_screen.card(message))


@dataclass
class DiscordStage:
    """Servers of a Discord that the bot is in."""

    discord: Discord
    told: Told
    proxy: Proxy | None = None
    _seen: set[str] = field(default_factory=set)
    _guilds: dict[int, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"{self.proxy.url}/api/v10" if self.proxy else ""

    @property
    def under_way(self) -> int:
        return self.proxy.under_way if self.proxy else 0

    def group(self, number: int) -> tuple[Place, list[Person]]:
        users = [self.discord.person(name.title()) for name in NAMES]
        home = number % WORKSPACES
        if home not in self._guilds:
            self._guilds[home] = self.discord.guild(f"Study hall {home}", users[0]).id
        guild = self.discord.guilds[self._guilds[home]]
        guild.members |= dict.fromkeys((one.id for one in users), 0)
        channel = self.discord.channel(guild, f"c{number}")
        people = [Person(str(one.id), one.name, manages=one is users[0], zone="UTC") for one in users]
        return Place("discord", str(guild.id), str(channel.id)), people

    def name(self, key: str) -> str:
        return str(key_marks(key))

    def _posts(self) -> list[Json]:
        """Without the mirror of a post that stands at the top of its thread."""
        return [message for _, message in self.discord.bot_messages() if message["type"] != STARTER]

    def landed(self) -> list[Landed] | None:
        return [Landed(str(marks_of(one["components"])), one["edited_timestamp"] is not None) for one in self._posts()]

    def news(self) -> None:
        for message in self._posts():
            if message["id"] not in self._seen:
                self._seen.add(message["id"])
                self.told(str(marks_of(message["components"])), discord_screen.card(message))


async def stage(platform: str, world: World, told: Told, stack: AsyncExitStack) -> Stage:
    """The one for a platform; it closes with the stack."""
    if platform == "chaos":
        return ChaosStage(world, told)
    if platform == "slack":
        slack = await stack.enter_async_context(slack_stand_in.standing_in(Workspace(time.time)))
        home = SlackStage(slack.slack, told)
        home.proxy = Proxy(world, slack.url, _slack_kind, _slack_limited, home.news)
        await home.proxy.open(stack)
        return home
    discord = await stack.enter_async_context(discord_stand_in.standing_in(Discord(time.time)))
    town = DiscordStage(discord.world, told)
    town.proxy = Proxy(world, discord.url, _discord_kind, Fault(429, after=0.5).answer, town.news)
    await town.proxy.open(stack)
    return town


def _slack_kind(_method: str, path: str) -> str:
    name = path.removeprefix("/api/")
    if name in ("chat.postMessage", "chat.update"):
        return "does"
    return "asks" if name in ("conversations.history", "conversations.replies", "conversations.open") else ""


def _slack_limited() -> web.Response:
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "1"})


def _discord_kind(method: str, path: str) -> str:
    if re.search(r"/channels/\d+/messages", path):
        return "asks" if method == "GET" else "does"
    return ""
