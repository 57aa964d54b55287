"""What the bot may do in a channel is reckoned as Discord reckons it, and what is missing has its name."""

from typing import Any

import pytest

from adapters.discord.permissions import ALL, NEEDED, in_channel, missing, total

VIEW, SEND, HISTORY, OPEN, IN_THREADS = NEEDED
GUILD, OURS, ROLE = "1", "9", "5"
BOT = {"user": {"id": OURS}, "roles": [ROLE]}


def guild(everyone: int = 0, role: int = 0, owner: str = "2") -> dict[str, Any]:
    roles = [{"id": GUILD, "permissions": str(everyone)}, {"id": ROLE, "permissions": str(role)},
             {"id": "6", "permissions": str(ALL)}]  # fmt: skip
    return {"id": GUILD, "owner_id": owner, "roles": roles}


def channel(*overwrites: tuple[str, int, int]) -> dict[str, Any]:
    return {
        "permission_overwrites": [{"id": id, "allow": str(allow), "deny": str(deny)} for id, allow, deny in overwrites]
    }


def test_everybodys_rights_and_the_roles_add_up() -> None:
    assert in_channel(guild(VIEW | SEND, HISTORY), BOT, channel()) == VIEW | SEND | HISTORY


@pytest.mark.parametrize(
    ("overwrites", "allowed"),
    [
        ([(GUILD, 0, SEND)], VIEW),
        ([(GUILD, 0, SEND), (ROLE, SEND, 0)], VIEW | SEND),  # a role outweighs everybody
        ([(ROLE, SEND, 0), (OURS, 0, SEND)], VIEW),  # a member outweighs a role
        ([(GUILD, 0, VIEW)], 0),  # who cannot see it can do nothing there
        ([("6", OPEN, 0), ("77", 0, VIEW)], VIEW | SEND),  # others' do not count
    ],
)
def test_a_channels_own_rules_come_in_their_order(overwrites: list[tuple[str, int, int]], allowed: int) -> None:
    assert in_channel(guild(VIEW | SEND), BOT, channel(*overwrites)) == allowed


def test_of_two_roles_what_one_allows_outweighs_what_the_other_denies() -> None:
    both = {"user": {"id": OURS}, "roles": [ROLE, "6"]}
    rules = channel(("6", 0, SEND), (ROLE, SEND, 0))
    weak = guild(VIEW | SEND)
    weak["roles"][2]["permissions"] = "0"
    assert in_channel(weak, both, rules) & SEND


def test_administrators_and_owners_may_do_all() -> None:
    assert in_channel(guild(role=1 << 3), BOT, channel((GUILD, 0, VIEW))) == ALL
    assert in_channel(guild(owner=OURS), BOT, channel((GUILD, 0, VIEW))) == ALL


def test_what_is_missing_is_named_as_discord_names_it() -> None:
    assert missing(total()) == []
    assert missing(1 << 3) == []
    assert missing(total() & ~OPEN) == ["Create Public Threads"]
    assert missing(0) == [name for name, _ in NEEDED.values()]


def test_objects_of_no_sense_allow_nothing() -> None:
    assert in_channel({}, {}, {}) == 0
    assert in_channel({"id": "1", "roles": [{"id": "1", "permissions": "x"}, 5]}, {"roles": None}, {}) == 0
