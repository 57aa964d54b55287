"""Cards and forms as every platform can draw them.

The tightest platform's limit holds for all, and is raised at construction: what exists can be sent. Sources: Slack's
Block Kit reference, Discord's component reference (2026). People's words go into `Said` or through `markup.escape`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal, Self

from bot.core.errors import Refused
from bot.core.markup import blank, weight
from bot.core.records import record

ACTION_ID = 100  # Discord custom_id
BUTTON_LABEL = 75  # Slack button text
BUTTONS_A_ROW = 5  # Discord action row
CARD_TITLE = 150  # Slack header
SECTION = 3_000  # Slack section text
FACTS = 10  # Slack section fields
CARD_TEXT = 4_000  # Discord, all text of one message
MARK = 4  # Discord, what makes a title, a last line or a person's words out of text
COMPONENTS = 40  # Discord, one message
CHOICES = 25  # Discord select
CHOICE_LABEL = 75  # Slack option text
CHOICE_VALUE = 100  # Discord option value
FORM_TITLE = 24  # Slack modal title
FORM_PARTS = 5  # Discord modal
FIELD_LABEL = 45  # Discord label
FIELD_HINT = 100  # Discord label description
FIELD_TEXT = 3_000  # Slack plain_text_input
FILE_TEXT = 100_000  # characters; ours: a calendar of a year has a third of it

_VERB = re.compile(r"[a-z]+\.[a-z_]+")
_FILE = re.compile(r"[a-z0-9][a-z0-9-]{0,59}\.[a-z]{2,4}")


def _limit(what: str, text: str, most: int, least: int = 1) -> None:
    if not least <= len(text) <= most:
        raise ValueError(f"{what} has {len(text)} characters, {least} to {most} are allowed: {text[:60]!r}")


@lru_cache(maxsize=1_024)
def _is_verb(text: str) -> bool:
    return _VERB.fullmatch(text) is not None


@record(frozen=True, slots=True)
class ActionId:
    """What a button, select, form or timer stands for: ``noun.verb`` and an argument. It is a claim, no permission."""

    verb: str
    arg: str = ""

    def __post_init__(self) -> None:
        if not _is_verb(self.verb):
            raise ValueError(f"{self.verb!r} is not noun.verb")
        if len(self.verb) + len(self.arg) >= ACTION_ID:
            _limit("action id", str(self), ACTION_ID)

    def __str__(self) -> str:
        return f"{self.verb}:{self.arg}" if self.arg else self.verb

    @property
    def number(self) -> int:
        """The argument as the id of a row. Raises Refused where it is none: what a person sends back is a claim."""
        return self.numbers(1)[0]

    def numbers(self, count: int) -> tuple[int, ...]:
        """The argument as `count` whole numbers joined by slashes. Raises Refused where it is something else."""
        parts = self.arg.split("/")
        # 18 digits fit the 64 bits of an id.
        if len(parts) != count or not all(part.isascii() and part.isdecimal() and len(part) <= 18 for part in parts):
            raise Refused("This button leads nowhere now. Type /help for what I can do.")
        return tuple(int(part) for part in parts)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The action that a platform sent back. Raises ValueError for what was never one of ours."""
        verb, _, arg = text.partition(":")
        return cls(verb, arg)


@record(frozen=True, slots=True)
class Prose:
    """Our own words in the neutral markup."""

    text: str

    def __post_init__(self) -> None:
        _limit("prose", self.text, SECTION)


@record(frozen=True, slots=True)
class Said:
    """A person's words, never parsed: drawn to the letter, and they can neither mention nor format."""

    text: str

    def __post_init__(self) -> None:
        if not 1 <= weight(self.text) <= SECTION:
            raise ValueError(f"a person's words weigh {weight(self.text)}, 1 to {SECTION} are allowed")


@record(frozen=True, slots=True)
class Facts:
    """Up to ten label and value pairs, the values in the neutral markup."""

    pairs: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.pairs) <= FACTS:
            raise ValueError(f"{len(self.pairs)} facts, 1 to {FACTS} are allowed")
        for label, value in self.pairs:
            _limit("fact label", label, FIELD_LABEL)
            _limit("fact value", value, 1_000)


Body = Prose | Said | Facts


@record(frozen=True, slots=True)
class Button:
    label: str
    action: ActionId
    style: Literal["plain", "primary", "danger"] = "plain"

    def __post_init__(self) -> None:
        _limit("button label", self.label, BUTTON_LABEL)


@record(frozen=True, slots=True)
class Choice:
    label: str
    value: str

    def __post_init__(self) -> None:
        _limit("choice label", self.label, CHOICE_LABEL)
        _limit("choice value", self.value, CHOICE_VALUE)


def _check_choices(choices: Sequence[Choice]) -> None:
    if not 1 <= len(choices) <= CHOICES:
        raise ValueError(f"{len(choices)} choices, 1 to {CHOICES} are allowed")
    if len({choice.value for choice in choices}) < len(choices):
        raise ValueError("two choices have the same value")


@record(frozen=True, slots=True)
class Select:
    """One row: a choice that acts at once."""

    label: str
    action: ActionId
    choices: tuple[Choice, ...]

    def __post_init__(self) -> None:
        _limit("select label", self.label, BUTTON_LABEL)
        _check_choices(self.choices)


Row = tuple[Button, ...] | Select


@record(frozen=True, slots=True)
class File:
    """A small text file that a card hands over. Its name is ours: lower-case words and an ending."""

    name: str
    kind: Literal["text/calendar"]
    text: str

    def __post_init__(self) -> None:
        if not _FILE.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name for a file")
        _limit("file", self.text, FILE_TEXT)


@record(frozen=True, slots=True)
class Card:
    """One message: a title, a body, rows of buttons or selects, and a quiet last line.

    A `file` goes with answers to a person alone. Messages that are owed carry none: what was uploaded cannot be found
    again by a key, so it could not be sent just once.
    """

    title: str
    body: tuple[Body, ...] = ()
    rows: tuple[Row, ...] = ()
    footer: str = ""
    file: File | None = None

    def __post_init__(self) -> None:
        _limit("card title", self.title, CARD_TITLE)
        _limit("card footer", self.footer, 500, least=0)
        if self.weight > CARD_TEXT:
            raise ValueError(f"card {self.title!r} weighs {self.weight}, {CARD_TEXT} are allowed")
        components = 3 + len(self.body)
        actions: list[tuple[str, str]] = []
        for row in self.rows:
            if isinstance(row, Select):
                components += 1
                actions.append((row.action.verb, row.action.arg))
                continue
            if not 1 <= len(row) <= BUTTONS_A_ROW:
                raise ValueError(f"{len(row)} buttons in a row, 1 to {BUTTONS_A_ROW} are allowed")
            components += 1 + len(row)
            for button in row:
                actions.append((button.action.verb, button.action.arg))
        if components > COMPONENTS:
            raise ValueError(f"card {self.title!r} has {components} components, {COMPONENTS} are allowed")
        if len(set(actions)) < len(actions):
            raise ValueError(f"card {self.title!r} has the same action twice")

    @property
    def weight(self) -> int:
        """What the card's text costs on the platform that needs most characters for it."""
        total = len(self.title) + len(self.footer) + 2 * MARK
        for part in self.body:
            if isinstance(part, Said):
                total += weight(part.text) + MARK
            elif isinstance(part, Prose):
                total += len(part.text)
            else:
                total += sum(len(label) + len(value) + 6 for label, value in part.pairs)
        return total


@record(frozen=True, slots=True)
class TextField:
    id: str
    label: str
    hint: str = ""
    value: str = ""
    required: bool = True
    multiline: bool = False
    most: int = FIELD_TEXT

    def __post_init__(self) -> None:
        _check_field(self.id, self.label, self.hint)
        if not 1 <= self.most <= FIELD_TEXT or len(self.value) > self.most:
            raise ValueError(f"field {self.id!r}: a value of {len(self.value)} of at most {self.most} characters")

    def fault(self, value: str | tuple[str, ...]) -> str:
        """What is wrong with a value sent for this field; empty where nothing is."""
        if not isinstance(value, str):
            return "Write your answer as text."
        if self.required and blank(value):
            return "This one is needed: write a few words."
        if len(value) > self.most:
            return (
                f"That is {len(value):,} characters; {self.most:,} fit here. Shorten it by {len(value) - self.most:,}."
            )
        return ""


@record(frozen=True, slots=True)
class OneOf:
    id: str
    label: str
    choices: tuple[Choice, ...]
    hint: str = ""
    value: str = ""
    required: bool = True

    def __post_init__(self) -> None:
        _check_field(self.id, self.label, self.hint)
        _check_choices(self.choices)
        if self.value and self.value not in {choice.value for choice in self.choices}:
            raise ValueError(f"field {self.id!r}: {self.value!r} is not among its choices")

    def fault(self, value: str | tuple[str, ...]) -> str:
        """What is wrong with a value sent for this field; empty where nothing is."""
        if not value:
            return "Choose one." if self.required else ""
        return "" if value in {choice.value for choice in self.choices} else "Choose one of those in the list."


@record(frozen=True, slots=True)
class AnyOf:
    id: str
    label: str
    choices: tuple[Choice, ...]
    hint: str = ""
    values: tuple[str, ...] = ()
    required: bool = False

    def __post_init__(self) -> None:
        _check_field(self.id, self.label, self.hint)
        _check_choices(self.choices)
        if not {choice.value for choice in self.choices}.issuperset(self.values):
            raise ValueError(f"field {self.id!r}: {self.values!r} are not all among its choices")

    def fault(self, value: str | tuple[str, ...]) -> str:
        """What is wrong with the values sent for this field; empty where nothing is."""
        sent = (value,) if isinstance(value, str) and value else tuple(value)
        if self.required and not sent:
            return "Choose at least one."
        known = {choice.value for choice in self.choices}
        return "" if known.issuperset(sent) else "Choose among those in the list."


Field = TextField | OneOf | AnyOf
Values = Mapping[str, str | tuple[str, ...]]


def _check_field(id: str, label: str, hint: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", id):
        raise ValueError(f"{id!r} is no field id")
    _limit("field label", label, FIELD_LABEL)
    _limit("field hint", hint, FIELD_HINT, least=0)


@record(frozen=True, slots=True)
class Form:
    """A dialog of one to five parts; the `intro` counts as one."""

    title: str
    action: ActionId
    fields: tuple[Field, ...]
    submit: str = "Save"
    intro: str = ""

    def __post_init__(self) -> None:
        _limit("form title", self.title, FORM_TITLE)
        _limit("form submit", self.submit, FORM_TITLE)
        _limit("form intro", self.intro, SECTION, least=0)
        parts = len(self.fields) + bool(self.intro)
        if not self.fields or parts > FORM_PARTS:
            raise ValueError(f"form {self.title!r} has {parts} parts, 1 to {FORM_PARTS} are allowed")
        if len({field.id for field in self.fields}) < len(self.fields):
            raise ValueError(f"form {self.title!r} has the same field twice")

    def faults(self, values: Values) -> dict[str, str]:
        """Field id -> what is wrong with it, for what a person submitted."""
        found = {field.id: field.fault(values.get(field.id, "")) for field in self.fields}
        return {id: fault for id, fault in found.items() if fault}

    def filled(self, values: Values) -> "Form":
        """The same form with what was typed in its fields, as far as it fits them."""
        return replace(self, fields=tuple(_filled(field, values.get(field.id, "")) for field in self.fields))


def _filled(field: Field, value: str | tuple[str, ...]) -> Field:
    if isinstance(field, AnyOf):
        known = {choice.value for choice in field.choices}
        return replace(field, values=tuple(one for one in many(value) if one in known))
    if isinstance(field, OneOf):
        return replace(field, value=value if field.fault(value) == "" and isinstance(value, str) else field.value)
    return replace(field, value=one(value)[: field.most])


def one(value: str | tuple[str, ...] | None) -> str:
    """A submitted value as a single text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else ", ".join(value)


def many(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    """A submitted value as several."""
    if not value:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
