"""Say what the bot can do."""

from typing import Protocol

from bot.book import book
from bot.catalog import Catalog
from bot.core.events import Command, Press, Reply, Show
from bot.core.ports import Work
from bot.help import cards


class HelpWork(Work, Protocol):
    @property
    def catalog(self) -> Catalog: ...


def commands(event: Command | Press, work: HelpWork) -> Reply:
    """All commands."""
    return Show(cards.commands(book(work.catalog)))
