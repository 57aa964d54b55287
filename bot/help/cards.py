"""What the bot can do."""

from collections.abc import Sequence

from bot.core.commands import Command
from bot.core.ui import ActionId, Button, Card, Prose


def commands(book: Sequence[Command]) -> Card:
    """All commands, each with its verbs."""
    sections = []
    for command in book:
        lines = "\n".join(
            f"- `{command.usage(verb)}` {verb.description}{' (who manages the channel)' if verb.managers else ''}"
            for verb in command.verbs
        )
        sections.append(Prose(f"**{command.description}**\n{lines}"))
    return Card(
        "What I can do",
        (
            Prose("Each day I post a task and a question, collect your answers in its thread, deal them out for review, "
                  "and bring back what you missed."),
            *sections,
        ),
        ((Button("Today", ActionId("plan.today"), "primary"), Button("A question for me", ActionId("mock.again"))),),
        "Where you type a command as text, words go in any order: /mock hard coding is the same as /mock coding hard.",
    )  # fmt: skip
