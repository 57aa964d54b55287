"""Discord's errors as the core's: what passes is tried again, what does not is retired, and each has its line on how to
mend it. Pure. Codes: Discord's reference of JSON error codes (2026)."""

from aiohttp import ClientConnectorError, ClientError, ConnectionTimeoutError
from discord import DiscordException, HTTPException, LoginFailure, RateLimited

from bot.core.errors import DeliveryFailed

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


def failure(trouble: Trouble, *, posts: bool, direct: bool = False) -> DeliveryFailed:
    """What the deliverer does about it. `posts`: the call makes a message, so a lost answer leaves a doubt. `direct`:
    it was for one person."""
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
        return DeliveryFailed(why, permanent=True)
    if trouble.code in MENDS or trouble.status in (401, 403):
        return DeliveryFailed(why, retry_after=PATIENCE)
    return DeliveryFailed(why, doubtful=posts and trouble.status >= 500)


def _wait(trouble: HTTPException) -> float:
    """Seconds that a refusal of the address (Cloudflare's, without Discord's own words) asks to wait."""
    try:
        return min(max(float(trouble.response.headers["Retry-After"]), 1.0), PATIENCE)
    except (KeyError, ValueError):
        return AFTER
