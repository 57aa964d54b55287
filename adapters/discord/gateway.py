"""Discord's sockets: held until cancelled, with what people write in threads where that is granted, without it else."""

import asyncio
import logging

import discord

from adapters.discord.app import Hooks
from adapters.discord.faults import TROUBLES, line
from adapters.discord.rest import Rest
from bot.core.errors import SettingsError

log = logging.getLogger("mockingbird.discord")

GRACE = 3.0  # seconds that answers under way have at the end
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0  # seconds between two tries to reach Discord at the start
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
READS = "reads what people write in threads"
FORMS = ("does not read what people write in threads, so answers come by the Answer form; to change that, switch on Message "
         "Content Intent in the Developer Portal, your app, Bot")  # fmt: skip


async def listen(rest: Rest, connected: asyncio.Event | None = None) -> None:
    """Hold the sockets until cancelled; `connected` is set once all shards stand. Raises SettingsError where Discord refuses
    the token or the shards."""
    pause = FIRST_PAUSE
    try:
        while True:
            content = rest.client.reads_threads
            try:
                await rest.login()
                pause = FIRST_PAUSE
                await _connect(rest, connected)
            except discord.LoginFailure:
                raise SettingsError(REFUSED) from None
            except discord.PrivilegedIntentsRequired:
                log.warning("Message Content Intent is not switched on: going on without it")
                await _again(rest, content=False)
                continue
            except discord.ConnectionClosed as closed:
                if closed.code in FATAL:
                    raise SettingsError(FATAL[closed.code]) from None
                log.warning("Discord closed the connection (%s); tried again in %.0f s", closed.code, pause)
            except TROUBLES as trouble:
                log.warning("Discord cannot be reached now: %s; tried again in %.0f s", line(trouble), pause)
            await rest.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            await _again(rest, content=content)
    finally:
        await _end(rest)


async def _again(rest: Rest, *, content: bool) -> None:
    """discord.py's client connects once in its life."""
    if rest.client.user is not None:
        await rest.client.close()
        rest.renew(content=content)


async def _connect(rest: Rest, connected: asyncio.Event | None) -> None:
    client = rest.client
    await client.prepare()
    telling = asyncio.create_task(_tell(client, connected))
    try:
        await client.connect()
    finally:
        telling.cancel()


async def _tell(client: discord.AutoShardedClient, connected: asyncio.Event | None) -> None:
    await client.wait_until_ready()
    mode = READS if client.intents.message_content else FORMS
    log.info("connected to Discord as %s in %d servers by %d shards; the bot %s", client.user, len(client.guilds),
             len(client.shards), mode)  # fmt: skip
    if connected is not None:
        connected.set()


async def _end(rest: Rest) -> None:
    """Answers under way go out first."""
    if isinstance(rest.client.hooks, Hooks):
        await rest.client.hooks.finish(GRACE)
    if not rest.client.is_closed() and rest.client.user is not None:
        await rest.client.close()
