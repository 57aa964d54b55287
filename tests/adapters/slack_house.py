"""A bot that lives in the stand-in's Slack, and what its people do and see there: the real Bolt app, both doors."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import httpx

from adapters.slack import connection, sockets
from adapters.slack.app import build
from adapters.slack.deliver import SlackPlatform
from adapters.slack.settings import SlackSettings
from adapters.slack.web import Web
from adapters.slack.workspaces import OneWorkspace
from bot.bootstrap import Bot
from bot.clock import FrozenClock
from bot.core.events import Place
from bot.core.ui import Card, Form
from bot.testing import words
from tests.adapters import slack_screen
from tests.adapters.slack_payloads import SECRET, Payloads, encoded, headers
from tests.adapters.slack_stand_in import APP_TOKEN, StandIn
from tests.adapters.slack_workspace import Json, Shown, Team

Door = Literal["http", "socket"]


@dataclass(frozen=True)
class Seen:
    """What one person saw of an answer: how the request was acknowledged, and what came by other ways."""

    status: int
    ack: Json
    shown: Sequence[Shown]

    @property
    def bodies(self) -> list[Json]:
        """Messages and views, the acknowledgement first."""
        view = [self.ack["view"]] if "view" in self.ack else []
        own = [self.ack] if "blocks" in self.ack or "text" in self.ack else []
        return own + view + [one.body for one in self.shown]

    @property
    def cards(self) -> list[Card]:
        return [slack_screen.card(body) for body in self.bodies if body.get("type") != "modal" or "submit" not in body]

    @property
    def words(self) -> str:
        """All that was read, faults of fields with it."""
        faults = self.ack.get("errors", {}).values()
        asked = [self.form.title] if self.form else []
        return "\n".join([*(words(card) for card in self.cards), *faults, *asked])

    @property
    def form(self) -> Form | None:
        """The form that was opened."""
        asked = [one.body for one in self.shown if one.how == "view" and "submit" in one.body]
        return slack_screen.form(asked[-1]) if asked else None


@dataclass
class Town:
    """The stand-in with the bot in it. `door` is how Slack's requests reach the app."""

    stand_in: StandIn
    team: Team
    payloads: Payloads
    bot: Bot
    clock: FrozenClock
    browser: httpx.AsyncClient
    door: Door
    retired: list[tuple[str, str]] = field(default_factory=list)

    async def post(self, body: bytes, sent: dict[str, str]) -> tuple[int, Json]:
        """A raw HTTP request; its status and what the body says."""
        answer = await self.browser.post("/slack/events", content=body, headers=sent)
        text = answer.text
        read: Json = json.loads(text) if text.startswith("{") else {"text": text} if text else {}
        return answer.status_code, read

    async def send(self, kind: str, payload: Json, retry: int = 0) -> tuple[int, Json]:
        """A payload through the door; how it was acknowledged. What it owes is sent."""
        if self.door == "socket":
            status, ack = 200, await self.stand_in.send(kind, payload, retry)
        else:
            body = encoded(kind, payload)
            status, ack = await self.post(body, headers(body, kind, int(time.time()), retry=retry))
        await self.bot.settle()
        return status, ack

    async def see(self, user: str, kind: str, payload: Json) -> Seen:
        before = len(self.stand_in.slack.shown)
        status, ack = await self.send(kind, payload)
        return Seen(status, ack, [one for one in self.stand_in.slack.shown[before:] if one.user == user])

    async def command(self, user: str, text: str, channel: str = "C0PREP") -> Seen:
        return await self.see(user, "slash_commands", self.payloads.command(user, channel, text))

    async def press(self, user: str, action: str, message: Json | None = None, channel: str = "C0PREP") -> Seen:
        return await self.see(user, "interactive", self.payloads.press(user, channel, action, message))

    async def choose(self, user: str, action: str, value: str, message: Json | None = None) -> Seen:
        return await self.see(user, "interactive", self.payloads.choose(user, "C0PREP", action, value, message))

    async def submit(self, user: str, values: dict[str, str | tuple[str, ...]]) -> Seen:
        """Send the modal that stands open."""
        view = self.stand_in.slack.views[user]
        seen = await self.see(user, "interactive", self.payloads.submit(user, view, values))
        if "response_action" not in seen.ack:
            del self.stand_in.slack.views[user]
        return seen

    async def event(self, payload: Json, retry: int = 0) -> int:
        return (await self.send("events_api", payload, retry))[0]

    async def say(self, user: str, text: str, thread: str = "", channel: str = "C0PREP") -> Json:
        """A message of a person, and the event that tells of it."""
        message = self.stand_in.slack.say(self.team, channel, user, text, thread)
        await self.event(self.payloads.posted(channel, message))
        return message

    async def mention(self, user: str, text: str, thread: str = "") -> Seen:
        return await self.see(user, "events_api", self.payloads.mention(user, "C0PREP", text, thread))

    def posted(self, start: str = "", channel: str = "C0PREP") -> list[Json]:
        """The bot's messages in a channel, by the start of their keys."""
        found = [one for one in self.team.messages.get(channel, []) if one.get("bot_id")]
        return [one for one in found if key(one).startswith(start)]

    async def advance(self, **span: float) -> None:
        """Live on for a `timedelta`'s worth of days, hours or minutes."""
        await self.bot.advance(self.clock, self.clock.now() + timedelta(**span))

    async def set_up(self, people: Sequence[str] = ("U0ANA", "U0BEN", "U0CHI", "U0DEE")) -> None:
        """A group in Berlin that posts at 08:00 every day from today; everyone joins."""
        await self.command(people[0], "/group setup")
        values: dict[str, str | tuple[str, ...]] = {"zone": "Europe/Berlin", "post_at": "08:00", "start": "today",
                                                    "weekdays": tuple("0123456"), "pace": "24-24"}  # fmt: skip
        await self.submit(people[0], values)
        for user in people[1:]:
            await self.command(user, "/group join")


def key(message: Json) -> str:
    """The key that a message of the bot carries; empty where it is owed to nobody."""
    found: Any = message.get("metadata", {}).get("event_payload", {}).get("k", "")
    return str(found)


@asynccontextmanager
async def connected(stand_in: StandIn, bot: Bot, clock: FrozenClock, door: Door, token: str) -> AsyncIterator[Town]:
    """The real Bolt app over a bot, reached through one of the doors."""
    settings = SlackSettings(bot_token=token, app_token=APP_TOKEN, signing_secret=SECRET, api_url=stand_in.api)
    carrier = connection.session()
    team = next(one for one in stand_in.slack.teams.values() if one.token == token)
    town: Town

    async def retire(team: str, why: str) -> int:
        town.retired.append((team, why))
        return 0

    workspaces = OneWorkspace(connection.client(settings, carrier, token), retire)
    app = build(bot.engine.handle, bot.routes.book, workspaces, settings, clock, carrier)
    transport = httpx.ASGITransport(Web(app, settings))
    stood = asyncio.Event()
    holding = asyncio.create_task(sockets.sockets(app, settings, connected=stood)) if door == "socket" else None
    try:
        if holding is not None:
            await stood.wait()
            await stand_in.until_connected(sockets.EACH)
        async with httpx.AsyncClient(transport=transport, base_url="http://bot") as browser:
            town = Town(stand_in, team, Payloads(stand_in, team), bot, clock, browser, door)
            yield town
    finally:
        if holding is not None:
            holding.cancel()
            await asyncio.gather(holding, return_exceptions=True)
        await carrier.close()


class Unhurried(SlackPlatform):
    """The stand-in takes any pace."""

    def wait(self, place: Place, ahead: int = 0) -> float:
        return 0.0


@asynccontextmanager
async def platform(stand_in: StandIn, clock: FrozenClock, token: str) -> AsyncIterator[SlackPlatform]:
    """Slack as the deliverer has it, that does not sleep."""
    carrier = connection.session()
    client = connection.client(SlackSettings(bot_token=token, api_url=stand_in.api), carrier, token)

    async def client_for(team: str) -> Any:
        return client

    async def at_once(seconds: float) -> None:
        """The stand-in takes any pace."""

    try:
        yield Unhurried(client_for, clock, at_once)
    finally:
        await carrier.close()
