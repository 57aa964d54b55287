"""Platforms beside each other in one process: each part of the program has the ways that it can have."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from adapters import faces
from adapters.compose import ROLES
from adapters.discord.settings import DiscordSettings
from adapters.slack.settings import SlackSettings
from bot.bootstrap import Bot, assemble
from bot.catalog import Catalog
from bot.core.errors import SettingsError
from bot.core.seats import Alone
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
        ways = [way for face in made for way in face.ways(role, bot, Alone())]
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


NOBODY = DiscordSettings()


@pytest.mark.parametrize(("slack", "discord", "idle"), [
    (HTTP, NOBODY, ["worker"]),
    (SOCKETS, NOBODY, ["web"]),
    (SlackSettings(), DISCORD, ["web"]),
    (HTTP, DISCORD, []),
    (SOCKETS, DISCORD, ["web"]),
    (replace(HTTP, app_token="xapp-1"), DISCORD, []),
])  # fmt: skip
async def test_a_part_that_has_no_way_says_which_would(
    slack: SlackSettings, discord: DiscordSettings, idle: list[str], catalog: Catalog, tmp_path: Path
) -> None:
    said = {role: faces.idle(role, slack, discord) for role in ("", *ROLES)}
    assert [role for role, why in said.items() if why] == idle
    for role in idle:
        assert f"`run {role}`" in said[role]
        assert "MOCKINGBIRD_" in said[role]
        assert await _ways(role, slack, discord, catalog, tmp_path) == []


OVER_HTTP = {"MOCKINGBIRD_SLACK_BOT_TOKEN": "xoxb-1", "MOCKINGBIRD_SLACK_SIGNING_SECRET": SECRET}


@pytest.mark.parametrize("settings", [{}, OVER_HTTP], ids=["nothing", "over HTTP"])
async def test_a_part_with_nothing_to_do_waits_until_it_is_told(tmp_path: Path, settings: dict[str, str]) -> None:
    """Where one process of a formation ends, all do; it takes no lock on a file either."""
    async with started(tmp_path, settings, "worker") as process:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            assert b"nothing to do here" in await process.stdout.readline()
        process.terminate()
        assert (await process.wait(), os.listdir(tmp_path)) == (0, [])


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
        ours = {
            "MOCKINGBIRD_SLACK_API_URL": stand_in.api, "MOCKINGBIRD_SLACK_BOT_TOKEN": team.token,
            "MOCKINGBIRD_SLACK_APP_TOKEN": APP_TOKEN, "MOCKINGBIRD_DISCORD_TOKEN": TOKEN,
            "MOCKINGBIRD_DISCORD_API_URL": discord.api, "MOCKINGBIRD_DISCORD_GATEWAY_URL": discord.socket,
        }  # fmt: skip
        async with started(tmp_path, ours) as process:
            async with asyncio.timeout(PATIENCE):
                await stand_in.until_connected(2)
            await discord.until(lambda: discord.gateway.live and discord.called("sync"), PATIENCE)
            process.terminate()
            said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        assert "connects to Slack" in said.decode()
        assert "connects to Discord" in said.decode()


@asynccontextmanager
async def started(folder: Path, settings: dict[str, str], *role: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`mockingbird run` in a folder of its own, told to stop at the end of the block."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOCKINGBIRD_", "DATABASE"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-m", "adapters", "run", *role, cwd=folder,
        env=kept | settings | {"PYTHONPATH": str(HOME)}, stdout=-1, stderr=-2,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.communicate()
