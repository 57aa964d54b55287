"""What stands around the conversation, as HTML: the left column, the top bar with the clock, the command box."""

import json
from collections.abc import Mapping
from datetime import datetime

from adapters.web import icons
from adapters.web.history import Message
from adapters.web.render import Reader, words
from adapters.web.stream import avatar
from adapters.web.workspace import BOT, BOT_NAME, CHANNELS, NAMES, PEOPLE, TOPICS, person
from bot.core.commands import Command

DIRECT = "direct"  # the page's name for one's direct messages with the bot


def title(to: str) -> str:
    """The name of a place as the page shows it: a channel's, or the bot's."""
    return BOT_NAME if to == DIRECT else to


def link(who: str, to: str, thread: str = "") -> str:
    """The address of a place, seen by a person: it can be kept, shared and opened in another tab."""
    return f"/?as={who}&in={to}" + (f"&thread={thread}" if thread else "")


def places(who: str, here: str, unread: Mapping[str, int]) -> str:
    """Channels and direct messages; what has unread messages says how many."""
    channels = "".join(_place(who, name, here, unread.get(name, 0), '<span class="hash">#</span>') for name in CHANNELS)
    direct = _place(who, DIRECT, here, unread.get(DIRECT, 0), avatar(BOT, BOT_NAME))
    return f"<h2>Channels</h2><ul>{channels}</ul><h2>Direct messages</h2><ul>{direct}</ul>"


def _place(who: str, to: str, here: str, unread: int, mark: str) -> str:
    current = ' aria-current="page"' if to == here else ""
    dot = f'<span class="unread">{min(unread, 99)}<span class="unseen"> unread</span></span>' if unread else ""
    return (
        f'<li><a href="{link(who, to)}" data-do="go" data-to="{to}"{current}{" class=fresh" if unread else ""}>'
        f"{mark}<span>{words(title(to))}</span>{dot}</a></li>"
    )


def people(who: str, here: str, now: datetime) -> str:
    """The switch of who you are, with the hour where each of them lives."""
    rows = "".join(_person(one.id, who, here, now) for one in PEOPLE)
    return f'<h2 id="people-title">You are</h2><ul aria-labelledby="people-title">{rows}</ul>'


def _person(id: str, who: str, here: str, now: datetime) -> str:
    one = person(id)
    city = one.zone.split("/")[-1].replace("_", " ")
    local = Reader(one.zone, {}).local(now)
    role = '<span class="badge">manages</span>' if one.manages else ""
    current = ' aria-current="true"' if id == who else ""
    check = icons.CHECK if id == who else ""
    return (
        f'<li><a href="{link(id, here)}" data-do="be" data-to="{id}"{current}>{avatar(id, one.name)}<span class="who">'
        f'<span>{words(one.name)}{role}</span><span class="quiet">{words(city)} {local:%H:%M}</span></span>'
        f"{check}</a></li>"
    )


THEMES = "".join(
    f'<button type="button" data-theme-choice="{value}" title="{name}">{icon}<span>{name}</span></button>'
    for value, name, icon in (("light", "Light", icons.SUN), ("dark", "Dark", icons.MOON), ("auto", "Auto", icons.AUTO))
)
BRAND = f'{icons.BIRD}<span><strong>{BOT_NAME}</strong><span class="quiet">Playground</span></span>'


def heading(to: str) -> str:
    """The left part of the top bar."""
    about = TOPICS.get(to, "Just you and the bot")
    mark = "" if to == DIRECT else '<span class="hash">#</span>'
    return (
        f'<button type="button" class="icon-button menu" data-menu aria-label="Menu">{icons.MENU}</button>'
        f'<div class="place"><h1>{mark}{words(title(to))}</h1><p class="quiet">{words(about)}</p></div>'
    )


def clock(now: datetime, reader: Reader, passing: bool) -> str:
    """What time it is for this person."""
    if passing:
        return '<span class="spinner"></span><span>Time passes…</span>'
    local = reader.local(now)
    day = f'{local:%a} {local.day} {local:%b}<span class="year"> {local.year}</span>'
    return f"{icons.CLOCK}<span>{day}, <strong>{local:%H:%M}</strong></span>"


def steps(now: datetime, due: datetime | None, reader: Reader, passing: bool) -> str:
    """The steps forward in time."""
    # Off is said (aria-disabled), not set: a button that is disabled would lose the keyboard's focus.
    return (
        f"{_step('hour', 'plain', '+1 hour', passing)}"
        f"{_step('next', 'primary', _ahead(now, due, reader), passing or due is None)}"
        f"{_step('day', 'plain', '+1 day', passing)}"
    )


def _step(by: str, style: str, label: str, off: bool) -> str:
    disabled = ' aria-disabled="true"' if off else ""
    return f'<button type="button" class="button {style}" data-do="advance" data-by="{by}"{disabled}>{label}</button>'


def _ahead(now: datetime, due: datetime | None, reader: Reader) -> str:
    """``Next: Tue 08:00``; with the date where it is a week away or more."""
    if due is None:
        return "Nothing due"
    local = reader.local(due)
    near = (local.date() - reader.local(now).date()).days < 7
    return f"Next: {local:%a} {local:%H:%M}" if near else f"Next: {words(reader.when(due))}"


THREAD = (
    '<h2>Thread</h2><button type="button" class="icon-button" data-do="thread" aria-label="Close the thread">'
    f"{icons.CLOSE}</button>"
)


def announcement(message: Message) -> str:
    """A new message in one line."""
    text = message.card.title if message.card else message.text[:200]
    return f"{NAMES.get(message.author, message.author)}: {text}"


def composer(who: str, to: str, thread: str) -> str:
    """The command box of a place; the page keeps what was typed in each of them."""
    name = "Reply in the thread" if thread else f"Message {title(to) if to == DIRECT else '#' + to}"
    draft = f"{who}|{to}|{thread}"
    listing = f"suggestions-{'thread' if thread else 'main'}"
    return (
        f'<button type="button" class="icon-button jump" data-jump aria-label="To the newest">{icons.DOWN}</button>'
        f'<ul class="suggestions" id="{listing}" role="listbox" aria-label="Suggestions" hidden></ul>'
        f'<div class="box"><textarea class="compose" rows="1" data-draft="{draft}" aria-label="{words(name)}"'
        f' placeholder="{words(name)}, or type / for commands" aria-autocomplete="list" aria-controls="{listing}">'
        "</textarea>"
        f'<button type="button" class="icon-button send" data-send aria-label="Send">{icons.SEND}</button></div>'
        '<p class="notice" role="alert" hidden></p>'
    )


def welcome(who: str) -> str:
    """What an empty channel says: how to begin, and as whom."""
    manager = next(one for one in PEOPLE if one.manages)
    if person(who).manages:
        does, label = 'data-do="run" data-text="/group setup"', "Set up the group"
        how = "Type <code>/group setup</code> below, or press the button. It is one form."
    else:
        does, label = f'data-do="be" data-to="{manager.id}"', f"Become {manager.name}"
        how = f"{manager.name} manages this channel and can type <code>/group setup</code>."
    return (
        f'<div class="welcome">{icons.BIRD}<h2>Two weeks of preparation, in one sitting</h2>'
        f"<p>{how} Then let time pass with the clock above, and answer as each of the four.</p>"
        f'<button type="button" class="button primary" {does}>{label}</button></div>'
    )


def book(commands: tuple[Command, ...]) -> str:
    """The commands as JSON for the page's completion, safe inside a script tag."""
    found = [
        {
            "name": command.name,
            "description": command.description,
            "verbs": [
                {
                    "name": verb.name,
                    "description": verb.description,
                    "options": [
                        {
                            "name": option.name,
                            "description": option.description,
                            "kind": option.kind,
                            "choices": [[choice.value, choice.label] for choice in option.choices],
                        }
                        for option in verb.options
                    ],
                }
                for verb in command.verbs
            ],
        }
        for command in commands
    ]
    return json.dumps(found, ensure_ascii=True).replace("<", "\\u003c")
