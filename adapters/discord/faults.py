"""Discord's errors as the core's: what passes is tried again, what does not is retired, and each has its line on how to
mend it. Pure. Codes: Discord's reference of JSON error codes (2026)."""

from aiohttp import ClientConnectorError, ClientError, ConnectionTimeoutError
from discord import DiscordException, HTTPException, LoginFailure, RateLimited

from bot.core.errors import DeliveryFailed, Obstacle

Trouble = DiscordException | ClientError | TimeoutError
TROUBLES = (DiscordException, ClientError, TimeoutError)

PATIENCE = 600.0  # seconds between two tries while somebody has to mend something
AFTER = 30.0  # seconds to wait where Discord asks for patience and does not say how much
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_INTERACTION = 10003, 10008, 10062
NO_ACCESS, NO_PERMISSION, ACKNOWLEDGED = 50001, 50013, 40060
HAS_THREAD, TOO_MANY_THREADS, LOCKED, ARCHIVED = 160004, 160006, 160005, 50083
CLOSED = (50007, 50278)  # they take no direct messages of ours, or share no server with us any more
# What no waiting mends.
FINAL = {
    10003: "the channel or thread is gone",
    10004: "the server is gone, or the bot was removed from it",
    10008: "the message was deleted",
    10013: "there is no such person",
    20009: "explicit content is refused there",
    50005: "the message is not the bot's own",
    50006: "Discord calls the message empty",
    50008: "there can be no messages in a channel of this kind",
    50024: "a channel of this kind cannot do that: use a text or a forum channel",
    50033: "there is no such recipient",
    50035: "Discord refuses the form of the message",
    200000: "the server's AutoMod refused it: let the bot's role pass its rules",
    200001: "the server's AutoMod refused the title: let the bot's role pass its rules",
    240000: "Discord holds a link in it for harmful",
}
MENDS = {
    NO_ACCESS: "the bot cannot see the channel: give it View Channel there, or invite it again",
    NO_PERMISSION: "a permission is missing in the channel: `mockingbird doctor discord` names it",
    20022: "announcements are full for the moment",
    30033: "the thread has as many people as it can hold",
    40067: "the forum asks for a tag and has none that the bot may use: add one, or do not require tags",
    LOCKED: "the thread is locked: unlock it",
    ARCHIVED: "the thread is archived and locked: unlock it",
    TOO_MANY_THREADS: "the server has 1,000 active threads, and Discord allows no more: close some",
    160007: "the channel has as many active announcement threads as it can have: close some",
}
# What people of the server can mend: what it is, and what to do, as a group's manager reads it.
TEXT_OR_FORUM = "Set the group up in a text or forum channel: /group setup"
OTHER_CHANNEL = "or set the group up in another channel with /group setup."
OBSTACLES = {
    UNKNOWN_CHANNEL: ("That channel, or a thread in it, is gone.", f"Make it again, {OTHER_CHANNEL}"),
    NO_ACCESS: ("I cannot see that channel.", "Give me *View Channel* there, or invite me to the server again."),
    NO_PERMISSION: ("I lack a permission there.", "Allow the role *Mockingbird* in that channel what it may elsewhere."),
    40067: ("The forum asks for a tag on each post, and has none that I may use.",
            "Add a tag that anybody may use, or do not require tags."),
    LOCKED: ("A thread of mine is locked there.", "Unlock it."),
    ARCHIVED: ("A thread of mine is archived and locked there.", "Unlock it."),
    TOO_MANY_THREADS: ("The server has 1,000 active threads, and Discord allows no more.", "Archive some."),
    50008: ("In a channel of that kind there can be no messages.", TEXT_OR_FORUM),
    50024: ("In a channel of that kind there can be no threads.", TEXT_OR_FORUM),
    160007: ("The channel has as many active announcement threads as it can have.", "Archive some."),
    200000: ("The server's AutoMod refused a post of mine.", "Let the role *Mockingbird* pass its rules."),
    200001: ("The server's AutoMod refused the title of a thread of mine.", "Let the role *Mockingbird* pass its rules."),
}  # fmt: skip
# What keeps us from reading back, whatever we may post: no waiting mends it.
UNREADABLE = (NO_ACCESS, NO_PERMISSION)
TOKEN = "Discord refuses the token: set the new MOCKINGBIRD_DISCORD_TOKEN"


def code(trouble: BaseException) -> int:
    """Discord's number of the error, such as 50013; 0 where there is none."""
    return trouble.code if isinstance(trouble, HTTPException) else 0


def line(trouble: Trouble) -> str:
    """The fault and how to mend it, for the log."""
    if isinstance(trouble, RateLimited):
        return f"Discord asks for {trouble.retry_after:.0f} s of patience"
    if not isinstance(trouble, HTTPException):
        return TOKEN if isinstance(trouble, LoginFailure) else type(trouble).__name__
    if trouble.status == 401:
        return TOKEN
    known = FINAL.get(trouble.code) or MENDS.get(trouble.code)
    said = (trouble.text or "").replace("\n", "; ")[:200]
    return f"{trouble.code} {said}: {known}" if known else f"{trouble.code or f'HTTP {trouble.status}'} {said}".strip()


def obstacle(number: int) -> Obstacle | None:
    """What a group's manager can do about a fault; None where it is not theirs to mend."""
    found = OBSTACLES.get(number)
    return Obstacle(str(number), *found) if found else None


def unread(trouble: Trouble, *, direct: bool = False, obstacle: Obstacle | None = None) -> DeliveryFailed:
    """What the deliverer does about the fault of a look-up: what passes is looked up again, and what does not leaves the
    doubt for good."""
    found = failure(trouble, posts=False, direct=direct, obstacle=obstacle)
    if found.permanent or code(trouble) in UNREADABLE:
        return DeliveryFailed(f"the history cannot be read: {found}", unknowable=True, obstacle=obstacle)
    return found


def failure(trouble: Trouble, *, posts: bool, direct: bool = False, obstacle: Obstacle | None = None) -> DeliveryFailed:
    """What the deliverer does about it. `posts`: the call makes a message, so a lost answer leaves a doubt. `direct`:
    it was for one person. `obstacle`: what the group's people can do about it."""
    why = line(trouble)
    if isinstance(trouble, RateLimited):
        return DeliveryFailed(why, retry_after=trouble.retry_after)
    if not isinstance(trouble, HTTPException):
        # Where no connection came about, nothing was sent.
        sent = isinstance(trouble, ClientError | TimeoutError)
        sent = sent and not isinstance(trouble, ClientConnectorError | ConnectionTimeoutError)
        patience = PATIENCE if isinstance(trouble, LoginFailure) else None
        return DeliveryFailed(why, retry_after=patience, doubtful=posts and sent)
    if trouble.status == 429:
        return DeliveryFailed(why, retry_after=_wait(trouble))
    if direct and trouble.code in CLOSED:
        return DeliveryFailed(why, closed=True)
    if trouble.code in FINAL:
        return DeliveryFailed(why, permanent=True, obstacle=obstacle)
    if trouble.code in MENDS or trouble.status in (401, 403):
        return DeliveryFailed(why, retry_after=PATIENCE, obstacle=obstacle)
    return DeliveryFailed(why, retry_after=_asked(trouble), doubtful=posts and trouble.status >= 500)


def _wait(trouble: HTTPException) -> float:
    """Seconds that a refusal of the address (Cloudflare's, without Discord's own words) asks to wait."""
    asked = _asked(trouble)
    return AFTER if asked is None else asked


def _asked(trouble: HTTPException) -> float | None:
    try:
        return min(max(float(trouble.response.headers["Retry-After"]), 1.0), PATIENCE)
    except (KeyError, ValueError):
        return None
