"""What helps to prepare for one interview: the plan of the days left, the research, questions to ask, the checklist."""

from collections.abc import Mapping
from datetime import date, timedelta

from bot.catalog import Guide
from bot.core.errors import Refused
from bot.core.events import Ask, Command, Fix, Press, Reply, Show, Submit
from bot.core.markup import blank
from bot.core.ui import many, one
from bot.group.rules import Seat, local_date
from bot.interview import sheets
from bot.interview.countdown import LONGEST, Schedule, Standing, schedule, stand
from bot.interview.own import InterviewWork, chosen, guide_of, own, stage_of, standing
from bot.interview.rules import Interview, blanks
from bot.mock.rules import Recall
from bot.progress.rules import levels_by_criterion
from bot.star.rules import covered

ASK = "ask-"  # the guides of questions to ask start so


def _page(event: Command | Press) -> int:
    return event.action.numbers(2)[1] if isinstance(event, Press) else 1


def plan(event: Command | Press, work: InterviewWork) -> Reply:
    """The days that are left, and what to do with them."""
    interview, seat = chosen(event, work)
    page = _page(event)
    made, knows = _schedule(standing(interview), seat, work)
    return Show(sheets.plan(interview, stage_of(interview, work), made, knows, work.catalog, page))


def _schedule(interview: Interview, seat: Seat, work: InterviewWork) -> tuple[Schedule, Standing]:
    today, on = seat.today(work.now), local_date(interview.at, seat.member.zone)
    if on < today:
        raise Refused("That interview is over. /interview done tells how it was; /interview add takes the next.")
    memory = work.recall.memory(seat.member.id)
    knows = stand(
        work.catalog.countdown.focus.get(interview.stage),
        work.catalog,
        memory,
        levels_by_criterion(work.reviews.levels_of(seat.member.id)),
        _due(memory, seat, work),
        covered(work.stories.of(seat.member.id)),
        len(_lines(work)) - len(interview.sheet),
    )
    stage, off = stage_of(interview, work), _leave(seat, today, on, work)
    return schedule(work.catalog.countdown, stage, today, on, knows, off), knows


def _due(memory: Mapping[str, Recall], seat: Seat, work: InterviewWork) -> dict[date, list[str]]:
    """Local date -> titles of what comes back on it."""
    found: dict[date, list[str]] = {}
    for recall in sorted(memory.values(), key=lambda each: (each.due or work.now, each.family)):
        question = work.catalog.questions.get(recall.question)
        if recall.due is not None and question is not None:
            found.setdefault(local_date(recall.due, seat.member.zone), []).append(question.title)
    return found


def _leave(seat: Seat, today: date, on: date, work: InterviewWork) -> set[date]:
    """The days of the member's own leave."""
    days = [on - timedelta(days=left) for left in range(min((on - today).days, LONGEST) + 1)]
    absences = [each for each in work.groups.absences(seat.group.id, today) if each.member == seat.member.id]
    return {day for day in days if any(each.covers(day) for each in absences)}


# Research ----------------------------------------------------------------------------------------------------------


def _lines(work: InterviewWork) -> tuple[str, ...]:
    """The lines of the research sheet."""
    guide = work.catalog.guides.get(work.catalog.countdown.research)
    return blanks(item for section in guide.sections for item in section.items) if guide else ()


def sheet(event: Command | Press, work: InterviewWork) -> Reply:
    """The research sheet as it is filled so far."""
    interview, _ = chosen(event, work)
    page = _page(event)
    return Show(
        sheets.research(interview, guide_of(work.catalog.countdown.research, work), _lines(work), work.catalog, page)
    )


def ask_fill(event: Press, work: InterviewWork) -> Reply:
    """Open a part of the sheet."""
    interview, _, part = _part(event, work)
    return Ask(sheets.fill_form(standing(interview), _lines(work), part))


def fill(event: Submit, work: InterviewWork) -> Reply:
    """Keep a part of the sheet; what is emptied is gone."""
    interview, seat, part = _part(event, work)
    lines = _lines(work)
    form = sheets.fill_form(standing(interview), lines, part)
    faults = form.faults(event.values)
    if faults:
        return Fix(form, faults, event.values)
    written = {line: one(event.values.get(id)).strip() for id, line in sheets.part_of(lines, part).items()}
    kept = {line: text for line, text in {**interview.sheet, **written}.items() if not blank(text) and line in lines}
    work.interviews.fill(interview.id, kept)
    work.groups.did(seat.member.id, seat.today(work.now))
    return Show(sheets.filled(interview, kept, lines, part))


def _part(event: Press | Submit, work: InterviewWork) -> tuple[Interview, Seat, int]:
    id, part = event.action.numbers(2)
    interview, seat = own(id, event, work)
    if not 1 <= part <= sheets.parts(_lines(work)):
        raise Refused("The research sheet has no such part. /interview research shows it.")
    return interview, seat, part


# Questions to ask, and the day itself --------------------------------------------------------------------------------


def questions(event: Command | Press, work: InterviewWork) -> Reply:
    """Questions to ask them, in the words for whom one meets at this stage."""
    interview, _ = chosen(event, work)
    focus = work.catalog.countdown.focus.get(interview.stage)
    guides = [guide for id, guide in work.catalog.guides.items() if id.startswith(ASK)]
    research = guide_of(work.catalog.countdown.research, work)
    return Show(sheets.questions(interview, guides or [research], focus.meets if focus else "", work.catalog))


def boxes(event: Command | Press, work: InterviewWork) -> Reply:
    """The day-of checklist."""
    interview, _ = chosen(event, work)
    return Show(sheets.boxes(interview, _checklist(work), work.catalog))


def _checklist(work: InterviewWork) -> Guide:
    return guide_of(work.catalog.countdown.checklist, work)


def ask_tick(event: Press, work: InterviewWork) -> Reply:
    """Open the boxes."""
    interview, _ = chosen(event, work)
    return Ask(sheets.tick_form(standing(interview), _checklist(work)))


def tick(event: Submit, work: InterviewWork) -> Reply:
    """Keep what is ticked."""
    interview, _ = chosen(event, work)
    form = sheets.tick_form(standing(interview), _checklist(work))
    faults = form.faults(event.values)
    if faults:
        return Fix(form, faults, event.values)
    ticked = many(event.values.get("boxes"))
    work.interviews.tick(interview.id, ticked)
    return Show(sheets.boxes(sheets.with_boxes(interview, ticked), _checklist(work), work.catalog))
