"""The playground over an engine that takes its time: ``python stand_in.py``, with PORT set."""

import asyncio
import os
import signal
from datetime import UTC, datetime, timedelta

from adapters.web.app import mount, serve
from adapters.web.history import History
from bot.core.commands import Command, Verb
from bot.core.events import Ask, Inbound, Press, Quiet, Reply, Show, Submit
from bot.core.events import Command as Typed
from bot.core.ui import ActionId, Button, Card, Form, Prose, TextField

SLOW = 1.5  # seconds
FORM = Form("A form", ActionId("slow.form"), (TextField("text", "Text"),))
CARD = Card("Slow", (Prose("Press me."),), ((Button("Count", ActionId("slow.count")), Button("Ask", FORM.action)),))
BOOK = (Command("slow", "Takes its time", (Verb("", "slow.start", "Takes its time"),)),)


class Standing:
    """A clock that can be moved on, slowly."""

    at = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    async def next_due(self) -> datetime | None:
        return self.at + timedelta(hours=3)

    async def advance(self, to: datetime) -> None:
        await asyncio.sleep(SLOW)
        self.at = to


class Engine:
    presses = 0

    async def handle(self, event: Inbound) -> Reply:
        if isinstance(event, Typed | Press | Submit):
            await asyncio.sleep(SLOW)
        if isinstance(event, Press) and event.action == FORM.action:
            return Ask(FORM)
        if isinstance(event, Press):
            self.presses += 1
            return Show(Card(f"Pressed {self.presses}"))
        return Show(CARD) if isinstance(event, Typed | Submit) else Quiet()


async def main() -> None:
    history = History(":memory:")
    mount(Engine().handle, lambda event: "private", BOOK, history, Standing())
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, told.set)
    serving = asyncio.create_task(serve("127.0.0.1", int(os.environ["PORT"])))
    await told.wait()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    history.close()


if __name__ == "__main__":
    asyncio.run(main())
