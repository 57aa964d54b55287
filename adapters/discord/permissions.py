"""What the bot has to be allowed, and whether it is. Pure. The order of Discord's overwrites: its reference, Permissions."""

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.discord.payload import Body, objects

# The fewest that serve: bit -> its name in Discord's settings, and what would be missing without it.
NEEDED: dict[int, tuple[str, str]] = {
    1 << 10: ("View Channel", "seeing the channel at all"),
    1 << 11: ("Send Messages", "posting; in a forum, making posts"),
    1 << 16: ("Read Message History", "finding what was posted, so that nothing comes twice"),
    1 << 35: ("Create Public Threads", "the thread of each day"),
    1 << 38: ("Send Messages in Threads", "laying answers in it"),
}
ADMINISTRATOR = 1 << 3
VIEW, HISTORY = 1 << 10, 1 << 16
ALL = (1 << 53) - 1


def total() -> int:
    """All that is needed, as the invite link has it."""
    return sum(NEEDED)


def missing(allowed: int) -> list[str]:
    """The names of what is needed and not allowed."""
    return [] if allowed & ADMINISTRATOR else [name for bit, (name, _) in NEEDED.items() if not allowed & bit]


def in_channel(guild: Body, member: Body, channel: Body) -> int:
    """What a member may do in a channel, from the objects as REST gives them."""
    user, everyone = str(_object(member, "user").get("id", "")), str(guild.get("id", ""))
    if user and user == str(guild.get("owner_id")):
        return ALL
    held = {str(one) for one in member.get("roles") or ()}
    allowed = 0
    for role in objects(guild, "roles"):
        if str(role.get("id")) in held | {everyone}:
            allowed |= _bits(role, "permissions")
    if allowed & ADMINISTRATOR:
        return ALL
    return _overwritten(allowed, objects(channel, "permission_overwrites"), everyone, held, user)


def _overwritten(allowed: int, overwrites: Sequence[Body], everyone: str, held: set[str], user: str) -> int:
    by_id = {str(one.get("id")): one for one in overwrites}
    roles = [one for id, one in by_id.items() if id in held]
    layers: list[list[Mapping[str, Any]]] = [
        [by_id[everyone]] if everyone in by_id else [],
        roles,  # denials of all roles first, then what any of them allows
        [by_id[user]] if user in by_id else [],
    ]
    for layer in layers:
        for one in layer:
            allowed &= ~_bits(one, "deny")
        for one in layer:
            allowed |= _bits(one, "allow")
    return allowed if allowed & VIEW else 0


def _bits(body: Body, name: str) -> int:
    found = str(body.get(name) or 0)
    return int(found) if found.isdecimal() else 0


def _object(body: Body, name: str) -> Body:
    found = body.get(name)
    return found if isinstance(found, Mapping) else {}
