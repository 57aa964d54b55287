"""The bot as most would write it: SQLAlchemy's async ORM on aiosqlite, mapped classes, one AsyncSession a command.

The tables, WAL and synchronous=FULL are ours, the pool is SQLAlchemy's own; nobody gives up before two minutes, so that
every command is counted.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from bot.store import tables

PATIENCE = 120  # seconds to wait for a connection, and for SQLite's lock


class Base(DeclarativeBase):
    metadata = tables.metadata


class GroupRow(Base):
    __table__ = tables.groups


class MemberRow(Base):
    __table__ = tables.members


class RoundRow(Base):
    __table__ = tables.rounds


class RecallRow(Base):
    __table__ = tables.recall


class TimerRow(Base):
    __table__ = tables.timers


class EventRow(Base):
    __table__ = tables.events


class DeliveryRow(Base):
    __table__ = tables.deliveries


def usual_engine(path: Path) -> AsyncEngine:
    """An engine on a file that has the bot's tables."""
    url, patience = f"sqlite+aiosqlite:///{path}", {"timeout": PATIENCE}
    engine = create_async_engine(url, connect_args=patience, pool_timeout=PATIENCE)
    event.listen(engine.sync_engine, "connect", _pragmas)
    return engine


def _pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
