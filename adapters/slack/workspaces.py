"""Whom we may speak to, and as whom: one workspace by its token, or all that installed us.

Slack is asked with `retry_handlers=[]`: whether a call is made again is the deliverer's to decide.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from weakref import WeakValueDictionary

from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.faults import TROUBLES, code
from adapters.slack.store import Installations
from bot.core.errors import DeliveryFailed, StoreError
from bot.core.ports import Clock

log = logging.getLogger("mockingbird.slack")
# slack_sdk writes whole answers into a log of level debug, and those of OAuth hold tokens.
discreet = logging.getLogger("mockingbird.slack.oauth")
discreet.setLevel(logging.INFO)

REMEMBERED = 1_000  # workspaces
FRESH = timedelta(minutes=5)  # another process may have changed the token meanwhile
ROTATE = timedelta(hours=2)  # before a token of 12 hours ends
RESENT = timedelta(hours=1)  # Slack sends an event again within minutes; an hour is beyond all of that
NO_LONGER = "the app was removed from the workspace"

Retire = Callable[[str, str], Awaitable[int]]
"""Give up what is owed to a workspace, with the reason; how many messages that were."""


class Workspaces(Protocol):
    """What the listeners and the deliverer ask."""

    async def client(self, team: str) -> AsyncWebClient:
        """Slack as the bot in this workspace. Raises DeliveryFailed where there is no way to it."""
        ...

    async def authorize(self, team_id: str | None) -> AuthorizeResult | None:
        """Bolt's question as whom to answer; None where we are not installed."""
        ...

    async def gone(self, body: Mapping[str, Any]) -> None:
        """An `app_uninstalled` or `tokens_revoked` came: retire what is owed to the workspace, keep its data."""
        ...


@dataclass(frozen=True, slots=True)
class Ended:
    """A workspace took our token back, at an instant (aware, UTC)."""

    team: str
    at: datetime


def ended(body: Mapping[str, Any]) -> Ended | None:
    """What an event callback says about the end of an installation; None where it says no such thing."""
    event = body.get("event")
    team = body.get("team_id")
    if not isinstance(event, Mapping) or not isinstance(team, str) or not team:
        return None
    kind, tokens = event.get("type"), event.get("tokens")
    revoked = kind == "tokens_revoked" and isinstance(tokens, Mapping) and bool(tokens.get("bot"))
    if kind != "app_uninstalled" and not revoked:
        return None
    seconds = body.get("event_time")
    known = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < 10**11
    return Ended(team, datetime.fromtimestamp(seconds, UTC) if known and seconds is not None else _LONG_AGO)


_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class OneWorkspace:
    """A team that hosts its own bot: one token from the settings, whatever workspace it belongs to."""

    def __init__(self, client: AsyncWebClient, retire: Retire) -> None:
        self._client = client
        self._retire = retire
        self._us: AuthorizeResult | None = None

    async def client(self, team: str) -> AsyncWebClient:
        return self._client

    async def authorize(self, team_id: str | None) -> AuthorizeResult | None:
        """Raises SlackApiError where Slack refuses the token. Slack is asked once."""
        if self._us is None:
            answer = await self._client.auth_test()
            self._us = AuthorizeResult.from_auth_test_response(bot_token=self._client.token, auth_test_response=answer)
        return self._us

    async def gone(self, body: Mapping[str, Any]) -> None:
        end = ended(body)
        if end is None:
            return
        given_up = await self._retire(end.team, NO_LONGER)
        log.warning("workspace %s removed the app: %d messages given up, all data kept; install the app again and set "
                    "the new MOCKINGBIRD_SLACK_BOT_TOKEN", end.team, given_up)  # fmt: skip


def for_oauth(client: AsyncWebClient) -> AsyncWebClient:
    """The same way to Slack without a token, for calls whose answers are secret: at no level are they logged."""
    return AsyncWebClient(
        base_url=client.base_url, timeout=client.timeout, session=client.session, retry_handlers=[], logger=discreet
    )


@dataclass(slots=True)
class _Known:
    client: AsyncWebClient = field(repr=False)
    us: AuthorizeResult = field(repr=False)
    until: datetime


class ManyWorkspaces:
    """All workspaces that installed us. Tokens are read from the store, remembered a few minutes, and rotated in time."""

    def __init__(
        self,
        installations: Installations,
        client_for: Callable[[str], AsyncWebClient],
        client_id: str,
        client_secret: str,
        clock: Clock,
        retire: Retire,
    ) -> None:
        """`client_for` makes a client from a token; the empty token serves for OAuth calls."""
        self._installations = installations
        self._client_for = client_for
        self._credentials = {"client_id": client_id, "client_secret": client_secret}
        self._clock = clock
        self._retire = retire
        self._known: dict[str, _Known] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def client(self, team: str) -> AsyncWebClient:
        try:
            known = await self._look_up(team)
        except StoreError as error:
            raise DeliveryFailed(str(error)) from None
        if known is None:
            raise DeliveryFailed(f"Mockingbird is not installed in workspace {team}", permanent=True)
        return known.client

    async def authorize(self, team_id: str | None) -> AuthorizeResult | None:
        """Raises StoreError and DeliveryFailed where there is a token and it cannot be had now."""
        known = await self._look_up(team_id or "")
        return None if known is None else known.us

    def forget(self, team: str) -> None:
        """Read the token of this workspace anew the next time."""
        self._known.pop(team, None)

    async def gone(self, body: Mapping[str, Any]) -> None:
        end = ended(body)
        if end is None:
            return
        installed = await self._installations.installed_at(end.team)
        if installed is not None and timedelta(0) < installed - end.at < RESENT:
            log.info("workspace %s has installed the app again since: this late event changes nothing", end.team)
            return
        await self._installations.forget(end.team)
        self.forget(end.team)
        given_up = await self._retire(end.team, NO_LONGER)
        log.warning("workspace %s removed the app: %d messages given up, all data kept", end.team, given_up)

    async def _look_up(self, team: str) -> _Known | None:
        known = self._known.get(team)
        if known is not None and self._clock.now() < known.until:
            return known
        lock = self._locks.setdefault(team, asyncio.Lock())
        async with lock:  # a refresh token serves once: only one of those who wait may use it
            known = self._known.get(team)
            if known is not None and self._clock.now() < known.until:
                return known
            bot = await self._installations.bot(team)
            self._known.pop(team, None)
            if bot is None:
                return None
            return self._remember(team, await self._fresh(bot))

    def _remember(self, team: str, bot: Bot) -> _Known:
        while len(self._known) >= REMEMBERED:
            del self._known[next(iter(self._known))]
        us = AuthorizeResult(
            enterprise_id=None, team_id=bot.team_id, team=bot.team_name, bot_user_id=bot.bot_user_id, bot_id=bot.bot_id,
            bot_token=bot.bot_token, bot_scopes=bot.bot_scopes,
        )  # fmt: skip
        known = _Known(self._client_for(bot.bot_token), us, self._clock.now() + FRESH)
        self._known[team] = known
        return known

    async def _fresh(self, bot: Bot) -> Bot:
        """The bot with a token that is good for a while: rotated where its end is near."""
        ends = bot.bot_token_expires_at
        now = self._clock.now().timestamp()
        if ends is None or not bot.bot_refresh_token or now < ends - ROTATE.total_seconds():
            return bot
        try:
            rotated = await self._rotated(bot)
        except TROUBLES as error:
            why = code(error)
            other = await self._installations.bot(bot.team_id or "")
            if other is not None and other.bot_refresh_token != bot.bot_refresh_token:
                return other  # another process was first
            log.error("the token of workspace %s could not be rotated: %s; if that stays, install the app there again",
                      bot.team_id, why)  # fmt: skip
            if now < ends:
                return bot
            raise DeliveryFailed(f"the token of workspace {bot.team_id} ended and was not rotated: {why}") from None
        await self._installations.async_save_bot(rotated)
        log.info("the token of workspace %s was rotated", bot.team_id)
        return rotated

    async def _rotated(self, bot: Bot) -> Bot:
        answer = await for_oauth(self._client_for("")).oauth_v2_access(
            **self._credentials, grant_type="refresh_token", refresh_token=bot.bot_refresh_token
        )
        token, lives = answer.get("access_token"), answer.get("expires_in")
        if not token:
            raise SlackApiError("no token in Slack's answer", answer)  # type: ignore[no-untyped-call]
        fresh = Bot(**bot.to_dict_for_copying())
        fresh.bot_token = str(token)
        fresh.bot_refresh_token = answer.get("refresh_token") or bot.bot_refresh_token
        fresh.bot_token_expires_at = int(self._clock.now().timestamp()) + int(lives) if lives else None
        return fresh
