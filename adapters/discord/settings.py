"""What Discord needs of the environment. The token stays out of every representation, so that no log can show it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.core.errors import SettingsError

PLATFORM = "discord"
API_URL = "https://discord.com/api/v10"
GATEWAY_URL = "wss://gateway.discord.gg/"
MOST_SHARDS = 10_000  # far beyond anybody's; one shard holds 2,500 servers
_SHARE = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?/(\d{1,5})")
# Three parts of base64 with dots between: the id, when it was made, the secret.
_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Share:
    """The shards that this process holds, of how many."""

    ids: tuple[int, ...]
    count: int


@dataclass(frozen=True)
class DiscordSettings:
    """The bot's token and where Discord is, without a slash at the end. `gateway_url` is empty where Discord is asked for
    it, `share` None where this process holds all shards."""

    token: str = field(default="", repr=False)
    api_url: str = API_URL
    gateway_url: str = ""
    share: Share | None = None

    @property
    def speaks(self) -> bool:
        """There is a bot to speak as."""
        return bool(self.token)


def read(values: Mapping[str, str]) -> DiscordSettings:
    """The settings out of the environment's values. Raises SettingsError with every fault; no fault shows the token."""
    faults: list[str] = []
    settings = DiscordSettings(
        token=_token(values.get("MOCKINGBIRD_DISCORD_TOKEN", "").strip(), faults),
        api_url=_api(values.get("MOCKINGBIRD_DISCORD_API_URL", "").strip() or API_URL, faults),
        gateway_url=_gateway(values.get("MOCKINGBIRD_DISCORD_GATEWAY_URL", "").strip(), faults),
        share=_share(values.get("MOCKINGBIRD_DISCORD_SHARDS", "").strip(), faults),
    )
    if faults:
        raise SettingsError("\n".join(faults))
    return settings


def _token(text: str, faults: list[str]) -> str:
    text = text.removeprefix("Bot ").strip()
    if any(character.isspace() or not character.isprintable() for character in text) or not text.isascii():
        faults.append("MOCKINGBIRD_DISCORD_TOKEN holds characters that no token has. Copy it again: Developer Portal, your "
                      "app, Bot, Reset Token.")  # fmt: skip
    return text


def looks_right(token: str) -> bool:
    """Whether a token has the shape of Discord's."""
    return _TOKEN.fullmatch(token) is not None


def _api(text: str, faults: list[str]) -> str:
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.netloc or url.query:
        faults.append(f"MOCKINGBIRD_DISCORD_API_URL is no address. Leave it out, or write it like {API_URL}.")
    text = text.rstrip("/")
    return f"{text}/v10" if text.endswith("/api") else text


def _gateway(text: str, faults: list[str]) -> str:
    url = urlsplit(text)
    if text and (url.scheme not in ("ws", "wss") or not url.netloc):
        faults.append(f"MOCKINGBIRD_DISCORD_GATEWAY_URL is no address. Leave it out, or write it like {GATEWAY_URL}.")
    return text


def _share(text: str, faults: list[str]) -> Share | None:
    if not text:
        return None
    found = _SHARE.fullmatch(text)
    first, last, count = (int(found[1]), int(found[2] or found[1]), int(found[3])) if found else (1, 0, 0)
    if first > last or last >= count or count > MOST_SHARDS:
        faults.append(f"MOCKINGBIRD_DISCORD_SHARDS is {text[:20]!r}; write it like 0-3/16: the shards 0 to 3 of 16, "
                      "counted from 0. Leave it out to hold all shards.")  # fmt: skip
        return None
    return Share(tuple(range(first, last + 1)), count)
