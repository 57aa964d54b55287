"""A whole onsite: the way in, each round with its clock, the levels, and the card that a committee reads."""

from collections.abc import Sequence
from datetime import datetime

from bot.catalog import TOP_LEVEL, Catalog, Criterion, Question, Stage
from bot.core.markup import moment
from bot.core.pages import paged, prose, said
from bot.core.ui import FORM_PARTS, ActionId, AnyOf, Body, Button, Card, Choice, Form, Prose, Row, TextField
from bot.loop.rules import Loop, Packet, Part, Reading, current
from bot.review.rubric import anchors, key_points, level_fields
from bot.rounds.rules import Round, as_asked

REMARK = 1_000  # characters of "what to change"
_STATES = {"waiting": "to come", "open": "begun", "done": "done", "skipped": "skipped"}
_READINGS: dict[Reading, tuple[str, str]] = {
    "strong yes": ("Strong yes", "Every dimension passes with room to spare, and no mistake was flagged."),
    "yes": ("Yes", "It passes, and nothing that speaks against it came up twice."),
    "close": (
        "Not yet, and close",
        "A committee would talk about this one for long, and the weakest point would decide it.",
    ),
    "not yet": ("Not yet", "Most dimensions lie below what passes. That is what a practice onsite is for."),
    "too little": ("Too little to decide", "A committee wants at least three rounds that were scored."),
}


def way_in(stages: Sequence[Stage], before: Loop | None) -> Card:
    """Before a loop begins; the committee's card of the one `before` is a press away."""
    lines = "\n".join(
        f"{number}. {stage.name}, {stage.minutes} minutes" for number, stage in enumerate(stages, start=1)
    )
    buttons = [Button("In one sitting", ActionId("loop.start", "sitting"), "primary"),
               Button("A round a day", ActionId("loop.start", "days"))]  # fmt: skip
    if before is not None:
        buttons.append(Button("The last committee's card", ActionId("loop.packet", f"{before.id}/1")))
    return Card(
        "A whole onsite",
        (Prose(f"{len(stages)} rounds, each with a question and a clock, as on the day itself. After each you give your "
               "levels by the rubric; at the end you get one card, as a hiring committee would read it."),
         Prose(lines)),
        (tuple(buttons),),
        "You can stop after any round; /mock loop takes it up again, a week later too.",
    )  # fmt: skip


def standing(loop: Loop, parts: Sequence[Part], catalog: Catalog, opening: str = "") -> Card:
    """Where a loop stands, and its next round."""
    lines = "\n".join(f"{part.number}. {_name(part, catalog)}: *{_STATES[part.state]}*" for part in parts)
    now = current(parts)
    rows: tuple[Row, ...] = ()
    if now is not None:
        stage = catalog.stages.get(now.stage)
        clock = f" ({stage.minutes} minutes)" if stage else ""
        label = f"{'Go on with' if now.state == 'open' else 'Begin'} round {now.number}{clock}"
        arg = f"{loop.id}/{now.number}"
        rows = ((Button(label, ActionId("loop.begin", arg), "primary"), Button("Skip it", ActionId("loop.skip", arg)),
                 Button("Give the loop up", ActionId("loop.drop", str(loop.id)))),)  # fmt: skip
    text = f"{opening} {lines}" if not opening else f"{opening}\n\n{lines}"
    return Card("Your onsite", (Prose(text.strip()),), rows, _next_words(loop))


def _next_words(loop: Loop) -> str:
    if loop.pace == "days":
        return "A round a day: I remind you of the next one tomorrow, and you can begin it sooner."
    return "Begin when you have the time in one piece. /mock loop brings you back here."


def _name(part: Part, catalog: Catalog) -> str:
    stage = catalog.stages.get(part.stage)
    return stage.name if stage else part.stage


def asked(part: Part, round: Round, question: Question, until: datetime, catalog: Catalog, fresh: bool) -> Card:
    """A round's question with its clock."""
    body: list[Body] = []
    if fresh:
        body.append(
            Prose("The question that you had begun is closed by now; what you wrote is kept. Here is a fresh one.")
        )
    body.append(Prose(as_asked(question)))
    return Card(
        f"Round {part.number}: {_name(part, catalog)}",
        tuple(body),
        ((Button("Answer", ActionId("rounds.answer", str(round.id)), "primary"),
          Button("Hint", ActionId("rounds.hint", str(round.id))),
          Button("Skip this round", ActionId("loop.skip", f"{part.loop}/{part.number}"))),),
        f"Your {question.minutes} minutes run until {moment(until)}. A hint costs one of four levels. Only you see this.",
    )  # fmt: skip


def answered(part: Part, round: Round, question: Question, catalog: Catalog) -> Card:
    """The answer is given, the levels are not."""
    id = str(round.id)
    buttons = [
        Button("Give my levels", ActionId("loop.levels", id), "primary"),
        Button("Strong answer", ActionId("rounds.strong", f"{id}/1")),
        Button("What each level looks like", ActionId("loop.guide", f"{id}/1")),
    ]
    if question.kind == "design":
        buttons.append(Button("Model, serving, monitoring", ActionId("rounds.answer_part", f"{id}/2")))
    return Card(
        f"Round {part.number}: {_name(part, catalog)}",
        (
            Prose(
                f"You have answered **{question.title}**. Read the strong answer, then give your levels by the rubric."
            ),
        ),
        (tuple(buttons),),
    )


def time_up(part: Part, round: Round, question: Question, catalog: Catalog) -> Card:
    """The clock of a round ran out without an answer."""
    return Card(
        f"Time is up: {_name(part, catalog)}",
        (Prose(f"The {question.minutes} minutes for **{question.title}** are over. In an interview you would say now how "
               "you would finish. You can still answer; the committee's card then says that it came late."),),
        ((Button("Answer", ActionId("rounds.answer", str(round.id)), "primary"),
          Button("Skip this round", ActionId("loop.skip", f"{part.loop}/{part.number}"))),),
    )  # fmt: skip


def guide(round: Round, question: Question, criteria: Sequence[Criterion], page: int) -> Card:
    """What each level looks like, and the points that a good answer makes."""
    rows: tuple[Row, ...] = ((Button("Give my levels", ActionId("loop.levels", str(round.id)), "primary"),),)
    return paged("Levels and key points", [*anchors(criteria), *prose(key_points(question))], page,
                 lambda number: ActionId("loop.turn_guide", f"{round.id}/{number}"), rows)  # fmt: skip


def levels_form(round: Round, question: Question, criteria: Sequence[Criterion], part: Part) -> Form:
    """Step 1: one's own levels, with the eyes of an interviewer."""
    intro = f"**{question.title}**, read as an interviewer would." if len(criteria) < FORM_PARTS else ""
    fields = level_fields(criteria, part.levels)
    return Form("My levels, 1 of 2", ActionId("loop.levels", str(round.id)), fields, submit="Keep them", intro=intro)


def levels_kept(round: Round, best: int) -> Card:
    """Between the two steps."""
    text = "Kept. Now the key points that your answer makes: they keep the levels honest."
    if best < TOP_LEVEL:
        text += f" Hints left {best} within reach, so no level counts for more."
    return Card(
        "One step left",
        (Prose(text),),
        ((Button("Step 2: key points", ActionId("loop.points", str(round.id)), "primary"),
          Button("Change the levels", ActionId("loop.levels", str(round.id)))),),
    )  # fmt: skip


def points_form(round: Round, question: Question, catalog: Catalog) -> Form:
    """Step 2: key points, mistakes, and what to change."""
    points = tuple(Choice(_short(f"{number}. {point}"), str(number - 1))
                   for number, point in enumerate(question.key_points, start=1))  # fmt: skip
    flags = tuple(Choice(flag.label, flag.id) for flag in catalog.flags.values())
    return Form(
        "My levels, 2 of 2",
        ActionId("loop.points", str(round.id)),
        (
            AnyOf("points", "Key points that my answer makes", points, "Only what stands there, not what I meant."),
            AnyOf("flags", "Mistakes that would sink it", flags, "None is fine."),
            TextField("change", "What I do otherwise next time", "It stands on the committee's card.", required=False,
                      multiline=True, most=REMARK),
        ),
        submit="Close the round",
        intro=key_points(question),
    )  # fmt: skip


def _short(text: str) -> str:
    return text if len(text) <= 75 else text[:74].rsplit(" ", 1)[0] + "…"


def reminder(loop: Loop, part: Part, count: int, catalog: Catalog) -> Card:
    """The next round waits."""
    return Card(
        f"Round {part.number} of {count} waits",
        (Prose(f"**{_name(part, catalog)}** is next in your onsite. It is yours whenever you have the time."),),
        ((Button(f"Begin round {part.number}", ActionId("loop.begin", f"{loop.id}/{part.number}"), "primary"),
          Button("Give the loop up", ActionId("loop.drop", str(loop.id)))),),
    )  # fmt: skip


def dropped() -> Card:
    return Card(
        "The onsite is put away",
        (Prose("What you answered is kept, and comes back to you in time. `/mock loop` begins a new one."),),
    )


def committee(loop: Loop, parts: Sequence[Part], read: Packet, titles: dict[int, Question], page: int,
              catalog: Catalog) -> Card:  # fmt: skip
    """One card at the end, as a hiring committee would read it."""
    verdict, why = _READINGS[read.reading]
    body: list[Body] = [Prose(f"**{verdict}.** {why} {_reason(read, catalog)}".strip())]
    if read.dimensions:
        lines = [f"- {catalog.criteria[id].name}: **{mean:.1f}** of {TOP_LEVEL}, from {count} round{'s' * (count > 1)}"
                 for id, (mean, count) in sorted(read.dimensions.items(), key=lambda one: -one[1][0])
                 if id in catalog.criteria]  # fmt: skip
        body += prose("**Levels by dimension**\n" + "\n".join(lines))
    body += prose("**Round by round**\n" + "\n".join(_line(part, titles, catalog) for part in parts))
    flags = [f"- **{catalog.flags[id].label}** (in {count}). {catalog.flags[id].instead}"
             for id, count in read.flags.items() if id in catalog.flags]  # fmt: skip
    if flags:
        body += prose("**What spoke against it**\n" + "\n".join(flags))
    for part in parts:
        if part.change:
            body += [Prose(f"**After round {part.number} you wrote**"), *said(part.change)]
    rows: tuple[Row, ...] = ((Button("A question on the weakest", ActionId("mock.again"), "primary"),
                              Button("Another onsite", ActionId("loop.open"))),)  # fmt: skip
    return paged("How a hiring committee reads your onsite", body, page,
                 lambda number: ActionId("loop.turn_packet", f"{loop.id}/{number}"), rows,
                 "The levels are your own, by the rubric. A mock in a pair tells how others hear it.")  # fmt: skip


def _reason(read: Packet, catalog: Catalog) -> str:
    """The strongest and the weakest dimension, where there are two."""
    order = sorted(read.dimensions, key=lambda criterion: read.dimensions[criterion][0])
    names = [catalog.criteria[id].name for id in order if id in catalog.criteria]
    if len(names) < 2 or read.dimensions[order[0]][0] == read.dimensions[order[-1]][0]:
        return ""
    return f"Strongest: {names[-1]}. To work on first: {names[0]}."


def _line(part: Part, titles: dict[int, Question], catalog: Catalog) -> str:
    name, question = _name(part, catalog), titles.get(part.number)
    if part.state != "done" or question is None or not part.levels:
        return f"{part.number}. {name}: *{_STATES[part.state]}*"
    mean = sum(part.levels.values()) / len(part.levels)
    late = ", after the clock" if part.late else ""
    return (f"{part.number}. {name}, **{mean:.1f}**: {question.title}; {len(part.points)} of {len(question.key_points)} key "
            f"points{late}")  # fmt: skip
