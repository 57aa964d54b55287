"""Calendar files, read back by a parser: what somebody typed stays what it is, and a change is a change."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from bot.core.markup import blank, clean
from bot.ics import Event, calendar, plain

NOW = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
AT = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def read(*events: Event) -> Calendar:
    made = Calendar.from_ical(calendar("Interviews", events, NOW))
    assert isinstance(made, Calendar)
    return made


def test_an_interview_is_an_instant_with_a_length_and_alarms() -> None:
    [event] = read(Event("interview-1", "Onsite", "About", AT, 45, 2, (60, 10))).walk("VEVENT")
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (AT, AT + timedelta(minutes=45))
    assert (str(event["uid"]), event["sequence"]) == ("interview-1@mockingbird", 2)
    assert [alarm.decoded("trigger") for alarm in event.walk("VALARM")] == [timedelta(hours=-1), timedelta(minutes=-10)]


def test_a_day_of_the_plan_is_a_whole_day_on_which_one_is_free() -> None:
    [event] = read(Event("plan-1-2", "Day 2", "Goal", date(2026, 9, 2))).walk("VEVENT")
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (date(2026, 9, 2), date(2026, 9, 3))
    assert event["transp"] == "TRANSPARENT"


@given(st.text(max_size=200).map(clean).filter(lambda text: not blank(text)))
def test_whatever_was_typed_is_one_event_with_those_words(text: str) -> None:
    words = " ".join(text.split())
    [event] = read(Event("interview-1", words, words, AT, 30)).walk("VEVENT")
    assert " ".join(str(event["summary"]).split()) == words


def test_lines_are_as_calendars_want_them() -> None:
    made = calendar("Interviews", [Event("interview-1", "Ä" * 90, "x", AT, 30)], NOW)
    assert all(len(line.encode("utf-8")) <= 75 for line in made.split("\r\n"))


def test_marks_of_ours_are_left_out() -> None:
    assert plain("**Goal.** Ask `/mock` *once*") == "Goal. Ask /mock once"
