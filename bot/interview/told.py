"""The form of afterwards, and what the channel reads of a question that a member passed on."""

from collections.abc import Sequence

from bot.catalog import Catalog, Kind, Level
from bot.core.markup import blank, mention
from bot.core.pages import said
from bot.core.ui import ActionId, Button, Card, Choice, Form, OneOf, Prose, TextField
from bot.interview.cards import FELT
from bot.interview.rules import ASKED, Interview, PassedOn

SHARE = {"no": "Keep it to myself", "group": "Share it, without my name", "name": "Share it with my name"}


def done_form(interview: Interview, kinds: Sequence[Kind], levels: Sequence[Level]) -> Form:
    """What was asked, and how it felt."""
    return Form(
        "How it went",
        ActionId("interview.done", str(interview.id)),
        (
            TextField("asked", "What was asked?", "One question, in your own words; no secrets of theirs. May stay empty.",
                      required=False, multiline=True, most=ASKED),
            OneOf("kind", "What kind of question", tuple(Choice(kind.capitalize(), kind) for kind in kinds), value=kinds[0]),
            OneOf("level", "How hard", tuple(Choice(level.capitalize(), level) for level in levels), value="medium"),
            OneOf("felt", "How did it feel?", tuple(Choice(label, value) for value, label in FELT.items()),
                  value=interview.felt),
            OneOf("share", "Your group", tuple(Choice(label, value) for value, label in SHARE.items()),
                  "A shared question is asked by /mock in your group, and nowhere else.", "no"),
        ),
        submit="Keep it",
    )  # fmt: skip


def thanks(share: str, text: str) -> str:
    """What became of what was told."""
    if blank(text):
        return "Kept. When you remember a question of theirs, *Another question* takes it."
    if share == "no":
        return "Kept for you alone. What made you stumble is worth a `/mock` tomorrow."
    return "Kept, and on its way to your group's channel without the company's name. `/mock` asks it there from now on."


def shared(passed: PassedOn, who: str, catalog: Catalog) -> Card:
    """A question that a member was asked, for the group; `who` is empty where they keep their name out of it."""
    stage = catalog.stages.get(passed.stage)
    whose = f"{mention(who)} was" if who else "One of you was"
    return Card(
        f"Asked in an interview: {stage.name if stage else passed.kind}",
        (Prose(f"{whose} asked this, a {passed.level} one, and passes it on:"), *said(passed.text)[:1]),
        ((Button("Try it", ActionId("mock.own", str(passed.id)), "primary"),),),
        "It is this group's own: /mock asks it here and nowhere else.",
    )


def taken_back() -> Card:
    """What stands in the channel where a question was taken back."""
    return Card("Taken back", (Prose("Whoever passed this question on has taken it back."),))
