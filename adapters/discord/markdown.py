"""The neutral markup as Discord's Markdown. Pure.

Discord parses whatever it is sent, so every character that could mean something stands behind a backslash: what people
wrote is drawn to the letter, and can neither mention, format, link nor stamp a time.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from adapters.discord.commands import spelled
from bot.core import markup

_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\*_~`|#[]()@:-+.!<>"})
# Read like the originals, and Discord takes them for nothing: for where backslashes do not fit.
_LOOKALIKES = str.maketrans({
    "\\": "＼", "*": "∗", "_": "＿", "~": "∼", "`": "ˋ", "|": "ǀ", "#": "＃", "[": "［", "]": "］", "(": "（", ")": "）",
    "@": "＠", ":": "：", "-": "‐", "+": "＋", ".": "․", "!": "ǃ", "<": "‹", ">": "›",
})  # fmt: skip
_ID = re.compile(r"\d{15,20}")
ZERO_WIDTH = "\u200b"


def escape(text: str) -> str:
    """Words as they read, safe wherever Discord parses Markdown."""
    return markup.visible(markup.clean(text)).translate(_SPECIAL)


def alike(text: str) -> str:
    """The same without one character more than they have: characters that Discord parses become others like them."""
    return markup.visible(markup.clean(text)).translate(_LOOKALIKES)


Plain = Callable[[str], str]
"""What makes words harmless: `escape`, or `alike` where that is too long."""


@lru_cache(maxsize=1_024)
def inline(text: str, plain: Plain = escape) -> str:
    """Inline markup as Markdown."""
    return _spans(markup.spans(text), plain)


def _spans(found: tuple[markup.Span, ...], plain: Plain) -> str:
    return "".join(_span(span, plain) for span in found)


def _span(span: markup.Span, plain: Plain) -> str:
    if isinstance(span, markup.Mention):
        return f"<@{span.user}>" if _ID.fullmatch(span.user) else f"@{ZERO_WIDTH}{plain(span.user)}"
    if isinstance(span, markup.Room):
        return f"<#{span.channel}>" if _ID.fullmatch(span.channel) else f"#{ZERO_WIDTH}{plain(span.channel)}"
    if isinstance(span, markup.Moment):
        return f"<t:{int(span.at.timestamp())}>"
    words = spelled(span.text)
    if span.style == "code":
        return f"`{_uncoded(words)}`"
    mark = {"bold": "**", "italic": "*"}.get(span.style, "")
    return f"{mark}{plain(words)}{mark}"


def _uncoded(text: str) -> str:
    """Inside of code nothing is parsed, but a backtick ends it."""
    return markup.visible(markup.clean(text)).replace("`", "ˋ")


@lru_cache(maxsize=1_024)
def prose(text: str, plain: Plain = escape) -> str:
    """Blocks of the neutral markup as Markdown. The same words come often."""
    return "\n\n".join(_block(block, plain) for block in markup.parse(text)) or ZERO_WIDTH


def _block(block: markup.Block, plain: Plain) -> str:
    if isinstance(block, markup.Code):
        code = markup.visible(markup.clean(block.text)).replace("```", f"``{ZERO_WIDTH}`")
        return f"```{block.language}\n{code}\n```"
    if isinstance(block, markup.Quote):
        return "\n".join(f"> {line}" for line in _spans(block.spans, plain).split("\n"))
    if isinstance(block, markup.Bullets):
        signs = [f"{number}. " for number in range(block.start, block.start + len(block.items))]
        return "\n".join((sign if block.numbered else "- ") + _spans(item, plain)
                         for sign, item in zip(signs, block.items, strict=True))  # fmt: skip
    return _spans(block.spans, plain)


def said(text: str, plain: Plain = escape) -> str:
    """A person's words to the letter, marked as theirs by a quote's line."""
    return f">>> {plain(text)}"


def pair(label: str, value: str, plain: Plain = escape) -> str:
    """A label and its value on one line."""
    return f"**{plain(label)}:** {inline(value, plain)}"
