"""/progress through the front door: streaks over everybody's own days, whatever the group's zone, and what adds up."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.catalog import Catalog
from bot.testing import MONDAY, House, told, words

from .scenes import (
    EVERYBODY,
    FIRST_CLOSE,
    FIRST_POST,
    close_first,
    feedback,
    give,
    owed,
    people,
    write_all,
    write_review,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def streak(house: House, who: str) -> int:
    """The streak that `/progress` shows."""
    found = re.search(r"Streak: (\d+) days?", told(await house.command(who, "/progress")))
    assert found is not None
    return int(found[1])


async def answer_daily(house: House, who: str, days: int, at: timedelta) -> list[int]:
    """Answer the question of the day on so many days, each `at` after its post; the streak after each."""
    first, seen = house.clock.now(), []
    for day in range(days):
        await house.advance(first + day * DAY + at)
        await give(house, who, round=day + 1)
        seen.append(await streak(house, who))
    return seen


async def zoned(catalog: Catalog, zone: str, **zones: str) -> House:
    """A group that posts at 08:00 in a zone, at the minute of its first post; the members live in theirs."""
    house = House(catalog, people(**zones), at=MONDAY - 12 * HOUR)
    await house.set_up(tuple(zones), zone=zone)
    while not house.platform.keyed("daily:"):
        await house.advance(hours=1)
    return house


# Up to 24 hours apart.
ZONES = ["Pacific/Honolulu", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Asia/Tokyo", "Pacific/Kiritimati"]


# Hours after the post at 08:00: in the morning, just before midnight, the next dawn.
@pytest.mark.parametrize(
    ("group_zone", "hours"),
    [
        ("Europe/Berlin", 1),
        ("Europe/Berlin", 15.75),
        ("Pacific/Honolulu", 1),
        ("Pacific/Honolulu", 23),
        ("Asia/Tokyo", 15.75),
    ],
)
async def test_whoever_answers_every_day_has_a_day_more_each_day_wherever_they_live(
    catalog: Catalog, group_zone: str, hours: float
) -> None:
    names = ("ana", "ben", "chi", "dee", "eli", "fay")
    house = await zoned(catalog, group_zone, **dict(zip(names, ZONES, strict=True)))
    first = house.clock.now()
    for day in range(3):
        await house.advance(first + day * DAY + hours * HOUR)
        for who in names:
            assert await streak(house, who) == day
            await give(house, who, round=day + 1)
            assert await streak(house, who) == day + 1


async def test_an_evening_answer_that_lands_after_midnight_counts_for_its_day(group: House) -> None:
    await group.advance(FIRST_POST)
    assert await answer_daily(group, "ana", 2, at=17 * HOUR) == [1, 2]  # 01:00 in Berlin
    await group.advance(FIRST_POST + 2 * DAY + HOUR)  # 09:00 of the same day
    await give(group, "ana", round=3)
    assert await streak(group, "ana") == 3
    await group.advance(FIRST_POST + 3 * DAY + 16 * HOUR + HOUR / 2)
    assert await streak(group, "ana") == 3  # the next question is not answered yet, but open


async def test_a_day_that_was_missed_breaks_a_streak_when_it_is_over_and_not_before(group: House) -> None:
    await group.advance(FIRST_POST)
    assert await answer_daily(group, "ana", 2, at=HOUR) == [1, 2]
    await group.advance(FIRST_POST + 3 * DAY - HOUR)  # Thursday 07:00: Wednesday's answers are still open
    assert await streak(group, "ana") == 2
    await group.advance(FIRST_POST + 3 * DAY + HOUR)
    assert await streak(group, "ana") == 0
    await give(group, "ana", round=4)
    assert await streak(group, "ana") == 1


@pytest.mark.parametrize("what", ["/plan done", "mock", "review", "story", "better version", "thread"])
async def test_whatever_a_member_does_counts_for_their_day(group: House, what: str) -> None:
    await group.advance(FIRST_POST)
    if what == "/plan done":
        await group.command("ana", "/plan done")
    elif what == "mock":
        await group.command("ana", "/mock")
        assert await streak(group, "ana") == 0  # looking at a question is not answering it
        await give(group, "ana", round=2)
    elif what == "story":
        await group.submit("ana", "star.save:trade-off", dict.fromkeys(
            ("title", "situation", "task", "action", "result"), "Words"))  # fmt: skip
    elif what == "thread":
        await group.say("ana", group.thread(group.platform.keyed("daily:")[0]), "Here is what I think.")
    elif what == "review":
        await close_first(group, "ben")
        assert await streak(group, "ana") == 0
        await write_all(group, "ana", "chi", "dee")
        who = "ana" if not await owed(group, "ana") else "chi"
        assert await streak(group, who) == 1
        return
    else:
        await close_first(group, "ana")
        await write_all(group, *EVERYBODY)
        await group.advance(FIRST_CLOSE + 10 * HOUR)
        assert "Kept" in told(await group.submit("ana", "review.resubmit:1", {"text": "A better version."}))
        assert await streak(group, "ana") == 2
        return
    assert await streak(group, "ana") == 1


async def test_a_rest_day_waits_and_what_is_done_on_it_counts(group: House) -> None:
    await group.advance(FIRST_POST)
    await answer_daily(group, "ana", 6, at=HOUR)
    await group.advance(FIRST_POST + 7 * DAY + HOUR)
    assert "A day of rest" in words(group.platform.keyed("daily:1:2026-09-06")[0].card)
    assert await streak(group, "ana") == 6
    await give(group, "ana", round=7)  # day 8; the day of rest had no question
    assert await streak(group, "ana") == 7


async def test_leave_and_days_off_freeze_a_streak(group: House) -> None:
    await group.advance(FIRST_POST)
    await answer_daily(group, "ana", 1, at=HOUR)
    await give(group, "ben", round=1)
    await group.command("ben", "/group leave 2026-09-01 2026-09-02")
    await group.advance(FIRST_POST + 3 * DAY + HOUR)
    assert await streak(group, "ben") == 1
    assert await streak(group, "ana") == 0
    await give(group, "ana", round=4)
    await group.command("ana", "/group skip 2026-09-04 2026-09-06")
    await group.advance(FIRST_POST + 7 * DAY + HOUR)
    assert await streak(group, "ana") == 1
    await give(group, "ana", round=5)
    assert await streak(group, "ana") == 2


async def test_a_pause_freezes_all_streaks(group: House) -> None:
    await group.advance(FIRST_POST)
    await answer_daily(group, "ana", 1, at=HOUR)
    await group.command("ana", "/group pause")
    await group.advance(days=5)
    assert await streak(group, "ana") == 1
    await group.command("ana", "/group resume")
    await group.advance(days=1)
    await give(group, "ana", round=2)
    assert await streak(group, "ana") == 2


@pytest.mark.parametrize(
    ("group_zone", "zone"),
    [*(("Europe/Berlin", zone) for zone in ZONES), ("Pacific/Honolulu", "Asia/Tokyo"), ("Pacific/Honolulu", ZONES[-1])],
)
async def test_away_today_under_a_post_saves_the_streak_of_that_post_wherever_one_lives(
    catalog: Catalog, group_zone: str, zone: str
) -> None:
    house = await zoned(catalog, group_zone, ana=group_zone, ben=zone)
    first = house.clock.now()
    for day in range(2):
        await house.advance(first + day * DAY + HOUR)
        await give(house, "ben", round=day + 1)
    await house.advance(first + 2 * DAY + HOUR)
    nominal = house.platform.keyed("daily:")[-1].parcel.key.rpartition(":")[2]
    assert "Enjoy your time away" in told(await house.press("ben", f"group.away:{nominal}"))
    await house.advance(first + 3 * DAY + 2 * HOUR)
    await give(house, "ben", round=4)
    assert await streak(house, "ben") == 3
    await house.advance(first + 6 * DAY + 2 * HOUR)
    assert await streak(house, "ben") == 0


async def test_who_joins_when_it_is_tomorrow_where_they_are_counts_from_the_first_answer(catalog: Catalog) -> None:
    house = await zoned(catalog, "Pacific/Honolulu", ana="Pacific/Honolulu")
    house.people |= people(ana="Pacific/Honolulu", chi="Asia/Tokyo")
    await house.advance(hours=6)  # 14:00 in Honolulu, 09:00 of the next day in Tokyo
    await house.command("chi", "/group join")
    assert await streak(house, "chi") == 0
    await give(house, "chi")
    assert await streak(house, "chi") == 1


async def test_who_joins_late_has_missed_nothing(group: House) -> None:
    await group.advance(FIRST_POST + 3 * DAY)
    group.people |= people(ana="Europe/Berlin", eli="Europe/Berlin")
    await group.command("eli", "/group join")
    await give(group, "eli", round=4)
    assert await streak(group, "eli") == 1


async def test_a_change_of_the_clocks_costs_nobody_a_day(catalog: Catalog) -> None:
    house = House(
        catalog, people(ana="Europe/Berlin", ben="America/New_York"), at=datetime(2026, 10, 22, 4, tzinfo=UTC)
    )
    await house.set_up(("ana", "ben"))
    for day in range(6):  # from 22 to 27 October; summer time ends on the 25th in Berlin, later in New York
        while len(house.platform.keyed("daily:")) <= day:
            await house.advance(hours=1)
        await house.advance(hours=15)
        for who in ("ana", "ben"):
            await give(house, who, round=day + 1)
            assert await streak(house, who) == day + 1


async def test_progress_adds_up_what_was_done(group: House) -> None:
    await close_first(group, "ana", "ben")
    await group.command("ana", "/plan done")
    for review in await owed(group, "ana"):
        await write_review(group, "ana", review)
    text = told(await group.command("ana", "/progress"))
    for fact in ("Answers given: 1", "Reviews written: 1", "Reviews you owe: 0", "Days ticked off: 1 of 2 posted"):
        assert fact in text
    assert "come with your first reviews" in text
    assert "ML fundamentals: 1 of" in text
    assert "nothing is due now" in text


async def test_levels_of_all_reviews_come_together_by_dimension(group: House) -> None:
    await close_first(group, "ana")
    for who in ("ben", "chi", "dee"):
        for review in await owed(group, who):
            await write_review(group, who, review, at=4)
    assert "**3.5** of 4" in feedback(group, "ana")[0]
    text = told(await group.command("ana", "/progress"))
    assert "- Depth of ML fundamentals: **3.5** of 4" in text
    assert ", 1 solid" in text
    assert "come with your first reviews" in told(await group.command("ben", "/progress"))
