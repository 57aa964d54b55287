"""The chat platforms that have credentials, each in one piece."""

from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from functools import partial
from typing import Any, Protocol

from adapters.discord import settings as discord_settings
from adapters.discord.settings import DiscordSettings
from adapters.slack import settings as slack_settings
from adapters.slack.settings import SlackSettings
from bot.bootstrap import Bot
from bot.clock import SteadyClock, WallClock
from bot.core.errors import SettingsError
from bot.core.ports import Platform, Seats
from bot.settings import Settings
from bot.store.database import connect

Retire = Callable[..., Awaitable[int]]
"""Give up what is owed to a platform's workspace, with the reason, or to a channel of it; how many messages that were."""


def credentials(settings: Settings) -> tuple[SlackSettings, DiscordSettings]:
    """Raises SettingsError with the faults of both."""
    faults, slack, discord = [], SlackSettings(), DiscordSettings()
    try:
        slack = slack_settings.read(settings.platforms)
    except SettingsError as error:
        faults.append(str(error))
    try:
        discord = discord_settings.read(settings.platforms)
    except SettingsError as error:
        faults.append(str(error))
    if faults:
        raise SettingsError("\n".join(faults))
    return slack, discord


def idle(role: str, slack: SlackSettings, discord: DiscordSettings) -> str:
    """Why a role has nothing to do with these credentials; empty where it has. A formation such as the Procfile's starts
    all roles, whichever of them are needed."""
    if role == "web" and not slack.http:
        return ("`run web` answers Slack over HTTP, which needs MOCKINGBIRD_SLACK_SIGNING_SECRET; Discord and Slack's "
                "Socket Mode are heard by `run worker`.")  # fmt: skip
    if role == "worker" and not slack.sockets and not discord.speaks:
        return ("`run worker` holds the sockets of Discord, which needs MOCKINGBIRD_DISCORD_TOKEN, and of Slack, which "
                "needs MOCKINGBIRD_SLACK_APP_TOKEN; over HTTP Slack is answered by `run web`.")  # fmt: skip
    return ""


class Way(Protocol):
    """One way to hear a platform: what runs until cancelled, and what to tell whoever started us."""

    @property
    def task(self) -> Coroutine[Any, Any, None]: ...
    @property
    def says(self) -> str: ...


class Face(Protocol):
    """A platform with credentials: what it delivers through, and the ways to hear it."""

    @property
    def platform(self) -> Platform: ...
    def ways(self, role: str, bot: Bot, seats: Seats) -> Sequence[Way]: ...

    async def close(self) -> None: ...


class _Slack:
    """Loaded on first use: Bolt and its servers cost a second that the playground need not pay."""

    def __init__(self, settings: Settings, slack: SlackSettings, retire: Retire) -> None:
        from adapters.slack.face import SlackFace  # noqa: PLC0415

        self._settings = settings
        self._database = connect(settings.database_url)
        gone = partial(retire, slack_settings.PLATFORM)
        self._face = SlackFace(slack, WallClock(), self._database, gone, SteadyClock())
        self.platform: Platform = self._face.platform

    def ways(self, role: str, bot: Bot, seats: Seats) -> Sequence[Way]:
        engine, settings = bot.engine, self._settings
        return self._face.listen(role, engine.handle, engine.routes.book, settings.host, settings.port, seats)

    async def close(self) -> None:
        await self._face.close()
        self._database.dispose()


class _Discord:
    """Loaded on first use: discord.py costs half a second."""

    def __init__(self, discord: DiscordSettings, retire: Retire) -> None:
        from adapters.discord.face import DiscordFace  # noqa: PLC0415

        self._face = DiscordFace(discord, WallClock(), partial(retire, discord_settings.PLATFORM), SteadyClock())
        self.platform: Platform = self._face.platform

    def ways(self, role: str, bot: Bot, seats: Seats) -> Sequence[Way]:
        return self._face.listen(role, bot.engine.handle, bot.engine.routes, seats)

    async def close(self) -> None:
        await self._face.close()


def with_credentials(
    settings: Settings, slack: SlackSettings, discord: DiscordSettings, retire: Retire
) -> Iterator[Face]:
    """Make the faces, inside the event loop."""
    if slack.speaks:
        yield _Slack(settings, slack, retire)
    if discord.speaks:
        yield _Discord(discord, retire)
