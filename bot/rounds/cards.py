"""The question, its hints and follow-ups, the strong answer, and what a closed round looks like."""

from collections.abc import Mapping, Sequence

from bot.catalog import TOP_LEVEL, Question
from bot.core.markup import escape, moment
from bot.core.pages import paged, prose, said
from bot.core.ui import ActionId, Button, Card, Form, Prose, Row, TextField
from bot.rounds.rules import DESIGN_PARTS, DESIGN_STEPS, FORM, PART_MOST, Answer, Round, best_level, design_source

ASKS: Mapping[str, str] = {
    "framing": "Goal, what is predicted and when, the measure, constraints, the baseline.",
    "data": "Rows and labels, how late and how noisy, what goes wrong with them.",
    "features": "Groups with one strong example each; the same for training and serving.",
    "model": "Baseline, then one model with its reason; training, evaluation, the A/B test.",
    "serving": "Batch or real time, the path of a request with numbers, what if it fails.",
    "monitoring": "Inputs, predictions, outcomes; drift, feedback loop, when you retrain.",
}


def answer_form(round: Round, question: Question, answer: Answer | None) -> Form:
    """The Answer form, with what the member wrote there before."""
    written = next((part.text for part in answer.parts if part.source == FORM), "") if answer else ""
    return Form(
        "Your answer",
        ActionId("rounds.answer", str(round.id)),
        (TextField("text", question.title[:45], _who_sees_it(round, answer), written, multiline=True),),
        submit="Keep my answer",
    )


def _who_sees_it(round: Round, answer: Answer | None) -> str:
    if answer is not None and not answer.unseen:
        return "This adds to what you wrote in the thread. Unseen until answers close."
    return "Unseen by the others until answers close." if round.kind == "daily" else "Only you see it."


def parts_form(round: Round, question: Question, answer: Answer | None, step: int) -> Form:
    """Three of a design's six parts (`step` 1 or 2), with what the member wrote there before."""
    written = {part.source: part.text for part in answer.parts} if answer else {}
    fields = tuple(
        TextField(part, DESIGN_PARTS[part], ASKS[part], written.get(design_source(part), "")[:PART_MOST],
                  required=False, multiline=True, most=PART_MOST)
        for part in DESIGN_STEPS[step - 1]
    )  # fmt: skip
    return Form(
        f"Your design, {step} of {len(DESIGN_STEPS)}",
        ActionId("rounds.answer_part", f"{round.id}/{step}"),
        fields,
        submit="Keep these parts",
        intro=f"**{question.title}**. {_who_sees_it(round, answer)} A part that you leave empty shows as missing.",
    )


def half_kept(round: Round, question: Question, answer: Answer) -> Card:
    """The first three parts of a design are kept; a form cannot follow a form."""
    return Card(
        "Three parts kept, three to go",
        (Prose(f"**{question.title}**: what you wrote is kept. Model, serving and monitoring come next."),),
        (
            (
                Button("Go on: model, serving, monitoring", ActionId("rounds.answer_part", f"{round.id}/2"), "primary"),
                Button("Change the first three", ActionId("rounds.answer", str(round.id))),
            ),
        ),
        f"{_missing(answer)} Nothing is lost if you go on later.".strip(),
    )


def _missing(answer: Answer) -> str:
    filled = {part.design for part in answer.parts}
    names = [DESIGN_PARTS[part].lower() for part in DESIGN_PARTS if part not in filled]
    return f"Still empty: {', '.join(names)}." if names else ""


def kept(round: Round, question: Question, answer: Answer) -> Card:
    """The answer is kept."""
    if round.kind != "daily":
        text = "Kept. Now compare: the strong answer is yours to read, and then you say how you did."
        footer = _missing(answer) if answer.by_part else ""
    else:
        text = (f"Kept. The others see it when answers close, {moment(round.closes)}. Until then you can change it; once "
                "you have read the strong answer, reviewers are told of later changes.")  # fmt: skip
        footer = f"{len(answer.text):,} characters. {_missing(answer) if answer.by_part else ''}".strip()
    return Card(f"Answered: {question.title}", (Prose(text),), _after(round, question, answer), footer)


def _after(round: Round, question: Question, answer: Answer) -> tuple[Row, ...]:
    buttons = [Button("Strong answer", ActionId("rounds.strong", f"{round.id}/1"), "primary")]
    if answer.follow_ups < len(question.follow_ups):
        buttons.append(Button("A follow-up question", ActionId("rounds.follow", f"{round.id}/{answer.follow_ups + 1}")))
    label = "Change my answer" if answer.unseen else "Change what I added"
    buttons.append(Button(label, ActionId("rounds.answer", str(round.id))))
    if answer.by_part:
        buttons.append(Button("Change the last three", ActionId("rounds.answer_part", f"{round.id}/2")))
    return (tuple(buttons),)


def hint(round: Round, question: Question, taken: int, free: bool) -> Card:
    """The hints taken so far, and the next one at its price."""
    lines = "\n".join(f"{number}. {text}" for number, text in enumerate(question.hints[:taken], start=1))
    price = "" if free else f"With {taken} hint{'s' if taken > 1 else ''} the best level you can still reach is " \
        f"**{best_level(taken)} of {TOP_LEVEL}**."  # fmt: skip
    buttons = []
    if taken < len(question.hints):
        label = "Next hint" if free else f"Next hint (best level then {best_level(taken + 1)})"
        buttons.append(Button(label, ActionId("rounds.next_hint", f"{round.id}/{taken + 1}")))
    buttons.append(Button("Answer", ActionId("rounds.answer", str(round.id)), "primary"))
    body = [Prose(lines)] + ([Prose(price)] if price else [])
    return Card(f"Hint {taken} of {len(question.hints)}: {question.title}", tuple(body), (tuple(buttons),))


def follow_up(round: Round, question: Question, number: int, open_now: bool) -> Card:
    """The interviewer digs deeper."""
    buttons = []
    if open_now:
        buttons.append(Button("Answer it", ActionId("rounds.answer_follow", f"{round.id}/{number}"), "primary"))
    if number < len(question.follow_ups):
        buttons.append(Button("Next follow-up", ActionId("rounds.follow", f"{round.id}/{number + 1}")))
    buttons.append(Button("Strong answer", ActionId("rounds.strong", f"{round.id}/1")))
    title = f"Follow-up {number} of {len(question.follow_ups)}"
    return Card(
        title, (Prose(question.follow_ups[number - 1]),), (tuple(buttons),), "Say it out loud first, then write."
    )


def follow_up_form(round: Round, question: Question, number: int, written: str) -> Form:
    """The answer to a follow-up question."""
    return Form(
        f"Follow-up {number}",
        ActionId("rounds.answer_follow", f"{round.id}/{number}"),
        (TextField("text", "Your answer", value=written, multiline=True),),
        submit="Keep my answer",
        intro=question.follow_ups[number - 1],
    )


def strong(round: Round, question: Question, page: int, rows: tuple[Row, ...], nearby: Sequence[Question] = ()) -> Card:
    """The strong answer, what it is made of, what goes wrong, and where it goes on (`nearby`)."""
    sections = [f"*What it tests: {question.tests}*", question.strong_answer]
    if question.solution:
        sections.append(f"**Reference solution**\n\n```{question.language}\n{question.solution}\n```")
    sections.append("**Key points**\n" + "\n".join(f"- {point}" for point in question.key_points))
    if question.mistakes:  # a question that a member passed on has none
        sections.append("**Common mistakes**\n" + "\n".join(f"- {mistake.text}" for mistake in question.mistakes))
    if question.references:
        sections.append("**Read on**\n" + "\n".join(f"- {escape(source)}" for source in question.references))
    if nearby:
        sections.append("**Goes on from here**\n" + "\n".join(f"- {one.title}" for one in nearby))
    body = prose("\n\n".join(sections))
    title = f"Strong answer: {question.title}"
    return paged(title, body, page, lambda number: ActionId("rounds.turn", f"{round.id}/{number}"), rows)


def laid(who: str, page: int, pages: int, text: str) -> Card:
    """A form answer (or a page of it), laid in the thread when the round closed."""
    part = f" ({page} of {pages})" if pages > 1 else ""
    return Card(f"{who}{part}"[:150], tuple(said(text)))


def closed(round: Round, question: Question, given: int, reviewed: bool) -> Card:
    """The last word in the thread."""
    if not given:
        text = "Answers are closed. Nobody answered this one; it can come back."
    else:
        text = f"Answers are closed: {given} came in."
        text += " Each goes to its reviewers now; `/review` shows what is yours." if reviewed else ""
    button = Button("Strong answer", ActionId("rounds.strong", f"{round.id}/1"), "primary")
    return Card(f"Closed: {question.title}", (Prose(text),), ((button,),), "Only you see what you open.")


def strangers() -> Card:
    """To somebody who writes in the thread and is no member."""
    return Card(
        "Your message is not collected",
        (Prose("You are not in this study group, so your message stays a message. Join, and what you write "
               "here counts as your answer."),),
        ((Button("Join", ActionId("group.join"), "primary"),),),
    )  # fmt: skip


def too_long(length: int, most: int, *, edited: bool) -> Card:
    """To the author of an answer that grew too long in the thread."""
    fate = "Your answer keeps what stood there before" if edited else "The message is not part of your answer"
    return Card(
        "Too long to be reviewed",
        (Prose(f"With this message your answer has {length:,} characters; reviewers read up to {most:,}. {fate}. Shorten "
               "the message by an edit and it counts."),),
    )  # fmt: skip


def too_late(round: Round) -> Card:
    """To the author of a message that came when answers were closed."""
    return Card(
        "Answers are closed",
        (Prose(f"They closed {moment(round.closes)}. Your message stays in the thread for the talk; reviewers read what "
               "was there by then."),),
        ((Button("Strong answer", ActionId("rounds.strong", f"{round.id}/1")),),),
    )  # fmt: skip


def counted(round: Round, title: str) -> Card:
    """To a member whose first message in a thread became their answer."""
    return Card(
        "Taken as your answer",
        (Prose(f"What you write in this thread is your answer to **{title}**. More messages add to it; edit or delete them "
               "and it follows. Nothing more is said about it here."),),
        ((Button("It was just talk", ActionId("rounds.just_talk", str(round.id))),
          Button("Strong answer", ActionId("rounds.strong", f"{round.id}/1"))),),
    )  # fmt: skip


def uncounted(round: Round, question: Question) -> Card:
    """The messages of a member in a thread were talk."""
    return Card(
        "Just talk, then",
        (Prose(f"What you wrote so far stays in the thread and is not your answer to **{question.title}**."),),
        ((Button("Answer", ActionId("rounds.answer", str(round.id)), "primary"),),),
    )
