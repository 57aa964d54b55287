"""What Discord needs of the environment is read once; every fault is named, and none shows the token."""

import pytest

from adapters.discord import settings
from adapters.discord.settings import API_URL, DiscordSettings, Share, read
from bot.core.errors import SettingsError

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.dGhpcyBpcyBub3QgYSBzZWNyZXQ"


def _fault(**values: str) -> str:
    with pytest.raises(SettingsError) as error:
        read({f"MOCKINGBIRD_DISCORD_{name}": value for name, value in values.items()})
    return str(error.value)


def test_without_a_token_nobody_is_spoken_to() -> None:
    assert read({}) == DiscordSettings()
    assert not read({"MOCKINGBIRD_DISCORD_TOKEN": "  "}).speaks


def test_all_of_it_is_taken() -> None:
    found = read({
        "MOCKINGBIRD_DISCORD_TOKEN": f" Bot {TOKEN}\n",
        "MOCKINGBIRD_DISCORD_API_URL": "http://127.0.0.1:9000/api/v10/",
        "MOCKINGBIRD_DISCORD_GATEWAY_URL": "ws://127.0.0.1:9001",
        "MOCKINGBIRD_DISCORD_SHARDS": "0-3/16",
        "MOCKINGBIRD_SLACK_BOT_TOKEN": "not ours",
    })  # fmt: skip
    share = Share((0, 1, 2, 3), 16)
    assert found == DiscordSettings(TOKEN, "http://127.0.0.1:9000/api/v10", "ws://127.0.0.1:9001", share)
    assert found.speaks


def test_an_address_without_its_version_gets_it() -> None:
    assert read({"MOCKINGBIRD_DISCORD_API_URL": "https://discord.com/api"}).api_url == API_URL


@pytest.mark.parametrize(
    ("text", "ids", "count"), [("0/1", (0,), 1), ("5/16", (5,), 16), ("12-15/16", (12, 13, 14, 15), 16)]
)
def test_a_share_of_the_shards_is_counted_from_zero(text: str, ids: tuple[int, ...], count: int) -> None:
    assert read({"MOCKINGBIRD_DISCORD_SHARDS": text}).share == Share(ids, count)


@pytest.mark.parametrize(
    "text", ["16", "0-3", "3-0/16", "0-16/16", "16/16", "-1/4", "0/0", "0-3/99999", "a/b", "0-3/16/2"]
)
def test_a_share_that_is_none_is_named_with_what_one_looks_like(text: str) -> None:
    assert "like 0-3/16" in _fault(SHARDS=text)


@pytest.mark.parametrize("text", ["discord.com/api", "ftp://discord.com", "https://", "https://discord.com/api?x=1"])
def test_an_address_that_is_none_is_named(text: str) -> None:
    assert _fault(API_URL=text).startswith("MOCKINGBIRD_DISCORD_API_URL is no address")


@pytest.mark.parametrize("text", ["https://gateway.discord.gg", "gateway", "wss://"])
def test_a_gateway_that_is_none_is_named(text: str) -> None:
    assert _fault(GATEWAY_URL=text).startswith("MOCKINGBIRD_DISCORD_GATEWAY_URL is no address")


@pytest.mark.parametrize("text", ["two words", "tok\x07en", "tökén"])
def test_a_token_with_characters_that_none_has_is_named_and_not_shown(text: str) -> None:
    fault = _fault(TOKEN=text)
    assert "MOCKINGBIRD_DISCORD_TOKEN" in fault
    assert text not in fault


def test_all_faults_are_named_at_once() -> None:
    assert len(_fault(TOKEN="a b", API_URL="x", GATEWAY_URL="y", SHARDS="z").splitlines()) == 4


def test_the_token_is_in_no_representation() -> None:
    assert TOKEN not in repr(DiscordSettings(TOKEN))
    assert settings.looks_right(TOKEN)
    assert not settings.looks_right("abc")
