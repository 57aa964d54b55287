"""Slack's Web API, and the way by which Slack reaches the app over HTTP, with a signature."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator, Sequence

import uvicorn
from aiohttp import ClientSession, ClientTimeout
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from adapters.slack.manifest import EVENTS_PATH
from adapters.slack.payload import well_formed
from adapters.slack.settings import SlackSettings

log = logging.getLogger("mockingbird.slack")

LARGEST = 1_000_000  # bytes of a request; Slack's own are far below
TIMEOUT = 30  # seconds for a call
GRACE = 2  # seconds that requests under way have at the end
# What slack_bolt stumbles over in a body that Slack would never send: it reads it without looking.
STUMBLES = (ValueError, TypeError, AttributeError, KeyError, IndexError)


def session() -> ClientSession:
    """What carries all calls to Slack. Close it at the end."""
    return ClientSession(timeout=ClientTimeout(total=TIMEOUT))


def client(settings: SlackSettings, carrier: ClientSession, token: str) -> AsyncWebClient:
    """Slack's Web API with a token. It never sends anything twice by itself."""
    return AsyncWebClient(
        token or None, base_url=settings.api_url, timeout=TIMEOUT, session=carrier, retry_handlers=[], logger=log
    )


def asgi(app: AsyncApp, settings: SlackSettings, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """The web application: Slack's requests at one address, and `routes` beside it, such as those of the installation."""
    verifier = SignatureVerifier(settings.signing_secret)

    async def events(request: Request) -> Response:
        return await _answer(app, verifier, request)

    async def alive(_: Request) -> Response:
        return PlainTextResponse("Mockingbird is here.\n")

    return Starlette(routes=[Route(EVENTS_PATH, events, methods=["POST"]), Route("/", alive), *routes])


async def _answer(app: AsyncApp, verifier: SignatureVerifier, request: Request) -> Response:
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > LARGEST:
        return PlainTextResponse("too large", 413)
    body = await _body(request)
    if body is None:
        return PlainTextResponse("too large", 413)
    # Checked here and not by Bolt alone: Bolt logs what it refuses, and reads it before.
    if not _signed(verifier, request, body):
        log.warning("a request was refused: its signature is wrong or too old")
        return PlainTextResponse("the signature is wrong or too old", 401)
    try:
        asked = AsyncBoltRequest(body=body.decode(), query=request.url.query, headers=dict(request.headers))
    except STUMBLES:
        asked = None
    if asked is None or not well_formed(asked.body):
        log.warning("Slack sent a request of no sense: %d bytes", len(body))
        return PlainTextResponse("this makes no sense", 400)
    return _response(await app.async_dispatch(asked))


async def _body(request: Request) -> bytes | None:
    """The raw body; None where it is too large, which one that comes in chunks does not say before."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return None
    return bytes(body)


def _signed(verifier: SignatureVerifier, request: Request, body: bytes) -> bool:
    at, signature = (request.headers.get(f"x-slack-{name}", "") for name in ("request-timestamp", "signature"))
    if not (at.isascii() and at.isdecimal() and len(at) < 16 and signature.isascii()):
        return False
    try:
        return verifier.is_valid(body, at, signature)
    except UnicodeDecodeError:
        return False


def _response(answer: BoltResponse) -> Response:
    return Response(answer.body, answer.status, headers=answer.first_headers_without_set_cookie())


class _Server(uvicorn.Server):
    """Leaves the signals to whoever owns the event loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(web: Starlette, host: str, port: int) -> None:
    """Answer HTTP until cancelled. Raises OSError where the address cannot be had."""
    config = uvicorn.Config(
        web, log_level="warning", log_config=None, access_log=False, timeout_graceful_shutdown=GRACE, lifespan="off"
    )
    server = _Server(config)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listening:
        # asyncio does this only for sockets that name their protocol; without it an answer can wait 40 ms for an ACK.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            server.should_exit = True
            await serving
            raise
