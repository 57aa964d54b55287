"""What the page sends becomes the core's events, whole; what no honest page sends is an error."""

import pytest

from adapters.web import inbound
from adapters.web.workspace import PEOPLE, channel, direct
from bot.core.events import Choose, Command, Press
from bot.core.ui import ActionId, AnyOf, Choice, Form, OneOf, TextField

ANA, PLACE = PEOPLE[0], channel("mle-prep")
FORM = Form(
    "Form",
    ActionId("group.save"),
    (
        TextField("name", "Name", most=3),
        OneOf("one", "One", (Choice("A", "a"),)),
        AnyOf("some", "Some", (Choice("A", "a"), Choice("B", "b"))),
    ),
)


def test_the_first_word_is_the_commands_name_and_the_rest_its_text() -> None:
    assert inbound.command("1", ANA, PLACE, "/mock hard  coding ") == Command("1", ANA, PLACE, "mock", "hard  coding")
    assert inbound.command("1", ANA, PLACE, "/group").text == ""
    assert inbound.command("1", ANA, PLACE, "/").name == ""


def test_what_starts_with_a_slash_is_for_the_bot() -> None:
    assert inbound.is_command("/group setup")
    assert not inbound.is_command("and/or")


def test_a_press_and_a_choice_carry_their_action() -> None:
    assert inbound.press("1", ANA, PLACE, "a.b:4:2") == Press("1", ANA, PLACE, ActionId("a.b", "4:2"))
    assert inbound.choose("1", ANA, direct("ana"), "a.b", "x") == Choose("1", ANA, direct("ana"), ActionId("a.b"), "x")


@pytest.mark.parametrize(
    ("action", "fault"),
    [
        ("", "not noun.verb"),
        ("nonsense", "not noun.verb"),
        (None, "a text was expected"),
        ({}, "a text was expected"),
        ("a.b:" + "x" * 100, "action id has 104"),
    ],
)
def test_an_action_that_was_never_ours_is_an_error(action: object, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        inbound.press("1", ANA, PLACE, action)


def test_a_form_is_handed_over_whole_also_where_it_does_not_fit() -> None:
    event = inbound.submit(
        "1", ANA, PLACE, FORM, {"name": ["much too long"], "one": [], "some": ["a", "b"], "no": ["x"]}
    )
    assert event.values == {"name": "much too long", "one": "", "some": ("a", "b")}
    assert FORM.faults(event.values).keys() == {"name", "one"}


def test_a_field_that_the_page_left_out_is_empty() -> None:
    assert inbound.submit("1", ANA, PLACE, FORM, {}).values == {"name": "", "one": "", "some": ()}


def test_characters_that_cannot_be_stored_are_left_out() -> None:
    assert inbound.text("a\x00b\ud800c\r\nd") == "abc\nd"
    with pytest.raises(ValueError, match="a text was expected, not list"):
        inbound.text(["a"])
