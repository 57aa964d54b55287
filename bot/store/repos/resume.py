"""Bullets of resumes, the answers that stay with them, and what peers ask in their threads."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from bot.core.events import Place
from bot.resume.rules import Bullet, Line
from bot.store.prepared import Prepared
from bot.store.repos.delivery import new_row
from bot.store.tables import bullet_answers, bullet_talk, bullets, groups, members

# Every message in a thread is looked up here. The predicate is repeated to the letter, for the partial index.
_by_thread = Prepared(
    select(bullets)
    .join(members, members.c.id == bullets.c.member_id)
    .join(groups, groups.c.id == members.c.group_id)
    .where(
        text("bullets.thread <> ''"),
        bullets.c.thread == bindparam("in_thread"),
        groups.c.platform == bindparam("on"),
        groups.c.workspace == bindparam("work"),
        groups.c.channel == bindparam("chan"),
    )
)


class SqlBullets:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def of(self, member: int) -> list[Bullet]:
        """A member's bullets, the oldest first."""
        chosen = select(bullets).where(bullets.c.member_id == member).order_by(bullets.c.id)
        return [_bullet(row) for row in self._connection.execute(chosen)]

    def bullet(self, id: int) -> Bullet | None:
        found = self._connection.execute(select(bullets).where(bullets.c.id == id)).one_or_none()
        return None if found is None else _bullet(found)

    def in_thread(self, where: Place) -> Bullet | None:
        """The bullet whose thread this is, shared or not any more."""
        if not where.thread:
            return None
        found = _by_thread.one(
            self._connection, in_thread=where.thread, on=where.platform, work=where.workspace, chan=where.channel
        )
        return None if found is None else _bullet(found)

    def add(self, member: int, text: str) -> int:
        row = {"member_id": member, "text": text, "added": self._now, "key": "", "shared": False, "thread": ""}
        return new_row(self._connection, bullets, **row)

    def rewrite(self, id: int, text: str) -> None:
        """Change a bullet; its answers stay."""
        self._set(id, text=text)

    def remove(self, id: int) -> None:
        """Take a bullet away, with its answers and its talk."""
        self._connection.execute(delete(bullets).where(bullets.c.id == id))

    def share(self, id: int, key: str) -> bool:
        """Open a bullet to its group; False where it is open already."""
        shut = (bullets.c.id == id) & bullets.c.shared.is_(False)
        change = update(bullets).where(shut).values(shared=True, key=key, thread="")
        return self._connection.execute(change).rowcount == 1

    def take_back(self, id: int) -> bool:
        """Close it again; False where it is closed."""
        open_ = (bullets.c.id == id) & bullets.c.shared
        return self._connection.execute(update(bullets).where(open_).values(shared=False)).rowcount == 1

    def landed(self, id: int, thread: str) -> None:
        """The bullet's post landed, and this is its thread."""
        self._set(id, thread=thread)

    def _set(self, id: int, **values: str) -> None:
        self._connection.execute(update(bullets).where(bullets.c.id == id).values(**values))

    def answers(self, member: int) -> dict[int, dict[str, str]]:
        """Bullet -> what was asked -> the answer, for all bullets of a member."""
        chosen = select(bullet_answers).join(bullets).where(bullets.c.member_id == member).order_by(bullet_answers.c.id)
        found: dict[int, dict[str, str]] = {}
        for row in self._connection.execute(chosen):
            found.setdefault(row.bullet_id, {})[row.asked] = row.text
        return found

    def answer(self, bullet: int, asked: str, text: str) -> None:
        """Keep an answer; it takes the place of the one before."""
        put = upsert(bullet_answers).values(bullet_id=bullet, asked=asked, text=text, at=self._now)
        put = put.on_conflict_do_update(index_elements=["bullet_id", "asked"], set_={"text": text, "at": self._now})
        self._connection.execute(put)

    def talk(self, member: int) -> dict[int, list[Line]]:
        """Bullet -> what was said in its thread, the first first, for all bullets of a member."""
        chosen = select(bullet_talk).join(bullets, bullets.c.id == bullet_talk.c.bullet_id)
        chosen = chosen.where(bullets.c.member_id == member).order_by(bullet_talk.c.id)
        found: dict[int, list[Line]] = {}
        for row in self._connection.execute(chosen):
            found.setdefault(row.bullet_id, []).append(_line(row))
        return found

    def lines(self, bullet: int) -> int:
        """How much was said in a bullet's thread."""
        counted = select(func.count()).select_from(bullet_talk).where(bullet_talk.c.bullet_id == bullet)
        return int(self._connection.execute(counted).scalar() or 0)

    def say(self, bullet: int, member: int, source: str, text: str) -> None:
        """Keep what was said; a message that is known already says this now."""
        put = upsert(bullet_talk).values(bullet_id=bullet, member_id=member, source=source, text=text, at=self._now)
        put = put.on_conflict_do_update(index_elements=["bullet_id", "source"], set_={"text": text})
        self._connection.execute(put)

    def said(self, bullet: int, source: str) -> bool:
        """Whether a message is kept."""
        own = (bullet_talk.c.bullet_id == bullet) & (bullet_talk.c.source == source)
        return self._connection.execute(select(bullet_talk.c.id).where(own)).one_or_none() is not None

    def strike(self, bullet: int, source: str) -> None:
        """A message was deleted: it goes here, too."""
        own = (bullet_talk.c.bullet_id == bullet) & (bullet_talk.c.source == source)
        self._connection.execute(delete(bullet_talk).where(own))


def _bullet(row: Any) -> Bullet:
    return Bullet(row.id, row.member_id, row.text, row.key, row.shared, row.thread)


def _line(row: Any) -> Line:
    return Line(row.id, row.bullet_id, row.member_id, row.source, row.text, row.at)
