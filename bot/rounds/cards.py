"""The question, its hints and follow-ups, the strong answer, and what a closed round looks like."""

from collections.abc import Sequence

from bot.catalog import TOP_LEVEL, Question
from bot.core.markup import escape, moment
from bot.core.pages import paged, prose, said
from bot.core.ui import ActionId, Button, Card, Form, Prose, Row, TextField
from bot.rounds.rules import FORM, Answer, Round, best_level


def answer_form(round: Round, question: Question, answer: Answer | None) -> Form:
    """The Answer form, with what the member wrote there before."""
    written = next((part.text for part in answer.parts if part.source == FORM), "") if answer else ""
    hint = "Unseen by the others until answers close." if round.kind == "daily" else "Only you see it."
    if answer is not None and not answer.unseen:
        hint = "This adds to what you wrote in the thread. Unseen until answers close."
    return Form(
        "Your answer",
        ActionId("rounds.answer", str(round.id)),
        (TextField("text", question.title[:45], hint, written, multiline=True),),
        submit="Keep my answer",
    )


def kept(round: Round, question: Question, answer: Answer) -> Card:
    """The answer is kept."""
    if round.kind == "mock":
        text = "Kept. Now compare: the strong answer is yours to read, and then you say how you did."
        footer = ""
    else:
        text = (f"Kept. The others see it when answers close, {moment(round.closes)}. Until then you can change it; once "
                "you have read the strong answer, reviewers are told of later changes.")  # fmt: skip
        footer = f"{len(answer.text):,} characters."
    return Card(f"Answered: {question.title}", (Prose(text),), _after(round, question, answer), footer)


def _after(round: Round, question: Question, answer: Answer) -> tuple[Row, ...]:
    buttons = [Button("Strong answer", ActionId("rounds.strong", f"{round.id}/1"), "primary")]
    if answer.follow_ups < len(question.follow_ups):
        buttons.append(Button("A follow-up question", ActionId("rounds.follow", f"{round.id}/{answer.follow_ups + 1}")))
    label = "Change my answer" if answer.unseen else "Change what I added"
    buttons.append(Button(label, ActionId("rounds.answer", str(round.id))))
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
