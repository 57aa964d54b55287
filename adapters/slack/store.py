"""slack_sdk's SQLAlchemy stores on our database: tokens sealed, one row a workspace, the event loop never waiting.

Each call takes a short connection of its own in a thread: on SQLite it queues for the lock behind the writer's batch,
which takes milliseconds, and no event waits for it.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.oauth.state_store.sqlalchemy import SQLAlchemyOAuthStateStore
from sqlalchemy import Engine, delete, select

from adapters.slack.sealing import Seal
from bot.core.markup import clean
from bot.core.ports import Clock

STATE_LIVES = 600  # seconds that somebody may look at Slack's consent page


@dataclass(frozen=True, slots=True)
class Team:
    """A workspace that installed us."""

    id: str
    name: str


class Installations(AsyncInstallationStore):
    """Who installed us, with the token for each. Workspaces are found by their own id alone: it is unique in Slack."""

    def __init__(self, engine: Engine, client_id: str, seal: Seal) -> None:
        self._engine = engine
        self._seal = seal
        self._store: Any = SQLAlchemyInstallationStore(client_id, engine)  # untyped in slack_sdk

    async def async_save(self, installation: Installation) -> None:
        """Keep a new installation; those that it follows are forgotten."""
        await asyncio.to_thread(self._save, installation)

    async def async_save_bot(self, bot: Bot) -> None:
        """Keep changed tokens."""
        await asyncio.to_thread(self._store.save_bot, self._sealed(bot))

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """The bot in this workspace, its tokens opened. Raises StoreError where our keys do not open them."""
        return await self.bot(team_id or "")

    async def bot(self, team: str) -> Bot | None:
        """The same by the workspace alone."""
        found: Bot | None = await asyncio.to_thread(self._store.find_bot, enterprise_id=None, team_id=team)
        return None if found is None else self._opened(found)

    async def installed_at(self, team: str) -> datetime | None:
        """When this workspace installed us last (aware, UTC); None where it has not."""
        found: Bot | None = await asyncio.to_thread(self._store.find_bot, enterprise_id=None, team_id=team)
        return None if found is None else datetime.fromtimestamp(found.installed_at, UTC)

    async def forget(self, team: str) -> None:
        """The tokens of a workspace are gone."""
        await asyncio.to_thread(self._store.delete_all, enterprise_id=None, team_id=team)

    async def teams(self) -> list[Team]:
        """The workspaces that have us, by name."""
        return await asyncio.to_thread(self._teams)

    def _save(self, installation: Installation) -> None:
        kept = Installation(**installation.to_dict_for_copying())
        kept.enterprise_id = None
        kept.enterprise_name = kept.enterprise_url = None
        kept.user_token = kept.user_refresh_token = None  # we ask for none, and keep none
        kept.incoming_webhook_url = None
        kept.team_name = _name(kept.team_name)
        kept.bot_token = self._seal.seal(kept.bot_token or "")
        if kept.bot_refresh_token:
            kept.bot_refresh_token = self._seal.seal(kept.bot_refresh_token)
        self._store.save(kept)
        at = kept.to_dict()["installed_at"].replace(tzinfo=None)  # as slack_sdk writes it: naive, in UTC
        with self._engine.begin() as connection:
            for table in (self._store.bots, self._store.installations):
                ours = (table.c.client_id == self._store.client_id) & (table.c.team_id == kept.team_id)
                connection.execute(delete(table).where(ours, table.c.installed_at < at))

    def _sealed(self, bot: Bot) -> Bot:
        kept = Bot(**bot.to_dict_for_copying())
        kept.enterprise_id = kept.enterprise_name = None
        kept.team_name = _name(kept.team_name)
        kept.bot_token = self._seal.seal(bot.bot_token)
        kept.bot_refresh_token = self._seal.seal(bot.bot_refresh_token) if bot.bot_refresh_token else None
        return kept

    def _opened(self, bot: Bot) -> Bot:
        whose = f"workspace {bot.team_id}"
        bot.bot_token = self._seal.open(bot.bot_token, whose)
        bot.bot_refresh_token = self._seal.open(bot.bot_refresh_token, whose) if bot.bot_refresh_token else None
        return bot

    def _teams(self) -> list[Team]:
        bots = self._store.bots
        chosen = select(bots.c.team_id, bots.c.team_name).where(bots.c.client_id == self._store.client_id).distinct()
        with self._engine.connect() as connection:
            rows = connection.execute(chosen.order_by(bots.c.team_name, bots.c.team_id)).all()
        return [Team(row.team_id or "", row.team_name or "") for row in rows]


def _name(team: str | None) -> str | None:
    """A workspace's name as slack_sdk's column takes it."""
    return None if team is None else clean(team)[:200]


class States(AsyncOAuthStateStore):
    """The secrets that tie an answer of Slack's consent page to the browser that asked. Each serves once."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._store: Any = SQLAlchemyOAuthStateStore(STATE_LIVES, engine)

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        """A new state, good for ten minutes."""
        return await asyncio.to_thread(self._issue)

    async def async_consume(self, state: str) -> bool:
        """Whether the state was issued, is fresh and was not used before."""
        return await asyncio.to_thread(self._consume, state)

    def _consume(self, state: str) -> bool:
        """One statement, and not slack_sdk's two: of requests side by side, one alone finds the state."""
        states, now = self._store.oauth_states, self._clock.now().replace(tzinfo=None)
        with self._engine.begin() as connection:
            gone = connection.execute(delete(states).where(states.c.state == state, states.c.expire_at > now))
        return gone.rowcount == 1

    def _issue(self) -> str:
        now: datetime = self._clock.now().replace(tzinfo=None)  # slack_sdk writes naive instants in UTC
        states = self._store.oauth_states
        with self._engine.begin() as connection:
            connection.execute(delete(states).where(states.c.expire_at < now))
        return str(self._store.issue())
