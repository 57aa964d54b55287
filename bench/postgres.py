"""A PostgreSQL to measure on: TEST_DATABASE_URL's, or one that comes from the package index."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.postgres import server


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database of its own, with our tables."""
    with server() as running, running.fresh() as url:
        yield url
        running.close()
