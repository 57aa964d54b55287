"""What Slack remembers and how its methods behave: teams, people, channels, messages, views. Pure state, no network."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from adapters.slack import manifest
from tests.adapters import judges

Json = dict[str, Any]
BOT_USER, BOT_ID, APP_ID = "U0MOCKBOT", "B0MOCKBOT", "A0MOCKINGBIRD"
# What each method asks for; without it the answer is missing_scope.
SCOPES = {
    "chat.postMessage": "chat:write", "chat.update": "chat:write", "chat.postEphemeral": "chat:write",
    "chat.delete": "chat:write", "users.info": "users:read", "conversations.open": "im:write",
    "conversations.info": "channels:read", "conversations.history": "channels:history",
    "conversations.replies": "channels:history", "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
}  # fmt: skip


class Refusal(Exception):
    """``ok: false`` with this error."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.body = {"ok": False, "error": error, **more}


@dataclass
class User:
    id: str
    name: str
    zone: str = "Europe/Berlin"
    admin: bool = False
    closed: bool = False  # takes no direct messages
    bot: bool = False

    def as_json(self, team: str) -> Json:
        return {
            "id": self.id, "team_id": team, "name": self.name.lower(), "deleted": False, "real_name": self.name,
            "tz": self.zone, "tz_label": "Somewhere", "tz_offset": 0, "is_admin": self.admin, "is_owner": self.admin,
            "is_primary_owner": False, "is_restricted": False, "is_ultra_restricted": False, "is_bot": self.bot,
            "is_app_user": False, "updated": 1502138686,
            "profile": {"real_name": self.name, "display_name": self.name, "real_name_normalized": self.name,
                        "display_name_normalized": self.name, "team": team},
        }  # fmt: skip


@dataclass
class Channel:
    id: str
    name: str
    creator: str = ""
    person: str = ""  # of a direct conversation
    archived: bool = False
    joined: bool = True

    def as_json(self) -> Json:
        if self.person:
            return {"id": self.id, "created": 1, "is_im": True, "is_archived": False, "user": self.person}
        return {
            "id": self.id, "name": self.name, "name_normalized": self.name, "is_channel": True, "is_group": False,
            "is_im": False, "is_mpim": False, "is_private": False, "created": 1449252889, "creator": self.creator,
            "is_archived": self.archived, "is_general": False, "is_member": self.joined, "num_members": 4,
        }  # fmt: skip


@dataclass
class Team:
    id: str
    token: str
    name: str = "Study hall"
    scopes: set[str] = field(default_factory=lambda: set(manifest.SCOPES))
    revoked: bool = False
    limited: bool = False  # a free plan: what is old is hidden
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: dict[str, list[Json]] = field(default_factory=dict)  # channel -> the oldest first

    def add(self, *people: User) -> None:
        self.users |= {one.id: one for one in people}

    def channel(self, id: str, name: str, creator: str = "", joined: bool = True) -> Channel:
        self.channels[id] = Channel(id, name, creator, joined=joined)
        return self.channels[id]

    def direct(self, user: str) -> Channel:
        id = f"D{user[1:]}"
        return self.channels.setdefault(id, Channel(id, "", person=user))


@dataclass(frozen=True)
class Shown:
    """What one person alone saw: an ephemeral message, an answer to a command, a view."""

    user: str
    how: str  # ephemeral | response | view | home
    body: Json


class Workspace:
    """All of Slack's state, and its methods by name."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.teams: dict[str, Team] = {}
        self.shown: list[Shown] = []
        self.views: dict[str, Json] = {}  # user -> the modal that stands open
        self.triggers: dict[str, str] = {}  # what may still open a view -> whose it is
        self.exchanged: set[str] = set()  # triggers that opened one
        self.installs: dict[str, Team] = {}  # OAuth code -> the team it is for
        self.url = ""  # where the stand-in is reached, for what is uploaded
        self.files: dict[str, bytes] = {}  # id -> what was uploaded
        self._now = now
        self._ids = count(1)
        self.methods: dict[str, Callable[[Team, Json], Json]] = {
            "auth.test": self._auth_test,
            "users.info": self._users_info,
            "bots.info": lambda team, args: {"bot": {"id": BOT_ID, "app_id": APP_ID, "user_id": BOT_USER}},
            "conversations.info": lambda team, args: {"channel": self._conversation(team, args).as_json()},
            "conversations.open": lambda team, args: {"channel": team.direct(args["users"]).as_json()},
            "conversations.list": self._list,
            "users.conversations": self._list,
            "conversations.members": lambda team, args: {"members": [*team.users, BOT_USER]},
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "chat.postEphemeral": self._ephemeral,
            "files.getUploadURLExternal": self._upload,
            "files.completeUploadExternal": self._uploaded,
            "views.open": self._open,
            "views.update": self._update_view,
            "views.publish": self._publish,
        }

    def team(self, id: str = "T0STUDY", token: str = "xoxb-study") -> Team:
        """A workspace with our bot in it."""
        self.teams[id] = Team(id, token)
        self.teams[id].add(User(BOT_USER, "Mockingbird", bot=True))
        return self.teams[id]

    def call(self, method: str, token: str, args: Json) -> Json:
        """The answer of a method. Raises Refusal."""
        team = next((one for one in self.teams.values() if one.token == token), None)
        if method == "oauth.v2.access":
            return {"ok": True, **self._access(args)}
        if team is None:
            raise Refusal("invalid_auth" if token else "not_authed")
        if team.revoked:
            raise Refusal("token_revoked")
        needed = SCOPES.get(method, "")
        if needed and needed not in team.scopes:
            raise Refusal("missing_scope", needed=needed, provided=",".join(sorted(team.scopes)))
        if method not in self.methods:
            raise Refusal("unknown_method")
        return {"ok": True, **self.methods[method](team, args)}

    def ts(self) -> str:
        """A message's id: Slack's are the time with six digits that make it unique."""
        return f"{int(self._now())}.{next(self._ids):06d}"

    def trigger(self, user: str) -> str:
        id = f"{next(self._ids)}.7361.trigger"
        self.triggers[id] = user
        return id

    def bot_messages(self) -> list[tuple[Team, Channel, Json]]:
        """All that the bot posted, the oldest first."""
        found = [(team, team.channels[id], message) for team in self.teams.values()
                 for id, messages in team.messages.items() for message in messages if message.get("bot_id")]  # fmt: skip
        return sorted(found, key=lambda one: int(str(one[2]["ts"]).partition(".")[2]))

    def say(self, team: Team, channel: str, user: str, text: str, thread: str = "") -> Json:
        """A person's message."""
        message: Json = {"type": "message", "user": user, "text": text, "ts": self.ts(), "team": team.id}
        if thread:
            message["thread_ts"] = thread
        team.messages.setdefault(channel, []).append(message)
        return message

    # Methods ---------------------------------------------------------------------------------------------------------

    def _auth_test(self, team: Team, args: Json) -> Json:
        return {"url": "https://study.slack.com/", "team": team.name, "user": "mockingbird", "team_id": team.id,
                "user_id": BOT_USER, "bot_id": BOT_ID, "is_enterprise_install": False}  # fmt: skip

    def _users_info(self, team: Team, args: Json) -> Json:
        user = team.users.get(args.get("user", ""))
        if user is None:
            raise Refusal("user_not_found")
        return {"user": user.as_json(team.id)}

    def _conversation(self, team: Team, args: Json) -> Channel:
        id = str(args.get("channel", ""))
        if id.startswith("U") and id in team.users:
            return team.direct(id)
        if id not in team.channels:
            raise Refusal("channel_not_found")
        return team.channels[id]

    def _list(self, team: Team, args: Json) -> Json:
        return {"channels": [one.as_json() for one in team.channels.values() if not one.person],
                "response_metadata": {"next_cursor": ""}}  # fmt: skip

    def _readable(self, team: Team, args: Json) -> list[Json]:
        channel = self._conversation(team, args)
        if not channel.joined:
            raise Refusal("not_in_channel")
        found = team.messages.get(channel.id, [])
        oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or "inf")
        return [one for one in found if oldest <= float(one["ts"]) <= latest]

    def _history(self, team: Team, args: Json) -> Json:
        top = [one for one in self._readable(team, args) if one.get("thread_ts", one["ts"]) == one["ts"]]
        return _page(list(reversed(top)), args) | ({"is_limited": True} if team.limited else {})

    def _replies(self, team: Team, args: Json) -> Json:
        thread = args["ts"]
        found = [one for one in self._readable(team, args) if thread in (one["ts"], one.get("thread_ts"))]
        if not found:
            raise Refusal("thread_not_found")
        return _page(found, args)

    def _writable(self, team: Team, args: Json) -> Channel:
        channel = self._conversation(team, args)
        if channel.archived:
            raise Refusal("is_archived")
        if not channel.joined:
            raise Refusal("not_in_channel")
        if channel.person and team.users[channel.person].closed:
            raise Refusal("cannot_dm_bot")
        faults = judges.message_faults(args)
        if faults:
            raise Refusal("invalid_blocks", response_metadata={"messages": faults})
        return channel

    def _post(self, team: Team, args: Json) -> Json:
        channel = self._writable(team, args)
        thread = args.get("thread_ts")
        if thread and all(one["ts"] != thread for one in team.messages.get(channel.id, [])):
            raise Refusal("thread_not_found")
        kept = {name: args[name] for name in ("text", "blocks", "metadata", "thread_ts") if args.get(name)}
        message = {"type": "message", "user": BOT_USER, "bot_id": BOT_ID, "app_id": APP_ID, "team": team.id,
                   "ts": self.ts(), "text": "", **kept}  # fmt: skip
        team.messages.setdefault(channel.id, []).append(message)
        return {"channel": channel.id, "ts": message["ts"], "message": message}

    def _bots(self, team: Team, args: Json) -> tuple[Channel, Json]:
        channel = self._writable(team, args)
        found = [one for one in team.messages.get(channel.id, []) if one["ts"] == args["ts"]]
        if not found:
            raise Refusal("message_not_found")
        if found[0].get("bot_id") != BOT_ID:
            raise Refusal("cant_update_message")
        return channel, found[0]

    def _update(self, team: Team, args: Json) -> Json:
        channel, message = self._bots(team, args)
        # As Slack has it: metadata that is not sent again stays.
        message |= {name: args[name] for name in ("text", "blocks", "metadata") if name in args}
        message["edited"] = {"user": BOT_USER, "ts": f"{args['ts']}"}
        return {"channel": channel.id, "ts": message["ts"], "text": message["text"], "message": message}

    def _delete(self, team: Team, args: Json) -> Json:
        channel, message = self._bots(team, args)
        team.messages[channel.id].remove(message)
        return {"channel": channel.id, "ts": message["ts"]}

    def _ephemeral(self, team: Team, args: Json) -> Json:
        self._writable(team, args)
        if args["user"] not in team.users:
            raise Refusal("user_not_in_channel")
        self.shown.append(Shown(args["user"], "ephemeral", args))
        return {"message_ts": self.ts()}

    def _upload(self, team: Team, args: Json) -> Json:
        id = f"F{next(self._ids):08d}"
        if not args.get("filename") or int(args["length"]) < 1:
            raise Refusal("invalid_arguments")
        return {"upload_url": f"{self.url}/upload/{id}", "file_id": id}

    def _uploaded(self, team: Team, args: Json) -> Json:
        """What was uploaded becomes a message of the conversation."""
        channel = self._conversation(team, {"channel": args["channel_id"]})
        if channel.person and team.users[channel.person].closed:
            raise Refusal("cannot_dm_bot")
        files = [one for one in args["files"] if one["id"] in self.files]
        if not files:
            raise Refusal("file_not_found")
        message = {"type": "message", "user": BOT_USER, "bot_id": BOT_ID, "app_id": APP_ID, "team": team.id, "ts": self.ts(),
                   "text": "", "files": files}  # fmt: skip
        team.messages.setdefault(channel.id, []).append(message)
        return {"files": files}

    def _open(self, team: Team, args: Json) -> Json:
        trigger = args.get("trigger_id", "")
        if trigger in self.exchanged:
            raise Refusal("exchanged_trigger_id")
        user = self.triggers.pop(trigger, None)
        if user is None:
            raise Refusal("expired_trigger_id")
        self.exchanged.add(trigger)
        view = self._checked(args["view"])
        self.views[user] = view | {"id": f"V{next(self._ids):08d}", "hash": "1.a", "team_id": team.id}
        self.shown.append(Shown(user, "view", self.views[user]))
        return {"view": self.views[user]}

    def _update_view(self, team: Team, args: Json) -> Json:
        user = next((one for one, view in self.views.items() if view["id"] == args.get("view_id")), None)
        if user is None:
            raise Refusal("not_found")
        self.views[user] = self.views[user] | self._checked(args["view"])
        return {"view": self.views[user]}

    def _publish(self, team: Team, args: Json) -> Json:
        view = self._checked(args["view"])
        self.shown.append(Shown(args["user_id"], "home", view))
        return {"view": view}

    def _checked(self, view: Any) -> Json:
        read: Json = json.loads(view) if isinstance(view, str) else view
        faults = judges.view_limits(read) + judges.view_models(read)
        if faults:
            raise Refusal("invalid_arguments", response_metadata={"messages": faults})
        return read

    def _access(self, args: Json) -> Json:
        team = self.installs.pop(args.get("code", ""), None)
        if team is None:
            raise Refusal("invalid_code")
        self.teams[team.id] = team
        return {"app_id": APP_ID, "authed_user": {"id": next(iter(team.users))}, "scope": ",".join(sorted(team.scopes)),
                "token_type": "bot", "access_token": team.token, "bot_user_id": BOT_USER,
                "team": {"id": team.id, "name": team.name}, "enterprise": None,
                "is_enterprise_install": False}  # fmt: skip


def _page(found: list[Json], args: Mapping[str, Any]) -> Json:
    start = int(args.get("cursor") or 0)
    size = int(args.get("limit") or 100)
    more = len(found) > start + size
    shown = found[start : start + size]
    if str(args.get("include_all_metadata", "")).lower() not in ("1", "true"):
        shown = [{name: value for name, value in one.items() if name != "metadata"} for one in shown]
    return {"messages": shown, "has_more": more,
            "response_metadata": {"next_cursor": str(start + size) if more else ""}}  # fmt: skip
