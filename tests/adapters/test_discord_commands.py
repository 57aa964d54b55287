"""The application commands come from the one definition, keep Discord's rules, and are sent only when they changed."""

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.discord.commands import BESIDE, MANAGE_CHANNELS, Json, changed, definitions, meant, spelled
from bot.book import book
from bot.catalog import Catalog
from tests.adapters import discord_judge as judge

NAME = re.compile(r"[a-z][a-z-]{0,31}")


@pytest.fixture
def made(catalog: Catalog) -> list[Json]:
    return definitions(book(catalog))


def _parts(command: Json) -> Iterator[Json]:
    """The command, its verbs and their options."""
    yield command
    for option in command.get("options", ()):
        yield from _parts(option)


def test_a_judge_of_discords_limits_has_nothing_to_say(made: list[Json]) -> None:
    assert judge.command_faults(made) == []


def test_names_are_names_and_descriptions_are_there_and_short(made: list[Json]) -> None:
    parts = [part for command in made for part in _parts(command)]
    assert all(NAME.fullmatch(part["name"]) for part in parts)
    assert all(1 <= len(part["description"]) <= 100 for part in parts)


def test_names_stand_once_beside_each_other(made: list[Json]) -> None:
    for parts in (made, *(part["options"] for command in made for part in _parts(command) if part.get("options"))):
        assert len({part["name"] for part in parts}) == len(parts)


def test_what_is_required_comes_first_and_choices_are_at_most_25(made: list[Json]) -> None:
    for part in (part for command in made for part in _parts(command)):
        required = [option.get("required", False) for option in part.get("options", ()) if option["type"] != 1]
        assert required == sorted(required, reverse=True)
        assert len(part.get("choices", ())) <= 25
        assert not (part.get("choices") and part.get("autocomplete"))


def test_every_verb_of_the_book_is_there(made: list[Json], catalog: Catalog) -> None:
    by_name = {command["name"]: command for command in made}
    for command in book(catalog):
        verbs = [option["name"] for option in by_name[command.name]["options"] if option["type"] == 1]
        assert verbs == [verb.name for verb in command.verbs if verb.name]


def test_the_group_is_for_who_manages_channels_and_its_members_have_their_own(
    made: list[Json], catalog: Catalog
) -> None:
    by_name = {command["name"]: command for command in made}
    assert by_name["group"]["default_member_permissions"] == str(MANAGE_CHANNELS)
    [group] = [command for command in book(catalog) if command.name == "group"]
    assert {verb.name for verb in group.verbs if not verb.managers} == set(BESIDE)
    for name in BESIDE:
        assert by_name[name]["default_member_permissions"] is None
        [verb] = [option for option in by_name["group"]["options"] if option["name"] == name]
        assert by_name[name]["options"] == verb["options"]


def test_what_needs_a_channel_is_for_servers_alone(made: list[Json]) -> None:
    servers = {command["name"] for command in made if command["contexts"] == [0]}
    assert servers == {"group", *BESIDE}
    assert all(command["contexts"] == [0, 1] for command in made if command["name"] not in servers)


def test_topics_and_questions_complete_themselves(made: list[Json]) -> None:
    [mock] = [
        verb for command in made if command["name"] == "mock" for verb in command["options"] if verb["name"] == "ask"
    ]
    completed = {option["name"] for option in mock["options"] if option.get("autocomplete")}
    assert completed == {"topic", "question"}


def _as_discord_has_them(commands: list[Json]) -> list[dict[str, Any]]:
    """With ids, and without what is not said: as Discord gives them back, in another order."""
    found = copy.deepcopy(commands)
    for number, command in enumerate(found):
        command |= {"id": str(number), "application_id": "1", "version": "2", "nsfw": False, "name_localizations": None,
                    "dm_permission": True}  # fmt: skip
        for part in _parts(command):
            for unsaid in ("required", "autocomplete", "options", "choices"):
                if not part.get(unsaid, True):
                    del part[unsaid]
    return found[::-1]


def test_what_discord_has_already_is_not_sent_again(made: list[Json]) -> None:
    assert not changed(made, _as_discord_has_them(made))


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(description="Another"),
        lambda one: one.update(default_member_permissions="8"),
        lambda one: one.update(contexts=[0]),
        lambda one: one["options"].pop(),
        lambda one: one["options"].reverse(),
    ],
)
def test_every_change_of_a_command_is_seen(made: list[Json], change: Any) -> None:
    found = _as_discord_has_them(made)
    change(next(one for one in found if one["name"] == "mock"))
    assert changed(made, found)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(description="Another"),
        lambda one: one["options"][1].update(name="other"),
        lambda one: one["options"][1]["choices"][0].update(name="Other"),
        lambda one: one["options"][0].update(autocomplete=False),
        lambda one: one["options"].pop(),
        lambda one: one["options"].reverse(),
    ],
)
def test_every_change_of_a_verb_is_seen(made: list[Json], change: Any) -> None:
    found = _as_discord_has_them(made)
    change(next(one for one in found if one["name"] == "mock")["options"][0])
    assert changed(made, found)


def test_a_command_more_or_less_is_a_change(made: list[Json]) -> None:
    found = _as_discord_has_them(made)
    assert changed(made, found[1:])
    assert changed(made[1:], found)
    assert changed(made, [])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Type /group join in its channel", "Type /join in its channel"),
        ("/group settings changes it, /group leave too", "/settings changes it, /leave too"),
        ("/group setup makes one; /group", "/group setup makes one; /group"),
        ("/group joining and/group join", "/group joining and/group join"),
    ],
)
def test_people_read_the_commands_as_they_type_them(ours: str, theirs: str) -> None:
    assert spelled(ours) == theirs


def test_a_members_command_leads_to_its_verb() -> None:
    assert meant("join") == ("group", "join")
    assert meant("group") == ("group", "")
    assert meant("mock") == ("mock", "")
