"""What was posted is found again: by its marks, in the history of where it belongs. Only a history that was read back to
before the message was owed says that it is not there."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from discord import NotFound
from discord.utils import time_snowflake

from adapters.discord import permissions, render
from adapters.discord.channels import Channels
from adapters.discord.grants import permissions_in
from adapters.discord.rest import Json, Rest
from bot.core.errors import DeliveryFailed
from bot.core.events import Place, Receipt
from bot.core.ports import Parcel

PAGE = 100
MOST_PAGES = 50  # back through a channel; what is in doubt is minutes old
SKEW = timedelta(days=1)  # by how much our clock may be ahead of Discord's, with plenty to spare
KEPT = 10_000  # searches remembered

Message = Mapping[str, Any]


def _cannot_tell(why: str) -> DeliveryFailed:
    return DeliveryFailed(why, unknowable=True)


class Search:
    """Looks for our own messages. Raises as `Rest.call` does, and DeliveryFailed that is `unknowable` where Discord answers
    and yet does not tell."""

    def __init__(self, rest: Rest, channels: Channels) -> None:
        self._rest = rest
        self._channels = channels
        self._interrupted: dict[str, str] = {}  # channel and marks -> where a search that was cut short goes on

    async def find(self, parcel: Parcel) -> Receipt | None:
        """Where the message with the parcel's key is, and its thread where it has one; None where there is none."""
        await self._rest.login()
        place, marks = parcel.place, render.key_marks(parcel.key)
        oldest = parcel.since - SKEW if parcel.since is not None else None
        if place.direct:
            return await self._in(await self._rest.direct(place.channel), place, marks, oldest)
        if not place.thread:
            return await self._in_channel(parcel, marks, oldest)
        gone: NotFound | None = None
        try:
            found = await self._in(place.thread, place, marks, oldest)
        except NotFound as fault:
            found, gone = None, fault
        # What belongs into a thread that somebody locked went into the channel.
        found = found or await self._in_channel(parcel, marks, oldest)
        if found is None and gone is not None:
            raise gone
        return found

    async def _in_channel(self, parcel: Parcel, marks: render.Marks, oldest: datetime | None) -> Receipt | None:
        place = parcel.place
        if (await self._channels.get(place.channel, place.workspace)).forum:
            return await self._in_forum(place, marks, oldest, bool(parcel.thread))
        return await self._in(place.channel, place, marks, oldest)

    async def _in(self, channel: str, place: Place, marks: render.Marks, oldest: datetime | None) -> Receipt | None:
        empty = True
        async for message in self._history(channel, oldest, f"{channel}:{marks}"):
            empty = False
            if self._ours(message, marks):
                thread = message.get("thread")
                return Receipt(str(message["id"]), str(thread["id"]) if isinstance(thread, Mapping) else "")
        # To whoever may not read back Discord shows no error, but an empty channel.
        if empty and not place.direct and not await self._readable(place):
            raise _cannot_tell("Read Message History is missing in the channel, so what was posted cannot be looked up")
        return None

    async def _readable(self, place: Place) -> bool:
        guild: Any = await self._rest.call("GET", "/guilds/{guild_id}", guild_id=place.workspace)
        allowed = await permissions_in(self._rest, guild, place)
        return bool(allowed & (permissions.HISTORY | permissions.ADMINISTRATOR))

    async def _history(self, channel: str, oldest: datetime | None, search: str) -> AsyncIterator[Message]:
        """The latest message first. What has been looked through needs no second look: what is looked for is older than
        the search."""
        before, first = self._interrupted.pop(search, ""), time_snowflake(oldest) if oldest else 0
        for _ in range(MOST_PAGES):
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
            if len(found) < PAGE or int(found[-1]["id"]) < first:
                return
            before = str(found[-1]["id"])
        raise _cannot_tell(f"it is not among the latest {MOST_PAGES * PAGE} messages, and there are more")

    def _ours(self, message: Message, marks: render.Marks) -> bool:
        # Any bot can write any mark: only our own messages are looked at.
        author = message.get("author")
        mine = isinstance(author, Mapping) and str(author.get("id")) == self._rest.me
        return mine and render.marks_of(message.get("components")) == marks

    async def _in_forum(
        self, place: Place, marks: render.Marks, oldest: datetime | None, opened: bool
    ) -> Receipt | None:
        headless = False
        async for thread in self._posts(place, oldest):
            try:
                message: Any = await self._rest.call(
                    "GET", "/channels/{channel_id}/messages/{message_id}", channel_id=thread, message_id=thread
                )
            except NotFound:
                headless = True
                continue
            if self._ours(message, marks):
                return Receipt(thread, thread if opened else "")
        if headless:
            raise _cannot_tell("somebody deleted the first message of a post that may be this one")
        return None

    async def _posts(self, place: Place, oldest: datetime | None) -> AsyncIterator[str]:
        """The forum's posts by us that are no older, those that are open first: one that is closed meanwhile comes later."""
        first = time_snowflake(oldest) if oldest else 0
        active: Any = await self._rest.call("GET", "/guilds/{guild_id}/threads/active", guild_id=place.workspace)
        for id in self._of_us(active, place.channel, first):
            yield id
        before = ""
        for _ in range(MOST_PAGES):
            asked: Json = {"limit": PAGE} | ({"before": before} if before else {})
            archived: Any = await self._rest.call(
                "GET", "/channels/{channel_id}/threads/archived/public", params=asked, channel_id=place.channel
            )
            for id in self._of_us(archived, place.channel, first):
                yield id
            threads = archived.get("threads") or ()
            if not threads or not archived.get("has_more"):
                return
            before = str(threads[-1]["thread_metadata"]["archive_timestamp"])
            if oldest is not None and datetime.fromisoformat(before) < oldest:
                return  # what was closed before cannot have been opened since
        raise _cannot_tell(
            f"it is not among the latest {MOST_PAGES * PAGE} closed posts of the forum, and there are more"
        )

    def _of_us(self, answer: Mapping[str, Any], forum: str, first: int) -> list[str]:
        posts = [one for one in answer.get("threads", ()) if str(one.get("parent_id")) == forum]
        ours = sorted((int(one["id"]) for one in posts if str(one.get("owner_id")) == self._rest.me), reverse=True)
        return [str(id) for id in ours if id >= first]
