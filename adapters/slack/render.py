"""Cards and forms as Block Kit. Pure; every text is escaped or drawn to the letter. Limits: Slack's Block Kit reference."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from adapters.slack import rich
from bot.core import markup
from bot.core.events import Fix
from bot.core.ui import (
    ACTION_ID,
    BUTTON_LABEL,
    CARD_TITLE,
    CHOICE_LABEL,
    FORM_TITLE,
    SECTION,
    Body,
    Button,
    Card,
    Choice,
    Facts,
    Field,
    Form,
    OneOf,
    Prose,
    Row,
    Said,
    Select,
    TextField,
)

Json = dict[str, Any]

FIELD = 2_000  # a section's field
BOXES = 10  # checkboxes; more are a list that opens
LABEL = 2_000  # an input's label and hint
VIEW_BLOCKS = 100
TEXT = 3_000  # the fallback: chat.update takes 4,000, escapes included
NAME = "Mockingbird"  # what a view is called when it shows a card
AGAIN = "form.again"  # our one action of Slack's own: opens the form that its value asks for


def message(card: Card) -> list[Json]:
    """The blocks of a card: at most 40, so they fit any surface."""
    blocks: list[Json] = [{"type": "header", "text": rich.plain(card.title, CARD_TITLE)}]
    for part in card.body:
        blocks += _part(part)
    blocks += [_row(row) for row in card.rows]
    if card.file:
        # Slack puts no file under an answer to one person: it goes to them directly.
        blocks.append({"type": "context", "elements": [_mrkdwn(f"`{card.file.name}` comes to your direct messages.")]})
    if card.footer:
        blocks.append({"type": "context", "elements": [_mrkdwn(card.footer)]})
    return blocks


def text(card: Card) -> str:
    """What notifications and screen readers say: the card's words, escaped; the end is left out where they are many."""
    said: list[str] = [rich.plain(card.title, CARD_TITLE)["text"]]
    for part in card.body:
        if isinstance(part, Facts):
            said += [f"{rich.escape(label)}: {rich.mrkdwn(value)}" for label, value in part.pairs]
        elif isinstance(part, Said):
            said += [rich.escape(line) for line in part.text.split("\n")]
        else:
            said += _lines(part.text)
    lines = list(filter(str.strip, said))
    whole = "\n".join(lines)
    return whole if len(whole) <= TEXT else _begun(lines)


def _begun(lines: Sequence[str]) -> str:
    """As many of the lines as there is room for."""
    room, kept = TEXT, []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join([*kept, "…"])


@lru_cache(maxsize=1_024)
def _lines(prose: str) -> tuple[str, ...]:
    """Our own markup line by line, without the marks of its blocks."""
    found = []
    for block in markup.parse(prose):
        if isinstance(block, markup.Code):
            found += [rich.escape(line) for line in block.text.split("\n")]
        else:
            runs = block.items if isinstance(block, markup.Bullets) else (block.spans,)
            found += [rich.mrkdwn_spans(run) for run in runs]
    return tuple(found)


def _part(part: Body) -> list[Json]:
    if isinstance(part, Prose):
        return [rich.prose(part.text)]
    if isinstance(part, Said):
        return [rich.said(part.text)]
    fields = [_mrkdwn(f"**{markup.escape(label)}**\n{value}") for label, value in part.pairs]
    if all(len(field["text"]) <= FIELD for field in fields):
        return [{"type": "section", "fields": fields}]
    return [rich.pair(label, value) for label, value in part.pairs]


def _mrkdwn(text: str) -> Json:
    # verbatim: Slack looks for no names and links of its own in it.
    return {"type": "mrkdwn", "text": rich.mrkdwn(text), "verbatim": True}


def _row(row: Row) -> Json:
    if isinstance(row, Select):
        return {"type": "actions", "elements": [_select(row)]}
    return {"type": "actions", "elements": [_button(button) for button in row]}


def _button(button: Button) -> Json:
    action = str(button.action)
    drawn: Json = {
        "type": "button",
        "text": rich.plain(button.label, BUTTON_LABEL),
        "action_id": action,
        "value": action,
    }
    return drawn if button.style == "plain" else drawn | {"style": button.style}


def _select(select: Select) -> Json:
    return {
        "type": "static_select",
        "action_id": str(select.action),
        "placeholder": rich.plain(select.label, BUTTON_LABEL),
        "options": _options(select.choices),
    }


def _options(choices: Sequence[Choice]) -> list[Json]:
    return [{"text": rich.plain(one.label, CHOICE_LABEL), "value": one.value} for one in choices]


def again(title: str, sentence: str, asks: str) -> tuple[list[Json], str]:
    """Blocks and text with one button that opens a form: for where Slack gave us no way to open it at once.

    `asks` is what led to the form: ``/group setup`` or the id of an action.
    """
    card = Card(title, (Prose(sentence),))
    button = {"type": "button", "text": rich.plain("Open the form", BUTTON_LABEL), "action_id": AGAIN, "style": "primary",
              "value": asks[:FIELD]}  # fmt: skip
    return [*message(card), {"type": "actions", "elements": [button]}], text(card)


def view(form: Form, metadata: str) -> Json:
    """A form as a modal; `metadata` comes back with it."""
    blocks: list[Json] = [rich.prose(form.intro)] if form.intro else []
    blocks += [_input(field) for field in form.fields]
    return {
        "type": "modal",
        "callback_id": str(form.action)[:ACTION_ID],
        "title": rich.plain(form.title, FORM_TITLE),
        "submit": rich.plain(form.submit, FORM_TITLE),
        "close": rich.plain("Cancel", FORM_TITLE),
        "private_metadata": metadata,
        "blocks": blocks,
    }


def _input(field: Field) -> Json:
    drawn: Json = {
        "type": "input",
        "block_id": field.id,
        "label": rich.plain(field.label, LABEL),
        "optional": not field.required,
        "element": _element(field),
    }
    return drawn | {"hint": rich.plain(field.hint, LABEL)} if field.hint else drawn


def _element(field: Field) -> Json:
    if isinstance(field, TextField):
        return _text_input(field)
    options = _options(field.choices)
    if isinstance(field, OneOf):
        chosen = [one for one in options if one["value"] == field.value]
        first: Json = {"initial_option": chosen[0]} if chosen else {}
        return {"type": "static_select", "action_id": field.id, "options": options} | first
    chosen = [one for one in options if one["value"] in field.values]
    first = {"initial_options": chosen} if chosen else {}
    kind = "checkboxes" if len(options) <= BOXES else "multi_static_select"
    return {"type": kind, "action_id": field.id, "options": options} | first


def _text_input(field: TextField) -> Json:
    drawn: Json = {
        "type": "plain_text_input",
        "action_id": field.id,
        "multiline": field.multiline or "\n" in field.value,
        "max_length": min(field.most, SECTION),
    }
    return drawn | {"initial_value": field.value} if field.value else drawn


def shown(cards: Sequence[Card], metadata: str) -> Json:
    """Cards as a modal with nothing to send; those that do not fit are left to the messages that brought them."""
    return {
        "type": "modal",
        "callback_id": "card.shown",
        "title": rich.plain(NAME, FORM_TITLE),
        "close": rich.plain("Close", FORM_TITLE),
        "private_metadata": metadata,
        "blocks": _stack(cards),
    }


def home(cards: Sequence[Card]) -> Json:
    """The App Home: cards below each other."""
    return {"type": "home", "blocks": _stack(cards)}


def _stack(cards: Sequence[Card]) -> list[Json]:
    blocks: list[Json] = []
    for card in cards:
        drawn = ([{"type": "divider"}] if blocks else []) + message(card)
        if len(blocks) + len(drawn) > VIEW_BLOCKS:
            break
        blocks += drawn
    return blocks


def errors(fix: Fix) -> dict[str, str]:
    """Field id -> fault, as `response_action: errors` takes them; a fault of no field stands at the first."""
    ids = [field.id for field in fix.form.fields]
    found = {id: fault for id, fault in fix.faults.items() if id in ids and fault}
    strays = [fault for id, fault in fix.faults.items() if id not in ids and fault]
    if strays or not found:
        found.setdefault(ids[0], strays[0] if strays else "This cannot be kept as it is. Look through it once more.")
    return found


def metadata(parts: Mapping[str, str]) -> str:
    """Compact JSON for `private_metadata`; what is empty is left out."""
    return json.dumps({name: value for name, value in parts.items() if value}, separators=(",", ":"))
