"""A permission that is missing is named to those who can grant it: whoever manages the channel, or the server's owner."""

import logging
from typing import Any

from adapters.discord import permissions
from adapters.discord.faults import NO_ACCESS, NO_PERMISSION, TROUBLES, Trouble, code, line
from adapters.discord.rest import Rest
from bot.core.events import Place
from bot.core.markup import escape
from bot.core.ui import Card, Prose

log = logging.getLogger("mockingbird.discord")

KEPT = 10_000  # channels of which somebody was told


def card(missing: list[str], where: str) -> Card:
    """What is missing, what for, and where to grant it."""
    reasons = dict(permissions.NEEDED.values())
    lines = "\n".join(f"- **{name}**: {reasons[name]}" for name in missing)
    return Card(
        "I am missing permissions",
        (
            Prose(f"In {where} I lack:"),
            Prose(lines),
            Prose("*Edit Channel*, *Permissions*, the role or member *Mockingbird*: allow them there. Whatever waits "
                  "is sent within ten minutes."),
        ),
    )  # fmt: skip


class Grants:
    """Tells each channel's refusals once."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._told: dict[tuple[str, ...], None] = {}

    async def refused(self, trouble: Trouble, place: Place) -> None:
        """Discord refused something in a channel: where that is for permissions, say which to the server's owner."""
        if code(trouble) not in (NO_ACCESS, NO_PERMISSION):
            return
        about = (place.workspace, place.channel, str(code(trouble)))
        if about in self._told:
            return
        while len(self._told) >= KEPT:
            del self._told[next(iter(self._told))]
        self._told[about] = None
        try:
            await self._tell(place)
        except TROUBLES as other:
            log.warning("nobody can be told what is missing in channel %s of %s: %s", place.channel, place.workspace,
                        line(other))  # fmt: skip

    async def _tell(self, place: Place) -> None:
        guild: Any = await self._rest.call("GET", "/guilds/{guild_id}", guild_id=place.workspace)
        missing = await self._missing(guild, place)
        log.error("channel %s of %s (%s): the bot lacks %s", place.channel, place.workspace, guild.get("name"),
                  ", ".join(missing) or "a permission that Discord does not name")  # fmt: skip
        if missing and guild.get("owner_id"):
            direct = await self._rest.direct(str(guild["owner_id"]))
            where = f"a channel of **{escape(str(guild.get('name')))}** (number {escape(place.channel)})"
            key = f"missing:{place.channel}:{','.join(missing)}"
            await self._rest.post(direct, card(missing, where), key)

    async def _missing(self, guild: Any, place: Place) -> list[str]:
        member: Any = await self._rest.call(
            "GET", "/guilds/{guild_id}/members/{user_id}", guild_id=place.workspace, user_id=self._rest.me
        )
        try:
            channel: Any = await self._rest.call("GET", "/channels/{channel_id}", channel_id=place.channel)
        except TROUBLES as trouble:
            if code(trouble) != NO_ACCESS:
                raise
            return ["View Channel"]
        return permissions.missing(permissions.in_channel(guild, member, channel))
