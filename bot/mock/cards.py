"""A mock question, its clock, and what comes of it."""

from datetime import datetime

from bot.catalog import TOPICS, Question, Stage
from bot.core.markup import mention, moment
from bot.core.ui import ActionId, Button, Card, Prose
from bot.rounds.rules import Round, as_asked


def asked(round: Round, question: Question, until: datetime, why: str, stages: tuple[Stage, ...]) -> Card:
    """A question for one member alone, with its clock running."""
    names = ", ".join(stage.name for stage in stages)
    return Card(
        f"Mock question: {TOPICS[question.topic]}",
        (Prose(f"{why} Asked in: {names}."), Prose(as_asked(question))),
        (
            (
                Button("Answer", ActionId("rounds.answer", str(round.id)), "primary"),
                Button("Hint", ActionId("rounds.hint", str(round.id))),
                Button("I give up", ActionId("mock.give_up", str(round.id))),
                Button("Another one", ActionId("mock.again")),
            ),
        ),
        f"Your {question.minutes} minutes run until {moment(until)}. A hint costs one of four levels. Only you see this.",
    )


def shared(round: Round, question: Question, who: str) -> Card:
    """A question in the channel, for whoever likes to answer in its thread."""
    return Card(
        f"Mock question: {TOPICS[question.topic]}",
        (
            Prose(f"{mention(who)} asked for a question. Answer in the thread, or by the form."),
            Prose(as_asked(question)),
        ),
        (
            (
                Button("Answer", ActionId("rounds.answer", str(round.id)), "primary"),
                Button("Hint", ActionId("rounds.hint", str(round.id))),
                Button("Close and compare", ActionId("mock.close", str(round.id))),
            ),
        ),
        f"Made for {question.minutes} minutes; the thread stays open until {moment(round.closes)}, so that others can join "
        "in. Messages there are public at once.",
    )


def time_is_up(round: Round, question: Question) -> Card:
    """The clock of a mock ran out without an answer."""
    return Card(
        f"Time is up: {question.title}",
        (Prose(f"The {question.minutes} minutes are over. In an interview you would say now how you would finish. You can "
               "still answer here, or give up and read the strong answer."),),
        ((Button("Answer", ActionId("rounds.answer", str(round.id)), "primary"),
          Button("I give up", ActionId("mock.give_up", str(round.id)))),),
    )  # fmt: skip


def levelled(question: Question, level: int, due: datetime) -> Card:
    """How it went, and when it comes back."""
    words = {1: "Good to know: that is what a mock is for.", 2: "Shaky is honest, and worth one more look.",
             3: "Solid. That would pass.", 4: "Strong. Keep it warm."}[level]  # fmt: skip
    return Card(
        f"Level {level}: {question.title}",
        (Prose(f"{words} This idea comes back {moment(due)}, or when you type `/mock` after that."),),
        ((Button("Another question", ActionId("mock.again"), "primary"),
          Button("My progress", ActionId("progress.mine"))),),
    )  # fmt: skip


def gave_up(round: Round, question: Question) -> Card:
    """The member wants to see it."""
    return Card(
        f"On the table: {question.title}",
        (Prose("No harm done. Read the strong answer, say it once in your own words, and it comes back soon."),),
        ((Button("Strong answer", ActionId("rounds.strong", f"{round.id}/1"), "primary"),
          Button("Another question", ActionId("mock.again"))),),
    )  # fmt: skip


def posted_in_channel(question: Question) -> Card:
    return Card(
        "It is in the channel", (Prose(f"**{question.title}** waits in its own thread for you and the others."),)
    )


def closing(question: Question) -> Card:
    return Card("Closing", (Prose(f"**{question.title}** closes now; the strong answer opens in its thread."),))
