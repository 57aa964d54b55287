"""Nothing that people or platforms can say is longer than its column, or holds what PostgreSQL refuses."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from slack_sdk.oauth.installation_store import Installation
from sqlalchemy import String

from adapters.slack import settings as slack
from adapters.slack.sealing import Seal
from adapters.slack.store import Installations
from bot.bootstrap import Service
from bot.catalog import KINDS, LEVELS, THEMES, Catalog
from bot.content import HOME, read
from bot.core.errors import DeliveryFailed, SettingsError
from bot.core.events import Command, Person, Place, Posted, Press, Reply, Submit
from bot.core.ui import ActionId, Values
from bot.loop.rules import STAGES
from bot.pair.rules import OFFERED
from bot.store import database
from bot.store.tables import metadata
from bot.testing import FrozenClock, RecordingPlatform, setup_values, told

NOW = datetime(2026, 9, 1, 5, 0, tzinfo=UTC)
PREP = Place("web", "home", "prep")
LONG = "\x00𝔏" + "o\ud800ng " * 2_000
ANA = Person("a" * 100, LONG, manages=True, zone=LONG)
BEN = Person("b" * 100, LONG, zone=LONG)


class Town:
    """A group on PostgreSQL whose people say all that they can."""

    def __init__(self, url: str, catalog: Catalog) -> None:
        self.clock = FrozenClock(NOW)
        self.platform = RecordingPlatform()
        self.service = Service(url, catalog, self.clock, {"web": self.platform})
        self._ids = count(1)

    def _id(self) -> str:
        return f"web:{next(self._ids)}".ljust(200, "x")

    async def command(self, who: Person, name: str, text: str = "") -> Reply:
        return await self._told(Command(self._id(), who, PREP, name, text))

    async def press(self, who: Person, action: str) -> Reply:
        return await self._told(Press(self._id(), who, PREP, ActionId.parse(action)))

    async def submit(self, who: Person, action: str, values: Values) -> Reply:
        return await self._told(Submit(self._id(), who, PREP, ActionId.parse(action), values))

    async def say(self, who: Person, thread: str, text: str) -> Reply:
        where = Place(PREP.platform, PREP.workspace, PREP.channel, thread)
        return await self._told(Posted(self._id(), who, where, "m" * 100, text))

    async def _told(self, event: Command | Press | Submit | Posted) -> Reply:
        reply = await self.service.bot.engine.handle(event)
        await self.service.bot.settle()
        assert "Something broke" not in told(reply), event
        return reply


@pytest.fixture
def town(postgres_url: str, catalog: Catalog) -> Iterator[Town]:
    town = Town(postgres_url, catalog)
    yield town
    town.service.close()


def test_people_may_say_the_longest_of_everything(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    most = "w" * 2_900

    async def live() -> None:
        await town.submit(ANA, "group.setup:two-weeks", setup_values())
        await town.command(BEN, "join", "Europe/Berlin")
        await town.service.bot.advance(town.clock, NOW + timedelta(hours=2))
        [post] = town.platform.keyed("daily:")
        await town.say(BEN, post.id, LONG)
        await town.command(ANA, "mock", "thread hard")
        await town.submit(ANA, "resume.add", {"bullets": f"Built {'a very long thing ' * 20}\x00"})
        await town.press(ANA, "resume.share:1")
        await town.submit(BEN, "resume.why:1", {"why": most[:900] + "?"})
        story = {
            "title": "t" * 80,
            "situation": most[:900],
            "task": most[:900],
            "action": most[:900],
            "result": most[:900],
        }
        await town.submit(ANA, "star.save:failed-model", story)
        await town.press(ANA, "star.share:1")
        await town.command(ANA, "interview", "add")
        await town.command(ANA, "group", f"join {LONG}")
        await town.service.bot.advance(town.clock, NOW + timedelta(days=3))

    asyncio.run(live())
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    assert town.platform.keyed("bullet:1:")
    assert town.platform.keyed("story:1:")


def test_a_platform_may_complain_at_length(town: Town) -> None:
    async def live() -> dict[str, int]:
        town.platform.faults = [DeliveryFailed(LONG, permanent=True), DeliveryFailed(LONG)]
        await town.submit(ANA, "group.setup:two-weeks", setup_values())
        await town.service.bot.advance(town.clock, NOW + timedelta(hours=3))
        return await town.service.bot.store.run(lambda work: work.deliveries.counts())

    counts = asyncio.run(live())
    assert counts["failed"] == 1
    assert counts["sent"] >= 1


def test_a_workspace_may_have_any_name(postgres_url: str) -> None:
    made = Installation(app_id="A1", enterprise_name=LONG, enterprise_url=LONG, team_id="T1", team_name=LONG, user_id="U1",
                        bot_token="xoxb-1", bot_id="B1", bot_user_id="U2", bot_scopes=["chat:write"])  # fmt: skip
    there = database.connect(postgres_url)
    installations = Installations(there, "1.2", Seal("s" * 32))

    async def install() -> list[str]:
        await installations.async_save(made)
        bot = await installations.bot("T1")
        assert bot is not None
        await installations.async_save_bot(bot)
        return [team.name for team in await installations.teams()]

    [name] = set(asyncio.run(install()))
    there.dispose()
    assert len(name) == 200
    assert name.startswith("𝔏ong ong")


def test_a_client_id_of_slack_that_is_none_is_named() -> None:
    with pytest.raises(SettingsError, match=r"MOCKINGBIRD_SLACK_CLIENT_ID is no client id: that is like 1234567890\."):
        slack.read({"MOCKINGBIRD_SLACK_CLIENT_ID": "x" * 33})


def test_what_is_chosen_of_ours_fits() -> None:
    wide = {f"{table.name}.{column.name}": column.type.length for table in metadata.tables.values()
            for column in table.columns if isinstance(column.type, String)}  # fmt: skip
    chosen = {"passed_on.kind": KINDS, "passed_on.level": LEVELS, "stories.theme": THEMES, "loop_rounds.stage": STAGES}
    for column, values in chosen.items():
        assert max(map(len, values)) <= (wide[column] or 0), column
    assert len(json.dumps(OFFERED)) <= (wide["pair_requests.hours"] or 0)


def test_a_stage_of_ones_own_has_an_id_that_fits(tmp_path: Path) -> None:
    (tmp_path / "guides").mkdir()
    stages = (HOME / "guides" / "stages.yaml").read_text()
    (tmp_path / "guides" / "stages.yaml").write_text(stages.replace("id: onsite-coding", f"id: {'x' * 41}"))
    assert stages.count("id: onsite-coding") == 1
    _, faults = read(tmp_path)
    assert any("id: has 41 characters, 1 to 30 are allowed" in fault for fault in faults.sorted())
