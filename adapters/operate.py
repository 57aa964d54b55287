"""What an operator asks of a platform: its manifest, and what is wrong. The bot may run meanwhile."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from sqlalchemy import Engine, select

from adapters.discord import doctor as discord
from adapters.discord import manifest as invitation
from adapters.discord import settings as discord_settings
from adapters.slack import doctor, manifest
from adapters.slack import settings as slack_settings
from adapters.slack.doctor import Finding
from adapters.slack.sealing import Seal
from adapters.slack.settings import SlackSettings
from adapters.slack.store import Installations
from bot.book import book
from bot.catalog import Catalog
from bot.clock import WallClock
from bot.content import load
from bot.core.errors import BotError, SettingsError
from bot.core.events import Place
from bot.settings import Settings
from bot.store import database, migrate
from bot.store.tables import groups


def slack_manifest(catalog: Catalog, url: str, many: bool) -> str:
    """Slack's app manifest. Raises SettingsError where the address cannot be one of Slack's."""
    if many and not url:
        raise SettingsError("--many needs --url: workspaces install the app over HTTP.")
    if url and (not url.startswith("https://") or "/" in url.removeprefix("https://").rstrip("/")):
        raise SettingsError("--url is the public address of your bot without a path, such as https://bot.example.com.")
    return manifest.text(book(catalog), url, many)


async def slack_doctor(settings: Settings, url: str) -> AsyncIterator[Finding]:
    """What Slack's doctor finds, and before it what is wrong with the settings and the database."""
    try:
        slack = slack_settings.read(settings.platforms)
    except SettingsError as error:
        for fault in str(error).splitlines():
            yield Finding("wrong", "settings", fault)
        return
    engine = None
    try:
        engine = _database(settings)
        channels = _channels(engine, "slack") if engine is not None else []
        tokens = await _tokens(slack, engine)
    except BotError as error:
        yield Finding("wrong", "database", str(error))
        channels, tokens = [], {"": slack.bot_token} if slack.bot_token else {}
    finally:
        if engine is not None:
            engine.dispose()
    async for finding in doctor.examine(slack, WallClock(), tokens, channels, url):
        yield finding


def discord_manifest(settings: Settings, id: str) -> str:
    """Discord's invite link and what to switch on. Raises SettingsError where the id is none."""
    if id and not (id.isascii() and id.isdecimal()):
        raise SettingsError("--id is the Application ID: a number, in the Developer Portal under General Information.")
    return invitation.text(id or invitation.application(discord_settings.read(settings.platforms).token))


async def discord_doctor(settings: Settings) -> AsyncIterator[discord.Finding]:
    """What Discord's doctor finds, and before it what is wrong with the settings, the content and the database."""
    try:
        found = discord_settings.read(settings.platforms)
    except SettingsError as error:
        for fault in str(error).splitlines():
            yield discord.Finding("wrong", "settings", fault)
        return
    channels: list[Place] = []
    try:
        engine = _database(settings)
        if engine is not None:
            channels = _channels(engine, "discord")
            engine.dispose()
    except BotError as error:
        yield discord.Finding("wrong", "database", str(error))
    async for finding in discord.examine(found, WallClock(), book(load(settings.content)), channels):
        yield finding


def _database(settings: Settings) -> Engine | None:
    """The database as it is; None where there is none yet. Raises StoreError where it cannot be read."""
    sqlite = database.parse(settings.database_url).get_backend_name() == "sqlite"
    if sqlite and not Path(database.file(settings.database_url)).is_file():
        return None
    engine = database.connect(settings.database_url)
    if not migrate.fits(engine):
        engine.dispose()
        return None  # from before this version, or none of ours yet: `run` will bring it up to date
    return engine


def _channels(engine: Engine, platform: str) -> list[Place]:
    chosen = select(groups.c.workspace, groups.c.channel).where(groups.c.platform == platform)
    with engine.connect() as connection:
        return [Place(platform, row.workspace, row.channel) for row in connection.execute(chosen.order_by(groups.c.id))]


async def _tokens(slack: SlackSettings, engine: Engine | None) -> Mapping[str, str]:
    """The bot's tokens by workspace; under the empty name the one of the settings."""
    if not slack.many:
        return {"": slack.bot_token} if slack.bot_token else {}
    seal = Seal(slack.secret_key)  # said to be wrong even before anybody installs the app
    if engine is None:
        return {}
    installations = Installations(engine, slack.client_id, seal)
    bots = [await installations.bot(team.id) for team in await installations.teams()]
    return {bot.team_id or "": bot.bot_token for bot in bots if bot is not None}
