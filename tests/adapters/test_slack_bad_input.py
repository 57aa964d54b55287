"""What should not come from Slack, and what should not happen to an answer: each has its status, its sentence or its
line in the log, and nothing breaks."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.core.ui import ActionId
from bot.testing import actions
from tests.adapters import slack_screen
from tests.adapters.slack_house import Town
from tests.adapters.slack_payloads import SECRET, encoded, headers, signature
from tests.adapters.slack_stand_in import BROKEN, RATELIMITED, Fault
from tests.adapters.slack_workspace import Json

FORM = "application/x-www-form-urlencoded"
ONLY_HTTP = pytest.mark.parametrize("town", ["http"], indirect=True)
ONLY_SOCKET = pytest.mark.parametrize("town", ["socket"], indirect=True)


def now() -> int:
    return int(time.time())


@ONLY_HTTP
@pytest.mark.parametrize("wrong", ["another secret", "no signature", "no time", "too old", "from the future", "other body",
                                   "not ascii", "a time of no sense"])  # fmt: skip
async def test_forged_and_old_signatures_are_401_and_change_nothing(
    town: Town, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    payload = town.payloads.command("U0ANA", "C0PREP", "/group setup")
    body = encoded("slash_commands", payload)
    at = {"too old": now() - 6 * 60, "from the future": now() + 6 * 60}.get(wrong, now())
    sent = headers(body, "slash_commands", at, "another" if wrong == "another secret" else SECRET)
    sent |= {"other body": {"X-Slack-Signature": signature(SECRET, at, b"x")},
             "not ascii": {"X-Slack-Signature": "v0=\u00e9"},
             "a time of no sense": {"X-Slack-Request-Timestamp": "\u00b2nan"}}.get(wrong, {})  # fmt: skip
    sent.pop({"no signature": "X-Slack-Signature", "no time": "X-Slack-Request-Timestamp"}.get(wrong, ""), None)
    raw = [(name.encode(), value.encode()) for name, value in sent.items()]
    answer = await town.browser.post("/slack/events", content=body, headers=raw)
    assert answer.status_code == 401
    assert town.stand_in.slack.shown == []
    assert "signature" in caplog.text
    assert SECRET not in caplog.text


@ONLY_HTTP
@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b"1", b'"x"', b"payload=", b"payload=%7B", b"payload=[]", b"\xff\xfe", b"payload=null",
    b"%00=%00", b'{"type":"event_callback"}', b'{"type":"event_callback","event":[]}', b'{"event":{"type":{}}}',
    b"payload=%7B%22type%22%3A%22block_actions%22%7D", b"command=%2Fmock", b'{"type":"nonsense"}',
])  # fmt: skip
async def test_malformed_bodies_are_refused_or_acknowledged_and_never_break(
    town: Town, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    for kind in ("events_api", "interactive"):
        status, _ = await town.post(body, headers(body, kind, now()))
        assert status in (200, 400, 401, 404), status  # no honest signature is made of what is no UTF-8
    assert not [record for record in caplog.records if record.exc_info]
    assert "Traceback" not in caplog.text


SPOIL: list[tuple[str, dict[str, Any]]] = [
    ("slash_commands", {"user_id": ""}),
    ("slash_commands", {"channel_id": ""}),
    ("slash_commands", {"command": "/unheard-of"}),
    ("slash_commands", {"text": "\x00\ud800 x" * 999}),
    ("interactive", {"actions": []}),
    ("interactive", {"actions": [{}]}),
    ("interactive", {"actions": [{"action_id": "x" * 255, "type": "button"}]}),
    ("interactive", {"actions": [{"action_id": "rounds.answer:" + "9" * 40, "type": "button"}]}),
    ("interactive", {"actions": [{"action_id": "rounds.answer:-1", "type": "button"}]}),
    ("interactive", {"actions": [{"action_id": "none.such:1", "type": "button"}]}),
    ("interactive", {"actions": [{"action_id": "group.setup", "type": "overflow"}]}),
    ("interactive", {"user": {}}),
    ("interactive", {"user": None}),
    ("interactive", {"trigger_id": "", "actions": [{"action_id": "a.b", "type": "button"}]}),
    ("interactive", {"type": "message_action", "callback_id": "none"}),
    ("interactive", {"type": "shortcut", "callback_id": "none"}),
    ("interactive", {"type": "block_suggestion"}),
    ("interactive", {"type": "view_closed", "view": {"callback_id": "none", "private_metadata": ""}}),
    ("interactive", {"type": "view_submission", "view": {"callback_id": "none.such", "private_metadata": "{"}}),
    ("interactive", {"type": "view_submission", "view": {"callback_id": "none.such", "private_metadata": "", "id": "V1",
                                                         "state": {"values": {}}}}),
    ("events_api", {"event": {"type": "unheard_of", "channel": "C0PREP"}}),
    ("events_api", {"event": {"type": "message"}}),
    ("events_api", {"event": {"type": "message", "subtype": "message_changed", "channel": "C0PREP"}}),
    ("events_api", {"event": {"type": "message", "subtype": "message_deleted", "channel": "C0PREP"}}),
    ("events_api", {"event": {"type": "app_mention", "user": "U0ANA", "channel": "C0PREP", "ts": "1.1"}}),
    ("events_api", {"event": {"type": "app_home_opened"}}),
    ("events_api", {"event": {"type": "reaction_added", "user": "U0ANA", "item": {}, "reaction": "eyes"}}),
    ("events_api", {"event": {}}),
    ("events_api", {"event_id": ""}),
]  # fmt: skip


def spoilt(town: Town, kind: str, change: dict[str, Any]) -> Json:
    if kind == "slash_commands":
        text = {name: value.encode("utf-8", "ignore").decode() for name, value in change.items()}
        return town.payloads.command("U0ANA", "C0PREP", "/mock") | text
    if kind == "interactive":
        return town.payloads.press("U0ANA", "C0PREP", "rounds.answer:1") | change
    message = town.stand_in.slack.say(town.team, "C0PREP", "U0ANA", "hello", "1.1")
    return town.payloads.posted("C0PREP", message) | change


@pytest.mark.parametrize(("kind", "change"), SPOIL)
async def test_payloads_of_no_sense_are_acknowledged_and_break_nothing(
    group: Town, kind: str, change: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    status, _ = await group.send(kind, spoilt(group, kind, change))
    assert status in (200, 400, 404)
    assert "Traceback" not in caplog.text
    assert not [record for record in caplog.records if record.exc_info]
    assert (await group.command("U0BEN", "/help")).words


@pytest.mark.parametrize("action", ["none.such:1", "not one of ours", "rounds.answer:999999", "rounds.answer:x"])
async def test_buttons_from_another_time_are_answered_with_a_sentence(group: Town, action: str) -> None:
    seen = await group.press("U0BEN", action)
    assert seen.words
    assert "Something broke" not in seen.words


async def test_an_expired_trigger_leaves_a_button_that_opens_the_form(group: Town) -> None:
    daily = group.posted("daily:")[-1]
    answer = actions(slack_screen.card(daily))["Answer"]
    payload = group.payloads.press("U0BEN", "C0PREP", str(answer), daily)
    group.stand_in.slack.triggers.clear()
    seen = await group.see("U0BEN", "interactive", payload)
    assert seen.form is None
    again = seen.shown[-1].body["blocks"][-1]["elements"][0]
    press = group.payloads.press("U0BEN", "C0PREP", again["action_id"])
    press["actions"][0]["value"] = again["value"]
    assert (await group.see("U0BEN", "interactive", press)).form is not None


async def test_a_command_whose_form_cannot_open_leaves_a_button_too(town: Town) -> None:
    payload = town.payloads.command("U0ANA", "C0PREP", "/group setup")
    town.stand_in.slack.triggers.clear()
    seen = await town.see("U0ANA", "slash_commands", payload)
    again = seen.bodies[-1]["blocks"][-1]["elements"][0]
    press = town.payloads.press("U0ANA", "C0PREP", again["action_id"])
    press["actions"][0]["value"] = again["value"]
    assert (await town.see("U0ANA", "interactive", press)).form is not None


@pytest.mark.parametrize("fault", [Fault(404, "expired_url"), BROKEN, RATELIMITED])
async def test_where_a_response_url_is_dead_the_answer_comes_another_way(group: Town, fault: Fault) -> None:
    group.stand_in.faults["response_url"] = [fault]
    daily = group.posted("daily:")[-1]
    seen = await group.press("U0BEN", str(actions(slack_screen.card(daily))["Hint"]), daily)
    assert seen.words
    assert seen.shown[-1].how == "ephemeral"


async def test_a_press_on_a_message_that_is_gone_is_answered_all_the_same(group: Town) -> None:
    daily = group.posted("daily:")[-1]
    group.team.messages["C0PREP"].remove(daily)
    seen = await group.press("U0BEN", str(actions(slack_screen.card(daily))["Hint"]), daily)
    assert "Hint" in seen.words


@pytest.mark.parametrize("error", ["users.info", "conversations.info"])
@pytest.mark.parametrize("fault", [Fault(error="missing_scope"), BROKEN, RATELIMITED, Fault(error="user_not_found")])
async def test_people_are_served_also_while_slack_does_not_say_who_they_are(
    group: Town, error: str, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    group.stand_in.faults[error] = [fault]
    group.clock.set(group.clock.now().replace(hour=23))
    assert "Mock question" in (await group.command("U0BEN", "/mock")).words
    assert "U0BEN" in caplog.text or "C0PREP" in caplog.text


async def test_a_revoked_token_is_named_to_the_operator_and_what_is_owed_waits(
    group: Town, caplog: pytest.LogCaptureFixture
) -> None:
    group.team.revoked = True
    await group.advance(days=1)
    assert "token_revoked" in caplog.text
    assert "install the app again" in caplog.text
    group.team.revoked = False
    await group.advance(hours=1)
    assert len(group.posted("daily:")) == 2


async def test_a_workspace_that_removes_the_app_is_retired_once(group: Town) -> None:
    event: Json = {"type": "app_uninstalled"}
    await group.event(group.payloads.event(event))
    await group.event(group.payloads.event({"type": "tokens_revoked", "tokens": {"oauth": ["U0ANA"], "bot": []}}))
    assert [team for team, _ in group.retired] == [group.team.id]


@ONLY_SOCKET
async def test_a_refresh_of_one_socket_loses_nothing(group: Town) -> None:
    await group.stand_in.refresh()
    for _ in range(4):
        assert (await group.command("U0BEN", "/help")).words
    await group.stand_in.until_connected(2)
    assert (await group.command("U0BEN", "/help")).words


@ONLY_SOCKET
@pytest.mark.parametrize("payload", [{}, {"type": "event_callback", "event": []}, {"type": "nonsense"}])
async def test_envelopes_of_no_sense_are_acknowledged(town: Town, payload: Json) -> None:
    for kind in ("events_api", "interactive", "slash_commands"):
        if payload or kind == "events_api":
            assert await town.stand_in.send(kind, payload) == {}
    assert (await town.command("U0BEN", "/help")).words


@ONLY_HTTP
async def test_slacks_question_whether_the_address_is_ours_is_answered(town: Town) -> None:
    body = json.dumps({"token": "x", "challenge": "3eZbrw1aB", "type": "url_verification"}).encode()
    answer = await town.browser.post("/slack/events", content=body, headers=headers(body, "events_api", now()))
    assert answer.status_code == 200
    assert "3eZbrw1aB" in answer.text
    check = b"ssl_check=1&token=x"
    assert (await town.post(check, headers(check, "slash_commands", now())))[0] == 200


@ONLY_HTTP
async def test_bodies_without_end_and_other_ways_in_are_refused(town: Town) -> None:
    body = b"x" * 1_000_001
    assert (await town.post(body, headers(body, "events_api", now())))[0] == 413
    assert (await town.browser.get("/slack/events")).status_code == 405
    assert (await town.browser.get("/none-such")).status_code == 404


@ONLY_HTTP
async def test_a_body_in_chunks_is_not_read_beyond_the_limit(town: Town) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    answer = await town.browser.post("/slack/events", content=endless())
    assert answer.status_code == 413


async def test_a_bot_that_slack_refuses_says_so_to_the_person(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    town.stand_in.faults["auth.test"] = [Fault(error="invalid_auth")]
    seen = await town.command("U0BEN", "/help")
    assert "Whoever installed me" in seen.words or "Whoever installed me" in str(seen.bodies)
    assert "invalid_auth" in caplog.text
    assert "What I can do" in (await town.command("U0BEN", "/help")).words


def test_actions_of_ours_are_never_longer_than_slack_allows() -> None:
    assert len(str(ActionId("a.b", "x" * 96))) <= 255
