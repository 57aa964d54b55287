"""/mock through the front door: a question that fits, its clock, its price for hints, and when it comes back."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.catalog import Catalog, Question
from bot.core.events import Ask, Command, Person, Place, Press
from bot.core.ui import ActionId, Card
from bot.testing import House, actions, told, words

from .scenes import FIRST_POST, WORDS, asked, filled, give, shown

HOUR = timedelta(hours=1)


def question_of(house: House, card: Card) -> Question:
    """The question that a card asks, or speaks of."""
    (found,) = (one for one in house.catalog.questions.values() if one.title in words(card))
    return found


async def mock(house: House, who: str, wish: str = "") -> tuple[Question, dict[str, ActionId]]:
    """What `/mock` asks, and its buttons."""
    card = shown(await house.command(who, f"/mock {wish}"))
    return question_of(house, card), actions(card)


async def test_a_question_that_is_named_is_asked(day_one: House) -> None:
    wanted = next(one for one in day_one.catalog.questions.values() if one.topic == "llms")
    found, _ = await mock(day_one, "ben", f"question:{wanted.id}")
    assert found == wanted
    found, _ = await mock(day_one, "ben", f"hard coding question:{wanted.id}")  # the name outweighs the wish
    assert found == wanted


async def test_the_question_of_the_day_waits_until_answers_close(day_one: House) -> None:
    daily = day_one.platform.keyed("daily:")[0].card
    today = next(one for one in day_one.catalog.questions.values() if one.title in words(daily))
    said = told(await day_one.command("ben", f"/mock question:{today.id}"))
    assert "question of the day" in said
    await day_one.advance(days=1)
    assert (await mock(day_one, "ben", f"question:{today.id}"))[0] == today


async def answer(house: House, who: str, buttons: dict[str, ActionId], text: str = WORDS) -> dict[str, ActionId]:
    """Answer by the form; the buttons of the last page of the strong answer."""
    form = asked(await house.press(who, buttons["Answer"]))
    kept = actions(shown(await house.submit(who, form.action, {"text": text})))
    assert "Strong answer" in kept
    return actions(shown(await house.press(who, f"rounds.strong:{form.action.arg}/99")))


def returns(reply: str) -> datetime:
    """When an idea comes back, as a card says it."""
    moment = re.search(r"comes back \{t:(\d+)\}", reply)
    assert moment is not None, reply
    return datetime.fromtimestamp(int(moment[1]), FIRST_POST.tzinfo)


async def test_a_question_is_asked_to_one_member_alone_with_its_clock(group: House) -> None:
    card = shown(await group.command("ben", "/mock"))
    question = question_of(group, card)
    assert question.prompt in words(card)
    assert all(group.catalog.stages[stage].name in words(card) for stage in question.stages)
    until = group.clock.now() + timedelta(minutes=question.minutes)
    assert f"{{t:{int(until.timestamp())}}}" in words(card)
    assert question.strong_answer[:80] not in words(card)
    assert group.platform.to("ben") == []


@pytest.mark.parametrize(
    ("wish", "fits"),
    [
        ("hard", lambda one: one.level == "hard"),
        ("llms", lambda one: one.topic == "llms"),
        ("coding", lambda one: one.topic == "coding"),
        ("kind:case", lambda one: one.kind == "case"),
        ("hiring-manager", lambda one: "hiring-manager" in one.stages),
        ("medium statistics case", lambda one: (one.level, one.topic, one.kind) == ("medium", "statistics", "case")),
        ("hard onsite-design", lambda one: one.level == "hard" and "onsite-design" in one.stages),
    ],
)
async def test_a_wish_for_topic_level_kind_and_stage_is_met(
    group: House, wish: str, fits: Callable[[Question], bool]
) -> None:
    for _ in range(3):
        question, _ = await mock(group, "ben", wish)
        assert fits(question)


async def test_where_nothing_fits_the_word_to_leave_out_is_named(group: House) -> None:
    reply = told(await group.command("ben", "/mock recruiter hard behavioural"))
    count = sum(one.topic == "behavioural" and "recruiter" in one.stages for one in group.catalog.questions.values())
    assert f"No question is all of that. Without **hard** there are {count}." in reply
    reply = told(await group.command("ben", "/mock recruiter llms hard kind:coding"))  # two words stand in the way
    assert "Try just a topic, such as /mock fundamentals" in reply


async def test_another_one_is_another_one_until_all_have_been(group: House) -> None:
    families = {one.family for one in group.catalog.questions.values() if one.topic == "coding"}
    asked_of = [(await mock(group, "ben", "coding"))[0].family for _ in families]
    assert set(asked_of) == families
    seen = {(await mock(group, "ben", wish))[0].id for wish in ("", "", "", "thread", "thread")}
    assert len(seen) == 5


async def test_a_question_that_is_open_as_the_question_of_the_day_is_not_asked(group: House) -> None:
    await group.advance(FIRST_POST + HOUR)
    with group.look() as work:
        daily = work.rounds.round(1)
    assert daily is not None
    topic = group.catalog.questions[daily.question].topic
    pool = [one for one in group.catalog.questions.values() if one.topic == topic]
    assert daily.question not in {(await mock(group, "ben", topic))[0].id for _ in pool}


async def test_when_the_clock_runs_out_a_word_comes_and_the_answer_is_still_taken(group: House) -> None:
    question, buttons = await mock(group, "ben")
    await group.advance(minutes=question.minutes - 1)
    assert group.platform.keyed("time-up:") == []
    await group.advance(minutes=1)
    (posting,) = group.platform.keyed("time-up:")
    assert posting.place == group.direct("ben")
    assert posting.card.title == f"Time is up: {question.title}"
    assert "3 Solid" in await answer(group, "ben", actions(posting.card))
    assert "3 Solid" in await answer(group, "ben", buttons, "Changed")


@pytest.mark.parametrize("how", ["answer", "give up"])
async def test_no_clock_rings_for_who_has_answered_or_given_up(group: House, how: str) -> None:
    _, buttons = await mock(group, "ben")
    if how == "answer":
        await answer(group, "ben", buttons)
    else:
        await group.press("ben", buttons["I give up"])
    await group.advance(hours=2)
    assert group.platform.keyed("time-up:") == []


async def test_the_strong_answer_shows_after_answering_and_never_before(group: House) -> None:
    question, buttons = await mock(group, "ben")
    strong = f"rounds.strong:{buttons['Answer'].arg}/1"
    assert "The strong answer is yours once you have answered" in told(await group.press("ben", strong))
    form = asked(await group.press("ben", buttons["Answer"]))
    await group.submit("ben", form.action, filled(form))
    assert question.tests in told(await group.press("ben", strong))


async def test_each_hint_costs_a_level_and_pressing_twice_costs_once(group: House) -> None:
    question, buttons = await mock(group, "ben", "coding")
    assert len(question.hints) >= 2
    hint = shown(await group.press("ben", buttons["Hint"]))
    assert question.hints[0] in words(hint)
    assert question.hints[1] not in words(hint)
    assert "**3 of 4**" in words(hint)
    following = actions(hint)["Next hint (best level then 2)"]
    for _ in range(2):
        hint = shown(await group.press("ben", following))
        assert question.hints[1] in words(hint)
        assert "**2 of 4**" in words(hint)
    levels = await answer(group, "ben", buttons)
    assert [label for label in levels if label[0] in "1234"] == ["1 Not yet", "2 Shaky"]
    round = buttons["Answer"].arg
    assert "With 2 hints the best level is 2" in told(await group.press("ben", f"mock.level:{round}/3"))
    assert "With 2 hints the best level is 2" in told(await group.press("ben", f"mock.level:{round}/0"))
    assert "Level 2" in told(await group.press("ben", levels["2 Shaky"]))
    assert f"This question has {len(question.hints)} hints" in told(
        await group.press("ben", f"rounds.next_hint:{round}/{len(question.hints) + 1}")
    )


async def test_hints_cannot_be_skipped_by_hand_and_are_free_after_the_strong_answer(group: House) -> None:
    question, buttons = await mock(group, "ben", "coding")
    round = buttons["Answer"].arg
    reply = told(await group.press("ben", f"rounds.next_hint:{round}/2"))
    assert question.hints[0] in reply
    assert question.hints[1] not in reply
    await answer(group, "ben", buttons)
    assert question.hints[1] in told(await group.press("ben", f"rounds.next_hint:{round}/2"))
    assert "Level 3" in told(await group.press("ben", f"mock.level:{round}/3"))


async def test_giving_up_opens_the_strong_answer_without_levels_and_the_idea_is_back_the_next_day(group: House) -> None:
    question, buttons = await mock(group, "ben", "llms")  # a topic that the group does not come to tomorrow
    await group.press("ben", buttons["Hint"])
    strong = actions(shown(await group.press("ben", buttons["I give up"])))["Strong answer"]
    assert question.tests in told(await group.press("ben", strong))
    last = shown(await group.press("ben", f"{strong.verb}:{strong.arg.partition('/')[0]}/99"))
    assert not any(action.verb == "mock.level" for action in actions(last).values())
    assert "closed" in told(await group.press("ben", buttons["Answer"]))
    await group.press("ben", buttons["I give up"])  # twice is once
    await group.advance(hours=25)
    again = shown(await group.command("ben", "/mock"))
    assert question_of(group, again).family == question.family
    assert "because you missed it before" in words(again)
    other = shown(await group.press("ben", actions(again)["Another one"]))
    assert question_of(group, other).family != question.family


async def test_giving_up_after_answering_is_refused_and_levelling_before_it_too(group: House) -> None:
    _, buttons = await mock(group, "ben")
    round = buttons["Answer"].arg
    assert "Answer first" in told(await group.press("ben", f"mock.level:{round}/1"))
    await answer(group, "ben", buttons)
    assert "You have answered already" in told(await group.press("ben", buttons["I give up"]))
    await group.press("ben", f"mock.level:{round}/4")
    assert "Level 4" in told(await group.press("ben", f"mock.level:{round}/1"))  # what was said stands


async def test_levels_schedule_the_return_and_seven_days_are_the_most(group: House) -> None:
    gaps = {}
    for level in (1, 3, 4):
        _, buttons = await mock(group, "ben", "llms")
        levels = await answer(group, "ben", buttons)
        (action,) = (action for label, action in levels.items() if label.startswith(f"{level} "))
        gaps[level] = returns(told(await group.press("ben", action))) - group.clock.now()
    assert gaps == {1: timedelta(days=1), 3: timedelta(days=2), 4: timedelta(days=7)}


async def test_what_is_due_comes_first_the_longest_due_before_the_rest(group: House) -> None:
    missed = []
    for topic in ("llms", "behavioural"):
        question, buttons = await mock(group, "ben", topic)
        await group.press("ben", buttons["I give up"])
        missed.append(question.family)
        await group.advance(hours=1)
    await group.advance(days=2)
    progress = told(await group.command("ben", "/progress"))
    assert "Coming back now" in progress
    assert [(await mock(group, "ben"))[0].family for _ in missed] == missed
    assert (await mock(group, "ben"))[0].family not in missed
    assert "New to you." in told(await group.command("chi", "/mock"))  # it was Ben who missed them


async def test_follow_ups_dig_deeper_after_the_answer_and_join_it(group: House) -> None:
    question, buttons = await mock(group, "ben")
    round = buttons["Answer"].arg
    assert "A follow-up comes after your answer" in told(await group.press("ben", f"rounds.follow:{round}/1"))
    form = asked(await group.press("ben", buttons["Answer"]))
    kept = actions(shown(await group.submit("ben", form.action, {"text": WORDS})))
    follow = shown(await group.press("ben", kept["A follow-up question"]))
    assert question.follow_ups[0] in words(follow)
    form = asked(await group.press("ben", actions(follow)["Answer it"]))
    assert form.intro == question.follow_ups[0]
    await group.submit("ben", form.action, {"text": "Deeper still."})
    assert filled(asked(await group.press("ben", actions(follow)["Answer it"]))) == {"text": "Deeper still."}
    with group.look() as work:
        known = work.rounds.round(int(round))
        assert known is not None
        stored = work.rounds.answer_of(known.id, known.member or 0)
    assert stored is not None
    assert stored.text == f"{WORDS}\n\nFollow-up: {question.follow_ups[0]}\nDeeper still."


async def test_a_mock_of_somebody_else_cannot_be_pressed_by_hand(group: House) -> None:
    _, buttons = await mock(group, "ben")
    round = buttons["Answer"].arg
    elsewhere = Place("web", "another workspace", "prep")
    presses = [str(buttons["Answer"]), str(buttons["Hint"]), f"rounds.next_hint:{round}/1", f"rounds.strong:{round}/1"]
    presses += [f"rounds.follow:{round}/1", f"mock.give_up:{round}", f"mock.level:{round}/4", f"mock.close:{round}"]
    group.people["eve"] = Person("eve", "Eve", manages=True)
    for press in presses:
        assert "of your own" in told(await group.press("ana", press))
        assert "not in this study group" in told(await group.press("eve", press))
        assert "no study group here" in told(await group.press("ben", press, elsewhere))
        assert "not here any more" in told(await group.press("ben", press.replace(f":{round}", ":999")))
    reply = told(await group.submit("ana", f"rounds.answer:{round}", {"text": "Not mine to answer, is it?"}))
    assert "of your own" in reply
    assert "Not mine to answer, is it?" in reply
    assert "3 Solid" in await answer(group, "ben", buttons)


async def test_a_private_mock_stays_out_of_the_channel_and_out_of_review(group: House) -> None:
    before = len(group.platform.postings)
    _, buttons = await mock(group, "ben")
    await answer(group, "ben", buttons)
    assert len(group.platform.postings) == before
    await group.advance(days=2)
    assert group.platform.keyed("dealt:") == []
    assert "once answers have closed" in told(await group.press("ben", "review.look:1"))


async def test_in_the_thread_all_answer_and_the_asker_alone_closes(group: House) -> None:
    card = shown(await group.command("ben", "/mock thread llms"))
    (posting,) = group.platform.keyed("mock:")
    question = question_of(group, card)
    assert posting.place == group.channel
    assert posting.parcel.thread == f"Mock: {question.title}"
    assert "{@ben}" in words(posting.card)
    thread, buttons = group.thread(posting), actions(posting.card)
    await group.say("ana", thread, "Said in the open.")
    await give(group, "chi", "Kept for the end.", int(buttons["Answer"].arg))
    assert "Only the one who asked" in told(await group.press("ana", buttons["Close and compare"]))
    assert "belongs to the thread" in told(await group.press("ben", f"mock.give_up:{buttons['Answer'].arg}"))
    assert not any("Kept for the end." in words(one.card) for one in group.platform.to("prep"))
    assert "closes now" in told(await group.press("ben", buttons["Close and compare"]))
    laid = [words(one.card) for one in group.platform.keyed("laid:")]
    assert len(laid) == 1
    assert "Chi's answer" in laid[0]
    assert "Kept for the end." in laid[0]
    (closed,) = group.platform.keyed("closed:")
    assert closed.place == thread
    assert "2 came in" in words(closed.card)
    assert question.tests in told(await group.press("dee", actions(closed.card)["Strong answer"]))
    assert "closed" in told(await group.press("dee", buttons["Answer"]))
    await group.advance(days=1)
    assert group.platform.keyed("dealt:") == []


async def test_a_thread_closes_by_itself_after_four_times_its_minutes(group: House) -> None:
    card = shown(await group.command("ben", "/mock thread"))
    minutes = question_of(group, card).minutes
    await group.advance(minutes=4 * minutes - 1)
    assert group.platform.keyed("closed:") == []
    await group.advance(minutes=1)
    (closed,) = group.platform.keyed("closed:")
    assert "Nobody answered this one" in words(closed.card)
    assert group.platform.keyed("time-up:") == []


async def test_a_command_that_a_platform_sends_twice_asks_once(group: House) -> None:
    command = Command("web:once", group.people["ben"], group.channel, "mock", "thread")
    assert await group.handle(command) == await group.handle(command)
    assert len(group.platform.keyed("mock:")) == 1
    press = Press("web:twice", group.people["ben"], group.channel, ActionId("mock.again"))
    assert await group.handle(press) == await group.handle(press)


async def test_in_direct_messages_the_only_group_is_meant_and_of_several_the_one_active_last(group: House) -> None:
    async def asked_in(place: Place) -> tuple[int, ActionId]:
        action = actions(shown(await group.command("ben", "/mock", place)))["Answer"]
        with group.look() as work:
            round = work.rounds.round(action.number)
        assert round is not None
        return round.group, action

    direct = group.direct("ben")
    assert (await asked_in(direct))[0] == 1
    other = Place("web", "home", "another channel")
    await group.submit("ana", "group.setup:two-weeks", {"zone": "UTC", "post_at": "9", "weekdays": ("0",),
                                                        "start": "today", "pace": "24-24"}, other)  # fmt: skip
    await group.command("ben", "/group join", other)
    assert (await asked_in(direct))[0] == 1
    in_other, answer_there = await asked_in(other)
    assert in_other == 2
    await group.submit("ben", answer_there, {"text": WORDS}, other)
    assert (await asked_in(direct))[0] == 2


async def test_what_the_group_was_asked_comes_after_what_it_was_not(catalog: Catalog) -> None:
    alone = {id: replace(one, family=id) for id, one in catalog.questions.items()}  # no variants that come before
    group = House(replace(catalog, questions=alone))
    await group.set_up()
    await group.advance(FIRST_POST + 25 * HOUR)  # answers to the first question are closed: it may be asked again
    with group.look() as work:
        daily = work.rounds.round(1)
        open_now = {round.question for round in work.rounds.open_daily(1)}
    assert daily is not None
    question = group.catalog.questions[daily.question]
    pool = group.catalog.by_topic[question.topic]
    families = {one.family for one in pool if one.id not in open_now}
    said = [shown(await group.command("ben", f"/mock {question.topic}")) for _ in families]
    assert {question_of(group, card).family for card in said} == families
    assert question_of(group, said[-1]) == question
    told_so = ["Your group had this one; you did not answer it." in words(card) for card in said]
    assert told_so == [False] * (len(families) - 1) + [True]


async def test_who_is_no_member_is_told_the_way_in(house: House) -> None:
    assert "/group setup" in told(await house.command("ben", "/mock"))
    await house.set_up(("ana",))
    assert "/group join" in told(await house.command("ben", "/mock"))


async def test_the_form_of_a_mock_reopens_with_what_was_written(group: House) -> None:
    _, buttons = await mock(group, "ben")
    await answer(group, "ben", buttons, "My first words.")
    reply = await group.press("ben", buttons["Answer"])
    assert isinstance(reply, Ask)
    assert filled(reply.form) == {"text": "My first words."}
