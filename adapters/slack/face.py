"""All of Slack in one piece, for the composition root: whom we may speak to, the platform, and what listens."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from adapters.slack.app import SlackApp, Speaking, build
from adapters.slack.connection import client, session
from adapters.slack.deliver import SlackPlatform
from adapters.slack.install import routes
from adapters.slack.manifest import EVENTS_PATH, INSTALL_PATH
from adapters.slack.sealing import Seal
from adapters.slack.serving import serve
from adapters.slack.settings import SlackSettings
from adapters.slack.sockets import sockets
from adapters.slack.store import Installations, States
from adapters.slack.web import Web
from adapters.slack.workspaces import ManyWorkspaces, OneWorkspace, Retire, Workspaces
from bot.core.commands import Command
from bot.core.errors import SettingsError
from bot.core.events import Inbound, Reply
from bot.core.ports import Clock, Seats


@dataclass(frozen=True, slots=True)
class Listening:
    """One way to hear Slack: what runs until cancelled, and what to tell whoever started us."""

    task: Coroutine[Any, Any, None]
    says: str


class SlackFace:
    """Make it inside the event loop; close it at the end."""

    def __init__(self, settings: SlackSettings, clock: Clock, database: Engine, retire: Retire, steady: Clock) -> None:
        """`database` keeps the installations of many workspaces; `retire` gives up what is owed to one; nobody sets
        `steady`, by which the pace goes."""
        self._settings = settings
        self._clock = clock
        self._database = database
        self._session = session()
        self._speaking = Speaking()
        self._installations: Installations | None = None
        self.workspaces: Workspaces = self._many(retire) if settings.many else self._one(retire)
        self.platform = SlackPlatform(self.workspaces.client, steady)

    def _one(self, retire: Retire) -> OneWorkspace:
        return OneWorkspace(client(self._settings, self._session, self._settings.bot_token), retire)

    def _many(self, retire: Retire) -> ManyWorkspaces:
        settings = self._settings
        self._installations = Installations(self._database, settings.client_id, Seal(settings.secret_key))
        return ManyWorkspaces(
            self._installations,
            lambda token: client(settings, self._session, token),
            settings.client_id,
            settings.client_secret,
            self._clock,
            retire,
        )

    def listen(
        self,
        role: str,
        handle: Callable[[Inbound], Awaitable[Reply]],
        book: tuple[Command, ...],
        host: str,
        port: int,
        seats: Seats,
    ) -> list[Listening]:
        """All ways that there are credentials for, or those of one role. `seats` share the sockets out."""
        settings, ways = self._settings, list[Listening]()
        app = build(handle, book, self.workspaces, settings, self._clock, self._session, self._speaking)
        if role in ("", "web") and settings.http:
            says = f"Mockingbird answers Slack at http://{host}:{port}{EVENTS_PATH}"
            says += f", and is installed at {INSTALL_PATH}" if settings.many else ""
            ways.append(Listening(self._serve(app, host, port), says))
        if role in ("", "worker") and settings.sockets:
            ways.append(Listening(sockets(app, settings, seats), "Mockingbird connects to Slack by two sockets"))
        return ways

    async def _serve(self, app: SlackApp, host: str, port: int) -> None:
        settings = self._settings
        pages = []
        if self._installations is not None and isinstance(self.workspaces, ManyWorkspaces):
            workspaces = self.workspaces

            async def installed(team: str) -> None:
                workspaces.forget(team)

            pages = routes(
                client(settings, self._session, ""),
                settings.client_id,
                settings.client_secret,
                self._installations,
                States(self._database, self._clock),
                installed,
            )
        try:
            await serve(Web(app, settings, pages), host, port)
        except OSError as error:
            raise SettingsError(f"PORT: http://{host}:{port} cannot be had ({error.strerror}). Choose another, such as "
                                f"PORT={port + 1}.") from None  # fmt: skip

    async def close(self) -> None:
        """Say to the end what is being said, then let the network go."""
        await self._speaking.finish()
        await self._session.close()
