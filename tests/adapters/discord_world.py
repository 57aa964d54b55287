"""What Discord remembers and how its REST methods behave. Pure state, no network: what happens is put in `events`."""

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.adapters import discord_judge as judge
from tests.adapters.discord_guild import (
    ALL,
    DIRECT,
    FORUM,
    HISTORY,
    IN_THREADS,
    MANAGE_MESSAGES,
    MANAGE_THREADS,
    OPEN_THREADS,
    SEND,
    TEXT,
    THREAD,
    VIEW,
    Channel,
    Guild,
    Json,
    Snowflakes,
    User,
    moment,
)

APP = 900_000_000_000_000_001
TOKEN = "bot.token.of-the-stand-in"
NONCE_LIVES = 300  # seconds: "the past few minutes"
HAS_THREAD = 1 << 5
STARTER = 21  # the type of the first message of a thread that was opened on another


class Refusal(Exception):
    """An error of Discord: the HTTP status, the code, the sentence."""

    def __init__(self, status: int, code: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "code": code, **more}


def invalid(faults: list[str]) -> Refusal:
    """50035 with what is wrong."""
    errors = {"_errors": [{"code": "BASE_TYPE_INVALID", "message": fault} for fault in faults]}
    return Refusal(400, 50035, "Invalid Form Body", errors={"components": errors})


@dataclass(frozen=True)
class Event:
    """What the gateway tells: `guild` is 0 where it is about direct messages."""

    name: str
    data: Json
    guild: int = 0


class World:
    """All of Discord's state, and its REST methods."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.ids = Snowflakes(now)
        self.bot = User(APP, "Mockingbird", bot=True)
        self.users: dict[int, User] = {APP: self.bot}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.commands: dict[int, list[Json]] = {0: []}  # server, or 0 for all -> its commands
        self.events: list[Event] = []
        self.pings: list[tuple[str, Json]] = []  # who was pinged by a message of the bot
        self.content = True  # the message content intent is granted
        self.public = True  # anybody may add the bot
        self._nonces: dict[tuple[int, str], tuple[float, int]] = {}

    # What people and admins do -------------------------------------------------------------------------------------

    def person(self, name: str, id: int = 0, **more: bool) -> User:
        found = User(id or self.ids.next(), name, **more)
        self.users[found.id] = found
        return found

    def guild(self, name: str, owner: User, *people: User, id: int = 0, ours: int = ALL) -> Guild:
        """A server with our bot in it; the gateway tells of it to those who identify later, and of `join` at once."""
        found = Guild(id or self.ids.next(), name, owner.id, joined=self.ids.now(), ours=ours & ~(1 << 3))
        found.members = dict.fromkeys((one.id for one in (owner, *people, self.bot)), 0)
        self.guilds[found.id] = found
        return found

    def channel(self, guild: Guild, name: str, id: int = 0, kind: int = TEXT, denied: int = 0) -> Channel:
        found = Channel(id or self.ids.next(), name, kind, guild.id, denied=denied)
        self.channels[found.id] = found
        return found

    def direct(self, user: int) -> Channel:
        """The direct messages between a person and the bot."""
        found = next((one for one in self.channels.values() if one.person == user), None)
        if found is None:
            found = Channel(self.ids.next(), "", DIRECT, person=user)
            self.channels[found.id] = found
        return found

    def say(self, user: User, channel: Channel, text: str, **more: Any) -> Json:
        """A person's message."""
        message = self.make(channel, user, {"content": text, **more})
        self.emit("MESSAGE_CREATE", self.told(channel, message), channel.guild)
        return message

    def edit(self, channel: Channel, message: Json, text: str) -> None:
        message |= {"content": text, "edited_timestamp": moment(self.ids.now())}
        self.emit("MESSAGE_UPDATE", self.told(channel, message), channel.guild)

    def delete(self, channel: Channel, message: Json) -> None:
        del channel.messages[int(message["id"])]
        told = {"id": message["id"], "channel_id": str(channel.id)}
        self.emit("MESSAGE_DELETE", told | ({"guild_id": str(channel.guild)} if channel.guild else {}), channel.guild)

    def guild_event(self, guild: Guild, joins: bool = False) -> Json:
        """What GUILD_CREATE says: at a connection of a server that we are in, or when the bot `joins` one."""
        mine = [one for one in self.channels.values() if one.guild == guild.id]
        bot = guild.member(self.bot) | {"user": self.bot.as_json()}
        there: Json = {} if joins else {"unavailable": False}
        return guild.as_json() | there | {
            "joined_at": moment(guild.joined), "large": False, "member_count": len(guild.members),
            "voice_states": [], "members": [bot], "presences": [], "stage_instances": [], "guild_scheduled_events": [],
            "soundboard_sounds": [], "channels": [one.as_json(self.bot) for one in mine if not one.is_thread],
            "threads": [one.as_json(self.bot) for one in mine if one.is_thread and not one.archived],
        }  # fmt: skip

    def bot_messages(self) -> list[tuple[Channel, Json]]:
        """All that the bot posted for others to see, the oldest first."""
        found = [(channel, message) for channel in self.channels.values() for message in channel.messages.values()
                 if message["author"]["id"] == str(APP)]  # fmt: skip
        return sorted(found, key=lambda one: int(one[1]["id"]))

    def emit(self, name: str, data: Json, guild: int = 0) -> None:
        self.events.append(Event(name, copy.deepcopy(data), guild))

    # Messages -------------------------------------------------------------------------------------------------------

    def make(self, channel: Channel, author: User, data: Mapping[str, Any], keep: bool = True) -> Json:
        id = self.ids.next()
        message: Json = {
            "id": str(id), "channel_id": str(channel.id), "type": 0, "author": author.as_json(),
            "content": data.get("content") or "", "timestamp": moment(self.ids.at(id)), "edited_timestamp": None,
            "tts": False, "mention_everyone": False, "mentions": [], "mention_roles": [],
            "attachments": list(data.get("attachments") or []),
            "embeds": data.get("embeds") or [], "pinned": False, "flags": int(data.get("flags") or 0),
            "components": _numbered(data.get("components") or []),
        }  # fmt: skip
        if data.get("message_reference"):
            message |= {"message_reference": data["message_reference"], "type": 19}
        if author.bot:
            self._ping(data, message)
        if keep:
            channel.messages[id] = message
        return message

    def told(self, channel: Channel, message: Json) -> Json:
        """A message as the gateway tells of it."""
        if not channel.guild:
            return message
        author = self.users[int(message["author"]["id"])]
        return message | {"guild_id": str(channel.guild), "member": self.guilds[channel.guild].member(author)}

    def _ping(self, data: Mapping[str, Any], message: Json) -> None:
        """Who is pinged by the text, after what allowed_mentions says; a backslash keeps nobody from it."""
        texts = [
            str(one.get("content", "")) for one in judge.every(message["components"]) if one["type"] == judge.DISPLAY
        ]
        text = "\n".join([message["content"], *texts])
        allowed = data.get("allowed_mentions")
        parse = ["users", "roles", "everyone"] if allowed is None else allowed.get("parse", [])
        listed = set((allowed or {}).get("users") or [])
        if "everyone" in parse and re.search(r"@(everyone|here)", text):
            self.pings.append(("everyone", message))
        for id in re.findall(r"<@!?(\d+)>", text):
            if "users" in parse or id in listed:
                self.pings.append((id, message))

    def change(self, message: Json, data: Mapping[str, Any]) -> None:
        kept = int(message["flags"]) & (judge.EPHEMERAL | HAS_THREAD | judge.V2)
        if "flags" in data:
            message["flags"] = kept | int(data["flags"] or 0)
        for name in ("content", "embeds"):
            if name in data:
                message[name] = data[name] or ("" if name == "content" else [])
        if "components" in data:
            message["components"] = _numbered(data["components"] or [])
        message["edited_timestamp"] = moment(self.ids.now())
        channel = self.channels[int(message["channel_id"])]
        if int(message["id"]) in channel.messages:
            self.emit("MESSAGE_UPDATE", self.told(channel, message), channel.guild)

    def ours(self, channel: Channel) -> int:
        """What our bot may in a channel."""
        if not channel.guild:
            return ALL
        guild = self.guilds[channel.guild]
        above = self.channels.get(channel.parent, channel) if channel.is_thread else channel
        return (guild.everyone | guild.ours) & ~above.denied

    def _seen(self, id: int) -> Channel:
        channel = self.channels.get(id)
        if channel is None or (channel.guild and channel.guild not in self.guilds):
            raise Refusal(404, 10003, "Unknown Channel")
        if not self.ours(channel) & VIEW:
            raise Refusal(403, 50001, "Missing Access")
        return channel

    def _needs(self, channel: Channel, *permissions: int) -> None:
        if any(not self.ours(channel) & one for one in permissions):
            raise Refusal(403, 50013, "Missing Permissions")

    def post(self, id: int, body: Json) -> Json:
        """A message of the bot."""
        channel = self._seen(id)
        if channel.kind == FORUM:
            raise Refusal(400, 50008, "Cannot send messages in a non-text channel")
        if channel.person and self.users[channel.person].closed:
            raise Refusal(403, 50007, "Cannot send messages to this user")
        self._needs(channel, IN_THREADS if channel.is_thread else SEND)
        if channel.locked:
            self._needs(channel, MANAGE_THREADS)
        faults = judge.message_faults(body)
        if faults:
            raise invalid(faults)
        key = (id, str(body.get("nonce")))
        if body.get("enforce_nonce") and key in self._nonces:
            at, before = self._nonces[key]
            if self.ids.now() - at < NONCE_LIVES and before in channel.messages:
                return channel.messages[before] | {"nonce": body["nonce"]}
        if channel.archived:
            self.change_channel(channel.id, {"archived": False}, by_us=False)
        message = self.make(channel, self.bot, body)
        if body.get("nonce") is not None:
            self._nonces[key] = self.ids.now(), int(message["id"])
        told = message | ({"nonce": body["nonce"]} if "nonce" in body else {})  # it is not kept with the message
        self.emit("MESSAGE_CREATE", self.told(channel, told), channel.guild)
        return told

    def history(self, id: int, query: Mapping[str, str]) -> list[Json]:
        """Messages, the newest first; none where the bot may not read back."""
        channel = self._seen(id)
        limit = int(query.get("limit", 50))
        if not 1 <= limit <= 100:
            raise invalid([f"limit is {limit}"])
        if not self.ours(channel) & HISTORY:
            return []
        before, after = int(query.get("before", 1 << 63)), int(query.get("after", 0))
        found = [message for at, message in channel.messages.items() if after < at < before]
        page = found[:limit] if "after" in query else found[-limit:]
        return [self.with_thread(message) for message in reversed(page)]

    def with_thread(self, message: Json) -> Json:
        """A message as REST gives it: with the thread that was opened on it."""
        thread = self.channels.get(int(message["id"]))
        there = thread is not None and str(thread.parent) == message["channel_id"]
        return message | {"thread": thread.as_json(self.bot)} if thread is not None and there else message

    def message(self, channel: int, id: int) -> Json:
        """One message. Raises Refusal."""
        seen = self._seen(channel)
        if not self.ours(seen) & HISTORY:
            raise Refusal(403, 50001, "Missing Access")
        if id not in seen.messages:
            raise Refusal(404, 10008, "Unknown Message")
        return self.with_thread(seen.messages[id])

    def change_message(self, channel: int, id: int, body: Json) -> Json:
        """An edit of a message of the bot."""
        seen = self._seen(channel)
        message = seen.messages.get(id)
        if message is None:
            raise Refusal(404, 10008, "Unknown Message")
        if message["author"]["id"] != str(APP):
            raise Refusal(403, 50005, "Cannot edit a message authored by another user")
        if seen.archived:
            raise Refusal(400, 50083, "Thread is archived")
        faults = judge.edit_faults(body, is_layout(message))
        if faults:
            raise invalid(faults)
        self.change(message, body)
        return message

    def delete_message(self, channel: int, id: int) -> None:
        """A message goes: the bot's own, or anybody's with the permission."""
        seen = self._seen(channel)
        message = seen.messages.get(id)
        if message is None:
            raise Refusal(404, 10008, "Unknown Message")
        if message["author"]["id"] != str(APP):
            self._needs(seen, MANAGE_MESSAGES)
        self.delete(seen, message)

    # Threads and channels --------------------------------------------------------------------------------------------

    def open_thread(self, channel: int, message: int, body: Json) -> Json:
        """A thread on a message, which bears the message's id."""
        seen = self._seen(channel)
        found = seen.messages.get(message)
        if found is None:
            raise Refusal(404, 10008, "Unknown Message")
        self._needs(seen, OPEN_THREADS)
        if message in self.channels:
            raise Refusal(400, 160004, "A thread has already been created for this message")
        thread = self._thread(seen, message, body)
        found["flags"] |= HAS_THREAD
        pointed = {"message_id": str(message), "channel_id": str(channel)}
        starter = self.make(thread, self.bot, {"message_reference": pointed}) | {"type": STARTER}
        thread.messages[int(starter["id"])] = starter
        self.emit("MESSAGE_CREATE", self.told(thread, starter), thread.guild)
        return thread.as_json(self.bot)

    def open_post(self, channel: int, body: Json) -> Json:
        """A thread of its own: in a forum with its first message, whose id it has."""
        seen = self._seen(channel)
        self._needs(seen, SEND if seen.kind == FORUM else OPEN_THREADS)
        if (seen.kind == FORUM) != bool(body.get("message")):
            raise invalid(["a forum's post has a message, and only that"])
        if seen.kind != FORUM:
            return self._thread(seen, self.ids.next(), body).as_json(self.bot)
        faults = judge.message_faults(body["message"])
        if faults:
            raise invalid(faults)
        first = self.make(seen, self.bot, body["message"], keep=False)
        thread = self._thread(seen, int(first["id"]), body)
        thread.messages[thread.id] = first | {"channel_id": str(thread.id)}
        self.emit("MESSAGE_CREATE", self.told(thread, thread.messages[thread.id]), thread.guild)
        return thread.as_json(self.bot) | {"message": thread.messages[thread.id]}

    def _thread(self, parent: Channel, id: int, body: Json) -> Channel:
        faults = judge.thread_faults(body)
        if faults:
            raise invalid(faults)
        thread = Channel(id, body["name"], THREAD, parent.guild, parent.id, owner=APP)
        thread.archive_after = body.get("auto_archive_duration", 1_440)
        self.channels[id] = thread
        self.emit("THREAD_CREATE", thread.as_json(self.bot) | {"newly_created": True}, thread.guild)
        return thread

    def change_channel(self, id: int, body: Json, by_us: bool = True) -> Json:
        """A thread is archived, opened or locked, or a channel gets another name."""
        seen = self._seen(id) if by_us else self.channels[id]
        if by_us and ("locked" in body or not seen.is_thread):
            self._needs(seen, MANAGE_THREADS if seen.is_thread else 1 << 4)
        if by_us and seen.locked:
            self._needs(seen, MANAGE_THREADS)
        faults = judge.thread_faults(body)
        if faults:
            raise invalid(faults)
        seen.archived = bool(body.get("archived", seen.archived))
        seen.locked = bool(body.get("locked", seen.locked))
        seen.name = body.get("name", seen.name)
        self.emit("THREAD_UPDATE" if seen.is_thread else "CHANNEL_UPDATE", seen.as_json(self.bot), seen.guild)
        return seen.as_json(self.bot)

    def remove_channel(self, id: int) -> None:
        """A channel goes, with its threads."""
        gone = self.channels.pop(id)
        for thread in [one for one in self.channels.values() if one.parent == id]:
            del self.channels[thread.id]
        self.emit("THREAD_DELETE" if gone.is_thread else "CHANNEL_DELETE", gone.as_json(self.bot), gone.guild)

    def join(self, guild: Guild) -> None:
        """The bot was added to a server."""
        self.emit("GUILD_CREATE", self.guild_event(guild, joins=True), guild.id)

    def remove_guild(self, id: int) -> None:
        """The bot is put out of a server."""
        del self.guilds[id]
        self.emit("GUILD_DELETE", {"id": str(id)}, id)

    def channel_json(self, id: int) -> Json:
        return self._seen(id).as_json(self.bot)

    def active(self, guild: int) -> list[Channel]:
        """The threads of a server that are open."""
        return [one for one in self.channels.values() if one.guild == guild and one.is_thread and not one.archived]

    def archived(self, channel: int, query: Mapping[str, str]) -> Json:
        """The public threads of a channel that lie in its archive, the one that was archived last first."""
        seen = self._seen(channel)
        if not self.ours(seen) & HISTORY:
            raise Refusal(403, 50001, "Missing Access")
        found = [one for one in self.channels.values() if one.parent == channel and one.archived]
        shown = [one.as_json(self.bot) for one in reversed(found)]
        if "before" in query:
            shown = [one for one in shown if one["thread_metadata"]["archive_timestamp"] < query["before"]]
        limit = int(query.get("limit", 50))
        return {"threads": shown[:limit], "members": [], "has_more": len(shown) > limit}

    # Commands -------------------------------------------------------------------------------------------------------

    def set_commands(self, guild: int, commands: list[Json]) -> list[Json]:
        """Put these in the place of all that there were."""
        faults = judge.command_faults(commands)
        if faults:
            raise invalid(faults)
        before = {one["name"]: one["id"] for one in self.commands.get(guild, [])}
        plain = {"type": 1, "nsfw": False, "default_member_permissions": None, "dm_permission": True, "contexts": None,
                 "integration_types": [0], "options": [], "application_id": str(APP)}  # fmt: skip
        self.commands[guild] = [
            plain | one | {"id": before.get(one["name"]) or str(self.ids.next()), "version": str(self.ids.next())}
            for one in commands
        ]
        return self.commands[guild]


def is_layout(message: Json | None) -> bool:
    """Whether a message is made of components."""
    return bool(message and int(message.get("flags") or 0) & judge.V2)


def _numbered(components: list[Json]) -> list[Json]:
    """The components with an id each, as Discord gives them."""
    made = copy.deepcopy(components)
    taken = {one["id"] for one in judge.every(made) if one.get("id")}
    free = (id for id in count(1) if id not in taken)
    for one in judge.every(made):
        if not one.get("id"):
            one["id"] = next(free)
    return made
