"""One shard's connection: held until it is closed, and begun anew when it breaks for good."""

import asyncio
import logging
from collections.abc import Callable

import discord

from adapters.discord.client import Ear
from adapters.discord.faults import TROUBLES, line
from adapters.discord.rest import Rest
from bot.core.errors import SettingsError

log = logging.getLogger("mockingbird.discord")

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0  # seconds between two tries to reach Discord
REFUSED = (
    "MOCKINGBIRD_DISCORD_TOKEN: Discord refuses it. Make a new one in the Developer Portal, your app, Bot, Reset Token."
)
FATAL = {  # reasons for which a gateway closes a connection for good
    4004: REFUSED,
    4010: "MOCKINGBIRD_DISCORD_SHARDS: Discord knows no such shard. Leave it out, or count it from 0 of as many as all "
          "processes share.",
    4011: "MOCKINGBIRD_DISCORD_SHARDS: the bot is in more servers than so many shards may hold. Raise the number behind the "
          "slash in all processes, or leave it out.",
}  # fmt: skip


class Session:
    """Begins at once. `ready` once all servers of the shard are known; `changed` is called then, and when it has ended,
    which is for a fault that `task` holds: SettingsError where Discord refuses the token or the shard."""

    def __init__(self, rest: Rest, shard: int, count: int, changed: Callable[[], None]) -> None:
        self.ready = False
        self._rest = rest
        self._shard = shard
        self._count = count
        self._changed = changed
        self.task = asyncio.create_task(self._hold())
        self.task.add_done_callback(lambda _: changed())

    async def close(self) -> None:
        """Hear nothing more."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def _hold(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                await self._rest.login()
                if self._shard == 0 and self._rest.hooks is not None:  # one process has it, and keeps the commands
                    await self._rest.client.sync(self._rest.hooks.definitions)
                await self._hear()
            except discord.LoginFailure:
                raise SettingsError(REFUSED) from None
            except discord.PrivilegedIntentsRequired:
                log.warning("Message Content Intent is not switched on: going on without it")
                self._rest.do_without_content()
                continue
            except discord.ConnectionClosed as closed:
                if closed.code in FATAL:
                    raise SettingsError(FATAL[closed.code]) from None
                log.warning("Discord closed shard %d's connection (%s); tried again in %.0f s", self._shard, closed.code,
                            pause)  # fmt: skip
            except TROUBLES as trouble:
                log.warning("Discord cannot be reached now: %s; tried again in %.0f s", line(trouble), pause)
            if self.ready:
                self.ready, pause = False, FIRST_PAUSE
            await self._rest.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _hear(self) -> None:
        """discord.py's client connects once in its life, and mends by itself what it can."""
        ear = self._rest.ear(self._shard, self._count)
        self._rest.ears.append(ear)
        try:
            async with ear:
                telling = asyncio.create_task(self._tell(ear))
                try:
                    await ear.connect()
                finally:
                    telling.cancel()
        finally:
            self._rest.ears.remove(ear)

    async def _tell(self, ear: Ear) -> None:
        await ear.wait_until_ready()
        self.ready = True
        self._changed()
