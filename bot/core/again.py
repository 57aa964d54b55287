"""An answer that may not reach its person at once is kept under their own name, and a button brings it back.

Where a form cannot follow a form (Discord), what was typed waits here behind *Try again*; where nothing private can answer
a plain message, so does what was to be said. Nobody else can open it: the person's id is a part of the name.
"""

from bot.core.errors import Refused
from bot.core.events import Ask, Edited, Fix, Inbound, Posted, Press, Reply, Show
from bot.core.markup import clean, escape, mention
from bot.core.ports import Work
from bot.core.ui import ActionId, Button, Card, Prose

VERB = "reply.again"


def keep(event: Inbound, reply: Reply, work: Work) -> None:
    """Keep a form's faults, and what answers a plain message; all else is shown at once."""
    if isinstance(reply, Fix) or (isinstance(event, Posted | Edited) and isinstance(reply, Show)):
        name = _name(event.who.id, event.id)
        if work.receipts.answer(name) is None:
            work.receipts.keep(name, reply)


def again(event: Press, work: Work) -> Reply:
    """The kept answer of this person: a form comes back with what they typed."""
    reply = work.receipts.answer(_name(event.who.id, clean(event.action.arg)))
    if isinstance(reply, Fix):
        return Ask(reply.form.filled(reply.values))
    if isinstance(reply, Show):
        return reply
    raise Refused("This is not kept any more, or was meant for somebody else. /help shows where to start.")


def _name(who: str, event: str) -> str:
    return f"again:{who}:{event}"[:200]


def action(event: str) -> ActionId:
    """The button that brings back the answer to an event, named by its id."""
    return ActionId(VERB, event)


def to_mend(event: str, fix: Fix) -> Card:
    """What is wrong in a form, for where it does not stay open."""
    labels = {field.id: field.label for field in fix.form.fields}
    lines = [f"- **{escape(labels[id])}**: {escape(fault)}" if id in labels else f"- {escape(fault)}"
             for id, fault in fix.faults.items() if fault]  # fmt: skip
    lines = lines or ["- This cannot be kept as it is. Look through it once more."]
    return Card(
        f"{fix.form.title}: not yet",
        (Prose("\n".join(lines)),),
        ((Button("Try again", action(event), "primary"),),),
        "What you typed is kept: the form opens with it.",
    )


def waiting(who: str, event: str) -> Card:
    """To somebody whose direct messages are closed: for all to see, and only they can open it."""
    return Card(
        "A word about your message",
        (
            Prose(
                f"{mention(who)}, your direct messages are closed to me. Press to read it here; only you will see it."
            ),
        ),
        ((Button("Read it here", action(event), "primary"),),),
    )
