"""What was posted is found again: by its marks, in the history of where it belongs."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from discord import NotFound

from adapters.discord import render
from adapters.discord.channels import Channels
from adapters.discord.rest import Json, Rest
from bot.core.events import Receipt
from bot.core.ports import Parcel

PAGE = 100
MOST_PAGES = 50  # back through a channel; what is in doubt is minutes old
KEPT = 10_000  # searches remembered
POSTS = 25  # of a forum, the latest

Message = Mapping[str, Any]


class Search:
    """Looks for our own messages. Raises as `Rest.call` does."""

    def __init__(self, rest: Rest, channels: Channels) -> None:
        self._rest = rest
        self._channels = channels
        self._interrupted: dict[str, str] = {}  # channel and marks -> where a search that was cut short goes on

    async def find(self, parcel: Parcel) -> Receipt | None:
        """Where the message with the parcel's key is, and its thread where it has one; None where there is none."""
        await self._rest.login()
        place, marks = parcel.place, render.key_marks(parcel.key)
        if place.direct:
            return await self._in(await self._rest.direct(place.channel), marks)
        if place.thread:
            found = await self._in(place.thread, marks)
            if found is not None:
                return found
        # What belongs into a thread that somebody locked went into the channel.
        if (await self._channels.get(place.channel, place.workspace)).forum:
            return await self._in_forum(place.workspace, place.channel, marks, bool(parcel.thread))
        return await self._in(place.channel, marks, pages=1 if place.thread else MOST_PAGES)

    async def _in(self, channel: str, marks: render.Marks, pages: int = MOST_PAGES) -> Receipt | None:
        try:
            async for message in self._history(channel, pages, f"{channel}:{marks}"):
                if self._ours(message, marks):
                    thread = message.get("thread")
                    return Receipt(str(message["id"]), str(thread["id"]) if isinstance(thread, Mapping) else "")
        except NotFound:
            return None
        return None

    async def _history(self, channel: str, pages: int, search: str) -> AsyncIterator[Message]:
        """The latest message first. What has been looked through needs no second look: what is looked for is older than
        the search."""
        before = self._interrupted.pop(search, "")
        for _ in range(pages):
            asked: Json = {"limit": PAGE} | ({"before": before} if before else {})
            try:
                found: Any = await self._rest.call(
                    "GET", "/channels/{channel_id}/messages", params=asked, channel_id=channel
                )
            except BaseException:
                if before and len(self._interrupted) < KEPT:
                    self._interrupted[search] = before
                raise
            for message in found:
                yield message
            if len(found) < PAGE:
                return
            before = str(found[-1]["id"])

    def _ours(self, message: Message, marks: render.Marks) -> bool:
        # Any bot can write any mark: only our own messages are looked at.
        author = message.get("author")
        mine = isinstance(author, Mapping) and str(author.get("id")) == self._rest.me
        return mine and render.marks_of(message.get("components")) == marks

    async def _in_forum(self, guild: str, forum: str, marks: render.Marks, opened: bool) -> Receipt | None:
        async for thread in self._posts(guild, forum):
            try:
                message: Any = await self._rest.call(
                    "GET", "/channels/{channel_id}/messages/{message_id}", channel_id=thread, message_id=thread
                )
            except NotFound:
                continue
            if self._ours(message, marks):
                return Receipt(thread, thread if opened else "")
        return None

    async def _posts(self, guild: str, forum: str) -> AsyncIterator[str]:
        """The forum's latest posts by us, those that are open first."""
        active: Any = await self._rest.call("GET", "/guilds/{guild_id}/threads/active", guild_id=guild)
        archived: Any = await self._rest.call(
            "GET", "/channels/{channel_id}/threads/archived/public", params={"limit": POSTS}, channel_id=forum
        )
        for answer in (active, archived):
            posts = [one for one in answer.get("threads", ()) if str(one.get("parent_id")) == forum]
            ours = sorted((int(one["id"]) for one in posts if str(one.get("owner_id")) == self._rest.me), reverse=True)
            for id in ours[:POSTS]:
                yield str(id)
