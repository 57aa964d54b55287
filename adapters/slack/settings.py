"""What Slack needs of the environment. Secrets stay out of every representation, so that no log can show them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.core.errors import SettingsError

PLATFORM = "slack"
API_URL = "https://slack.com/api/"
CLIENT_ID = 32  # characters, as slack_sdk keeps it
NAMES = {  # variable -> field of SlackSettings
    "MOCKINGBIRD_SLACK_BOT_TOKEN": "bot_token",
    "MOCKINGBIRD_SLACK_APP_TOKEN": "app_token",
    "MOCKINGBIRD_SLACK_SIGNING_SECRET": "signing_secret",
    "MOCKINGBIRD_SLACK_CLIENT_ID": "client_id",
    "MOCKINGBIRD_SLACK_CLIENT_SECRET": "client_secret",
    "MOCKINGBIRD_SECRET_KEY": "secret_key",
    "MOCKINGBIRD_SLACK_API_URL": "api_url",
}


@dataclass(frozen=True)
class SlackSettings:
    """Tokens, secrets and where Slack is. What is not set is empty; `api_url` ends with a slash."""

    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    api_url: str = API_URL

    @property
    def many(self) -> bool:
        """Workspaces install us by OAuth; otherwise there is one, with its token."""
        return bool(self.client_id)

    @property
    def speaks(self) -> bool:
        """Somebody can be spoken to: the deliverer can work."""
        return bool(self.bot_token) or self.many

    @property
    def http(self) -> bool:
        """Slack can reach us over HTTP."""
        return self.speaks and bool(self.signing_secret)

    @property
    def sockets(self) -> bool:
        """We can reach Slack by Socket Mode."""
        return self.speaks and bool(self.app_token)


def read(values: Mapping[str, str]) -> SlackSettings:
    """The settings out of the environment's values. Raises SettingsError with every fault; no fault shows a secret."""
    found = {field: values[name].strip() for name, field in NAMES.items() if values.get(name, "").strip()}
    settings = SlackSettings(**found)
    if not settings.api_url.endswith("/"):
        settings = SlackSettings(**(found | {"api_url": settings.api_url + "/"}))
    faults = [*_shapes(settings), *_missing(settings)]
    if faults:
        raise SettingsError("\n".join(faults))
    return settings


def _shapes(settings: SlackSettings) -> list[str]:
    faults = []
    if settings.bot_token and not settings.bot_token.startswith(("xoxb-", "xoxe.xoxb-")):
        faults.append("MOCKINGBIRD_SLACK_BOT_TOKEN is no bot token: it starts with xoxb- and stands in your app's page "
                      "under OAuth & Permissions.")  # fmt: skip
    if settings.app_token and not settings.app_token.startswith("xapp-"):
        faults.append("MOCKINGBIRD_SLACK_APP_TOKEN is no app-level token: it starts with xapp- and stands in your app's "
                      "page under Basic Information, App-Level Tokens.")  # fmt: skip
    if len(settings.client_id) > CLIENT_ID:
        faults.append("MOCKINGBIRD_SLACK_CLIENT_ID is no client id: that is like 1234567890.1234567890, and stands in your "
                      "app's page under Basic Information.")  # fmt: skip
    url = urlsplit(settings.api_url)
    if url.scheme not in ("http", "https") or not url.netloc:
        faults.append(f"MOCKINGBIRD_SLACK_API_URL is no address. Leave it out, or write it like {API_URL}.")
    return faults


def _missing(settings: SlackSettings) -> list[str]:
    faults = []
    if bool(settings.client_id) != bool(settings.client_secret):
        faults.append("MOCKINGBIRD_SLACK_CLIENT_ID and MOCKINGBIRD_SLACK_CLIENT_SECRET come together: set both, or "
                      "neither for a single workspace.")  # fmt: skip
    if settings.many and not settings.secret_key:
        faults.append("MOCKINGBIRD_SECRET_KEY is not set. It seals the tokens of the workspaces that install the app.")
    if settings.many and settings.bot_token:
        faults.append("MOCKINGBIRD_SLACK_BOT_TOKEN is for a single workspace and MOCKINGBIRD_SLACK_CLIENT_ID for many: "
                      "leave one of them out.")  # fmt: skip
    if settings.many and not settings.signing_secret:
        faults.append("MOCKINGBIRD_SLACK_SIGNING_SECRET is not set: workspaces install the app over HTTP.")
    if (settings.app_token or settings.signing_secret) and not settings.speaks:
        faults.append("MOCKINGBIRD_SLACK_BOT_TOKEN is not set (or, for many workspaces, MOCKINGBIRD_SLACK_CLIENT_ID and "
                      "MOCKINGBIRD_SLACK_CLIENT_SECRET).")  # fmt: skip
    if settings.bot_token and not settings.app_token and not settings.signing_secret:
        faults.append("MOCKINGBIRD_SLACK_BOT_TOKEN alone hears nothing: set MOCKINGBIRD_SLACK_APP_TOKEN for Socket Mode, "
                      "or MOCKINGBIRD_SLACK_SIGNING_SECRET for HTTP.")  # fmt: skip
    return faults
