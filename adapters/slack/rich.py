"""The neutral markup as Slack draws it: rich text where blocks are, mrkdwn where only that fits. Pure.

Rich text is drawn to the letter: nothing in it is parsed, whatever somebody wrote. mrkdwn is parsed, so `&`, `<` and `>`
are escaped there, and in plain text objects, as Slack asks for.
"""

import re
from functools import lru_cache
from typing import Any

from adapters.slack.manifest import spelled
from bot.core import markup

Json = dict[str, Any]

DATE = "{date_short_pretty} {time}"
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# Read like the originals, and no parser takes them for anything: for where escapes do not fit.
_LOOKALIKES = str.maketrans({"&": "＆", "<": "‹", ">": "›"})
_CONTROL = re.compile(r"(?<=<)(?=[!@#])")
_USER = re.compile(r"[UW][A-Z0-9]+")
_CHANNEL = re.compile(r"[CG][A-Z0-9]+")


def escape(text: str) -> str:
    """Words as they read, safe in mrkdwn and in plain text objects."""
    return markup.visible(markup.clean(text)).translate(_ESCAPES)


@lru_cache(maxsize=1_024)
def plain(text: str, most: int) -> Json:
    """A plain text object: no emoji codes, no markup; at most `most` characters, as its place allows. The same words get
    the same object: change nothing in it."""
    shown = escape(text)
    if len(shown) > most:
        shown = markup.visible(markup.clean(text)).translate(_LOOKALIKES)
    return {"type": "plain_text", "text": shown or " ", "emoji": False}


@lru_cache(maxsize=1_024)
def mrkdwn(text: str) -> str:
    """Inline markup in Slack's mrkdwn."""
    return mrkdwn_spans(markup.spans(text))


def mrkdwn_spans(found: tuple[markup.Span, ...]) -> str:
    """Inline parts in Slack's mrkdwn."""
    return "".join(_mrkdwn(span) for span in found)


def _mrkdwn(span: markup.Span) -> str:
    if isinstance(span, markup.Mention):
        return f"<@{span.user}>" if _USER.fullmatch(span.user) else f"@{escape(span.user)}"
    if isinstance(span, markup.Room):
        return f"<#{span.channel}>" if _CHANNEL.fullmatch(span.channel) else f"#{escape(span.channel)}"
    if isinstance(span, markup.Moment):
        return f"<!date^{int(span.at.timestamp())}^{DATE}|{_utc(span)}>"
    mark = {"bold": "*", "italic": "_", "code": "`"}.get(span.style, "")
    return f"{mark}{escape(spelled(span.text))}{mark}"


def _utc(span: markup.Moment) -> str:
    return f"{span.at:%a} {span.at.day} {span.at:%b}, {span.at:%H:%M} UTC"


def literal(text: str, style: str = "") -> list[Json]:
    """A text to the letter. It is parted behind a `<` that could open a mention, so that not even a reader who takes
    rich text for mrkdwn finds one."""
    marked: Json = {"style": {style: True}} if style else {}
    return [{"type": "text", "text": piece} | marked for piece in _CONTROL.split(text) if piece]


def spans(found: tuple[markup.Span, ...]) -> list[Json]:
    """Inline parts as elements of rich text; never empty."""
    elements = [element for span in found for element in _elements(span)]
    return elements or [{"type": "text", "text": " "}]


def _elements(span: markup.Span) -> list[Json]:
    if isinstance(span, markup.Mention):
        known = _USER.fullmatch(span.user)
        return [{"type": "user", "user_id": span.user}] if known else literal(f"@{markup.visible(span.user)}")
    if isinstance(span, markup.Room):
        known = _CHANNEL.fullmatch(span.channel)
        named = {"type": "channel", "channel_id": span.channel}
        return [named] if known else literal(f"#{markup.visible(span.channel)}")
    if isinstance(span, markup.Moment):
        return [{"type": "date", "timestamp": int(span.at.timestamp()), "format": DATE, "fallback": _utc(span)}]
    return literal(markup.visible(markup.clean(spelled(span.text))), span.style)


@lru_cache(maxsize=1_024)
def prose(text: str) -> Json:
    """Blocks of the neutral markup as one rich text block. The same words come often, and get the same block: change
    nothing in it."""
    parts: list[Json] = []
    for block in markup.parse(text):
        if isinstance(block, markup.Paragraph) and parts and parts[-1]["type"] == "rich_text_section":
            # Slack leaves no room between two sections; an empty line in one does.
            parts[-1]["elements"] += [{"type": "text", "text": "\n\n"}, *spans(block.spans)]
        else:
            parts.append(_block(block))
    return {"type": "rich_text", "elements": parts or [_section(spans(()))]}


def _block(block: markup.Block) -> Json:
    if isinstance(block, markup.Code):
        return {"type": "rich_text_preformatted", "elements": literal(markup.visible(block.text)) or spans(())}
    if isinstance(block, markup.Quote):
        return {"type": "rich_text_quote", "elements": spans(block.spans)}
    if isinstance(block, markup.Bullets):
        items = [_section(spans(item)) for item in block.items]
        if block.numbered and block.start > 1:
            return _numbered(block)
        return {"type": "rich_text_list", "style": "ordered" if block.numbered else "bullet", "elements": items}
    return _section(spans(block.spans))


def _numbered(block: markup.Bullets) -> Json:
    """A list that goes on from an earlier page: its numbers are words, for `offset` is not in Slack's published types."""
    elements: list[Json] = []
    for number, item in enumerate(block.items, block.start):
        elements += [{"type": "text", "text": f"{number}. "}, *spans(item), {"type": "text", "text": "\n"}]
    return _section(elements[:-1])


def _section(elements: list[Json]) -> Json:
    return {"type": "rich_text_section", "elements": elements}


def said(text: str) -> Json:
    """A person's words to the letter, marked as theirs by a quote's line."""
    elements = literal(markup.visible(markup.clean(text))) or spans(())
    return {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": elements}]}


def pair(label: str, value: str) -> Json:
    """A label and its value below each other, as rich text: for values that no field holds."""
    spoken = [*literal(markup.visible(label), "bold"), {"type": "text", "text": "\n"}, *spans(markup.spans(value))]
    return {"type": "rich_text", "elements": [_section(spoken)]}
