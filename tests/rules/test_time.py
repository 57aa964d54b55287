"""Zones, hours, dates and spans as people write them, and the one instant that every local date has."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import Refused
from bot.core.markup import clean
from bot.group.rules import (
    LONGEST_AWAY,
    Absence,
    away,
    days_off,
    instant,
    read_date,
    read_span,
    read_time,
    read_zone,
    span_name,
    weekday_names,
)

TODAY = date(2026, 8, 31)
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("  europe/BERLIN ", "Europe/Berlin"),
        ("Lisbon", "Europe/Lisbon"),
        ("new york", "America/New_York"),
        ("utc", "UTC"),
        ("Istanbul", "Europe/Istanbul"),  # two names of one clock
        ("Indianapolis", "America/Indianapolis"),
    ],
)
def test_a_zone_is_read_from_its_name_or_its_city_in_any_case(written: str, zone: str) -> None:
    assert read_zone(written) == zone


def test_every_zone_of_the_tz_database_reads_as_itself() -> None:
    zones = [zone for zone in available_timezones() if "/" in zone and not zone.startswith(("posix/", "right/"))]
    assert [zone for zone in zones if read_zone(zone.upper()) != zone] == []


@pytest.mark.parametrize(
    ("written", "nearest"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("Lisbonn", "Europe/Lisbon"),
        ("", "Europe/Berlin"),
        ("Mordor", "Write it like"),
    ],
)
def test_a_zone_that_does_not_exist_is_answered_with_one_that_does(written: str, nearest: str) -> None:
    with pytest.raises(ValueError, match=nearest):
        read_zone(written)


def test_a_city_name_that_several_clocks_share_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="I know no time zone “West”"):
        read_zone("West")  # of Australia or of Brazil?


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("08:00", time(8)), ("8", time(8)), ("8.30", time(8, 30)), ("19h45", time(19, 45)), ("8 pm", time(20)),
        ("12am", time(0)), ("12 PM", time(12)), (" 0:05 ", time(0, 5)), ("23:59", time(23, 59)),
    ],
)  # fmt: skip
def test_an_hour_is_read_as_people_write_it(written: str, hour: time) -> None:
    assert read_time(written) == hour


@pytest.mark.parametrize(
    "written", ["", "24:00", "8:60", "13 pm", "0 am", "noon", "8:5", "08:00:00", "-1", "８:00", "8 pmm"]
)
def test_what_is_no_hour_is_answered_with_how_to_write_one(written: str) -> None:
    with pytest.raises(ValueError, match=r"is no hour of the day. Write it like 08:00 or 19:30\."):
        read_time(written)


@given(st.times())
def test_every_minute_reads_back_from_the_24_and_the_12_hour_clock(at: time) -> None:
    minute = at.replace(second=0, microsecond=0)
    assert read_time(f"{minute:%H:%M}") == read_time(f"{minute:%I:%M %p}") == minute


@given(st.dates())
def test_every_date_reads_back(day: date) -> None:
    assert read_date(f" {day.isoformat()} ", TODAY) == day


def test_today_and_tomorrow_are_dates_too() -> None:
    assert (read_date("Today", TODAY), read_date("tomorrow", TODAY)) == (TODAY, TODAY + DAY)


@pytest.mark.parametrize(
    "written", ["", "2026-02-30", "31.8.2026", "2026-8-31", "20260831", "2026-W36-1", "２０２６-08-31"]
)
def test_what_is_no_date_is_answered_with_a_date_of_tomorrow(written: str) -> None:
    with pytest.raises(ValueError, match=r"is no date. Write it like 2026-09-01, or today, or tomorrow\."):
        read_date(written, TODAY)


@given(st.text(max_size=60).map(clean))
def test_no_text_makes_a_reader_fail_without_words_for_people(written: str) -> None:
    sentences = []
    for read in (read_zone, read_time, lambda text: read_date(text, TODAY)):
        try:
            read(written)
        except ValueError as error:
            sentences.append(str(error))
    assert all("Write it like" in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("first", "last", "span"),
    [
        ("", "", (TODAY, TODAY)),
        ("tomorrow", "", (TODAY + DAY, TODAY + DAY)),
        ("", "tomorrow", (TODAY, TODAY + DAY)),
        ("2026-08-29", "2026-09-02", (date(2026, 8, 29), date(2026, 9, 2))),  # away since Saturday
        ("today", "2027-08-31", (TODAY, date(2027, 8, 31))),  # the longest
    ],
)
def test_a_span_has_both_its_ends_and_today_where_nothing_is_said(
    first: str, last: str, span: tuple[date, date]
) -> None:
    assert read_span(first, last, TODAY) == span


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        ("tomorrow", "today", "Give the first day first"),
        ("2026-08-30", "", "2026-08-30 has passed already. Today is 2026-08-31"),
        ("today", "2027-09-01", f"more than {LONGEST_AWAY} days"),
        ("soon", "", "“soon” is no date"),
    ],
)
def test_a_span_that_cannot_be_is_refused_with_the_way_out(first: str, last: str, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_span(first, last, TODAY)
    assert sentence in str(refusal.value).replace("\\", "")


def test_leave_is_one_members_and_a_day_off_is_everybodys() -> None:
    spans = [Absence(1, TODAY, TODAY + DAY), Absence(None, TODAY + 3 * DAY, TODAY + 4 * DAY)]
    away_days = {member: [n for n in range(-1, 6) if away(spans, member, TODAY + n * DAY)] for member in (1, 2)}
    assert away_days == {1: [0, 1, 3, 4], 2: [3, 4]}
    assert days_off(spans) == {TODAY + 3 * DAY, TODAY + 4 * DAY}


def test_days_are_named_as_people_say_them() -> None:
    assert span_name(TODAY, TODAY) == "Mon 31 Aug"
    assert span_name(TODAY, TODAY + DAY) == "Mon 31 Aug to Tue 1 Sep"
    named = [weekday_names(days) for days in (range(7), (4, 0, 1, 2, 3), (0, 1), (0, 2, 6))]
    assert named == ["every day", "Monday to Friday", "Monday, Tuesday", "Monday, Wednesday, Sunday"]


def changes_of_2026() -> list[tuple[str, date]]:
    """Each zone with each local date of 2026 on which its clocks change."""
    noons = [datetime(2026, 1, 1, 12, tzinfo=UTC) + n * DAY for n in range(365)]
    found = []
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        offsets = [noon.astimezone(zone).utcoffset() for noon in noons]
        turns = [noons[n] for n in range(1, 365) if offsets[n] != offsets[n - 1]]
        found += [(name, noon.astimezone(zone).date()) for noon in turns]
    return found


def test_around_every_change_of_the_clocks_a_date_and_hour_has_one_instant() -> None:
    """Against a walk through real time: the first instant whose wall clock shows the hour; where none does, the hour
    has moved forward by what the clocks left out."""
    changes = changes_of_2026()
    assert len(changes) > 300
    wrong = []
    for name, day in changes:
        zone = ZoneInfo(name)
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        shown: dict[datetime, datetime] = {}
        for step in range(-3 * 96, 3 * 96):
            shown.setdefault((at := noon + step * QUARTER).astimezone(zone).replace(tzinfo=None), at)
        before, after = ((noon + n * DAY).astimezone(zone).utcoffset() or timedelta() for n in (-2, 2))
        for quarter in range(-96, 2 * 96):
            wall = datetime.combine(day, time()) + quarter * QUARTER
            expected = shown[wall] if wall in shown else shown[wall + (after - before)]
            if instant(wall.date(), wall.time(), name) != expected:
                wrong.append((name, wall))
    assert wrong == []


@given(st.sampled_from(sorted(available_timezones())), st.times(), st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_dates_follow_each_other_a_day_apart_whatever_the_clocks_do(zone: str, at: time, day: date) -> None:
    here, there = instant(day, at, zone), instant(day + DAY, at, zone)
    assert timedelta(hours=22) <= there - here <= timedelta(hours=26)
    assert here.utcoffset() == timedelta(0)


def test_the_hour_that_comes_twice_is_the_first_even_when_the_second_is_asked_for() -> None:
    assert instant(date(2026, 10, 25), time(2, 30, fold=1), "Europe/Berlin") == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )
