"""`mockingbird manifest discord`: the link asks for the fewest permissions, and nothing has to be looked up by hand."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import discord
import pytest

from adapters.cli import main
from adapters.discord import manifest, permissions

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.dGhpcyBpcyBub3QgYSBzZWNyZXQ"
ID = "123456789012345678"


def _asked(link: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(link).query)


def test_the_link_asks_for_what_is_needed_and_no_more() -> None:
    asked = _asked(manifest.invite(ID))
    assert asked["client_id"] == [ID]
    assert asked["scope"] == ["bot applications.commands"]
    wanted = discord.Permissions(
        view_channel=True,
        send_messages=True,
        read_message_history=True,
        create_public_threads=True,
        send_messages_in_threads=True,
    )
    assert int(asked["permissions"][0]) == wanted.value == permissions.total()


def test_the_applications_id_is_read_from_the_token() -> None:
    assert manifest.application(TOKEN) == ID
    assert [manifest.application(text) for text in ("", "abc", "????.b.c", "YWJj.b.c")] == ["", "", "", ""]


def _printed(capsys: pytest.CaptureFixture[str], *more: str) -> str:
    with pytest.raises(SystemExit) as left:
        main(["manifest", "discord", *more])
    assert left.value.code == 0
    return capsys.readouterr().out


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env`, and nothing in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MOCKINGBIRD_DISCORD_TOKEN", raising=False)


def test_it_prints_the_link_the_intent_and_why_each_permission(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCKINGBIRD_DISCORD_TOKEN", TOKEN)
    said = _printed(capsys)
    assert manifest.invite(ID) in said
    assert "Message Content Intent" in said
    assert all(f"{name}: {why}" in said for name, why in permissions.NEEDED.values())
    assert TOKEN not in said


def test_without_a_token_it_says_where_the_id_goes(capsys: pytest.CaptureFixture[str]) -> None:
    assert manifest.UNKNOWN in _printed(capsys)
    said = _printed(capsys, "--id", ID)
    assert manifest.UNKNOWN not in said
    assert manifest.invite(ID) in said


def test_an_id_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["manifest", "discord", "--id", "my-bot"])
    assert left.value.code == 1
    assert "Application ID" in capsys.readouterr().err
