"""Cards and the neutral markup as HTML text. Everything that is not a tag of ours goes through `words`."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape as html_escape
from zoneinfo import ZoneInfo

from bot.core import markup
from bot.core.ui import Button, Card, Facts, File, Prose, Row, Said, Select


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom something is drawn: their time zone, and the names of the people by id."""

    zone: str
    names: Mapping[str, str]

    def local(self, at: datetime) -> datetime:
        """An aware instant on the reader's own clock."""
        return at.astimezone(ZoneInfo(self.zone or "UTC"))

    def when(self, at: datetime) -> str:
        """``Tue 1 Sep, 08:00`` on the reader's own clock."""
        local = self.local(at)
        return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def words(text: str) -> str:
    """Any text as it reads, to the letter, safe between tags and in quoted attributes."""
    return html_escape(markup.visible(markup.clean(text)), quote=True)


def code(text: str) -> str:
    """The class of a person's words that hold fenced code: drawn to the letter as ever, in letters of one width."""
    return " code" if "```" in text else ""


def exact(text: str) -> str:
    """A value or a text to edit: unlike `words` it comes back from the page as it went."""
    return html_escape(text, quote=True)


def prose(text: str, reader: Reader) -> str:
    """Blocks of the neutral markup."""
    return "".join(_block(block, reader) for block in markup.parse(text))


def line(text: str, reader: Reader) -> str:
    """Inline markup: what stands in a fact or a footer."""
    return _spans(markup.spans(text), reader)


def _block(block: markup.Block, reader: Reader) -> str:
    if isinstance(block, markup.Code):
        return f'<pre tabindex="0"><code>{words(block.text)}</code></pre>'
    if isinstance(block, markup.Quote):
        return f"<blockquote>{_spans(block.spans, reader)}</blockquote>"
    if isinstance(block, markup.Bullets):
        items = "".join(f"<li>{_spans(item, reader)}</li>" for item in block.items)
        return f'<ol start="{block.start}">{items}</ol>' if block.numbered else f"<ul>{items}</ul>"
    return f"<p>{_spans(block.spans, reader)}</p>"


def _spans(spans: tuple[markup.Span, ...], reader: Reader) -> str:
    return "".join(_span(span, reader) for span in spans)


def _span(span: markup.Span, reader: Reader) -> str:
    if isinstance(span, markup.Mention):
        return f'<span class="mention">@{words(reader.names.get(span.user, span.user))}</span>'
    if isinstance(span, markup.Room):
        return f"#{words(span.channel)}"
    if isinstance(span, markup.Moment):
        return moment(span.at, reader)
    tag = {"bold": "strong", "italic": "em", "code": "code"}.get(span.style)
    return f"<{tag}>{words(span.text)}</{tag}>" if tag else words(span.text)


def moment(at: datetime, reader: Reader) -> str:
    """An instant on the reader's own clock."""
    return f'<time datetime="{at.isoformat()}">{words(reader.when(at))}</time>'


def card(card: Card, reader: Reader) -> str:
    """A card: its buttons carry ``data-press``, its selects ``data-choose``, both the action's id."""
    body = "".join(_part(part, reader) for part in card.body)
    rows = "".join(_row(row) for row in card.rows)
    footer = f'<p class="card-footer">{line(card.footer, reader)}</p>' if card.footer else ""
    handed = _file(card.file) if card.file else ""
    return f'<div class="card"><h3>{words(card.title)}</h3>{body}{handed}{rows}{footer}</div>'


def _file(file: File) -> str:
    """A link that saves it: the page carries the text itself."""
    data = b64encode(file.text.encode("utf-8")).decode("ascii")
    link = f'<a class="button plain" download="{exact(file.name)}" href="data:{file.kind};charset=utf-8;base64,{data}">'
    return f'<div class="row">{link}Save {words(file.name)}</a></div>'


def _part(part: Prose | Said | Facts, reader: Reader) -> str:
    if isinstance(part, Said):
        return f'<div class="said{code(part.text)}">{words(part.text)}</div>'
    if isinstance(part, Facts):
        pairs = "".join(
            f"<div><dt>{words(label)}</dt><dd>{line(value, reader)}</dd></div>" for label, value in part.pairs
        )
        return f'<dl class="facts">{pairs}</dl>'
    return f'<div class="prose">{prose(part.text, reader)}</div>'


def _row(row: Row) -> str:
    if isinstance(row, Select):
        return _select(row)
    return f'<div class="row">{"".join(_button(button) for button in row)}</div>'


def _button(button: Button) -> str:
    action = exact(str(button.action))
    return f'<button type="button" class="button {button.style}" data-press="{action}">{words(button.label)}</button>'


def _select(select: Select) -> str:
    action = exact(str(select.action))
    options = "".join(f'<option value="{exact(one.value)}">{words(one.label)}</option>' for one in select.choices)
    return (
        f'<div class="row"><select data-choose="{action}" aria-label="{words(select.label)}">'
        f'<option value="" selected disabled>{words(select.label)}</option>{options}</select></div>'
    )
