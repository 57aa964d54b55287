"""Whom the bot may speak to: tokens sealed, rotated in time, and given up when a workspace removes the app."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.sqlalchemy import SQLAlchemyOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import MetaData, func, select

from adapters.slack.sealing import Seal
from adapters.slack.store import Installations, Team
from adapters.slack.workspaces import OneWorkspace
from bot.catalog import Catalog
from bot.clock import FrozenClock
from bot.core.errors import DeliveryFailed, SettingsError, StoreError
from bot.core.events import Place
from bot.core.ui import Card, Prose
from bot.store.tables import metadata
from bot.store.writer import Writer
from bot.testing import House
from tests.adapters.slack_oauth import CLIENT, HALF_A_DAY, KEY, Office, Rotating, open_office
from tests.adapters.slack_stand_in import BROKEN, LOST, standing_in
from tests.claiming import claimed

# slack_sdk's way to send client credentials, which aiohttp 3.14 would like to be another.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    """A database with one workspace's installation in it, and Slack beside it. It is noon."""
    clock = FrozenClock(NOON)
    slack = Rotating(lambda: clock.now().timestamp())
    async with standing_in(slack) as stand_in:
        office = open_office(database_url, clock, slack, stand_in)
        await office.install()
        yield office
        office.engine.dispose()


def _gone(team: str = "T0STUDY", at: datetime = NOON, kind: str = "app_uninstalled", **event: Any) -> dict[str, Any]:
    return {"type": "event_callback", "team_id": team, "event_id": "Ev0", "event_time": int(at.timestamp()),
            "event": {"type": kind, **event}}  # fmt: skip


# At rest ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # whose files we can read
def test_no_token_can_be_read_in_the_database_files(office: Office, tmp_path: Path) -> None:
    held = b"".join(file.read_bytes() for file in tmp_path.iterdir() if "mockingbird.db" in file.name)
    assert b"T0STUDY" in held
    for secret in (b"xoxe", b"xoxb", b"xoxp"):
        assert secret not in held


async def test_what_was_sealed_is_opened_with_any_of_our_keys(office: Office) -> None:
    later = Installations(office.engine, CLIENT, Seal(f"{Fernet.generate_key().decode()}, {KEY}"))
    bot = await later.bot("T0STUDY")
    assert bot is not None
    assert (bot.bot_token, bot.bot_refresh_token) == ("xoxe.xoxb-1", "xoxe-1")


async def test_another_key_opens_nothing_and_the_sentence_names_the_workspace(office: Office) -> None:
    stranger = Installations(office.engine, CLIENT, Seal("another" * 6))
    with pytest.raises(StoreError, match="workspace T0STUDY was sealed with another MOCKINGBIRD_SECRET_KEY"):
        await stranger.bot("T0STUDY")


async def test_a_lost_key_loses_no_delivery_because_it_may_be_found(office: Office) -> None:
    office.workspaces._installations = Installations(office.engine, CLIENT, Seal("another" * 6))
    with pytest.raises(DeliveryFailed, match="MOCKINGBIRD_SECRET_KEY") as fault:
        await office.workspaces.client("T0STUDY")
    assert not fault.value.permanent


@pytest.mark.parametrize("key", ["", " , ", "short", "0123456789012345678901234567890"])
def test_a_weak_key_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(SettingsError, match="MOCKINGBIRD_SECRET_KEY") as fault:
        Seal(key)
    assert not key.strip(" ,") or key not in str(fault.value)


def test_a_key_never_shows(office: Office) -> None:
    assert KEY not in repr(Seal(KEY))
    assert "xoxe" not in repr(office.workspaces._known)


async def test_a_workspace_that_installs_again_has_one_installation_the_last(office: Office) -> None:
    office.clock.set(NOON + timedelta(minutes=5))
    await office.install(token="xoxe.xoxb-2", refresh="xoxe-2")
    await office.install("T0OTHER", token="xoxe.xoxb-3", refresh="xoxe-3")
    assert [team.id for team in await office.installations.teams()] == ["T0OTHER", "T0STUDY"]
    bot = await office.installations.bot("T0STUDY")
    assert bot is not None
    assert bot.bot_token == "xoxe.xoxb-2"
    with office.engine.connect() as connection:
        for name in ("slack_bots", "slack_installations"):
            assert connection.scalar(select(func.count()).select_from(metadata.tables[name])) == 2


def test_our_tables_have_all_that_slack_sdk_writes() -> None:
    theirs = MetaData()
    SQLAlchemyInstallationStore.build_bots_table(theirs, "slack_bots")
    SQLAlchemyInstallationStore.build_installations_table(theirs, "slack_installations")
    SQLAlchemyOAuthStateStore.build_oauth_states_table(theirs, "slack_oauth_states")
    for name, table in theirs.tables.items():
        assert {column.name for column in table.columns} == {column.name for column in metadata.tables[name].columns}


async def test_installations_and_events_are_written_side_by_side(office: Office, catalog: Catalog) -> None:
    writer = Writer(office.engine, office.clock, catalog)
    try:
        card = Card("Hello", (Prose("there"),))
        owed = (writer.run(lambda work, n=n: work.outbox.add(Place("slack", "T", "C"), card, key=f"k{n}"))  # type: ignore[misc]
                for n in range(200))  # fmt: skip
        installed = (office.install(f"T{n}", f"xoxe.xoxb-{n}", f"xoxe-{n}") for n in range(10))
        await asyncio.gather(*owed, *installed)
        assert (await writer.run(lambda work: work.deliveries.counts())) == {"pending": 200}
        assert len(await office.installations.teams()) == 11
    finally:
        writer.close()


# In use ----------------------------------------------------------------------------------------------------------------


async def test_a_workspace_is_spoken_to_with_its_own_token(office: Office) -> None:
    await office.install("T0OTHER", token="xoxe.xoxb-9", refresh="xoxe-9")
    for id in ("T0STUDY", "T0OTHER"):
        answer = await (await office.workspaces.client(id)).auth_test()
        assert answer["team_id"] == id
    us = await office.workspaces.authorize("T0STUDY")
    assert us is not None
    assert (us.bot_id, us.bot_user_id, us.bot_token) == ("B0MOCKBOT", "U0MOCKBOT", "xoxe.xoxb-1")


async def test_who_is_not_installed_is_written_to_never(office: Office) -> None:
    with pytest.raises(DeliveryFailed, match="not installed in workspace T0NOBODY") as fault:
        await office.workspaces.client("T0NOBODY")
    assert fault.value.permanent
    assert await office.workspaces.authorize("T0NOBODY") is None
    assert await office.workspaces.authorize(None) is None


async def test_a_token_is_rotated_before_it_ends_once_for_all_who_wait(office: Office) -> None:
    office.clock.set(NOON + timedelta(hours=10, minutes=1))
    clients = await asyncio.gather(*(office.workspaces.client("T0STUDY") for _ in range(20)))
    assert {client.token for client in clients} == {"xoxe.xoxb-1+"}
    assert len(office.stand_in.called("oauth.v2.access")) == 1
    bot = await office.installations.bot("T0STUDY")
    assert bot is not None
    assert (bot.bot_token, bot.bot_refresh_token) == ("xoxe.xoxb-1+", "xoxe-1+")
    assert bot.bot_token_expires_at == int(office.clock.now().timestamp()) + HALF_A_DAY


async def test_a_token_that_is_fresh_is_left_alone(office: Office) -> None:
    office.clock.set(NOON + timedelta(hours=9))
    assert (await office.workspaces.client("T0STUDY")).token == "xoxe.xoxb-1"
    assert not office.stand_in.called("oauth.v2.access")


async def test_a_token_rotated_by_another_process_is_taken_over(office: Office) -> None:
    office.clock.set(NOON + timedelta(hours=10, minutes=1))
    before = await office.installations.bot("T0STUDY")
    assert before is not None
    await office.again().client("T0STUDY")
    late = await office.workspaces._fresh(before)  # it read the row before the other one was done
    assert late.bot_token == "xoxe.xoxb-1+"


async def test_a_rotation_that_fails_while_the_token_lives_stops_nobody(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.stand_in.faults["oauth.v2.access"] = [BROKEN, LOST]
    office.clock.set(NOON + timedelta(hours=11))
    assert (await office.workspaces.client("T0STUDY")).token == "xoxe.xoxb-1"
    assert "could not be rotated" in caplog.text
    assert "xoxe" not in caplog.text


async def test_a_token_that_ended_loses_no_delivery(office: Office) -> None:
    office.stand_in.faults["oauth.v2.access"] = [BROKEN]
    office.clock.set(NOON + timedelta(hours=13))
    with pytest.raises(DeliveryFailed, match="was not rotated") as fault:
        await office.workspaces.client("T0STUDY")
    assert not fault.value.permanent
    assert (await office.workspaces.client("T0STUDY")).token == "xoxe.xoxb-1+"


async def test_a_token_that_changed_elsewhere_is_noticed_in_minutes(office: Office) -> None:
    await office.workspaces.client("T0STUDY")
    office.clock.set(NOON + timedelta(minutes=6))
    await office.install(token="xoxe.xoxb-2", refresh="xoxe-2")
    assert (await office.workspaces.client("T0STUDY")).token == "xoxe.xoxb-2"


# Gone ------------------------------------------------------------------------------------------------------------------


async def test_a_workspace_that_removes_the_app_is_forgotten_at_once(office: Office) -> None:
    await office.workspaces.client("T0STUDY")
    await office.workspaces.gone(_gone())
    assert office.retired == [("T0STUDY", "the app was removed from the workspace")]
    assert await office.installations.teams() == []
    assert await office.workspaces.authorize("T0STUDY") is None


async def test_other_workspaces_stay(office: Office) -> None:
    await office.install("T0OTHER", token="xoxe.xoxb-9", refresh="xoxe-9")
    await office.workspaces.gone(_gone(kind="tokens_revoked", tokens={"bot": ["U0MOCKBOT"], "oauth": []}))
    assert await office.installations.teams() == [Team("T0OTHER", "Study hall")]


@pytest.mark.parametrize(
    "body",
    [
        _gone(kind="tokens_revoked", tokens={"oauth": ["U0ANA"]}),
        _gone(kind="tokens_revoked", tokens={"bot": []}),
        _gone(kind="app_home_opened"),
        {"event": {"type": "app_uninstalled"}},
        {"team_id": "T0STUDY", "event": "app_uninstalled"},
        {},
    ],
)
async def test_what_is_no_end_ends_nothing(office: Office, body: dict[str, Any]) -> None:
    await office.workspaces.gone(body)
    assert office.retired == []
    assert (await office.workspaces.client("T0STUDY")).token == "xoxe.xoxb-1"


async def test_a_late_event_does_not_end_the_installation_that_followed(office: Office) -> None:
    """Slack sends an event again after minutes; meanwhile somebody installed the app anew."""
    await office.workspaces.gone(_gone(at=NOON - timedelta(minutes=5)))
    assert (await office.workspaces.client("T0STUDY")).token == "xoxe.xoxb-1"
    assert office.retired == []


async def test_what_is_owed_to_a_workspace_is_retired_and_its_data_stays(catalog: Catalog, office: Office) -> None:
    house = House(catalog)
    await house.set_up()
    card = Card("Hello", (Prose("there"),))
    for key, workspace in (("a", "home"), ("b", "home"), ("c", "elsewhere")):
        place = Place("web", workspace, key)
        house.store.now(lambda work, place=place, key=key: work.outbox.add(place, card, key=key))  # type: ignore[misc]
    house.store.now(lambda work: claimed(work, work.now, work.now + timedelta(minutes=1), most=1))
    await office.again(partial(house.bot.deliverer.retire, "web")).gone(_gone(team="home"))
    await house.bot.settle()
    assert not house.platform.to("a")  # though a deliverer had it in its hands
    assert not house.platform.to("b")
    assert house.platform.to("c")
    with house.look() as work:
        kept = work.groups.here(house.channel)
        assert kept is not None
        assert len(work.groups.members(kept.id)) == 4


async def test_a_single_workspace_asks_who_it_is_once(office: Office) -> None:
    alone = OneWorkspace(AsyncWebClient("xoxe.xoxb-1", office.stand_in.api, retry_handlers=[]), office._retire)
    for _ in range(3):
        us = await alone.authorize("T0STUDY")
        assert us is not None
        assert (us.team_id, us.bot_user_id, us.bot_id) == ("T0STUDY", "U0MOCKBOT", "B0MOCKBOT")
    assert len(office.stand_in.called("auth.test")) == 1
    assert (await alone.client("T0STUDY")).token == "xoxe.xoxb-1"


async def test_a_single_workspace_that_removes_the_app_says_what_to_do(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    alone = OneWorkspace(office.client_for("xoxb-study"), office._retire)
    await alone.gone(_gone())
    assert office.retired == [("T0STUDY", "the app was removed from the workspace")]
    assert "set the new MOCKINGBIRD_SLACK_BOT_TOKEN" in caplog.text
