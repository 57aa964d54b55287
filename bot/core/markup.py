"""The small neutral markup of a card's text: parsed once here, escaped and drawn by each platform's renderer.

Inline: ``**bold**``, ``*italic*``, `` `code` ``, ``{@user-id}`` (a person), ``{#channel-id}`` (a channel),
``{t:1790000000}`` (a moment, seconds since 1970 UTC, which each reader sees in their own zone).
Blocks: paragraphs, ``- `` bullets, ``1. `` numbers, ``> `` quotes and fenced code. A backslash takes the meaning from
the next character; `escape` puts them before whatever a person wrote, so that nobody's text can mention, format or
inject.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

_INLINE = re.compile(
    r"\\(?P<literal>.)"
    r"|`(?P<code>[^`\n]+)`"
    # A star beside a space is a star: `2 * 3 * 4` stays what it is.
    r"|\*\*(?=\S)(?P<bold>(?:\\.|[^\\*\n])+)(?<=\S)\*\*"
    r"|\*(?=[^\s*])(?P<italic>(?:\\.|[^\\*\n])+)(?<=\S)\*"
    r"|\{@(?P<user>[^{}\s]+)\}"
    r"|\{#(?P<channel>[^{}\s]+)\}"
    r"|\{t:(?P<moment>\d{1,11})\}",
)
_SPECIAL = re.compile(r"([\\*`{}>_~|\[\]<#@&:+.()!-])")
_FENCE = re.compile(r"^```(\w*)\s*$")
_ITEM = re.compile(r"^(?:[-*] |(\d{1,3})\. )(.*)$")
# What some platform writes with one more character (Discord's backslash) or as an entity (Slack's &amp; &lt; &gt;).
_DEARER = {"&": 4, "<": 3, ">": 3} | dict.fromkeys("\\*_~`|#[]()@:-+.!", 1)
# Unpaired surrogates and NUL cannot be stored or sent; the other control characters are drawn by nobody.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
# Characters that show nothing: zero-width, joiners, bidi controls, variation selectors, fillers, the soft hyphen.
_INVISIBLE = re.compile("[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e"
                        "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0]")  # fmt: skip
# Overrides of reading direction could make one person's words pass for another's.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Text:
    """Words as they are; `style` says how they are drawn."""

    text: str
    style: str = ""  # "" | "bold" | "italic" | "code"


@dataclass(frozen=True, slots=True)
class Mention:
    """A person, by the platform's own id."""

    user: str


@dataclass(frozen=True, slots=True)
class Room:
    """A channel, by the platform's own id."""

    channel: str


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant (aware, UTC), to be drawn in the reader's own zone."""

    at: datetime


Span = Text | Mention | Room | Moment


@dataclass(frozen=True, slots=True)
class Paragraph:
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[tuple[Span, ...], ...]
    numbered: bool = False
    start: int = 1


@dataclass(frozen=True, slots=True)
class Code:
    text: str
    language: str = ""


Block = Paragraph | Quote | Bullets | Code


def clean(text: str) -> str:
    """A person's text as it is kept: storable, with plain line ends, else untouched."""
    return _UNSTORABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def blank(text: str) -> bool:
    """True where a reader would see nothing, whatever zero-width characters stand there."""
    return not _INVISIBLE.sub("", text)


def escape(text: str) -> str:
    """A person's text made inert for use inside the markup, on one line."""
    return _SPECIAL.sub(r"\\\1", _BIDI.sub("", clean(text)).replace("\n", " "))


def visible(text: str) -> str:
    """A person's text without the characters that turn the reading direction; renderers draw this."""
    return _BIDI.sub("", text)


def mention(user: str) -> str:
    """The markup that names a person."""
    return f"{{@{user}}}"


def room(channel: str) -> str:
    """The markup that names a channel."""
    return f"{{#{channel}}}"


def moment(at: datetime) -> str:
    """The markup of an instant; `at` is aware."""
    return f"{{t:{int(at.timestamp())}}}"


def weight(text: str) -> int:
    """The most characters that any platform needs to write this text, escapes included."""
    return len(text) + sum(_DEARER.get(character, 0) for character in text)


def spans(text: str) -> tuple[Span, ...]:
    """The inline parts of one line or paragraph."""
    found: list[Span] = []
    plain = ""
    position = 0
    for match in _INLINE.finditer(text):
        plain += text[position : match.start()]
        position = match.end()
        if match["literal"] is not None:
            plain += match["literal"]
            continue
        if plain:
            found.append(Text(plain))
            plain = ""
        found.append(_span(match))
    plain += text[position:]
    if plain:
        found.append(Text(plain))
    return tuple(found)


def _span(match: re.Match[str]) -> Span:
    if match["user"] is not None:
        return Mention(match["user"])
    if match["channel"] is not None:
        return Room(match["channel"])
    if match["moment"] is not None:
        return Moment(datetime.fromtimestamp(int(match["moment"]), UTC))
    for style in ("code", "bold", "italic"):
        if match[style] is not None:
            words: str = match[style]
            return Text(words if style == "code" else re.sub(r"\\(.)", r"\1", words), style)
    raise AssertionError("a group of _INLINE without a span")


def parse(text: str) -> tuple[Block, ...]:
    """The blocks of a text. Never raises: what is no markup is words."""
    blocks: list[Block] = []
    for source in sources(text):
        lines = source.split("\n")
        fence = _FENCE.match(lines[0])
        if fence and len(lines) > 1:
            blocks.append(Code("\n".join(lines[1:-1] if lines[-1] == "```" else lines[1:]), fence[1]))
        else:
            blocks.extend(_prose(lines))
    return tuple(blocks)


def _prose(lines: list[str]) -> Iterator[Block]:
    """Runs of alike lines: bullets, numbers, quotes and plain words may follow each other without a blank line."""
    run: list[str] = []
    kind = ""
    for line in [*lines, ""]:
        now = _line_kind(line)
        if now == "more" and kind in ("bullet", "number") and run:
            run[-1] += " " + line.strip()
            continue
        if now == "more":
            now = "plain"
        if run and (now != kind or line == ""):
            yield _block(kind, run)
            run = []
        kind = now
        if line != "":
            run.append(line)


def _line_kind(line: str) -> str:
    item = _ITEM.match(line)
    if item:
        return "number" if item[1] else "bullet"
    if line.startswith("> "):
        return "quote"
    return "more" if line.startswith("  ") else "plain"


def _block(kind: str, run: list[str]) -> Block:
    if kind in ("bullet", "number"):
        items = [_ITEM.match(line) for line in run]
        first = items[0]
        return Bullets(
            tuple(spans(item[2]) for item in items if item),
            numbered=kind == "number",
            start=int(first[1]) if first and first[1] else 1,
        )
    if kind == "quote":
        return Quote(spans("\n".join(line[2:] for line in run)))
    return Paragraph(spans("\n".join(run)))


def sources(text: str) -> list[str]:
    """The blocks' source texts: what stands between blank lines, a fence of code always in one piece."""
    found: list[list[str]] = [[]]
    fenced = False
    for line in text.split("\n"):
        if line.startswith("```"):
            if not fenced:
                found.append([])
            found[-1].append(line)
            if fenced:
                found.append([])
            fenced = not fenced
        elif not line.strip() and not fenced:
            found.append([])
        else:
            found[-1].append(line)
    return ["\n".join(lines) for lines in found if lines]


def pages(text: str, size: int) -> list[str]:
    """Our own markup in pages of at most `size` by `weight`, parted between blocks where they fit."""
    found: list[str] = []
    for source in sources(text):
        for piece in _pieces(source, size):
            joined = f"{found[-1]}\n\n{piece}" if found else piece
            if found and weight(joined) <= size:
                found[-1] = joined
            else:
                found.append(piece)
    return found or [""]


def _pieces(source: str, size: int) -> list[str]:
    """A block in pieces that fit; each piece of a fence of code is a fence of its own."""
    opening, _, code = source.partition("\n")
    if weight(source) <= size or not _FENCE.match(opening):
        return slices(source, size)
    code = code.removesuffix("\n```")
    room = max(size - weight(f"{opening}\n\n```"), 1)
    lines = (piece.removesuffix("\n") for piece in slices(code, room))
    return [f"{opening}\n{piece}\n```" for piece in lines]


def slices(text: str, size: int) -> list[str]:
    """A person's words in slices of at most `size` by `weight`; joined again they are the text to the letter."""
    found: list[str] = []
    start = 0
    while (end := start + _fitting(text, start, size)) < len(text):
        half = start + (end - start) // 2
        cut = next((at for mark in ("\n\n", "\n", " ") if (at := text.rfind(mark, half, end)) > start), end - 1) + 1
        found.append(text[start:cut])
        start = cut
    return [*found, text[start:]]


def _fitting(text: str, start: int, size: int) -> int:
    """How many characters from `start` on weigh at most `size`; at least one, where there are any."""
    window = text[start : start + size + 1]  # no character weighs less than one
    total = 0
    for count, character in enumerate(window):
        total += 1 + _DEARER.get(character, 0)
        if total > size:
            return max(count, 1)
    return len(window)
