"""What all open tabs share, and what the clock bar needs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from adapters.web.history import History
from bot.core.commands import Command
from bot.core.events import Answers, Inbound, Reply


class Time(Protocol):
    """The playground's own time, which one can let pass."""

    def now(self) -> datetime:
        """The present, aware."""
        ...

    async def next_due(self) -> datetime | None:
        """When something happens next by itself; None where nothing is planned."""
        ...

    async def advance(self, to: datetime) -> None:
        """Live through everything that falls due until then, in order."""
        ...


@dataclass(slots=True)
class Playground:
    """`passing` while time passes, whichever tab let it; `passed` counts how often it did."""

    handle: Callable[[Inbound], Awaitable[Reply]]
    answers: Callable[[Inbound], Answers]
    book: tuple[Command, ...]
    history: History
    time: Time
    passing: bool = False
    passed: int = 0
