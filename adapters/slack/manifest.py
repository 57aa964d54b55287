"""The app manifest, made from the definition of the commands: ready to paste at https://api.slack.com/apps."""

import re
from typing import Any

import yaml

from bot.core.commands import Command, Option

# The fewest that serve. Each with what would be missing without it.
SCOPES = {
    "app_mentions:read": "mentions of the bot as commands",
    "channels:history": "answers typed in threads of public channels, and finding what was posted",
    "channels:read": "who made a channel, and which are archived",
    "chat:write": "posting",
    "commands": "slash commands",
    "files:write": "calendar files",
    "groups:history": "answers typed in threads of private channels",
    "groups:read": "the same of private channels",
    "im:history": "messages to the bot, and finding what was sent to a person",
    "im:write": "opening a conversation with a person",
    "users:read": "names, time zones, who manages the workspace",
}
EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "channel_archive",
    "channel_deleted",
    "channel_left",
    "channel_unarchive",
    "group_archive",
    "group_deleted",
    "group_left",
    "group_unarchive",
    "member_joined_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "tokens_revoked",
)
# Slack keeps /star for itself, and one name that it refuses makes it refuse the whole manifest.
RENAMED = {"star": "stories"}
MEANT = {slack: ours for ours, slack in RENAMED.items()}
_RENAMED = re.compile(rf"(?<![\w/])/({'|'.join(RENAMED)})(?![\w/-])")

EVENTS_PATH = "/slack/events"
INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"

ABOUT = "The study group for machine-learning-engineer interviews that runs itself."
MORE = (
    "Mockingbird posts the day's task of a two-week plan at your group's own hour, opens a thread, collects the answers, "
    "deals them out for peer review, asks mock questions and brings back what each of you missed. "
    "Invite it to a channel and type /group setup."
)
HINT = 1_000  # characters of a usage hint
MADE = "# Made by `mockingbird manifest slack`. At https://api.slack.com/apps: Create New App, From a manifest.\n"


def meant(command: str) -> str:
    """The command of ours that Slack's ``/stories`` or ``/mock`` stands for, without the slash."""
    name = command.removeprefix("/")
    return MEANT.get(name, name)


def spelled(text: str) -> str:
    """A sentence of ours with the commands as one types them in Slack."""
    return _RENAMED.sub(lambda found: f"/{RENAMED[found[1]]}", text)


def text(book: tuple[Command, ...], url: str = "", many: bool = False) -> str:
    """The manifest as YAML. See `manifest`."""
    body: str = yaml.safe_dump(manifest(book, url, many), sort_keys=False, allow_unicode=True, width=110)
    return MADE + body


def manifest(book: tuple[Command, ...], url: str = "", many: bool = False) -> dict[str, Any]:
    """An app for Socket Mode, or for HTTP at the public `url` (https, no path).

    `many` is an app that others install into their workspaces through us: with a redirect address, and with tokens
    that rotate. Without it the token of the settings serves, which must not rotate.
    """
    url = url.rstrip("/")
    oauth: dict[str, Any] = {"redirect_urls": [url + REDIRECT_PATH]} if many else {}
    return {
        "display_information": {
            "name": "Mockingbird",
            "description": ABOUT,
            "long_description": MORE,
            "background_color": "#1f3a5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "mockingbird", "always_online": True},
            "slash_commands": [_command(command, url) for command in book],
        },
        "oauth_config": oauth | {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": _at(url) | {"bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True} | _at(url),
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": many,
        },
    }


def _at(url: str) -> dict[str, str]:
    return {"request_url": url + EVENTS_PATH} if url else {}


def _command(command: Command, url: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "command": f"/{RENAMED.get(command.name, command.name)}",
        "description": command.description,
    }
    if url:
        made["url"] = url + EVENTS_PATH
    hint = _hint(command)
    if hint:
        made["usage_hint"] = hint
    # Mentions in what is typed arrive as people wrote them, and are escaped when they are shown.
    return made | {"should_escape": False}


def _hint(command: Command) -> str:
    """What may follow the command: ``today | day [number] | all``."""
    ways = [" ".join([verb.name, *map(_word, verb.options)]).strip() for verb in command.verbs]
    return " | ".join(way for way in ways if way)[:HINT]


def _word(option: Option) -> str:
    return f"[{option.name}]"
