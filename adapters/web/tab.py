"""One open tab: who is looking and at what, and the elements that show it."""

import asyncio
from datetime import datetime

from nicegui import ui

from adapters.web import chrome
from adapters.web.history import Message
from adapters.web.pane import Pane, reading
from adapters.web.playground import Playground
from adapters.web.render import Reader, words
from adapters.web.workspace import CHANNELS, NAMES, PEOPLE, channel, direct, person
from bot.core.events import Answers

SETTLE = 0.03  # seconds in which changes that come together are drawn together


class Tab:
    """Builds the page and draws what changed. What a person does in it is the business of `acts`."""

    def __init__(self, playground: Playground, who: str, to: str, thread: str) -> None:
        self.shared = playground
        self.who = who if who in {one.id for one in PEOPLE} else PEOPLE[0].id
        self.to = to if to in (*CHANNELS, chrome.DIRECT) else CHANNELS[0]
        self._stale = False
        self._due: datetime | None = None
        self._announced = -1
        self._openings = 0
        self._client = ui.context.client
        self._build()
        self.go(self.to, thread)

    def follow(self) -> None:
        """Draw each change of the history, from any tab, for as long as the page lives."""
        loop = asyncio.get_running_loop()
        unsubscribe = self.shared.history.subscribe(lambda: loop.call_soon_threadsafe(self._changed, loop))
        self._client.on_delete(unsubscribe)
        self._client.on_connect(self._redraw)
        ui.timer(1.0, self.tick)

    def _changed(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._stale:
            self._stale = True
            loop.call_later(SETTLE, self._redraw)

    def _redraw(self) -> None:
        self._stale = False
        # A tab that was closed lives on for a moment: it must not count as somebody who reads.
        if self._client.has_socket_connection:
            self.refresh()

    def _build(self) -> None:
        shared = self.shared
        self._root = ui.element("div").classes("playground")
        with self._root:
            with ui.element("aside").classes("side").props('aria-label="Channels and people"'):
                ui.html(chrome.BRAND, sanitize=False).classes("brand")
                self._places = ui.html("", sanitize=False, tag="nav").classes("places").props('aria-label="Places"')
                self._people = ui.html("", sanitize=False, tag="nav").classes("people").props('aria-label="People"')
                ui.html(chrome.THEMES, sanitize=False).classes("themes").props('role="group" aria-label="Theme"')
            with ui.element("header").classes("top"):
                self._heading = ui.html("", sanitize=False).classes("heading")
                self._now = ui.html("", sanitize=False).classes("now")
                self._steps = ui.html("", sanitize=False).classes("steps").props('role="group" aria-label="Clock"')
            with ui.element("section").classes("column talk").props('aria-label="Conversation"'):
                self.main = Pane("main", shared.history, shared.time)
            with ui.element("section").classes("column beside").props('aria-label="Thread"'):
                ui.html(chrome.THREAD, sanitize=False).classes("beside-head")
                self.thread = Pane("thread", shared.history, shared.time)
            self._status = ui.html("", sanitize=False).classes("unseen").props('role="status" aria-live="polite"')
        with ui.element("dialog").classes("dialog").props('aria-labelledby="form-title"'):
            self._dialog = ui.html("", sanitize=False)

    @property
    def reader(self) -> Reader:
        """The person who looks."""
        return Reader(person(self.who).zone, NAMES)

    def pane(self, name: str) -> Pane:
        """The column by the script's name for it. Raises ValueError for a column that shows nothing."""
        pane = self.thread if name == "thread" else self.main
        if pane.where is None:
            raise ValueError("the thread is closed")
        return pane

    def become(self, who: str) -> None:
        """Look as another person, at the same channel."""
        self.who = person(who).id
        self.go(self.to)

    def go(self, to: str, thread: str = "") -> None:
        """Look at another place."""
        self.to = to if to in (*CHANNELS, chrome.DIRECT) else CHANNELS[0]
        self._announced = -1
        self.main.open(self.who, self.to)
        self.open_thread(thread)
        self.refresh()

    def open_thread(self, id: str) -> None:
        """Open the thread that hangs on a message of the place; any other id closes the thread."""
        root = self.shared.history.message(id) if id.isdecimal() and id.isascii() else None
        fits = root is not None and root.place == self.main.where and root.private_to == ""
        if fits:
            self.thread.open(self.who, self.to, id)
        else:
            self.thread.close()
        self._root.classes(add="with-thread" if fits else "", remove="" if fits else "with-thread")
        self._root.props(f'data-address="{chrome.link(self.who, self.to, id if fits else "")}"')

    def dialog(self, html: str) -> None:
        """Show a form's HTML as a dialog; an empty one closes it."""
        # A form that is opened again must differ from itself, or the page would not see it come.
        self._openings += 1
        self._dialog.set_content(f'<div data-opening="{self._openings}">{html}</div>' if html else "")

    def waiting(self, yes: bool) -> None:
        """Whether a click is under way, so that the page takes no second one."""
        self._root.props(add="data-waiting" if yes else "", remove="" if yes else "data-waiting")

    def answering(self, how: Answers | None) -> None:
        """Show that the engine is at work, and how it will answer; None when it is done."""
        self._root.props(remove="data-answering") if how is None else self._root.props(f"data-answering={how}")

    def refresh(self) -> None:
        """Draw everything that changed; nothing where the page is gone."""
        if self._client.is_deleted:
            return
        seen = self._client.has_socket_connection
        with self._client:
            self._announce(self.main.refresh(self.who, seen) + self.thread.refresh(self.who, seen))
            self._places.set_content(chrome.places(self.who, self.to, self._unread()))
            self._heading.set_content(chrome.heading(self.to))
            self._draw_clock()

    async def tick(self) -> None:
        """Draw the clock and what is due next."""
        self._due = await self.shared.time.next_due()
        self._draw_clock()

    def _draw_clock(self) -> None:
        now, passing = self.shared.time.now(), self.shared.passing
        self._now.set_content(chrome.clock(now, self.reader, passing))
        self._root.props(f"data-passed={self.shared.passed}")
        self._steps.set_content(chrome.steps(now, self._due, self.reader, passing))
        self._people.set_content(chrome.people(self.who, self.to, now))

    def _unread(self) -> dict[str, int]:
        history = self.shared.history
        places = {name: channel(name) for name in CHANNELS} | {chrome.DIRECT: direct(self.who)}
        return {
            name: history.unread(place, self.who, history.value(reading(self.who, place)))
            for name, place in places.items()
        }

    def announce(self, text: str) -> None:
        """Say it to those who listen instead of look."""
        self._status.set_content(words(text))

    def _announce(self, messages: list[Message]) -> None:
        """Say the newest message of somebody else."""
        others = [message for message in messages if message.author != self.who and not message.deleted]
        newest = max(others, key=lambda message: int(message.id), default=None)
        newest_id = int(newest.id) if newest else 0
        if newest and 0 <= self._announced < newest_id:
            self.announce(chrome.announcement(newest))
        self._announced = max(self._announced, newest_id)
