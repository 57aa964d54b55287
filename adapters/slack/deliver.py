"""Slack as a platform: what the bot owes is posted once, and found again by the key that it carries."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import render
from adapters.slack.faults import TROUBLES, Trouble, failure, limited, unread, wait
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
SHOWN = timedelta(days=80)  # Slack shows 90 days without a paid plan
SKEW = timedelta(days=1)  # by how much our clock may be ahead of Slack's, with plenty to spare
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
        self._clock = clock
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
        method = OPEN
        try:
            channel = await self._channel(client, parcel)
            method = UPDATE if parcel.edits else POST
            return await (_update(client, channel, parcel) if parcel.edits else _post(client, channel, parcel))
        except TROUBLES as trouble:
            self._hold(trouble, place, method)
            raise failure(trouble, posts=method == POST, direct=place.direct) from None

    async def find(self, parcel: Parcel) -> Receipt | None:
        """Where the message with the parcel's key is; None where there is none. Raises DeliveryFailed, `unknowable` where
        the history cannot be read, is too long to be read through, or hides what would tell."""
        client, place, method = await self._client_for(parcel.place.workspace), parcel.place, OPEN
        cursor, hidden = self._searched.pop(parcel.key, ""), ""
        try:
            channel = await self._channel(client, parcel)
            us = str((await client.auth_test()).get("bot_id") or "")
            hidden = "" if us else "Slack does not say which messages are ours"
            method = REPLIES if place.thread else HISTORY
            for _ in range(MOST_PAGES):
                await self._pace.call(place.workspace, method, parcel.key)
                answer = await _page(client, channel, parcel, cursor)
                for message in _messages(answer, us):
                    if _key(message) == parcel.key:
                        return Receipt(str(message["ts"]), str(message["ts"]) if parcel.thread else "")
                    if not any(message.get(one) for one in ("metadata", "blocks", "files")):
                        hidden = "Slack hides the marks of our own messages"
                hidden = hidden or self._hides(answer, parcel)
                cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
                if not cursor:
                    break
        except (*TROUBLES, DeliveryFailed) as trouble:
            if cursor and not hidden and len(self._searched) < PEOPLE:
                self._searched[parcel.key] = cursor
            if isinstance(trouble, DeliveryFailed):
                raise
            self._hold(trouble, place, method)
            raise unread(trouble, direct=place.direct) from None
        if cursor or hidden:
            why = hidden or f"it is not among the latest {MOST_PAGES * PAGE} messages, and there are more"
            raise DeliveryFailed(why, unknowable=True)
        return None

    async def _channel(self, client: AsyncWebClient, parcel: Parcel) -> str:
        """Slack's id of the conversation: a person's has to be opened once. Raises as slack_sdk does."""
        place = parcel.place
        if not place.direct:
            return place.channel
        whose = place.workspace, place.channel
        if whose not in self._conversations:
            if len(self._conversations) >= PEOPLE:
                del self._conversations[next(iter(self._conversations))]
            await self._pace.call(place.workspace, OPEN, parcel.key)
            answer = await client.conversations_open(users=place.channel)
            self._conversations[whose] = str(answer["channel"]["id"])
        return self._conversations[whose]

    def _hold(self, trouble: Trouble, place: Place, method: str) -> None:
        if isinstance(trouble, SlackApiError) and limited(trouble):
            if method == POST:
                self._pace.hold(place.workspace, place.channel, wait(trouble))
            else:
                self._pace.hold_method(place.workspace, method, wait(trouble))

    def _hides(self, answer: Mapping[str, Any], parcel: Parcel) -> str:
        """What a workspace without a paid plan keeps to itself: what is older than three months."""
        reaches = parcel.since is not None and self._clock.now() - parcel.since < SHOWN
        return "" if reaches or not answer.get("is_limited") else "Slack hides what is older than three months"


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


async def _page(client: AsyncWebClient, channel: str, parcel: Parcel, cursor: str) -> Mapping[str, Any]:
    """A page of where the parcel belongs, back to where it cannot have been posted yet."""
    oldest = f"{(parcel.since - SKEW).timestamp():.6f}" if parcel.since is not None else None
    asked: dict[str, Any] = {"channel": channel, "cursor": cursor or None, "limit": PAGE, "oldest": oldest}
    if parcel.place.thread:
        answer = await client.conversations_replies(ts=parcel.place.thread, include_all_metadata=True, **asked)
    else:
        answer = await client.conversations_history(include_all_metadata=True, **asked)
    return answer.data if isinstance(answer.data, dict) else {}


def _messages(answer: Mapping[str, Any], us: str) -> Iterator[Mapping[str, Any]]:
    """Our own messages: anybody can write any metadata."""
    found = answer.get("messages")
    if not isinstance(found, list):
        raise DeliveryFailed("Slack answers without messages")
    for message in found:
        if isinstance(message, Mapping) and message.get("bot_id") == us:
            yield message


def _key(message: Mapping[str, Any]) -> str:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") == EVENT:
        return str((metadata.get("event_payload") or {}).get("k", ""))
    blocks = message.get("blocks") or [{}]
    return str(blocks[0].get("block_id", ""))
