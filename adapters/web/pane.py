"""One column of conversation on a page: the channel, or the thread beside it."""

from collections.abc import Sequence
from dataclasses import replace

from nicegui import ui

from adapters.web import chrome, stream
from adapters.web.history import History, Message
from adapters.web.render import Reader
from adapters.web.stream import Item, View
from adapters.web.workspace import NAMES, channel, direct, person
from bot.core.events import Place
from bot.core.ports import Clock

PAGE = 100  # messages at once; "Show earlier" brings as many more


class Pane:
    """The elements of a column and what they show now. `name` is what the page's script calls it."""

    def __init__(self, name: str, history: History, clock: Clock) -> None:
        self.name = name
        self.where: Place | None = None
        self.editing = self.deleting = ""
        self.most = PAGE
        self._history = history
        self._clock = clock
        self._shown: dict[str, ui.html] = {}
        self._log = ui.element("div").classes("log")
        self._log.props(f'data-pane="{name}" role="log" aria-live="off" tabindex="0"')
        self._composer = ui.html("", sanitize=False).classes("composer").props(f'data-pane="{name}"')

    def open(self, who: str, to: str, thread: str = "") -> None:
        """Show another place from its newest message on."""
        self.where = direct(who, thread) if to == chrome.DIRECT else channel(to, thread)
        self.editing = self.deleting = ""
        self.most = PAGE
        self._composer.set_content(chrome.composer(who, to, thread))
        self._log.props(f'data-place="{who}|{to}|{thread}"')

    def close(self) -> None:
        """Show nothing."""
        self.where = None
        self._shown.clear()
        self._log.clear()

    def refresh(self, who: str, seen: bool) -> list[Message]:
        """Draw what changed, mark it as read where it is `seen`, and give back the messages that are shown."""
        if self.where is None:
            return []
        messages = self._history.latest(self.where, who, self.most + 1)
        more = len(messages) > self.most
        messages = messages[-self.most :]
        self._sync(self._items(messages, who, more))
        if messages and seen:
            name = reading(who, self.where)
            self._history.keep(name, max(float(messages[-1].id), self._history.value(name)))
        return messages

    def _items(self, messages: Sequence[Message], who: str, more: bool) -> list[Item]:
        if self.where is None:
            return []
        view = self._view(messages, who)
        found = stream.items(messages, view)
        if more:
            button = '<button type="button" class="button plain" data-do="earlier">Show earlier</button>'
            found.insert(0, ("earlier", f'<p class="earlier">{button}</p>'))
        if self.where.thread:
            root = self._history.message(self.where.thread)
            top = stream.items([root], replace(view, now=self._clock.now())) if root else []
            found = [(f"root-{key}", html) for key, html in top] + found
        elif not self.where.direct and not any(message.private_to == "" for message in messages):
            found.insert(0, (f"welcome-{who}", chrome.welcome(who)))
        return found

    def _view(self, messages: Sequence[Message], who: str) -> View:
        ids = [message.id for message in messages]
        threads = self._history.threads(ids, who)
        read = {id: self._history.value(f"read:{who}:#{id}") for id in threads}
        threaded = self.where is not None and bool(self.where.thread)
        return View(
            viewer=who,
            reader=Reader(person(who).zone, NAMES),
            now=self._clock.now(),
            threads=threads,
            read=read,
            editing=self.editing,
            deleting=self.deleting,
            threaded=threaded,
        )

    def _sync(self, wanted: list[Item]) -> None:
        """Make the column hold exactly these pieces in this order, and touch only those that changed."""
        keys = {key for key, _ in wanted}
        for key in [key for key in self._shown if key not in keys]:
            self._shown.pop(key).delete()
        for index, (key, html) in enumerate(wanted):
            known = self._shown.get(key)
            if known is None:
                with self._log:
                    self._shown[key] = ui.html(html, sanitize=False).classes("item")
                if index < len(self._shown) - 1:
                    self._shown[key].move(target_index=index)
            elif known.content != html:
                known.set_content(html)


def reading(who: str, place: Place) -> str:
    """The name under which the history keeps how far a person has read a place."""
    return f"read:{who}:#{place.thread}" if place.thread else f"read:{who}:{place.channel}"
