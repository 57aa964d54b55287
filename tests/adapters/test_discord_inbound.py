"""Discord's interactions become the core's events, whatever is missing in them."""

from typing import Any

import pytest

from adapters.discord.inbound import GONE, Completion, completion, interaction
from adapters.discord.payload import Kind, Malformed, Reach
from bot.core.events import Choose, Command, Person, Place, Press, Submit
from bot.core.ui import ActionId

WHO = Person("500000000000000001", "Ana")
HERE = Place("discord", "100000000000000001", "200000000000000001")
ID = "discord:7"


def reach(kind: Kind, **data: Any) -> Reach:
    return Reach(7, "token", 9, kind, WHO, HERE, data)


@pytest.mark.parametrize(
    ("data", "name", "text", "options"),
    [
        ({"name": "help"}, "help", "", {}),
        ({"name": "mock", "options": [{"type": 3, "name": "topic", "value": "llms"}]}, "mock", "", {"topic": "llms"}),
        ({"name": "plan", "options": [{"type": 1, "name": "day", "options": [{"type": 4, "name": "number", "value": 3}]}]},
         "plan", "day", {"number": "3"}),
        ({"name": "plan", "options": [{"type": 1, "name": "all"}]}, "plan", "all", {}),
        ({"name": "join", "options": [{"type": 3, "name": "zone", "value": "Lisbon"}]}, "group", "join",
         {"zone": "Lisbon"}),
        ({"name": "group", "options": [{"type": 1, "name": "join", "options": []}]}, "group", "join", {}),
        ({"name": "leave"}, "group", "leave", {}),
    ],
)  # fmt: skip
def test_a_command_is_read_with_its_verb_and_its_options(
    data: dict[str, Any], name: str, text: str, options: dict[str, str]
) -> None:
    assert interaction(reach("command", **data)) == Command(ID, WHO, HERE, name, text, options)


def test_a_button_is_pressed_and_a_select_chosen() -> None:
    pressed = interaction(reach("component", component_type=2, custom_id="review.open:42"))
    assert pressed == Press(ID, WHO, HERE, ActionId("review.open", "42"))
    chosen = interaction(reach("component", component_type=3, custom_id="plan.guide", values=["stage"]))
    assert chosen == Choose(ID, WHO, HERE, ActionId("plan.guide"), "stage")


@pytest.mark.parametrize("custom_id", ["", "nonsense", "A.B", "x" * 101, "review.open:" + "9" * 200, "\0"])
def test_a_button_that_was_never_ours_leads_to_the_sentence_for_it(custom_id: str) -> None:
    assert interaction(reach("component", component_type=2, custom_id=custom_id)) == Press(ID, WHO, HERE, GONE)


def test_a_form_is_read_from_labels_and_from_rows() -> None:
    parts = [
        {"type": 10, "content": "an intro"},
        {"type": 18, "component": {"type": 4, "custom_id": "zone", "value": "Europe/Berlin"}},
        {"type": 18, "component": {"type": 3, "custom_id": "pace", "values": ["24-24"]}},
        {"type": 18, "component": {"type": 3, "custom_id": "weekdays", "values": ["0", "1"]}},
        {"type": 18, "component": {"type": 3, "custom_id": "flags", "values": []}},
        {"type": 1, "components": [{"type": 4, "custom_id": "text", "value": "old"}]},
        "nonsense",
    ]
    values: dict[str, str | tuple[str, ...]] = {
        "zone": "Europe/Berlin",
        "pace": "24-24",
        "weekdays": ("0", "1"),
        "flags": (),
        "text": "old",
    }
    sent = interaction(reach("modal", custom_id="group.setup:two-weeks", components=parts))
    assert sent == Submit(ID, WHO, HERE, ActionId("group.setup", "two-weeks"), values)


@pytest.mark.parametrize(
    "found",
    [
        reach("command"),
        reach("command", name=5),
        reach("component", component_type=3, custom_id="plan.guide"),
        reach("component", component_type=3, custom_id="plan.guide", values=[]),
        reach("component", component_type=3, custom_id="plan.guide", values=[{"x": 1}]),
    ],
)
def test_what_discord_would_never_send_is_refused(found: Reach) -> None:
    with pytest.raises(Malformed):
        interaction(found)


def test_what_is_being_typed_is_found_at_its_option() -> None:
    options = [
        {"type": 3, "name": "level", "value": "hard"},
        {"type": 3, "name": "topic", "value": "sys", "focused": True},
    ]
    assert completion(reach("complete", name="mock", options=options)) == Completion("mock", "", "topic", "sys")
    nested = [{"type": 1, "name": "setup", "options": [{"type": 3, "name": "plan", "value": "", "focused": True}]}]
    assert completion(reach("complete", name="group", options=nested)) == Completion("group", "setup", "plan", "")
    with pytest.raises(Malformed):
        completion(reach("complete", name="mock", options=options[:1]))
