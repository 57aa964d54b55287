"""What Slack sends, in the shapes that were recorded from it; people, channels and words are ours."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlencode

from tests.adapters.slack_stand_in import StandIn
from tests.adapters.slack_workspace import APP_ID, BOT_ID, BOT_USER, Json, Team

TOKEN = "verification-token"  # old and unused: the signature counts
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


def signature(secret: str, at: int, body: bytes) -> str:
    """X-Slack-Signature of a body that was sent at `at`, in seconds since 1970."""
    return "v0=" + hmac.new(secret.encode(), b"v0:%d:" % at + body, hashlib.sha256).hexdigest()


def headers(body: bytes, kind: str, at: int, secret: str = SECRET, retry: int = 0) -> dict[str, str]:
    """The headers of a request of Slack's; `kind` is the envelope's in Socket Mode."""
    found = {
        "X-Slack-Signature": signature(secret, at, body),
        "X-Slack-Request-Timestamp": str(at),
        "Content-Type": "application/json" if kind == "events_api" else "application/x-www-form-urlencoded",
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    }
    if retry:
        found |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
    return found


def encoded(kind: str, payload: Json) -> bytes:
    """A payload as an HTTP body."""
    if kind == "events_api":
        return json.dumps(payload).encode()
    if kind == "slash_commands":
        return urlencode(payload).encode()
    return urlencode({"payload": json.dumps(payload)}).encode()


@dataclass
class Payloads:
    """Makes payloads of one team's people; each has ids of its own."""

    stand_in: StandIn
    team: Team
    _ids: Any = field(default_factory=lambda: count(1))

    def _user(self, user: str) -> Json:
        name = self.team.users[user].name.lower() if user in self.team.users else "somebody"
        return {"id": user, "username": name, "name": name, "team_id": self.team.id}

    def _team(self) -> Json:
        return {"id": self.team.id, "domain": "study"}

    def command(self, user: str, channel: str, text: str) -> Json:
        """``/mock hard coding`` as a slash command's form."""
        name, _, rest = text.partition(" ")
        known = self.team.channels.get(channel)
        direct = known is not None and bool(known.person)
        return {
            "token": TOKEN, "team_id": self.team.id, "team_domain": "study", "channel_id": channel,
            "channel_name": "directmessage" if direct else (known.name if known else "gone"), "user_id": user,
            "user_name": self._user(user)["name"], "command": name, "text": rest, "api_app_id": APP_ID,
            "is_enterprise_install": "false", "response_url": self.stand_in.response_url(user),
            "trigger_id": self.stand_in.slack.trigger(user),
        }  # fmt: skip

    def _action(self, user: str, channel: str, action: Json, message: Json | None) -> Json:
        """A block_actions payload; without a message it is one that only this person saw."""
        known = self.team.channels.get(channel)
        ts = message["ts"] if message else f"1790000000.9{next(self._ids):05d}"
        container: Json = {"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": message is None}
        thread = (message or {}).get("thread_ts")
        if thread:
            container["thread_ts"] = thread
        body: Json = {
            "type": "block_actions", "user": self._user(user), "api_app_id": APP_ID, "token": TOKEN,
            "container": container, "trigger_id": self.stand_in.slack.trigger(user), "team": self._team(),
            "enterprise": None, "is_enterprise_install": False,
            "channel": {"id": channel, "name": "directmessage" if known and known.person else "prep"},
            "response_url": self.stand_in.response_url(user), "state": {"values": {}},
            "actions": [{"block_id": "b1", "action_ts": ts, **action}],
        }  # fmt: skip
        if message is not None:
            body["message"] = message
        return body

    def press(self, user: str, channel: str, action: str, message: Json | None = None, label: str = "Go") -> Json:
        """A click on a button."""
        text = {"type": "plain_text", "text": label, "emoji": True}
        return self._action(user, channel, {"action_id": action, "text": text, "type": "button"}, message)

    def choose(self, user: str, channel: str, action: str, value: str, message: Json | None = None) -> Json:
        """A choice in a select."""
        option = {"text": {"type": "plain_text", "text": value, "emoji": True}, "value": value}
        chosen = {"type": "static_select", "action_id": action, "selected_option": option, "initial_option": option}
        return self._action(user, channel, chosen, message)

    def home_press(self, user: str, action: str) -> Json:
        """A click on a button of the App Home."""
        body = self.press(user, "", action)
        for name in ("channel", "response_url"):
            del body[name]
        body["container"] = {"type": "view", "view_id": "V0HOME"}
        body["view"] = {"id": "V0HOME", "team_id": self.team.id, "type": "home", "blocks": [], "private_metadata": "",
                        "callback_id": "", "state": {"values": {}}, "hash": "1.a", "app_id": APP_ID}  # fmt: skip
        return body

    def submit(self, user: str, view: Json, values: dict[str, str | tuple[str, ...]]) -> Json:
        """The view that stands open, sent with these values by field."""
        state = {
            block["block_id"]: {block["element"]["action_id"]: _state(block["element"], values.get(block["block_id"], ""))}
            for block in view["blocks"] if block["type"] == "input"
        }  # fmt: skip
        full = {"previous_view_id": None, "root_view_id": view["id"], "app_id": APP_ID, "bot_id": BOT_ID,
                "external_id": "", "app_installed_team_id": self.team.id, "clear_on_close": False,
                "notify_on_close": False, "close": None} | view | {"state": {"values": state}}  # fmt: skip
        return {
            "type": "view_submission", "team": self._team(), "user": self._user(user), "api_app_id": APP_ID,
            "token": TOKEN, "trigger_id": self.stand_in.slack.trigger(user), "view": full, "response_urls": [],
            "is_enterprise_install": False, "enterprise": None,
        }  # fmt: skip

    def event(self, event: Json, id: str = "") -> Json:
        """An Events API callback around an event."""
        number = next(self._ids)
        return {
            "token": TOKEN, "team_id": self.team.id, "context_team_id": self.team.id, "context_enterprise_id": None,
            "api_app_id": APP_ID, "event": event, "type": "event_callback", "event_id": id or f"Ev{number:010d}",
            "event_time": 1790000000 + number, "is_ext_shared_channel": False,
            "authorizations": [{"enterprise_id": None, "team_id": self.team.id, "user_id": BOT_USER, "is_bot": True,
                                "is_enterprise_install": False}],
            "event_context": f"4-{number}",
        }  # fmt: skip

    def posted(self, channel: str, message: Json) -> Json:
        """A person's (or the bot's) message as an event."""
        kind = "im" if self.team.channels[channel].person else "channel"
        event = {"client_msg_id": f"{next(self._ids):08d}-0000", "blocks": [], "channel": channel, "channel_type": kind,
                 "event_ts": message["ts"], **message}  # fmt: skip
        return self.event(event)

    def edited(self, channel: str, message: Json, text: str) -> Json:
        """The same message with other words."""
        before = dict(message)
        after = message | {"text": text, "edited": {"user": message["user"], "ts": "1790000001.000000"}}
        return self.event({
            "type": "message", "subtype": "message_changed", "message": after, "previous_message": before,
            "channel": channel, "hidden": True, "ts": "1790000001.000100", "event_ts": "1790000001.000100",
            "channel_type": "channel",
        })  # fmt: skip

    def deleted(self, channel: str, message: Json) -> Json:
        return self.event({
            "type": "message", "subtype": "message_deleted", "previous_message": message, "channel": channel,
            "hidden": True, "deleted_ts": message["ts"], "event_ts": "1790000002.000100", "ts": "1790000002.000100",
            "channel_type": "channel",
        })  # fmt: skip

    def tombstone(self, channel: str, message: Json) -> Json:
        """A deleted message that has replies stays as a tombstone: Slack sends a change."""
        grave = {"type": "message", "subtype": "tombstone", "text": "This message was deleted.", "user": "USLACKBOT",
                 "hidden": True, "ts": message["ts"], "thread_ts": message["ts"]}  # fmt: skip
        return self.event({
            "type": "message", "subtype": "message_changed", "message": grave, "previous_message": message,
            "channel": channel, "hidden": True, "ts": "1790000003.000100", "event_ts": "1790000003.000100",
            "channel_type": "channel",
        })  # fmt: skip

    def mention(self, user: str, channel: str, text: str, thread: str = "") -> Json:
        """``@Mockingbird text``."""
        ts = self.stand_in.slack.ts()
        event: Json = {"type": "app_mention", "user": user, "text": f"<@{BOT_USER}> {text}", "ts": ts, "team": self.team.id,
                       "channel": channel, "event_ts": ts, "client_msg_id": ts, "blocks": []}  # fmt: skip
        if thread:
            event["thread_ts"] = thread
        return self.event(event)

    def home(self, user: str, tab: str = "home") -> Json:
        return self.event({"type": "app_home_opened", "user": user, "channel": f"D{user[1:]}", "tab": tab,
                           "event_ts": "1790000004.000100"})  # fmt: skip


def _state(element: Json, value: str | tuple[str, ...]) -> Json:
    """What stands in an element of a view, as Slack sends it."""
    kind = element["type"]
    if kind == "plain_text_input":
        return {"type": kind, "value": value or None}
    chosen = [one for one in element["options"] if one["value"] in ((value,) if isinstance(value, str) else value)]
    if kind in ("checkboxes", "multi_static_select"):
        return {"type": kind, "selected_options": chosen}
    return {"type": kind, "selected_option": chosen[0] if chosen else None}
