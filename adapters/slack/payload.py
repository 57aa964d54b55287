"""What is read out of Slack's payloads: who, where, by which ways they can be answered, and words. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from adapters.slack.settings import PLATFORM
from bot.core.events import Place
from bot.core.records import record

Body = Mapping[str, Any]
Surface = Literal["command", "message", "modal", "home", "event"]

_CONTROL = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


class Malformed(ValueError):
    """A payload that Slack would not send; the message says what is amiss."""


@record(frozen=True, slots=True)
class Reach:
    """The ways by which this person can be answered. `channel` is Slack's own id of where they are, `thread` empty
    outside of threads; the others are empty where Slack gave none."""

    team: str
    user: str
    surface: Surface
    channel: str = ""
    thread: str = ""
    trigger: str = ""
    response_url: str = ""
    view: str = ""
    ephemeral: bool = False

    @property
    def alone(self) -> bool:
        """Nobody else sees the message that was pressed."""
        return self.ephemeral or self.direct

    @property
    def direct(self) -> bool:
        return not self.channel or self.channel.startswith("D")

    @property
    def place(self) -> Place:
        """Where they are, in the core's terms: direct messages are called after the person."""
        if self.direct:
            return Place(PLATFORM, self.team, self.user, direct=True)
        return Place(PLATFORM, self.team, self.channel, thread=self.thread)


def well_formed(body: object) -> bool:
    """Whether a payload has the shape of Slack's, so that nobody trips over it: objects where objects are due."""
    if not isinstance(body, dict):
        return False
    if not all(isinstance(body.get(name, {}), dict) for name in ("event", "view", "container")):
        return False
    # Where they are, they say what they are.
    if any(name in body and not at(body, name, "type") for name in ("event", "view")):
        return False
    if not all(isinstance(body.get(name, ""), str | dict | None) for name in ("team", "user", "channel", "enterprise")):
        return False
    actions = body.get("actions")
    if actions is not None and not (_objects(actions) and actions and all(at(one, "action_id") for one in actions)):
        return False
    return body.get("authorizations") is None or _objects(body["authorizations"])


def _objects(found: object) -> bool:
    return isinstance(found, list) and all(isinstance(one, dict) for one in found)


def at(body: Body, *path: str) -> str:
    """The text at the end of a path; empty where there is none."""
    found: object = body
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def need(body: Body, *path: str) -> str:
    """The same, which may not be empty. Raises Malformed."""
    found = at(body, *path)
    if not found:
        raise Malformed(f"{'.'.join(path)} is missing")
    return found


def team(body: Body) -> str:
    """The workspace that installed us. Raises Malformed."""
    authorizations = body.get("authorizations")
    # In a channel that workspaces share, `team_id` can be another's: the authorization is ours.
    ours = at(authorizations[0], "team_id") if isinstance(authorizations, list) and authorizations else ""
    found = at(body, "view", "app_installed_team_id") or at(body, "team", "id") or ours
    found = found or at(body, "team_id") or at(body, "user", "team_id")
    if not found:
        raise Malformed("there is no team")
    return found


def bot_user(body: Body) -> str:
    """Our own user's id, as an event tells it; empty where it does not."""
    authorizations = body.get("authorizations")
    ours = [one for one in authorizations if one.get("is_bot")] if isinstance(authorizations, list) else []
    return at(ours[0], "user_id") if ours else ""


def happened(body: Body) -> str:
    """The id under which a retry of the same interaction or event comes again. Raises Malformed."""
    id = at(body, "event_id") or at(body, "trigger_id")
    if not id:
        action = body["actions"][0] if body.get("actions") else {}
        id = at(action, "action_ts") or at(body, "view", "hash")
        id = f"{at(body, 'user', 'id')}:{at(body, 'view', 'id')}:{id}" if id else ""
    if not id:
        raise Malformed("there is no id by which a retry could be told")
    return f"{PLATFORM}:{id}"[:200]


def reach(body: Body) -> Reach:
    """How to answer a command, a press, a choice or a submission. Raises Malformed."""
    trigger, url = at(body, "trigger_id"), at(body, "response_url")
    if "command" in body:
        return Reach(need(body, "team_id"), need(body, "user_id"), "command", need(body, "channel_id"),
                     at(body, "thread_ts"), trigger, url)  # fmt: skip
    who = need(body, "user", "id")
    if "view" in body:
        held = _metadata(at(body, "view", "private_metadata"))
        home = at(body, "view", "type") == "home"
        surface: Surface = "home" if home else "modal" if body.get("type") == "block_actions" else held.surface
        return Reach(team(body), who, surface, held.channel, held.thread, trigger, url, at(body, "view", "id"))
    channel = at(body, "channel", "id") or at(body, "container", "channel_id")
    ts = at(body, "container", "message_ts") or at(body, "message", "ts")
    thread = at(body, "container", "thread_ts") or at(body, "message", "thread_ts")
    # A press on the message that opens a thread is made in the channel.
    return Reach(team(body), who, "message", channel, thread if thread != ts else "", trigger, url,
                 ephemeral=inner(body, "container").get("is_ephemeral") is True)  # fmt: skip


@record(frozen=True, slots=True)
class Held:
    """What a modal remembers of where it was opened."""

    channel: str = ""
    thread: str = ""
    surface: Surface = "message"

    def as_parts(self) -> dict[str, str]:
        """For `render.metadata`."""
        return {"c": self.channel, "t": self.thread, "s": "" if self.surface == "message" else self.surface}


def held(reach: Reach) -> Held:
    """What a modal that is opened now has to remember."""
    return Held(reach.channel, reach.thread, reach.surface if reach.surface in ("modal", "home") else "message")


def _metadata(text: str) -> Held:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        raise Malformed("the view's metadata is none of ours") from None
    if not isinstance(found, dict):
        raise Malformed("the view's metadata is none of ours")
    surface: Surface = "modal" if at(found, "s") == "modal" else "home" if at(found, "s") == "home" else "message"
    return Held(at(found, "c"), at(found, "t"), surface)


def event_reach(body: Body) -> Reach:
    """How to answer what came as an event: with messages alone. Raises Malformed."""
    event = body["event"]
    said = next((inner(event, one) for one in ("message", "previous_message") if one in event), event)
    user = at(said, "user") or at(event, "user")
    thread = at(said, "thread_ts")
    return Reach(team(body), user, "event", at(event, "channel"), thread if thread != at(said, "ts") else "")


def inner(event: Body, name: str) -> Body:
    """An object in an object; empty where there is none."""
    found = event.get(name)
    return found if isinstance(found, Mapping) else {}


def spoken(text: str) -> str:
    """Text as the person typed it: Slack's marks for people, channels and links read as words, nothing escaped."""
    return _CONTROL.sub(_word, text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _word(match: re.Match[str]) -> str:
    mark, target, label = match[1], match[2], match[3]
    if mark in ("@", "#"):
        return mark + (label or target)
    if mark == "!":
        return label or "@" + target.partition("^")[0]
    # Slack makes links of addresses that people type bare, and keeps what they typed as the label.
    return target if not label else label if label in target else f"{label} ({target})"
