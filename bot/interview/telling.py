"""Afterwards: what was asked, how it felt, and whether the group gets it as a question of its own."""

from dataclasses import replace

from bot.catalog import KINDS, LEVELS
from bot.core.errors import Refused
from bot.core.events import Ask, Command, Fix, Press, Reply, Show, Submit
from bot.core.markup import blank
from bot.core.ui import Form, one
from bot.group.rules import Seat
from bot.interview import cards, told
from bot.interview.own import InterviewWork, chosen, disarm, latest_begun, own
from bot.interview.rules import MOST_ASKED, Interview


def ask_done(event: Command | Press, work: InterviewWork) -> Reply:
    """Ask how it went."""
    interview, _ = chosen(event, work, latest_begun)
    return Ask(_form(_tellable(interview, work), work))


def _tellable(interview: Interview, work: InterviewWork) -> Interview:
    if interview.state == "cancelled":
        raise Refused("That interview is cancelled, so there is nothing to tell. /interview list shows the others.")
    if len(work.bank.of_interview(interview.id)) >= MOST_ASKED:
        raise Refused(f"You have told {MOST_ASKED} questions of that interview, which is all that I keep of one.")
    return interview


def _form(interview: Interview, work: InterviewWork) -> Form:
    stage = work.catalog.stages.get(interview.stage)
    return told.done_form(interview, stage.kinds if stage else KINDS, LEVELS)


def done(event: Submit, work: InterviewWork) -> Reply:
    """Keep what was told; a shared question stands in the channel, and /mock asks it."""
    interview, seat = chosen(event, work)
    form = _form(_tellable(interview, work), work)
    faults = form.faults(event.values)
    text, share = one(event.values.get("asked")).strip(), one(event.values.get("share"))
    if not faults and share != "no" and blank(text):
        faults["asked"] = "There is nothing to share yet: write what was asked, or keep it to yourself."
    if faults:
        return Fix(form, faults, event.values)
    if interview.state == "coming":
        disarm(interview, work)
    felt = one(event.values["felt"])
    work.interviews.felt(interview.id, felt)
    interview = replace(interview, state="done", felt=felt)
    if not blank(text):
        kind, level = one(event.values["kind"]), one(event.values["level"])
        id = work.bank.pass_on(seat.group.id, interview, kind, level, text, share != "no")
        if share != "no":
            _share(id, seat, share == "name", work)
    work.groups.did(seat.member.id, seat.today(work.now))
    passed = work.bank.of_interview(interview.id)
    return Show(
        cards.one_interview(interview, seat.member.zone, work.now, work.catalog, passed, told.thanks(share, text))
    )


def _share(id: int, seat: Seat, named: bool, work: InterviewWork) -> None:
    passed = work.bank.passed_on(id)
    if passed is None:
        raise AssertionError("a question that was just passed on is there")
    card = told.shared(passed, seat.member.user if named else "", work.catalog)
    work.outbox.add(seat.group.place, card, key=f"passed-on:{id}", group=seat.group.id)


def take_back(event: Press, work: InterviewWork) -> Reply:
    """A shared question is its author's alone again: nobody is asked it any more."""
    passed = work.bank.passed_on(event.action.number)
    if passed is None:
        raise Refused("That question is not among yours. /interview list shows your interviews.")
    interview, seat = own(passed.interview, event, work)
    if passed.shared:
        work.bank.take_back(passed.id)
        work.outbox.edit(f"passed-on:{passed.id}", told.taken_back(), key=f"passed-on:{passed.id}:back")
    rest = work.bank.of_interview(interview.id)
    note = "Taken back: it is gone from the channel's message, and `/mock` asks it no more."
    return Show(cards.one_interview(interview, seat.member.zone, work.now, work.catalog, rest, note))
