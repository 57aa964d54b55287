"""What a person does in a tab: each act becomes an event for the engine, or a change of what the tab shows."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from adapters.web import form, inbound
from adapters.web.history import Message
from adapters.web.pane import PAGE, Pane
from adapters.web.replies import settle
from adapters.web.tab import Tab
from adapters.web.workspace import person
from bot.core.events import Ask, Fix, Inbound, Interaction, Person, Place
from bot.core.markup import blank
from bot.core.ui import Form

log = logging.getLogger("mockingbird.web")

STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}

Sent = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Opened:
    """A form that stands open: where it was asked for, and the message whose button led to it."""

    form: Form
    where: Place
    pressed: Message | None


class Acts:
    """Takes what the page's script sends. A click while another is under way is ignored; typed words never are."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab
        self._shared = tab.shared
        self._history = tab.shared.history
        self._busy = False
        self._opened: Opened | None = None
        self._views: dict[str, Callable[[Sent], None]] = {
            "go": lambda sent: tab.go(inbound.text(sent["to"]), inbound.text(sent.get("thread", ""))),
            "be": self._be,
            "thread": self._thread,
            "cancel": self._cancel,
            "earlier": self._earlier,
            "dismiss": self._dismiss,
            "edit": lambda sent: self._mark(sent, editing=self._own(sent).id),
            "ask-delete": lambda sent: self._mark(sent, deleting=self._own(sent).id),
            "undelete": self._mark,
            "unedit": self._mark,
        }
        self._events: dict[str, Callable[[Sent], Awaitable[None]]] = {
            "say": self._say,
            "save": self._save,
            "delete": self._delete,
            "press": self._press,
            "submit": self._submit,
            "advance": self._advance,
        }

    async def act(self, sent: Sent) -> None:
        """Do it. What no honest page sends is logged and left."""
        try:
            what = inbound.text(sent["do"])
            if what in self._views:
                self._views[what](sent)
                self._tab.refresh()
            else:
                await self._events[what](sent)
        except (ValueError, KeyError) as fault:
            log.warning("the page sent what makes no sense: %r", fault)

    @property
    def _who(self) -> Person:
        return person(self._tab.who)

    def _pane(self, sent: Sent) -> tuple[Pane, Place]:
        pane = self._tab.pane(inbound.text(sent.get("pane", "main")))
        if pane.where is None:
            raise ValueError("the column shows nothing")
        return pane, pane.where

    def _message(self, sent: Sent) -> Message:
        message = self._history.message(inbound.text(sent["message"]))
        who = self._tab.who
        if (
            message is None
            or message.private_to not in ("", who)
            or (message.place.direct and message.place.channel != who)
        ):
            raise ValueError("there is no such message")
        return message

    def _own(self, sent: Sent) -> Message:
        message = self._message(sent)
        if message.author != self._tab.who or message.deleted:
            raise ValueError("that message is another's")
        return message

    def _be(self, sent: Sent) -> None:
        self._cancel(sent)
        self._tab.become(inbound.text(sent["to"]))

    def _thread(self, sent: Sent) -> None:
        self._tab.open_thread(inbound.text(sent.get("message", "")))

    def _cancel(self, sent: Sent) -> None:
        self._opened = None
        self._tab.dialog("")

    def _earlier(self, sent: Sent) -> None:
        self._pane(sent)[0].most += PAGE

    def _dismiss(self, sent: Sent) -> None:
        message = self._message(sent)
        if message.private_to == self._tab.who:
            self._history.delete(message.id)

    def _mark(self, sent: Sent, editing: str = "", deleting: str = "") -> None:
        pane = self._pane(sent)[0]
        pane.editing, pane.deleting = editing, deleting

    async def _say(self, sent: Sent) -> None:
        _, where = self._pane(sent)
        text = inbound.text(sent["text"]).strip("\n")
        if blank(text):
            return
        id = uuid4().hex
        if inbound.is_command(text):
            await self._hand(inbound.command(id, self._who, where, text), None)
            return
        who = self._who
        receipt = self._history.post(where, who.id, self._shared.time.now(), text=text)
        await self._hand(inbound.posted(id, who, where, receipt.message, text), None)

    async def _save(self, sent: Sent) -> None:
        message, text = self._own(sent), inbound.text(sent["text"]).strip("\n")
        self._mark(sent, deleting=message.id if blank(text) else "")
        if blank(text) or text == message.text:
            self._tab.refresh()
            return
        self._history.edit(message.id, text=text)
        await self._hand(inbound.edited(uuid4().hex, self._who, message.place, message.id, text), None)

    async def _delete(self, sent: Sent) -> None:
        message = self._own(sent)
        self._mark(sent)
        self._history.delete(message.id)
        await self._hand(inbound.deleted(uuid4().hex, self._who, message.place, message.id), None)

    async def _press(self, sent: Sent) -> None:
        """A button, or a select where there is a value."""
        _, where = self._pane(sent)
        message, id = self._message(sent), uuid4().hex
        event: Inbound
        if "value" in sent:
            event = inbound.choose(id, self._who, where, sent["action"], sent["value"])
        else:
            event = inbound.press(id, self._who, where, sent["action"])
        await self._once(event, message)

    async def _submit(self, sent: Sent) -> None:
        opened, values = self._opened, sent["values"]
        if opened is None or not isinstance(values, dict):
            raise ValueError("no form is open")
        await self._once(inbound.submit(uuid4().hex, self._who, opened.where, opened.form, values), opened.pressed)

    async def _once(self, event: Inbound, pressed: Message | None) -> None:
        if self._busy:
            return
        self._busy = True
        self._tab.waiting(True)
        try:
            await self._hand(event, pressed)
        finally:
            self._busy = False
            self._tab.waiting(False)

    async def _hand(self, event: Inbound, pressed: Message | None) -> None:
        if isinstance(event, Interaction):
            self._tab.answering(self._shared.answers(event))
        reply = await self._shared.handle(event)
        self._tab.answering(None)
        asked = settle(reply, event, pressed, self._history, self._shared.time.now())
        if event.who.id != self._tab.who:
            return  # the tab became somebody else meanwhile: what was shown waits for the one who asked
        if isinstance(asked, Ask):
            self._open(Opened(asked.form, event.where, pressed), form.form(asked.form, self._tab.reader))
        elif isinstance(asked, Fix):
            html = form.form(asked.form, self._tab.reader, asked.faults, asked.values)
            self._open(Opened(asked.form, event.where, pressed), html)
        elif self._opened is not None and self._opened.form.action == getattr(event, "action", None):
            self._open(None, "")
        self._tab.refresh()

    def _open(self, opened: Opened | None, html: str) -> None:
        self._opened = opened
        self._tab.dialog(html)

    async def _advance(self, sent: Sent) -> None:
        shared, by = self._shared, inbound.text(sent["by"])
        if shared.passing:
            return
        shared.passing = True
        self._tab.refresh()
        try:
            to = shared.time.now() + STEPS[by] if by in STEPS else await shared.time.next_due()
            if to is not None:
                await shared.time.advance(to)
        finally:
            shared.passing = False
            shared.passed += 1
            self._tab.refresh()
            await self._tab.tick()
            self._tab.announce(f"It is {self._tab.reader.when(shared.time.now())}.")
