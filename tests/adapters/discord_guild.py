"""What Discord has: people, servers with their channels and threads, who may do what there, and how each is written."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
EPOCH = 1_420_070_400_000  # milliseconds: where Discord's ids begin

ADMINISTRATOR, MANAGE_CHANNELS, MANAGE_GUILD = 1 << 3, 1 << 4, 1 << 5
VIEW, SEND, MANAGE_MESSAGES, LINKS, FILES, HISTORY, MENTION = (1 << bit for bit in (10, 11, 13, 14, 15, 16, 17))
COMMANDS, MANAGE_THREADS, OPEN_THREADS, IN_THREADS = 1 << 31, 1 << 34, 1 << 35, 1 << 38
EVERYONE = VIEW | SEND | LINKS | FILES | HISTORY | COMMANDS | OPEN_THREADS | IN_THREADS  # as a new server has it
ALL = (1 << 50) - 1

TEXT, DIRECT, VOICE, NEWS, THREAD, FORUM = 0, 1, 2, 5, 11, 15


def moment(at: float) -> str:
    """An instant (seconds since 1970) as Discord writes it."""
    return datetime.fromtimestamp(at, UTC).isoformat()


class Snowflakes:
    """Ids that grow with time: milliseconds since 2015 and a number that makes them unique."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self._last = 0

    def next(self) -> int:
        self._last = max(self._last + 1, int(self.now() * 1000 - EPOCH) << 22)
        return self._last

    @staticmethod
    def at(id: int) -> float:
        """Seconds since 1970 at which an id was made."""
        return ((id >> 22) + EPOCH) / 1000


@dataclass
class User:
    id: int
    name: str
    bot: bool = False
    closed: bool = False  # takes no direct messages

    def as_json(self) -> Json:
        return {"id": str(self.id), "username": self.name.lower().replace(" ", "_"), "global_name": self.name,
                "discriminator": "0", "avatar": None, "bot": self.bot, "public_flags": 0}  # fmt: skip


@dataclass
class Channel:
    id: int
    name: str
    kind: int = TEXT
    guild: int = 0
    parent: int = 0  # of a thread
    owner: int = 0
    person: int = 0  # of direct messages
    denied: int = 0  # what our bot may not do here
    archived: bool = False
    locked: bool = False
    archive_after: int = 1_440  # minutes
    messages: dict[int, Json] = field(default_factory=dict)  # the oldest first

    @property
    def is_thread(self) -> bool:
        return self.kind in (10, 11, 12)

    def as_json(self, bot: User) -> Json:
        last = next(reversed(self.messages), None)
        found: Json = {
            "id": str(self.id),
            "type": self.kind,
            "last_message_id": str(last) if last else None,
            "flags": 0,
        }
        if self.kind == DIRECT:
            return found | {"recipients": []}
        found |= {"guild_id": str(self.guild), "name": self.name, "rate_limit_per_user": 0}
        if self.is_thread:
            return found | {
                "parent_id": str(self.parent), "owner_id": str(self.owner), "message_count": len(self.messages),
                "member_count": 1, "total_message_sent": len(self.messages),
                "thread_metadata": {"archived": self.archived, "auto_archive_duration": self.archive_after,
                                    "archive_timestamp": moment(Snowflakes.at(self.id)), "locked": self.locked,
                                    "create_timestamp": moment(Snowflakes.at(self.id))},
            }  # fmt: skip
        kept = [{"id": str(bot.id), "type": 1, "allow": "0", "deny": str(self.denied)}] if self.denied else []
        found |= {"position": 0, "permission_overwrites": kept, "nsfw": False, "parent_id": None, "topic": None}
        found |= {"bitrate": 64_000, "user_limit": 0, "rtc_region": None} if self.kind == VOICE else {}
        return found | ({"available_tags": [], "default_reaction_emoji": None} if self.kind == FORUM else {})


@dataclass
class Guild:
    id: int
    name: str
    owner: int
    members: dict[int, int] = field(default_factory=dict)  # person -> what they may beyond @everyone
    ours: int = 0  # what our bot may beyond @everyone
    everyone: int = EVERYONE
    joined: float = 0.0

    @property
    def bot_role(self) -> int:
        """The role that comes with the bot."""
        return self.id + 1

    def may(self, user: int) -> int:
        """What a person may in the server; its owner and administrators everything."""
        found = self.everyone | self.members.get(user, 0)
        return ALL if user == self.owner or found & ADMINISTRATOR else found

    def roles(self) -> list[Json]:
        plain = {"color": 0, "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
                 "hoist": False, "icon": None, "unicode_emoji": None, "mentionable": False, "flags": 0}  # fmt: skip
        return [
            plain | {"id": str(self.id), "name": "@everyone", "permissions": str(self.everyone), "position": 0,
                     "managed": False},
            plain | {"id": str(self.bot_role), "name": "Mockingbird", "permissions": str(self.ours), "position": 1,
                     "managed": True},
        ]  # fmt: skip

    def member(self, user: User) -> Json:
        """A member as the gateway sends it, without who it is."""
        roles = [str(self.bot_role)] if user.bot else []
        return {"roles": roles, "nick": None, "avatar": None, "joined_at": moment(self.joined), "premium_since": None,
                "deaf": False, "mute": False, "flags": 0, "pending": False,
                "communication_disabled_until": None}  # fmt: skip

    def as_json(self) -> Json:
        """A server, without what the gateway adds to it."""
        return {
            "id": str(self.id), "name": self.name, "owner_id": str(self.owner), "icon": None, "splash": None,
            "discovery_splash": None, "afk_channel_id": None, "afk_timeout": 300, "verification_level": 0,
            "default_message_notifications": 0, "explicit_content_filter": 0, "roles": self.roles(), "emojis": [],
            "stickers": [], "features": [], "mfa_level": 0, "application_id": None, "system_channel_id": None,
            "system_channel_flags": 0, "rules_channel_id": None, "vanity_url_code": None, "description": None,
            "banner": None, "premium_tier": 0, "premium_subscription_count": 0, "preferred_locale": "en-US",
            "public_updates_channel_id": None, "nsfw_level": 0, "premium_progress_bar_enabled": False,
            "safety_alerts_channel_id": None,
        }  # fmt: skip
