"""What the tests of the adapters share."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.bootstrap import assemble
from bot.catalog import Catalog
from bot.testing import MONDAY, FrozenClock, MemoryStore
from tests.adapters import gallery as walk
from tests.adapters import judges
from tests.adapters.discord_house import Town as Hall
from tests.adapters.discord_towns import town as hall_of
from tests.adapters.slack_house import Town, connected, platform
from tests.adapters.slack_payloads import Payloads
from tests.adapters.slack_stand_in import StandIn, standing_in
from tests.adapters.slack_workspace import Team, User, Workspace


@pytest.fixture(scope="session")
def types(tmp_path_factory: pytest.TempPathFactory) -> judges.Types:
    """Slack's types from npm; without npm a test that needs them fails with one line that says how to get it."""
    try:
        return judges.Types(tmp_path_factory.mktemp("npm"))
    except RuntimeError as fault:
        pytest.fail(str(fault), pytrace=False)


@pytest.fixture(scope="session")
def gallery(catalog: Catalog) -> walk.Gallery:
    """Every card and form that the features make."""
    return walk.gallery(catalog)


PEOPLE = (
    User("U0ANA", "Ana", "Europe/Berlin", admin=True),
    User("U0BEN", "Ben", "Europe/London"),
    User("U0CHI", "Chi", "Asia/Tokyo"),
    User("U0DEE", "Dee", "America/New_York"),
)


@pytest.fixture
async def stand_in() -> AsyncIterator[StandIn]:
    """A Slack of our own, without a team yet."""
    async with standing_in(Workspace(lambda: 1_790_000_000.0)) as slack:
        yield slack


@pytest.fixture
def team(stand_in: StandIn) -> Team:
    """A workspace with four people and two channels that the bot is in; Ana is an admin, Ben made a channel."""
    found = stand_in.slack.team()
    found.add(*(replace(one) for one in PEOPLE))  # each test closes and opens its own
    found.channel("C0PREP", "prep", creator="U0ANA")
    found.channel("C0OTHER", "other", creator="U0BEN")
    return found


@pytest.fixture
def payloads(stand_in: StandIn, team: Team) -> Payloads:
    return Payloads(stand_in, team)


@pytest.fixture(params=["http", "socket"])
async def town(request: pytest.FixtureRequest, stand_in: StandIn, team: Team, catalog: Catalog) -> AsyncIterator[Town]:
    """The real Bolt app in that workspace, once behind signed HTTP and once behind two sockets; no group yet."""
    clock = FrozenClock(MONDAY)
    async with platform(stand_in, clock, team.token) as slack:
        bot = assemble(MemoryStore(clock, catalog), catalog, clock, {"slack": slack})
        async with connected(stand_in, bot, clock, request.param, team.token) as found:
            yield found


@pytest.fixture
async def group(town: Town) -> Town:
    """The same with a group of all four, on the first day after its post."""
    await town.set_up()
    await town.advance(hours=2)
    return town


@pytest.fixture(params=["wire", "sim"])
async def hall(request: pytest.FixtureRequest, catalog: Catalog) -> AsyncIterator[Hall]:
    """The real client in a Discord, once at the sockets of a stand-in and once in simcord; no group yet."""
    async with hall_of(request.param, catalog) as found:
        yield found


@pytest.fixture
async def study(hall: Hall) -> Hall:
    """The same with a group of all four, on the first day after its post."""
    await hall.set_up()
    await hall.advance(hours=2)
    return hall
