"""What reviewers read and fill in, and the one card of feedback that an author gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.catalog import Catalog, Criterion, Question
from bot.core.markup import escape, moment
from bot.core.pages import paged, prose, said, sheets
from bot.core.ui import FORM_PARTS, ActionId, AnyOf, Body, Button, Card, Choice, Form, Prose, Row, TextField
from bot.review.rubric import anchors, key_points, level_fields
from bot.review.rules import Assignment, Estimate, PartReview, Review
from bot.rounds.rules import DESIGN_PARTS, Answer, best_level, in_order

REMARK = 1_000  # characters of "keep" and of "change": a reviewer writes a few sentences
NOTE = 600  # characters on the weakest part of a design


@dataclass(frozen=True, slots=True)
class Task:
    """An assignment with what a reviewer needs to know about it. `whose` is "Ana's answer" or "Answer B"."""

    assignment: Assignment
    question: Question
    whose: str
    round: int
    answer: Answer


def dealt(tasks: Sequence[Task], why: str) -> Card:
    """To a reviewer: these answers are yours to read."""
    lines = "\n".join(f"- {escape(task.whose)}: {task.question.title}" for task in tasks)
    count = f"{len(tasks)} answers are" if len(tasks) > 1 else "An answer is"
    return Card(
        f"{count} yours to review",
        (Prose(f"{why}\n\n{lines}"),),
        tuple((_open(task),) for task in tasks[:5]),
        f"Due {moment(max(task.assignment.due for task in tasks))}. /review shows them again.",
    )


def _open(task: Task) -> Button:
    return Button(f"Read {task.whose}"[:75], ActionId("review.open", f"{task.assignment.id}/1"), "primary")


def mine(tasks: Sequence[Task]) -> Card:
    """All that is open for a reviewer."""
    if not tasks:
        return Card("Nothing to review", (Prose("You owe nobody a review. `/mock` gives you a question of your own."),))
    lines = "\n".join(
        f"- {escape(task.whose)}: {task.question.title}, due {moment(task.assignment.due)}" for task in tasks
    )
    return Card(
        f"{len(tasks)} to review" if len(tasks) > 1 else "One to review",
        (Prose(lines),),
        tuple((_open(task),) for task in tasks[:5]),
        "" if len(tasks) <= 5 else "The five that are due first have a button.",
    )


def reminder(task: Task) -> Card:
    """Half the time is gone."""
    return Card(
        f"A reminder: {task.whose}"[:150],
        (Prose(f"**{task.question.title}** waits for your review until {moment(task.assignment.due)}. It takes about ten "
               "minutes; if you cannot, pass it on and somebody else gets it."),),
        ((_open(task), Button("Pass it on", ActionId("review.pass", str(task.assignment.id)))),),
    )  # fmt: skip


def lapsed(task: Task, somebody: bool) -> Card:
    """The lease is over; a late review is still welcome."""
    fate = "I asked somebody else" if somebody else "its author hears what the others wrote"
    return Card(
        f"Time is over: {task.whose}"[:150],
        (Prose(f"The time for your review of **{task.question.title}** is over, so {fate}. If you have it nearly ready, it "
               "is still welcome."),),
        ((Button("Write it all the same", ActionId("review.open", f"{task.assignment.id}/1")),),),
    )  # fmt: skip


def answer(task: Task, page: int) -> Card:
    """The answer to review, in pages, with the question on the first."""
    body: list[Body] = [Prose(f"**{task.question.title}**\n\n{task.question.prompt}")]
    if task.answer.edited_after_reveal:
        body.append(Prose("*Changed after its author had read the strong answer.*"))
    if task.answer.hints:
        body.append(Prose(f"*Answered with {task.answer.hints} hint{'s' if task.answer.hints > 1 else ''}.*"))
    body += _words(task.answer)
    id = task.assignment.id
    rows: tuple[Row, ...] = ((
        Button("Write the review", ActionId("review.levels", str(id)), "primary"),
        Button("Levels and key points", ActionId("review.guide", f"{id}/1")),
        Button("Strong answer", ActionId("rounds.strong", f"{task.round}/1")),
        Button("Pass it on", ActionId("review.pass", str(id))),
    ),)  # fmt: skip
    return paged(task.whose, body, page, lambda number: ActionId("review.turn", f"{id}/{number}"), rows)


def _words(answer: Answer) -> list[Body]:
    """The answer; a design part by part, with what is missing named."""
    if not answer.by_part:
        return [Prose("**The answer**"), *said(answer.text)]
    body: list[Body] = []
    texts = {part.design: part.text for part in answer.parts if part.design}
    for number, (part, name) in enumerate(DESIGN_PARTS.items(), start=1):
        if part in texts:
            body += [Prose(f"**{number}. {name}**"), *said(texts[part])]
        else:
            body.append(Prose(f"**{number}. {name}**\n*(left empty)*"))
    rest = [part for part in in_order(answer.parts) if not part.design]
    for besides in rest:
        body += [Prose("**And besides**"), *said(besides.text)]
    return body


def guide(task: Task, criteria: Sequence[Criterion], page: int) -> Card:
    """What each level looks like, and the points that a good answer has."""
    rows: tuple[Row, ...] = (
        (Button("Write the review", ActionId("review.levels", str(task.assignment.id)), "primary"),),
    )
    turn = "review.turn_guide"
    return paged("Levels and key points", [*anchors(criteria), *prose(key_points(task.question))], page,
                 lambda number: ActionId(turn, f"{task.assignment.id}/{number}"), rows)  # fmt: skip


def levels_form(task: Task, criteria: Sequence[Criterion]) -> Form:
    """Step 1: a level for each criterion."""
    # With five criteria the form is full: then the card that it was opened from says whose answer it is.
    intro = f"**{escape(task.whose)}**: {task.question.title}" if len(criteria) < FORM_PARTS else ""
    return Form(
        f"Review, step 1 of {_steps(task)}",
        ActionId("review.levels", str(task.assignment.id)),
        level_fields(criteria, task.assignment.levels),
        submit="Keep the levels",
        intro=intro,
    )


def _steps(task: Task) -> int:
    """A design that was answered in parts is reviewed part by part, too."""
    return 3 if task.answer.by_part else 2


def next_step(task: Task, *, parts: bool = False) -> Card:
    """Between two steps, as a form cannot follow a form: the levels are kept, and the `parts` where they were marked."""
    id = str(task.assignment.id)
    change = Button("Change the levels", ActionId("review.levels", id))
    if task.answer.by_part and not parts:
        return Card(
            f"{task.whose}: two steps left"[:150],
            (
                Prose(
                    "The levels are kept. Now the six parts: which would pass as they are, and which are thin or missing?"
                ),
            ),
            ((Button("Step 2: part by part", ActionId("review.parts", id), "primary"), change),),
        )
    return Card(
        f"{task.whose}: one step left"[:150],
        (Prose(f"The {'parts' if parts else 'levels'} are kept. Now the key points, the mistakes, one thing to keep and one "
               "to change. The last two help most."),),
        ((Button(f"Step {_steps(task)}: points and words", ActionId("review.words", id), "primary"),
          Button("Change the parts", ActionId("review.parts", id)) if parts else change),),
    )  # fmt: skip


def parts_form(task: Task, known: PartReview | None) -> Form:
    """Step 2 of a design's review: each of the six parts solid, thin, or neither."""
    choices = tuple(Choice(name, part) for part, name in DESIGN_PARTS.items())
    return Form(
        f"Review, step 2 of {_steps(task)}",
        ActionId("review.parts", str(task.assignment.id)),
        (
            AnyOf("solid", "Parts that would pass as they are", choices, "They have reasons, and fit the rest.",
                  known.solid if known else ()),
            AnyOf("thin", "Parts that are thin or missing", choices, "What an interviewer would ask about next.",
                  known.thin if known else ()),
            TextField("note", "What the weakest part needs", "One or two sentences that they can act on.",
                      known.note if known else "", required=False, multiline=True, most=NOTE),
        ),
        submit="Keep the parts",
        intro=f"**{escape(task.whose)}**: {task.question.title}",
    )  # fmt: skip


def words_form(task: Task, catalog: Catalog) -> Form:
    """Step 2: key points, flags and the comment."""
    points = tuple(
        Choice(_short(f"{number}. {point}"), str(number - 1))
        for number, point in enumerate(task.question.key_points, start=1)
    )
    flags = tuple(Choice(flag.label, flag.id) for flag in catalog.flags.values())
    return Form(
        f"Review, step {_steps(task)} of {_steps(task)}",
        ActionId("review.words", str(task.assignment.id)),
        (
            AnyOf("points", "Key points that it makes", points, "Tick what you found in it."),
            AnyOf("flags", "Mistakes that would sink it", flags, "Only what you really saw; none is fine."),
            TextField("keep", "One thing to keep", "What worked, so concrete that they do it again.", multiline=True,
                      most=REMARK),
            TextField("change", "One thing to change", "What to do next time, not what was wrong.", multiline=True,
                      most=REMARK),
        ),
        submit="Send the review",
        intro=f"**{escape(task.whose)}**: {task.question.title}\n\n{key_points(task.question)}",
    )  # fmt: skip


def _short(text: str) -> str:
    """A choice's label; the form's intro has the whole."""
    return text if len(text) <= 75 else text[:74].rsplit(" ", 1)[0] + "…"


def sent(task: Task, left: int) -> Card:
    """To the reviewer: done."""
    rest = "That was your last one." if left == 0 else f"{left} left."
    rows: tuple[Row, ...] = ((Button("Show what is left", ActionId("review.mine"), "primary"),),) if left else ()
    return Card(
        "Review sent",
        (Prose(f"{escape(task.whose)} has your review of **{task.question.title}**. Thank you: this is what makes the "
               f"group worth it. {rest}"),),
        rows,
    )  # fmt: skip


def passed(whose: str) -> Card:
    return Card("Passed on", (Prose(f"{escape(whose)} goes to somebody else. Nothing is held against you."),))


def feedback(
    answer: Answer,
    question: Question,
    reviews: Sequence[Review],
    estimates: Mapping[str, Estimate],
    criteria: Sequence[Criterion],
    catalog: Catalog,
    parts: Sequence[PartReview] = (),
) -> list[Card]:
    """The author's one card of feedback; as many pages as the reviewers' words need, the buttons on the last."""
    count = f"{len(reviews)} reviewers" if len(reviews) != 1 else "one reviewer"
    intro = f"**{question.title}**: feedback from {count}. The range says where the level most likely lies."
    body: list[Body] = [Prose(intro + "\n\n" + _levels(criteria, estimates, answer))]
    body.append(Prose(_ticked(question, reviews)))
    raised = _raised(reviews, catalog)
    if raised:
        body.append(Prose(raised))
    body += _part_by_part(parts)
    for number, review in enumerate(reviews, start=1):
        who = f"Reviewer {number}" if len(reviews) > 1 else "Your reviewer"
        body += [
            Prose(f"**{who} would keep**"),
            *said(review.keep),
            Prose(f"**{who} would change**"),
            *said(review.change),
        ]
    pages = sheets(body)
    return [
        Card(
            f"Feedback on your answer{f' ({page} of {len(pages)})' if len(pages) > 1 else ''}",
            sheet,
            (_feedback_buttons(answer),) if page == len(pages) else (),
        )
        for page, sheet in enumerate(pages, start=1)
    ]


def _feedback_buttons(answer: Answer) -> tuple[Button, ...]:
    id = str(answer.id)
    return (
        Button("Thank them", ActionId("review.thank", id), "primary"),
        Button("Who reviewed?", ActionId("review.who", id)),
        Button("Ask for another look", ActionId("review.look", id)),
        Button("Write a better version", ActionId("review.resubmit", id)),
        Button("Strong answer", ActionId("rounds.strong", f"{answer.round}/1")),
    )


def _levels(criteria: Sequence[Criterion], estimates: Mapping[str, Estimate], answer: Answer) -> str:
    lines = [
        f"- {criterion.name}: **{estimates[criterion.id].mean:.1f}** of 4 "
        f"({estimates[criterion.id].low:.1f} to {estimates[criterion.id].high:.1f})"
        for criterion in criteria
        if criterion.id in estimates
    ]
    if answer.hints:
        lines.append(f"- Hints taken: {answer.hints}, so the best level within reach was {best_level(answer.hints)}")
    return "\n".join(lines)


def _ticked(question: Question, reviews: Sequence[Review]) -> str:
    lines = []
    for number, point in enumerate(question.key_points):
        count = sum(number in review.points for review in reviews)
        found = (
            "found by all" if count == len(reviews) else f"found by {count} of {len(reviews)}" if count else "not found"
        )
        lines.append(f"- {point} (*{found}*)")
    return "**Key points**\n" + "\n".join(lines)


def _part_by_part(parts: Sequence[PartReview]) -> list[Body]:
    """How the reviewers saw a design's parts, and what they say of the weakest."""
    if not parts:
        return []
    lines = []
    for part, name in DESIGN_PARTS.items():
        solid, thin = sum(part in one.solid for one in parts), sum(part in one.thin for one in parts)
        seen = [f"solid for {solid}"] * bool(solid) + [f"thin or missing for {thin}"] * bool(thin)
        lines.append(f"- {name}: {', '.join(seen) or 'nobody marked it'}")
    body: list[Body] = [Prose(f"**Part by part**, of {len(parts)} who marked them\n" + "\n".join(lines))]
    for one in parts:
        if one.note:
            body += [Prose("**What the weakest part needs**"), *said(one.note)]
    return body


def _raised(reviews: Sequence[Review], catalog: Catalog) -> str:
    counts = {id: sum(id in review.flags for review in reviews) for id in catalog.flags}
    lines = [f"- **{catalog.flags[id].label}** ({count} of {len(reviews)}). {catalog.flags[id].instead}"
             for id, count in counts.items() if count]  # fmt: skip
    return "**Mistakes to work on**\n" + "\n".join(lines) if lines else ""


def no_review(answer: Answer, question: Question) -> Card:
    """Nobody could review: the author hears of it, and of what they can do."""
    return Card(
        "No review this time",
        (Prose(f"Nobody was free to review your answer to **{question.title}**. Compare it with the strong answer "
               "yourself, or ask for a look now; who was away may be back."),),
        ((Button("Strong answer", ActionId("rounds.strong", f"{answer.round}/1"), "primary"),
          Button("Ask for a look", ActionId("review.look", str(answer.id)))),),
    )  # fmt: skip


def names(text: str) -> Card:
    return Card("Who reviewed", (Prose(text),))


def thanked() -> Card:
    return Card("Thanks passed on", (Prose("Your reviewers will like to hear it."),))


def thanks(question: Question) -> Card:
    return Card("Your review helped", (Prose(f"The author of an answer to **{question.title}** says thank you."),))


def resubmit_form(answer: Answer, question: Question) -> Form:
    """A better version, with the old text where it fits the field."""
    written = answer.text if len(answer.text) <= 3_000 else ""
    hint = "" if written else "Your old answer is too long for a form: write the new one here."
    fields = (TextField("text", question.title[:45], hint, written, multiline=True),)
    return Form("A better version", ActionId("review.resubmit", str(answer.id)), fields, submit="Keep this version")


def looked(text: str) -> Card:
    return Card("On its way", (Prose(text),))


def kept(text: str) -> Card:
    return Card("Kept", (Prose(text),))
