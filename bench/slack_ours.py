"""Mockingbird's Slack app on a database file, with groups in it, and a stand-in for what it asks of Slack."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from adapters import compose
from adapters.slack import connection
from adapters.slack.app import build
from adapters.slack.settings import SlackSettings
from adapters.slack.web import Web
from adapters.slack.workspaces import OneWorkspace
from bench.slack_callers import SECRET, channel_of, user_of
from bot.bootstrap import Service
from bot.clock import WallClock
from bot.content import load
from bot.core.events import Command, Person, Place, Submit
from bot.core.ui import ActionId
from bot.testing import setup_values
from tests.adapters.slack_stand_in import standing_in
from tests.adapters.slack_workspace import User, Workspace

TOKEN = "xoxb-study"


@asynccontextmanager
async def ours(folder: Path, callers: int) -> AsyncIterator[Web]:
    """The app with a group for each eight of the callers."""
    async with standing_in(Workspace(time.time)) as stand_in:
        team = stand_in.slack.team(token=TOKEN)
        settings = SlackSettings(bot_token=TOKEN, signing_secret=SECRET, api_url=stand_in.api)
        carrier, clock = connection.session(), WallClock()
        service = Service(f"sqlite:///{folder / 'ours.db'}", load(), clock, {})
        try:
            for number in range(callers):
                team.add(User(user_of(number), f"Caller {number}"))
                team.channel(channel_of(number), f"group-{number // 8}")
            await _join(service, callers)
            workspaces = OneWorkspace(connection.client(settings, carrier, TOKEN), _retire)
            engine = service.bot.engine
            app = build(engine.handle, engine.routes.book, workspaces, settings, clock, carrier)
            compose.steady()
            yield Web(app, settings)
        finally:
            service.close()
            await carrier.close()


async def _retire(team: str, why: str) -> int:
    return 0


async def _join(service: Service, callers: int) -> None:
    for number in range(callers):
        place = Place("slack", "T0STUDY", channel_of(number))
        who = Person(user_of(number), f"Caller {number}", manages=True, zone="Europe/Berlin")
        if number % 8 == 0:
            form = ActionId("group.setup", "two-weeks")
            await service.bot.engine.handle(Submit(f"setup:{number}", who, place, form, setup_values()))
        else:
            await service.bot.engine.handle(Command(f"join:{number}", who, place, "group", "join"))
