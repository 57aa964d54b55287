"""Installing the bot by OAuth, as a browser goes through it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx import ASGITransport, AsyncClient, Response
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette

from adapters.slack import install
from adapters.slack.manifest import SCOPES
from adapters.slack.store import States
from bot.clock import FrozenClock, WallClock
from bot.store.tables import metadata
from tests.adapters.slack_oauth import CLIENT, SECRET, Office, Rotating, open_office
from tests.adapters.slack_stand_in import BROKEN, LOST, standing_in
from tests.adapters.slack_workspace import Team, User

# slack_sdk's way to send client credentials, which aiohttp 3.14 would like to be another.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")

PUBLIC = "http://127.0.0.1:8080"


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    """A database that nobody has installed us into, and Slack beside it."""
    clock = FrozenClock(datetime(2026, 9, 1, 12, tzinfo=UTC))
    slack = Rotating(lambda: clock.now().timestamp())
    async with standing_in(slack) as stand_in:
        office = open_office(database_url, clock, slack, stand_in)
        yield office
        office.engine.dispose()


def _browser(office: Office, client: AsyncWebClient | None = None) -> AsyncClient:
    async def installed(team: str) -> None:
        office.workspaces.forget(team)

    # slack_sdk's states live by the wall's time.
    states = States(office.engine, WallClock())
    routes = install.routes(client or office.client_for(""), CLIENT, SECRET, office.installations, states, installed)
    return AsyncClient(transport=ASGITransport(Starlette(routes=routes)), base_url=PUBLIC)


def _code(office: Office, code: str = "code-1", name: str = "Study hall") -> Team:
    """Slack's consent page was answered with yes."""
    team = Team("T0NEW", "xoxb-new", name)
    team.add(User("U0ANA", "Ana"))
    office.slack.installs[code] = team
    return team


async def _state(browser: AsyncClient) -> str:
    page = await browser.get("/slack/install")
    link = unescape(page.text.partition('href="')[2].partition('"')[0])
    return parse_qs(urlsplit(link).query)["state"][0]


async def _back(browser: AsyncClient, **query: str) -> Response:
    return await browser.get("/slack/oauth_redirect", params=query)


async def test_the_page_leads_to_slacks_consent_with_our_scopes_and_a_state(office: Office) -> None:
    async with _browser(office) as browser:
        page = await browser.get("/slack/install")
        link = urlsplit(unescape(page.text.partition('href="')[2].partition('"')[0]))
        query = parse_qs(link.query)
        assert f"{link.scheme}://{link.netloc}{link.path}" == f"{office.stand_in.url}/oauth/v2/authorize"
        assert query["client_id"] == [CLIENT]
        assert query["scope"][0].split(",") == list(SCOPES)
        assert "user_scope" not in query
        assert browser.cookies["slack-app-oauth-state"] == query["state"][0]
        assert page.headers["cache-control"] == "no-store"


async def test_an_installation_from_the_first_page_to_the_first_word(office: Office) -> None:
    _code(office)
    async with _browser(office) as browser:
        page = await _back(browser, code="code-1", state=await _state(browser))
    assert page.status_code == 200
    assert "It is in <b>Study hall</b> now" in page.text
    client = await office.workspaces.client("T0NEW")
    assert (await client.auth_test())["team_id"] == "T0NEW"
    us = await office.workspaces.authorize("T0NEW")
    assert us is not None
    assert us.bot_id == "B0MOCKBOT"


async def test_with_the_real_slack_the_cookie_needs_tls(office: Office) -> None:
    async with _browser(office, AsyncWebClient(base_url="https://slack.com/api/")) as browser:
        page = await browser.get("/slack/install")
    assert "secure" in page.headers["set-cookie"].lower()
    assert "httponly" in page.headers["set-cookie"].lower()
    assert "https://slack.com/oauth/v2/authorize?" in page.text


async def test_what_a_workspace_is_called_is_no_markup(office: Office) -> None:
    _code(office, name="<script>alert(1)</script>")
    async with _browser(office) as browser:
        page = await _back(browser, code="code-1", state=await _state(browser))
    assert "<script>" not in page.text


async def test_another_browser_cannot_finish_it(office: Office) -> None:
    _code(office)
    async with _browser(office) as mine, _browser(office) as yours:
        page = await _back(yours, code="code-1", state=await _state(mine))
    assert page.status_code == 400
    assert "belongs to another browser" in page.text
    assert await office.installations.teams() == []


async def test_a_state_serves_once(office: Office) -> None:
    _code(office)
    async with _browser(office) as browser:
        state = await _state(browser)
        cookie = {"Cookie": f"slack-app-oauth-state={state}"}
        await _back(browser, code="code-1", state=state)
        _code(office, "code-2")
        browser.cookies.clear()
        page = await browser.get("/slack/oauth_redirect", params={"code": "code-2", "state": state}, headers=cookie)
    assert page.status_code == 401
    assert "the page was loaded twice" in page.text


async def test_a_state_serves_one_of_many_who_bring_it_at_once(office: Office) -> None:
    states = States(office.engine, WallClock())
    state = await states.async_issue()
    assert sum(await asyncio.gather(*(states.async_consume(state) for _ in range(8)))) == 1


async def test_a_state_ends(office: Office) -> None:
    state = await States(office.engine, WallClock()).async_issue()
    late = FrozenClock(datetime.now(UTC) + timedelta(seconds=601))
    assert not await States(office.engine, late).async_consume(state)


async def test_a_reason_from_outside_forges_no_line_of_the_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    async with _browser(office) as browser:
        await _back(browser, error="x\n2026 ERROR forged")
    assert "\n2026" not in caplog.messages[-1]
    assert "forged" in caplog.messages[-1]


async def test_old_states_are_swept_away(office: Office) -> None:
    states = metadata.tables["slack_oauth_states"]
    with office.engine.begin() as connection:
        connection.execute(states.insert(), {"state": "old", "expire_at": datetime(2020, 1, 1)})  # noqa: DTZ001
    issued = await States(office.engine, WallClock()).async_issue()
    with office.engine.connect() as connection:
        assert [row.state for row in connection.execute(states.select())] == [issued]


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ({"error": "access_denied"}, 200, "You did not allow it"),
        ({"error": "<b>"}, 200, "a reason that I do not know"),
        ({"code": "made-up"}, 401, "Slack did not accept the installation"),
        ({}, 401, "Slack sent nothing to finish with"),
    ],
)
async def test_each_way_to_fail_has_its_sentence_and_a_way_back(
    office: Office, query: dict[str, str], status: int, says: str
) -> None:
    async with _browser(office) as browser:
        page = await _back(browser, **query, state=await _state(browser))
    assert page.status_code == status
    assert says in page.text
    assert 'href="/slack/install"' in page.text
    assert await office.installations.teams() == []


@pytest.mark.parametrize("fault", [BROKEN, LOST], ids=["broken", "lost"])
@pytest.mark.parametrize("method", ["oauth.v2.access", "auth.test"])
async def test_slack_out_of_order_is_told_and_nothing_is_kept(office: Office, method: str, fault: object) -> None:
    _code(office)
    office.stand_in.faults[method] = [fault]  # type: ignore[list-item]
    async with _browser(office) as browser:
        page = await _back(browser, code="code-1", state=await _state(browser))
    assert page.status_code == 401
    assert "Start again" in page.text
    assert await office.installations.teams() == []


async def test_a_whole_organisation_is_sent_back_to_choose_a_workspace(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    _code(office)
    access = office.slack._access
    monkeypatch.setattr(
        office.slack, "_access", lambda args: access(args) | {"is_enterprise_install": True, "team": None}
    )
    async with _browser(office) as browser:
        page = await _back(browser, code="code-1", state=await _state(browser))
    assert page.status_code == 400
    assert "workspace by workspace" in page.text
    assert await office.installations.teams() == []


async def test_a_workspace_of_an_organisation_is_one_like_any_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    _code(office)
    access = office.slack._access
    monkeypatch.setattr(
        office.slack, "_access", lambda args: access(args) | {"enterprise": {"id": "E1", "name": "Org"}}
    )
    async with _browser(office) as browser:
        assert (await _back(browser, code="code-1", state=await _state(browser))).status_code == 200
    assert (await office.workspaces.client("T0NEW")).token == "xoxb-new"
    await office.workspaces.gone({"team_id": "T0NEW", "event": {"type": "app_uninstalled"}})
    assert await office.installations.teams() == []


async def test_a_token_that_rotates_is_kept_with_its_end(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    team = _code(office)
    access = office.slack._access
    rotating = {"refresh_token": "xoxe-1", "expires_in": 43_200}
    monkeypatch.setattr(office.slack, "_access", lambda args: access(args) | rotating)
    office.slack.refreshes["xoxe-1"] = team
    async with _browser(office) as browser:
        await _back(browser, code="code-1", state=await _state(browser))
    office.clock.set(WallClock().now() + timedelta(hours=11))  # slack_sdk dates the end by the wall's time
    assert (await office.workspaces.client("T0NEW")).token == "xoxb-new+"


async def test_no_level_of_the_log_shows_what_was_exchanged(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    _code(office, "code-of-mine").token = "xoxb-new"
    async with _browser(office) as browser:
        page = await _back(browser, code="code-of-mine", state=await _state(browser))
    assert page.status_code == 200
    await office.install(token="xoxe.xoxb-1", refresh="xoxe-1")
    office.clock.set(office.clock.now() + timedelta(hours=11))
    assert (await office.workspaces.client("T0STUDY")).token == "xoxe.xoxb-1+"
    logged = "\n".join(
        record.getMessage() for record in caplog.records if record.name != "httpx"
    )  # that is the browser
    assert "T0NEW installed the app" in logged
    for secret in ("xoxb-new", "xoxe", SECRET, "code-of-mine"):
        assert secret not in logged
