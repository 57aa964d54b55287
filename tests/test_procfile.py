"""The Procfile on PostgreSQL: 200 groups on Slack and Discord get their day, each once, while processes are killed."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from adapters import faces
from adapters.discord.render import key_marks, marks_of
from bot.bootstrap import Service
from bot.catalog import Catalog
from bot.clock import FrozenClock
from bot.core.events import Person, Place, Show, Submit
from bot.core.ui import ActionId
from bot.settings import read
from bot.testing import setup_values
from tests.adapters.discord_client import Client
from tests.adapters.discord_stand_in import StandIn as Discord
from tests.adapters.discord_stand_in import standing_in as discord_stands_in
from tests.adapters.discord_world import TOKEN, World
from tests.adapters.slack_payloads import SECRET, Payloads, encoded, headers
from tests.adapters.slack_stand_in import APP_TOKEN
from tests.adapters.slack_stand_in import StandIn as Slack
from tests.adapters.slack_stand_in import standing_in as slack_stands_in
from tests.adapters.slack_workspace import Team, User, Workspace
from tests.adapters.test_slack_run import free_port
from tests.honcho import Honcho
from tests.postgres import Server

EACH = 100  # groups on each platform
SHARDS = 4
DUE = timedelta(minutes=5)  # how long the posts have been due when the formation starts: an hour late still counts
PATIENCE = 300  # seconds; a claim of one that was killed waits out its lease first


@dataclass
class Day:
    """Both platforms, and what must be posted in them: channel -> the key of the day's post."""

    slack: Slack
    discord: Discord
    team: Team
    on_slack: dict[str, str] = field(default_factory=dict)
    on_discord: dict[int, str] = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, str]:
        return {
            "MOCKINGBIRD_SLACK_API_URL": self.slack.api, "MOCKINGBIRD_SLACK_BOT_TOKEN": self.team.token,
            "MOCKINGBIRD_SLACK_APP_TOKEN": APP_TOKEN, "MOCKINGBIRD_SLACK_SIGNING_SECRET": SECRET,
            "MOCKINGBIRD_DISCORD_TOKEN": TOKEN, "MOCKINGBIRD_DISCORD_API_URL": self.discord.api,
            "MOCKINGBIRD_DISCORD_GATEWAY_URL": self.discord.socket,
        }  # fmt: skip

    def posted(self) -> Counter[str]:
        """How often each key was posted, those of the days' posts and all others of Slack's."""
        found: Counter[str] = Counter()
        for channel in self.on_slack:
            for message in self.team.messages.get(channel, []):
                found[message.get("metadata", {}).get("event_payload", {}).get("k", "")] += bool(message.get("bot_id"))
        for id, key in self.on_discord.items():
            marks = [marks_of(one["components"]) for one in self.discord.world.channels[id].messages.values()]
            found[key] += marks.count(key_marks(key))
        return found

    def daily(self) -> Counter[str]:
        wanted = {*self.on_slack.values(), *self.on_discord.values()}
        return Counter({key: times for key, times in self.posted().items() if key in wanted and times})

    async def until_posted(self, many: int) -> None:
        """Wait for so many; whichever platform changes last says so."""

        def holds() -> bool:
            return self.daily().total() >= many

        async with asyncio.timeout(PATIENCE):
            looking = [asyncio.create_task(self.slack.until(holds)),
                       asyncio.create_task(self.discord.until(holds, PATIENCE))]  # fmt: skip
            await asyncio.wait(looking, return_when=asyncio.FIRST_COMPLETED)
            for one in looking:
                one.cancel()
            await asyncio.gather(*looking, return_exceptions=True)


@pytest.fixture
async def day() -> AsyncIterator[Day]:
    """A Slack with a workspace of a hundred channels, a Discord with a hundred in four shards' servers."""
    world = World(time.time)
    async with slack_stands_in(Workspace(time.time)) as slack, discord_stands_in(world) as discord:
        discord.gateway.shards = SHARDS
        team = slack.slack.team()
        for number in range(EACH):
            team.add(User(f"U0P{number}", f"Person {number}", "UTC", admin=True))
            team.channel(f"C0G{number}", f"prep-{number}", creator=f"U0P{number}")
        yield Day(slack, discord, team)


async def _set_up(day: Day, url: str, catalog: Catalog) -> None:
    """200 groups through the engine's door, ten minutes ago, whose post is due since five."""
    now = datetime.now(UTC)
    # A zone in which it is noon: the day does not end meanwhile.
    hours = (12 - now.hour + 12) % 24 - 12
    zone = f"Etc/GMT{-hours:+d}" if hours else "UTC"
    local = now + timedelta(hours=hours)
    values = setup_values() | {"zone": zone, "post_at": f"{local - DUE:%H:%M}"}
    service = Service(url, catalog, FrozenClock(now - 2 * DUE), {})
    try:
        for number in range(EACH):
            place = Place("slack", day.team.id, f"C0G{number}")
            await _one(service, place, Person(f"U0P{number}", f"Person {number}", True, zone), values)
            day.on_slack[place.channel] = f"daily:{await _group(service, place)}:{local:%Y-%m-%d}"
        world = day.discord.world
        for number in range(EACH):
            owner = world.person(f"Person {number}")
            guild = world.guild(f"Hall {number}", owner, id=(1_000_000 * SHARDS + number) << 22)
            prep = world.channel(guild, "prep")
            place = Place("discord", str(guild.id), str(prep.id))
            await _one(service, place, Person(str(owner.id), owner.name, True, zone), values)
            day.on_discord[prep.id] = f"daily:{await _group(service, place)}:{local:%Y-%m-%d}"
    finally:
        service.close()


async def _one(service: Service, place: Place, who: Person, values: Mapping[str, str | tuple[str, ...]]) -> None:
    action = ActionId.parse("group.setup:two-weeks")
    reply = await service.bot.engine.handle(Submit(f"setup:{place.channel}", who, place, action, dict(values)))
    assert isinstance(reply, Show), reply


async def _group(service: Service, place: Place) -> int:
    group = await service.bot.store.run(lambda work: work.groups.here(place))
    assert group is not None
    return group.id


async def _answers_over_http(day: Day, port: int) -> bool:
    body = encoded("slash_commands", Payloads(day.slack, day.team).command("U0P1", "C0G1", "/help"))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        said = await http.post("/slack/events", content=body, headers=headers(body, "slash_commands", int(time.time())))
    return "What I can do" in said.text


async def _answers_over_sockets(day: Day) -> bool:
    payload = Payloads(day.slack, day.team).command("U0P2", "C0G2", "/help")
    return "What I can do" in str(await day.slack.send("slash_commands", payload))


async def _answers_on_every_shard(day: Day) -> bool:
    world, asked = day.discord.world, []
    for id in list(day.on_discord)[:SHARDS]:
        channel = world.channels[id]
        owner = world.users[world.guilds[channel.guild].owner]
        event = Client(day.discord.talk).command(owner, channel, "help")
        asked.append(day.discord.talk.interactions[int(event.data["id"])])
        await day.discord.gateway.tell(event)
    await day.discord.until(lambda: not any(one.waits for one in asked), 30)
    return True


async def test_200_groups_get_their_day_once_while_a_process_of_each_kind_is_killed(
    day: Day, postgres_server: Server, tmp_path: Path, catalog: Catalog
) -> None:
    with postgres_server.fresh(migrated=False) as url:
        release = Honcho(tmp_path, day.settings | {"DATABASE_URL": url})
        await release.start("release")
        assert await release.ended() == 0, "\n".join(release.said)
        await _set_up(day, url, catalog)
        said = await _lived(day, tmp_path, url)
        await _settled(day, url, catalog)
    assert day.daily() == Counter([*day.on_slack.values(), *day.on_discord.values()])
    assert set(day.posted().values()) == {1}
    assert day.slack.sockets == []
    assert "Traceback" not in said


async def _lived(day: Day, folder: Path, url: str) -> str:
    """The formation, and beside it one of each kind that is killed; what the formation said."""
    settings = day.settings | {"DATABASE_URL": url}
    stays = Honcho(folder, settings, port := free_port())
    doomed = {part: Honcho(folder, settings, free_port()) for part in ("web", "worker", "clock")}
    try:
        await asyncio.gather(doomed["worker"].start("worker"), doomed["web"].start("web"))
        await doomed["web"].until("answers Slack")
        await day.discord.until(lambda: len(day.discord.gateway.live) == SHARDS, 60)
        await asyncio.gather(stays.start("web", "worker", "clock"), doomed["clock"].start("clock"))
        for share, part in ((0.2, "clock"), (0.4, "worker"), (0.6, "web")):
            await day.until_posted(round(share * 2 * EACH))
            doomed[part].kill(part)
            assert await doomed[part].ended() != 0
        await day.until_posted(2 * EACH)
        await day.discord.until(lambda: len(day.discord.gateway.live) == SHARDS, 60)
        assert await _answers_over_http(day, port)
        assert await _answers_over_sockets(day)
        assert await _answers_on_every_shard(day)
    finally:
        for one in (stays, *doomed.values()):
            await one.stop()
    return "\n".join(stays.said)


async def _settled(day: Day, url: str, catalog: Catalog) -> None:
    """Whatever one that was killed left in doubt is settled as somebody does who comes later."""

    async def retire(platform: str, workspace: str, why: str, channel: str = "") -> int:
        return 0

    settings = read(environment=day.settings | {"DATABASE_URL": url})
    async with AsyncExitStack() as stack:
        found = list(faces.with_credentials(settings, *faces.credentials(settings), retire))
        for face in found:
            stack.push_async_callback(face.close)
        later = FrozenClock(datetime.now(UTC) + timedelta(minutes=10))
        service = Service(url, catalog, later, {face.platform.name: face.platform for face in found})
        stack.callback(service.close)
        await service.bot.settle()
        assert await service.bot.deliverer.next_due() is None
