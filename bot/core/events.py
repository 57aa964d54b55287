"""What comes in from a platform, what goes back as the answer, and what the ticker and the deliverer report."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Literal

from bot.core.records import record
from bot.core.ui import ActionId, Card, Form, Values


@record(frozen=True, slots=True)
class Person:
    """Who did it, as the platform vouches for: `manages` means that they may manage the channel they are in."""

    id: str
    name: str
    manages: bool = False
    zone: str = ""


@record(frozen=True, slots=True)
class Place:
    """Where: a channel of a workspace, a thread in it, or one person's direct messages (`channel` is then the person).

    On a platform whose direct messages belong to no workspace, what comes from there has none: it stands for all of them,
    as far as the person has a seat there.
    """

    platform: str
    workspace: str
    channel: str
    thread: str = ""
    direct: bool = False

    @property
    def lane(self) -> str:
        """Messages of one lane are sent one at a time, in order."""
        return f"{self.platform}|{self.workspace}|{self.channel}"


@record(frozen=True, slots=True)
class Command:
    """``/mock hard coding``: text platforms send `text`, typed ones `options`; the engine makes options of the text."""

    id: str
    who: Person
    where: Place
    name: str
    text: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@record(frozen=True, slots=True)
class Press:
    id: str
    who: Person
    where: Place
    action: ActionId


@record(frozen=True, slots=True)
class Choose:
    id: str
    who: Person
    where: Place
    action: ActionId
    value: str


@record(frozen=True, slots=True)
class Submit:
    id: str
    who: Person
    where: Place
    action: ActionId
    values: Values


@record(frozen=True, slots=True)
class Posted:
    """A plain message of a person; `message` is the platform's id of it."""

    id: str
    who: Person
    where: Place
    message: str
    text: str


@record(frozen=True, slots=True)
class Edited:
    id: str
    who: Person
    where: Place
    message: str
    text: str


@record(frozen=True, slots=True)
class Deleted:
    id: str
    who: Person
    where: Place
    message: str


Interaction = Command | Press | Choose | Submit
Message = Posted | Edited | Deleted
Inbound = Interaction | Message


@record(frozen=True, slots=True)
class Due:
    """A timer ran out: it was set for `at` (aware, UTC)."""

    action: ActionId
    at: datetime


@record(frozen=True, slots=True)
class Receipt:
    """Where a message landed: the platform's ids of it and of the thread opened on it."""

    message: str
    thread: str = ""


@record(frozen=True, slots=True)
class Landed:
    """A message that asked to be told (`then`) has landed."""

    action: ActionId
    receipt: Receipt


@record(frozen=True, slots=True)
class Show:
    """Answer with a card that only this person sees, and further ones below it."""

    card: Card
    more: tuple[Card, ...] = ()


@record(frozen=True, slots=True)
class Replace:
    """Put this card in the place of the one that was pressed."""

    card: Card


@record(frozen=True, slots=True)
class Ask:
    """Open a form. May answer a command, a press or a choice, never a submission."""

    form: Form


@record(frozen=True, slots=True)
class Fix:
    """The form stays open with what was typed (`values`) and one fault a field."""

    form: Form
    faults: Mapping[str, str]
    values: Values


@record(frozen=True, slots=True)
class Quiet:
    """Nothing to say."""


Reply = Show | Replace | Ask | Fix | Quiet
Answers = Literal["private", "replace", "form"]
