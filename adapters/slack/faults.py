"""Slack's errors as the core's: what passes is tried again, what does not is retired, and each has its line on how to
mend it. Pure."""

from collections.abc import Mapping
from typing import Any

from aiohttp import ClientConnectorError, ClientError, ConnectionTimeoutError
from slack_sdk.errors import SlackApiError

from bot.core.errors import DeliveryFailed, Obstacle

Trouble = SlackApiError | ClientError | TimeoutError
TROUBLES = (SlackApiError, ClientError, TimeoutError)

PATIENCE = 600.0  # seconds between two tries while somebody has to mend something
AFTER = 30.0  # seconds to wait where Slack asks for patience and does not say how much
LIMITED = ("ratelimited", "rate_limited", "message_limit_exceeded")
# Something of the request may have been done all the same.
UNSURE = ("internal_error", "fatal_error", "request_timeout", "service_unavailable", "unknown_error")
CLOSED = ("cannot_dm_bot", "messages_tab_disabled", "user_not_visible", "channel_not_found")
FINAL = (
    "cannot_reply_to_message", "cant_update_message", "channel_type_not_supported", "edit_window_closed",
    "invalid_arguments", "invalid_blocks", "invalid_blocks_format", "message_not_found", "msg_blocks_too_long",
    "msg_too_long", "no_text", "thread_not_found", "user_disabled", "user_not_found", "users_not_found",
)  # fmt: skip
# What people of the workspace can mend: what it is, and what to do, as a group's manager reads it.
OTHER_CHANNEL = "or set the group up in another channel with /group setup."
OBSTACLES = {
    "not_in_channel": ("I am not in that channel any more.", "Invite me again: type `/invite @Mockingbird` in it."),
    "channel_not_found": ("That channel is gone, or it is private and I am not in it.",
                          f"Invite me there with `/invite @Mockingbird`, {OTHER_CHANNEL}"),
    "is_archived": ("That channel is archived.", f"Unarchive it and invite me again, {OTHER_CHANNEL}"),
    "restricted_action": ("This workspace's settings do not let me post there.",
                          f"Ask its admins to let me, {OTHER_CHANNEL}"),
    "restricted_action_read_only_channel": ("Only some may post in that channel, and I am not one of them.",
                                            f"Let me be one of them in the channel's settings, {OTHER_CHANNEL}"),
    "restricted_action_thread_locked": ("A thread of mine is locked there.", "Unlock it."),
    "restricted_action_non_threadable_channel": ("That channel allows no threads, and answers need one.",
                                                 f"Allow threads in its settings, {OTHER_CHANNEL}"),
    "restricted_action_thread_only_channel": ("In that channel only replies are allowed.",
                                              f"Let me post there in the channel's settings, {OTHER_CHANNEL}"),
}  # fmt: skip
# What keeps us from reading back, whatever we may post: no waiting mends it.
UNREADABLE = ("not_in_channel", "channel_not_found", "missing_scope", "no_permission", "access_denied",
              "not_allowed_token_type", "team_access_not_granted", "method_not_supported_for_channel_type")  # fmt: skip
TOKEN = "install the app again, or set the new MOCKINGBIRD_SLACK_BOT_TOKEN"
MENDS = {
    "not_in_channel": "invite the bot to the channel: /invite @Mockingbird",
    "channel_not_found": "the channel is gone, or is private and the bot is not in it: /invite @Mockingbird there",
    "is_archived": "the channel is archived: unarchive it, or set the group up in another one",
    "restricted_action": "the workspace's settings do not let the bot post there: ask its admins",
    "restricted_action_read_only_channel": "only some may post in this channel: let the bot be one of them",
    "restricted_action_thread_locked": "the thread is locked: unlock it",
    "restricted_action_non_threadable_channel": "the channel allows no threads: allow them in its settings",
    "restricted_action_thread_only_channel": "only replies are allowed in this channel: let the bot post",
    "token_revoked": TOKEN,
    "token_expired": TOKEN,
    "account_inactive": TOKEN,
    "invalid_auth": TOKEN,
    "not_authed": TOKEN,
}


def code(trouble: Trouble) -> str:
    """Slack's word for it, such as ``not_in_channel``; the exception's name or the HTTP status where there is none."""
    if not isinstance(trouble, SlackApiError):
        return type(trouble).__name__
    found = _data(trouble).get("error")
    return str(found) if found else f"HTTP {_status(trouble)}"


def line(trouble: Trouble) -> str:
    """The fault and how to mend it, for the log."""
    word = code(trouble)
    if isinstance(trouble, SlackApiError) and word == "missing_scope":
        needed = _data(trouble).get("needed", "?")
        return (f"missing_scope: the app lacks {needed}; paste the output of `mockingbird manifest slack` into its manifest "
                "and install it again")  # fmt: skip
    return f"{word}: {MENDS[word]}" if word in MENDS else word


def failure(trouble: Trouble, *, posts: bool, direct: bool = False) -> DeliveryFailed:
    """What the deliverer does about it. `posts`: the call makes a message, so a lost answer leaves a doubt. `direct`:
    it was for one person."""
    word, why = code(trouble), line(trouble)
    if not isinstance(trouble, SlackApiError):
        # Where no connection came about, nothing was sent.
        sent = not isinstance(trouble, ClientConnectorError | ConnectionTimeoutError)
        return DeliveryFailed(why, doubtful=posts and sent)
    if limited(trouble):
        return DeliveryFailed(why, retry_after=wait(trouble))
    if direct and word in CLOSED:
        return DeliveryFailed(why, closed=True)
    if word in FINAL:
        return DeliveryFailed(why, permanent=True)
    if word in MENDS or word == "missing_scope":
        return DeliveryFailed(why, retry_after=PATIENCE, obstacle=obstacle(word))
    # An answer that is no JSON, or not Slack's, says nothing about what was done.
    doubtful = posts and (word in UNSURE or word.startswith("HTTP "))
    return DeliveryFailed(why, retry_after=_asked(trouble), doubtful=doubtful)


def unread(trouble: Trouble, *, direct: bool = False) -> DeliveryFailed:
    """The same of a look-up: what passes is looked up again, and what does not leaves the doubt for good."""
    found, word = failure(trouble, posts=False, direct=direct), code(trouble)
    if found.permanent or word in UNREADABLE:
        return DeliveryFailed(f"the history cannot be read: {found}", unknowable=True, obstacle=found.obstacle)
    return found


def obstacle(word: str) -> Obstacle | None:
    """What a group's manager can do about a fault; None where it is not theirs to mend."""
    found = OBSTACLES.get(word)
    return Obstacle(word, *found) if found else None


def limited(trouble: Trouble) -> bool:
    """Whether Slack asks for patience."""
    return isinstance(trouble, SlackApiError) and (code(trouble) in LIMITED or _status(trouble) == 429)


def wait(trouble: SlackApiError) -> float:
    """Seconds that Slack asks to wait."""
    asked = _asked(trouble)
    return AFTER if asked is None else asked


def _asked(trouble: SlackApiError) -> float | None:
    headers = getattr(trouble.response, "headers", None) or {}
    found = next((str(value) for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(found) if found.isascii() and found.isdecimal() else None


def _data(trouble: SlackApiError) -> Mapping[str, Any]:
    # The response is slack_sdk's, or aiohttp's where its body could not be read.
    found = getattr(trouble.response, "data", trouble.response)
    return found if isinstance(found, Mapping) else {}


def _status(trouble: SlackApiError) -> int:
    response = trouble.response
    found = getattr(response, "status_code", None) or getattr(response, "status", None)
    return found if isinstance(found, int) else 0
