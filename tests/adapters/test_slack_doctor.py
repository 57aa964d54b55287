"""`mockingbird doctor slack`: each thing that can be wrong has a line that says what, and how to mend it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

from adapters.cli import main
from adapters.slack import doctor
from adapters.slack.doctor import Finding
from adapters.slack.manifest import SCOPES
from adapters.slack.settings import SlackSettings
from bot.clock import FrozenClock, WallClock
from bot.core.events import Place
from bot.core.ports import Clock
from bot.store.tables import groups
from tests.adapters.slack_oauth import Rotating, open_office
from tests.adapters.slack_stand_in import APP_TOKEN, BROKEN, LOST, RATELIMITED, Fault, StandIn, standing_in
from tests.adapters.slack_workspace import Team

SECRET = "0123456789abcdef0123456789abcdef"
HERE = Place("slack", "T0STUDY", "C0PREP")


@pytest.fixture
async def stand_in() -> AsyncIterator[StandIn]:
    """A healthy Slack: a workspace with the bot in #prep."""
    slack = Rotating(WallClock().now().timestamp)
    team = slack.team()
    team.scopes = set(SCOPES)
    team.channel("C0PREP", "prep")
    async with standing_in(slack) as stand_in:
        yield stand_in


def _team(stand_in: StandIn) -> Team:
    return stand_in.slack.teams["T0STUDY"]


def _settings(stand_in: StandIn) -> SlackSettings:
    return SlackSettings("xoxb-study", APP_TOKEN, api_url=stand_in.api)


async def _examined(
    stand_in: StandIn,
    settings: SlackSettings | None = None,
    url: str = "",
    clock: Clock | None = None,
    channels: tuple[Place, ...] = (HERE,),
) -> list[Finding]:
    settings = settings or _settings(stand_in)
    tokens = {"": settings.bot_token} if settings.bot_token else {}
    return [one async for one in doctor.examine(settings, clock or WallClock(), tokens, channels, url)]


def _only_fault(findings: list[Finding]) -> str:
    (fault,) = [str(one) for one in findings if one.state == "wrong"]
    return fault


async def test_a_healthy_bot_has_nothing_to_mend(stand_in: StandIn) -> None:
    findings = await _examined(stand_in)
    assert [one.state for one in findings] == ["ok"] * 6
    assert [one.about for one in findings] == ["settings", "token", "scopes", "clock", "channel C0PREP", "sockets"]


@pytest.mark.parametrize("word", ["token_revoked", "invalid_auth", "account_inactive", "token_expired", "not_authed"])
async def test_a_token_that_slack_refuses_says_why_and_what_to_do(stand_in: StandIn, word: str) -> None:
    stand_in.faults["auth.test"] = [Fault(error=word)]
    fault = _only_fault(await _examined(stand_in, channels=()))
    assert fault.startswith(f"wrong  token: Slack says {word}. ")
    assert doctor.MEND[word] in fault


async def test_missing_scopes_are_named_with_what_they_are_for(stand_in: StandIn) -> None:
    _team(stand_in).scopes -= {"im:write", "users:read"}
    fault = _only_fault(await _examined(stand_in))
    assert "missing: im:write (opening a conversation with a person); users:read (" in fault
    assert "Paste the manifest again" in fault


async def test_more_scopes_than_needed_are_a_note(stand_in: StandIn) -> None:
    _team(stand_in).scopes |= {"emoji:read"}
    (note,) = [one for one in await _examined(stand_in) if one.state == "note"]
    assert note.says.endswith("more than I use: emoji:read")


@pytest.mark.parametrize(("hours", "side"), [(1, "ahead of"), (-1, "behind")])
async def test_a_wrong_clock_is_noticed_by_slacks_own(stand_in: StandIn, hours: int, side: str) -> None:
    clock = FrozenClock(WallClock().now().replace(microsecond=0) + timedelta(hours=hours))
    fault = _only_fault(await _examined(stand_in, clock=clock))
    assert "clock: this machine is 3" in fault
    assert f" s {side} Slack. Set it by NTP" in fault


async def test_a_channel_without_the_bot_says_how_to_invite_it(stand_in: StandIn) -> None:
    _team(stand_in).channels["C0PREP"].joined = False
    assert "the bot is not in #prep. Type /invite @mockingbird there." in _only_fault(await _examined(stand_in))


async def test_an_archived_channel_is_told(stand_in: StandIn) -> None:
    _team(stand_in).channels["C0PREP"].archived = True
    assert "#prep is archived" in _only_fault(await _examined(stand_in))


async def test_a_channel_that_is_gone_is_told(stand_in: StandIn) -> None:
    gone = Place("slack", "T0STUDY", "C0GONE")
    assert "it is gone, or private" in _only_fault(await _examined(stand_in, channels=(gone,)))


async def test_before_the_first_group_the_next_step_is_named(stand_in: StandIn) -> None:
    findings = await _examined(stand_in, channels=())
    assert "type /invite @mockingbird, then /group setup" in next(str(one) for one in findings if one.state == "note")


async def test_a_refused_app_token_is_told(stand_in: StandIn) -> None:
    settings = replace(_settings(stand_in), app_token="xapp-other")
    assert "sockets: Slack says invalid_auth" in _only_fault(await _examined(stand_in, settings))


async def test_a_socket_that_does_not_open_is_told(stand_in: StandIn) -> None:
    stand_in.faults["apps.connections.open"] = [LOST]
    assert "a socket could not be opened" in _only_fault(await _examined(stand_in))


async def test_the_doctor_leaves_no_socket_open(stand_in: StandIn) -> None:
    await _examined(stand_in)
    async with asyncio.timeout(5):
        await stand_in.until(lambda: not stand_in.sockets)


@pytest.mark.parametrize("fault", [BROKEN, LOST, RATELIMITED], ids=["broken", "lost", "limited"])
@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_a_slack_that_is_out_of_order_costs_one_line(stand_in: StandIn, method: str, fault: Fault) -> None:
    stand_in.faults[method] = [fault]
    assert len(_only_fault(await _examined(stand_in))) > 40


@pytest.mark.parametrize(
    "fault", [BROKEN, RATELIMITED], ids=["broken", "limited"]
)  # aiohttp asks again where one is lost
async def test_a_channel_that_slack_does_not_tell_about_costs_one_line(stand_in: StandIn, fault: Fault) -> None:
    stand_in.faults["conversations.info"] = [fault]
    assert _only_fault(await _examined(stand_in)).startswith("wrong  channel C0PREP: ")


async def test_no_line_shows_a_secret(stand_in: StandIn) -> None:
    settings = replace(_settings(stand_in), signing_secret="a-signing-secret-of-mine")
    broken = {"auth.test": [BROKEN], "apps.connections.open": [Fault(error="invalid_auth")]}
    for faults in ({}, broken):
        stand_in.faults = dict(faults)
        text = "\n".join(str(one) for one in await _examined(stand_in, settings, url="http://127.0.0.1:1"))
        for secret in (settings.bot_token, settings.app_token, settings.signing_secret):
            assert secret not in text


async def test_each_of_many_workspaces_has_its_lines_and_its_own_channels(stand_in: StandIn) -> None:
    other = stand_in.slack.team("T0OTHER", "xoxb-other")
    other.scopes, other.revoked = set(SCOPES), True
    settings = SlackSettings(
        signing_secret=SECRET, client_id="1", client_secret="2", secret_key="k" * 32, api_url=stand_in.api
    )
    tokens = {"T0OTHER": "xoxb-other", "T0STUDY": "xoxb-study"}
    lines = [str(one) async for one in doctor.examine(settings, WallClock(), tokens, [HERE])]
    assert lines[0] == "ok     settings: for all workspaces that install it, by HTTP"
    assert lines[1].startswith("wrong  token of T0OTHER: Slack says token_revoked.")
    assert lines[2] == "ok     token of T0STUDY: it is mockingbird in Study hall (T0STUDY)"
    assert [line for line in lines if "channel" in line] == ["ok     channel C0PREP: the bot is in #prep"]


async def test_before_the_first_installation_its_page_is_named(stand_in: StandIn) -> None:
    settings = SlackSettings(
        signing_secret=SECRET, client_id="1", client_secret="2", secret_key="k" * 32, api_url=stand_in.api
    )
    findings = await _examined(stand_in, settings)
    assert "/slack/install" in next(one.says for one in findings if one.about == "workspaces")


# The signing secret, tried on a bot that runs ----------------------------------------------------------------------------


@asynccontextmanager
async def _running(stand_in: StandIn, secret: str) -> AsyncIterator[str]:
    """A bot over HTTP with this signing secret; its address."""
    app = AsyncApp(token="xoxb-study", signing_secret=secret)

    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    served = web.Application()
    served.router.add_post("/slack/events", events)
    runner = web.AppRunner(served, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _tried(stand_in: StandIn, theirs: str, ours: str = SECRET) -> Finding:
    async with _running(stand_in, theirs) as url:
        findings = await _examined(
            stand_in, SlackSettings("xoxb-study", signing_secret=ours, api_url=stand_in.api), url
        )
    return findings[-1]


async def test_the_signing_secret_is_tried_on_the_running_bot(stand_in: StandIn) -> None:
    found = await _tried(stand_in, SECRET)
    assert (found.state, found.about) == ("ok", "signing secret")


async def test_a_bot_with_another_signing_secret_is_told(stand_in: StandIn) -> None:
    found = await _tried(stand_in, "f" * 32)
    assert found.state == "wrong"
    assert "another MOCKINGBIRD_SLACK_SIGNING_SECRET" in found.says


async def test_something_else_at_the_address_is_told(stand_in: StandIn) -> None:
    settings = SlackSettings("xoxb-study", signing_secret=SECRET, api_url=stand_in.api)
    assert "not 401: that is not this bot" in _only_fault(await _examined(stand_in, settings, stand_in.url))
    assert "does not answer" in _only_fault(await _examined(stand_in, settings, "http://127.0.0.1:1"))


@pytest.mark.parametrize(("secret", "says"), [(SECRET, "it looks right"), ("abc", "Slack's have 32 digits")])
async def test_without_an_address_its_form_is_looked_at(stand_in: StandIn, secret: str, says: str) -> None:
    settings = SlackSettings("xoxb-study", signing_secret=secret, api_url=stand_in.api)
    last = (await _examined(stand_in, settings))[-1]
    assert last.state == "note"
    assert says in last.says


# The command -----------------------------------------------------------------------------------------------------------


async def _command(*arguments: str) -> object:
    def run() -> object:
        with pytest.raises(SystemExit) as end:
            main(["doctor", "slack", *arguments])
        return end.value.code

    return await asyncio.to_thread(run)


async def test_the_command_examines_the_groups_of_the_database(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    office = open_office(
        f"sqlite:///{tmp_path / 'mockingbird.db'}",
        FrozenClock(datetime(2026, 9, 1, tzinfo=UTC)),
        Rotating(lambda: 0.0),
        stand_in,
    )
    row = {"platform": "slack", "workspace": "T0STUDY", "channel": "C0PREP", "state": "active", "zone": "UTC",
           "post_at": "08:00", "weekdays": "01234", "plan": "two-weeks", "answer_hours": 24, "review_hours": 24,
           "reviewers": 0, "reviewer_names": "after", "answer_names": True, "created": office.clock.now()}  # fmt: skip
    with office.engine.begin() as connection:
        connection.execute(groups.insert(), row)
    office.engine.dispose()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOCKINGBIRD_SLACK_BOT_TOKEN", "xoxb-study")
    monkeypatch.setenv("MOCKINGBIRD_SLACK_APP_TOKEN", APP_TOKEN)
    monkeypatch.setenv("MOCKINGBIRD_SLACK_API_URL", stand_in.api)
    assert await _command() == 0
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "ok     channel C0PREP: the bot is in #prep",
        "ok     sockets: one was opened; 0 others are open (a running bot holds two)",
        "Nothing to mend.",
    ]


async def test_without_settings_the_command_says_where_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert await _command() == 1
    assert "docs/deploy-slack.md says where to get it" in capsys.readouterr().out
    assert not (tmp_path / "mockingbird.db").exists()


async def test_a_token_of_the_wrong_kind_is_told_without_being_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOCKINGBIRD_SLACK_BOT_TOKEN", "xoxp-a-persons-own")
    assert await _command() == 1
    printed = capsys.readouterr().out
    assert "is no bot token" in printed
    assert "xoxp-a-persons-own" not in printed
