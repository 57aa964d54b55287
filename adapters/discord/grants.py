"""A permission that is missing is named to those who can grant it: whoever manages the group, else the server's owner."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from adapters.discord import permissions
from adapters.discord.faults import NO_ACCESS, NO_PERMISSION, TROUBLES, Trouble, code, line, obstacle
from adapters.discord.rest import Rest
from bot.core.errors import Obstacle
from bot.core.events import Place
from bot.core.ui import Card, Prose

log = logging.getLogger("mockingbird.discord")

KEPT = 10_000  # channels of which is known what is missing
FRESH = timedelta(hours=1)  # somebody may have granted one and not the other
WHERE = "*Edit Channel*, *Permissions*, the role or member *Mockingbird*: allow them there."


def card(missing: list[str], where: str) -> Card:
    """What is missing, what for, and where to grant it."""
    return Card(
        "I am missing permissions",
        (
            Prose(f"In {where} I lack:"),
            Prose(_lines(missing)),
            Prose(f"{WHERE} Whatever waits is sent within ten minutes."),
        ),
    )


def _lines(missing: list[str]) -> str:
    reasons = dict(permissions.NEEDED.values())
    return "\n".join(f"- **{name}**: {reasons[name]}" for name in missing)


class Grants:
    """Knows for a while what is missing in each channel that refused us."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._known: dict[tuple[str, ...], tuple[datetime, Obstacle]] = {}

    async def obstacle(self, trouble: Trouble, place: Place) -> Obstacle | None:
        """What a group's people can do about a refusal in a channel: where it is for permissions, the names of those."""
        if code(trouble) not in (NO_ACCESS, NO_PERMISSION):
            return obstacle(code(trouble))
        about, now = (place.workspace, place.channel, str(code(trouble))), self._rest.clock.now()
        at, found = self._known.get(about, (now - FRESH, None))
        if found is None or at + FRESH <= now:
            found = await self._look(code(trouble), place)
            while len(self._known) >= KEPT:
                del self._known[next(iter(self._known))]
            self._known[about] = now, found
        return found

    async def _look(self, refused: int, place: Place) -> Obstacle:
        guild, missing = await self._missing(place)
        owner = str(guild.get("owner_id") or "")
        log.error("channel %s of %s (%s): the bot lacks %s", place.channel, place.workspace, guild.get("name", "?"),
                  ", ".join(missing) or "a permission that Discord does not name")  # fmt: skip
        if not missing:
            plain = obstacle(refused)
            return Obstacle(str(refused), plain.why if plain else "", plain.mend if plain else "", owner)
        return Obstacle(str(refused), f"I lack permissions there.\n\n{_lines(missing)}", WHERE, owner)

    async def _missing(self, place: Place) -> tuple[Mapping[str, Any], list[str]]:
        """The server, as far as it can be asked for, and what is missing."""
        guild: Any = {}
        try:
            guild = await self._rest.call("GET", "/guilds/{guild_id}", guild_id=place.workspace)
            return guild, permissions.missing(await permissions_in(self._rest, guild, place))
        except TROUBLES as trouble:
            if code(trouble) == NO_ACCESS and guild:
                return guild, ["View Channel"]
            log.warning("what is missing in channel %s of %s cannot be asked: %s", place.channel, place.workspace,
                        line(trouble))  # fmt: skip
            return guild, []


async def permissions_in(rest: Rest, guild: Mapping[str, Any], place: Place) -> int:
    """What the bot may do in a channel of a server. Raises as `Rest.call` does."""
    member: Any = await rest.call(
        "GET", "/guilds/{guild_id}/members/{user_id}", guild_id=place.workspace, user_id=rest.me
    )
    channel: Any = await rest.call("GET", "/channels/{channel_id}", channel_id=place.channel)
    return permissions.in_channel(guild, member, channel)
