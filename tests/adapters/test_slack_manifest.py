"""The manifest is made from the commands, keeps Slack's limits, and is what docs/deploy-slack.md has people paste."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.cli import main
from adapters.slack import manifest, render
from bot.book import book
from bot.catalog import Catalog
from bot.core.commands import Command, Verb
from bot.core.ui import Card, Prose

GOLDEN = Path(__file__).parent / "golden"
URL = "https://bot.example.com"
# Slack's own, which an app cannot have: https://slack.com/help/articles/201259356-Use-built-in-slash-commands
BUILT_IN = {
    "/apps", "/archive", "/away", "/call", "/collapse", "/dm", "/dnd", "/expand", "/feed", "/feedback", "/invite",
    "/join", "/kick", "/leave", "/me", "/msg", "/mute", "/open", "/prefs", "/remind", "/remove", "/rename", "/search",
    "/shortcuts", "/shrug", "/star", "/status", "/topic", "/who",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "url", "many"),
    [("socket", "", False), ("http", URL, False), ("many", URL, True)],
)
def test_the_manifest_is_the_one_that_was_looked_at(catalog: Catalog, name: str, url: str, many: bool) -> None:
    """After a change on purpose: mockingbird manifest slack [--url https://bot.example.com [--many]] > the file."""
    golden = (GOLDEN / f"slack_manifest_{name}.yaml").read_text(encoding="utf-8")
    assert manifest.text(book(catalog), url, many) == golden


def _made(catalog: Catalog, url: str = "", many: bool = False) -> dict[str, Any]:
    made: dict[str, Any] = yaml.safe_load(manifest.text(book(catalog), url, many))
    return made


def test_every_command_stands_in_it_and_leads_back_to_its_own(catalog: Catalog) -> None:
    commands = [one["command"] for one in _made(catalog)["features"]["slash_commands"]]
    assert [manifest.meant(command) for command in commands] == [command.name for command in book(catalog)]
    assert [manifest.meant(f"/{command.name}") for command in book(catalog)] == [one.name for one in book(catalog)]
    assert not BUILT_IN & set(commands)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("/star shows them.", "/stories shows them."),
        ("Try /star new", "Try /stories new"),
        ("/mock, /starling, and/star, /star-ing", "/mock, /starling, and/star, /star-ing"),
    ],
)
def test_people_read_the_commands_as_they_type_them(ours: str, theirs: str) -> None:
    assert manifest.spelled(ours) == theirs


def test_a_card_names_the_command_that_slack_has() -> None:
    shown = json.dumps(render.message(Card("Stories", (Prose("Type `/star new`, or **/star**."),))))
    assert "/stories new" in shown
    assert "/star" not in shown.replace("/stories", "")


def test_slacks_limits_are_kept(catalog: Catalog) -> None:
    many = tuple(Command(f"c{'abcdefghijklmnopqrstuvwxyz'[n]}", "d" * 100, _verbs()) for n in range(26))
    for made in (_made(catalog, URL, many=True), manifest.manifest(many, URL)):
        about, features = made["display_information"], made["features"]
        assert len(about["name"]) <= 35
        assert len(about["description"]) <= 140
        assert 174 <= len(about["long_description"]) <= 4_000
        assert len(features["bot_user"]["display_name"]) <= 80
        assert len(features["slash_commands"]) <= 50
        for command in features["slash_commands"]:
            assert len(command["command"]) <= 32
            assert len(command["description"]) <= 2_000
            assert 1 <= len(command.get("usage_hint", "-")) <= 1_000


def _verbs() -> tuple[Verb, ...]:
    return tuple(Verb("v" * 30 + "abcdefghijklmnopqrstuvwxy"[n], "plan.today", "d" * 100) for n in range(25))


def test_socket_mode_needs_no_address_and_http_names_ours_everywhere(catalog: Catalog) -> None:
    socket, http = _made(catalog), _made(catalog, URL + "/")
    assert socket["settings"]["socket_mode_enabled"]
    assert "http" not in manifest.text(book(catalog)).partition("\n")[2]
    assert not http["settings"]["socket_mode_enabled"]
    addresses = {
        http["settings"]["event_subscriptions"]["request_url"],
        http["settings"]["interactivity"]["request_url"],
    }
    addresses |= {command["url"] for command in http["features"]["slash_commands"]}
    assert addresses == {f"{URL}/slack/events"}


def test_only_an_app_for_many_workspaces_rotates_its_tokens(catalog: Catalog) -> None:
    assert not _made(catalog, URL)["settings"]["token_rotation_enabled"]
    made = _made(catalog, URL, many=True)
    assert made["settings"]["token_rotation_enabled"]
    assert made["oauth_config"]["redirect_urls"] == [f"{URL}/slack/oauth_redirect"]


@pytest.mark.parametrize(
    "arguments", [["--many"], ["--url", "http://bot.example.com"], ["--url", "https://bot.example.com/slack"]]
)
def test_an_address_that_slack_would_refuse_is_refused_with_a_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["manifest", "slack", *arguments])
    assert end.value.code == 1
    assert "--url" in capsys.readouterr().err


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str], catalog: Catalog) -> None:
    with pytest.raises(SystemExit) as end:
        main(["manifest", "slack"])
    assert end.value.code == 0
    assert capsys.readouterr().out == manifest.text(book(catalog))
