"""What carries our calls to Slack's Web API."""

import logging

from aiohttp import ClientSession, ClientTimeout, TCPConnector
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.settings import SlackSettings

log = logging.getLogger("mockingbird.slack")

TIMEOUT = 30  # seconds for a call


def session() -> ClientSession:
    """What carries all calls to Slack. Close it at the end. How many there are at once is the callers' to say."""
    return ClientSession(connector=TCPConnector(limit=0), timeout=ClientTimeout(total=TIMEOUT))


def client(settings: SlackSettings, carrier: ClientSession, token: str) -> AsyncWebClient:
    """Slack's Web API with a token. It never sends anything twice by itself."""
    return AsyncWebClient(
        token or None, base_url=settings.api_url, timeout=TIMEOUT, session=carrier, retry_handlers=[], logger=log
    )
