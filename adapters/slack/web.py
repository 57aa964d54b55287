"""Slack's requests over HTTP: signed, read once, answered. Bolt takes all but slash commands, which go straight to our
hook: Bolt's way around a command costs as much as all that is done for it."""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from slack_bolt.async_app import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from yarl import URL

from adapters.slack.app import SlackApp
from adapters.slack.manifest import EVENTS_PATH
from adapters.slack.payload import well_formed
from adapters.slack.settings import SlackSettings

log = logging.getLogger("mockingbird.slack")

LARGEST = 1_000_000  # bytes of a request; Slack's own are far below
TEXT, JSON = "text/plain; charset=utf-8", "application/json;charset=utf-8"
# What slack_bolt stumbles over in a body that Slack would never send: it reads it without looking.
STUMBLES = (ValueError, TypeError, AttributeError, KeyError, IndexError)

Answer = tuple[int, bytes, str]
"""Status, body, content type."""
Headers = dict[bytes, bytes]


class Web:
    """The web application: Slack's requests at one address, and `pages` beside it, such as those of the installation."""

    def __init__(self, app: SlackApp, settings: SlackSettings, pages: Sequence[BaseRoute] = ()) -> None:
        self._app = app
        self._verifier = SignatureVerifier(settings.signing_secret)
        # The address is among the pages for the answer to all but POST.
        here = [Route("/", _alive), Route(EVENTS_PATH, _alive, methods=["POST"])]
        self._pages: ASGIApp = Starlette(routes=[*here, *pages])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Slack's requests go past Starlette: its layers take as long as the reading of the request.
        if scope["type"] == "http" and scope["path"] == EVENTS_PATH and scope["method"] == "POST":
            answer = await self._answer(scope, receive)
            if answer is not None:
                await _respond(send, *answer)
        else:
            await self._pages(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer | None:
        """None where nobody waits for an answer any more."""
        headers: Headers = dict(scope["headers"])
        if (length := headers.get(b"content-length", b"")).isdigit() and int(length) > LARGEST:
            return _said(413, "too large")
        try:
            body = await _read(receive)
        except ConnectionResetError:
            return None
        if body is None:
            return _said(413, "too large")
        # Here and not in Bolt: Bolt logs what it refuses, and reads it before.
        if not self._signed(headers, body):
            log.warning("a request was refused: its signature is wrong or too old")
            return _said(401, "the signature is wrong or too old")
        form = _form(body)
        if form is not None and "command" in form and "ssl_check" not in form:
            answer = await self._app.hooks.commanded(form)
            return (200, orjson.dumps(answer), JSON) if answer is not None else _said(200, "")
        return await self._by_bolt(scope, headers, body)

    def _signed(self, headers: Headers, body: bytes) -> bool:
        at, signature = headers.get(b"x-slack-request-timestamp", b""), headers.get(b"x-slack-signature", b"")
        if not (at.isdigit() and len(at) < 16 and signature.isascii()):
            return False
        try:
            return self._verifier.is_valid(body, at.decode(), signature.decode())
        except UnicodeDecodeError:
            return False

    async def _by_bolt(self, scope: Scope, headers: Headers, body: bytes) -> Answer:
        named: dict[str, Any] = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
        try:
            asked = AsyncBoltRequest(body=body.decode(), query=scope["query_string"].decode("latin-1"), headers=named)
        except STUMBLES:
            asked = None
        if asked is None or not well_formed(asked.body):
            log.warning("Slack sent a request of no sense: %d bytes", len(body))
            return _said(400, "this makes no sense")
        return _of_bolt(await self._app.async_dispatch(asked))


async def _alive(_: Request) -> PlainTextResponse:
    return PlainTextResponse("Mockingbird is here.\n")


async def _read(receive: Receive) -> bytes | None:
    """The raw body; None where it is too large, which one that comes in chunks does not say before. Raises
    ConnectionResetError where the sender went away."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionResetError
        body += message.get("body", b"")
        if len(body) > LARGEST:
            return None
        if not message.get("more_body"):
            return bytes(body)


def _form(body: bytes) -> dict[str, str] | None:
    """The fields of a form, none of which Slack sends twice; None for what is no form."""
    if body.startswith((b"{", b"payload=")):
        return None
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return dict(URL.build(query_string=text, encoded=True).query)  # reads it in half the time of `parse_qsl`


def _said(status: int, text: str) -> Answer:
    return status, text.encode(), TEXT


def _of_bolt(answer: BoltResponse) -> Answer:
    headers: dict[str, Any] = answer.first_headers_without_set_cookie()
    return answer.status, answer.body.encode(), headers.get("content-type", TEXT)


async def _respond(send: Send, status: int, body: bytes, kind: str) -> None:
    headers: Iterable[tuple[bytes, bytes]] = (
        (b"content-type", kind.encode()),
        (b"content-length", b"%d" % len(body)),
    )
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
