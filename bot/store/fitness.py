"""What has to be true of a database before we start on it: that it can be written, and that its clock and ours agree."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, func, select, text

from bot.core.errors import StoreError
from bot.store.migrate import VERSIONS
from bot.store.sentences import spoken, where
from bot.store.tables import days, events

log = logging.getLogger("mockingbird.store")

BEHIND = timedelta(minutes=5)  # that a clock may lie before the newest instant in the database

_MISSING = text("""
    SELECT kind, relname AS name
    FROM pg_class c, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'USAGE']) AS kind
    WHERE relnamespace = current_schema()::regnamespace
    AND CASE WHEN relkind IN ('r', 'p') AND kind <> 'USAGE' THEN NOT has_table_privilege(c.oid, kind)
             WHEN relkind = 'S' AND kind = 'USAGE' THEN NOT has_sequence_privilege(c.oid, kind)
             ELSE false END
    ORDER BY relname, kind
""")


def writable(engine: Engine) -> None:
    """Raises StoreError where something stands between us and writing: a right, a file, a server that is read-only."""
    with spoken(engine.url), engine.connect() as connection, connection.begin() as trial:
        if connection.dialect.name == "postgresql":
            _rights(connection)
        connection.execute(text(f"UPDATE {VERSIONS} SET version_num = version_num"))
        trial.rollback()


def _rights(connection: Connection) -> None:
    missing = connection.execute(_MISSING).all()
    if missing:
        first, more = missing[0], len(missing) - 1
        raise StoreError(f"The role {connection.engine.url.username or 'that we are'} has no right to {first.kind} on "
                         f"{first.name}{f' (and {more} rights more are missing)' if more else ''} in "
                         f"{where(connection.engine.url)}. Make it the owner of the tables; docs/operations.md says how."
                         )  # fmt: skip


def compare_clocks(engine: Engine, now: datetime) -> None:
    """Say in the log where the clock that we go by lies before what the database has seen: this machine's `now`, and on
    PostgreSQL the database's own."""
    with spoken(engine.url), engine.connect() as connection:
        whose = "this machine's"
        if connection.dialect.name == "postgresql":
            whose, now = "the database's", connection.execute(select(func.clock_timestamp())).scalar_one()
        last_post = select(days.c.posted).order_by(days.c.id.desc()).limit(1)
        seen = [at for one in (select(func.max(events.c.at)), last_post) if (at := connection.execute(one).scalar())]
    newest = max(seen, default=now)
    if newest - now > BEHIND:
        minutes = round((newest - now).total_seconds() / 60)
        log.warning("%s clock shows %s, %d minutes before the last that the database saw (%s). If it is wrong, set it by "
                    "NTP: until it has caught up, what is due comes late", whose, f"{now:%Y-%m-%d %H:%M} UTC", minutes,
                    f"{newest:%Y-%m-%d %H:%M} UTC")  # fmt: skip
