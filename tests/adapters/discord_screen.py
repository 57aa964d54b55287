"""Discord's screen read back: what a person sees in components and modals, as the cards and forms that it was drawn from."""

import re

from bot.core.ui import (
    ActionId,
    AnyOf,
    Body,
    Button,
    Card,
    Choice,
    Field,
    Form,
    OneOf,
    Prose,
    Row,
    Select,
    TextField,
)
from tests.adapters import discord_judge as judge
from tests.adapters.discord_guild import Json

_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")


def card(message: Json) -> Card:
    """What a message shows. Its words are as they are read: bold in stars, nothing escaped."""
    title, body, rows, footer = "", list[Body](), list[Row](), ""
    for one in judge.every(message["components"]):
        if one["type"] == judge.DISPLAY:
            for part in _parts(one["content"]):
                if part.startswith("#") and not title:
                    title = read(part.lstrip("# "))
                elif part.startswith("-# "):
                    footer = read(part.replace("-# ", ""))
                else:
                    body.append(Prose(read(part)[:3_000]))
        elif one["type"] == judge.ROW:
            rows.append(_row(one["components"]))
    return Card(title[:150] or read(message.get("content") or "?")[:150], tuple(body), tuple(rows), footer[:500])


def _parts(text: str) -> list[str]:
    """A title stands on a line of its own, the rest is one text."""
    first, _, rest = text.partition("\n")
    if first.startswith("#") and rest.strip():
        return [first, rest.strip("\n")]
    return [text]


def read(text: str) -> str:
    """Markdown as it is read: what is escaped is itself."""
    return _ESCAPED.sub(r"\1", text)


def _row(components: list[Json]) -> Row:
    if components[0]["type"] == judge.SELECT:
        one = components[0]
        return Select(one.get("placeholder") or "Choose", ActionId.parse(one["custom_id"]), _choices(one))
    return tuple(Button(one["label"], ActionId.parse(one["custom_id"])) for one in components)


def _choices(one: Json) -> tuple[Choice, ...]:
    return tuple(Choice(option["label"][:75], option["value"]) for option in one["options"])


def form(modal: Json) -> Form:
    """What a modal asks."""
    labels = [one for one in modal["components"] if one["type"] == judge.LABEL_TYPE]
    fields = tuple(_field(one["label"], one["component"]) for one in labels)
    return Form(modal["title"][:24], ActionId.parse(modal["custom_id"]), fields)


def _field(label: str, one: Json) -> Field:
    id, required = one["custom_id"], one.get("required", True)
    if one["type"] == judge.TEXT_INPUT:
        most = min(one.get("max_length") or 3_000, 3_000)
        return TextField(id, label, value=one.get("value") or "", required=required, most=most)
    chosen = tuple(option["value"] for option in one["options"] if option.get("default"))
    if one["type"] == judge.CHECKS or one.get("max_values", 1) > 1:
        return AnyOf(id, label, _choices(one), values=chosen, required=required)
    return OneOf(id, label, _choices(one), value="".join(chosen), required=required)
