"""The daily post and the views of a plan."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from bot.catalog import Catalog, Guide, Plan, PlanDay, Question
from bot.core.markup import moment
from bot.core.pages import paged
from bot.core.ui import ActionId, Body, Button, Card, Choice, File, Prose, Row, Select
from bot.group.rules import day_name
from bot.ics import Event, plain
from bot.plan.rules import missed_name
from bot.rounds.rules import Round, as_asked


def daily(
    plan: Plan,
    day: PlanDay,
    nominal: date,
    missed: Collection[int],
    question: Question | None,
    round: Round | None,
    catalog: Catalog,
) -> Card:
    """The post of a day, with its question where it has one."""
    tasks = "\n".join(f"- {task}" for task in day.tasks)
    body: list[Body] = []
    if missed:
        body.append(Prose(f"{missed_name(missed)} could not be posted: I was not running. `/plan day {min(missed)}` "
                          "shows what you can catch up on; today's post is the one that counts."))  # fmt: skip
    opening = {"rest": "**A day of rest.** ", "light": "**Light review, no question today.** ", "study": "**Goal.** "}
    body.append(Prose(f"{opening[day.kind]}{day.goal}\n\n{tasks}"))
    if question is not None:
        body.append(Prose(as_asked(question)))
    return Card(
        f"Day {day.day} of {len(plan.days)}: {day.title}",
        tuple(body),
        _rows(day, nominal, round, catalog),
        _footer(day, round),
    )


def _rows(day: PlanDay, nominal: date, round: Round | None, catalog: Catalog) -> tuple[Row, ...]:
    buttons: list[Button] = []
    if round is not None:
        buttons.append(Button("Answer", ActionId("rounds.answer", str(round.id)), "primary"))
        buttons.append(Button("Hint", ActionId("rounds.hint", str(round.id))))
    if day.kind != "rest":
        buttons.append(Button("Done", ActionId("plan.done", nominal.isoformat())))
        buttons.append(Button("Away today", ActionId("group.away", nominal.isoformat())))
    rows: list[Row] = [tuple(buttons)] if buttons else []
    more = [Button("Write a STAR story", ActionId("star.bank")),
            Button("The group's coverage", ActionId("star.group"))] if day.star else []  # fmt: skip
    if day.kind == "light":
        more.append(Button("What comes back to me", ActionId("progress.mine")))
    if more:
        rows.append(tuple(more))
    if day.guides:
        choices = tuple(Choice(catalog.guides[guide].title, guide) for guide in day.guides)
        rows.append(Select("Read a guide", ActionId("plan.guide"), choices))
    return tuple(rows)


def _footer(day: PlanDay, round: Round | None) -> str:
    if round is not None:
        return (f"Answers close {moment(round.closes)}. What you write in the thread is public at once; the Answer form "
                "stays unseen until then. A hint costs one of the four levels.")  # fmt: skip
    return "Nothing is due today." if day.kind == "rest" else "Press Done when you are through."


def finished(plan: Plan, members: int, answers: int, reviews: int, missed: Collection[int], group: int) -> Card:
    """The plan is through."""
    given, written = _some(answers, "answer"), _some(reviews, "review")
    text = (f"**{plan.title} is complete.** {members} of you gave {given} and wrote {written}. Be proud, sleep well, and "
            "walk in as people who have explained all this before.")  # fmt: skip
    if missed:
        text += (
            f"\n\n{missed_name(missed)} could not be posted while I was not running; `/plan day {min(missed)}` has it."
        )
    return Card(
        "You did it: the plan is through",
        (Prose(text), Prose("What now? `/mock` keeps going at your own pace and brings back what you missed. Or start "
                            "again together: questions that you have not had come first.")),
        ((Button("Start again", ActionId("group.again", str(group)), "primary"),
          Button("My progress", ActionId("progress.mine"))),),
        "People who manage this channel can start again.",
    )  # fmt: skip


def _some(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def day(plan: Plan, day: PlanDay, when: str, catalog: Catalog, question: Question | None) -> Card:
    """One day of the plan, to read."""
    tasks = "\n".join(f"- {task}" for task in day.tasks)
    body: list[Body] = [Prose(f"{when}\n\n**Goal.** {day.goal}\n\n{tasks}".strip())]
    if question is not None:
        body.append(Prose(as_asked(question)))
    turns = []
    if day.day > 1:
        turns.append(Button("Day before", ActionId("plan.turn", str(day.day - 1))))
    if day.day < len(plan.days):
        turns.append(Button("Day after", ActionId("plan.turn", str(day.day + 1))))
    rows: list[Row] = [tuple(turns)] if turns else []
    if day.guides:
        choices = tuple(Choice(catalog.guides[guide].title, guide) for guide in day.guides)
        rows.append(Select("Read a guide", ActionId("plan.guide"), choices))
    return Card(f"Day {day.day} of {len(plan.days)}: {day.title}", tuple(body), tuple(rows))


def today(card: Card, day: PlanDay, answered: bool, round: Round | None, now: datetime, nominal: date) -> Card:
    """Today for one member: the day, and what is theirs to do."""
    if day.kind == "rest":
        return Card(card.title, (Prose("Nothing is due today. Rest is part of the plan."), *card.body), card.rows)
    note = "Your tasks of today are up to you: press Done when you are through."
    buttons = [Button("Done", ActionId("plan.done", nominal.isoformat()))]
    if round is not None and round.open_at(now):
        note = f"You have answered; you can change it until {moment(round.closes)}." if answered else (
            f"You have not answered yet. Answers close {moment(round.closes)}.")  # fmt: skip
        label = "Change my answer" if answered else "Answer"
        buttons.insert(0, Button(label, ActionId("rounds.answer", str(round.id)), "primary"))
        buttons.insert(1, Button("Hint", ActionId("rounds.hint", str(round.id))))
    elif round is not None:
        note = "Answers to this question are closed."
    if round is not None and (answered or not round.open_at(now)):
        buttons.append(Button("Strong answer", ActionId("rounds.strong", f"{round.id}/1")))
    if day.star:
        buttons.append(Button("Write a STAR story", ActionId("star.bank")))
    return Card(card.title, (Prose(note), *card.body), (tuple(buttons), *card.rows))


def over(plan: Plan, group: int) -> Card:
    """Asked for today when the plan is through."""
    return Card(
        f"{plan.title}: you are through",
        (Prose("The plan is complete; nothing is due any more. `/mock` keeps going at your own pace."),),
        ((Button("A question for me", ActionId("mock.again"), "primary"), Button("See the plan", ActionId("plan.all")),
          Button("Start again", ActionId("group.again", str(group)))),),
        "People who manage this channel can start again.",
    )  # fmt: skip


def whole(plan: Plan, posted: Mapping[int, date], coming: Mapping[int, date], ticked: Collection[int]) -> Card:
    """All days on one card."""
    lines = []
    for one in plan.days:
        state = "done" if one.day in ticked else "posted" if one.day in posted else ""
        when = posted.get(one.day) or coming.get(one.day)
        name = f"{day_name(when)}: " if when else ""
        lines.append(f"- {name}**Day {one.day}** {one.title}{f' ({state})' if state else ''}")
    choices = tuple(Choice(f"Day {one.day}: {one.title}"[:75], str(one.day)) for one in plan.days)
    # One select holds 25; a longer plan's later days are reached by /plan day.
    return Card(
        plan.title,
        (Prose(plan.summary), Prose("\n".join(lines))),
        (Select("Open a day", ActionId("plan.day"), choices[:25]), (Button("Calendar file", ActionId("plan.file")),)),
    )


def event(plan: Plan, run: int, number: int, on: date) -> Event:
    """A day of the plan for a calendar: the whole local date."""
    day = plan.days[number - 1]
    about = "\n".join([plain(day.goal), "", *(f"- {plain(task)}" for task in day.tasks)])
    return Event(f"plan-{run}-{number}", f"Day {number} of {len(plan.days)}: {day.title}", about, on)


def file(plan: Plan, days: int, text: str) -> Card:
    """The plan as a file to import."""
    return Card(
        "The plan for your calendar",
        (Prose(f"{_some(days, 'day')} to come of **{plan.title}**, each on its date. When the group skips a day or pauses, "
               "get a fresh file: your calendar takes it as a change."),),
        file=File("study-plan.ics", "text/calendar", text),
    )  # fmt: skip


def done(day: int, fresh: bool) -> Card:
    """The member's tasks of a day are done."""
    text = f"Day {day} is ticked off, and counts for your streak." if fresh else f"Day {day} was ticked off already."
    return Card("Done for the day", (Prose(text),), ((Button("My progress", ActionId("progress.mine")),),))


def guide(guide: Guide, page: int) -> Card:
    """A guide, in pages."""
    body: list[Body] = [Prose(guide.intro)]
    for section in guide.sections:
        body.append(Prose(f"**{section.title}**\n" + "\n".join(f"- {item}" for item in section.items)))
    return paged(guide.title, body, page, lambda number: ActionId("plan.turn_guide", f"{guide.id}/{number}"))
