"""Environment -> frozen Settings, read once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values

from bot.core.errors import SettingsError, StoreError
from bot.store import database

LOG_LEVELS = ("debug", "info", "warning", "error")
KNOWN = (
    "MOCKINGBIRD_CONTENT",
    "MOCKINGBIRD_HOST",
    "MOCKINGBIRD_LOG_LEVEL",
    "MOCKINGBIRD_PLAYGROUND",
)
# What each platform reads for itself; an adapter knows what its values mean.
PLATFORMS = (
    "MOCKINGBIRD_DISCORD_API_URL",
    "MOCKINGBIRD_DISCORD_GATEWAY_URL",
    "MOCKINGBIRD_DISCORD_SHARDS",
    "MOCKINGBIRD_DISCORD_TOKEN",
    "MOCKINGBIRD_SECRET_KEY",
    "MOCKINGBIRD_SLACK_API_URL",
    "MOCKINGBIRD_SLACK_APP_TOKEN",
    "MOCKINGBIRD_SLACK_BOT_TOKEN",
    "MOCKINGBIRD_SLACK_CLIENT_ID",
    "MOCKINGBIRD_SLACK_CLIENT_SECRET",
    "MOCKINGBIRD_SLACK_SIGNING_SECRET",
)


@dataclass(frozen=True)
class Settings:
    """`database_url` is SQLAlchemy's; `playground` the file of the playground's channels; paths may be relative.
    `content` is a folder that is laid over what comes with us.
    `platforms` holds the variables of the platforms as they are, secrets among them."""

    database_url: str = field(default="sqlite:///mockingbird.db", repr=False)  # may hold a password
    host: str = "127.0.0.1"
    port: int = 8080
    log_level: str = "info"
    content: Path | None = None
    playground: str = "mockingbird-playground.db"
    platforms: Mapping[str, str] = field(default_factory=dict, repr=False)


def read(folder: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings from the environment, over those of the folder's `.env`. Raises SettingsError with every fault."""
    values = _file((folder or Path.cwd()) / ".env")
    values |= {name: value for name, value in (environment if environment is not None else os.environ).items() if value}
    faults: list[str] = []
    settings = Settings(
        database_url=_database(values.get("DATABASE_URL", Settings.database_url), faults),
        host=values.get("MOCKINGBIRD_HOST", Settings.host),
        port=_port(values.get("PORT", str(Settings.port)), faults),
        log_level=_log_level(values.get("MOCKINGBIRD_LOG_LEVEL", Settings.log_level), faults),
        content=Path(values["MOCKINGBIRD_CONTENT"]) if "MOCKINGBIRD_CONTENT" in values else None,
        playground=values.get("MOCKINGBIRD_PLAYGROUND", Settings.playground),
        platforms={name: values[name] for name in PLATFORMS if name in values},
    )
    for name in values:
        if name.startswith("MOCKINGBIRD_") and name not in KNOWN + PLATFORMS:
            faults.append(f"{name} is not a setting. There are {', '.join(KNOWN + PLATFORMS)}, DATABASE_URL and PORT.")
    if settings.content is not None and not settings.content.is_dir():
        faults.append(f"MOCKINGBIRD_CONTENT: {settings.content} is no folder. Leave it out to use what comes with us.")
    if faults:
        raise SettingsError("\n".join(faults))
    return settings


def _file(path: Path) -> dict[str, str]:
    try:
        if not path.is_file():
            return {}
        return {name: value for name, value in dotenv_values(path).items() if value is not None}
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{path} cannot be read. Save it as UTF-8 text that this user may read.") from None


def _database(url: str, faults: list[str]) -> str:
    try:
        database.parse(url)
    except StoreError as error:
        faults.append(str(error))
    return url


def _port(text: str, faults: list[str]) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= 65_535):
        faults.append(f"PORT is {text[:20]!r}; it is a whole number from 1 to 65535, such as 8080.")
        return Settings.port
    return int(text)


def _log_level(text: str, faults: list[str]) -> str:
    if text.lower() not in LOG_LEVELS:
        faults.append(f"MOCKINGBIRD_LOG_LEVEL is {text[:20]!r}; it is one of {', '.join(LOG_LEVELS)}.")
        return Settings.log_level
    return text.lower()
