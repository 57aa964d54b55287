"""The product through Discord: what people type, press, fill in and say, over sockets and in simcord, with restarts."""

from typing import Any

import pytest
import simcord
from sqlalchemy import select

from bot.core.events import Inbound, Place, Reply
from bot.core.ui import TextField
from bot.store.tables import metadata
from bot.store.work import SqlWork
from tests.adapters import discord_screen
from tests.adapters.discord_client import CannotBeDone
from tests.adapters.discord_guild import OPEN_THREADS
from tests.adapters.discord_house import Town, buttons, ids_of
from tests.adapters.discord_towns import wire
from tests.adapters.discord_world import Event

TEXT = "Precision counts the false alarms, recall the misses; I choose by what each costs & say so."
ONLY_WIRE = pytest.mark.parametrize("hall", ["wire"], indirect=True)


async def kept(town: Town) -> dict[str, dict[str, str]]:
    """Person -> the parts of their answer to the day's question, by the message each came from."""

    def look(work: SqlWork) -> dict[str, dict[str, str]]:
        group = work.groups.here(Place("discord", str(town.server), str(town.prep)))
        assert group is not None
        round = work.rounds.on(group.id, max(work.plans.group_dates(group.id)))
        assert round is not None
        users = {member.id: member.user for member in work.groups.members(group.id)}
        return {
            users[answer.member]: {part.source: part.text for part in answer.parts}
            for answer in work.rounds.answers(round.id)
        }

    names = {str(town.door.user(who)): who for who in ("ana", "ben", "chi", "dee")}
    return {names[user]: parts for user, parts in (await town.bot.store.run(look)).items()}


def thread(town: Town) -> int:
    """The thread of the day's post: it has the post's id."""
    return int(town.daily()[0]["id"])


async def test_a_group_is_set_up_by_a_form_and_its_day_is_posted_with_a_thread(hall: Town) -> None:
    asked = await hall.command("ana", "/group setup")
    assert asked.form is not None
    await hall.set_up()
    await hall.advance(hours=2)
    assert len(hall.posted("daily:")) == 1
    assert {"Answer", "Hint", "Done"} <= set(hall.daily()[1])
    assert hall.door.messages(thread(hall)) is not None


@pytest.mark.parametrize(("text", "part"), [
    ("/help", "What I can do"),
    ("/mock hard ml-system-design", "Mock question"),
    ("/mock ml-system-design hard", "Mock question"),
    ("/plan today", "Day 1"),
    ("/plan day 2", "Day 2"),
    ("/plan all", "Day 1"),
    ("/plan done", ""),
    ("/review mine", "review"),
    ("/review next", "review"),
    ("/star bank", "stor"),
    ("/progress", "progress"),
    ("/settings", "Berlin"),
])  # fmt: skip
async def test_commands_are_answered_to_the_one_who_typed(study: Town, text: str, part: str) -> None:
    before = len(study.posted())
    seen = await study.command("ben", text)
    assert seen.cards
    assert part.lower() in seen.words.lower()
    assert seen.private
    assert len(study.posted()) == before


async def test_star_stories_are_written_in_a_form(study: Town) -> None:
    await study.command("ben", "/star new trade-off")
    asked = await study.press("ben", "star.write:trade-off")
    assert asked.form is not None
    values = {
        one.id: f"{one.label}: I measured it, 12 % fewer." for one in asked.form.fields if isinstance(one, TextField)
    }
    seen = await study.submit("ben", values)
    assert "12 %" in seen.words or "12 %" in (await study.command("ben", "/star bank")).words


@pytest.mark.parametrize("text", ["/group pause", "/group resume", "/group skip 2026-09-02 2026-09-03"])
async def test_managers_run_the_group(study: Town, text: str) -> None:
    assert (await study.command("ana", text)).cards


async def test_members_go_on_leave_by_a_command_that_everybody_has(study: Town) -> None:
    seen = await study.typed_in("ben", "leave", {"from": "2026-09-02", "to": "2026-09-03"})
    assert "2 September" in seen.words or "2 Sep" in seen.words


async def test_an_answer_by_the_form_is_kept_and_can_be_changed_also_after_a_restart(study: Town) -> None:
    message, found = study.daily()
    asked = await study.press("ben", found["Answer"], message)
    assert asked.form is not None
    await study.door.restart()
    assert (await study.submit("ben", {"text": TEXT})).cards
    await study.door.restart()
    again = await study.press("ben", found["Answer"], message)
    assert again.form is not None
    field = again.form.fields[0]
    assert isinstance(field, TextField)
    assert field.value == TEXT
    assert (await kept(study))["ben"] == {"form": TEXT}


async def test_a_form_that_is_wrong_is_given_back_with_what_was_typed(study: Town) -> None:
    message, found = study.daily()
    await study.press("ben", found["Answer"], message)
    seen = await study.submit("ben", {"text": "\u200b" * 30})
    assert "few words" in seen.words
    await study.door.restart()
    again = next(id for label, id in buttons(seen.messages[-1]).items() if "again" in label.lower())
    asked = await study.press("ben", again, seen.messages[-1])
    assert asked.form is not None
    assert (await study.submit("ben", {"text": TEXT})).cards
    assert (await kept(study))["ben"] == {"form": TEXT}


async def test_what_is_said_edited_and_deleted_in_the_thread_is_the_answer(study: Town) -> None:
    said = await study.say("chi", "I count the costs & say <so>.", thread(study))
    more = await study.say("chi", "And then measure.", thread(study))
    assert (await kept(study))["chi"] == {said["id"]: "I count the costs & say <so>.", more["id"]: "And then measure."}
    await study.edit("chi", more, "And then measure twice.")
    await study.door.restart()
    await study.delete("chi", said)
    assert (await kept(study))["chi"] == {more["id"]: "And then measure twice."}


@ONLY_WIRE
async def test_talk_in_the_channel_is_nobodys_answer(study: Town) -> None:
    await wire(study).talk_past("chi", study.prep, "Good morning, all.")
    assert await kept(study) == {}


async def test_a_day_is_lived_from_the_question_to_the_feedback(study: Town) -> None:
    for who in ("ana", "ben", "chi"):
        await study.say(who, f"{TEXT} {who}", thread(study))
    await study.advance(hours=25)
    owed = await study.command("ben", "/review mine")
    opened = await study.press(
        "ben", next(id for label, id in buttons(owed.messages[0]).items() if label.startswith("Read"))
    )
    assert TEXT in opened.words
    await study.door.restart()
    id = next(one for one in ids_of(opened.messages[0]) if one.startswith("review.levels"))
    levels = await study.press("ben", id)
    assert levels.form is not None
    await study.submit("ben", {one.id: "3" for one in levels.form.fields})
    words = await study.press("ben", id.replace("review.levels", "review.words"))
    assert words.form is not None
    texts = {
        one.id: "Keep the costs; change the order, please." for one in words.form.fields if isinstance(one, TextField)
    }
    assert (await study.submit("ben", texts)).cards
    await study.advance(hours=50)
    assert all(study.posted("feedback:", study.door.direct(who)) for who in ("ana", "ben", "chi"))


async def test_where_direct_messages_are_closed_the_channel_has_a_button(study: Town) -> None:
    study.door.close_messages("ben")
    for who in ("ana", "ben", "chi"):
        await study.say(who, TEXT, thread(study))
    await study.advance(hours=26)
    notes = study.posted("note:")
    assert notes
    button = ids_of(notes[0])[0]
    await study.door.restart()
    assert (await study.press("ben", button, notes[0])).words
    assert "Not this time" in (await study.press("chi", button, notes[0])).words


async def test_pages_turn_in_place(study: Town) -> None:
    seen = await study.command("ben", "/plan all")
    turns = [id for message in seen.messages for label, id in buttons(message).items() if "page" in label.lower()]
    if turns:
        turned = await study.press("ben", turns[0], seen.messages[0])
        assert [one.how for one in turned.shown] == ["update"]


async def test_a_card_for_one_never_takes_the_place_of_a_message_for_all(study: Town) -> None:
    message, found = study.daily()
    seen = await study.press("ben", found["Hint"], message)
    assert seen.private
    assert [one.how for one in seen.shown] == ["private"]
    assert discord_screen.card(study.daily()[0]) == discord_screen.card(message)


async def test_who_manages_the_channel_may_set_up_and_others_are_not_even_offered_it(hall: Town) -> None:
    with pytest.raises((CannotBeDone, simcord.SetupError)):
        await hall.command("chi", "/group setup")
    assert (await hall.command("ana", "/group setup", hall.other)).form is not None


async def test_names_come_from_discord_and_zones_from_what_people_said(study: Town) -> None:
    def look(work: SqlWork) -> dict[str, str]:
        found = work.groups.here(Place("discord", str(study.server), str(study.prep)))
        assert found is not None
        return {member.name: member.zone for member in work.groups.members(found.id)}

    assert await study.bot.store.run(look) == {"Ana": "Europe/Berlin", "Ben": "Europe/London", "Chi": "Asia/Tokyo",
                                               "Dee": "America/New_York"}  # fmt: skip


async def test_topics_and_questions_complete_themselves(study: Town) -> None:
    topics = await study.complete("ben", "mock ask", "topic", "syst")
    assert "ml-system-design" in topics
    offered = await study.complete("ben", "mock ask", "question", "")
    assert 1 <= len(offered) <= 25
    assert "Mock question" in (await study.command("ben", "/mock", question=offered[0])).words
    assert await study.complete("ben", "mock ask", "topic", "zzzz") == []


async def test_a_mock_in_a_thread_is_a_thread_of_the_channel(study: Town) -> None:
    before = len(study.door.messages(study.prep))
    assert (await study.command("ben", "/mock", where="thread")).cards
    assert len(study.door.messages(study.prep)) == before + 1


@ONLY_WIRE
async def test_a_mock_is_taken_in_direct_messages(study: Town) -> None:
    seen = await study.command("ben", "/mock", study.door.direct("ben"))
    assert "Mock question" in seen.words


@ONLY_WIRE
async def test_nobodys_words_ping_anybody(study: Town) -> None:
    message, found = study.daily()
    owner = wire(study).guild.owner
    await study.press("ben", found["Answer"], message)
    await study.submit(
        "ben", {"text": f"@everyone @here <@{owner}> <@&{study.server}> [us](https://evil.example) & **all**"}
    )
    await study.say("chi", TEXT, thread(study))
    await study.say("ana", TEXT, thread(study))
    await study.advance(hours=30)
    assert wire(study).world.pings == []


@ONLY_WIRE
async def test_an_interaction_that_comes_twice_deals_one_question(study: Town) -> None:
    at = wire(study)
    event = at.client.command(at.people["ben"], at.world.channels[study.prep], "mock ask")
    replies: list[Reply] = []
    handle = at.lodging.ear.handle

    async def overheard(asked: Inbound) -> Reply:
        replies.append(await handle(asked))
        return replies[-1]

    at.lodging.ear.handle = overheard
    await at.send(event)
    await at.stand_in.gateway.tell(event)
    await at.quiet()
    first, second = replies
    assert first == second


def everything(work: SqlWork) -> list[list[Any]]:
    """All rows of all tables."""
    return [list(work._connection.execute(select(table)).all()) for table in metadata.sorted_tables]


@ONLY_WIRE
@pytest.mark.parametrize(
    "verb", ["mock ask", "plan calendar", "progress", "join", "group settings", "resume add", "help"]
)
async def test_a_command_that_two_sessions_hear_is_done_and_answered_once(study: Town, verb: str) -> None:
    """As while shards move from one process to another: each hears all, and whoever comes second says nothing more."""
    at = wire(study)
    at.world.guilds[study.server].ours = 0
    at.world.channels[
        study.prep
    ].denied = OPEN_THREADS  # so that there is something to say to managers below the answer
    await once(study, at.client.command(at.people["ana"], at.world.channels[study.prep], verb))


@ONLY_WIRE
async def test_a_press_and_a_form_that_two_sessions_hear_are_done_and_answered_once(study: Town) -> None:
    at = wire(study)
    ben, prep, [message, buttons] = at.people["ben"], at.world.channels[study.prep], study.daily()
    await once(study, at.client.press(ben, prep, message, buttons["Hint"]))
    await once(study, at.client.press(ben, prep, message, buttons["Answer"]))
    modal = next(one.body for one in reversed(at.stand_in.talk.shown) if one.how == "modal")
    await once(study, at.client.submit(ben, prep, modal, {"text": TEXT}))
    await once(study, at.client.submit(ben, prep, modal, {"text": " "}))


async def once(study: Town, event: Event) -> None:
    at = wire(study)
    first = await at.send(event)
    assert first.shown
    shown, state = len(at.stand_in.talk.shown), await study.bot.store.run(everything)
    await at.stand_in.gateway.tell(event)
    await at.quiet()
    assert len(at.stand_in.talk.shown) == shown
    assert await study.bot.store.run(everything) == state


@ONLY_WIRE
async def test_a_message_that_two_processes_hear_is_one_answer_and_one_word_about_it(study: Town) -> None:
    at = wire(study)
    said = await study.say("dee", TEXT, thread(study))
    words = len(at.messages(at.direct("dee")))
    state = await study.bot.store.run(everything)
    hooks: Any = at.lodging.rest.hooks
    hooks._talk._heard.clear()  # another process knows nothing of what this one heard
    where = at.world.channels[thread(study)]
    at.world.emit("MESSAGE_CREATE", at.world.told(where, said), where.guild)
    await at.tell()
    assert len(at.messages(at.direct("dee"))) == words == 1
    assert await study.bot.store.run(everything) == state


@ONLY_WIRE
async def test_the_bots_own_messages_and_those_of_other_bots_are_nobodys_answer(study: Town) -> None:
    at = wire(study)
    heard = len(at.lodging.ear.heard)
    other = at.world.person("Beep", bot=True)
    at.people["beep"] = other
    await at.talk_past("beep", thread(study), "beep")
    at.people["ours"] = at.world.bot
    await at.talk_past("ours", thread(study), "echo")
    assert len(at.lodging.ear.heard) == heard
