"""Long content on purpose in pages: the card's maker parts it, and no renderer ever cuts."""

from collections.abc import Callable, Sequence

from bot.core.markup import pages as prose_pages
from bot.core.markup import slices, weight
from bot.core.ui import ActionId, Body, Button, Card, Facts, Prose, Row, Said

PAGE = 2_800  # weight of a page's body: leaves room for titles, buttons and a last line in CARD_TEXT


def prose(text: str) -> list[Body]:
    """Our own markup as blocks that fit a page."""
    return [Prose(page) for page in prose_pages(text, PAGE)]


def said(text: str) -> list[Body]:
    """A person's words as blocks that fit a page."""
    return [Said(page) for page in slices(text, PAGE) if page.strip()] or [Prose("*(no words)*")]


def sheets(body: Sequence[Body]) -> list[tuple[Body, ...]]:
    """Blocks packed in pages, in their order."""
    found: list[list[Body]] = [[]]
    filled = 0
    for block in body:
        cost = _cost(block)
        if found[-1] and (filled + cost > PAGE or len(found[-1]) >= 12):
            found.append([])
            filled = 0
        found[-1].append(block)
        filled += cost
    return [tuple(sheet) for sheet in found]


def _cost(block: Body) -> int:
    if isinstance(block, Facts):
        return sum(len(label) + len(value) + 6 for label, value in block.pairs)
    return weight(block.text)


def paged(
    title: str,
    body: Sequence[Body],
    page: int,
    turn: Callable[[int], ActionId],
    rows: tuple[Row, ...] = (),
    footer: str = "",
) -> Card:
    """Page `page` (from 1, kept in range) of a card that may be long, with buttons to turn it. `rows` stand on the last
    page, where the reader has seen everything."""
    all_sheets = sheets(body)
    page = min(max(page, 1), len(all_sheets))
    last = page == len(all_sheets)
    turns = []
    if page > 1:
        turns.append(Button("Previous page", turn(page - 1)))
    if not last:
        turns.append(Button(f"Next page ({page + 1} of {len(all_sheets)})", turn(page + 1), "primary"))
    shown = (tuple(turns),) if turns else ()
    return Card(title, all_sheets[page - 1], shown + (rows if last else ()), footer)
