"""The judge of what goes to Discord finds what Discord would refuse, and nothing else."""

from typing import Any

import pytest

from tests.adapters import discord_judge as judge

Json = dict[str, Any]
V2 = judge.V2
TEXT: Json = {"type": 10, "content": "Day 1"}
BUTTON: Json = {"type": 2, "style": 1, "label": "Answer", "custom_id": "rounds.answer:1"}
ROW: Json = {"type": 1, "components": [BUTTON]}
SELECT: Json = {"type": 3, "custom_id": "a.b", "options": [{"label": "One", "value": "1"}]}
INPUT: Json = {"type": 4, "custom_id": "text", "style": 2}


def layout(*components: Json, **more: Any) -> Json:
    return {"flags": V2, "components": list(components), **more}


def modal(*components: Json, **more: Any) -> Json:
    return {"custom_id": "a.b", "title": "Answer", "components": list(components), **more}


def label(component: Json, **more: Any) -> Json:
    return {"type": 18, "label": "Your answer", "component": component, **more}


def options(count: int, **more: Any) -> list[Json]:
    return [{"label": f"Option {number}", "value": str(number), **more} for number in range(count)]


@pytest.mark.parametrize("body", [
    layout(TEXT),
    layout({"type": 17, "accent_color": 0x00AA55, "components": [TEXT, {"type": 14, "divider": True}, ROW]}, nonce="n" * 25),
    layout({"type": 9, "components": [TEXT], "accessory": BUTTON}),
    layout({"type": 1, "components": [SELECT]}, allowed_mentions={"parse": []}),
    {"content": "Hello", "allowed_mentions": {"parse": [], "users": ["1"]}},
    {"content": "x" * 2000, "components": [ROW]},
])  # fmt: skip
def test_what_discord_takes_is_taken(body: Json) -> None:
    assert judge.message_faults(body) == []


@pytest.mark.parametrize("body", [
    {},
    {"content": "x" * 2001},
    {"components": [TEXT]},
    layout(),
    layout(TEXT, content="both"),
    layout(TEXT, embeds=[{"title": "x"}]),
    layout(TEXT, nonce="n" * 26),
    layout(TEXT, enforce_nonce=True),
    layout(TEXT, allowed_mentions={"parse": ["all"]}),
    layout(TEXT, allowed_mentions={"parse": ["users"], "users": ["1"]}),
    layout(*[TEXT] * 41),
    layout({"type": 17, "components": [TEXT] * 40}),
    layout({"type": 10, "content": "x" * 2001}, {"type": 10, "content": "x" * 2000}),
    layout({"type": 10, "content": ""}),
    layout(ROW, ROW),
    layout({"type": 1, "components": []}),
    layout({"type": 1, "components": [BUTTON, SELECT]}),
    layout({"type": 1, "components": [SELECT, SELECT | {"custom_id": "c.d"}]}),
    layout({"type": 1, "components": [BUTTON | {"custom_id": str(number)} for number in range(6)]}),
    layout({"type": 1, "components": [BUTTON | {"custom_id": "x" * 101}]}),
    layout({"type": 1, "components": [BUTTON | {"label": "x" * 81}]}),
    layout({"type": 1, "components": [BUTTON | {"label": ""}]}),
    layout({"type": 1, "components": [BUTTON | {"style": 5}]}),
    layout({"type": 1, "components": [BUTTON | {"style": 9}]}),
    layout({"type": 1, "components": [SELECT | {"options": []}]}),
    layout({"type": 1, "components": [SELECT | {"options": options(26)}]}),
    layout({"type": 1, "components": [SELECT | {"options": options(2, value="same")}]}),
    layout({"type": 1, "components": [SELECT | {"options": options(1, label="x" * 101)}]}),
    layout({"type": 1, "components": [SELECT | {"max_values": 2}]}),
    layout({"type": 1, "components": [SELECT | {"placeholder": "x" * 151}]}),
    layout({"type": 17, "components": []}),
    layout({"type": 17, "components": [{"type": 17, "components": [TEXT]}]}),
    layout({"type": 17, "components": [BUTTON]}),
    layout({"type": 9, "components": [TEXT]}),
    layout({"type": 18, "label": "x", "component": INPUT}),
    layout(TEXT | {"id": 3}, TEXT | {"id": 3}),
    layout(TEXT, flags=V2 | 1 << 3),
])  # fmt: skip
def test_what_discord_refuses_of_a_message_is_found(body: Json) -> None:
    assert judge.message_faults(body)


def test_an_edit_may_leave_out_what_stays() -> None:
    assert judge.edit_faults({"allowed_mentions": {"parse": []}}, was_v2=True) == []
    assert judge.edit_faults(layout(TEXT), was_v2=False) == []
    assert judge.edit_faults({"content": "words"}, was_v2=True)
    assert judge.edit_faults({"components": [ROW, ROW]}, was_v2=True)


@pytest.mark.parametrize("part", [
    label(INPUT),
    label(INPUT | {"value": "x" * 4000}, description="x" * 100),
    label(SELECT | {"required": False, "min_values": 0}),
    label({"type": 21, "custom_id": "r", "options": options(10)}),
    label({"type": 22, "custom_id": "c", "options": options(7), "required": False, "min_values": 0}),
    TEXT,
])  # fmt: skip
def test_parts_of_a_modal_are_taken(part: Json) -> None:
    assert judge.modal_faults(modal(part)) == []


@pytest.mark.parametrize("body", [
    modal(),
    modal(*(label(INPUT | {"custom_id": str(number)}) for number in range(6))),
    modal(label(INPUT), label(INPUT)),
    modal(label(INPUT), title="x" * 46),
    modal(label(INPUT), custom_id="x" * 101),
    modal({"type": 1, "components": [INPUT]}),
    modal(label(INPUT, label="x" * 46)),
    modal(label(INPUT, description="x" * 101)),
    modal(label(BUTTON)),
    modal(label(INPUT | {"label": "twice"})),
    modal(label(INPUT | {"style": 3})),
    modal(label(INPUT | {"max_length": 4001})),
    modal(label(INPUT | {"max_length": 3, "value": "four"})),
    modal(label(INPUT | {"placeholder": "x" * 101})),
    modal(label(SELECT | {"min_values": 0})),
    modal(label(SELECT | {"disabled": True})),
    modal(label({"type": 21, "custom_id": "r", "options": options(11)})),
    modal(label({"type": 21, "custom_id": "r", "options": options(1)})),
    modal(label({"type": 22, "custom_id": "c", "options": options(11)})),
    modal(label({"type": 22, "custom_id": "c", "options": options(3), "min_values": 0})),
])  # fmt: skip
def test_what_discord_refuses_of_a_modal_is_found(body: Json) -> None:
    assert judge.modal_faults(body)


GOOD: Json = {"name": "mock", "description": "A question", "options": [
    {"type": 3, "name": "topic", "description": "About what", "required": True, "autocomplete": True},
    {"type": 3, "name": "level", "description": "How hard", "choices": [{"name": "Hard", "value": "hard"}]},
]}  # fmt: skip


def option(**change: Any) -> Json:
    return GOOD | {"options": [GOOD["options"][0] | change]}


def test_good_commands_are_taken() -> None:
    verb = {"type": 1, "name": "setup", "description": "Make a group", "options": GOOD["options"]}
    assert judge.command_faults([GOOD, GOOD | {"name": "group", "options": [verb]}]) == []


@pytest.mark.parametrize("commands", [
    [GOOD, GOOD],
    [GOOD | {"name": "Mock"}],
    [GOOD | {"name": "two words"}],
    [GOOD | {"name": "x" * 33}],
    [GOOD | {"description": ""}],
    [GOOD | {"description": "x" * 101}],
    [GOOD | {"options": list(reversed(GOOD["options"]))}],
    [GOOD | {"options": [GOOD["options"][0], GOOD["options"][0]]}],
    [GOOD | {"options": [GOOD["options"][0] | {"name": f"o{number}"} for number in range(26)]}],
    [GOOD | {"default_member_permissions": "manage"}],
    [GOOD | {"contexts": [7]}],
    [option(description="")],
    [option(choices=[{"name": "x", "value": "x"}])],
    [option(type=12)],
    [option(autocomplete=False, choices=[{"name": str(number), "value": str(number)} for number in range(26)])],
    [option(autocomplete=False, choices=[{"name": "x" * 101, "value": "x"}])],
    [option(autocomplete=False, choices=[{"name": "a", "value": "x"}, {"name": "b", "value": "x"}])],
    [GOOD | {"name": f"c{number}"} for number in range(101)],
    [GOOD | {"options": [{"type": 1, "name": "a", "description": "x"}, GOOD["options"][1]]}],
])  # fmt: skip
def test_what_discord_refuses_of_commands_is_found(commands: list[Json]) -> None:
    assert judge.command_faults(commands)


def test_threads_have_a_name_and_one_of_four_times() -> None:
    assert judge.thread_faults({"name": "Day 1", "auto_archive_duration": 4320}) == []
    assert judge.thread_faults({"name": "x" * 101})
    assert judge.thread_faults({"name": "Day 1", "auto_archive_duration": 100})


def test_what_completes_itself_offers_at_most_25() -> None:
    assert judge.choice_faults([{"name": "x", "value": "y"}] * 25) == []
    assert judge.choice_faults([{"name": "x", "value": "y"}] * 26)
    assert judge.choice_faults([{"name": "x" * 101, "value": "y"}])
