"""What becomes of the engine's answer: cards go into the history, a form goes back to the page to be opened."""

from datetime import datetime

from adapters.web.history import History, Message
from adapters.web.workspace import BOT
from bot.core.events import Ask, Fix, Inbound, Replace, Reply, Show
from bot.core.ui import Card


def settle(reply: Reply, event: Inbound, pressed: Message | None, history: History, at: datetime) -> Ask | Fix | None:
    """Keep what the reply shows; give back the form that it opens or leaves open.

    `pressed` is the message whose button, select or form led here. A card that others see too is never replaced for
    one of them: they get theirs privately.
    """
    if isinstance(reply, Ask | Fix):
        return reply
    if isinstance(reply, Replace):
        own = pressed is not None and (pressed.place.direct or pressed.private_to == event.who.id)
        if pressed is None or not own or history.edit(pressed.id, card=reply.card) is None:
            _show(reply.card, event, history, at)
    elif isinstance(reply, Show):
        for card in (reply.card, *reply.more):
            _show(card, event, history, at)
    return None


def _show(card: Card, event: Inbound, history: History, at: datetime) -> None:
    # In direct messages nobody else is there to hide it from.
    private_to = "" if event.where.direct else event.who.id
    history.post(event.where, BOT, at, card=card, private_to=private_to)
