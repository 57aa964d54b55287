"""The one door: an event comes in, one transaction runs its route, a reply goes out after the commit."""

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from bot.core import again, commands
from bot.core.errors import Refused, StoreUnavailable
from bot.core.events import (
    Answers,
    Choose,
    Command,
    Deleted,
    Due,
    Edited,
    Inbound,
    Landed,
    Posted,
    Replace,
    Reply,
    Show,
    Submit,
)
from bot.core.markup import blank, clean, slices
from bot.core.ports import Scope, Store, Work
from bot.core.ui import SECTION, Card, Prose, Said, one

log = logging.getLogger("mockingbird")

W = TypeVar("W", bound=Work)
# Routes made for what the features ask of a work serve any work that gives all of it, and mypy holds that it does.
W_contra = TypeVar("W_contra", bound=Work, contravariant=True)
WORTH_KEEPING = 20  # characters: shorter values are choices and numbers, quicker chosen again than copied


@dataclass(frozen=True, slots=True)
class Route(Generic[W_contra]):
    """A handler and how its answer shows, which Discord must know before the handler runs."""

    handler: Callable[[Any, W_contra], Reply]
    answers: Answers = "private"


@dataclass(frozen=True, slots=True)
class Routes(Generic[W_contra]):
    """The whole bot: what each command, action, message, timer and landed message leads to."""

    book: tuple[commands.Command, ...]
    commands: Mapping[str, Route[W_contra]]
    presses: Mapping[str, Route[W_contra]] = field(default_factory=dict)
    submits: Mapping[str, Route[W_contra]] = field(default_factory=dict)
    messages: Mapping[type, Route[W_contra]] = field(default_factory=dict)
    timers: Mapping[str, Callable[[Due, W_contra], None]] = field(default_factory=dict)
    landed: Mapping[str, Callable[[Landed, W_contra], None]] = field(default_factory=dict)

    def of(self, event: Inbound) -> tuple[Route[W_contra], Inbound]:
        """The event's route, and the event as its handler wants it. Raises Refused for what leads nowhere."""
        if isinstance(event, Posted | Edited | Deleted):
            return self.messages[type(event)], event
        if isinstance(event, Command):
            verb, options = commands.resolve(self.book, event.name, event.text, event.options)
            return self.commands[verb.action], Command(
                event.id, event.who, event.where, event.name, event.text, options
            )
        table = self.submits if isinstance(event, Submit) else self.presses
        route = table.get(event.action.verb)
        if route is None:
            raise Refused("This button is from another time and leads nowhere now. Type /help for what I can do.")
        return route, event

    def answers(self, event: Inbound) -> Answers:
        """How the answer to this event will show, before its handler runs."""
        try:
            return self.of(event)[0].answers
        except Refused:
            return "private"


class Engine(Generic[W]):
    def __init__(self, routes: Routes[W], store: Store[W]) -> None:
        self.routes = routes
        self._store = store

    async def handle(self, event: Inbound) -> Reply:
        """The answer to an event, after what it did is durable.

        Never raises: a refusal is shown as a sentence, anything unforeseen as a short reference that is logged once.
        An event whose id was handled before changes nothing and is answered the same.
        """
        try:
            return await self._answer(event)
        except StoreUnavailable:
            return Show(unavailable(), given_back(event))
        except Exception:
            return Show(unforeseen(unforeseen_reference(f"{type(event).__name__} {event.id}")), given_back(event))

    async def _answer(self, event: Inbound) -> Reply:
        scope = Scope.of(event.where, event.who.id)
        try:
            route, routed = self.routes.of(cleaned(event))
            return await self._store.run(lambda work: _once(route, routed, work), scope)
        except Refused as refusal:
            refusing = Show(refused(str(refusal)), given_back(event))
        # What its handler did is undone, and the event with it: from now on it is known as refused. Where it came a second
        # time meanwhile and was not, that is how it is answered.
        return await self._store.run(lambda work: _refuse(event, refusing, work), scope)


def cleaned(event: Inbound) -> Inbound:
    """The event with every text of a person fit to be stored."""
    name = clean(event.who.name).strip() or event.who.id
    if name != event.who.name:
        event = replace(event, who=replace(event.who, name=name))
    if isinstance(event, Posted | Edited):
        return replace(event, text=clean(event.text))
    if isinstance(event, Command):
        if not event.text and not event.options:
            return event
        options = {name: clean(value) for name, value in event.options.items()}
        return replace(event, text=clean(event.text), options=options)
    if isinstance(event, Deleted):
        return event
    arg = clean(event.action.arg)  # what comes back in a button is a claim, too, and may stand in the form that follows
    if arg != event.action.arg:
        event = replace(event, action=replace(event.action, arg=arg))
    if isinstance(event, Choose):
        return replace(event, value=clean(event.value))
    if isinstance(event, Submit):
        values = {
            name: clean(value) if isinstance(value, str) else tuple(clean(one) for one in value)
            for name, value in event.values.items()
        }
        return replace(event, values=values)
    return event


def _once(route: Route[W], event: Inbound, work: W) -> Reply:
    before = work.receipts.answer(event.id)
    if before is not None:
        return before
    reply = route.handler(event, work)
    if route.answers == "replace" and isinstance(reply, Show) and not reply.more:
        reply = Replace(reply.card)
    return _keep(event, reply, work)


def _refuse(event: Inbound, reply: Show, work: Work) -> Reply:
    before = work.receipts.answer(event.id)
    return _keep(event, reply, work) if before is None else before


def _keep(event: Inbound, reply: Reply, work: Work) -> Reply:
    work.receipts.keep(event.id, reply)
    again.keep(event, reply, work)
    return reply


def unforeseen_reference(what: str) -> str:
    """Log the exception at hand once, and return the short reference under which it stands."""
    reference = secrets.token_hex(3)
    log.exception("unforeseen error %s at %s", reference, what)
    return reference


def refused(sentence: str) -> Card:
    """How a refusal looks."""
    return Card("Not this time", (Prose(sentence),))


def unforeseen(reference: str) -> Card:
    """How an error of ours looks: nothing was changed, and the reference finds it in the log."""
    return Card(
        "Something broke on my side",
        (Prose("Nothing was changed. Try once more; if it happens again, tell whoever runs me this reference: "
               f"`{reference}`."),),
    )  # fmt: skip


def unavailable() -> Card:
    """How it looks while the database takes nothing: the store has said so in the log."""
    return Card(
        "I cannot write anything down right now",
        (Prose("So nothing was changed. Try again in a minute; what was already written is safe."),),
    )


def given_back(event: Inbound) -> tuple[Card, ...]:
    """What a person typed into a form, or at length behind a command, that came to nothing, so that they can copy it:
    nothing written is lost."""
    if isinstance(event, Submit):
        typed = [one(value) for value in event.values.values()]
    elif isinstance(event, Command):
        # What is shorter is quickly typed again, and mostly was a mistake.
        typed = [text for text in (event.text, *event.options.values()) if len(text) > commands.OPTION_TEXT]
    else:
        return ()
    return tuple(
        Card("What you wrote, to keep", (Said(page),))
        for text in typed
        if len(text) > WORTH_KEEPING and not blank(text)
        for page in slices(clean(text), SECTION)
        if not blank(page)
    )
