"""What one prepares with: the plan of the days left, the research sheet, questions to ask, the checklist."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.catalog import Catalog, Guide, Stage
from bot.core.markup import escape
from bot.core.pages import paged, prose, said
from bot.core.ui import (
    CHOICE_LABEL,
    CHOICES,
    FIELD_HINT,
    FIELD_LABEL,
    ActionId,
    AnyOf,
    Body,
    Button,
    Card,
    Choice,
    Form,
    Prose,
    Row,
    Select,
    TextField,
)
from bot.group.rules import day_name
from bot.interview.cards import name
from bot.interview.countdown import LONGEST, Day, Schedule, Standing
from bot.interview.rules import LINE, Interview, box

PART = 4  # lines of the sheet a form


def plan(interview: Interview, stage: Stage, made: Schedule, knows: Standing, catalog: Catalog, page: int) -> Card:
    """Day by day to the interview, and what was left out for want of days."""
    body: list[Body] = [Prose(_fitted(made, stage, knows))]
    before = ""
    for day in made.days:
        body += prose(_day(day, new=day.phase.id != before))
        before = day.phase.id
    if made.left_out:
        body.append(
            Prose(f"**Left out on purpose, for want of days:** {', '.join(one.lower() for one in made.left_out)}.")
        )
    id = str(interview.id)
    rows: tuple[Row, ...] = ((
        Button("A question now", ActionId("mock.again"), "primary"),
        Button("Research sheet", ActionId("interview.sheet", f"{id}/1")),
        Button("Questions to ask", ActionId("interview.questions", id)),
        Button("Checklist", ActionId("interview.boxes", id)),
        Button("The interview", ActionId("interview.open", id)),
    ),)  # fmt: skip
    title = f"Your plan: {name(interview, catalog)}"
    return paged(title, body, page, lambda number: ActionId("interview.turn_plan", f"{id}/{number}"), rows,
                 "Made anew each time you open it, from what you did since.")  # fmt: skip


def _fitted(made: Schedule, stage: Stage, knows: Standing) -> str:
    """What the plan was fitted to."""
    left = made.days[0].left
    days = {0: "Today is the day", 1: "One day left"}.get(left, f"{left} days left")
    parts = [f"**{days}** before a *{escape(stage.name)}*."]
    if left == LONGEST:
        parts[0] = (
            f"The last **{LONGEST} days** before a *{escape(stage.name)}*; until then the group's own plan carries you."
        )
    if knows.weak:
        weak = " and ".join(knows.names.get(one, one) for one in knows.weak[:2])
        parts.append(f"Your reviews are below passing on {weak}.")
    back = sum(len(titles) for titles in knows.due.values())
    if back:
        parts.append(f"{back} idea{'s' if back > 1 else ''} of yours come{'' if back > 1 else 's'} back on the way.")
    if knows.themes:
        count = len(knows.themes)
        parts.append(f"{count} themes have no story yet." if count > 1 else "One theme has no story yet.")
    return " ".join(parts)


def _day(day: Day, *, new: bool) -> str:
    """A day with its tasks; the first of a stretch says what that is about."""
    left = {0: "the day", 1: "1 day left"}.get(day.left, f"{day.left} days left")
    if day.away:
        return f"**{day_name(day.date)}, {left}**: you are away. Nothing."
    head = f"**{day_name(day.date)}, {left}: {day.phase.title}** ({day.minutes} minutes)"
    about = f"\n*{day.phase.about}*" if new else ""
    tasks = "\n".join(f"- {task.text} {task.move.minutes} min." for task in day.tasks)
    return f"{head}{about}\n{tasks}" if day.tasks else f"{head}{about}\n- Free. Sleep, walk, see somebody."


# Research ----------------------------------------------------------------------------------------------------------


def research(interview: Interview, guide: Guide, lines: Sequence[str], catalog: Catalog, page: int) -> Card:
    """The sheet with what stands on it."""
    body: list[Body] = [Prose(guide.intro)]
    for line in lines:
        text = interview.sheet.get(line, "")
        body += [Prose(f"**{escape(line)}**"), *said(text)] if text else [Prose(f"**{escape(line)}**: nothing yet")]
    id = str(interview.id)
    fill = tuple(Button(f"Fill part {part}", ActionId("interview.fill", f"{id}/{part}"), "primary" if part == 1 else "plain")
                 for part in range(1, parts(lines) + 1))[:3]  # fmt: skip
    open_now = fill if interview.state == "coming" else ()
    rows: tuple[Row, ...] = ((*open_now, Button("How to look it up", ActionId("plan.guide", guide.id)),
                              Button("The interview", ActionId("interview.open", id))),)  # fmt: skip
    title = f"Research: {interview.company}"
    return paged(title, body, page, lambda number: ActionId("interview.turn_sheet", f"{id}/{number}"), rows)


def parts(lines: Sequence[str]) -> int:
    """How many forms the sheet needs."""
    return -(-len(lines) // PART)


def part_of(lines: Sequence[str], part: int) -> dict[str, str]:
    """Field id -> line, for a part of the sheet (from 1)."""
    start = (part - 1) * PART
    return {f"line_{number}": line for number, line in enumerate(lines[start : start + PART], start=start + 1)}


def fill_form(interview: Interview, lines: Sequence[str], part: int) -> Form:
    """A part of the sheet to write on."""
    fields = tuple(
        TextField(id, _short(line), line[:FIELD_HINT] if len(line) > FIELD_LABEL else "", interview.sheet.get(line, ""),
                  required=False, multiline=True, most=LINE)
        for id, line in part_of(lines, part).items()
    )  # fmt: skip
    return Form("The research sheet", ActionId("interview.fill", f"{interview.id}/{part}"), fields, submit="Keep it")


def _short(line: str) -> str:
    return line if len(line) <= FIELD_LABEL else line[: FIELD_LABEL - 1].rsplit(" ", 1)[0].rstrip(",") + "…"


def filled(interview: Interview, kept: Mapping[str, str], lines: Sequence[str], part: int) -> Card:
    """It is kept, and what is still empty."""
    empty = len(lines) - len(kept)
    text = "Every line has something on it." if not empty else f"{empty} of {len(lines)} lines are still empty."
    id = str(interview.id)
    buttons = [Button("The whole sheet", ActionId("interview.sheet", f"{id}/1"))]
    if part < parts(lines):
        buttons.insert(0, Button(f"Fill part {part + 1}", ActionId("interview.fill", f"{id}/{part + 1}"), "primary"))
    return Card(
        "Kept on the sheet", (Prose(f"{text} Mark each as known or guessed; they know the answer."),), (tuple(buttons),)
    )


# Questions to ask ----------------------------------------------------------------------------------------------------


def questions(interview: Interview, guides: Sequence[Guide], meets: str, catalog: Catalog) -> Card:
    """One question an area, in the words for whom one meets; each opens with what its answers tell."""
    shown = list(guides)[:CHOICES]
    whom = (
        f" You meet a{'n' if meets[:1] in 'aeiou' else ''} {meets} at this stage, so these are for them."
        if meets
        else ""
    )
    lines = [f"- {_asked(guide, meets)}" for guide in shown]
    choices = tuple(Choice(guide.title[:CHOICE_LABEL], guide.id) for guide in shown)
    return Card(
        f"Questions to ask {interview.company}",
        (Prose(f"Choose 2-3 from different areas.{whom} Tie one to something that they published, and follow up once."),
         *_fitting(lines)),
        (Select("What an answer tells you", ActionId("plan.guide"), choices),
         (Button("The interview", ActionId("interview.open", str(interview.id))),)),
    )  # fmt: skip


def _fitting(lines: Sequence[str]) -> list[Body]:
    """As many lines as a card holds beside the rest; the select has all."""
    return prose("\n".join(lines))[:1] if lines else []


def _asked(guide: Guide, meets: str) -> str:
    items = guide.sections[0].items
    return next((item for item in items if meets and meets in item.partition(":")[0].lower()), items[0])


# The day itself -----------------------------------------------------------------------------------------------------


def boxes(interview: Interview, guide: Guide, catalog: Catalog) -> Card:
    """The checklist, with what is ticked said in words."""
    items = [item for section in guide.sections for item in section.items]
    done = sum(box(item) in interview.ticked for item in items)
    text = "All ticked. You are ready." if done == len(items) else f"{done} of {len(items)} ticked."
    body: list[Body] = [Prose(f"{text} {guide.intro if not done else ''}".strip())]
    for section in guide.sections:
        lines = [f"- {'**Done:** ' if box(item) in interview.ticked else ''}{item}" for item in section.items]
        body += prose(f"**{section.title}**\n" + "\n".join(lines))
    id = str(interview.id)
    tick = (Button("Tick boxes", ActionId("interview.tick", id), "primary"),) if interview.state == "coming" else ()
    rows: tuple[Row, ...] = ((*tick, Button("The interview", ActionId("interview.open", id))),)
    return Card(f"Checklist: {name(interview, catalog)}", tuple(body), rows)


def tick_form(interview: Interview, guide: Guide) -> Form:
    """The boxes."""
    names = list(dict.fromkeys(box(item) for section in guide.sections for item in section.items))[:CHOICES]
    ticked = tuple(one for one in interview.ticked if one in names)
    field = AnyOf("boxes", "What is done", tuple(Choice(one, one) for one in names), values=ticked)
    return Form("Day-of checklist", ActionId("interview.tick", str(interview.id)), (field,), submit="Keep")


def with_boxes(interview: Interview, ticked: tuple[str, ...]) -> Interview:
    """The interview as it is once these are ticked."""
    return replace(interview, ticked=ticked)
