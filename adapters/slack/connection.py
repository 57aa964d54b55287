"""The sockets that we open, through which Slack reaches the app, and what carries our calls to Slack."""

import asyncio
import logging
from time import time

from aiohttp import ClientSession, ClientTimeout
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.faults import TROUBLES, code
from adapters.slack.payload import well_formed
from adapters.slack.settings import SlackSettings
from bot.core.errors import SettingsError

log = logging.getLogger("mockingbird.slack")

SOCKETS = 2  # Slack closes each for a moment every few hours: one is always there
PING = 10  # seconds between two signs of life on a socket
TIMEOUT = 30  # seconds for a call
REFUSED = ("invalid_auth", "not_authed", "account_inactive", "token_revoked", "missing_scope", "not_allowed_token_type")
NOBODYS = 404  # Bolt's status for what no listener takes, such as a shortcut that somebody added to the manifest


def session() -> ClientSession:
    """What carries all calls to Slack. Close it at the end."""
    return ClientSession(timeout=ClientTimeout(total=TIMEOUT))


def client(settings: SlackSettings, carrier: ClientSession, token: str) -> AsyncWebClient:
    """Slack's Web API with a token. It never sends anything twice by itself."""
    return AsyncWebClient(
        token or None, base_url=settings.api_url, timeout=TIMEOUT, session=carrier, retry_handlers=[], logger=log
    )


class _Socket(AsyncSocketModeHandler):
    """One connection. What makes no sense is acknowledged, or Slack would send it again."""

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        if not well_formed(req.payload):
            log.warning("Slack sent an envelope of no sense through a socket (%s)", req.type)
            await client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))
            return
        begun = time()
        answer = await run_async_bolt_app(self.app, req)
        if answer.status == NOBODYS:
            answer = BoltResponse(status=200)
        await send_async_response(client, req, answer, begun)


async def sockets(app: AsyncApp, settings: SlackSettings, connected: asyncio.Event | None = None) -> None:
    """Hold two connections until cancelled; `connected` is set once both stand. Raises SettingsError where Slack refuses
    the app-level token."""
    handlers = [_Socket(app, settings.app_token, logger=log, ping_interval=PING) for _ in range(SOCKETS)]
    try:
        for handler in handlers:
            handler.client.wss_uri = await _address(handler.client)
        await asyncio.gather(*(handler.connect_async() for handler in handlers))  # type: ignore[no-untyped-call]
        log.info("connected to Slack by %d sockets", len(handlers))
        if connected is not None:
            connected.set()
        await asyncio.Event().wait()
    finally:
        for handler in handlers:
            await handler.close_async()  # type: ignore[no-untyped-call]


async def _address(client: SocketModeClient) -> str | None:
    """Where to connect; None where Slack cannot be asked now, and the client goes on asking."""
    try:
        return await client.issue_new_wss_url()
    except TROUBLES as trouble:
        if code(trouble) in REFUSED:
            raise SettingsError(
                f"MOCKINGBIRD_SLACK_APP_TOKEN: Slack refuses it ({code(trouble)}). Make an app-level token with the scope "
                "connections:write in your app's page under Basic Information, and switch Socket Mode on."
            ) from None
        log.warning("Slack cannot be reached now: %s; trying on", code(trouble))
        return None
