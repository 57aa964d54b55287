"""One process a SQLite file: its single writer is what makes a post happen once."""

import sqlite3

from bot.core.errors import StoreError


class FileLock:
    """Holds ``<database>.lock`` for this process. SQLite's own file lock does it, alike on every system, and the
    operating system lets it go when the process dies."""

    def __init__(self, path: str) -> None:
        """Raises StoreError where another process holds it, or the folder cannot be written."""
        self._connection: sqlite3.Connection | None = None
        try:
            self._connection = sqlite3.connect(f"{path}.lock", timeout=0, isolation_level=None)
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            self.release()
            if "locked" in str(error):
                raise StoreError(
                    f"Another Mockingbird is running on {path}, and SQLite takes one process. Stop that one first; for "
                    "several, set DATABASE_URL to a PostgreSQL, like postgresql://user:password@host/name."
                ) from None
            raise StoreError(
                f"The database {path} cannot be written: its folder does not exist, or this user may not write there. "
                "Make the folder, give this user the right to it, or change DATABASE_URL."
            ) from None

    def release(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
