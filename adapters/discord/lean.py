"""What discord.py is told of a server, cut down to what we use of it. Pure, but for the wrapping.

It keeps every channel with its overwrites, every role, emoji and member: with thousands of servers that is most of a
process's memory, and an answer needs none of it.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

log = logging.getLogger("mockingbird.discord")

SPOKEN_IN = (
    0,
    2,
    5,
    13,
    15,
    16,
)  # text, voice, announcement, stage, forum and media channels: commands come from there
UNUSED: Mapping[str, list[Any]] = {
    name: []
    for name in ("emojis", "guild_scheduled_events", "members", "presences", "roles", "soundboard_sounds", "stage_instances",
                 "stickers", "voice_states")
}  # fmt: skip
CHANNEL = ("id", "type", "name", "position", "flags", "guild_id", "bitrate", "user_limit")
STUMBLES = (AttributeError, IndexError, KeyError, TypeError, ValueError)

Body = Mapping[str, Any]
Parser = Callable[[Any], None]


def guild(body: Body) -> dict[str, Any]:
    """A server with its name, its owner, the channels in which people speak, and its threads."""
    channels = [_channel(one) for one in body.get("channels", ()) if one.get("type") in SPOKEN_IN]
    return {**body, **UNUSED, "channels": channels}


def _channel(body: Body) -> dict[str, Any]:
    return {name: body[name] for name in CHANNEL if name in body} | {"permission_overwrites": []}


def careful(name: str, parse: Parser) -> Parser:
    """A payload over which discord.py stumbles would end the connection of a whole shard: that event alone is lost."""

    def parsed(body: Any) -> None:
        try:
            parse(guild(body) if name == "GUILD_CREATE" else body)
        except STUMBLES as fault:
            log.warning("Discord sent a %s of no sense: %s", name, type(fault).__name__)

    return parsed
