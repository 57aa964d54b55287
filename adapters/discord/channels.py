"""What kinds of channels there are, which thread stands in which channel, and threads that are opened again."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import discord

from adapters.discord.inbound import Thread
from adapters.discord.payload import objects
from adapters.discord.rest import Json, Rest

log = logging.getLogger("mockingbird.discord")

FORUMS = (15, 16)  # forum and media channels: all messages are posts, which are threads
THREADS = (10, 11, 12)
REQUIRES_TAG = 1 << 4  # a forum's flag
KEPT = 10_000  # channels remembered
WEEK = 10_080  # minutes; an answer may be open so long: the longest that Discord lets a thread lie untouched


@dataclass(frozen=True, slots=True)
class Channel:
    """`tag` is what a forum wants on each post, empty elsewhere; `parent` and `owner` those of a thread."""

    kind: int
    tag: str = ""
    parent: str = ""
    owner: str = ""

    @property
    def forum(self) -> bool:
        return self.kind in FORUMS


def read(body: Mapping[str, Any]) -> Channel:
    """A channel as REST tells it."""
    flags = body.get("flags")
    wants = isinstance(flags, int) and bool(flags & REQUIRES_TAG)
    free = [str(one.get("id")) for one in objects(body, "available_tags") if not one.get("moderated")]
    kind = body.get("type")
    tag = free[0] if wants and free else ""
    parent, owner = str(body.get("parent_id") or ""), str(body.get("owner_id") or "")
    return Channel(kind if isinstance(kind, int) else 0, tag, parent, owner)


class Channels:
    """Asks Discord once a channel."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._kept: dict[str, Channel] = {}

    async def get(self, id: str, workspace: str = "") -> Channel:
        """Raises as `Rest.call` does. What the gateway has told of the server's channels is not asked again, but for a
        forum's tags."""
        found = self._kept.get(id)
        if found is None and workspace.isdecimal() and id.isdecimal():
            guild = self._rest.guild(int(workspace))
            told = guild.get_channel(int(id)) if guild else None
            if told is not None and told.type.value not in FORUMS:
                return Channel(told.type.value)
        if found is None:
            found = read(await self._rest.call("GET", "/channels/{channel_id}", channel_id=id))
            if len(self._kept) >= KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[id] = found
        return found

    def forget(self, id: str) -> None:
        """The channel is gone, or is another than it was."""
        self._kept.pop(id, None)

    async def thread(self, workspace: int | None, channel: int, seen: object = None) -> Thread | None:
        """The thread of this id; None for any other channel. `seen` is discord.py's object of it, where it has one.
        Raises as `Rest.call` does."""
        if workspace is None:
            return None
        if not isinstance(seen, discord.Thread):
            guild = self._rest.guild(workspace)
            seen = guild.get_channel_or_thread(channel) if guild else None
        if isinstance(seen, discord.Thread):
            ours = str(seen.owner_id) == self._rest.me
            return Thread(str(seen.id), str(seen.parent_id), str(workspace), ours)
        if seen is not None:
            return None
        found = await self.get(str(channel))
        if found.kind not in THREADS:
            return None
        return Thread(str(channel), found.parent, str(workspace), found.owner == self._rest.me)

    async def open_again(self, thread: str) -> bool:
        """Take a thread out of the archive; False where it is locked."""
        try:
            await self._rest.call("PATCH", "/channels/{channel_id}", {"archived": False}, channel_id=thread)
        except discord.HTTPException as refused:
            if refused.status >= 500 or refused.status in (401, 429):
                raise
            log.warning("thread %s is not opened again: %s", thread, refused)
            return False
        return True


def thread_body(name: str) -> Json:
    """What opens a thread."""
    return {"name": name, "auto_archive_duration": WEEK}
