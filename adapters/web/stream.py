"""A conversation as a list of keyed pieces of HTML: days, messages grouped by who wrote them, threads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.web import icons
from adapters.web.history import Message, Thread
from adapters.web.render import Reader, card, code, exact, words
from adapters.web.workspace import BOT, PEOPLE

TOGETHER = timedelta(minutes=5)  # what one person writes within this stands under one name

Item = tuple[str, str]  # a key that stays, and the HTML


@dataclass(frozen=True, slots=True)
class View:
    """How one person looks at a conversation just now.

    `threads` by message id, `read` the ids up to which they read those, `editing` and `deleting` the message that
    they are changing; `threaded` where this is a thread itself.
    """

    viewer: str
    reader: Reader
    now: datetime
    threads: Mapping[str, Thread]
    read: Mapping[str, float]
    editing: str = ""
    deleting: str = ""
    threaded: bool = False


def items(messages: Sequence[Message], view: View) -> list[Item]:
    """The conversation, oldest first, with a divider where a new day begins on the reader's own clock."""
    found: list[Item] = []
    before: Message | None = None
    for message in messages:
        day = view.reader.local(message.at).date()
        new_day = before is None or view.reader.local(before.at).date() != day
        if new_day:
            found.append((f"day-{day}", _divider(message.at, view)))
        grouped = not new_day and before is not None and _together(before, message)
        found.append((f"message-{message.id}", _message(message, view, grouped)))
        before = message
    return found


def _together(before: Message, message: Message) -> bool:
    return (
        before.author == message.author != BOT
        and message.at - before.at < TOGETHER
        and not before.deleted
        and before.private_to == message.private_to
    )


def _divider(at: datetime, view: View) -> str:
    local = view.reader.local(at)
    days = (view.reader.local(view.now).date() - local.date()).days
    name = {0: "Today, ", 1: "Yesterday, "}.get(days, "")
    return f'<div class="divider"><span>{name}{local:%A} {local.day} {local:%B}</span></div>'


def _message(message: Message, view: View, grouped: bool) -> str:
    if message.deleted:
        return (
            f'<article class="message gone" data-message="{message.id}"><div class="avatar"></div>'
            f'<div class="content"><p class="quiet">This message was deleted.</p>'
            f"{_replies(message, view)}</div></article>"
        )
    author = view.reader.names.get(message.author, message.author)
    kind = " compact" if grouped else ""
    kind += " private" if message.private_to else ""
    local = view.reader.local(message.at)
    whole = words(view.reader.when(message.at))
    stamp = f'<time datetime="{message.at.isoformat()}" title="{whole}">{local:%H:%M}</time>'
    head = "" if grouped else f'<header><span class="author">{words(author)}</span>{_badge(message)}{stamp}</header>'
    side = f'<div class="side-time">{stamp}</div>' if grouped else avatar(message.author, author)
    return (
        f'<article class="message{kind}" data-message="{message.id}" tabindex="-1" aria-label="{words(author)}">'
        f'{side}<div class="content">{_private(message)}{head}{_body(message, view)}{_replies(message, view)}</div>'
        f"{_tools(message, view)}</article>"
    )


def avatar(id: str, name: str) -> str:
    """A round picture: the bot's bird, or the first letter on the person's own colour. The name always stands by."""
    if id == BOT:
        return f'<div class="avatar bot" aria-hidden="true">{icons.BIRD}</div>'
    hue = next((at for at, one in enumerate(PEOPLE) if one.id == id), 0)
    return f'<div class="avatar hue-{hue}" aria-hidden="true">{words(name[:1])}</div>'


def _badge(message: Message) -> str:
    return '<span class="badge">bot</span>' if message.author == BOT else ""


def _private(message: Message) -> str:
    if not message.private_to:
        return ""
    return (
        f'<p class="only-you">{icons.EYE}<span>Only you see this</span><span aria-hidden="true">&middot;</span>'
        '<button type="button" class="link" data-do="dismiss">Dismiss</button></p>'
    )


def _body(message: Message, view: View) -> str:
    if message.card:
        return card(message.card, view.reader)
    if view.editing == message.id:
        return (
            '<form class="editor"><textarea class="edit" rows="1" aria-label="Edit your message">\n'
            f'{exact(message.text)}</textarea><p class="row">'
            '<button type="button" class="button plain" data-do="unedit">Cancel</button>'
            '<button type="button" class="button primary" data-do="save">Save</button>'
            '<span class="keys">Enter saves, Escape cancels</span></p></form>'
        )
    edited = '<span class="edited"> (edited)</span>' if message.edited else ""
    sure = (
        '<p class="row sure" role="alert">Delete this message?'
        '<button type="button" class="button danger" data-do="delete">Delete</button>'
        '<button type="button" class="button plain" data-do="undelete">Keep it</button></p>'
    )
    return f'<div class="text{code(message.text)}">{words(message.text)}{edited}</div>' + (
        sure if view.deleting == message.id else ""
    )


def _replies(message: Message, view: View) -> str:
    if view.threaded:
        return ""
    thread = view.threads.get(message.id)
    if thread is None and not message.opens:
        return ""
    count = thread.replies if thread else 0
    name = f"{count} {'reply' if count == 1 else 'replies'}" if count else "Reply in thread"
    fresh = thread is not None and thread.newest > view.read.get(message.id, 0)
    new = '<span class="new">new</span>' if fresh else ""
    title = f'<span class="thread-title">{words(message.opens)}</span>' if message.opens else ""
    shown = f"{icons.REPLY}<span>{name}</span>{new}{title}"
    return f'<button type="button" class="replies" data-do="thread">{shown}</button>'


def _tools(message: Message, view: View) -> str:
    tools = []
    if not view.threaded and not message.private_to:
        tools.append(("thread", "Reply in thread", icons.REPLY))
    if message.author == view.viewer and view.editing != message.id:
        tools += [("edit", "Edit", icons.EDIT), ("ask-delete", "Delete", icons.DELETE)]
    if not tools:
        return ""
    buttons = "".join(
        f'<button type="button" class="icon-button" data-do="{do}" aria-label="{name}" title="{name}">{icon}</button>'
        for do, name, icon in tools
    )
    return f'<div class="tools" role="group" aria-label="What you can do with this message">{buttons}</div>'
