"""Slack as a platform: what the bot owes is posted once, and found again by the key that it carries."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import render
from adapters.slack.faults import TROUBLES, Trouble, code, failure, limited, wait
from adapters.slack.pace import Pace
from adapters.slack.settings import PLATFORM
from bot.core.errors import DeliveryFailed
from bot.core.events import Place, Receipt
from bot.core.ports import Clock, Limits, Parcel

EVENT = "mockingbird"  # the type of our messages' metadata
# The methods, as their limits are counted.
POST, UPDATE, OPEN = "chat.postMessage", "chat.update", "conversations.open"
HISTORY, REPLIES = "conversations.history", "conversations.replies"
PAGE = 200
MOST_PAGES = 50  # back through a channel; what is in doubt is minutes old
PEOPLE = 10_000  # conversations remembered


class SlackPlatform:
    """Implements `bot.core.ports.Platform`. The deliverer alone decides what is sent again: no retries here."""

    name = PLATFORM
    limits: Limits = "workspace"

    def __init__(
        self,
        client_for: Callable[[str], Awaitable[AsyncWebClient]],
        clock: Clock,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """`clock` may not be set while this lives: the pace goes by it."""
        self._client_for = client_for
        self._pace = Pace(clock, sleep)
        self._conversations: dict[tuple[str, str], str] = {}
        self._searched: dict[str, str] = {}  # key -> where a search that Slack interrupted goes on

    def wait(self, place: Place, ahead: int = 0) -> float:
        """As messages are posted; what changes one has a limit of its own, and is put off where it comes to that."""
        return self._pace.wait(place.workspace, place.channel, ahead)

    async def send(self, parcel: Parcel) -> Receipt:
        """Post the card, or put it in the place of the one it edits. Raises DeliveryFailed."""
        place = parcel.place
        if parcel.edits:
            await self._pace.call(place.workspace, UPDATE, parcel.key)
        else:
            held = self._pace.held(place.workspace, place.channel)
            if held:
                raise DeliveryFailed("Slack asked to wait", retry_after=held, untried=True)
            await self._pace.turn(place.workspace, place.channel)
        client = await self._client_for(place.workspace)
        channel = await self._channel(client, parcel)
        try:
            return await (_update(client, channel, parcel) if parcel.edits else _post(client, channel, parcel))
        except TROUBLES as trouble:
            raise self._failure(trouble, place, UPDATE if parcel.edits else POST) from None

    async def find(self, parcel: Parcel) -> Receipt | None:
        """Where the message with the parcel's key is; None where there is none. Raises DeliveryFailed."""
        client = await self._client_for(parcel.place.workspace)
        channel = await self._channel(client, parcel)
        method = REPLIES if parcel.place.thread else HISTORY
        cursor = self._searched.pop(parcel.key, "")
        for _ in range(MOST_PAGES):
            try:
                await self._pace.call(parcel.place.workspace, method, parcel.key)
                answer = await _page(client, channel, parcel.place.thread, cursor)
            except (*TROUBLES, DeliveryFailed) as trouble:
                if not isinstance(trouble, DeliveryFailed) and code(trouble) == "thread_not_found":
                    return None
                if cursor and len(self._searched) < PEOPLE:
                    self._searched[parcel.key] = cursor
                if isinstance(trouble, DeliveryFailed):
                    raise
                raise self._failure(trouble, parcel.place, method) from None
            for message in _messages(answer):
                if _key(message) == parcel.key:
                    return Receipt(str(message["ts"]), str(message["ts"]) if parcel.thread else "")
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return None
        return None

    async def _channel(self, client: AsyncWebClient, parcel: Parcel) -> str:
        """Slack's id of the conversation: a person's has to be opened once."""
        place = parcel.place
        if not place.direct:
            return place.channel
        whose = place.workspace, place.channel
        if whose not in self._conversations:
            if len(self._conversations) >= PEOPLE:
                del self._conversations[next(iter(self._conversations))]
            await self._pace.call(place.workspace, OPEN, parcel.key)
            try:
                answer = await client.conversations_open(users=place.channel)
            except TROUBLES as trouble:
                raise self._failure(trouble, place, OPEN) from None
            self._conversations[whose] = str(answer["channel"]["id"])
        return self._conversations[whose]

    def _failure(self, trouble: Trouble, place: Place, method: str) -> DeliveryFailed:
        if isinstance(trouble, SlackApiError) and limited(trouble):
            if method == POST:
                self._pace.hold(place.workspace, place.channel, wait(trouble))
            else:
                self._pace.hold_method(place.workspace, method, wait(trouble))
        return failure(trouble, posts=method == POST, direct=place.direct)


async def _post(client: AsyncWebClient, channel: str, parcel: Parcel) -> Receipt:
    answer = await client.chat_postMessage(
        channel=channel,
        text=render.text(parcel.card),
        blocks=_marked(parcel),
        metadata={"event_type": EVENT, "event_payload": {"k": parcel.key}},
        thread_ts=parcel.place.thread or None,
        unfurl_links=False,
        unfurl_media=False,
    )
    ts = str(answer["ts"])
    return Receipt(ts, ts if parcel.thread else "")


async def _update(client: AsyncWebClient, channel: str, parcel: Parcel) -> Receipt:
    answer = await client.chat_update(
        channel=channel, ts=parcel.edits, text=render.text(parcel.card), blocks=render.message(parcel.card)
    )
    return Receipt(str(answer["ts"]))


def _marked(parcel: Parcel) -> list[dict[str, Any]]:
    """The blocks, the first named after the key: a second mark, for where Slack keeps the metadata to itself."""
    first, *others = render.message(parcel.card)
    return [first | {"block_id": parcel.key}, *others]


async def _page(client: AsyncWebClient, channel: str, thread: str, cursor: str) -> Mapping[str, Any]:
    if thread:
        answer = await client.conversations_replies(
            channel=channel, ts=thread, cursor=cursor or None, limit=PAGE, include_all_metadata=True
        )
    else:
        answer = await client.conversations_history(
            channel=channel, cursor=cursor or None, limit=PAGE, include_all_metadata=True
        )
    return answer.data if isinstance(answer.data, dict) else {}


def _messages(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for message in answer.get("messages") or ():
        # Anybody can write any metadata: only the bots' own messages are looked at.
        if isinstance(message, Mapping) and message.get("bot_id"):
            yield message


def _key(message: Mapping[str, Any]) -> str:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") == EVENT:
        return str((metadata.get("event_payload") or {}).get("k", ""))
    blocks = message.get("blocks") or [{}]
    return str(blocks[0].get("block_id", ""))
