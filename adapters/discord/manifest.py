"""What makes the bot's app in Discord's Developer Portal: the invite link with the fewest permissions, and the intents."""

import base64
import binascii
from urllib.parse import urlencode

from adapters.discord import permissions

PORTAL = "https://discord.com/developers/applications"
AUTHORIZE = "https://discord.com/oauth2/authorize"
UNKNOWN = "YOUR_APPLICATION_ID"


def application(token: str) -> str:
    """The application's id, which is the first part of its token; empty where that is none."""
    part = token.partition(".")[0]
    try:
        found = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
    return found if found.isdecimal() else ""


def invite(id: str) -> str:
    """The link by which somebody who manages a server adds the bot to it."""
    asked = {"client_id": id or UNKNOWN, "scope": "bot applications.commands", "permissions": str(permissions.total()),
             "integration_type": "0"}  # fmt: skip
    return f"{AUTHORIZE}?{urlencode(asked)}"


def text(id: str) -> str:
    """Three steps to do by hand, for Discord has no manifest that could be pasted."""
    allowed = "\n".join(f"   - {name}: {why}" for name, why in permissions.NEEDED.values())
    unknown = "" if id else (
        f"   Put your Application ID (General Information) in the place of {UNKNOWN},\n"
        "   or set MOCKINGBIRD_DISCORD_TOKEN first and ask again.\n"
    )  # fmt: skip
    return (
        f"1. {PORTAL}\n"
        "   New Application; then under Bot: Reset Token. It goes into .env as MOCKINGBIRD_DISCORD_TOKEN=...\n"
        "2. Under Bot, Privileged Gateway Intents, switch on:\n"
        "   - Message Content Intent: what members write in a day's thread counts as their answer.\n"
        "     Without it answers come by the Answer form alone.\n"
        "   Leave Presence and Server Members off: nothing here needs them.\n"
        "3. Open this link, choose your server, Authorize:\n"
        f"   {invite(id)}\n"
        f"{unknown}"
        "   It asks for these permissions and no others:\n"
        f"{allowed}\n"
    )
