"""`mockingbird doctor discord`: each thing that can be wrong has a line that says what, and how to mend it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.cli import main
from adapters.discord import doctor
from adapters.discord.commands import definitions
from adapters.discord.doctor import Finding
from adapters.discord.permissions import NEEDED
from adapters.discord.settings import DiscordSettings, Share
from bot.book import book
from bot.catalog import Catalog
from bot.clock import WallClock
from bot.core.events import Place
from tests.adapters.discord_guild import FORUM, OPEN_THREADS, SEND
from tests.adapters.discord_stand_in import BROKEN, Fault, StandIn, discord, settings
from tests.adapters.discord_world import TOKEN

VOICE = 2


@pytest.fixture
async def stand_in(catalog: Catalog) -> AsyncIterator[StandIn]:
    """A healthy Discord: one server with the bot in it, and its commands."""
    async with discord(WallClock()) as found:
        found.world.guild("Study hall", found.world.person("Ana"), ours=0)
        found.world.commands[0] = definitions(book(catalog))
        yield found


def _here(stand_in: StandIn, kind: int = 0, denied: int = 0) -> Place:
    [guild] = stand_in.world.guilds.values()
    channel = stand_in.world.channel(guild, "prep", kind=kind, denied=denied)
    return Place("discord", str(guild.id), str(channel.id))


async def _examined(
    stand_in: StandIn, catalog: Catalog, *channels: Place, found: DiscordSettings | None = None
) -> list[Finding]:
    asked = doctor.examine(found or settings(stand_in), WallClock(), book(catalog), channels)
    return [one async for one in asked]


def _only_fault(findings: list[Finding]) -> str:
    (fault,) = [str(one) for one in findings if one.state == "wrong"]
    return fault


async def test_a_healthy_bot_has_nothing_to_mend(stand_in: StandIn, catalog: Catalog) -> None:
    findings = await _examined(stand_in, catalog, place := _here(stand_in), _here(stand_in, FORUM))
    assert [one.state for one in findings] == ["ok"] * 9
    about = [
        "settings",
        "token",
        "intents",
        "interactions",
        "commands",
        "gateway",
        "servers",
        f"channel {place.channel}",
    ]
    assert [one.about for one in findings][:8] == about


async def test_it_only_reads(stand_in: StandIn, catalog: Catalog) -> None:
    await _examined(stand_in, catalog, _here(stand_in))
    assert not {call.name for call in stand_in.calls} & {"sync", "post", "open_dm", "thread", "edit", "change_channel"}


async def test_without_a_token_it_says_where_to_get_one(catalog: Catalog, stand_in: StandIn) -> None:
    [fault] = await _examined(stand_in, catalog, found=DiscordSettings())
    assert "docs/deploy-discord.md" in fault.says


async def test_a_token_that_discord_refuses_says_what_to_do(catalog: Catalog, stand_in: StandIn) -> None:
    fault = _only_fault(await _examined(stand_in, catalog, found=settings(stand_in, "abc")))
    assert "Reset Token" in fault
    assert "three parts" in fault
    assert "abc" not in fault


async def test_without_message_content_it_says_which_way_answers_come(stand_in: StandIn, catalog: Catalog) -> None:
    stand_in.world.content = False
    findings = await _examined(stand_in, catalog, _here(stand_in))
    [note] = [one for one in findings if one.state == "note"]
    assert "Answer form alone" in note.says
    assert "Message Content Intent" in note.says


@pytest.mark.parametrize(("commands", "part"), [([], "has none"), ([{"name": "help"}], "another version")])
async def test_commands_that_are_not_there_or_old_are_seen(
    stand_in: StandIn, catalog: Catalog, commands: list[dict[str, str]], part: str
) -> None:
    stand_in.world.commands[0] = list(commands)
    fault = _only_fault(await _examined(stand_in, catalog, _here(stand_in)))
    assert part in fault
    assert "mockingbird run" in fault


async def test_a_bot_in_no_server_gets_its_invite_link(stand_in: StandIn, catalog: Catalog) -> None:
    stand_in.world.guilds.clear()
    fault = _only_fault(await _examined(stand_in, catalog))
    assert "https://discord.com/oauth2/authorize?client_id=" in fault


async def test_without_a_group_it_says_how_to_make_one(stand_in: StandIn, catalog: Catalog) -> None:
    assert "/group setup" in (await _examined(stand_in, catalog))[-1].says


async def test_missing_permissions_are_named(stand_in: StandIn, catalog: Catalog) -> None:
    fault = _only_fault(await _examined(stand_in, catalog, _here(stand_in, denied=SEND | OPEN_THREADS)))
    assert f"lacks: {NEEDED[SEND][0]}, {NEEDED[OPEN_THREADS][0]}." in fault
    assert "#prep in Study hall" in fault


async def test_a_channel_that_is_gone_hidden_or_of_another_kind_is_named(stand_in: StandIn, catalog: Catalog) -> None:
    here = _here(stand_in)
    gone = Place("discord", here.workspace, "123456789012345678")
    assert "it is gone" in _only_fault(await _examined(stand_in, catalog, gone))
    stand_in.faults["channel"] = [Fault(403, 50001, "Missing Access")]
    assert "cannot see it" in _only_fault(await _examined(stand_in, catalog, here))
    assert "no text or forum channel" in _only_fault(await _examined(stand_in, catalog, _here(stand_in, VOICE)))


async def test_too_few_shards_are_seen(stand_in: StandIn, catalog: Catalog) -> None:
    stand_in.gateway.shards = 4
    fault = _only_fault(await _examined(stand_in, catalog, found=settings(stand_in, share=Share((0,), 2))))
    assert "wants 4 shards" in fault


@pytest.mark.parametrize("call", ["commands", "gateway", "my_guilds", "channel"])
async def test_where_discord_stumbles_the_other_questions_are_asked(
    stand_in: StandIn, catalog: Catalog, call: str
) -> None:
    stand_in.faults[call] = [BROKEN]
    findings = await _examined(stand_in, catalog, _here(stand_in))
    assert [one.state for one in findings].count("wrong") == 1
    assert "503" in _only_fault(findings)


async def test_where_there_is_no_way_to_discord_it_says_so(catalog: Catalog, stand_in: StandIn) -> None:
    fault = _only_fault(await _examined(stand_in, catalog, found=DiscordSettings(TOKEN, "http://127.0.0.1:9")))
    assert "http://127.0.0.1:9 does not answer" in fault


async def test_the_command_prints_its_findings_and_exits_with_1_where_something_is_wrong(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOCKINGBIRD_DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("MOCKINGBIRD_DISCORD_API_URL", stand_in.api)
    assert await asyncio.to_thread(_exit) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[-1] == "Nothing to mend."
    assert TOKEN not in said
    stand_in.world.guilds.clear()
    assert await asyncio.to_thread(_exit) == 1
    assert "1 to mend" in capsys.readouterr().out
    monkeypatch.setenv("MOCKINGBIRD_DISCORD_SHARDS", "many")
    assert await asyncio.to_thread(_exit) == 1
    assert "wrong  settings: MOCKINGBIRD_DISCORD_SHARDS" in capsys.readouterr().out


def _exit() -> object:
    with pytest.raises(SystemExit) as left:
        main(["doctor", "discord"])
    return left.value.code
