"""What most Slack bots are: bolt as its guide has it, with nothing behind it, or with an async ORM on aiosqlite."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bench.slack_callers import SECRET, user_of


async def _authorize(**_: Any) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id="T0STUDY", bot_token="xoxb-study", bot_id="B1", bot_user_id="U1")


def _app() -> AsyncApp:
    return AsyncApp(signing_secret=SECRET, authorize=_authorize)


def idle() -> AsyncSlackRequestHandler:
    """Bolt that does nothing but answer."""
    app = _app()

    @app.command("/mock")
    async def mock(ack: AsyncAck) -> None:
        await ack("Here is a question.")

    return AsyncSlackRequestHandler(app)


class _Base(DeclarativeBase):
    pass


class Event(_Base):
    __tablename__ = "event"
    id: Mapped[str] = mapped_column(primary_key=True)


class Member(_Base):
    __tablename__ = "member"
    id: Mapped[int] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(unique=True)


class Round(_Base):
    __tablename__ = "round"
    id: Mapped[int] = mapped_column(primary_key=True)
    member: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    question: Mapped[str]


@asynccontextmanager
async def orm(url: str, callers: int) -> AsyncIterator[AsyncSlackRequestHandler]:
    """Bolt whose `/mock` is one transaction of an async ORM: the event's id, two selects, two inserts in all, commit."""
    engine = create_async_engine(url, connect_args={"timeout": 30})
    async with engine.begin() as connection:
        await connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        await connection.run_sync(_Base.metadata.create_all)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    async with sessions() as session, session.begin():
        session.add_all(Member(user=user_of(number)) for number in range(callers))
    app = _app()

    @app.command("/mock")
    async def mock(ack: AsyncAck, body: dict[str, Any]) -> None:
        async with sessions() as session, session.begin():
            await _deal(session, body)
        await ack("Here is a question.")

    try:
        yield AsyncSlackRequestHandler(app)
    finally:
        await engine.dispose()


async def _deal(session: AsyncSession, body: dict[str, Any]) -> None:
    session.add(Event(id=body["trigger_id"]))
    member = (await session.execute(select(Member).where(Member.user == body["user_id"]))).scalar_one()
    seen = (await session.execute(select(func.count()).where(Round.member == member.id))).scalar_one()
    session.add(Round(member=member.id, question=f"question-{seen}"))
