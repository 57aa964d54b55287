"""The list of interviews, one interview, its forms, and the words that remind of it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot.catalog import Catalog, Stage
from bot.core.markup import escape, moment
from bot.core.pages import said
from bot.core.ui import (
    ActionId,
    Body,
    Button,
    Card,
    Choice,
    Facts,
    File,
    Form,
    OneOf,
    Prose,
    Row,
    Select,
    TextField,
)
from bot.group.rules import day_name
from bot.ics import Event, plain
from bot.interview.rules import (
    COMPANY,
    ROLE,
    Interview,
    PassedOn,
    Reminder,
    ends,
    left,
    minutes_of,
)

WHEN = 40  # characters
ZONE = 60
SHOWN = 10  # interviews ahead that the list tells in full; the select has them all
ALARMS = (24 * 60, 60, 10)  # minutes before, in a calendar
FELT = {"strong": "Strong", "fine": "Fine", "shaky": "Shaky", "bad": "It went badly"}
NONE = (
    "No interview is ahead of you, as far as I know. Tell me of one, and I count down to it, plan your days, and remind "
    "you a week, a day, an hour and ten minutes before."
)


def name(interview: Interview, catalog: Catalog) -> str:
    """``Onsite: coding at Acme``: plain words, for titles and labels."""
    stage = catalog.stages.get(interview.stage)
    return f"{stage.name if stage else 'Interview'} at {interview.company}"


def when(interview: Interview, zone: str) -> str:
    """The instant for the reader, and the hour that was told where that is another clock's."""
    here = interview.here
    told = f" (told as {here:%H:%M} in {escape(interview.zone)})" if interview.zone != zone else ""
    return f"{moment(interview.at)}{told}"


def mine(interviews: Sequence[Interview], zone: str, now: datetime, catalog: Catalog) -> Card:
    """What is ahead, what waits for a word, what was."""
    numbered = [one for one in interviews if one.state == "coming"]
    lines = [f"{number}. {_line(one, zone, now, catalog)}" for number, one in enumerate(numbered[:SHOWN], start=1)]
    body: list[Body] = [Prose("\n".join(lines) if lines else NONE)]
    past = [one for one in interviews if one.state == "done"][-5:]
    if past:
        told = "\n".join(
            f"- {escape(name(one, catalog))}, {day_name(one.here.date())}: {_felt(one)}" for one in reversed(past)
        )
        body.append(Prose(f"**Over**\n{told}"))
    shown = [*numbered, *past][:25]
    buttons = [Button("Add an interview", ActionId("interview.add"), "primary")]
    if any(one.at > now for one in numbered):
        buttons.append(Button("Calendar file", ActionId("interview.file")))
    rows: list[Row] = [tuple(buttons)]
    if shown:
        choices = tuple(
            Choice(name(one, catalog)[:60] + f", {day_name(one.here.date())}", str(one.id)) for one in shown
        )
        rows.append(Select("Open one", ActionId("interview.open"), choices))
    return Card("Your interviews", tuple(body), tuple(rows), "Only you see your interviews.")


def _line(interview: Interview, zone: str, now: datetime, catalog: Catalog) -> str:
    if ends(interview, catalog) <= now:
        day = day_name(interview.here.date())
        return f"**{escape(name(interview, catalog))}**, {day}: over. How was it? `/interview done`"
    return f"**{escape(name(interview, catalog))}** {left(interview.at, zone, now)}, {moment(interview.at)}"


def _felt(interview: Interview) -> str:
    return FELT.get(interview.felt, "told").lower()


def none_ahead() -> Card:
    """No interview is known."""
    return Card(
        "Your next interview",
        (Prose("None is ahead of you, as far as I know. Tell me of one, and I count down to it."),),
        ((Button("Add an interview", ActionId("interview.add"), "primary"),),),
    )


def one_interview(
    interview: Interview, zone: str, now: datetime, catalog: Catalog, passed: Sequence[PassedOn] = (), note: str = ""
) -> Card:
    """One interview: how far off, what its stage asks, and what can be done for it."""
    stage = catalog.stages.get(interview.stage)
    pairs = [("When", when(interview, zone)), ("That is", _state(interview, zone, now, catalog))]
    if interview.role:
        pairs.append(("Role", escape(interview.role)))
    if interview.state == "coming":
        guide = catalog.guides.get(catalog.countdown.checklist)
        boxes = sum(len(section.items) for section in guide.sections) if guide else 0
        pairs.append(("Checklist", f"{len(interview.ticked)} of {boxes} ticked"))
        pairs.append(
            ("Research sheet", f"{len(interview.sheet)} line{'' if len(interview.sheet) == 1 else 's'} filled")
        )
    body: list[Body] = [Prose(note)] if note else []
    body.append(Facts(tuple(pairs)))
    if interview.state == "coming" and stage is not None:
        body.append(Prose(f"**What this stage asks**\n{stage.about}\n\n**They look for**\n"
                          + "\n".join(f"- {one}" for one in stage.looks_for)))  # fmt: skip
    if interview.state == "done":
        body += _asked(passed)
    return Card(name(interview, catalog), tuple(body), _rows(interview, now, passed), "Only you see this.")


def _state(interview: Interview, zone: str, now: datetime, catalog: Catalog) -> str:
    if interview.state == "done":
        return f"over; it felt {_felt(interview)}"
    if interview.state == "cancelled":
        return "cancelled"
    return "over" if ends(interview, catalog) <= now else left(interview.at, zone, now)


def _asked(passed: Sequence[PassedOn]) -> list[Body]:
    """The latest two questions in full, so that any card holds them."""
    body: list[Body] = []
    for one in passed[-2:]:
        body.append(Prose("**You were asked** (*shared with your group*)" if one.shared else "**You were asked**"))
        body += said(one.text)[:1]
    if len(passed) > 2:
        body.append(Prose(f"And {len(passed) - 2} more before these."))
    return body


def _rows(interview: Interview, now: datetime, passed: Sequence[PassedOn]) -> tuple[Row, ...]:
    id = str(interview.id)
    if interview.state == "cancelled":
        again = (Button("It takes place after all", ActionId("interview.revive", id)),) if interview.at > now else ()
        return ((*again, Button("My interviews", ActionId("interview.mine"))),)
    if interview.state == "done":
        back = tuple(Button(f"Take question {number} back", ActionId("interview.take_back", str(one.id)))
                     for number, one in enumerate([one for one in passed if one.shared][-3:], start=1))  # fmt: skip
        return ((Button("Another question", ActionId("interview.done", id)), *back,
                 Button("My interviews", ActionId("interview.mine"))),)  # fmt: skip
    return preparing(interview), (
        Button("How it went", ActionId("interview.done", id)),
        Button("Calendar file", ActionId("interview.file", id)),
        Button("Move it", ActionId("interview.move", id)),
        Button("Cancel it", ActionId("interview.cancel", id), "danger"),
    )


def preparing(interview: Interview) -> tuple[Button, ...]:
    """What helps to prepare for it."""
    id = str(interview.id)
    return (
        Button("My plan", ActionId("interview.plan", f"{id}/1"), "primary"),
        Button("Research sheet", ActionId("interview.sheet", f"{id}/1")),
        Button("Questions to ask", ActionId("interview.questions", id)),
        Button("Checklist", ActionId("interview.boxes", id)),
    )


def add_form(stages: Sequence[Stage], zone: str, today: date) -> Form:
    """Company, role, stage, when, and in whose hours."""
    example = f"{today + timedelta(days=3)} 14:00"
    return Form(
        "A new interview",
        ActionId("interview.add"),
        (
            TextField("company", "Company", most=COMPANY),
            TextField("role", "Role", "As the job description calls it.", required=False, most=ROLE),
            OneOf("stage", "Stage", tuple(Choice(stage.name, stage.id) for stage in stages)),
            TextField("when", "Day and hour", f"Like {example}, or tomorrow 9:30.", most=WHEN),
            TextField("zone", "Time zone of that hour", "A city or a zone, like Lisbon.", zone, most=ZONE),
        ),
        submit="Count down to it",
    )


def move_form(interview: Interview, catalog: Catalog) -> Form:
    """A new day and hour."""
    here = interview.here
    return Form(
        "Move an interview",
        ActionId("interview.move", str(interview.id)),
        (
            TextField("when", "New day and hour", "Like tomorrow 9:30.", f"{here:%Y-%m-%d %H:%M}", most=WHEN),
            TextField("zone", "Time zone of that hour", "A city or a zone, like Lisbon.", interview.zone, most=ZONE),
        ),
        submit="Move it",
        intro=escape(name(interview, catalog)),
    )


def two_at_once(other: Interview, catalog: Catalog) -> str:
    """Why this hour cannot be: another one is there."""
    minutes = minutes_of(catalog.stages.get(other.stage))
    here = other.here
    hour = f"{day_name(here.date())} {here:%H:%M} ({other.zone})"
    return (f"You are in another one then: {name(other, catalog)}, {hour}, takes up to {minutes} minutes. Choose another "
            "hour, or move that one first.")  # fmt: skip


def added(interview: Interview, zone: str, now: datetime, catalog: Catalog, silent: bool) -> Card:
    """It is taken."""
    return one_interview(interview, zone, now, catalog, note=f"Taken. {_promise(silent)}")


def moved(interview: Interview, zone: str, now: datetime, catalog: Catalog, silent: bool) -> Card:
    """It has another day or hour."""
    text = f"Moved. {_promise(silent)} A calendar file that you fetched before is old: fetch it again."
    return one_interview(interview, zone, now, catalog, note=text)


def _promise(silent: bool) -> str:
    if silent:
        return "You are away on that day, and while you are away I stay silent: let your own calendar remind you."
    return ("I remind you a week, a day, an hour and ten minutes before. What you missed comes back in time, and `/mock` "
            "leans to this stage in the last week.")  # fmt: skip


def cancelled(interview: Interview, now: datetime, catalog: Catalog) -> Card:
    """It does not take place."""
    again = (
        (Button("It takes place after all", ActionId("interview.revive", str(interview.id))),)
        if interview.at > now
        else ()
    )
    return Card(
        f"Cancelled: {name(interview, catalog)}",
        (Prose("Nothing reminds you of it any more. What you wrote for it is kept."),),
        ((*again, Button("My interviews", ActionId("interview.mine"))),),
    )


HEADS: dict[Reminder, str] = {
    "week": "A week to go",
    "day": "A day to go",
    "hour": "An hour to go",
    "minutes": "Ten minutes",
}
WORDS: dict[Reminder, str] = {
    "week": "Enough time to change something. Your plan is fitted to the days left, and `/mock` leans to this stage.",
    "day": "Nothing new today. Tick the boxes, choose your 2-3 questions for them, and sleep.",
    "hour": "One warm-up aloud, then stop. Water and a notepad within reach; what pops up on your screen is closed.",
    "minutes": "Log on five minutes early. Breathe out slowly; they want you to be good.",
}


def reminder(kind: Reminder, interview: Interview, zone: str, now: datetime, catalog: Catalog) -> Card:
    """A word before it. How far off it is is told as it is, not as it was to be."""
    stage = catalog.stages.get(interview.stage)
    head = f"**{escape(name(interview, catalog))}** {left(interview.at, zone, now)}: {when(interview, zone)}."
    body = [Prose(f"{head}\n\n{WORDS[kind]}")]
    if kind in ("week", "day") and stage is not None:
        body.append(Prose("**They look for**\n" + "\n".join(f"- {one}" for one in stage.looks_for)))
    rows: tuple[Row, ...] = (preparing(interview),)
    if kind in ("week", "day"):
        id = str(interview.id)
        rows += (
            (Button("Move it", ActionId("interview.move", id)), Button("Cancel it", ActionId("interview.cancel", id))),
        )
    return Card(f"{HEADS[kind]}: {name(interview, catalog)}", tuple(body), rows)


def after(interview: Interview, catalog: Catalog) -> Card:
    """It should be over: how was it?"""
    return Card(
        f"How was it? {name(interview, catalog)}",
        (Prose("Whatever it was: well done. Write down what was asked while it is fresh. It stays yours; if you share it, "
               "your group gets it as a question to practise on."),),
        ((Button("Tell how it went", ActionId("interview.done", str(interview.id)), "primary"),
          Button("It was moved", ActionId("interview.move", str(interview.id))),
          Button("It was cancelled", ActionId("interview.cancel", str(interview.id)))),),
    )  # fmt: skip


def event(interview: Interview, catalog: Catalog) -> Event:
    """An interview for a calendar."""
    stage = catalog.stages.get(interview.stage)
    about = [interview.role] if interview.role else []
    if stage is not None:
        about += [plain(stage.about), "", *(f"- {plain(one)}" for one in stage.looks_for)]
    return Event(
        f"interview-{interview.id}",
        name(interview, catalog),
        "\n".join(about),
        interview.at,
        minutes_of(stage),
        interview.moves,
        ALARMS,
    )


def file(count: int, text: str) -> Card:
    """The interviews as a file to import."""
    what = f"{count} interviews that are ahead" if count > 1 else "One interview"
    return Card(
        "For your calendar",
        (Prose(f"{what}, with reminders of its own. When one moves, fetch the file again: your calendar takes it as a "
               "change."),),
        file=File("interviews.ics", "text/calendar", text),
    )  # fmt: skip
