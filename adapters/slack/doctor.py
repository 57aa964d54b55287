"""What stands between the bot and Slack, one line a question: what is wrong, and how to mend it.

It only reads, and may be asked while the bot runs.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from aiohttp import ClientError, ClientSession, ClientTimeout
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.faults import code
from adapters.slack.manifest import EVENTS_PATH, SCOPES
from adapters.slack.settings import SlackSettings
from bot.core.events import Place
from bot.core.ports import Clock

PATIENCE = 10  # seconds for one answer
SKEW = 60  # seconds between two clocks; Slack's signatures end after 300
SOCKETS = 10  # Slack's limit of connections an app
FRAME = '{"type":"url_verification","token":"","challenge":"mockingbird"}'
REINSTALL = "Install the app again (Install App) and set the new MOCKINGBIRD_SLACK_BOT_TOKEN."
# Slack's reasons -> what to do.
MEND = {
    "account_inactive": f"The app was removed from the workspace. {REINSTALL}",
    "app_missing_action_url": "The app has no address for this. Paste the manifest again.",
    "forbidden_team": "The workspace forbids it. Ask its admins.",
    "invalid_auth": "Slack does not know this token. Copy it again from your app's page.",
    "missing_scope": f"Paste the manifest again (mockingbird manifest slack). {REINSTALL}",
    "not_allowed_token_type": "This is another kind of token. Socket Mode takes the app-level one, xapp-; all else xoxb-.",
    "not_authed": "The token is empty. Set it.",
    "ratelimited": "Slack asks for patience. Try again in a minute.",
    "team_access_not_granted": "The app is not allowed in this workspace. Ask its admins.",
    "token_expired": "The token has ended. It rotates by itself while the bot runs; else install the app again.",
    "token_revoked": f"The token was taken back. {REINSTALL}",
}  # fmt: skip
CHANNEL = {
    "channel_not_found": "it is gone, or private and the bot is not in it. Type /invite @mockingbird there.",
    "missing_scope": MEND["missing_scope"],
}

State = Literal["ok", "note", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer. `note` is worth knowing and nothing to mend."""

    state: State
    about: str
    says: str

    def __str__(self) -> str:
        return f"{self.state:<5}  {self.about}: {self.says}"


async def examine(
    settings: SlackSettings, clock: Clock, tokens: Mapping[str, str], channels: Sequence[Place], url: str = ""
) -> AsyncIterator[Finding]:
    """All findings, in the order in which they are best mended.

    `tokens` are the bot's by workspace (the empty name is the one of the settings), `channels` those of our groups,
    `url` where the running bot is reached over HTTP, to try its signing secret.
    """
    yield _mode(settings)
    for team, token in tokens.items():
        client = _client(settings, token)
        async for finding in _token(client, clock, team):
            yield finding
        for place in channels:
            if team in ("", place.workspace):
                yield await _channel(client, place)
    if settings.many and not tokens:
        yield Finding(
            "note", "workspaces", "none has installed the app yet. Open /slack/install on your bot's address."
        )
    if tokens and not channels:
        yield Finding(
            "note", "channels", "no study group yet. In a channel type /invite @mockingbird, then /group setup."
        )
    if settings.app_token:
        yield await _sockets(_client(settings, settings.app_token))
    if settings.signing_secret:
        yield await _secret(settings.signing_secret, clock, url)


def _client(settings: SlackSettings, token: str) -> AsyncWebClient:
    return AsyncWebClient(token=token, base_url=settings.api_url, timeout=PATIENCE, retry_handlers=[])


def _mode(settings: SlackSettings) -> Finding:
    if not settings.speaks:
        return Finding("wrong", "settings", "there is no MOCKINGBIRD_SLACK_BOT_TOKEN. docs/deploy-slack.md says where to "
                       "get it.")  # fmt: skip
    ways = [way for way, set_up in (("Socket Mode", settings.sockets), ("HTTP", settings.http)) if set_up]
    if not ways:
        return Finding("wrong", "settings", "the bot hears nothing. Set MOCKINGBIRD_SLACK_APP_TOKEN for Socket Mode, or "
                       "MOCKINGBIRD_SLACK_SIGNING_SECRET for HTTP.")  # fmt: skip
    whom = "all workspaces that install it" if settings.many else "one workspace"
    return Finding("ok", "settings", f"for {whom}, by {' and '.join(ways)}")


async def _token(client: AsyncWebClient, clock: Clock, team: str) -> AsyncIterator[Finding]:
    about = f"token of {team}" if team else "token"
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        yield _refused(about, error)
        return
    except (ClientError, TimeoutError) as error:
        yield _silent(about, client, error)
        return
    if not answer.get("bot_id"):
        yield Finding("wrong", about, "it is a person's token. Take the Bot User OAuth Token, which starts with xoxb-.")
        return
    yield Finding("ok", about, f"it is {answer.get('user')} in {answer.get('team')} ({answer.get('team_id')})")
    yield _scopes(answer.headers)
    yield _skew(answer.headers, clock.now())


def _scopes(headers: Mapping[str, Any]) -> Finding:
    given = {scope.strip() for scope in str(_header(headers, "x-oauth-scopes")).split(",") if scope.strip()}
    missing = [f"{scope} ({why})" for scope, why in SCOPES.items() if scope not in given]
    if missing:
        return Finding("wrong", "scopes", f"missing: {'; '.join(missing)}. {MEND['missing_scope']}")
    more = sorted(given - set(SCOPES))
    if more:
        return Finding("note", "scopes", f"all there, and more than I use: {', '.join(more)}")
    return Finding("ok", "scopes", f"all {len(SCOPES)} there, and no more")


def _skew(headers: Mapping[str, Any], now: datetime) -> Finding:
    try:
        theirs = parsedate_to_datetime(str(_header(headers, "date")))
        seconds = round((now - theirs).total_seconds())
    except (ValueError, TypeError):
        return Finding("note", "clock", "Slack's answer has no date to compare with")
    if abs(seconds) > SKEW:
        side = "ahead of" if seconds > 0 else "behind"
        return Finding("wrong", "clock", f"this machine is {abs(seconds)} s {side} Slack. Set it by NTP: signed requests "
                       "are refused beyond 300 s.")  # fmt: skip
    return Finding("ok", "clock", f"within {max(abs(seconds), 1)} s of Slack's")


async def _channel(client: AsyncWebClient, place: Place) -> Finding:
    about = f"channel {place.channel}"
    try:
        channel: Mapping[str, Any] = (await client.conversations_info(channel=place.channel)).get("channel") or {}
    except SlackApiError as error:
        reason = code(error)
        return Finding("wrong", about, CHANNEL.get(reason, f"Slack says {reason}. {MEND.get(reason, '')}".strip()))
    except (ClientError, TimeoutError) as error:
        return _silent(about, client, error)
    if channel.get("is_archived"):
        return Finding(
            "wrong", about, f"#{channel.get('name')} is archived. Unarchive it, or set up a group elsewhere."
        )
    if not channel.get("is_member"):
        return Finding("wrong", about, f"the bot is not in #{channel.get('name')}. Type /invite @mockingbird there.")
    return Finding("ok", about, f"the bot is in #{channel.get('name')}")


async def _sockets(client: AsyncWebClient) -> Finding:
    """Open a socket as the bot does, wait for its hello, and close it again."""
    about = "sockets"
    try:
        address = str((await client.apps_connections_open(app_token=client.token or ""))["url"])
        async with asyncio.timeout(PATIENCE), ClientSession(trust_env=True) as http, http.ws_connect(address) as socket:
            hello: Any = await socket.receive_json()
    except SlackApiError as error:
        return _refused(about, error)
    except (ClientError, TimeoutError, TypeError, ValueError) as error:
        return Finding("wrong", about, f"a socket could not be opened ({type(error).__name__}). Is Socket Mode on in your "
                       "app's page, and does a proxy here let wss:// through?")  # fmt: skip
    others = int(hello.get("num_connections") or 1) - 1 if isinstance(hello, dict) else 0
    if others >= SOCKETS - 2:
        return Finding("note", about, f"{others} others are open of {SOCKETS} at most. From four workers on that is as it "
                       "should be; with fewer a bot runs twice: stop one.")  # fmt: skip
    return Finding("ok", about, f"one was opened; {others} others are open (a running bot holds two)")


async def _secret(secret: str, clock: Clock, url: str) -> Finding:
    """Whether the running bot has the same secret, by a request signed as Slack signs it and by a forged one."""
    about = "signing secret"
    if not url:
        if re.fullmatch(r"[0-9a-f]{32}", secret):
            return Finding("note", about, "it looks right. With --url https://your-bot I try it on the running bot.")
        return Finding("note", about, "Slack's have 32 digits of 0-9 and a-f, this one has not. Compare it with Basic "
                       "Information, App Credentials.")  # fmt: skip
    address = url.rstrip("/") + EVENTS_PATH
    try:
        signed = await _knock(address, secret, clock)
        forged = await _knock(address, secret[::-1] + "0", clock)
    except (ClientError, TimeoutError, ValueError) as error:
        return Finding("wrong", about, f"{address} does not answer ({type(error).__name__}). Is the bot running there "
                       "(mockingbird run web), and is the address right?")  # fmt: skip
    if forged != 401:
        return Finding(
            "wrong", about, f"{address} answered a forged request with {forged}, not 401: that is not this bot."
        )
    if signed != 200:
        return Finding("wrong", about, f"{address} refused a signed request with {signed}. It runs with another "
                       "MOCKINGBIRD_SLACK_SIGNING_SECRET, or its clock is wrong.")  # fmt: skip
    return Finding("ok", about, f"{address} takes what is signed with it and refuses the rest")


async def _knock(address: str, secret: str, clock: Clock) -> int:
    at = str(int(clock.now().timestamp()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=at, body=FRAME) or ""
    headers = {"Content-Type": "application/json", "X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature}
    timeout = ClientTimeout(total=PATIENCE)
    async with (
        ClientSession(timeout=timeout, trust_env=True) as http,
        http.post(address, data=FRAME, headers=headers) as answer,
    ):
        return answer.status


def _refused(about: str, error: SlackApiError) -> Finding:
    reason = code(error)
    return Finding("wrong", about, f"Slack says {reason}. {MEND.get(reason, 'See docs/deploy-slack.md.')}")


def _silent(about: str, client: AsyncWebClient, error: Exception) -> Finding:
    return Finding("wrong", about, f"{client.base_url} does not answer ({type(error).__name__}). Is there a way to the "
                   "internet from here?")  # fmt: skip


def _header(headers: Mapping[str, Any], name: str) -> Any:
    return next((value for key, value in headers.items() if key.lower() == name), "")
