"""The playground's pages on NiceGUI, and the server that shows them beside the other tasks of one event loop."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from nicegui import app, ui

from adapters.listen import Server, listen
from adapters.web import chrome
from adapters.web.acts import Acts
from adapters.web.history import History
from adapters.web.playground import Playground, Time
from adapters.web.tab import Tab
from adapters.web.workspace import CHANNELS, PEOPLE
from bot.core.commands import Command
from bot.core.events import Answers, Inbound, Reply

__all__ = ["CHANNELS", "PEOPLE", "Time", "mount", "serve"]

STATIC = Path(__file__).parent / "static"
GRACE = 1  # seconds that open tabs have to say goodbye
HANDSHAKE = 3.0  # seconds in which a tab finds the server again after a restart


def mount(
    handle: Callable[[Inbound], Awaitable[Reply]],
    answers: Callable[[Inbound], Answers],
    book: tuple[Command, ...],
    history: History,
    time: Time,
) -> None:
    """Register the page. Call it once in a process, before `serve`."""
    playground = Playground(handle, answers, book, history, time)
    app.add_static_files("/playground", STATIC, max_cache_age=0)
    ui.add_head_html(_head(book), shared=True)

    @ui.page("/", title="Mockingbird playground", favicon=STATIC / "mockingbird.svg", dark=None)
    async def page() -> None:
        query = ui.context.client.request.query_params
        tab = Tab(playground, query.get("as", ""), query.get("in", ""), query.get("thread", ""))
        acts = Acts(tab)
        ui.on("act", lambda event: acts.act(event.args))
        tab.follow()
        await tab.tick()


def _head(book: tuple[Command, ...]) -> str:
    stamp = max(int(file.stat().st_mtime) for file in STATIC.iterdir())
    return (
        # Before anything is drawn, or a dark page would flash white.
        '<script>document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "auto"</script>'
        f'<link rel="stylesheet" href="/playground/playground.css?{stamp}">'
        f'<script type="application/json" id="book">{chrome.book(book)}</script>'
        f'<script type="module" src="/playground/playground.js?{stamp}"></script>'
    )


async def serve(host: str, port: int) -> None:
    """Show the pages until cancelled. Raises OSError where the address cannot be had."""
    web = FastAPI(openapi_url=None)
    ui.run_with(
        web, title="Mockingbird playground", language="en-US", tailwind=False, show_welcome_message=False,
        reconnect_timeout=HANDSHAKE, binding_refresh_interval=None,
    )  # fmt: skip
    config = uvicorn.Config(
        web, log_level="warning", log_config=None, access_log=False, timeout_graceful_shutdown=GRACE, lifespan="on"
    )
    await listen(Server(config), host, port)
