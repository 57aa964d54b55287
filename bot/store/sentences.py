"""What a database's fault means for whoever starts us or looks after it, as a sentence that says what to do.

No sentence holds a user's password: they are made of host, port and name, and of what the server itself said.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from bot.core.errors import StoreError
from bot.store import faults

NAME = "mockingbird"  # by which PostgreSQL knows our connections, with the process's name behind it
PORT = 5432  # PostgreSQL's own


@contextmanager
def spoken(url: URL) -> Iterator[None]:
    """Faults of the database within are raised as StoreError, each with its sentence."""
    try:
        yield
    except DBAPIError as fault:
        raise StoreError(sentence(fault, url)) from None


def where(url: URL) -> str:
    """The database as people are told it: its file, or its server and name."""
    if url.get_backend_name() == "sqlite":
        return f"the database {url.database or 'in memory'}"
    return f"the database {url.database or ''} of {server(url)}".replace("  ", " ")


def server(url: URL) -> str:
    """``PostgreSQL at db.example.com:5432``, or where its socket is."""
    found = url.host or url.query.get("host") or ""
    host = found if isinstance(found, str) else ", ".join(found)
    if not host or host.startswith("/"):
        return f"PostgreSQL at its socket in {host or 'the usual folder'}"
    return f"PostgreSQL at {host}:{url.port or PORT}"


def sentence(fault: BaseException, url: URL) -> str:
    """What is wrong and what to do about it."""
    if url.get_backend_name() == "sqlite":
        return _of_sqlite(faults.line(fault), url)
    said = faults.line(fault)
    # Whoever cannot connect gets no SQLSTATE from libpq, but its words and the server's, which are English or hold names.
    for sign, make in _SIGNS:
        if sign.search(f"{faults.state(fault)} {said}"):
            return make(said.rpartition("FATAL:")[2].strip(), url)
    if faults.broken(fault):
        return (f"{_capital(server(url))} does not answer: {_short(said)}. See that it runs there and lets this machine in, "
                "and that host and port are right.")  # fmt: skip
    return f"{_capital(where(url))} does not do what it should: {said}. The server's log may tell more."


def _of_sqlite(said: str, url: URL) -> str:
    if "readonly" in said or "unable to open" in said:
        return (f"The database {url.database} cannot be written: {said}. Give this user the right to it and its folder, or "
                "change DATABASE_URL.")  # fmt: skip
    if "locked" in said:
        return (f"The database {url.database} is held by another program, such as a sqlite3 shell in a transaction. Close "
                "that one, and try again.")  # fmt: skip
    if "full" in said or "disk i/o" in said:
        return f"The database {url.database} takes nothing: {said}. Make room on its disk, and try again."
    return f"This file is no database of Mockingbird: {said}. See DATABASE_URL."


def _short(said: str) -> str:
    """libpq's words without where it tried: the sentence has that."""
    return said.rpartition(" failed: ")[2].removeprefix("connection is bad: ").strip()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _no_password(said: str, url: URL) -> str:
    return (f"{server(url)} does not let {url.username or 'this user'} in: the password in DATABASE_URL is wrong or "
            "missing. Signs other than letters and digits are written there like %40 for @.")  # fmt: skip


def _no_database(said: str, url: URL) -> str:
    return (f"{server(url)} has no database {url.database}. Make it (createdb {url.database}), or change the name in "
            "DATABASE_URL.")  # fmt: skip


def _not_in(said: str, url: URL) -> str:
    return f"{server(url)} does not let us in: {said}. See the user in DATABASE_URL and what the server allows it."


def _no_option(said: str, url: URL) -> str:
    return f"DATABASE_URL ends with something that PostgreSQL's driver does not know: {_short(said)}. Leave it out."


def _no_right(said: str, url: URL) -> str:
    return (f"The role {url.username or 'that we are'} may not do all that Mockingbird needs in {where(url)}: {said}. Make "
            "it the owner of the database and of its tables; docs/operations.md says how.")  # fmt: skip


def _read_only(said: str, url: URL) -> str:
    return (f"{_capital(where(url))} is read-only: {said}. Name the primary server in DATABASE_URL, or take "
            "default_transaction_read_only from its role or database.")  # fmt: skip


def _in_use(said: str, url: URL) -> str:
    return (
        f"{_capital(where(url))} is in use by something that holds it for long: {said}. Nothing was changed; try again."
    )


_SIGNS: tuple[tuple[re.Pattern[str], Callable[[str, URL], str]], ...] = (
    (re.compile("password authentication failed|no password supplied|^28P01"), _no_password),
    (re.compile("invalid connection option|invalid sslmode"), _no_option),
    (re.compile('database ".*" does not exist'), _no_database),
    (re.compile("FATAL:"), _not_in),
    (re.compile("^42501"), _no_right),
    (re.compile("^25006"), _read_only),
    (re.compile("^(55P03|57014)"), _in_use),
)
