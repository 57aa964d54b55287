"""Calendar files (RFC 5545) by the `icalendar` library: our events in, the text of an .ics file out. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

PRODUCT: Final = "-//Mockingbird//study group//EN"


@dataclass(frozen=True, slots=True)
class Event:
    """`begins` is an instant (aware) with `minutes`, or a date for a whole day. `uid` is the same in every file, so that
    a calendar takes a later `sequence` for a change. `alarms` are minutes before."""

    uid: str
    title: str
    about: str
    begins: datetime | date
    minutes: int = 0
    sequence: int = 0
    alarms: tuple[int, ...] = ()


def calendar(name: str, events: Sequence[Event], now: datetime) -> str:
    """The text of a calendar file that people import; made at `now`. What members typed is escaped by the library."""
    # Loaded on first use: half a second that a process which makes no calendar need not pay.
    from icalendar import Alarm, Calendar  # noqa: PLC0415
    from icalendar import Event as Entry  # noqa: PLC0415

    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    for event in events:
        entry = Entry()
        entry.add("uid", f"{event.uid}@mockingbird")
        entry.add("dtstamp", now)
        entry.add("sequence", event.sequence)
        entry.add("summary", event.title)
        entry.add("description", event.about)
        entry.add("dtstart", event.begins)
        if isinstance(event.begins, datetime):
            entry.add("dtend", event.begins + timedelta(minutes=event.minutes))
        else:
            entry.add("dtend", event.begins + timedelta(days=1))
            entry.add("transp", "TRANSPARENT")
        for minutes in event.alarms:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", event.title)
            alarm.add("trigger", timedelta(minutes=-minutes))
            entry.add_component(alarm)
        made.add_component(entry)
    text: str = made.to_ical().decode("utf-8")
    return text


def plain(text: str) -> str:
    """Our own markup as a calendar shows it: without its marks."""
    return text.replace("**", "").replace("*", "").replace("`", "")
