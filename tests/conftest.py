"""What all tests share: the content that we ship, and a house to live in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from bot.catalog import Catalog
from bot.content import load
from bot.testing import House

from . import postgres

settings.register_profile("mockingbird", deadline=None, max_examples=60)
settings.load_profile("mockingbird")


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The content that we ship."""
    return load()


@pytest.fixture
def house(catalog: Catalog) -> House:
    """A bot and four people; no group yet. It is Monday, 07:00 in Berlin."""
    return House(catalog)


@pytest.fixture
async def group(house: House) -> House:
    """The same with a group of all four that posts at 08:00 in Berlin every day, from today."""
    await house.set_up()
    return house


@pytest.fixture
async def day_one(group: House) -> House:
    """The same an hour later, at 08:00 on Monday: the first daily post has just come."""
    await group.advance(hours=1)
    return group


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A real PostgreSQL."""
    with postgres.server() as running:
        yield running
        running.close()


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    """A PostgreSQL database of its own, with our tables."""
    with postgres_server.fresh() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database, of either kind; SQLite's is the file mockingbird.db in the test's folder."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'mockingbird.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
