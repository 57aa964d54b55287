"""What stands between the bot and Discord, one line a question: what is wrong, and how to mend it.

It only reads, and may be asked while the bot runs.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import discord

from adapters.discord import commands, manifest, permissions
from adapters.discord.client import CONTENT
from adapters.discord.faults import NO_ACCESS, TROUBLES, UNKNOWN_CHANNEL, Trouble, code, line
from adapters.discord.rest import Rest
from adapters.discord.settings import DiscordSettings, looks_right
from bot.core.commands import Command
from bot.core.events import Place
from bot.core.ports import Clock

KINDS = {0: "text", 5: "announcement", 15: "forum", 16: "media"}  # in which a group can live
RESET = "Developer Portal, your app, Bot, Reset Token; then set the new MOCKINGBIRD_DISCORD_TOKEN."
UNSEEN = ("the bot cannot see it, or is not in its server. Edit Channel, Permissions: allow Mockingbird View Channel; or "
          "invite the bot again (mockingbird manifest discord).")  # fmt: skip
FEW_STARTS = 50  # of a day's 1,000

State = Literal["ok", "note", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer. `note` is worth knowing and nothing to mend."""

    state: State
    about: str
    says: str

    def __str__(self) -> str:
        return f"{self.state:<5}  {self.about}: {self.says}"


async def examine(
    settings: DiscordSettings, clock: Clock, book: Sequence[Command], channels: Sequence[Place]
) -> AsyncIterator[Finding]:
    """All findings, in the order in which they are best mended. `channels` are those of our groups."""
    if not settings.speaks:
        yield Finding("wrong", "settings", "there is no MOCKINGBIRD_DISCORD_TOKEN. docs/deploy-discord.md says where to "
                      "get it.")  # fmt: skip
        return
    share = settings.share
    held = f"shards {share.ids[0]} to {share.ids[-1]} of {share.count}" if share else "all shards"
    yield Finding("ok", "settings", f"there is a token, and this process holds {held}")
    rest = Rest(settings, clock)
    try:
        async for finding in _asked(rest, book, channels):
            yield finding
    finally:
        await rest.close()


async def _asked(rest: Rest, book: Sequence[Command], channels: Sequence[Place]) -> AsyncIterator[Finding]:
    refused = await _token(rest)
    if refused:
        yield refused
        return
    yield Finding("ok", "token", f"it is {rest.client.user} (number {rest.me})")
    yield _intents(rest.client.application_flags.value)
    yield _endpoint(rest.client.application)
    yield await _commands(rest, book)
    yield await _gateway(rest)
    servers = await _servers(rest)
    yield servers
    if servers.state == "ok" and not channels:
        yield Finding("note", "channels", "no study group yet. Type /group setup in a channel.")
    for place in channels:
        yield await _channel(rest, place)


async def _token(rest: Rest) -> Finding | None:
    try:
        await rest.login()
    except discord.LoginFailure:
        shape = (
            "" if looks_right(rest.settings.token) else " It has not the shape of one: three parts with dots between."
        )
        return Finding("wrong", "token", f"Discord refuses it.{shape} {RESET}")
    except TROUBLES as trouble:
        return _silent("token", rest, trouble)
    return None


def _intents(flags: int) -> Finding:
    if flags & CONTENT:
        return Finding("ok", "intents", "Message Content is on: what members write in a day's thread is their answer")
    return Finding("note", "intents", "Message Content is off: answers come by the Answer form alone. To change that, "
                   "switch on Message Content Intent in the Developer Portal, your app, Bot.")  # fmt: skip


def _endpoint(application: discord.AppInfo | None) -> Finding:
    url = application.interactions_endpoint_url if application else None
    if url:
        return Finding("wrong", "interactions", f"Discord sends them to {url}, and the bot hears nothing. Empty "
                       "Interactions Endpoint URL in the Developer Portal, your app, General Information.")  # fmt: skip
    return Finding("ok", "interactions", "they come through the sockets")


async def _commands(rest: Rest, book: Sequence[Command]) -> Finding:
    wanted = commands.definitions(book)
    try:
        found: Any = await rest.call("GET", "/applications/{application_id}/commands",
                                     application_id=str(rest.client.application_id))  # fmt: skip
    except TROUBLES as trouble:
        return _silent("commands", rest, trouble)
    if not found:
        return Finding("wrong", "commands", "Discord has none. Start the bot once: mockingbird run.")
    if commands.changed(wanted, found):
        return Finding("wrong", "commands", "Discord has those of another version. Start the bot again: mockingbird run "
                       "sends them.")  # fmt: skip
    return Finding("ok", "commands", f"all {len(wanted)} are as Discord has them")


async def _gateway(rest: Rest) -> Finding:
    try:
        found: Any = await rest.call("GET", "/gateway/bot")
    except TROUBLES as trouble:
        return _silent("gateway", rest, trouble)
    limits = found.get("session_start_limit") or {}
    left, total = int(limits.get("remaining") or 0), int(limits.get("total") or 0)
    share = rest.settings.share
    if share and share.count < int(found.get("shards") or 1):
        return Finding("wrong", "gateway", f"Discord wants {found['shards']} shards, MOCKINGBIRD_DISCORD_SHARDS has "
                       f"{share.count}. Raise the number behind the slash in all processes.")  # fmt: skip
    if left < min(FEW_STARTS, total):
        hours = int(limits.get("reset_after") or 0) / 3_600_000
        return Finding("wrong", "gateway", f"{left} of {total} starts are left for {hours:.0f} hours. Something starts the "
                       "bot over and over; see its log.")  # fmt: skip
    return Finding(
        "ok", "gateway", f"{left} of {total} starts are left today; Discord advises {found.get('shards')} shard(s)"
    )


async def _servers(rest: Rest) -> Finding:
    try:
        found: Any = await rest.call("GET", "/users/@me/guilds", params={"limit": 200})
    except TROUBLES as trouble:
        return _silent("servers", rest, trouble)
    if not found:
        link = manifest.invite(str(rest.client.application_id))
        return Finding("wrong", "servers", f"the bot is in none. Open {link}")
    names = ", ".join(str(one.get("name")) for one in found[:3]) + (" ..." if len(found) > 3 else "")
    return Finding("ok", "servers", f"the bot is in {len(found)}{'+' if len(found) == 200 else ''}: {names}")


async def _channel(rest: Rest, place: Place) -> Finding:
    about = f"channel {place.channel}"
    try:
        channel: Any = await rest.call("GET", "/channels/{channel_id}", channel_id=place.channel)
        guild: Any = await rest.call("GET", "/guilds/{guild_id}", guild_id=place.workspace)
        member: Any = await rest.call("GET", "/guilds/{guild_id}/members/{user_id}", guild_id=place.workspace,
                                      user_id=rest.me)  # fmt: skip
    except TROUBLES as trouble:
        if code(trouble) == UNKNOWN_CHANNEL:
            return Finding("wrong", about, "it is gone. Set the group up in another channel: /group setup.")
        if code(trouble) == NO_ACCESS:
            return Finding("wrong", about, UNSEEN)
        return _silent(about, rest, trouble)
    named = f"#{channel.get('name')} in {guild.get('name')}"
    if channel.get("type") not in KINDS:
        return Finding(
            "wrong", about, f"{named} is no text or forum channel, and cannot hold threads. Use another one."
        )
    missing = permissions.missing(permissions.in_channel(guild, member, channel))
    if missing:
        return Finding("wrong", about, f"in {named} the bot lacks: {', '.join(missing)}. Edit Channel, Permissions: allow "
                       "Mockingbird these.")  # fmt: skip
    return Finding("ok", about, f"all {len(permissions.NEEDED)} permissions in {named}")


def _silent(about: str, rest: Rest, trouble: Trouble) -> Finding:
    if isinstance(trouble, discord.HTTPException):
        return Finding("wrong", about, f"Discord says {line(trouble)}")
    return Finding("wrong", about, f"{rest.settings.api_url} does not answer ({type(trouble).__name__}). Is there a way "
                   "to the internet from here?")  # fmt: skip
