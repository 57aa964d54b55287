"""Slack's payloads become the core's events. Pure; what Slack would never send raises Malformed."""

import re
from collections.abc import Mapping

from adapters.slack.manifest import meant
from adapters.slack.payload import (
    Body,
    Malformed,
    Reach,
    at,
    event_reach,
    happened,
    inner,
    need,
    reach,
    spoken,
    team,
)
from adapters.slack.render import AGAIN
from adapters.slack.settings import PLATFORM
from bot.core.events import Choose, Command, Deleted, Edited, Person, Place, Posted, Press, Submit
from bot.core.ui import ActionId

GONE = ActionId("gone.away")  # what was never one of ours: the engine has the sentence for it
SPOKEN = ("", "file_share", "thread_broadcast", "me_message")  # subtypes under which people speak

_ADDRESSED = re.compile(r"\s*<@([A-Z0-9]+)(?:\|[^<>]*)?>[\s,:]*")


def _action(text: str) -> ActionId:
    try:
        return ActionId.parse(text)
    except ValueError:
        return GONE


def command(body: Body, found: Reach) -> Command:
    """``/mock hard coding``; `found` is the body's reach. Raises Malformed."""
    who = Person(found.user, at(body, "user_name"))
    return Command(happened(body), who, found.place, meant(need(body, "command")), spoken(at(body, "text")).strip())


def press(body: Body) -> Press | Choose | Command | None:
    """A button or a select; None for what acts on nothing. Raises Malformed."""
    actions = body.get("actions")
    if not actions:
        raise Malformed("there is no action")
    action, found, id = actions[0], reach(body), happened(body)
    who = Person(found.user, at(body, "user", "name") or at(body, "user", "username"))
    if at(action, "action_id") == AGAIN:
        return _again(id, who, found.place, at(action, "value"))
    name = _action(at(action, "action_id"))
    if at(action, "type") == "button":
        return Press(id, who, found.place, name)
    value = at(action, "selected_option", "value")
    return Choose(id, who, found.place, name, value) if value else None


def asks(event: Command | Press | Choose) -> str:
    """What leads to the same form once more, as the value of a button."""
    return f"/{event.name} {event.text}".strip() if isinstance(event, Command) else str(event.action)


def _again(id: str, who: Person, where: Place, asked: str) -> Press | Command:
    if asked.startswith("/"):
        name, _, rest = asked[1:].partition(" ")
        return Command(id, who, where, name, rest)
    return Press(id, who, where, _action(asked))


def submit(body: Body) -> Submit:
    """A form that was sent. Raises Malformed."""
    found = reach(body)
    who = Person(found.user, at(body, "user", "name") or at(body, "user", "username"))
    state = body["view"].get("state") or {}
    blocks = state.get("values") if isinstance(state, Mapping) else None
    if not isinstance(blocks, Mapping):
        raise Malformed("view.state.values is missing")
    values: dict[str, str | tuple[str, ...]] = {}
    for id, elements in blocks.items():
        if isinstance(elements, Mapping):
            values |= {str(id): _value(element) for element in elements.values() if isinstance(element, Mapping)}
    return Submit(happened(body), who, found.place, _action(at(body, "view", "callback_id")), values)


def _value(element: Body) -> str | tuple[str, ...]:
    options = element.get("selected_options")
    if isinstance(options, list):
        return tuple(at(one, "value") for one in options if isinstance(one, Mapping))
    return at(element, "selected_option", "value") or at(element, "value")


def message(body: Body, ours: str) -> Posted | Edited | Deleted | None:
    """What people say in threads, and what they change of it; None for all other talk. `ours` is the bot's user id."""
    event = body["event"]
    kind = at(event, "subtype")
    if kind == "message_deleted":
        return _deleted(body, inner(event, "previous_message"))
    if kind == "message_changed":
        before, after = inner(event, "previous_message"), inner(event, "message")
        if at(after, "subtype") == "tombstone":
            return _deleted(body, before)
        if at(after, "text") == at(before, "text") or not _answers(body, after, ours):
            return None  # a link was unfolded, or a reply counted
        found = _spoken(body, after)
        return Edited(found.id, found.who, found.where, found.message, found.text)
    return _spoken(body, event) if kind in SPOKEN and _answers(body, event, ours) else None


def _answers(body: Body, said: Body, ours: str) -> bool:
    """Whether a person said it in a thread of a channel, and not to the bot."""
    if said.get("bot_id") or not at(said, "user") or at(said, "user") == ours:
        return False
    thread, channel = at(said, "thread_ts"), at(body["event"], "channel")
    addressed = _ADDRESSED.match(at(said, "text"))
    if addressed and ours and addressed[1] == ours:
        return False
    return bool(thread) and thread != at(said, "ts") and bool(channel) and not channel.startswith("D")


def _spoken(body: Body, said: Body) -> Posted:
    where = Place(PLATFORM, team(body), at(body["event"], "channel"), at(said, "thread_ts"))
    return Posted(happened(body), Person(at(said, "user"), ""), where, need(said, "ts"), spoken(at(said, "text")))


def _deleted(body: Body, before: Body) -> Deleted | None:
    if not _answers(body, before, ""):
        return None
    found = _spoken(body, before)
    return Deleted(found.id, found.who, found.where, found.message)


def mention(body: Body, ours: str) -> Command | None:
    """``@Mockingbird mock hard``, in threads too; None where the bot is only spoken of."""
    event = body["event"]
    addressed = _ADDRESSED.match(at(event, "text"))
    if not addressed or addressed[1] != ours or _from_elsewhere(event) or event.get("edited"):
        return None
    return _typed(body, at(event, "text")[addressed.end() :])


def direct(body: Body) -> Command | None:
    """A message to the bot alone is a command without its slash; None for what is none."""
    event = body["event"]
    text = at(event, "text")
    if not at(event, "channel").startswith("D") or at(event, "subtype") not in SPOKEN or _from_elsewhere(event):
        return None
    addressed = _ADDRESSED.match(text)
    return _typed(body, text[addressed.end() :] if addressed else text) if text.strip() else None


def _from_elsewhere(event: Body) -> bool:
    return bool(event.get("bot_id")) or not at(event, "user")


def _typed(body: Body, text: str) -> Command:
    found = event_reach(body)
    name, _, rest = spoken(text).strip().removeprefix("/").partition(" ")
    return Command(happened(body), Person(found.user, ""), found.place, meant(name) or "help", rest.strip())
