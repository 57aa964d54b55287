"""All of Discord in one piece, for the composition root: the platform, and what listens."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from adapters.discord.app import Hooks, Routed
from adapters.discord.deliver import DiscordPlatform
from adapters.discord.gateway import listen
from adapters.discord.life import Retire
from adapters.discord.rest import Rest
from adapters.discord.settings import DiscordSettings
from bot.core.events import Inbound, Reply
from bot.core.ports import Clock, Seats


@dataclass(frozen=True, slots=True)
class Listening:
    """One way to hear Discord: what runs until cancelled, and what to tell whoever started us."""

    task: Coroutine[Any, Any, None]
    says: str


class DiscordFace:
    """Make it inside the event loop; close it at the end."""

    def __init__(self, settings: DiscordSettings, clock: Clock, retire: Retire, steady: Clock) -> None:
        """`retire` gives up what is owed to a server, or to a channel of it; nobody sets `steady`, by which the pace
        goes."""
        self._settings = settings
        self._clock = clock
        self._retire = retire
        self._rest = Rest(settings, steady)
        self.platform = DiscordPlatform(self._rest)

    def listen(
        self, role: str, handle: Callable[[Inbound], Awaitable[Reply]], routes: Routed, seats: Seats
    ) -> list[Listening]:
        """The sockets, where the role has them. `seats` share the shards out."""
        if role not in ("", "worker"):
            return []
        self._rest.hooks = Hooks(self._rest, handle, routes, self._clock, self._retire)
        share = self._settings.share
        shards = f"shards {share.ids[0]} to {share.ids[-1]} of {share.count}" if share else "its share of the shards"
        return [Listening(listen(self._rest, self._clock, seats), f"Mockingbird connects to Discord, {shards}")]

    async def close(self) -> None:
        """Let the network go."""
        await self._rest.close()
