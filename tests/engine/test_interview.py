"""/interview through the front door: told, reminded of, prepared for, moved, cancelled, and passed on to the group."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.events import Fix, Person, Place, Replace, Show
from bot.core.ui import AnyOf, Prose, Said, TextField, Values
from bot.interview.rules import MOST_ASKED, MOST_COMING
from bot.testing import House, actions, told, words

from .scenes import add, asked, filled, sent, shown, tell

AT = datetime(2026, 9, 10, 12, 0, tzinfo=UTC)  # 14:00 in Berlin
HOUR = timedelta(hours=1)


def reminded(house: House) -> list[str]:
    """Which reminders came, in their order."""
    return [posting.parcel.key.rpartition(":")[2] for posting in house.platform.keyed("interview:")]


# Told, shown, listed -------------------------------------------------------------------------------------------------


async def test_an_interview_is_told_and_counted_down_to(group: House) -> None:
    form = asked(await group.command("ana", "/interview add onsite-design Acme Corp"))
    assert {field.id: field.value for field in form.fields if isinstance(field, TextField)} == {
        "company": "Acme Corp", "role": "", "when": "", "zone": "Europe/Berlin"}  # fmt: skip
    card = shown(await add(group, "ana"))
    assert card.title == "Onsite: ML system design at Acme"
    for part in ("in 10 days", "ML engineer", "What this stage asks", "They look for", "0 of 8 ticked"):
        assert part in words(card)
    assert "ML system design at Acme** in 10 days" in told(await group.command("ana", "/interview"))
    assert card.title == shown(await group.command("ana", "/interview next")).title
    assert "in 10 days" in told(await group.command("ana", "/progress"))


async def test_an_hour_is_told_in_another_zone_and_shown_in_both(group: House) -> None:
    card = shown(await add(group, "ana", when="2026-09-10 08:00", zone="New York"))
    assert f"{{t:{int(AT.timestamp())}}} (told as 08:00 in America/New\\_York)" in words(card)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("when", "2026-08-30 14:00", "That has passed"),
        ("when", "next week", "no date"),
        ("when", "2026-09-10", "the day and the hour"),
        ("when", "2026-09-10 29:00", "no hour of the day"),
        ("zone", "Atlantis", "no time zone"),
        ("company", "", "needed"),
        ("company", "x" * 61, "Shorten it by 1"),
        ("stage", "lunch", "in the list"),
        ("stage", "", "Choose one"),
    ],
)
async def test_what_cannot_be_is_told_at_its_field_and_nothing_typed_is_lost(
    group: House, field: str, value: str, sentence: str
) -> None:
    reply = await add(group, "ana", **{field: value})
    assert isinstance(reply, Fix)
    assert sentence in reply.faults[field]
    assert reply.values["role"] == "ML engineer"
    assert "No interview is ahead" in told(await group.command("ana", "/interview"))


async def test_two_at_once_is_refused_with_the_one_that_is_there(group: House) -> None:
    await add(group, "ana", company="Acme <b>")
    for hour in ("14:00", "14:59", "13:31"):
        reply = await add(group, "ana", stage="recruiter", when=f"2026-09-10 {hour}")
        assert isinstance(reply, Fix)
        assert "Onsite: ML system design at Acme <b>, Thu 10 Sep 14:00" in reply.faults["when"]
    assert isinstance(await add(group, "ana", when="2026-09-10 15:00"), Show)
    assert isinstance(await add(group, "ben", when="2026-09-10 13:00"), Show)


async def test_nobody_has_more_interviews_than_can_be_prepared(group: House) -> None:
    for number in range(MOST_COMING):
        assert isinstance(
            await add(group, "ana", when=f"2026-10-{1 + number % 28:02} {8 + 2 * (number // 28)}:00"), Show
        )
    assert "more than anyone can prepare" in told(await add(group, "ana", when="2026-11-11 10:00"))


async def test_numbers_of_the_list_lead_to_interviews(group: House) -> None:
    await add(group, "ana", company="Late", when="2026-09-20 14:00")
    await add(group, "ana", company="Early")
    listed = told(await group.command("ana", "/interview list"))
    assert re.search(r"1\. .* at Early\*\*.*\n2\. .* at Late\*\*", listed)
    assert "at Late" in asked(await group.command("ana", "/interview move 2")).intro
    assert "at Early" in asked(await group.command("ana", "/interview move")).intro
    for number in ("3", "0", "999999999"):
        assert "1 to 2" in told(await group.command("ana", f"/interview plan {number}"))


# Reminders -----------------------------------------------------------------------------------------------------------


async def test_reminders_come_a_week_a_day_an_hour_and_ten_minutes_before_and_then_a_question(group: House) -> None:
    await add(group, "ana")
    for at, came in (
        (AT - timedelta(days=7), ["week"]),
        (AT - timedelta(days=1), ["week", "day"]),
        (AT - HOUR, ["week", "day", "hour"]),
        (AT - timedelta(minutes=10), ["week", "day", "hour", "minutes"]),
    ):
        await group.advance(at - timedelta(seconds=1))
        assert reminded(group) == came[:-1]
        await group.advance(at)
        assert reminded(group) == came
    await group.advance(AT + HOUR)
    assert sent(group, "interview-after:") == ["ana"]
    assert sent(group, "interview:") == ["ana"] * 4
    for posting, left in zip(
        group.platform.keyed("interview:"), ("in 7 days", "tomorrow", "in 60 minutes", "in 10 m"), strict=True
    ):
        assert left in words(posting.card)


async def test_a_week_before_is_counted_in_the_members_own_zone_and_wakes_nobody(group: House) -> None:
    await add(group, "chi", when="2026-09-10 05:00")  # Tokyo
    await group.advance(datetime(2026, 9, 2, 22, 59, tzinfo=UTC))
    assert reminded(group) == []
    await group.advance(datetime(2026, 9, 2, 23, 0, tzinfo=UTC))  # 08:00 on the 3rd
    assert reminded(group) == ["week"]


async def test_what_is_too_near_for_a_week_reminds_from_the_next_on(group: House) -> None:
    await add(group, "ana", when="tomorrow 14:00")
    await group.advance(days=3)
    assert reminded(group) == ["day", "hour", "minutes"] or reminded(group) == ["hour", "minutes"]
    assert "week" not in reminded(group)


async def test_a_cancelled_one_is_silent_and_one_taken_back_in_is_not(group: House) -> None:
    await add(group, "ana")
    card = shown(await group.command("ana", "/interview cancel"))
    await group.advance(AT - timedelta(days=2))
    assert reminded(group) == []
    assert "None is ahead" in told(await group.command("ana", "/interview next"))
    await group.press("ana", actions(card)["It takes place after all"])
    await group.advance(AT)
    assert reminded(group) == ["day", "hour", "minutes"]


async def test_a_moved_one_reminds_of_its_new_hour_alone(group: House) -> None:
    await add(group, "ana")
    await group.advance(AT - timedelta(days=7))
    reply = await group.submit("ana", "interview.move:1", {"when": "2026-09-20 14:00", "zone": "Europe/Berlin"})
    assert "Moved." in told(reply)
    await group.advance(AT + HOUR)
    assert reminded(group) == ["week"]
    await group.advance(AT + timedelta(days=10))
    assert reminded(group) == ["week", "week", "day", "hour", "minutes"]
    keys = [posting.parcel.key for posting in group.platform.keyed("interview:")]
    assert len(set(keys)) == len(keys)


async def test_moving_keeps_what_was_typed_where_it_cannot_be(group: House) -> None:
    await add(group, "ana")
    reply = await group.submit("ana", "interview.move:1", {"when": "yesterday 9", "zone": "Lisbon"})
    assert isinstance(reply, Fix)
    assert reply.values == {"when": "yesterday 9", "zone": "Lisbon"}
    same = await group.submit("ana", "interview.move:1", {"when": "2026-09-10 14:00", "zone": "Europe/Berlin"})
    assert "has already" in told(same)


async def test_who_is_away_or_has_left_is_not_reminded(group: House) -> None:
    await add(group, "ana")
    await add(group, "ben")
    await group.command("ana", "/group leave 2026-09-09 2026-09-10")
    await group.press("ben", "group.quit")
    assert "You are away on that day" in told(await add(group, "ana", when="2026-09-09 18:00", company="Other"))
    await group.advance(AT + 2 * HOUR)
    assert sent(group, "interview:") == ["ana"] * 3  # of both a week before, and of the other on the eve of the leave
    assert sent(group, "interview-after:") == []


async def test_after_a_long_silence_of_ours_only_the_latest_word_comes_with_the_time_that_is_left(group: House) -> None:
    await add(group, "ana")
    group.clock.set(AT - timedelta(minutes=40))
    await group.bot.settle()
    assert reminded(group) == ["hour"]
    assert "in 40 minutes" in words(group.platform.keyed("interview:")[0].card)


async def test_a_reminder_that_no_platform_took_in_time_is_not_sent_late(group: House) -> None:
    await add(group, "ana")
    await group.advance(AT - HOUR)
    keys = {posting.parcel.key for posting in group.platform.keyed("interview:")}
    with group.look() as work:
        until = {row.key: row.until for row in work._connection.exec_driver_sql(
            "SELECT key, until FROM deliveries WHERE key LIKE 'interview:%'")}  # fmt: skip
    assert keys == set(until)
    assert all(until.values())


# Preparing -----------------------------------------------------------------------------------------------------------


async def test_a_plan_is_fitted_to_the_days_left(group: House) -> None:
    await add(group, "ana", when="2026-09-03 14:00")
    await add(group, "ana", when="2026-09-20 14:00")
    short, long = [told(await group.command("ana", f"/interview plan {number}")) for number in (1, 2)]
    assert "3 days left** before" in short
    assert "Left out on purpose" in short
    assert "20 days left** before" in long
    assert "Left out on purpose" not in long


async def test_a_long_plan_is_turned_page_by_page(group: House) -> None:
    await add(group, "ana", when="2026-09-20 14:00")
    card = shown(await group.command("ana", "/interview plan"))
    read = [words(card)]
    while "turn_plan" in (
        turn := next((str(one) for name, one in actions(card).items() if name.startswith("Next")), "")
    ):
        reply = await group.press("ana", turn)
        assert isinstance(reply, Replace)
        card = reply.card
        read.append(words(card))
    assert len(read) > 1
    assert "Sun 20 Sep, the day" in read[-1]


async def test_a_plan_leaves_the_days_of_ones_leave_free(group: House) -> None:
    await add(group, "ana", when="2026-09-05 14:00")
    await group.command("ana", "/group leave 2026-09-02 2026-09-03")
    assert told(await group.command("ana", "/interview plan")).count("you are away. Nothing.") == 2


async def test_the_research_sheet_is_filled_in_parts_and_kept(group: House) -> None:
    await add(group, "ana")
    form = asked(await group.press("ana", "interview.fill:1/1"))
    first = form.fields[0].id
    reply = await group.submit("ana", form.action, filled(form, **{first: "Sellers & <b> *pay*"}))
    assert "3 of 7 lines are still empty" in told(reply)
    assert "interview.fill:1/2" in {str(one) for one in actions(shown(reply)).values()}
    page = shown(await group.command("ana", "/interview research"))
    assert Said("Sellers & <b> *pay*") in page.body
    again = asked(await group.press("ana", "interview.fill:1/1"))
    assert isinstance(again.fields[0], TextField)
    assert again.fields[0].value == "Sellers & <b> *pay*"
    assert "4 of 7" in told(await group.submit("ana", form.action, filled(form, **{first: " "})))


async def test_boxes_are_ticked_and_stay_so(group: House) -> None:
    await add(group, "ana")
    form = asked(await group.press("ana", "interview.tick:1"))
    (field,) = form.fields
    assert isinstance(field, AnyOf)
    reply = await group.submit("ana", form.action, {"boxes": tuple(one.value for one in field.choices[:3])})
    assert told(reply).count("Done:") == 3
    assert "3 of 8 ticked" in told(await group.command("ana", "/interview checklist"))
    assert "3 of 8 ticked" in told(await group.command("ana", "/interview next"))


@pytest.mark.parametrize(
    ("stage", "whom"), [("recruiter", "recruiter"), ("hiring-manager", "manager"), ("onsite-coding", "engineer")]
)
async def test_questions_to_ask_are_in_the_words_for_whom_one_meets(group: House, stage: str, whom: str) -> None:
    await add(group, "ana", stage=stage)
    card = shown(await group.command("ana", "/interview questions"))
    assert words(card).count(f"To a{'n' if whom == 'engineer' else ''} {whom}") >= 4
    guide = next(one for one in group.catalog.guides if one.startswith("ask-"))
    assert group.catalog.guides[guide].title in told(await group.choose("ana", "plan.guide", guide))


async def test_a_calendar_file_has_every_interview_that_is_ahead(group: House) -> None:
    assert "nothing for a calendar" in told(await group.command("ana", "/interview calendar"))
    await add(group, "ana", company="Acme, Inc; & co")
    await add(group, "ana", when="2026-09-11 14:00")
    await group.submit("ana", "interview.move:1", {"when": "2026-09-12 14:00", "zone": "Europe/Berlin"})
    await add(group, "ben", company="Secret")
    file = shown(await group.command("ana", "/interview calendar")).file
    assert file is not None
    assert file.text.count("BEGIN:VEVENT") == 2
    assert "SUMMARY:Onsite: ML system design at Acme\\, Inc\\; & co" in file.text
    assert "SEQUENCE:1" in file.text
    assert "DTSTART:20260912T120000Z" in file.text
    assert "Secret" not in file.text
    one = shown(await group.press("ana", "interview.file:2")).file
    assert one is not None
    assert one.text.count("BEGIN:VEVENT") == 1


async def test_the_plan_of_the_group_is_a_calendar_file_too(group: House) -> None:
    await group.advance(hours=1)
    card = shown(await group.command("ben", "/plan calendar"))
    assert card.file is not None
    assert card.file.text.count("BEGIN:VEVENT") == 13  # day 1 is posted
    assert "DTSTART;VALUE=DATE:20260901" in card.file.text


# Practice leans ------------------------------------------------------------------------------------------------------


async def test_mock_leans_to_the_stage_of_a_near_interview_and_says_so(group: House) -> None:
    await add(group, "ben", stage="onsite-coding", when="2026-09-12 14:00")
    assert "interview is near" not in told(await group.command("ben", "/mock"))
    await group.advance(datetime(2026, 9, 6, 12, 0, tzinfo=UTC))
    for _ in range(3):
        assert "Your Onsite: coding interview is near." in told(await group.command("ben", "/mock"))
    assert "interview is near" not in told(await group.command("ben", "/mock behavioural"))
    assert "interview is near" not in told(await group.command("dee", "/mock"))


async def test_the_question_of_the_day_leans_to_the_interviews_of_its_members(group: House) -> None:
    day = group.catalog.plans["two-weeks"].days[0]
    topics = set(day.topics)
    stages = {stage for topic in topics for one in group.catalog.by_topic[topic] for stage in one.stages}
    wanted = min(
        stages, key=lambda stage: sum(stage in one.stages for topic in topics for one in group.catalog.by_topic[topic])
    )
    await add(group, "ben", stage=wanted, when="2026-09-03 14:00")
    await group.advance(hours=1)
    with group.look() as work:
        round = work.rounds.round(1)
    assert round is not None
    assert wanted in group.catalog.questions[round.question].stages


async def test_what_was_missed_comes_back_before_the_interview(group: House) -> None:
    async def due() -> datetime:
        with group.look() as work:
            [recall] = [one for one in work.recall.memory(2).values() if one.due is not None]
        assert recall.due is not None
        return recall.due

    card = shown(await group.command("ben", "/mock"))
    round = actions(card)["Answer"].arg
    await group.submit("ben", f"rounds.answer:{round}", {"text": "A baseline, then the metric."})
    await group.press("ben", f"mock.level:{round}/4")
    now = group.clock.now()
    assert await due() == now + timedelta(days=7)
    await add(group, "ben", when="2026-09-05 14:00")
    at = datetime(2026, 9, 5, 13, 0, tzinfo=UTC)  # London
    assert await due() == now + (at - now) / 2


async def test_a_level_given_before_an_interview_comes_back_in_half_the_time_that_is_left(group: House) -> None:
    await add(group, "ben", when="2026-09-03 14:00")
    card = shown(await group.command("ben", "/mock"))
    round = actions(card)["Answer"].arg
    await group.submit("ben", f"rounds.answer:{round}", {"text": "A baseline, then the metric."})
    await group.press("ben", f"mock.level:{round}/4")
    now = group.clock.now()
    with group.look() as work:
        [due] = [one.due for one in work.recall.memory(2).values() if one.level]
    assert due == now + (datetime(2026, 9, 3, 13, 0, tzinfo=UTC) - now) / 2


# Afterwards ----------------------------------------------------------------------------------------------------------

HARM = "Rank sellers <!channel> @all {@ben} **now**\n- and `why`"


async def test_what_was_asked_becomes_a_question_of_the_group_in_the_authors_words_to_the_letter(group: House) -> None:
    await add(group, "ana", company="Acme")
    await tell(group, "ana", asked=HARM, share="name")
    [posting] = group.platform.keyed("passed-on:")
    assert posting.place == group.channel
    assert Said(HARM) in posting.card.body
    assert "{@ana}" in words(posting.card)
    assert "Acme" not in words(posting.card)
    card = shown(await group.press("ben", actions(posting.card)["Try it"]))
    asks = "\n".join(part.text for part in card.body if isinstance(part, Prose))
    assert "One of you was asked this in a real interview." in asks
    assert "**now**" not in asks.partition("Walk from the problem")[2]
    assert "{@ben}" not in asks


async def test_mock_asks_it_of_everybody_else_before_other_new_questions_and_it_lives_like_any_other(
    group: House,
) -> None:
    await add(group, "ana")
    await tell(group, "ana")
    card = shown(await group.command("ben", "/mock"))
    assert "Design a feed for sellers" in words(card)
    assert "Design a feed for sellers" not in told(await group.command("ana", "/mock"))
    assert "Design a feed for sellers" not in told(await group.command("chi", "/mock coding"))
    round = actions(card)["Answer"].arg
    assert "Hint 1 of 2" in told(await group.press("ben", f"rounds.hint:{round}"))
    await group.submit("ben", f"rounds.answer:{round}", {"text": "First the decision that it serves."})
    strong = told(await group.press("ben", f"rounds.strong:{round}/1"))
    assert "asked in a real interview" in strong
    assert "Common mistakes" not in strong
    assert "Follow-up 1 of 2" in told(await group.press("ben", f"rounds.follow:{round}/1"))
    assert "Level 3" in told(await group.press("ben", f"mock.level:{round}/3"))
    assert "Design a feed for sellers" not in told(await group.command("ben", "/mock"))
    await group.advance(days=8)
    assert "Design a feed for sellers" in told(await group.command("ben", "/mock"))


async def test_a_question_never_leaves_its_group(group: House) -> None:
    other = Place("web", "home", "other")
    group.people["eve"] = Person("eve", "Eve", manages=True, zone="UTC")
    await add(group, "ana")
    await tell(group, "ana")
    await group.submit("eve", "group.setup:two-weeks", {"zone": "UTC", "post_at": "08:00", "weekdays": tuple("0123456"),
                                                       "start": "today", "pace": "24-24"}, other)  # fmt: skip
    await group.command("ben", "/group join", other)
    for who in ("eve", "ben"):
        assert "Design a feed for sellers" not in told(await group.command(who, "/mock design", other))
        assert "not among your group's own" in told(await group.press(who, "mock.own:1", other))
    card = shown(await group.command("ben", "/mock"))
    round = actions(card)["Answer"].arg
    assert "study group" in told(await group.press("eve", f"rounds.strong:{round}/1", other))


async def test_without_a_name_nothing_tells_whose_it_is_and_unshared_stays_ones_own(group: House) -> None:
    await add(group, "ana")
    await tell(group, "ana", share="group")
    await tell(group, "ana", share="no", asked="What salary do you want?")
    [posting] = group.platform.keyed("passed-on:")
    assert "ana" not in words(posting.card).lower()
    assert "salary" not in told(await group.command("ben", "/mock behavioural"))
    card = told(await group.press("ana", "interview.open:1"))
    assert "salary" in card
    assert "it felt fine" in card


async def test_a_shared_question_is_taken_back(group: House) -> None:
    await add(group, "ana")
    card = shown(await tell(group, "ana"))
    assert "not among yours" in told(await group.press("ben", "interview.take_back:1"))
    await group.press("ana", actions(card)["Take question 1 back"])
    [posting] = group.platform.keyed("passed-on:1")
    assert "taken it back" in words(posting.card)
    assert "Design a feed for sellers" not in told(await group.command("ben", "/mock"))
    assert "not among your group's own" in told(await group.press("ben", "mock.own:1"))


async def test_nothing_to_share_and_too_much_are_told_with_what_was_typed(group: House) -> None:
    await add(group, "ana")
    for text, sentence in (("", "nothing to share"), ("x" * 5_000, "Shorten it by 3,800")):
        reply = await tell(group, "ana", asked=text)
        assert isinstance(reply, Fix)
        assert sentence in reply.faults["asked"]
        assert reply.values["asked"] == text
    assert isinstance(await tell(group, "ana", asked="", share="no"), Show)
    assert isinstance(await tell(group, "ana", asked="*_`<&>" * 200), Show)
    assert r"\<\&\>" in told(await group.command("ben", "/mock design"))
    for _ in range(MOST_ASKED - 1):
        await tell(group, "ana", share="no")
    assert f"told {MOST_ASKED} questions" in told(await tell(group, "ana"))


async def test_what_is_told_ends_the_countdown(group: House) -> None:
    await add(group, "ana")
    await tell(group, "ana")
    await group.advance(AT + 2 * HOUR)
    assert reminded(group) == []
    assert sent(group, "interview-after:") == []
    assert "told already" in told(await group.press("ana", "interview.plan:1/1"))
    assert "Over" in told(await group.command("ana", "/interview"))


# Nobody else's -------------------------------------------------------------------------------------------------------

PRESSES = ("open:1", "move:1", "cancel:1", "revive:1", "done:1", "plan:1/1", "turn_plan:1/1", "sheet:1/1", "turn_sheet:1/1",
           "fill:1/1", "questions:1", "boxes:1", "tick:1", "file:1")  # fmt: skip


@pytest.mark.parametrize("press", PRESSES)
async def test_an_interview_is_its_members_alone(group: House, press: str) -> None:
    await add(group, "ana", company="Secret Co")
    assert told(await group.press("ben", f"interview.{press}")) == told(await group.press("ben", "interview.open:999"))
    elsewhere = Place("web", "elsewhere", "prep")
    assert "Secret" not in told(await group.press("ana", f"interview.{press}", elsewhere))


@pytest.mark.parametrize("submit", ["move:1", "done:1", "fill:1/1", "tick:1"])
async def test_nobody_changes_anothers_interview(group: House, submit: str) -> None:
    await add(group, "ana")
    before = told(await group.command("ana", "/interview next"))
    values: Values = {"when": "2026-09-12 14:00", "zone": "UTC", "asked": "x", "kind": "design", "level": "hard",
                      "felt": "bad", "share": "name", "line_1": "x", "boxes": ()}  # fmt: skip
    assert "not among yours" in told(await group.submit("ben", f"interview.{submit}", values))
    assert told(await group.command("ana", "/interview next")) == before
    assert group.platform.keyed("passed-on:") == []


async def test_a_stranger_is_told_the_way_in(house: House) -> None:
    await house.set_up(("ana",))
    assert "/group join" in told(await house.command("ben", "/interview"))
    assert "/group join" in told(await add(house, "ben"))


async def test_words_of_a_company_are_drawn_to_the_letter(group: House) -> None:
    card = shown(await add(group, "ana", company="*A* {@ben} <!here>", role="`x` **y**"))
    assert card.title.endswith("*A* {@ben} <!here>")
    listed = told(await group.command("ana", "/interview"))
    assert "{@ben}" not in listed
    assert "**y**" not in words(card)
