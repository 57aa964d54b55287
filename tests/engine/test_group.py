"""A study group is set up, steered, joined and left; several live beside each other."""

from datetime import UTC, datetime, time
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalog import Catalog
from bot.core.events import Ask, Fix, Person, Place, Show
from bot.core.ui import AnyOf, TextField
from bot.group.rules import Group
from bot.testing import House, Posting, actions, setup_values, told, words

from .scenes import asked, shown

Typed = dict[str, str | tuple[str, ...]]
ELSEWHERE = Place("web", "home", "evening")
OTHER_TEAM = Place("web", "other-team", "prep")
SCHEDULE: Typed = {"zone": "Europe/Berlin", "post_at": "08:00", "weekdays": tuple("0123456")}
REVIEWING: Typed = {
    "answer_hours": "24", "review_hours": "24", "reviewers": "0", "reviewer_names": "after", "answer_names": "yes"
}  # fmt: skip
MANAGING = ("/group setup", "/group pause", "/group resume", "/group skip")
MANAGING_PRESSES = ("group.setup", "group.schedule", "group.reviewing", "group.pause", "group.resume", "group.again:1")
MANAGING_FORMS: dict[str, Typed] = {
    "group.setup:two-weeks": setup_values(),
    "group.schedule": SCHEDULE | {"post_at": "09:00"},
    "group.reviewing": REVIEWING | {"reviewers": "4"},
    "group.again:1": {"plan": "two-weeks", "start": "tomorrow"},
}


def here(house: House, place: Place | None = None) -> Group:
    """The group of a channel as it is stored."""
    with house.look() as work:
        group = work.groups.here(place or house.channel)
    assert group is not None
    return group


def daily(house: House, channel: str = "prep") -> list[str]:
    """The nominal dates of a channel's daily posts."""
    return [one.parcel.key.split(":")[2] for one in house.platform.to(channel) if one.parcel.key.startswith("daily:")]


def reminders(house: House, who: str) -> list[Posting]:
    """What asks a person for a review."""
    return [one for one in house.platform.to(who) if one.parcel.key.startswith(("dealt:", "remind:", "lapsed:"))]


async def all_answer(house: House, members: str = "ana ben chi dee") -> None:
    """Everyone answers the latest question by the form."""
    action = actions(house.platform.keyed("daily:")[-1].card)["Answer"]
    for who in members.split():
        await house.submit(who, action, {"text": f"What {who} would say."})


# Set up -----------------------------------------------------------------------------------------------------------


async def test_setting_up_asks_one_form_with_the_managers_own_zone_filled_in(house: House) -> None:
    reply = await house.command("ana", "/group setup")
    assert isinstance(reply, Ask)
    filled = {one.id: one.value for one in reply.form.fields if isinstance(one, TextField)}
    assert filled == {"zone": "Europe/Berlin", "post_at": "08:00", "start": "today"}
    assert [one.values for one in reply.form.fields if isinstance(one, AnyOf)] == [tuple("0123456")]


async def test_a_group_that_is_set_up_says_when_day_1_comes_and_invites_its_channel(house: House) -> None:
    reply = await house.submit("ana", "group.setup:two-weeks", setup_values() | {"post_at": "7:30 pm"})
    assert "Day 1 comes on **Mon 31 Aug at 19:30** (Europe/Berlin)" in told(reply)
    [welcome] = house.platform.to("prep")
    assert "we start Mon 31 Aug" in welcome.card.title
    assert "{@ana} set up a study group here" in words(welcome.card)
    assert [str(action) for action in actions(welcome.card).values()] == ["group.join", "plan.all"]
    assert here(house).settings.post_at == time(19, 30)


async def test_a_start_today_whose_hour_has_passed_begins_tomorrow(house: House) -> None:
    reply = await house.submit("ana", "group.setup:two-weeks", setup_values() | {"post_at": "06:59"})
    assert "Day 1 comes on **Tue 1 Sep at 06:59**" in told(reply)


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("zone", "Europe/Berln", "I know no time zone “Europe/Berln”. Write it like Europe/Berlin"),
        ("zone", "", "This one is needed"),
        ("post_at", "25:00", "“25:00” is no hour of the day"),
        ("post_at", "half past eight", "15 characters; 10 fit here"),
        ("start", "2026-08-30", "2026-08-30 has passed; today is 2026-08-31 in Europe/Berlin"),
        ("start", "2027-09-01", "more than a year off"),
        ("start", "31.8.2026", "is no date"),
        ("weekdays", (), "Choose at least one"),
        ("weekdays", ("7",), "Choose among those in the list"),
        ("pace", "1-1", "Choose one of those in the list"),
    ],
)
async def test_a_fault_of_the_form_is_named_at_its_field_and_what_was_typed_stays(
    house: House, field: str, typed: str | tuple[str, ...], sentence: str
) -> None:
    values = setup_values() | {field: typed}
    reply = await house.submit("ana", "group.setup:two-weeks", values)
    assert isinstance(reply, Fix)
    assert list(reply.faults) == [field]
    assert sentence in reply.faults[field]
    assert reply.values == values
    assert house.platform.postings == {}
    assert "There is no study group here yet" in told(await house.command("ana", "/group settings"))


async def test_all_faults_of_the_form_are_named_at_once(house: House) -> None:
    bad: Typed = {"zone": "Atlantis", "post_at": "noon", "start": "2026-01-01", "weekdays": (), "pace": ""}
    reply = await house.submit("ana", "group.setup:two-weeks", bad)
    assert isinstance(reply, Fix)
    assert set(reply.faults) >= {"zone", "post_at", "weekdays", "pace"}


async def test_todays_date_is_the_groups_own_not_utcs(house: House) -> None:
    """At 23:30 in UTC it is tomorrow in Tokyo."""
    await house.advance(datetime(2026, 8, 31, 23, 30, tzinfo=UTC))
    tokyo = setup_values() | {"zone": "Tokyo", "post_at": "09:00", "start": "2026-08-31"}
    assert "2026-08-31 has passed; today is 2026-09-01 in Asia/Tokyo" in told(
        await house.submit("ana", "group.setup:two-weeks", tokyo)
    )
    reply = await house.submit("ana", "group.setup:two-weeks", tokyo | {"start": "today"})
    assert "Day 1 comes on **Tue 1 Sep at 09:00**" in told(reply)


async def test_a_group_lives_in_a_channel_not_in_direct_messages(house: House) -> None:
    for reply in (
        await house.command("ana", "/group setup", house.direct("ana")),
        await house.submit("ana", "group.setup:two-weeks", setup_values(), house.direct("ana")),
    ):
        assert "the channel" in told(reply)
    assert house.platform.postings == {}


async def test_a_channel_has_one_group_and_a_second_setup_changes_nothing(group: House) -> None:
    before = here(group)
    assert "has its study group already" in told(await group.command("ana", "/group setup"))
    again = setup_values() | {"post_at": "21:00"}
    assert "Someone set this group up meanwhile" in told(await group.submit("ana", "group.setup:two-weeks", again))
    assert here(group) == before


# Rights -----------------------------------------------------------------------------------------------------------


async def test_only_those_who_manage_the_channel_may_change_anything(day_one: House) -> None:
    before, posts = here(day_one), len(day_one.platform.postings)
    replies = [await day_one.command("ben", command) for command in MANAGING]
    replies += [await day_one.press("ben", action) for action in MANAGING_PRESSES]
    replies += [await day_one.submit("ben", action, values) for action, values in MANAGING_FORMS.items()]
    assert [told(reply) for reply in replies if "Only people who manage this channel" not in told(reply)] == []
    assert here(day_one) == before
    assert len(day_one.platform.postings) == posts
    await day_one.advance(days=1)
    assert daily(day_one) == ["2026-08-31", "2026-09-01"]


async def test_everyone_sees_the_settings_and_managers_the_ways_to_change_them(group: House) -> None:
    own, others = await group.command("ana", "/group settings"), await group.command("ben", "/group settings")
    assert isinstance(own, Show)
    assert isinstance(others, Show)
    assert [str(action) for action in actions(own.card).values()] == [
        "group.schedule", "group.reviewing", "group.pause", "group.again:1"
    ]  # fmt: skip
    assert actions(others.card) == {}
    for said in ("Daily post: 08:00, every day", "Time zone: Europe/Berlin", "Members: 4"):
        assert said in told(own)
        assert said in told(others)


# Settings -----------------------------------------------------------------------------------------------------------


async def test_a_later_hour_moves_the_next_post_and_never_doubles_todays(day_one: House) -> None:
    reply = await day_one.submit("ana", "group.schedule", SCHEDULE | {"post_at": "20:00"})
    assert "Day 2 comes on **Tue 1 Sep at 20:00**" in told(reply)
    await day_one.advance(datetime(2026, 9, 1, 17, 59, tzinfo=UTC))
    assert daily(day_one) == ["2026-08-31"]
    await day_one.advance(minutes=1)
    assert daily(day_one) == ["2026-08-31", "2026-09-01"]


async def test_weekdays_left_out_are_free_and_the_plan_goes_on_behind_them(day_one: House) -> None:
    await day_one.submit("ana", "group.schedule", SCHEDULE | {"weekdays": ("0", "4", "4")})
    assert "Daily post: 08:00, Monday, Friday" in told(await day_one.command("ben", "/group settings"))
    await day_one.advance(days=8)
    assert daily(day_one) == ["2026-08-31", "2026-09-04", "2026-09-07"]
    assert "Day 3 of 14" in day_one.platform.keyed("daily:")[-1].card.title


@settings(max_examples=15)
@given(
    moves=st.lists(
        st.tuples(
            st.integers(0, 40), st.sampled_from(sorted(available_timezones())), st.integers(0, 23), st.integers(0, 59)
        ),
        max_size=5,
    )
)
async def test_however_zone_and_hour_are_changed_mid_run_each_date_and_each_day_is_posted_once(
    catalog: Catalog, moves: list[tuple[int, str, int, int]]
) -> None:
    house = House(catalog)
    await house.set_up()
    for hours, zone, hour, minute in moves:
        await house.advance(hours=hours)
        await house.submit("ana", "group.schedule", SCHEDULE | {"zone": zone, "post_at": f"{hour}:{minute:02}"})
    await house.advance(days=18)
    posts = house.platform.keyed("daily:")
    assert [one.card.title.split(":")[0] for one in posts] == [f"Day {n} of 14" for n in range(1, 15)]
    assert daily(house) == sorted(set(daily(house)))
    assert not any("could not be posted" in words(one.card) for one in posts)


async def test_a_fault_in_the_schedule_keeps_the_old_one_and_what_was_typed(group: House) -> None:
    values = SCHEDULE | {"zone": "Atlantis", "weekdays": ()}
    reply = await group.submit("ana", "group.schedule", values)
    assert isinstance(reply, Fix)
    assert set(reply.faults) == {"zone", "weekdays"}
    assert reply.values == values
    assert here(group).settings.zone == "Europe/Berlin"


async def test_answers_and_reviews_are_set_by_a_form_of_their_own(group: House) -> None:
    values = {"answer_hours": "12", "review_hours": "48", "reviewers": "1", "reviewer_names": "never",
              "answer_names": "no"}  # fmt: skip
    said = told(await group.submit("ana", "group.reviewing", values))
    for fact in ("Answers close: after 12 hours", "Reviews are due: 48 hours later", "Reviewers for each answer: 1",
                 "Names of reviewers: never shown", "Names on form answers: hidden"):  # fmt: skip
        assert fact in said
    asked = await group.press("ana", "group.reviewing")
    assert isinstance(asked, Ask)
    assert asked.form == asked.form.filled(values)  # the form opens as it was saved


@pytest.mark.parametrize("hours", ["3", "169", "1.5", "a day", "-24"])
async def test_hours_out_of_reason_are_refused_and_nothing_is_saved(group: House, hours: str) -> None:
    before = here(group)
    reply = await group.submit("ana", "group.reviewing", REVIEWING | {"answer_hours": hours, "reviewers": "4"})
    assert isinstance(reply, Fix)
    assert list(reply.faults) == ["answer_hours"]
    assert here(group) == before


# Several groups -----------------------------------------------------------------------------------------------------


async def test_a_second_group_in_another_channel_lives_its_own_life(group: House) -> None:
    evening = setup_values() | {"post_at": "19:00", "weekdays": tuple("01234")}
    await group.submit("ana", "group.setup:two-weeks", evening, ELSEWHERE)
    await group.command("dee", "/group join", ELSEWHERE)
    await group.advance(days=2)
    await group.command("ana", "/group pause", ELSEWHERE)
    await group.command("ana", "/group skip 2026-09-03", group.channel)
    await group.advance(days=3)
    assert daily(group) == ["2026-08-31", "2026-09-01", "2026-09-02", "2026-09-04"]
    assert daily(group, "evening") == ["2026-08-31", "2026-09-01"]
    assert "Members: 2" in told(await group.command("dee", "/group settings", ELSEWHERE))
    assert "You are not in this study group" in told(await group.command("ben", "/plan today", ELSEWHERE))


async def test_in_direct_messages_somebody_of_two_groups_means_the_one_where_they_were_active_last(
    group: House,
) -> None:
    async def hour(who: str) -> str:
        said = told(await group.command(who, "/plan today", group.direct(who)))
        return said.partition(" at ")[2].partition("**")[0]

    assert await hour("ana") == "08:00"
    await group.submit("ana", "group.setup:two-weeks", setup_values() | {"post_at": "19:00"}, ELSEWHERE)
    assert await hour("ana") == "08:00"  # active in neither: the older one
    await group.command("ana", "/mock", ELSEWHERE)
    await group.submit("ana", "rounds.answer:1", {"text": "An answer."}, ELSEWHERE)
    assert await hour("ana") == "19:00"
    assert await hour("ben") == "08:00"


async def test_direct_messages_that_belong_to_no_workspace_stand_for_all_where_one_has_a_seat(day_one: House) -> None:
    nowhere = Place("web", "", "ben", direct=True)
    assert "Day 1" in told(await day_one.command("ben", "/plan today", nowhere))
    assert isinstance(await day_one.press("ben", "rounds.answer:1", nowhere), Ask)
    day_one.people["eve"] = Person("eve", "Eve", zone="UTC")
    stranger = Place("web", "", "eve", direct=True)
    for reply in (
        await day_one.command("eve", "/plan today", stranger),
        await day_one.press("eve", "rounds.answer:1", stranger),
    ):
        assert not isinstance(reply, Ask)
        assert "Day 1" not in told(reply)
    # No channel is without a workspace, and other platforms' direct messages stay their own.
    assert not isinstance(await day_one.press("ben", "rounds.answer:1", Place("web", "", "prep")), Ask)
    assert not isinstance(await day_one.press("ben", "rounds.answer:1", Place("chat", "", "ben", direct=True)), Ask)


async def test_in_direct_messages_review_lists_what_one_owes_to_all_ones_groups(house: House) -> None:
    await house.set_up(("ana", "ben"))
    await house.submit("ana", "group.setup:two-weeks", setup_values() | {"post_at": "09:00"}, ELSEWHERE)
    for who in ("ben", "chi"):
        await house.command(who, "/group join", ELSEWHERE)
    await house.advance(hours=2)
    await house.submit("ana", "rounds.answer:1", {"text": "In the first group."})
    await house.submit("chi", "rounds.answer:2", {"text": "In the second group."}, ELSEWHERE)
    await house.advance(hours=25)

    async def listed(who: str, where: Place) -> list[str]:
        card = shown(await house.command(who, "/review", where))
        return [label for label in actions(card) if label.startswith("Read ")]

    first, second = "Read Ana's answer", "Read Chi's answer"
    assert await listed("ben", house.direct("ben")) == [first, second]  # the one due first first
    assert await listed("ben", house.channel) == [first]
    assert await listed("ben", ELSEWHERE) == [second]
    assert await listed("ana", house.direct("ana")) == [second]
    assert "In the first group." in told(await house.command("ben", "/review next", house.direct("ben")))


async def test_another_groups_ids_pressed_by_hand_open_nothing_and_change_nothing(day_one: House) -> None:
    await day_one.submit("ana", "group.setup:two-weeks", setup_values(), ELSEWHERE)
    before, posts = here(day_one), len(day_one.platform.postings)
    again: Typed = {"plan": "two-weeks", "start": "tomorrow"}
    refusals = {
        "another channel's group": [
            await day_one.press("ana", "group.again:1", ELSEWHERE),
            await day_one.submit("ana", "group.again:1", again, ELSEWHERE),
            await day_one.press("ana", "group.again:1", day_one.direct("ana")),
        ],
        "There is no study group here yet": [
            await day_one.press("ana", "group.again:1", OTHER_TEAM),
            await day_one.submit("ana", "group.again:1", again, OTHER_TEAM),
            await day_one.press("ben", "rounds.answer:1", OTHER_TEAM),
            await day_one.submit("ben", "rounds.answer:1", {"text": "Let me in."}, OTHER_TEAM),
        ],
    }
    for sentence, replies in refusals.items():
        assert [told(reply) for reply in replies if sentence not in told(reply)] == []
    assert (here(day_one), len(day_one.platform.postings)) == (before, posts)


async def test_no_button_pressed_by_hand_breaks_anything(day_one: House) -> None:
    """Every route, with arguments that were never ours, by a member, a manager and a stranger of another team."""
    day_one.people["eve"] = Person("eve", "Eve", zone="Mars/Olympus")
    posts = len(day_one.platform.keyed("daily:"))
    broken = []
    for verb in day_one.bot.routes.presses:
        for arg in ("", ":1", ":x", ":-1", ":0", ":9/9", ":1/999", ":1/2/3", ":99999999999999999999", ":१", ":today"):
            for who, where in (("ben", day_one.channel), ("eve", OTHER_TEAM), ("ana", day_one.direct("ana"))):
                reply = await day_one.press(who, verb + arg, where)
                if "Something broke" in told(reply):
                    broken.append((who, verb + arg))
    assert broken == []
    assert len(day_one.platform.keyed("daily:")) == posts


# Members ------------------------------------------------------------------------------------------------------------


async def test_who_joins_is_welcomed_in_their_own_zone_and_can_name_another(group: House) -> None:
    group.people["eve"] = Person("eve", "*Eve* <!channel>", zone="Asia/Kolkata")
    said = told(await group.command("eve", "/group join"))
    assert r"Welcome, \*Eve\* \<\!channel\>." in said
    assert "Your days are counted in **Asia/Kolkata**" in said
    assert "**America/Sao\\_Paulo**" in told(await group.command("eve", "/group join sao paulo"))
    assert "**America/Sao\\_Paulo**" in told(await group.press("eve", "group.join"))  # pressing again keeps it
    assert "Members: 5" in told(await group.command("eve", "/group settings"))


async def test_a_city_that_is_nowhere_is_answered_with_one_nearby(group: House) -> None:
    said = told(await group.command("ben", "/group join Lisbonn"))
    assert "I know no time zone “Lisbonn”" in said
    assert "Europe/Lisbon" in said


async def test_somebody_without_a_zone_that_exists_counts_days_in_the_groups(group: House) -> None:
    group.people["eve"] = Person("eve", "Eve", zone="Mars/Olympus")
    assert "**Europe/Berlin**" in told(await group.command("eve", "/group join"))


async def test_where_the_platform_tells_no_zone_joining_asks_for_it_once(group: House) -> None:
    group.people["eve"] = Person("eve", "Eve")
    form = asked(await group.press("eve", "group.join"))
    assert [(field.id, getattr(field, "value", "")) for field in form.fields] == [("zone", "Europe/Berlin")]
    wrong = await group.submit("eve", form.action, {"zone": "Lisbonn"})
    assert isinstance(wrong, Fix)
    assert "Europe/Lisbon" in wrong.faults["zone"]
    assert "Members: 4" in told(await group.command("ana", "/group settings"))
    assert "counted in **Europe/Lisbon**" in told(await group.submit("eve", form.action, {"zone": "lisbon"}))
    assert "counted in **Europe/Lisbon**" in told(await group.command("eve", "/group join"))  # not asked again
    group.people["fay"] = Person("fay", "Fay")
    assert "counted in **Asia/Tokyo**" in told(await group.command("fay", "/group join tokyo"))
    elsewhere = await group.submit("eve", form.action, {"zone": "lisbon"}, OTHER_TEAM)
    assert "another place" in told(elsewhere)


async def test_without_a_group_and_without_a_seat_the_way_in_is_said(house: House) -> None:
    for command in ("/group join", "/group leave", "/plan today", "/plan all", "/progress"):
        assert "types /group setup" in told(await house.command("ben", command))
    await house.set_up(("ana",))
    for command in ("/group leave", "/group leave tomorrow", "/plan today", "/plan done", "/progress"):
        assert "Type /group join in its channel" in told(await house.command("ben", command))


async def test_who_leaves_for_good_is_dealt_nothing_and_can_come_back(day_one: House) -> None:
    await all_answer(day_one)
    assert "Goodbye" in told(await day_one.press("dee", "group.quit"))
    place = day_one.thread(day_one.platform.keyed("daily:")[0])
    assert "Your message is not collected" in told(await day_one.say("dee", place, "Am I still heard?"))
    await day_one.advance(days=3)
    assert reminders(day_one, "dee") == []
    assert "Type /group join" in told(await day_one.command("dee", "/plan today"))
    await day_one.command("dee", "/group join")
    assert "Members: 4" in told(await day_one.command("dee", "/group settings"))
    assert "Answers given: 1" in told(await day_one.command("dee", "/progress"))


# Leave --------------------------------------------------------------------------------------------------------------


async def test_leave_without_dates_shows_the_ways_and_what_is_noted(group: House) -> None:
    first = await group.command("ben", "/group leave")
    assert isinstance(first, Show)
    assert list(actions(first.card)) == ["Away today", "Away longer", "Leave the group for good"]
    assert "**Wed 2 Sep to Thu 3 Sep**" in told(await group.command("ben", "/group leave 2026-09-02 2026-09-03"))
    then = await group.command("ben", "/group leave")
    assert isinstance(then, Show)
    assert "You are away Wed 2 Sep to Thu 3 Sep" in told(then)
    assert "I am back" in actions(then.card)
    assert "Welcome back" in told(await group.press("ben", "group.back"))
    assert "You are not away" in told(await group.press("ben", "group.back"))


@pytest.mark.parametrize(
    ("first", "last", "field", "sentence"),
    [
        ("2026-09-03", "2026-09-02", "last", "comes before"),
        ("2026-08-01", "2026-08-30", "last", "has passed already"),
        ("soon", "tomorrow", "first", "is no date"),
        ("today", "2030-01-01", "last", "more than 366 days"),
    ],
)
async def test_a_fault_in_the_leave_form_is_named_and_what_was_typed_stays(
    group: House, first: str, last: str, field: str, sentence: str
) -> None:
    reply = await group.submit("ben", "group.leave", {"first": first, "last": last})
    assert isinstance(reply, Fix)
    assert sentence in reply.faults[field]
    assert reply.values == {"first": first, "last": last}
    assert "You are not away" in told(await group.press("ben", "group.back"))


async def test_away_today_is_the_members_own_day_and_the_posts_where_they_differ(day_one: House) -> None:
    """On Monday at 23:30 in Berlin it is Tuesday in Tokyo; an hour later the post is yesterday's for both."""
    button = actions(day_one.platform.keyed("daily:")[0].card)["Away today"]
    await day_one.advance(datetime(2026, 8, 31, 21, 30, tzinfo=UTC))
    assert "You are away **Mon 31 Aug to Tue 1 Sep**" in told(await day_one.press("chi", button))
    assert "You are away **Mon 31 Aug**" in told(await day_one.press("ben", button))
    await day_one.advance(hours=1)
    assert "You are away **Tue 1 Sep**" in told(await day_one.press("ana", button))
    assert "You are away **Mon 31 Aug**" in told(await day_one.press("dee", button))  # in New York it is still Monday


async def test_who_is_on_leave_is_dealt_nothing_reminded_of_nothing_and_keeps_their_streak(day_one: House) -> None:
    await all_answer(day_one)
    await day_one.submit("ben", "group.leave", {"first": "tomorrow", "last": "2026-09-04"})
    await day_one.advance(datetime(2026, 9, 5, 4, 0, tzinfo=UTC))
    assert reminders(day_one, "ben") == []
    assert reminders(day_one, "chi") != []
    assert "Streak: 1 day" in told(await day_one.command("ben", "/progress"))
    assert "Streak: 0 days" in told(await day_one.command("chi", "/progress"))


async def test_reviews_of_somebody_who_goes_away_pass_on_at_once(day_one: House) -> None:
    await all_answer(day_one)
    await day_one.advance(days=1)
    owed = len(day_one.platform.keyed("dealt:"))
    await day_one.press("ben", "group.away")
    assert "Nothing to review" in told(await day_one.command("ben", "/review"))
    assert len(day_one.platform.keyed("dealt:")) > owed
    await day_one.advance(days=1)
    assert [one.parcel.key for one in day_one.platform.to("ben") if "lapsed" in one.parcel.key] == []


# Pause, resume and days off -----------------------------------------------------------------------------------------


async def test_a_week_after_a_pause_the_next_day_comes_and_none_counts_as_missed(day_one: House) -> None:
    assert "Paused" in told(await day_one.command("ana", "/group pause"))
    assert "**Paused** before day 2" in told(await day_one.command("ben", "/group settings"))
    await day_one.advance(days=7, hours=1)
    assert daily(day_one) == ["2026-08-31"]
    assert "Day 2 comes on **Tue 8 Sep at 08:00**" in told(await day_one.command("ana", "/group resume"))
    await day_one.advance(days=1)
    assert daily(day_one) == ["2026-08-31", "2026-09-08"]
    post = day_one.platform.keyed("daily:")[-1].card
    assert "Day 2 of 14" in post.title
    assert "could not be posted" not in words(post)


async def test_a_pause_keeps_streaks_and_lets_open_answers_close(day_one: House) -> None:
    await all_answer(day_one, "ben chi")
    await day_one.press("ana", "group.pause")
    await day_one.advance(days=5)
    assert len(day_one.platform.keyed("closed:1")) == 1
    assert reminders(day_one, "ben") != []
    assert "Streak: 1 day" in told(await day_one.command("ben", "/progress"))


async def test_pausing_and_resuming_twice_is_refused_and_told_once(group: House) -> None:
    await group.command("ana", "/group pause")
    assert "Nothing is running here" in told(await group.command("ana", "/group pause"))
    await group.command("ana", "/group resume")
    assert "This group is not paused" in told(await group.command("ana", "/group resume"))
    assert [one.card.title for one in group.platform.keyed("notice:")] == ["Paused", "We go on"]


async def test_a_skipped_day_moves_the_plan_and_freezes_streaks(day_one: House) -> None:
    await all_answer(day_one, "ben")
    said = told(await day_one.command("ana", "/group skip"))
    assert "No post Tue 1 Sep. Day 2 comes on **Wed 2 Sep at 08:00**" in said
    assert [one.card.title for one in day_one.platform.keyed("notice:")] == ["Days off"]
    await day_one.advance(datetime(2026, 9, 2, 5, 0, tzinfo=UTC))
    assert daily(day_one) == ["2026-08-31"]
    assert "Streak: 1 day" in told(await day_one.command("ben", "/progress"))
    await day_one.advance(hours=1)
    assert daily(day_one) == ["2026-08-31", "2026-09-02"]
    assert "Day 2 of 14" in day_one.platform.keyed("daily:")[-1].card.title


async def test_on_days_off_nobody_is_dealt_or_reminded_and_the_answers_wait_for_their_reviewers(day_one: House) -> None:
    await all_answer(day_one)
    await day_one.command("ana", "/group skip tomorrow 2026-09-02")
    await day_one.advance(datetime(2026, 9, 2, 21, 59, tzinfo=UTC))
    assert [reminders(day_one, who) for who in ("ana", "ben", "chi", "dee")] == [[], [], [], []]
    assert day_one.platform.keyed("feedback:") == []
    await day_one.advance(hours=24)
    assert [len(reminders(day_one, who)) > 0 for who in ("ana", "ben", "chi", "dee")] == [True] * 4


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("/group skip 2026-08-30", "has passed already"),
        ("/group skip 2026-09-02 2026-09-01", "comes before"),
        ("/group skip today 2028-01-01", "more than 366 days"),
        ("/group skip next monday", "`from` takes a date such as"),
    ],
)
async def test_days_off_that_cannot_be_are_refused(group: House, command: str, sentence: str) -> None:
    assert sentence in told(await group.command("ana", command))
    await group.advance(hours=1)
    assert daily(group) == ["2026-08-31"]


async def test_days_off_upon_days_off_end_in_the_advice_to_pause(group: House) -> None:
    assert "Skipped" in told(await group.command("ana", "/group skip 2026-09-02 2027-09-02"))
    assert "/group pause" in told(await group.command("ana", "/group skip 2027-09-03"))
    await group.advance(days=3)
    assert daily(group) == ["2026-08-31", "2026-09-01"]


async def test_skipping_while_paused_long_past_the_next_date_takes_today_off(day_one: House) -> None:
    await day_one.command("ana", "/group pause")
    await day_one.advance(days=7)
    assert "No post Mon 7 Sep" in told(await day_one.command("ana", "/group skip"))


async def test_nothing_is_skipped_where_no_plan_is_under_way(day_one: House) -> None:
    await day_one.advance(days=15)
    for command in ("/group skip", "/group pause", "/group resume"):
        assert "Not this time" in told(await day_one.command("ana", command))


# Start again --------------------------------------------------------------------------------------------------------


async def test_starting_again_mid_run_begins_at_day_1_and_the_old_run_ends(day_one: House) -> None:
    await day_one.advance(days=2)
    reply = await day_one.submit("ana", "group.again:1", {"plan": "two-weeks", "start": "2026-09-07"})
    assert "Day 1 comes on **Mon 7 Sep at 08:00**" in told(reply)
    await day_one.advance(days=6)
    assert daily(day_one) == ["2026-08-31", "2026-09-01", "2026-09-02", "2026-09-07", "2026-09-08"]
    assert "Day 2 of 14" in day_one.platform.keyed("daily:")[-1].card.title


async def test_starting_again_on_a_date_that_was_posted_keeps_day_1_for_the_next(day_one: House) -> None:
    await day_one.submit("ana", "group.schedule", SCHEDULE | {"post_at": "20:00"})
    reply = await day_one.submit("ana", "group.again:1", {"plan": "two-weeks", "start": "today"})
    assert "Day 1 comes on **Tue 1 Sep at 20:00**" in told(reply)
    await day_one.advance(days=2)
    assert [one.card.title.split(":")[0] for one in day_one.platform.keyed("daily:")] == ["Day 1 of 14"] * 2
    assert daily(day_one) == ["2026-08-31", "2026-09-01"]


async def test_a_start_in_the_past_or_of_no_plan_keeps_the_run_that_is(day_one: House) -> None:
    reply = await day_one.submit("ana", "group.again:1", {"plan": "three-weeks", "start": "2026-08-30"})
    assert isinstance(reply, Fix)
    assert set(reply.faults) == {"plan", "start"}
    await day_one.advance(days=1)
    assert "Day 2 of 14" in day_one.platform.keyed("daily:")[-1].card.title
