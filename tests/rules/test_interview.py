"""When an interview is, when to remind of it, what is near, and how a question that was asked is asked again."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog import Catalog
from bot.content import load
from bot.core.markup import Text, parse
from bot.core.ui import CHOICE_LABEL
from bot.group.rules import instant, local_date
from bot.interview.rules import (
    EVENING,
    MORNING,
    REMINDERS,
    Interview,
    PassedOn,
    ahead,
    as_question,
    blanks,
    box,
    clash,
    ends,
    left,
    near_stage,
    own_number,
    read_when,
    reminder_due,
    reminders,
    stages_of,
    upcoming,
)

NOW = datetime(2026, 9, 1, 10, 0, tzinfo=UTC)  # noon in Berlin, a Tuesday
CATALOG: Catalog = load()
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
ZONES = st.sampled_from([BERLIN, NEW_YORK, "Asia/Kolkata", "Pacific/Auckland", "Australia/Lord_Howe", "UTC"])
INSTANTS = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
HOUR = timedelta(hours=1)


def interview(id: int = 1, at: datetime = NOW + 48 * HOUR, **more: object) -> Interview:
    return replace(Interview(id, 1, "Acme", "", "onsite-design", at, BERLIN), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "zone", "at"),
    [
        ("2026-09-10 14:00", BERLIN, datetime(2026, 9, 10, 12, 0, tzinfo=UTC)),
        ("2026-09-10T14:00", NEW_YORK, datetime(2026, 9, 10, 18, 0, tzinfo=UTC)),
        ("tomorrow 9:30", BERLIN, datetime(2026, 9, 2, 7, 30, tzinfo=UTC)),
        ("today at 2 pm", BERLIN, datetime(2026, 9, 1, 12, 0, tzinfo=UTC)),
        (" 2026-09-10,  8 ", "UTC", datetime(2026, 9, 10, 8, 0, tzinfo=UTC)),
        # The clocks go forward in that night: the hour that is left out moves on.
        ("2027-03-28 02:30", BERLIN, datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_day_and_an_hour_are_read_in_their_zone(text: str, zone: str, at: datetime) -> None:
    assert read_when(text, zone, NOW) == at


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "day and the hour"),
        ("2026-09-10", "day and the hour"),
        ("soon 14:00", "no date"),
        ("2026-02-30 14:00", "no date"),
        ("2026-09-10 25:00", "no hour"),
        ("2026-08-31 14:00", "has passed"),
        ("today 12:00", "2026-09-01 12:00 now"),
        ("2028-01-01 10:00", "more than a year"),
        ("0001-01-01 00:00", "year 1 is none"),
        ("9999-12-31 23:59", "year 9999 is none"),
    ],
)
def test_what_is_no_day_and_hour_ahead_is_told_how_to_write_one(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read_when(text, BERLIN, NOW)


@given(INSTANTS, ZONES)
def test_reminders_come_in_order_before_it_and_wake_nobody(at: datetime, zone: str) -> None:
    times = reminders(at, zone)
    assert [times["hour"], times["minutes"]] == [at - HOUR, at - timedelta(minutes=10)]
    for kind, days in (("week", 7), ("day", 1)):
        here = times[kind].astimezone(ZoneInfo(zone))  # type: ignore[index]
        assert local_date(at, zone) - here.date() == timedelta(days=days)
        assert time(7) <= here.time() <= time(22)  # a change of the clocks may move one by an hour
    assert sorted(times.values()) == [times[kind] for kind in REMINDERS]


def test_a_week_and_a_day_before_are_the_same_local_hour_across_a_change_of_the_clocks() -> None:
    at = instant(date(2026, 10, 26), time(14), BERLIN)  # the clocks went back on the 25th
    assert {
        one.astimezone(ZoneInfo(BERLIN)).hour for one in (reminders(at, BERLIN)["week"], reminders(at, BERLIN)["day"])
    } == {14}


def test_an_interview_at_night_reminds_in_the_morning_or_the_evening() -> None:
    early, late = (reminders(instant(date(2026, 9, 10), hour, BERLIN), BERLIN)["day"] for hour in (time(3), time(23)))
    assert early.astimezone(ZoneInfo(BERLIN)).time() == MORNING
    assert late.astimezone(ZoneInfo(BERLIN)).time() == EVENING


@given(INSTANTS, ZONES, INSTANTS)
def test_of_reminders_that_were_missed_only_the_latest_is_still_to_come(at: datetime, zone: str, now: datetime) -> None:
    due = [kind for kind in REMINDERS if (when := reminder_due(kind, at, zone, now)) is not None and when <= now]
    assert len(due) <= 1
    assert not due or now < at


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=5), "in 5 days"),
        (timedelta(days=1), "tomorrow"),
        (timedelta(hours=11), "in 11 hours"),
        (timedelta(hours=2), "in 2 hours"),
        (timedelta(minutes=60), "in 60 minutes"),
        (timedelta(seconds=70), "in 1 minute"),
        (timedelta(0), "now"),
        (timedelta(hours=-2), "over"),
    ],
)
def test_how_far_off_it_is_in_words(span: timedelta, words: str) -> None:
    assert left(NOW + span, BERLIN, NOW) == words


def test_two_interviews_clash_where_one_runs_into_the_other(catalog: Catalog) -> None:
    first = interview()
    assert ends(first, catalog) == first.at + timedelta(minutes=60)
    for minutes, stage, clashes in ((0, "recruiter", True), (59, "recruiter", True), (60, "recruiter", False),
                                    (-30, "recruiter", False), (-31, "onsite-coding", True)):  # fmt: skip
        assert (clash(first.at + timedelta(minutes=minutes), stage, [first], catalog) is not None) == clashes


def test_the_next_one_is_neither_cancelled_nor_over(catalog: Catalog) -> None:
    begun, off, later = (
        interview(1, NOW - HOUR / 2),
        interview(2, NOW + HOUR, state="cancelled"),
        interview(3, NOW + 99 * HOUR),
    )
    assert upcoming([later, off, begun], catalog, NOW) == begun
    assert ahead([later, off, begun], NOW) == later
    assert ahead([off], NOW) is upcoming([], catalog, NOW) is None


def test_a_stage_is_near_for_a_week() -> None:
    assert near_stage(interview(at=NOW + timedelta(days=7)), NOW) == "onsite-design"
    assert near_stage(interview(at=NOW + timedelta(days=7, seconds=1)), NOW) == ""
    assert near_stage(interview(at=NOW), NOW) == near_stage(None, NOW) == ""


def test_members_are_counted_once_a_stage() -> None:
    two = [
        interview(1),
        interview(2, NOW + 9 * HOUR),
        interview(3, member=2),
        interview(4, stage="recruiter", state="cancelled"),
    ]
    assert stages_of(two, NOW) == {"onsite-design": 2.0}


def test_every_box_of_the_checklist_is_short_and_its_own(catalog: Catalog) -> None:
    guide = catalog.guides[catalog.countdown.checklist]
    names = [box(item) for section in guide.sections for item in section.items]
    assert len(set(names)) == len(names) == 8
    assert all(0 < len(name) <= CHOICE_LABEL for name in names)


@given(st.text(min_size=1, max_size=220).filter(lambda text: text.strip(" .,:;*_`")))
def test_any_item_makes_a_box_that_fits(text: str) -> None:
    assert len(box(text)) <= CHOICE_LABEL


def test_lines_of_the_sheet_are_those_that_end_in_dots() -> None:
    assert blanks(["Who pays: ...", "Read a post.", "Why them ..."]) == ("Who pays", "Why them")


@pytest.mark.parametrize(
    ("id", "number"), [("own-12", 12), ("own-", None), ("own-x", None), ("own-²", None), ("auc", None)]
)
def test_a_groups_own_question_is_known_by_its_id(id: str, number: int | None) -> None:
    assert own_number(id) == number


def passed(text: str, **more: object) -> PassedOn:
    return replace(PassedOn(7, 1, 1, 1, "phone-screen", "case", "hard", text, True), **more)  # type: ignore[arg-type]


@given(st.text(min_size=1, max_size=300))
def test_what_a_member_was_asked_cannot_mention_format_or_inject(text: str) -> None:
    question = as_question(passed(text), CATALOG)
    assert question is not None
    for block in parse(question.prompt):
        assert type(block).__name__ == "Paragraph"
        assert all(isinstance(span, Text) and span.style == "" for span in block.spans)  # type: ignore[union-attr]


def test_a_question_of_a_stage_that_is_gone_is_not_asked(catalog: Catalog) -> None:
    assert as_question(passed("Why?", stage="gone"), catalog) is None
    question = as_question(passed("Why?"), catalog)
    assert question is not None
    assert (question.id, question.level, question.stages) == ("own-7", "hard", ("phone-screen",))
