"""Slack's screen read back: what a person sees in blocks and modals, as the cards and forms that it was drawn from."""

import html
import re
from typing import Any

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
from tests.adapters.slack_workspace import Json


def card(message: Json) -> Card:
    """What a message shows. Its words are as they are read: bold in stars, nothing escaped."""
    title, body, rows = "", list[Body](), list[Row]()
    for block in message.get("blocks") or []:
        if block["type"] == "header" and not title:
            title = words(block["text"])
        elif block["type"] == "header":  # a second card below the first, as in the App Home
            body.append(Prose(words(block["text"])))
        elif block["type"] in ("section", "rich_text", "context"):
            said = text(block)
            body += [Prose(said[:3_000])] if said else []
            if "accessory" in block:
                rows.append(_row([block["accessory"]]))
        elif block["type"] == "actions":
            rows.append(_row(block["elements"]))
    return Card(title or words({"text": message.get("text", "?")})[:150], tuple(body), tuple(rows))


def text(block: Json) -> str:
    """All words of a block."""
    if block["type"] == "rich_text":
        return "\n".join(_rich(part) for part in block["elements"])
    parts = [block["text"]] if "text" in block else []
    parts += block.get("fields", []) + (block.get("elements", []) if block["type"] == "context" else [])
    return "\n".join(words(part) for part in parts)


def words(part: Json) -> str:
    """A text object's words, with bold as the neutral markup has it."""
    read: str = part["text"]
    if part.get("type") == "mrkdwn":
        read = re.sub(r"(?<![*\w])\*([^*\n]+)\*(?!\*)", r"**\1**", read)
    return html.unescape(read)


def _rich(part: Json) -> str:
    if part["type"] == "rich_text_list":
        return "\n".join(_rich(one) for one in part["elements"])
    return "".join(_span(one) for one in part["elements"])


def _span(span: Json) -> str:
    if span["type"] == "text":
        read: str = span["text"]
        return f"**{read}**" if span.get("style", {}).get("bold") else read
    return f"<{span['type']}>"


def _row(elements: list[Json]) -> Row:
    """Buttons, or a select that stands alone."""
    if elements[0]["type"] == "static_select":
        one = elements[0]
        return Select(one.get("placeholder", {}).get("text", "Choose"), ActionId.parse(one["action_id"]), _choices(one))
    return tuple(Button(html.unescape(one["text"]["text"]), ActionId.parse(one["action_id"])) for one in elements)


def _choices(element: Json) -> tuple[Choice, ...]:
    return tuple(Choice(html.unescape(one["text"]["text"]), one["value"]) for one in element["options"])


def form(view: Json) -> Form:
    """What a modal asks."""
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    fields = tuple(_field(block, block["element"]) for block in inputs)
    return Form(html.unescape(view["title"]["text"]), ActionId.parse(view["callback_id"]), fields)


def _field(block: Json, element: Json) -> Field:
    id, label, required = block["block_id"], html.unescape(block["label"]["text"]), not block.get("optional", False)
    if element["type"] == "plain_text_input":
        value = element.get("initial_value", "")
        return TextField(id, label, value=value, required=required, most=element.get("max_length", 3_000))
    if element["type"] in ("checkboxes", "multi_static_select"):
        chosen: list[Any] = element.get("initial_options", [])
        return AnyOf(id, label, _choices(element), values=tuple(one["value"] for one in chosen), required=required)
    first = element.get("initial_option", {}).get("value", "")
    return OneOf(id, label, _choices(element), value=first, required=required)
