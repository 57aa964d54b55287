"""The daily post: one a date at the group's own hour, whatever happens to clocks and machines; and the plan to read."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.bootstrap import Bot, assemble
from bot.catalog import Catalog
from bot.core.errors import DeliveryFailed
from bot.core.events import Ask, Place, Replace, Show
from bot.core.markup import moment
from bot.core.ui import Button, Card, Select
from bot.testing import House, actions, told, words

MISSED = "could not be posted: I was not running"


def posts(house: House) -> dict[str, Card]:
    """Nominal date -> the daily post."""
    return {one.parcel.key.split(":")[2]: one.card for one in house.platform.keyed("daily:")}


def number(card: Card) -> int:
    """Which day of the plan a post is."""
    return int(card.title.split()[1])


async def down_until(house: House, at: datetime) -> None:
    """Nobody runs until then."""
    house.clock.set(at)
    await house.bot.settle()


def restarted(house: House) -> Bot:
    """A new process over the same database and platform."""
    return assemble(house.store, house.catalog, house.clock, {"web": house.platform})


def berlin(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant by Berlin's summer clock; day 1 is Tuesday, 1 September 2026."""
    return datetime(2026, 9, 1, hour, minute, tzinfo=UTC) + timedelta(days=day - 1, hours=-2)


# The post ---------------------------------------------------------------------------------------------------------


async def test_the_days_post_says_goal_tasks_and_question_and_opens_a_thread(day_one: House, catalog: Catalog) -> None:
    [posting] = day_one.platform.keyed("daily:")
    day = catalog.plans["two-weeks"].days[0]
    with day_one.look() as work:
        round = work.rounds.on(1, date(2026, 8, 31))
    assert round is not None
    question = catalog.questions[round.question]
    said = words(posting.card)
    assert posting.card.title == f"Day 1 of 14: {day.title}"
    assert [one for one in (day.goal, *day.tasks, question.title, question.prompt) if one not in said] == []
    assert question.topic in day.topics
    assert posting.parcel.thread == f"Day 1: {question.title}"
    assert moment(berlin(1, 8)) in posting.card.footer
    assert posting.place == day_one.channel


async def test_the_post_has_its_four_buttons_and_its_guides(day_one: House) -> None:
    card = posts(day_one)["2026-08-31"]
    first, guides = card.rows
    assert isinstance(first, tuple)
    assert [(one.label, str(one.action)) for one in first] == [
        ("Answer", "rounds.answer:1"), ("Hint", "rounds.hint:1"),
        ("Done", "plan.done:2026-08-31"), ("Away today", "group.away:2026-08-31"),
    ]  # fmt: skip
    assert isinstance(guides, Select)
    assert [str(one) for one in actions(card).values()].count("plan.guide") == 1


async def test_each_of_fourteen_days_is_posted_once_in_order_and_reads_as_what_it_is(group: House) -> None:
    await group.advance(days=14)
    cards = posts(group)
    assert list(cards) == [(date(2026, 8, 31) + timedelta(days=n)).isoformat() for n in range(14)]
    assert [number(card) for card in cards.values()] == list(range(1, 15))
    rest, light, story = cards["2026-09-06"], cards["2026-09-13"], cards["2026-09-09"]
    assert "**A day of rest.**" in words(rest)
    assert actions(rest) == {}
    assert "Nothing is due today" in rest.footer
    assert "**Light review, no question today.**" in words(light)
    assert [one for one in actions(light) if one != "Read a guide"] == ["Done", "Away today", "What comes back to me"]
    assert "Write a STAR story" in actions(story)
    threads = [one.parcel.thread for one in group.platform.keyed("daily:")]
    assert [n for n, thread in enumerate(threads, start=1) if not thread] == [7, 14]


async def test_every_minute_of_a_day_has_only_one_post(group: House) -> None:
    for _ in range(24 * 4):
        await group.advance(minutes=15)
    assert list(posts(group)) == ["2026-08-31"]


@pytest.mark.parametrize(
    ("zone", "post_at", "start", "instants"),
    [
        # The hour comes twice: the first.
        ("Europe/Berlin", "02:30", "2026-10-24", ["10-24 00:30", "10-25 00:30", "10-26 01:30"]),
        ("America/New_York", "01:30", "2026-10-31", ["10-31 05:30", "11-01 05:30", "11-02 06:30"]),
        # The hour does not come: it moves forward, by half an hour on Lord Howe, past midnight in Scoresbysund.
        ("Europe/Berlin", "02:30", "2026-03-28", ["03-28 01:30", "03-29 01:30", "03-30 00:30"]),
        ("Australia/Lord_Howe", "02:15", "2026-10-03", ["10-02 15:45", "10-03 15:45", "10-04 15:15"]),
        ("America/Scoresbysund", "23:30", "2026-03-27", ["03-28 01:30", "03-29 01:30", "03-30 00:30"]),
        ("Africa/Cairo", "00:00", "2026-04-23", ["04-22 22:00", "04-23 22:00", "04-24 21:00"]),
    ],
)
async def test_a_change_of_the_clocks_neither_doubles_nor_drops_a_post(
    catalog: Catalog, zone: str, post_at: str, start: str, instants: list[str]
) -> None:
    first = date.fromisoformat(start)
    house = House(catalog, at=datetime(2026, first.month, first.day, tzinfo=UTC) - timedelta(days=2))
    await house.set_up(("ana",), zone=zone, post_at=post_at, start=start)
    await house.advance(days=6)
    dates = [first + timedelta(days=n) for n in range(3)]
    with house.look() as work:
        rounds = [work.rounds.on(1, day) for day in dates]
    assert [round.opened.strftime("%m-%d %H:%M") for round in rounds if round] == instants
    assert list(posts(house))[:3] == [day.isoformat() for day in dates]


async def test_answers_close_after_the_hours_that_the_group_chose(house: House) -> None:
    await house.set_up(pace="12-12")
    await house.advance(berlin(0, 19, 59))
    assert house.platform.keyed("closed:") == []
    await house.advance(minutes=1)
    assert len(house.platform.keyed("closed:")) == 1


async def test_the_question_of_the_day_serves_what_a_member_missed(group: House) -> None:
    """Day 2 aims at easy questions; a hard one that somebody gave up on comes all the same."""
    mock = await group.command("ben", "/mock deep-learning hard")
    assert isinstance(mock, Show)
    await group.press("ben", next(one for one in actions(mock.card).values() if one.verb == "mock.give_up"))
    await group.advance(berlin(1, 8))
    with group.look() as work:
        missed, asked = work.rounds.round(1), work.rounds.on(1, date(2026, 9, 1))
    assert missed is not None
    assert asked is not None
    assert asked.question == missed.question


async def test_a_question_that_a_member_met_in_a_mock_is_put_off(day_one: House, catalog: Catalog) -> None:
    with day_one.look() as work:
        first = work.rounds.on(1, date(2026, 8, 31))
    assert first is not None
    question = catalog.questions[first.question]
    house = House(catalog)
    await house.set_up()
    for _ in catalog.by_topic[question.topic]:
        mock = told(await house.command("ben", f"/mock {question.topic} {question.level}"))
        if question.title in mock:
            break
    assert question.title in mock
    await house.advance(hours=1)
    with house.look() as work:
        other = work.rounds.on(1, date(2026, 8, 31))
    assert other is not None
    assert other.question != first.question


async def test_a_day_of_rest_breaks_no_streak(group: House) -> None:
    for at in (berlin(5, 9), berlin(7, 9)):  # days 6 and 8
        await group.advance(at)
        await group.command("ana", "/plan done")
    assert "Streak: 2 days" in told(await group.command("ana", "/progress"))


# After a downtime ---------------------------------------------------------------------------------------------------


async def test_a_start_later_the_same_day_posts_once_and_missed_nothing(group: House) -> None:
    await down_until(group, berlin(0, 23, 59))
    assert list(posts(group)) == ["2026-08-31"]
    assert MISSED not in words(posts(group)["2026-08-31"])
    assert moment(berlin(1, 23, 59)) in posts(group)["2026-08-31"].footer  # a full day to answer all the same


async def test_after_midnight_yesterdays_post_is_never_made_and_the_next_one_says_so(day_one: House) -> None:
    await down_until(day_one, berlin(2, 0, 30))
    assert list(posts(day_one)) == ["2026-08-31"]
    await day_one.advance(berlin(2, 8))
    assert list(posts(day_one)) == ["2026-08-31", "2026-09-02"]
    card = posts(day_one)["2026-09-02"]
    assert number(card) == 3
    assert f"Day 2 {MISSED}. `/plan day 2`" in words(card)


async def test_days_of_downtime_are_caught_up_by_one_post_that_names_the_missed_ones_once(day_one: House) -> None:
    await down_until(day_one, berlin(4, 15))
    assert list(posts(day_one)) == ["2026-08-31", "2026-09-04"]
    assert f"Days 2, 3 and 4 {MISSED}" in words(posts(day_one)["2026-09-04"])
    await day_one.advance(days=1)
    assert number(posts(day_one)["2026-09-05"]) == 6
    assert MISSED not in words(posts(day_one)["2026-09-05"])
    assert "*This day could not be posted.*" in told(await day_one.command("ben", "/plan day 3"))


async def test_a_downtime_over_the_end_celebrates_and_names_the_days_that_were_missed(day_one: House) -> None:
    await day_one.advance(berlin(11, 12))
    await down_until(day_one, berlin(20, 12))
    assert list(posts(day_one))[-1] == "2026-09-11"
    [end] = day_one.platform.keyed("finished:")
    assert "Days 13 and 14 could not be posted" in words(end.card)


async def test_a_restart_and_a_second_process_post_nothing_twice(group: House) -> None:
    group.clock.set(berlin(0, 8))
    await asyncio.gather(group.bot.settle(), restarted(group).settle(), restarted(group).settle())
    group.clock.set(berlin(1, 8))
    await asyncio.gather(*(bot.settle() for bot in (restarted(group), group.bot)))
    assert [one.parcel.key for one in group.platform.keyed("daily:")] == ["daily:1:2026-08-31", "daily:1:2026-09-01"]


# The end, and again -------------------------------------------------------------------------------------------------


async def test_the_end_is_celebrated_once_with_what_the_group_did_in_this_run(group: House) -> None:
    await group.advance(hours=1)
    await group.submit("ben", "rounds.answer:1", {"text": "An answer of the first run."})
    await group.advance(days=14)
    await group.submit("ana", "group.again:1", {"plan": "two-weeks", "start": "tomorrow"})
    await group.advance(days=16)
    first, second = group.platform.keyed("finished:")
    assert "**Two weeks to the interview is complete.** 4 of you gave 1 answer and wrote 0 reviews" in words(first.card)
    assert "4 of you gave 0 answers and wrote 0 reviews" in words(second.card)
    assert list(actions(first.card)) == ["Start again", "My progress"]
    assert len(posts(group)) == 28


async def test_start_again_is_for_those_who_manage_the_channel_and_begins_at_day_1(group: House) -> None:
    await group.advance(days=15)
    button = actions(group.platform.keyed("finished:")[0].card)["Start again"]
    assert "Only people who manage" in told(await group.press("ben", button))
    asked = await group.press("ana", button)
    assert isinstance(asked, Ask)
    await group.submit("ana", asked.form.action, {"plan": "two-weeks", "start": "today"})
    await group.advance(days=1)
    assert number(list(posts(group).values())[-1]) == 1


async def test_no_question_and_no_family_comes_twice_in_two_runs(group: House, catalog: Catalog) -> None:
    await group.advance(days=15)
    await group.submit("ana", "group.again:1", {"plan": "two-weeks", "start": "tomorrow"})
    await group.advance(days=15)
    with group.look() as work:
        asked = work.rounds.asked(1)
    assert len(asked) == 24
    assert len(set(asked)) == 24
    assert len({catalog.questions[id].family for id in asked}) == 24


# To read --------------------------------------------------------------------------------------------------------------


async def test_today_before_the_start_says_when_day_1_comes(group: House) -> None:
    assert "Day 1 comes on **Mon 31 Aug at 08:00**" in told(await group.command("ben", "/plan"))
    await group.command("ana", "/group pause")
    assert "The plan is paused" in told(await group.command("ben", "/plan"))


async def test_today_says_what_is_mine_to_do_and_changes_as_i_do_it(day_one: House) -> None:
    before = await day_one.command("ben", "/plan today")
    await day_one.submit("ben", "rounds.answer:1", {"text": "Bias is what more data cannot mend."})
    after = await day_one.command("ben", "/plan today")
    await day_one.advance(berlin(1, 7, 59))
    late = await day_one.command("ben", "/plan today")
    for reply, said, labels in (
        (before, "You have not answered yet", ["Answer", "Hint", "Done"]),
        (after, "You have answered; you can change it", ["Change my answer", "Hint", "Done", "Strong answer"]),
        (late, "*This is the latest day, of Mon 31 Aug.*", ["Change my answer", "Hint", "Done", "Strong answer"]),
    ):
        assert isinstance(reply, Show)
        assert said in told(reply)
        first = reply.card.rows[0]
        assert isinstance(first, tuple)
        assert [one.label for one in first] == labels
    assert "latest day" not in told(before)


async def test_today_on_a_day_of_rest_says_that_nothing_is_due_and_offers_nothing_to_do(group: House) -> None:
    await group.advance(berlin(6, 9))
    reply = await group.command("ben", "/plan today")
    assert isinstance(reply, Show)
    assert "Day 7 of 14" in told(reply)
    assert "Nothing is due today. Rest is part of the plan." in told(reply)
    assert not {"Answer", "Hint", "Done", "Strong answer"} & actions(reply.card).keys()


async def test_today_after_the_end_says_that_the_plan_is_through_and_what_one_can_still_do(group: House) -> None:
    await group.advance(berlin(14, 9))
    reply = await group.command("ben", "/plan today")
    assert isinstance(reply, Show)
    assert "Two weeks to the interview: you are through" in told(reply)
    assert {label: str(action) for label, action in actions(reply.card).items()} == {
        "A question for me": "mock.again", "See the plan": "plan.all", "Start again": "group.again:1"}  # fmt: skip
    assert "Day 14 of 14" not in told(reply)


async def test_today_while_paused_says_so_and_names_the_latest_day(day_one: House) -> None:
    await day_one.command("ana", "/group pause")
    for _ in range(2):  # on the day itself and later
        said = told(await day_one.command("ben", "/plan today"))
        assert "Day 1 of 14" in said
        assert "*The plan is paused; this is the latest day, of Mon 31 Aug.*" in said
        await day_one.advance(days=2)


async def test_today_tells_who_is_away_that_nothing_is_expected_of_them(day_one: House) -> None:
    await day_one.command("ben", "/group leave today today")
    away = "*You are away today: nothing is expected of you.*"
    assert away in told(await day_one.command("ben", "/plan today"))
    assert away not in told(await day_one.command("chi", "/plan today"))
    await day_one.advance(days=1)
    assert away not in told(await day_one.command("ben", "/plan today"))


async def test_when_answers_are_closed_today_offers_the_strong_answer_and_no_form(day_one: House) -> None:
    await day_one.submit("ana", "group.schedule", {"zone": "Berlin", "post_at": "8", "weekdays": tuple("01235")})
    await day_one.advance(berlin(4, 12))  # a Friday left out: Thursday's answers have closed
    reply = await day_one.command("dee", "/plan today")
    assert isinstance(reply, Show)
    assert "Answers to this question are closed" in told(reply)
    assert "Answer" not in actions(reply.card)
    assert "Strong answer" in actions(reply.card)


async def test_the_whole_plan_shows_dates_posted_days_and_what_i_ticked_off(day_one: House) -> None:
    await day_one.press("ben", "plan.done:2026-08-31")
    await day_one.advance(days=1)
    own, others = told(await day_one.command("ben", "/plan all")), told(await day_one.command("chi", "/plan all"))
    assert "- Mon 31 Aug: **Day 1** Fundamentals I: why models generalise (done)" in own
    assert "- Mon 31 Aug: **Day 1** Fundamentals I: why models generalise (posted)" in others
    assert "- Sun 13 Sep: **Day 14** Light review and sleep" in own
    await day_one.command("ana", "/group pause")
    assert "- **Day 14** Light review and sleep" in told(await day_one.command("ben", "/plan all"))
    assert "the plan is paused; this day waits" in told(await day_one.command("ben", "/plan day 14")).lower()


@pytest.mark.parametrize("text", ["0", "15", "99999", "1000000000"])
async def test_a_day_that_the_plan_has_not_is_refused(day_one: House, text: str) -> None:
    said = told(await day_one.command("ben", f"/plan day {text}"))
    assert "This plan has days 1 to 14" in said or "`number` takes a whole number" in said


async def test_days_are_turned_with_buttons_and_a_coming_days_question_stays_unknown(day_one: House) -> None:
    reply = await day_one.command("ben", "/plan day 1")
    assert isinstance(reply, Show)
    assert list(actions(reply.card))[:1] == ["Day after"]
    question = day_one.platform.keyed("daily:")[0].parcel.thread.removeprefix("Day 1: ")
    assert question in told(reply)
    following = await day_one.press("ben", actions(reply.card)["Day after"])
    assert "Day 2 of 14" in told(following)
    assert "minutes." not in told(following)
    assert "Day 9 of 14" in told(await day_one.choose("ben", "plan.day", "9"))


async def test_done_ticks_off_once_and_counts_for_the_streak_of_the_posts_own_date(day_one: House) -> None:
    await day_one.advance(berlin(1, 1))  # an evening that went past midnight
    button = actions(posts(day_one)["2026-08-31"])["Done"]
    assert "Day 1 is ticked off" in told(await day_one.press("ana", button))
    assert "ticked off already" in told(await day_one.press("ana", button))
    assert "ticked off already" in told(await day_one.command("ana", "/plan done"))
    await day_one.advance(berlin(1, 9))
    await day_one.command("ana", "/plan done")
    assert "Streak: 2 days" in told(await day_one.command("ana", "/progress"))
    assert "Days ticked off: 2 of 2 posted" in told(await day_one.command("ana", "/progress"))


async def test_done_of_an_earlier_run_or_of_no_date_ticks_off_nothing(day_one: House) -> None:
    button = actions(posts(day_one)["2026-08-31"])["Done"]
    await day_one.submit("ana", "group.again:1", {"plan": "two-weeks", "start": "tomorrow"})
    assert "No day has been posted yet" in told(await day_one.command("ben", "/plan done"))
    await day_one.advance(days=1)
    assert "belongs to an earlier run" in told(await day_one.press("ben", button))
    assert "leads nowhere now" in told(await day_one.press("ben", "plan.done:2026-02-31"))
    assert "Days ticked off: 0 of 1" in told(await day_one.command("ben", "/progress"))


async def test_the_guides_of_a_day_open_page_by_page(day_one: House, catalog: Catalog) -> None:
    for id, guide in catalog.guides.items():
        reply = await day_one.choose("ben", "plan.guide", id)
        said = [told(reply)]
        while isinstance(reply, Show | Replace) and (
            turn := [one for one in _buttons(reply.card) if "Next" in one.label]
        ):
            reply = await day_one.press("ben", turn[0].action)
            said.append(told(reply))
        whole = "\n".join(said)
        assert [item for section in guide.sections for item in section.items if item not in whole] == []


def _buttons(card: Card) -> list[Button]:
    return [one for row in card.rows if isinstance(row, tuple) for one in row]


async def test_a_day_whose_post_the_platform_refuses_for_a_while_is_posted_once_when_it_takes_it(group: House) -> None:
    group.platform.lost_answers = 1  # it landed, and the answer was lost
    await group.advance(hours=2)
    assert list(posts(group)) == ["2026-08-31"]
    assert len(group.platform.keyed("daily:")) == 1
    thread = group.thread(group.platform.keyed("daily:")[0])
    assert "Taken as your answer" in told(await group.say("ben", thread, "And the thread is known."))
    assert "Answers given: 1" in told(await group.command("ben", "/progress", Place("web", "home", "prep")))


async def test_a_post_that_no_platform_took_all_day_is_not_posted_later_and_the_next_one_says_so(
    day_one: House,
) -> None:
    day_one.platform.faults += [DeliveryFailed("503", retry_after=3600.0) for _ in range(30)]
    await day_one.advance(berlin(1, 23))
    assert list(posts(day_one)) == ["2026-08-31"]
    await day_one.advance(berlin(2, 6))
    day_one.platform.faults.clear()
    await day_one.advance(berlin(2, 9))
    assert list(posts(day_one)) == ["2026-08-31", "2026-09-02"]
    assert "Day 2 could not be posted" in words(posts(day_one)["2026-09-02"])
    await day_one.advance(berlin(3, 9))
    assert "could not be posted" not in words(posts(day_one)["2026-09-03"])


async def test_a_post_in_doubt_that_had_landed_is_found_even_after_its_day(day_one: House) -> None:
    day_one.platform.lost_answers = 1
    await day_one.advance(berlin(1, 8))
    await down_until(day_one, berlin(2, 1))
    assert [posting.parcel.key for posting in day_one.platform.keyed("daily:")].count("daily:1:2026-09-01") == 1
    await day_one.advance(berlin(2, 9))
    assert "could not be posted" not in words(posts(day_one)["2026-09-02"])
