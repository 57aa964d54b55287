"""Slack's side of OAuth for the tests: codes, refresh tokens that serve once, and what lies in our database."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Engine

from adapters.slack.sealing import Seal
from adapters.slack.store import Installations
from adapters.slack.workspaces import ManyWorkspaces
from bot.clock import FrozenClock
from bot.store import migrate
from bot.store.database import connect
from tests.adapters.slack_stand_in import StandIn
from tests.adapters.slack_workspace import BOT_ID, BOT_USER, Json, Refusal, Team, Workspace

CLIENT, SECRET, KEY = "1000.2000", "a-client-secret", "k" * 20 + "0123456789abcdef"
HALF_A_DAY = 43_200


class Rotating(Workspace):
    """A Slack whose app rotates its tokens: each refresh token gives a new pair, once."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(now)
        self.refreshes: dict[str, Team] = {}

    def call(self, method: str, token: str, args: Json) -> Json:
        if method == "oauth.v2.access" and args.get("grant_type") == "refresh_token":
            return {"ok": True, **self._refresh(token, args)}
        return super().call(method, token, args)

    def _refresh(self, token: str, args: Json) -> Json:
        if token != f"Basic {b64encode(f'{CLIENT}:{SECRET}'.encode()).decode()}":
            raise Refusal("bad_client_secret")
        team = self.refreshes.pop(str(args.get("refresh_token")), None)
        if team is None:
            raise Refusal("invalid_refresh_token")
        team.token = f"{team.token}+"
        refresh = f"{args['refresh_token']}+"
        self.refreshes[refresh] = team
        return {"access_token": team.token, "refresh_token": refresh, "expires_in": HALF_A_DAY, "token_type": "bot",
                "team": {"id": team.id, "name": team.name}}  # fmt: skip


@dataclass
class Office:
    """Our side: a database with its installations, and who speaks to which workspace."""

    engine: Engine
    clock: FrozenClock
    slack: Rotating
    stand_in: StandIn
    installations: Installations
    workspaces: ManyWorkspaces
    retired: list[tuple[str, str]] = field(default_factory=list)

    def client_for(self, token: str) -> AsyncWebClient:
        return AsyncWebClient(token=token, base_url=self.stand_in.api, retry_handlers=[])

    def again(self, retire: Callable[[str, str], Awaitable[int]] | None = None) -> ManyWorkspaces:
        """Another process on the same database."""
        return ManyWorkspaces(self.installations, self.client_for, CLIENT, SECRET, self.clock, retire or self._retire)

    async def install(self, id: str = "T0STUDY", token: str = "xoxe.xoxb-1", refresh: str = "xoxe-1") -> Team:
        """A workspace that has installed us now, with a token for twelve hours."""
        team = self.slack.team(id, token)
        now = self.clock.now().timestamp()
        self.slack.refreshes[refresh] = team
        made = Installation(
            app_id="A0MOCKINGBIRD", team_id=id, team_name=team.name, bot_token=token, bot_id=BOT_ID, bot_user_id=BOT_USER,
            bot_scopes=sorted(team.scopes), bot_refresh_token=refresh, bot_token_expires_at=int(now) + HALF_A_DAY,
            user_id="U0ANA", user_token="xoxp-a-persons-own", installed_at=now,
        )  # fmt: skip
        await self.installations.async_save(made)
        return team

    async def _retire(self, workspace: str, why: str) -> int:
        self.retired.append((workspace, why))
        return 0


def open_office(url: str, clock: FrozenClock, slack: Rotating, stand_in: StandIn) -> Office:
    """Ours on a fresh database."""
    engine = connect(url)
    migrate.upgrade(engine)
    installations = Installations(engine, CLIENT, Seal(KEY))
    office = Office(engine, clock, slack, stand_in, installations, None)  # type: ignore[arg-type]  # set in the next line
    office.workspaces = office.again()
    return office
