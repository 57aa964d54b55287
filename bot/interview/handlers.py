"""A member's own interviews: told, shown, moved, cancelled, and handed over as a calendar file."""

from dataclasses import replace
from datetime import datetime

from bot.core.errors import Refused
from bot.core.events import Ask, Choose, Command, Fix, Press, Reply, Show, Submit
from bot.core.markup import escape
from bot.core.ui import Card, Form, Values, one
from bot.group.rules import Seat, away, local_date, read_zone, seated
from bot.ics import calendar as calendar_file
from bot.interview import cards
from bot.interview.own import InterviewWork, arm, at_hand, chosen, disarm, numbered, own, standing
from bot.interview.rules import COMPANY, MOST_COMING, Interview, clash, read_when, upcoming
from bot.mock.rules import drawn_near


def mine(event: Command | Press, work: InterviewWork) -> Reply:
    """My interviews: what is ahead, what waits for a word, what was."""
    seat = seated(*work.groups.at(event.where, event.who))
    return Show(cards.mine(at_hand(seat, work), seat.member.zone, work.now, work.catalog))


def next_one(event: Command | Press, work: InterviewWork) -> Reply:
    """My next interview, opened; without one, the way to tell of one."""
    seat = seated(*work.groups.at(event.where, event.who))
    found = upcoming(at_hand(seat, work), work.catalog, work.now)
    return Show(_card(found, seat, work) if found else cards.none_ahead())


def show(event: Press | Choose, work: InterviewWork) -> Reply:
    """One of my interviews."""
    interview, seat = chosen(event, work)
    return Show(_card(interview, seat, work))


def _card(interview: Interview, seat: Seat, work: InterviewWork) -> Card:
    passed = work.bank.of_interview(interview.id)
    return cards.one_interview(interview, seat.member.zone, work.now, work.catalog, passed)


def ask_add(event: Command | Press, work: InterviewWork) -> Reply:
    """Ask which and when."""
    seat = seated(*work.groups.at(event.where, event.who))
    _room(seat, work)
    options = event.options if isinstance(event, Command) else {}
    known = {"company": options.get("company", "")[:COMPANY], "stage": options.get("stage", "")}
    return Ask(_form(seat, work).filled({**known, "zone": seat.member.zone}))


def _form(seat: Seat, work: InterviewWork) -> Form:
    return cards.add_form(tuple(work.catalog.stages.values()), seat.member.zone, seat.today(work.now))


def _room(seat: Seat, work: InterviewWork) -> None:
    if len(numbered(at_hand(seat, work))) >= MOST_COMING:
        raise Refused(f"You have {MOST_COMING} interviews in your list, which is more than anyone can prepare. Cancel those "
                      "that are off: /interview list")  # fmt: skip


def add(event: Submit, work: InterviewWork) -> Reply:
    """Take a new interview, set its reminders, and bring back what was missed before it comes."""
    seat = seated(*work.groups.at(event.where, event.who))
    _room(seat, work)
    form = _form(seat, work)
    faults = form.faults(event.values)
    stage = one(event.values.get("stage"))
    told = _told(event.values, stage, None, seat, faults, work)
    if faults or told is None:
        return Fix(form, faults, event.values)
    company, role = one(event.values["company"]).strip(), one(event.values.get("role")).strip()
    interview = work.interviews.add(seat.member.id, company, role, stage, *told)
    _settle(interview, seat, work)
    return Show(cards.added(interview, seat.member.zone, work.now, work.catalog, _silent(interview, seat, work)))


def _told(
    values: Values, stage: str, moved: Interview | None, seat: Seat, faults: dict[str, str], work: InterviewWork
) -> tuple[datetime, str] | None:
    """The instant and the zone that were typed; what is wrong with them goes into `faults`."""
    if faults:
        return None
    try:
        zone = read_zone(one(values["zone"]))
    except ValueError as error:
        faults["zone"] = str(error)
        return None
    try:
        at = read_when(one(values["when"]), zone, work.now)
    except ValueError as error:
        faults["when"] = str(error)
        return None
    others = [each for each in numbered(at_hand(seat, work)) if moved is None or each.id != moved.id]
    other = clash(at, stage, others, work.catalog)
    if other is not None:
        faults["when"] = cards.two_at_once(other, work.catalog)
        return None
    return at, zone


def _settle(interview: Interview, seat: Seat, work: InterviewWork) -> None:
    arm(interview, seat, work)
    for recall in drawn_near(work.recall.memory(seat.member.id), work.now, interview.at):
        work.recall.keep(seat.member.id, recall)


def _silent(interview: Interview, seat: Seat, work: InterviewWork) -> bool:
    """Whether the member is away on the day: then nothing reminds them."""
    day = local_date(interview.at, seat.member.zone)
    return away(work.groups.absences(seat.group.id, day), seat.member.id, day)


def ask_move(event: Command | Press, work: InterviewWork) -> Reply:
    """Ask for the new day and hour."""
    interview, _ = chosen(event, work)
    return Ask(cards.move_form(standing(interview), work.catalog))


def move(event: Submit, work: InterviewWork) -> Reply:
    """Another day or hour: the reminders of before are gone."""
    interview, seat = chosen(event, work)
    form = cards.move_form(standing(interview), work.catalog)
    faults = form.faults(event.values)
    told = _told(event.values, interview.stage, interview, seat, faults, work)
    if faults or told is None:
        return Fix(form, faults, event.values)
    at, zone = told
    if at == interview.at:
        raise Refused("That is the day and hour that it has already. Nothing was changed.")
    work.interviews.move(interview.id, at, zone)
    moved = replace(interview, at=at, zone=zone, moves=interview.moves + 1)
    _settle(moved, seat, work)
    return Show(cards.moved(moved, seat.member.zone, work.now, work.catalog, _silent(moved, seat, work)))


def cancel(event: Command | Press, work: InterviewWork) -> Reply:
    """It does not take place: nothing reminds of it any more."""
    interview, _ = chosen(event, work)
    if interview.state == "coming":
        work.interviews.turn(interview.id, "cancelled")
        disarm(interview, work)
    elif interview.state == "done":
        standing(interview)
    return Show(cards.cancelled(interview, work.now, work.catalog))


def revive(event: Press, work: InterviewWork) -> Reply:
    """It takes place after all."""
    interview, seat = chosen(event, work)
    if interview.state != "cancelled":
        return Show(_card(interview, seat, work))
    if interview.at <= work.now:
        raise Refused("Its hour has passed. /interview add takes it with a new day.")
    others = numbered(at_hand(seat, work))
    other = clash(interview.at, interview.stage, others, work.catalog)
    if other is not None:
        raise Refused(escape(cards.two_at_once(other, work.catalog)))
    work.interviews.turn(interview.id, "coming")
    back = replace(interview, state="coming")
    _settle(back, seat, work)
    return Show(_card(back, seat, work))


def file(event: Command | Press, work: InterviewWork) -> Reply:
    """All interviews that are ahead as a calendar file; of a button, the one that it stands for."""
    seat = seated(*work.groups.at(event.where, event.who))
    if isinstance(event, Press) and event.action.arg:
        found = [standing(own(event.action.number, event, work)[0])]
    else:
        found = [each for each in numbered(at_hand(seat, work)) if each.at > work.now]
    if not found:
        raise Refused("No interview is ahead of you, so there is nothing for a calendar. /interview add takes one.")
    text = calendar_file("Interviews", [cards.event(each, work.catalog) for each in found], work.now)
    return Show(cards.file(len(found), text))
