"""Slack's payloads become the core's events; what is none of theirs is told apart. No I/O."""

from typing import Any

import pytest

from adapters.slack import inbound
from adapters.slack.payload import Malformed, Reach, bot_user, held, reach, spoken, well_formed
from adapters.slack.render import AGAIN, metadata
from bot.core.events import Choose, Command, Deleted, Edited, Person, Place, Posted, Press
from bot.core.ui import ActionId

BOT = "U0MOCKBOT"
HERE = Place("slack", "T1", "C1")
ALONE = Place("slack", "T1", "U1", direct=True)
THREAD = Place("slack", "T1", "C1", thread="1.0")


def slash(**more: Any) -> dict[str, Any]:
    return {"command": "/mock", "text": "hard", "team_id": "T1", "channel_id": "C1", "user_id": "U1", "user_name": "ana",
            "trigger_id": "9.9", "response_url": "https://hooks.slack.com/x", **more}  # fmt: skip


def action(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U1", "name": "ana"}, "trigger_id": "9.9",
            "channel": {"id": "C1"}, "container": {"type": "message", "message_ts": "2.0"},
            "actions": [{"type": kind, "action_id": "rounds.answer:7", **more}]}  # fmt: skip


def event(**about: Any) -> dict[str, Any]:
    return {"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": {"type": "message", **about},
            "authorizations": [{"user_id": BOT, "is_bot": True}]}  # fmt: skip


def said(text: str = "Because.", **more: Any) -> dict[str, Any]:
    return {"user": "U1", "text": text, "ts": "2.0", "thread_ts": "1.0", **more}


def test_a_slash_command_keeps_its_words_and_its_place() -> None:
    assert inbound.command(slash(), reach(slash())) == Command("slack:9.9", Person("U1", "ana"), HERE, "mock", "hard")


def test_a_command_in_direct_messages_is_at_the_persons_own_place() -> None:
    assert inbound.command(slash(channel_id="D1"), reach(slash(channel_id="D1"))).where == ALONE


def test_a_button_is_a_press_and_a_select_a_choice() -> None:
    assert inbound.press(action("button")) == Press(
        "slack:9.9", Person("U1", "ana"), HERE, ActionId("rounds.answer", "7")
    )
    chosen = inbound.press(action("static_select", selected_option={"value": "42"}))
    assert isinstance(chosen, Choose)
    assert chosen.value == "42"
    assert inbound.press(action("static_select", selected_option=None)) is None


def test_an_action_that_was_never_ours_is_left_to_the_engines_sentence() -> None:
    pressed = inbound.press(action("button", action_id="Approve!"))
    assert isinstance(pressed, Press)
    assert pressed.action == inbound.GONE


@pytest.mark.parametrize(
    ("asked", "kind"), [("/group setup", Command), ("rounds.answer:7", Press), ("nonsense", Press)]
)
def test_a_form_asked_for_again_is_what_led_to_it(asked: str, kind: type) -> None:
    again = inbound.press(action("button", action_id=AGAIN, value=asked))
    assert isinstance(again, kind)
    if isinstance(again, Command):
        assert (again.name, again.text) == ("group", "setup")


def test_a_press_in_a_thread_is_in_the_thread_and_one_on_its_first_message_is_not() -> None:
    body = action("button")
    body["container"]["thread_ts"] = "1.0"
    assert reach(body).place == THREAD
    body["container"]["message_ts"] = "1.0"
    assert reach(body).place == HERE


def test_only_what_one_person_sees_is_theirs_alone() -> None:
    body = action("button")
    assert not reach(body).alone
    body["container"]["is_ephemeral"] = True
    assert reach(body).alone
    assert reach(action("button") | {"channel": {"id": "D1"}}).alone


def test_in_a_shared_channel_the_workspace_is_the_one_that_installed_us() -> None:
    body = event(channel="C1", **said()) | {"team_id": "T2"}
    body["authorizations"] = [{"team_id": "T1", "user_id": BOT, "is_bot": True}]
    heard = inbound.message(body, BOT)
    assert heard is not None
    assert heard.where == THREAD


def test_a_form_comes_back_to_where_it_was_opened_with_all_its_values() -> None:
    opened = Reach("T1", "U1", "command", "C1", "1.0")
    values = {
        "text": {"text": {"type": "plain_text_input", "value": "a < b"}},
        "empty": {"empty": {"type": "plain_text_input", "value": None}},
        "pace": {"pace": {"type": "static_select", "selected_option": {"value": "24-24"}}},
        "days": {"days": {"type": "checkboxes", "selected_options": [{"value": "0"}, {"value": "4"}]}},
    }
    body = {
        "type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1"}, "trigger_id": "8.8",
        "view": {"type": "modal", "callback_id": "rounds.answer:7", "private_metadata": metadata(held(opened).as_parts()),
                 "state": {"values": values}},
    }  # fmt: skip
    sent = inbound.submit(body)
    assert sent.where == THREAD
    assert sent.values == {"text": "a < b", "empty": "", "pace": "24-24", "days": ("0", "4")}
    assert sent.action == ActionId("rounds.answer", "7")


def test_words_in_a_thread_are_posted_edited_and_deleted() -> None:
    who = Person("U1", "")
    assert inbound.message(event(channel="C1", **said()), BOT) == Posted("slack:Ev1", who, THREAD, "2.0", "Because.")
    changed = event(channel="C1", subtype="message_changed", message=said("So."), previous_message=said())
    assert inbound.message(changed, BOT) == Edited("slack:Ev1", who, THREAD, "2.0", "So.")
    gone = event(channel="C1", subtype="message_deleted", deleted_ts="2.0", previous_message=said())
    assert inbound.message(gone, BOT) == Deleted("slack:Ev1", who, THREAD, "2.0")


@pytest.mark.parametrize(
    "about",
    [
        said(thread_ts=""),
        said(thread_ts="2.0"),
        said(bot_id="B1"),
        said(user=BOT),
        said(user=""),
        said(subtype="channel_join"),
        said(f"<@{BOT}> mock"),
        {"subtype": "message_changed", "message": said(), "previous_message": said()},
        {"subtype": "message_changed", "message": said("x", bot_id="B1"), "previous_message": said()},
        {"subtype": "message_deleted", "deleted_ts": "2.0"},
    ],
)
def test_all_other_talk_is_nobodys_answer(about: dict[str, Any]) -> None:
    assert inbound.message(event(channel="C1", **about), BOT) is None


def test_a_mention_is_a_command_where_it_comes_first() -> None:
    body = event(channel="C1", **said(f"<@{BOT}>: mock  hard &amp; fast"))
    heard = inbound.mention(body, bot_user(body))
    assert heard == Command("slack:Ev1", Person("U1", ""), THREAD, "mock", "hard & fast")
    assert inbound.mention(event(channel="C1", **said(f"ask <@{BOT}> for it")), BOT) is None
    assert inbound.mention(event(channel="C1", **said("<@U2> mock")), BOT) is None
    nothing = inbound.mention(event(channel="C1", **said(f"<@{BOT}>")), BOT)
    assert nothing is not None
    assert nothing.name == "help"


def test_a_direct_message_is_a_command_without_its_slash() -> None:
    heard = inbound.direct(event(channel="D1", user="U1", text="/progress", ts="2.0"))
    assert heard == Command("slack:Ev1", Person("U1", ""), ALONE, "progress", "")
    assert inbound.direct(event(channel="C1", user="U1", text="progress", ts="2.0")) is None
    assert inbound.direct(event(channel="D1", user="U1", text="  ", ts="2.0")) is None
    assert inbound.direct(event(channel="D1", bot_id="B1", text="progress", ts="2.0")) is None


@pytest.mark.parametrize(
    ("slacks", "typed"),
    [
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("&amp;lt; stays", "&lt; stays"),
        ("ask <@U2> in <#C2|prep>", "ask @U2 in #prep"),
        ("<!here> and <!subteam^S1|@team>", "@here and @team"),
        ("<https://a.b/c> or <https://a.b/c|this>", "https://a.b/c or this (https://a.b/c)"),
        ("<mailto:a@b.c|a@b.c>", "a@b.c"),
    ],
)
def test_words_are_read_as_they_were_typed(slacks: str, typed: str) -> None:
    assert spoken(slacks) == typed


@pytest.mark.parametrize(
    "body",
    [
        None, [], "x", {"event": []}, {"event": {}}, {"view": {}}, {"team": 7}, {"user": []}, {"actions": []},
        {"actions": [{}]}, {"actions": {}}, {"authorizations": ["x"]}, {"container": "x"},
    ],
)  # fmt: skip
def test_what_has_not_slacks_shape_is_told_apart(body: object) -> None:
    assert not well_formed(body)


@pytest.mark.parametrize("missing", ["team_id", "channel_id", "user_id", "trigger_id"])
def test_a_payload_without_what_it_must_have_says_what(missing: str) -> None:
    body = slash()
    del body[missing]
    assert well_formed(body)
    with pytest.raises(Malformed):
        inbound.command(body, reach(body))
