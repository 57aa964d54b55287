"""Discord as a platform: what the bot owes is posted once, and found again by the marks that it carries."""

import logging

from adapters.discord import render
from adapters.discord.channels import Channels, thread_body
from adapters.discord.faults import (
    ARCHIVED,
    HAS_THREAD,
    LOCKED,
    PATIENCE,
    TOO_MANY_THREADS,
    TROUBLES,
    UNKNOWN_CHANNEL,
    Trouble,
    code,
    failure,
    line,
    unread,
)
from adapters.discord.grants import Grants
from adapters.discord.rest import Json, Rest
from adapters.discord.search import Search
from adapters.discord.settings import PLATFORM
from bot.core.errors import DeliveryFailed, Obstacle
from bot.core.events import Place, Receipt
from bot.core.ports import Limits, Parcel
from bot.core.ui import Card, Prose

log = logging.getLogger("mockingbird.discord")

TOO_MANY = Card(
    "There is no room for today's thread",
    (Prose("This server has 1,000 active threads, and Discord allows no more. Archive some; I try again every ten minutes, "
           "and until then the *Answer* button takes your answers."),),
)  # fmt: skip


class DiscordPlatform:
    """Implements `bot.core.ports.Platform`. The deliverer alone decides what is sent again: no retries here."""

    name = PLATFORM
    limits: Limits = "bot"

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._channels = Channels(rest)
        self._search = Search(rest, self._channels)
        self._grants = Grants(rest)

    def wait(self, place: Place, ahead: int = 0) -> float:
        """As requests go; a message is one of them, or two where it opens a thread."""
        return self._rest.wait(ahead)

    async def send(self, parcel: Parcel) -> Receipt:
        """Post the card, or put it in the place of the one it edits. Raises DeliveryFailed."""
        try:
            return await (self._edit(parcel) if parcel.edits else self._post(parcel))
        except TROUBLES as trouble:
            raise await self._failure(trouble, parcel) from None

    async def find(self, parcel: Parcel) -> Receipt | None:
        """Where the message with the parcel's key is; None where there is none. A thread that it lacks is opened. Raises
        DeliveryFailed, `unknowable` where the history cannot be read."""
        try:
            found = await self._search.find(parcel)
            if found is not None and parcel.thread and not found.thread:
                return Receipt(found.message, await self._open(parcel, parcel.place.channel, found.message))
            return found
        except TROUBLES as trouble:
            raise unread(trouble, direct=parcel.place.direct, obstacle=await self._obstacle(trouble, parcel)) from None

    async def _post(self, parcel: Parcel) -> Receipt:
        place = parcel.place
        if place.direct:
            channel = await self._rest.direct(place.channel)
        elif place.thread:
            return await self._in_thread(parcel)
        else:
            channel = place.channel
            if (await self._channels.get(channel, place.workspace)).forum:
                return await self._in_forum(parcel)
        message = str((await self._rest.post(channel, parcel.card, parcel.key))["id"])
        return Receipt(message, await self._open(parcel, channel, message) if parcel.thread else "")

    async def _in_thread(self, parcel: Parcel) -> Receipt:
        """Into the thread. One that sleeps is woken; where somebody locked it, the channel serves."""
        place, post = parcel.place, self._rest.post
        try:
            return Receipt(str((await post(place.thread, parcel.card, parcel.key))["id"]))
        except TROUBLES as trouble:
            if code(trouble) not in (ARCHIVED, LOCKED):
                raise
        open_now = await self._channels.open_again(place.thread)
        channel = place.thread if open_now else place.channel
        if not open_now and (await self._channels.get(channel, place.workspace)).forum:
            return await self._in_forum(parcel)
        return Receipt(str((await post(channel, parcel.card, parcel.key))["id"]))

    async def _in_forum(self, parcel: Parcel) -> Receipt:
        """A post of its own: a thread whose first message has the thread's id."""
        forum = await self._channels.get(parcel.place.channel)
        body: Json = thread_body(render.thread_name(parcel.thread or parcel.card.title))
        body |= {"message": render.message(parcel.card, parcel.key)}
        body |= {"applied_tags": [forum.tag]} if forum.tag else {}
        made = await self._rest.call("POST", "/channels/{channel_id}/threads", body, channel_id=parcel.place.channel)
        return Receipt(str(made["id"]), str(made["id"]) if parcel.thread else "")

    async def _open(self, parcel: Parcel, channel: str, message: str) -> str:
        """Open the thread on a message that stands: its id is the message's. A second time is as good as the first."""
        body, path = (
            thread_body(render.thread_name(parcel.thread)),
            "/channels/{channel_id}/messages/{message_id}/threads",
        )
        try:
            await self._rest.call("POST", path, body, channel_id=channel, message_id=message)
        except TROUBLES as trouble:
            if code(trouble) == HAS_THREAD:
                return message
            if code(trouble) == TOO_MANY_THREADS:
                await self._say_too_many(parcel)
            failed = await self._failure(trouble, parcel)
            # The message stands already: it is found again, and its thread opened then.
            patience = failed.retry_after if failed.retry_after is not None else PATIENCE if failed.permanent else None
            raise DeliveryFailed(
                f"its thread: {failed}", retry_after=patience, doubtful=True, obstacle=failed.obstacle
            ) from None
        return message

    async def _say_too_many(self, parcel: Parcel) -> None:
        """Once a post, whatever restarts between: the post is under way in one claim at a time, which looks before it
        speaks. It cannot be owed: its turn would come behind the very post that waits."""
        word = Parcel(f"{parcel.key}:threads", parcel.place, TOO_MANY, since=parcel.since)
        try:
            if await self._search.find(word) is None:
                await self._rest.post(word.place.channel, word.card, word.key)
        except (*TROUBLES, DeliveryFailed) as trouble:
            why = line(trouble) if isinstance(trouble, TROUBLES) else str(trouble)
            log.warning("the group in %s is not told that there are too many threads: %s", word.place.lane, why)

    async def _edit(self, parcel: Parcel) -> Receipt:
        """Another face for a message that stands; the marks by which it is found stay."""
        place, message = parcel.place, parcel.edits
        channel = await self._rest.direct(place.channel) if place.direct else place.thread or place.channel
        if not place.direct and not place.thread and (await self._channels.get(channel, place.workspace)).forum:
            channel = message
        before = await self._message("GET", channel, message)
        body = render.message(parcel.card, marks=render.marks_of(before.get("components")))
        try:
            await self._message("PATCH", channel, message, body)
        except TROUBLES as trouble:
            if code(trouble) not in (ARCHIVED, LOCKED) or not await self._channels.open_again(channel):
                raise
            await self._message("PATCH", channel, message, body)
        return Receipt(message)

    async def _message(self, method: str, channel: str, message: str, body: Json | None = None) -> Json:
        path = "/channels/{channel_id}/messages/{message_id}"
        found: Json = await self._rest.call(method, path, body, channel_id=channel, message_id=message)
        return found

    async def _failure(self, trouble: Trouble, parcel: Parcel) -> DeliveryFailed:
        found = await self._obstacle(trouble, parcel)
        return failure(trouble, posts=not parcel.edits, direct=parcel.place.direct, obstacle=found)

    async def _obstacle(self, trouble: Trouble, parcel: Parcel) -> Obstacle | None:
        place: Place = parcel.place
        if code(trouble) == UNKNOWN_CHANNEL:
            self._channels.forget(place.channel)
        return None if place.direct else await self._grants.obstacle(trouble, place)
