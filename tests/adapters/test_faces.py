"""Platforms beside each other in one process: each part of the program has the ways that it can have."""

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from adapters import faces
from adapters.discord.settings import DiscordSettings
from adapters.slack.settings import SlackSettings
from bot.bootstrap import Bot, assemble
from bot.catalog import Catalog
from bot.core.errors import SettingsError
from bot.settings import Settings
from bot.testing import MONDAY, FrozenClock, MemoryStore
from tests.adapters.discord_stand_in import standing_in
from tests.adapters.discord_world import TOKEN, World
from tests.adapters.slack_payloads import SECRET
from tests.adapters.slack_stand_in import APP_TOKEN, StandIn
from tests.adapters.slack_workspace import Team

HOME = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60  # seconds: a busy machine starts slowly
HTTP = SlackSettings(bot_token="xoxb-1", signing_secret=SECRET)
SOCKETS = SlackSettings(bot_token="xoxb-1", app_token="xapp-1")
DISCORD = DiscordSettings(TOKEN)


async def _ways(role: str, slack: SlackSettings, discord: DiscordSettings, catalog: Catalog, folder: Path) -> list[str]:
    """What a role would run."""

    async def retire(platform: str, workspace: str, why: str, channel: str = "") -> int:
        return 0

    clock = FrozenClock(MONDAY)
    bot: Bot = assemble(MemoryStore(clock, catalog), catalog, clock, {})
    settings = Settings(database_url=f"sqlite:///{folder / 'bot.db'}")
    made = list(faces.with_credentials(settings, slack, discord, retire))
    try:
        ways = faces.ways(made, role, bot)
        for way in ways:
            way.task.close()
        return [way.says.split()[3] for way in ways]  # Mockingbird connects to Discord, answers Slack at
    finally:
        for face in made:
            await face.close()


@pytest.mark.parametrize(
    ("role", "slack", "found"),
    [
        ("", SlackSettings(), ["Discord,"]),
        ("worker", SlackSettings(), ["Discord,"]),
        ("clock", SlackSettings(), []),
        ("", HTTP, ["at", "Discord,"]),
        ("web", HTTP, ["at"]),
        ("worker", HTTP, ["Discord,"]),
        ("worker", SOCKETS, ["Slack", "Discord,"]),
        ("clock", HTTP, []),
    ],
)
async def test_a_part_has_the_ways_of_all_platforms_that_have_them(
    role: str, slack: SlackSettings, found: list[str], catalog: Catalog, tmp_path: Path
) -> None:
    assert await _ways(role, slack, DISCORD, catalog, tmp_path) == found


@pytest.mark.parametrize(("role", "slack", "words"), [
    ("web", SlackSettings(), ["Discord is heard through sockets"]),
    ("web", SOCKETS, ["MOCKINGBIRD_SLACK_SIGNING_SECRET", "Discord is heard through sockets"]),
])  # fmt: skip
async def test_a_part_that_has_no_way_at_all_says_which_would(
    role: str, slack: SlackSettings, words: list[str], catalog: Catalog, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as fault:
        await _ways(role, slack, DISCORD, catalog, tmp_path)
    assert [word for word in words if word not in str(fault.value)] == []


def test_the_faults_of_all_platforms_are_named_at_once() -> None:
    values = {"MOCKINGBIRD_SLACK_BOT_TOKEN": "xoxp-1", "MOCKINGBIRD_DISCORD_SHARDS": "many"}
    with pytest.raises(SettingsError) as fault:
        faces.credentials(Settings(platforms=values))
    assert "MOCKINGBIRD_SLACK_BOT_TOKEN" in str(fault.value)
    assert "MOCKINGBIRD_DISCORD_SHARDS" in str(fault.value)


async def test_slack_and_discord_run_in_one_process_and_end_together(
    tmp_path: Path, stand_in: StandIn, team: Team
) -> None:
    async with standing_in(World(time.time)) as discord:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOCKINGBIRD_", "DATABASE"))}
        ours = {
            "MOCKINGBIRD_SLACK_API_URL": stand_in.api, "MOCKINGBIRD_SLACK_BOT_TOKEN": team.token,
            "MOCKINGBIRD_SLACK_APP_TOKEN": APP_TOKEN, "MOCKINGBIRD_DISCORD_TOKEN": TOKEN,
            "MOCKINGBIRD_DISCORD_API_URL": discord.api, "MOCKINGBIRD_DISCORD_GATEWAY_URL": discord.socket,
        }  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "ignore", "-m", "adapters", "run", cwd=tmp_path,
            env=kept | ours | {"PYTHONPATH": str(HOME)}, stdout=-1, stderr=-2,
        )  # fmt: skip
        try:
            async with asyncio.timeout(PATIENCE):
                await stand_in.until_connected(2)
            await discord.until(lambda: discord.gateway.live and discord.called("sync"), PATIENCE)
        finally:
            process.terminate()
            said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        assert "connects to Slack" in said.decode()
        assert "connects to Discord" in said.decode()
