"""The bot in a Discord: one store and one clock, and a client that can be ended and begun anew."""

from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.discord.app import Hooks
from adapters.discord.client import DiscordClient
from adapters.discord.deliver import DiscordPlatform
from adapters.discord.rest import Rest
from adapters.discord.settings import DiscordSettings
from bot.bootstrap import Bot
from bot.clock import FrozenClock
from bot.core.ports import Platform
from tests.adapters.discord_house import Ear, Mailbag


@dataclass
class Lodging:
    """What stays when the process is started again; `begin` makes the rest of it."""

    settings: DiscordSettings
    clock: FrozenClock
    assembled: Callable[[Platform], Bot]
    retired: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rest = self._rest()
        self.mail = Mailbag(DiscordPlatform(self.rest))
        self.bot = self.assembled(self.mail)
        self.ear = Ear(self.bot.engine.handle)

    def _rest(self) -> Rest:
        async def at_once(seconds: float) -> None:
            """The stand-in takes any pace."""

        return Rest(self.settings, self.clock, at_once)

    def begin(self) -> DiscordClient:
        """A client as a fresh process has it: nothing is remembered but what the store knows."""
        self.rest = self._rest()
        self.mail.platform = DiscordPlatform(self.rest)
        self.rest.hooks = Hooks(self.rest, self.ear, self.bot.engine.routes, self.clock, self._retire)
        return self.rest.client

    async def idle(self) -> None:
        """Wait for what the bot has under way."""
        assert self.rest.hooks is not None
        await self.rest.hooks.finish(10)

    async def _retire(self, workspace: str, why: str, channel: str = "") -> int:
        self.retired.append((workspace, channel, why))
        return await self.bot.deliverer.retire(self.mail.name, workspace, why, channel)
