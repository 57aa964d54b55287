"""What should not come from Discord, and what should not happen to an answer: each has its sentence or its line in the log,
and nothing breaks."""

import asyncio
from typing import Any

import pytest
from discord.webhook import async_

from tests.adapters import discord_stand_in as faults
from tests.adapters.discord_house import Seen, Town, ids_of
from tests.adapters.discord_stand_in import BROKEN, LOST, Fault
from tests.adapters.discord_talk import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL
from tests.adapters.discord_towns import wire
from tests.adapters.discord_world import Event

ONLY_WIRE = pytest.mark.parametrize("hall", ["wire"], indirect=True)
pytestmark = ONLY_WIRE


def button(custom_id: str) -> dict[str, Any]:
    return {"custom_id": custom_id, "component_type": 2, "id": 9}


def made(town: Town, kind: int, data: dict[str, Any], who: str = "ben", **change: Any) -> Event:
    """An interaction that no client would make; `change` is laid over its payload."""
    at = wire(town)
    source = town.posted("daily:")[-1] if kind in (COMPONENT, MODAL) and town.posted("daily:") else None
    event = at.stand_in.talk.interact(kind, at.people[who], at.world.channels[town.prep], data, source)
    event.data.update(change)
    return event


async def sent(town: Town, kind: int, data: dict[str, Any], **change: Any) -> Seen:
    return await wire(town).send(made(town, kind, data, **change))


@pytest.mark.parametrize("action", ["none.such:1", "not one of ours", "rounds.answer:999999", "rounds.answer:x", "x" * 100,
                                    "rounds.answer:" + "9" * 40, "reply.again:discord:1", "reply.again:", "mock.level:1/99",
                                    "group.note:999", "plan.turn:" + "9" * 60])  # fmt: skip
async def test_buttons_from_another_time_are_answered_with_a_sentence(
    study: Town, action: str, caplog: pytest.LogCaptureFixture
) -> None:
    seen = await sent(study, COMPONENT, button(action))
    assert seen.words or seen.form
    assert "Something broke" not in seen.words
    assert seen.private
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("data", [
    {"custom_id": "none.such:1", "components": []},
    {"custom_id": "not one of ours", "components": []},
    {"custom_id": "rounds.answer:999999", "components": [
        {"type": 18, "id": 1, "component": {"type": 4, "id": 2, "custom_id": "text", "value": "x" * 4000}}]},
    {"custom_id": "group.setup:two-weeks", "components": []},
    {"custom_id": "group.setup:nonsense", "components": [{"type": 18, "component": {"type": 3, "custom_id": "pace",
                                                                                     "values": ["x", "y"]}}]},
])  # fmt: skip
async def test_forms_of_no_sense_are_answered_with_a_sentence(study: Town, data: dict[str, Any]) -> None:
    seen = await sent(study, MODAL, data)
    assert seen.words
    assert "Something broke" not in seen.words


@pytest.mark.parametrize(("kind", "data"), [
    (COMMAND, {"id": "1", "name": "unheard-of", "type": 1, "options": []}),
    (COMMAND, {"id": "1", "name": "mock", "type": 1, "options": [{"name": "topic", "type": 3, "value": "tipic"}]}),
    (COMMAND, {"id": "1", "name": "mock", "type": 1, "options": [{"name": "none", "type": 3, "value": "x"}]}),
    (COMMAND, {"id": "1", "name": "mock", "type": 1, "options": [{"name": "topic", "type": 3, "value": "\u0000x" * 999}]}),
    (COMMAND, {"id": "1", "name": "group", "type": 1, "options": [{"name": "setpu", "type": 1, "options": []}]}),
    (COMMAND, {"id": "1", "name": "group", "type": 1, "options": []}),
    (COMMAND, {"id": "1", "name": "plan", "type": 1, "options": [
        {"name": "day", "type": 1, "options": [{"name": "number", "type": 4, "value": -4}]}]}),
])  # fmt: skip
async def test_commands_of_no_sense_are_answered_with_a_sentence(study: Town, kind: int, data: dict[str, Any]) -> None:
    seen = await sent(study, kind, data)
    assert seen.words
    assert "Something broke" not in seen.words


SENSELESS: list[tuple[int, dict[str, Any], dict[str, Any]]] = [
    (COMPONENT, {}, {}),
    (COMPONENT, {"custom_id": "a.b", "component_type": 3}, {}),
    (COMPONENT, {"custom_id": "a.b", "component_type": 3, "values": []}, {}),
    (COMPONENT, {"custom_id": "a.b", "component_type": 5, "values": ["1"]}, {}),
    (MODAL, {"custom_id": "a.b"}, {}),
    (MODAL, {"custom_id": "a.b", "components": [{"type": 18}]}, {}),
    (MODAL, {"custom_id": "a.b", "components": "x"}, {}),
    (COMMAND, {"id": "1", "name": "", "type": 1}, {}),
    (COMMAND, {"id": "1", "name": "Who is this", "type": 2, "target_id": "1"}, {}),
    (AUTOCOMPLETE, {"id": "1", "name": "mock", "type": 1, "options": []}, {}),
    (AUTOCOMPLETE, {"id": "1", "name": "none", "type": 1, "options": [
        {"name": "x", "type": 3, "value": "", "focused": True}]}, {}),
    (COMMAND, {"id": "1", "name": "help", "type": 1}, {"channel": None}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "data", "change"), SENSELESS)
async def test_payloads_of_no_sense_break_nothing(
    study: Town, kind: int, data: dict[str, Any], change: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    at = wire(study)
    await at.stand_in.gateway.tell(made(study, kind, data, **change))
    await at.quiet()
    await at.stand_in.until(lambda: at.stand_in.gateway.live or at.ended)  # discord.py itself may have stumbled
    assert "Traceback" not in caplog.text
    assert not [record for record in caplog.records if record.exc_info]
    assert (await study.command("ben", "/help")).words


@pytest.mark.parametrize("name", ["UNHEARD_OF", "MESSAGE_UPDATE", "MESSAGE_DELETE", "THREAD_UPDATE", "THREAD_DELETE",
                                  "CHANNEL_DELETE", "MESSAGE_DELETE_BULK"])  # fmt: skip
async def test_events_about_what_the_bot_never_saw_break_nothing(
    study: Town, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    at = wire(study)
    gone = {"id": "5", "ids": ["5"], "channel_id": "6", "guild_id": str(study.server), "type": 11, "parent_id": "7",
            "name": "gone", "author": {"id": "8", "username": "x", "discriminator": "0", "avatar": None}, "content": "x",
            "thread_metadata": {"archived": True, "locked": False, "auto_archive_duration": 60,
                                "archive_timestamp": "2026-01-01T00:00:00+00:00"},
            "owner_id": "8", "message_count": 0, "member_count": 0, "rate_limit_per_user": 0, "permission_overwrites": [],
            "position": 0, "nsfw": False, "topic": None, "attachments": [], "embeds": [], "mentions": [], "pinned": False,
            "mention_roles": [], "mention_everyone": False, "tts": False, "timestamp": "2026-01-01T00:00:00+00:00",
            "edited_timestamp": "2026-01-01T00:00:01+00:00", "components": [], "flags": 0}  # fmt: skip
    at.world.emit(name, gone, study.server)
    await at.stand_in.tell()
    await at.quiet()
    assert not [record for record in caplog.records if record.exc_info]
    assert (await study.command("ben", "/help")).words


# Answers that do not arrive -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "word"), [
    (faults.UNKNOWN_INTERACTION, "10062"), (faults.ACKNOWLEDGED, "40060"),
    (faults.refusal(400, 50035, "Invalid Form Body"), "50035"), (faults.NO_ACCESS, "50001"),
])  # fmt: skip
async def test_an_answer_that_discord_does_not_take_has_its_line_and_what_was_done_stays_done(
    study: Town, fault: Fault, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    at = wire(study)
    message, found = study.daily()
    await study.press("ben", found["Answer"], message)
    at.stand_in.faults["callback"] = [fault]
    await study.submit("ben", {"text": "It is kept all the same."})
    assert word in caplog.text
    assert str(study.door.user("ben")) in caplog.text
    assert "Traceback" not in caplog.text
    again = await study.press("ben", found["Answer"], message)
    assert again.modal is not None
    assert "It is kept all the same." in str(again.modal)


async def test_where_discord_stumbles_the_answer_comes_a_moment_later(
    study: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    naps: list[float] = []

    async def nap(seconds: float) -> None:
        naps.append(seconds)

    monkeypatch.setattr(async_, "asyncio", Patient(nap))
    wire(study).stand_in.faults["callback"] = [BROKEN, Fault(502)]
    seen = await wire(study).send(
        made(study, COMMAND, {"id": "1", "name": "help", "type": 1, "options": []}), patient=True
    )
    assert "What I can do" in seen.words
    assert naps


class Patient:
    """asyncio as discord.py has it, whose sleeps are only counted."""

    def __init__(self, sleep: Any) -> None:
        self.sleep = sleep

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)


async def test_an_answer_whose_success_was_lost_is_not_shown_twice(study: Town) -> None:
    at = wire(study)
    at.stand_in.faults["callback"] = [LOST]
    seen = await study.command("ben", "/help")
    assert len(seen.cards) == len((await study.command("ben", "/help")).cards)


async def test_a_press_on_a_message_that_is_gone_is_answered_all_the_same(study: Town) -> None:
    at = wire(study)
    message, found = study.daily()
    del at.world.channels[study.prep].messages[int(message["id"])]
    assert "Hint" in (await study.press("ben", found["Hint"], message)).words


async def test_a_page_that_turns_where_its_message_is_gone_breaks_nothing(
    study: Town, caplog: pytest.LogCaptureFixture
) -> None:
    at = wire(study)
    event = made(study, COMPONENT, button("plan.turn:2/2"))
    at.stand_in.faults["callback"] = [faults.UNKNOWN_MESSAGE]
    await at.send(event)
    assert "Traceback" not in caplog.text
    assert (await study.command("ben", "/help")).words


async def test_what_is_meant_for_one_is_refused_to_another(study: Town) -> None:
    message, found = study.daily()
    await study.press("ben", found["Answer"], message)
    wrong = await study.submit("ben", {"text": "\u200b\u200b\u200b"})
    again = next(id for one in wrong.messages for id in ids_of(one))
    stranger = await sent(study, COMPONENT, button(again), who="chi")
    assert stranger.form is None
    assert "Not this time" in stranger.words
    assert (await study.press("ben", again, wrong.messages[-1])).form is not None


async def test_who_does_not_manage_cannot_manage_by_a_forged_press_or_form(study: Town) -> None:
    for action in ("group.pause", "group.schedule", "group.setup"):
        seen = await sent(study, COMPONENT, button(action), who="chi")
        assert seen.form is None
        assert "Not this time" in seen.words
    form = {"custom_id": "group.setup:two-weeks", "components": []}
    assert "Not this time" in (await sent(study, MODAL, form, who="chi")).words


async def test_a_stranger_is_told_how_to_join(study: Town) -> None:
    at = wire(study)
    at.people["eli"] = at.world.person("Eli")
    at.guild.members[at.people["eli"].id] = 0
    seen = await study.command("eli", "/mock")
    assert "/join" in seen.words
    assert "/group join" not in seen.words
