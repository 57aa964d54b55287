"""Cards and forms as Discord's components. Pure; every text is escaped. Limits: Discord's component reference (2026).

Components V2 alone: one container a card. They are plain objects, not views of discord.py: those wait in memory for a press,
and nothing here may depend on memory.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from adapters.discord import markdown
from bot.core.ui import (
    CARD_TEXT,
    AnyOf,
    Body,
    Button,
    Card,
    Choice,
    Field,
    Form,
    Prose,
    Row,
    Said,
    Select,
    TextField,
)

Json = dict[str, Any]

ROW, BUTTON, SELECT, INPUT, TEXT, CONTAINER, LABEL = 1, 2, 3, 4, 10, 17, 18  # types of components
STYLES = {"plain": 2, "primary": 1, "danger": 4}
SHORT, PARAGRAPH = 1, 2
EPHEMERAL, COMPONENTS_V2 = 1 << 6, 1 << 15  # flags of a message
THREAD_NAME = 100
SILENT: Json = {"parse": []}  # nobody's text mentions anybody
Marks = tuple[int, int]


def message(card: Card, key: str = "", *, private: bool = False, marks: Marks | None = None) -> Json:
    """A message with the card alone. `key` marks it, so that it can be found again; `marks` keeps those it has;
    `private` shows it to one person."""
    flags = COMPONENTS_V2 | (EPHEMERAL if private else 0)
    found = marks or (key_marks(key) if key else None)
    return {"flags": flags, "components": [container(card, found)], "allowed_mentions": SILENT}


def key_marks(key: str) -> Marks:
    """The ids of a message's container and title that stand for its key: any component may have one of 32 bits. Both lie
    above what Discord gives to those without."""
    digest = int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big")
    return (1 << 30) | digest & (1 << 30) - 1, (1 << 29) | (digest >> 32) & (1 << 29) - 1


def marks_of(components: object) -> Marks | None:
    """The marks that a message of ours carries; None where it has none."""
    try:
        box = components[0]  # type: ignore[index]
        first, second = box["id"], box["components"][0]["id"]
    except (KeyError, IndexError, TypeError):
        return None
    both = isinstance(first, int) and isinstance(second, int) and first >> 30 == 1 and second >> 29 == 1
    return (first, second) if both else None


def container(card: Card, marks: Marks | None = None) -> Json:
    """The card as one container: its texts, its rows, its last line."""
    texts = _texts(card, markdown.escape)
    if sum(map(len, texts)) > CARD_TEXT:
        texts = _texts(card, markdown.alike)
    footer = texts.pop() if card.footer else ""
    parts: list[Json] = [{"type": TEXT, "content": text} for text in texts]
    parts += [_row(row) for row in card.rows]
    if footer:
        parts.append({"type": TEXT, "content": footer})
    box: Json = {"type": CONTAINER, "components": parts}
    if marks:
        box["id"], parts[0]["id"] = marks
    return box


def _texts(card: Card, plain: markdown.Plain) -> list[str]:
    """Title, body and footer as Markdown; `plain` makes words harmless."""
    texts = [f"## {plain(card.title)}", *(_part(part, plain) for part in card.body)]
    return [*texts, f"-# {markdown.inline(card.footer, plain)}"] if card.footer else texts


def _part(part: Body, plain: markdown.Plain) -> str:
    if isinstance(part, Prose):
        return markdown.prose(part.text, plain)
    if isinstance(part, Said):
        return markdown.said(part.text, plain)
    return "\n".join(markdown.pair(label, value, plain) for label, value in part.pairs)


def _row(row: Row) -> Json:
    if isinstance(row, Select):
        return {"type": ROW, "components": [_select(row)]}
    return {"type": ROW, "components": [_button(button) for button in row]}


def _button(button: Button) -> Json:
    style = STYLES[button.style]
    return {"type": BUTTON, "style": style, "label": button.label, "custom_id": str(button.action)}


def _select(select: Select) -> Json:
    return {
        "type": SELECT,
        "custom_id": str(select.action),
        "placeholder": select.label,
        "options": _options(select.choices, ()),
    }


def _options(choices: Sequence[Choice], chosen: Sequence[str]) -> list[Json]:
    return [
        {"label": one.label, "value": one.value} | ({"default": True} if one.value in chosen else {}) for one in choices
    ]


def modal(form: Form) -> Json:
    """A form as a modal: one label a field, the intro as a text above them."""
    parts: list[Json] = [{"type": TEXT, "content": markdown.prose(form.intro)}] if form.intro else []
    parts += [_labelled(field) for field in form.fields]
    return {"custom_id": str(form.action), "title": form.title, "components": parts}


def _labelled(field: Field) -> Json:
    label: Json = {"type": LABEL, "label": field.label, "component": _input(field)}
    return label | {"description": field.hint} if field.hint else label


def _input(field: Field) -> Json:
    if isinstance(field, TextField):
        long = field.multiline or "\n" in field.value
        drawn: Json = {"type": INPUT, "custom_id": field.id, "style": PARAGRAPH if long else SHORT,
                       "max_length": field.most, "required": field.required}  # fmt: skip
        return drawn | {"value": field.value} if field.value else drawn
    most = len(field.choices) if isinstance(field, AnyOf) else 1
    chosen = field.values if isinstance(field, AnyOf) else (field.value,)
    return {
        "type": SELECT,
        "custom_id": field.id,
        "required": field.required,
        "min_values": 1 if field.required else 0,
        "max_values": most,
        "options": _options(field.choices, chosen),
    }


def thread_name(text: str) -> str:
    """A thread's name is no Markdown, and at most 100 characters long."""
    name = " ".join(text.split()) or "Answers"
    return name if len(name) <= THREAD_NAME else name[: THREAD_NAME - 1].rstrip() + "…"
