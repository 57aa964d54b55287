"""How a person is answered where Slack gives no answer of its own: private messages, replaced cards, forms, views.

Nothing here is owed: what cannot be shown is logged with how to mend it. What must arrive goes through the outbox.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack import render
from adapters.slack.faults import TROUBLES, code, line
from adapters.slack.payload import Reach, held
from adapters.slack.settings import API_URL
from bot.core.errors import DeliveryFailed
from bot.core.ui import Card, File, Form, Prose

log = logging.getLogger("mockingbird.slack")
NOT_SENT = Card(
    "The file did not go through",
    (Prose("Slack did not take the file. Try once more; if it happens again, ask whoever installed me: `mockingbird doctor` "
           "says what is missing."),),
)  # fmt: skip

EXCHANGED = "exchanged_trigger_id"  # the same interaction came before, here or to another process: its view is open
HOOKS = "hooks.slack.com"
IN_TIME = 10  # seconds for an answer to a response URL

Json = dict[str, Any]
ClientFor = Callable[[str], Awaitable[AsyncWebClient]]


class Voice:
    """Speaks to one person at a time."""

    def __init__(self, client_for: ClientFor, api_url: str, session: ClientSession | None) -> None:
        self._client_for = client_for
        self._api_url = api_url
        self._session = session

    async def show(self, reach: Reach, cards: Sequence[Card]) -> bool:
        """Show cards to this person alone, in their order; False where they cannot be reached."""
        return all([await self.whisper(reach, render.message(card), render.text(card)) for card in cards])

    async def whisper(self, reach: Reach, blocks: list[Json], text: str) -> bool:
        """A message for this person alone: where they are, else directly. False where neither goes."""
        body = {"response_type": "ephemeral", "replace_original": False, "text": text, "blocks": blocks}
        if reach.thread:
            body["thread_ts"] = reach.thread
        if reach.response_url and await self._respond(reach, body):
            return True
        if not reach.direct and await self._ephemeral(reach, blocks, text):
            return True
        return await self._direct(reach, blocks, text)

    async def hand(self, reach: Reach, file: File) -> bool:
        """Give a file to this person, in their direct messages; False where that does not go, which they are told."""
        try:
            client = await self._client_for(reach.team)
            channel = str((await client.conversations_open(users=reach.user))["channel"]["id"])
            await client.files_upload_v2(channel=channel, content=file.text, filename=file.name, title=file.name)
        except (*TROUBLES, SlackRequestError, DeliveryFailed) as trouble:
            _log("a file was not handed over", reach, trouble)
            await self.show(reach, (NOT_SENT,))
            return False
        return True

    async def replace(self, reach: Reach, card: Card) -> bool:
        """Put the card in the place of the message that was pressed; below it where that does not go."""
        body = {"replace_original": True, "text": render.text(card), "blocks": render.message(card)}
        if reach.response_url and await self._respond(reach, body):
            return True
        return await self.show(reach, (card,))

    async def open(self, reach: Reach, view: Json) -> bool:
        """Open a view, on top of the one that they look at; False where Slack does not let us."""
        if not reach.trigger:
            return False
        try:
            client = await self._client_for(reach.team)
            if reach.surface == "modal":
                await client.views_push(trigger_id=reach.trigger, view=view)
            else:
                await client.views_open(trigger_id=reach.trigger, view=view)
        except (*TROUBLES, DeliveryFailed) as trouble:
            if isinstance(trouble, SlackApiError) and code(trouble) == EXCHANGED:
                return True
            _log("a view was not opened", reach, trouble)
            return False
        return True

    async def ask(self, reach: Reach, form: Form, asks: str) -> bool:
        """Open a form. Where that cannot be, a button that opens it is shown: `asks` is what it stands for."""
        if await self.open(reach, render.view(form, render.metadata(held(reach).as_parts()))):
            return True
        sentence = "This needs a form, and Slack opens one only at the press of a button."
        return await self.whisper(reach, *render.again(form.title, sentence, asks))

    async def update(self, reach: Reach, cards: Sequence[Card]) -> bool:
        """Put cards in the place of the view that was pressed in."""
        try:
            client = await self._client_for(reach.team)
            view = render.shown(cards, render.metadata(held(reach).as_parts()))
            await client.views_update(view_id=reach.view, view=view)
        except (*TROUBLES, DeliveryFailed) as trouble:
            _log("a view was not changed", reach, trouble)
            return await self.show(reach, cards)
        return True

    async def home(self, team: str, user: str, cards: Sequence[Card]) -> None:
        """Publish the App Home."""
        try:
            client = await self._client_for(team)
            await client.views_publish(user_id=user, view=render.home(cards))
        except (*TROUBLES, DeliveryFailed) as trouble:
            _log("the App Home was not shown", Reach(team, user, "home"), trouble)

    async def _respond(self, reach: Reach, body: Json) -> bool:
        hook = AsyncWebhookClient(self._mine(reach.response_url), timeout=IN_TIME, session=self._session, retry_handlers=[],
                                  logger=log)  # fmt: skip
        try:
            answer = await hook.send_dict(body)
        except TROUBLES as trouble:
            _log("a response URL did not answer", reach, trouble)
            return False
        if answer.status_code == 200 and '"ok":false' not in answer.body.replace(" ", ""):
            return True
        log.info("the response URL for %s in %s answered %s: another way is taken", reach.user, reach.channel,
                 answer.body[:100])  # fmt: skip
        return False

    def _mine(self, url: str) -> str:
        """Slack's hooks live where the rest of it does: a stand-in gets what was meant for them."""
        parts = urlsplit(url)
        if self._api_url == API_URL or parts.hostname != HOOKS:
            return url
        api = urlsplit(self._api_url)
        return parts._replace(scheme=api.scheme, netloc=api.netloc).geturl()

    async def _ephemeral(self, reach: Reach, blocks: list[Json], text: str) -> bool:
        try:
            client = await self._client_for(reach.team)
            await client.chat_postEphemeral(
                channel=reach.channel, user=reach.user, text=text, blocks=blocks, thread_ts=reach.thread or None
            )
        except (*TROUBLES, DeliveryFailed) as trouble:
            _log("a private message was not shown", reach, trouble)
            return False
        return True

    async def _direct(self, reach: Reach, blocks: list[Json], text: str) -> bool:
        try:
            client = await self._client_for(reach.team)
            channel, thread = reach.channel, reach.thread
            if not reach.direct or not channel:
                channel, thread = str((await client.conversations_open(users=reach.user))["channel"]["id"]), ""
            await client.chat_postMessage(
                channel=channel,
                text=text,
                blocks=blocks,
                thread_ts=thread or None,
                unfurl_links=False,
                unfurl_media=False,
            )
        except (*TROUBLES, DeliveryFailed) as trouble:
            _log("a direct message was not sent", reach, trouble)
            return False
        return True


def _log(what: str, reach: Reach, trouble: Exception) -> None:
    why = line(trouble) if isinstance(trouble, TROUBLES) else str(trouble)
    log.warning("%s to %s in %s of %s: %s", what, reach.user, reach.channel or "direct messages", reach.team, why)
