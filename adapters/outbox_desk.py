"""What an operator sees of the outbox and does about it, while the bot runs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from bot.clock import WallClock
from bot.content import load
from bot.core.errors import BotError, StoreUnavailable
from bot.core.events import Landed, Receipt
from bot.core.ports import Scope
from bot.core.ui import ActionId
from bot.routes import routes
from bot.settings import Settings
from bot.store import database, faults, migrate
from bot.store.repos.desk import SqlDesk, Standing
from bot.store.work import SqlWork

MOST = 20  # of a kind, unless all are asked for
ALL = 1_000_000
SOON = "The running bot looks within 30 seconds."  # the commits of another process do not wake it
Kind = tuple[str, Callable[[SqlDesk, int], tuple[int, list[Standing]]]]
KINDS: tuple[Kind, ...] = (
    ("unresolved: each may have landed, and nobody could look it up. See whether it is there, then `mockingbird outbox "
     "landed KEY`, `again KEY` or `drop KEY`; where the bot may read there by now, `look KEY`.", SqlDesk.unresolved),
    ("in doubt: looked up by the bot itself before anything is sent again.", SqlDesk.in_doubt),
    ("pending too long: tried again and again, or behind one that is. `drop KEY` takes one back.", SqlDesk.late),
    ("failed: given up, not there. `again KEY` sends one all the same, `drop KEY` takes it off this list.",
     SqlDesk.failed),
)  # fmt: skip


def listing(settings: Settings, everything: bool) -> tuple[list[str], int]:
    """The lines to print, and how many messages wait for the operator."""
    with _reading(settings) as desk:
        found = [(about, *of(desk, ALL if everything else MOST)) for about, of in KINDS]
    now, lines = WallClock().now(), list[str]()
    for about, total, shown in found:
        if total:
            lines.append(f"{total} {about}")
            lines += [line for one in shown for line in _lines(one, now)]
            lines += [f"  ... and {total - len(shown)} more: --all shows them."] if total > len(shown) else []
    return lines or ["Nothing is stuck, in doubt or given up."], found[0][1]


def _lines(one: Standing, now: datetime) -> Iterator[str]:
    place = one.place
    to = f"to {place.channel} alone" if place.direct else f"{place.channel} {place.thread}".strip()
    group = f"group {one.group}, " if one.group is not None else ""
    tries = f"{one.attempts} {'try' if one.attempts == 1 else 'tries'}"
    by = f", last by {one.owner}" if one.owner else ""
    yield f"  {one.key}"
    yield f"      {one.title!r}, {group}{place.platform} {place.workspace} {to}"
    yield f"      {_when(one, now)}, {tries}{by}"
    if one.error:
        yield f"      {one.error}"


def _when(one: Standing, now: datetime) -> str:
    minutes = round((now - one.at).total_seconds() / 60)
    ahead, minutes = minutes < 0, abs(minutes)
    span = (
        f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 2_880 else f"{minutes // 1_440} days"
    )
    word = "next look" if one.state == "claimed" else "next try" if ahead else "due"
    return f"{word} {one.at:%Y-%m-%d %H:%M} UTC ({f'in {span}' if ahead else f'{span} ago'})"


def again(settings: Settings, key: str) -> str:
    """Send one that was given up or is unresolved, with all that was given up for its sake. Raises BotError."""
    with _writing(settings) as connection:
        desk = SqlDesk(connection, WallClock().now())
        if not desk.again(key):
            raise _refusal(desk, key, "again")
        return f"{key} is sent again{_revived(desk, key)}. {SOON}"


def look(settings: Settings, key: str) -> str:
    """Let the bot look an unresolved one up once more. Raises BotError."""
    with _writing(settings) as connection:
        desk = SqlDesk(connection, WallClock().now())
        if not desk.look(key):
            raise _refusal(desk, key, "look")
        return f"{key} is looked up once more, and sent only where it is not there. {SOON}"


def landed(settings: Settings, key: str, message: str) -> str:
    """Settle one as sent; with the platform's id of it, what belongs to it goes too. Raises BotError."""
    catalog = load(settings.content)  # before the transaction: it takes a second
    with _writing(settings) as connection:
        now = WallClock().now()
        desk = SqlDesk(connection, now)
        one = desk.one(key)
        scope = database.alone(connection, Scope.of(one.place)) if one is not None else ""
        receipt = Receipt(message, message if one is not None and one.opens else "")
        if one is None or not desk.landed(key, receipt):
            raise _refusal(desk, key, "landed")
        if not message:
            left = len(desk.followers(key))
            more = f" {left} that belong to it stay given up: name its id with --message, and they go." if left else ""
            return f"{key} counts as sent.{more}"
        if one.tells:
            action, work = ActionId.parse(one.tells), SqlWork(connection, now, catalog, scope)
            routes(catalog).landed[action.verb](Landed(action, receipt), work)
            work.flush()
        return f"{key} counts as sent, as message {message}{_revived(desk, key)}. {SOON}"


def drop(settings: Settings, key: str) -> str:
    """Take one back. Raises BotError."""
    with _writing(settings) as connection:
        desk = SqlDesk(connection, WallClock().now())
        if not desk.drop(key):
            raise _refusal(desk, key, "drop")
        return f"{key} is dropped: it is not sent any more, and is off the list."


def _revived(desk: SqlDesk, key: str) -> str:
    many = sum(desk.again(one) for one in desk.followers(key))
    return f", and {many} that belong to it with it" if many else ""


def _refusal(desk: SqlDesk, key: str, verb: str) -> BotError:
    one = desk.one(key)
    if one is None:
        return BotError(f"There is no message with the key {key!r}. `mockingbird outbox` lists those that need you.")
    said = {
        "sent": f"was sent already{f', as message {one.message}' if one.message else ''}: there is nothing to do",
        "pending": "waits to be sent, and goes by itself as soon as it can; `drop` takes it back",
        "claimed": "is under way or in doubt, and is looked up by itself; `landed` and `drop` end that",
        "unresolved": "waits until what is under way to its channel has landed: try again in a moment",
        "failed": "was given up: it certainly did not land. `again` sends it, `drop` takes it off the list",
        "dropped": "was dropped; `again` sends it all the same",
    }
    return BotError(f"{verb}: {key} {said.get(one.state, one.state)}.")


@contextmanager
def _writing(settings: Settings) -> Iterator[Connection]:
    """One short transaction beside those of the running bot.

    On SQLite that is safe without the bot's own file lock, which keeps a second *bot* away: BEGIN IMMEDIATE waits for the
    database's write lock (`busy_timeout`) before anything is read, so nothing changes between what is seen and what is
    written; and every change raises the epoch, so a deliverer that has the message under way settles nothing.
    """
    with _engine(settings, writes=True) as engine, engine.begin() as connection:
        yield connection


@contextmanager
def _reading(settings: Settings) -> Iterator[SqlDesk]:
    """A long list holds no lock that the bot waits for: on SQLite a transaction that only reads sees one moment."""
    with _engine(settings, writes=False) as engine, engine.connect() as connection:
        yield SqlDesk(connection, WallClock().now())


@contextmanager
def _engine(settings: Settings, *, writes: bool) -> Iterator[Engine]:
    file = database.file(settings.database_url)
    if file and not Path(file).is_file():
        raise BotError(f"There is no database {file} yet. See DATABASE_URL.")
    engine = database.connect(settings.database_url)
    begin_to_write = engine.dialect.do_begin
    try:
        if file:
            engine.dialect.do_begin = _begin_to_read  # type: ignore[assignment, method-assign]
        if migrate.version(engine) != migrate.head():
            raise BotError("The database is not of this version: `mockingbird db check` says where it stands.")
        if writes:
            engine.dialect.do_begin = begin_to_write  # type: ignore[method-assign]
        yield engine
    except DBAPIError as error:
        if not faults.passing(error):
            raise
        said = faults.line(error)
        raise StoreUnavailable(f"The database does not answer now: {said}. Nothing was changed; try again.") from None
    finally:
        engine.dispose()


def _begin_to_read(connection: Any) -> None:
    connection.execute("BEGIN")
