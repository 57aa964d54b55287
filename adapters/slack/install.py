"""Installing us into a workspace: the page that leads to Slack's consent, and the address that Slack sends back to.

slack_bolt's flow with our stores behind it. The state is kept in the database and in a cookie of the browser, so that
nobody can make somebody else's browser finish an installation.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator
from html import escape
from typing import Any

from aiohttp import ClientError
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.slack.manifest import INSTALL_PATH, REDIRECT_PATH, SCOPES
from adapters.slack.store import STATE_LIVES, Installations, States
from adapters.slack.workspaces import for_oauth

log = logging.getLogger("mockingbird.slack")

SLACK = "https://slack.com/api/"
AGAIN = f'<p><a href="{INSTALL_PATH}">Start again</a></p>'
# Why nothing was installed -> what the person who tried is told.
FAULTS = {
    "access_denied": "You did not allow it. Nothing was changed.",
    "invalid_browser": "This answer belongs to another browser, or this one keeps no cookies. Start again here, in one "
                       "go.",
    "invalid_state": "That took longer than ten minutes, or the page was loaded twice. Start again.",
    "missing_code": "Slack sent nothing to finish with. Start again.",
    "invalid_code": "Slack did not accept the installation. Start again; if that stays, whoever runs me finds the reason "
                    "in the log.",
    "whole_organisation": "Mockingbird is installed workspace by workspace, not for a whole organisation. Choose one "
                          "workspace on Slack's page.",
}  # fmt: skip
OTHERWISE = "Slack gave a reason that I do not know. Start again."


class Flow(AsyncOAuthFlow):
    """slack_bolt's flow, with the faults of the network among those that a person reads."""

    def __init__(
        self, client: AsyncWebClient, settings: AsyncOAuthSettings, installed: Callable[[str], Awaitable[None]]
    ) -> None:
        super().__init__(client=client, settings=settings, logger=log)
        self._installed = installed

    async def build_install_page_html(self, url: str, request: AsyncBoltRequest) -> str:
        """The first page: what happens next, and the way there."""
        return _html(
            "Install Mockingbird",
            "<p>Slack asks you next what Mockingbird may do in your workspace. It reads the channels that it is invited "
            f'to, and no others.</p><p><a href="{escape(url)}">Go on to Slack</a></p>',
        )

    async def run_installation(self, code: str) -> Installation | None:
        """What Slack gives for the code; None where it gives nothing."""
        try:
            return await super().run_installation(code)
        except (ClientError, TimeoutError) as error:
            log.warning("an installation was not finished, Slack did not answer: %s", type(error).__name__)
            return None

    async def store_installation(self, request: AsyncBoltRequest, installation: Installation) -> None:
        """Keep it. A whole organisation's is not kept: `_installed` says so to the person."""
        if installation.is_enterprise_install or not installation.team_id or not installation.bot_token:
            return
        await super().store_installation(request, installation)
        log.info("workspace %s installed the app", installation.team_id)
        await self._installed(installation.team_id)


def routes(
    client: AsyncWebClient,
    client_id: str,
    client_secret: str,
    installations: Installations,
    states: States,
    installed: Callable[[str], Awaitable[None]],
) -> list[Route]:
    """The two pages. `client` has no token; `installed` is told the workspace after its tokens are kept."""
    real = client.base_url == SLACK
    settings = AsyncOAuthSettings(
        client_id=client_id,
        client_secret=client_secret,
        scopes=list(SCOPES),
        user_scopes=[],
        install_path=INSTALL_PATH,
        redirect_uri_path=REDIRECT_PATH,
        authorization_url=_consent(client.base_url),
        installation_store=installations,
        state_store=states,
        state_expiration_seconds=STATE_LIVES,
        callback_options=AsyncCallbackOptions(success=_installed, failure=_failed),
        logger=log,
    )
    flow = Flow(for_oauth(client), settings, installed)

    async def install(request: Request) -> Response:
        return _response(await flow.handle_installation(to_async_bolt_request(request, b"")), secure=real)

    async def redirected(request: Request) -> Response:
        return _response(await flow.handle_callback(to_async_bolt_request(request, b"")), secure=real)

    return [Route(INSTALL_PATH, install, methods=["GET"]), Route(REDIRECT_PATH, redirected, methods=["GET"])]


def _consent(base_url: str) -> str:
    """Slack's page of consent, beside its API: a stand-in for one stands in for the other."""
    return f"{base_url.rstrip('/').removesuffix('/api')}/oauth/v2/authorize"


async def _installed(args: AsyncSuccessArgs) -> BoltResponse:
    made = args.installation
    if made.is_enterprise_install or not made.team_id or not made.bot_token:
        return _page(400, "Not installed", f"<p>{FAULTS['whole_organisation']}</p>{AGAIN}")
    team = escape(made.team_name or "your workspace")
    link = f"slack://app?team={escape(made.team_id)}&amp;id={escape(made.app_id or '')}"
    return _page(
        200,
        "Mockingbird is installed",
        f"<p>It is in <b>{team}</b> now. In the channel of your study group type <code>/invite @mockingbird</code>, then "
        f'<code>/group setup</code>.</p><p><a href="{link}">Open Slack</a></p>',
    )


async def _failed(args: AsyncFailureArgs) -> BoltResponse:
    log.warning("an installation was not finished: %r", args.reason[:100])
    return _page(args.suggested_status_code, "Not installed", f"<p>{FAULTS.get(args.reason, OTHERWISE)}</p>{AGAIN}")


def _page(status: int, title: str, body: str) -> BoltResponse:
    return BoltResponse(status=status, body=_html(title, body), headers={"Content-Type": "text/html; charset=utf-8"})


def _html(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width">'
        "<style>body{font:1.1rem/1.5 system-ui;max-width:36rem;margin:15vh auto;padding:0 1rem}</style>"
        f"<h1>{title}</h1>{body}</html>"
    )


def _response(answer: BoltResponse, secure: bool) -> Response:
    """slack_bolt's answer as Starlette's. Its own conversion marks every cookie as secure, which a stand-in without
    TLS would never get back."""
    response = Response(answer.body, answer.status, answer.first_headers_without_set_cookie())
    response.headers["Cache-Control"] = "no-store"
    for name, value, age in _cookies(answer):
        response.set_cookie(name, value, max_age=age, path="/", secure=secure, httponly=True, samesite="lax")
    return response


def _cookies(answer: BoltResponse) -> Iterator[tuple[str, str, int | None]]:
    for jar in answer.cookies():
        for name, morsel in jar.items():
            age: Any = morsel.get("max-age")
            yield name, morsel.value, int(age) if age else None
