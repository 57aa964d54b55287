"""The product through Slack: what people type, press, fill in and say, over signed HTTP and over sockets."""

import asyncio
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy import select

from adapters.slack.people import People
from bot.core.events import Place
from bot.core.ui import TextField
from bot.store.tables import metadata
from bot.store.work import SqlWork
from bot.testing import actions
from tests.adapters import slack_screen
from tests.adapters.conftest import PEOPLE
from tests.adapters.slack_house import Seen, Town, connected, key
from tests.adapters.slack_stand_in import Fault, StandIn
from tests.adapters.slack_workspace import BOT_ID, BOT_USER, Json, User

TEXT = "Precision counts the false alarms, recall the misses; I choose by what each costs & say so."


def daily(town: Town) -> tuple[str, dict[str, str]]:
    """The day's post: its id, and its buttons by label."""
    message = town.posted("daily:")[-1]
    return message["ts"], {label: str(action) for label, action in actions(slack_screen.card(message)).items()}


async def test_a_group_is_set_up_by_a_form_and_its_day_is_posted(town: Town) -> None:
    asked = await town.command("U0ANA", "/group setup")
    assert asked.form is not None
    await town.set_up()
    await town.advance(hours=2)
    assert len(town.posted("daily:")) == 1
    assert {"Answer", "Hint", "Done"} <= set(daily(town)[1])


@pytest.mark.parametrize(("text", "part"), [
    ("/help", "What I can do"),
    ("/mock hard ml-system-design", "Mock question"),
    ("/mock ml-system-design hard", "Mock question"),
    ("/mock tipic:coding", "tipic"),
    ("/plan", "Day 1"),
    ("/review", "review"),
    ("/progress", "progress"),
    ("/group", "Settings"),
    ("/group setpu", "Did you mean"),
    ("/mock hrad", "Did you mean"),
])  # fmt: skip
async def test_commands_are_answered_to_the_one_who_typed(group: Town, text: str, part: str) -> None:
    before = len(group.stand_in.slack.shown), len(group.posted())
    seen = await group.command("U0BEN", text)
    assert part in seen.words
    assert all(body["response_type"] == "ephemeral" for body in seen.bodies)
    assert (len(group.stand_in.slack.shown), len(group.posted())) == before  # the answer is the request's own


async def test_every_slash_command_of_the_manifest_is_known(group: Town) -> None:
    for name in ("plan", "mock", "review", "stories", "progress", "group", "help"):
        assert "There is no command" not in (await group.command("U0BEN", f"/{name}")).words


async def test_an_answer_by_the_form_is_kept_and_can_be_changed(group: Town) -> None:
    _, buttons = daily(group)
    message = group.posted("daily:")[-1]
    asked = await group.press("U0BEN", buttons["Answer"], message)
    assert asked.form is not None
    seen = await group.submit("U0BEN", {"text": TEXT})
    assert "response_action" not in seen.ack
    again = await group.press("U0BEN", buttons["Answer"], message)
    assert again.form is not None
    field = again.form.fields[0]
    assert isinstance(field, TextField)
    assert field.value == TEXT


async def test_a_form_that_is_wrong_says_so_at_its_field_and_stays_open(group: Town) -> None:
    await group.press("U0BEN", daily(group)[1]["Answer"], group.posted("daily:")[-1])
    seen = await group.submit("U0BEN", {"text": " "})
    assert seen.ack["response_action"] == "errors"
    assert "few words" in seen.ack["errors"]["text"]
    assert "response_action" not in (await group.submit("U0BEN", {"text": TEXT})).ack


async def kept(town: Town) -> dict[str, dict[str, str]]:
    """Person -> the parts of their answer to the day's question, by the message each came from."""

    def look(work: SqlWork) -> dict[str, dict[str, str]]:
        group = work.groups.here(Place("slack", town.team.id, "C0PREP"))
        assert group is not None
        round = work.rounds.on(group.id, max(work.plans.group_dates(group.id)))
        assert round is not None
        users = {member.id: member.user for member in work.groups.members(group.id)}
        return {
            users[answer.member]: {part.source: part.text for part in answer.parts}
            for answer in work.rounds.answers(round.id)
        }

    return await town.bot.store.run(look)


async def test_what_is_said_edited_and_deleted_in_the_thread_is_the_answer(group: Town) -> None:
    ts, _ = daily(group)
    said = await group.say(
        "U0CHI", "I count the costs &amp; say &lt;so&gt; to <@U0BEN>: <https://a.example|a.example>", ts
    )
    more = await group.say("U0CHI", "And then measure.", ts)
    assert (await kept(group))["U0CHI"] == {
        said["ts"]: "I count the costs & say <so> to @U0BEN: a.example",
        more["ts"]: "And then measure.",
    }
    await group.event(group.payloads.edited("C0PREP", more, "And then measure twice."))
    await group.event(group.payloads.deleted("C0PREP", said))
    assert (await kept(group))["U0CHI"] == {more["ts"]: "And then measure twice."}


async def test_a_deleted_message_with_replies_counts_as_deleted(group: Town) -> None:
    ts, _ = daily(group)
    said = await group.say("U0CHI", "Never mind.", ts)
    assert await group.event(group.payloads.tombstone("C0PREP", said)) == 200
    assert not (await kept(group)).get("U0CHI")


async def test_talk_in_the_channel_is_nobodys_answer(group: Town) -> None:
    await group.say("U0CHI", "Good morning, all.")
    assert await kept(group) == {}


async def test_mentions_are_commands_in_the_channel_and_in_threads(group: Town) -> None:
    ts, _ = daily(group)
    here = await group.mention("U0BEN", "mock hard coding")
    there = await group.mention("U0BEN", "help", thread=ts)
    assert "Mock question" in here.words
    assert "What I can do" in there.words
    assert there.shown[-1].body.get("thread_ts") == ts
    asked = await group.mention("U0ANA", "group setup")
    assert asked.words


async def test_a_mention_in_a_thread_is_no_answer(group: Town) -> None:
    ts, buttons = daily(group)
    message = group.stand_in.slack.say(group.team, "C0PREP", "U0BEN", f"<@{BOT_USER}> help", ts)
    await group.event(group.payloads.posted("C0PREP", message))
    form = (await group.press("U0BEN", buttons["Answer"], group.posted("daily:")[-1])).form
    assert form is not None
    field = form.fields[0]
    assert isinstance(field, TextField)
    assert field.value == ""


async def test_direct_messages_are_commands(group: Town) -> None:
    channel = group.team.direct("U0BEN")
    await group.say("U0BEN", "help", channel=channel.id)
    assert "What I can do" in str(group.team.messages[channel.id][-1]["blocks"])
    seen = await group.command("U0BEN", "/mock", channel.id)
    assert "Mock question" in seen.words


async def test_where_direct_messages_are_closed_the_channel_has_a_button(group: Town) -> None:
    group.team.users["U0BEN"].closed = True
    ts, _ = daily(group)
    for user in ("U0ANA", "U0BEN", "U0CHI"):
        await group.say(user, TEXT, ts)
    await group.advance(hours=26)
    notes = group.posted("note:")
    assert notes
    button = next(iter(actions(slack_screen.card(notes[0])).values()))
    assert (await group.press("U0BEN", str(button), notes[0])).words
    assert "Not this time" in (await group.press("U0CHI", str(button), notes[0])).words


async def test_pages_turn_in_place(group: Town) -> None:
    seen = await group.command("U0BEN", "/plan all")
    turns = [action for card in seen.cards for label, action in actions(card).items() if "page" in label]
    if turns:
        turned = await group.press("U0BEN", str(turns[0]))
        assert turned.shown[-1].body.get("replace_original") is True
    day = await group.command("U0BEN", "/plan day 2")
    assert day.words


async def test_app_home_shows_today_and_what_one_owes(group: Town) -> None:
    seen = await group.see("U0BEN", "events_api", group.payloads.home("U0BEN"))
    assert [one.how for one in seen.shown] == ["home"]
    assert "Day 1" in seen.words
    assert "progress" in seen.words
    action = next(str(action) for card in seen.cards for action in actions(card).values())
    pressed = await group.see("U0BEN", "interactive", group.payloads.home_press("U0BEN", action))
    assert pressed.words
    stranger = await group.see("U0NEW", "events_api", group.payloads.home("U0NEW"))
    assert "/group join" in stranger.words


async def test_names_and_time_zones_come_from_the_profile(group: Town) -> None:
    def look(work: SqlWork) -> dict[str, tuple[str, str]]:
        found = work.groups.here(Place("slack", group.team.id, "C0PREP"))
        assert found is not None
        return {member.user: (member.name, member.zone) for member in work.groups.members(found.id)}

    assert await group.bot.store.run(look) == {user.id: (user.name, user.zone) for user in PEOPLE}


async def test_admins_and_the_channels_creator_may_set_up_and_others_may_not(town: Town) -> None:
    assert (await town.command("U0CHI", "/group setup")).form is None
    assert (await town.command("U0BEN", "/group setup")).form is None
    assert (await town.command("U0BEN", "/group setup", "C0OTHER")).form is not None
    assert (await town.command("U0ANA", "/group setup", "C0OTHER")).form is not None


async def test_an_admin_of_another_workspace_manages_nothing_here(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = User.as_json
    monkeypatch.setattr(User, "as_json", lambda user, _: asked(user, "T0OTHER"))
    assert (await town.command("U0ANA", "/group setup", "C0OTHER")).form is None


async def test_a_right_that_slack_no_longer_confirms_ends(town: Town) -> None:
    assert (await town.command("U0ANA", "/group setup", "C0OTHER")).form is not None
    town.stand_in.faults["users.info"] = [Fault(error="internal_error")] * 2
    town.clock.set(town.clock.now() + timedelta(minutes=30))
    assert (await town.command("U0ANA", "/group setup", "C0OTHER")).form is not None
    town.clock.set(town.clock.now() + timedelta(hours=1))
    assert (await town.command("U0ANA", "/group setup", "C0OTHER")).form is None


async def test_a_card_for_one_never_takes_the_place_of_a_message_for_all(group: Town) -> None:
    public = group.posted("daily:")[-1]
    seen = await group.press("U0BEN", "plan.turn:2", public)
    assert seen.words
    assert not any(one.body.get("replace_original") for one in seen.shown)


@pytest.mark.parametrize("town", ["http"], indirect=True)
async def test_an_event_that_failed_is_answered_when_it_comes_again(
    group: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    mention = group.payloads.mention("U0DEE", "C0PREP", "help")
    with monkeypatch.context() as broken:
        broken.setattr(People, "known", Mock(side_effect=RuntimeError("unforeseen")))
        assert (await group.see("U0DEE", "events_api", mention)).status == 500
    assert "What I can do" in (await group.see("U0DEE", "events_api", mention)).words


@pytest.mark.parametrize("kind", ["channel_left", "channel_archive"])
async def test_where_the_bot_cannot_post_the_plan_waits_and_goes_on_when_it_is_back(group: Town, kind: str) -> None:
    await group.event(group.payloads.event({"type": kind, "channel": "C0PREP", "user": "U0ANA", "event_ts": "1.1"}))
    await group.advance(days=2)
    assert len(group.posted("daily:")) == 1
    back = {"type": "member_joined_channel", "user": BOT_USER, "channel": "C0PREP", "channel_type": "C",
            "team": group.team.id, "inviter": "U0ANA", "event_ts": "1.2"}  # fmt: skip
    await group.event(group.payloads.event(back))
    await group.command("U0ANA", "/group resume")
    await group.advance(days=1, hours=3)
    assert len(group.posted("daily:")) == 2


async def test_a_renamed_channel_stays_the_same_channel(group: Town) -> None:
    renamed = {"type": "channel_rename", "channel": {"id": "C0PREP", "name": "mle", "created": 1}, "event_ts": "1.1"}
    assert await group.event(group.payloads.event(renamed)) == 200
    await group.advance(days=1)
    assert len(group.posted("daily:")) == 2


async def test_the_bots_own_messages_and_those_of_other_bots_are_nobodys_answer(group: Town) -> None:
    ts, _ = daily(group)
    before = len(group.stand_in.calls)
    for message in list(group.posted()):
        await group.event(group.payloads.posted("C0PREP", message))
    other = {"type": "message", "subtype": "bot_message", "bot_id": "B0OTHER", "text": "beep", "ts": "1790000009.1",
             "thread_ts": ts}  # fmt: skip
    await group.event(group.payloads.posted("C0PREP", other))
    echo = {"type": "message", "user": BOT_USER, "bot_id": BOT_ID, "text": "help", "ts": "1790000009.2"}
    await group.event(group.payloads.posted(group.team.direct("U0BEN").id, echo))
    assert len(group.stand_in.calls) == before


async def test_an_event_that_comes_again_changes_nothing(group: Town) -> None:
    ts, _ = daily(group)
    message = group.stand_in.slack.say(group.team, "C0PREP", "U0DEE", "Once.", ts)
    event = group.payloads.posted("C0PREP", message)
    before = len(group.stand_in.slack.shown)
    for retry in range(4):
        assert await group.event(event, retry) == 200
    assert len(group.stand_in.slack.shown) - before <= 1
    mention = group.payloads.mention("U0DEE", "C0PREP", "mock")
    first = await group.see("U0DEE", "events_api", mention)
    second = await group.see("U0DEE", "events_api", mention)
    assert len(first.shown) == 1
    assert second.shown == []


async def test_a_press_that_comes_twice_deals_one_question(group: Town) -> None:
    payload = group.payloads.command("U0BEN", "C0PREP", "/mock")
    first = await group.see("U0BEN", "slash_commands", payload)
    second = await group.see("U0BEN", "slash_commands", payload)
    assert first.words == second.words


async def test_nobodys_words_reach_the_channel_as_a_mention(group: Town) -> None:
    ts, buttons = daily(group)
    await group.press("U0BEN", buttons["Answer"], group.posted("daily:")[-1])
    await group.submit("U0BEN", {"text": "<!channel> wake up <@U0ANA> & *all* of you"})
    await group.say("U0CHI", TEXT, ts)
    await group.say("U0ANA", TEXT, ts)
    await group.advance(hours=30)
    for messages in group.team.messages.values():
        for message in messages:
            assert not message.get("bot_id") or "<!channel>" not in str(message), key(message)


async def test_who_set_the_group_up_is_told_once_that_the_bot_is_not_in_the_channel(group: Town) -> None:
    group.team.channels["C0PREP"].joined = False
    await group.advance(hours=26)
    direct = group.team.direct("U0ANA").id
    [told] = group.posted("stuck:", direct)
    said = str(told["blocks"])
    assert "I cannot post for your study group" in said
    assert "{'type': 'channel', 'channel_id': 'C0PREP'}" in said
    assert "/invite @Mockingbird" in said
    group.team.channels["C0PREP"].joined = True
    await group.advance(hours=1)
    assert len(group.posted("daily:")) == 2
    assert len(group.posted("stuck:", direct)) == 1


async def twice(town: Town, user: str, kind: str, payload: Json) -> tuple[Seen, Seen]:
    """The same payload two times; what the person saw of each."""
    first = await town.see(user, kind, payload)
    state = await town.bot.store.run(everything)
    second = await town.see(user, kind, payload)
    assert await town.bot.store.run(everything) == state
    return first, second


def everything(work: SqlWork) -> list[list[Any]]:
    """All rows of all tables."""
    return [list(work._connection.execute(select(table)).all()) for table in metadata.sorted_tables]


async def test_what_comes_twice_is_acknowledged_the_same_and_said_once(group: Town) -> None:
    message = group.posted("daily:")[-1]
    payloads, buttons = group.payloads, daily(group)[1]
    for kind, payload in (
        ("slash_commands", payloads.command("U0BEN", "C0PREP", "/mock hard")),
        ("slash_commands", payloads.command("U0BEN", "C0PREP", "/mok")),
        ("slash_commands", payloads.command("U0ANA", "C0OTHER", "/group setup")),
        ("interactive", payloads.press("U0BEN", "C0PREP", buttons["Hint"], message)),
        ("interactive", payloads.press("U0BEN", "C0PREP", buttons["Answer"], message)),
        ("interactive", payloads.press("U0BEN", "C0PREP", "plan.turn:2", None)),
        ("interactive", payloads.home_press("U0BEN", "plan.file")),
        ("events_api", payloads.mention("U0BEN", "C0PREP", "mock")),
        ("events_api", payloads.home("U0BEN")),
    ):
        user = str(payload.get("user_id") or "U0BEN")
        files = len(group.stand_in.called("upload"))
        first, second = await twice(group, user, kind, payload)
        assert first.ack == second.ack
        assert first.bodies
        assert [one for one in second.shown if one.how != "home"] == []  # the App Home is put in its own place
        assert len(group.stand_in.called("upload")) - files <= 1


@pytest.mark.parametrize(("values", "shown"), [({"text": " "}, 0), ({"text": TEXT}, 1)])
async def test_a_form_that_comes_twice_is_acknowledged_the_same_and_kept_once(
    group: Town, values: dict[str, str | tuple[str, ...]], shown: int
) -> None:
    await group.press("U0BEN", daily(group)[1]["Answer"], group.posted("daily:")[-1])
    payload = group.payloads.submit("U0BEN", group.stand_in.slack.views["U0BEN"], values)
    first, second = await twice(group, "U0BEN", "interactive", payload)
    assert first.ack == second.ack
    assert (len(first.shown), len(second.shown)) == (shown, 0)


async def test_what_comes_twice_at_the_same_time_is_done_and_said_once(group: Town) -> None:
    payload = group.payloads.press("U0BEN", "C0PREP", daily(group)[1]["Hint"], group.posted("daily:")[-1])
    before = len(group.stand_in.slack.shown)
    answers = await asyncio.gather(*(group.send("interactive", payload) for _ in range(4)))
    assert all(answer == answers[0] for answer in answers)
    assert len(group.stand_in.slack.shown) == before + 1


@pytest.mark.parametrize("town", ["http"], indirect=True)
async def test_a_form_that_one_process_opened_is_not_offered_by_another(group: Town, stand_in: StandIn) -> None:
    payload = group.payloads.press("U0BEN", "C0PREP", daily(group)[1]["Answer"], group.posted("daily:")[-1])
    first = await group.see("U0BEN", "interactive", payload)
    async with connected(stand_in, group.bot, group.clock, "http", group.team.token) as other:
        second = await other.see("U0BEN", "interactive", payload)
    assert first.form is not None
    assert (second.status, second.shown) == (200, [])


@pytest.mark.parametrize("town", ["http"], indirect=True)
async def test_a_channel_that_the_bot_comes_into_is_greeted_once_whichever_process_hears_of_it(
    group: Town, stand_in: StandIn
) -> None:
    back = {"type": "member_joined_channel", "user": BOT_USER, "channel": "C0OTHER", "channel_type": "C",
            "team": group.team.id, "inviter": "U0ANA", "event_ts": "1.2"}  # fmt: skip
    payload = group.payloads.event(back)
    await group.event(payload)
    async with connected(stand_in, group.bot, group.clock, "http", group.team.token) as other:
        await other.event(payload, 1)
    [greeting] = group.posted("hello:", "C0OTHER")
    assert "Set up a group" in str(greeting["blocks"])
