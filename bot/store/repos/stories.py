"""STAR stories with their versions, what they show, whom they are shown to, and what peers say of them."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from bot.star.rules import Mark, Sharing, Story, Telling, Version
from bot.store.repos.delivery import new_row
from bot.store.tables import stories, story_marks, story_shares, story_shows, story_versions, tellings

WORDS = ("title", "situation", "task", "action", "result")


class SqlStories:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def of(self, member: int) -> list[Story]:
        """A member's stories, the oldest first."""
        chosen = select(stories).where(stories.c.member_id == member).order_by(stories.c.id)
        return self._stories(self._connection.execute(chosen).all())

    def story(self, id: int) -> Story | None:
        return next(
            iter(self._stories(self._connection.execute(select(stories).where(stories.c.id == id)).all())), None
        )

    def _stories(self, rows: Iterable[Any]) -> list[Story]:
        rows = list(rows)
        ids = [row.id for row in rows]
        shows: dict[int, set[str]] = {id: set() for id in ids}
        for row in self._connection.execute(select(story_shows).where(story_shows.c.story_id.in_(ids))):
            shows[row.story_id].add(row.competency)
        return [_story(row, frozenset(shows[row.id])) for row in rows]

    def add(self, member: int, theme: str, words: dict[str, str]) -> int:
        return new_row(self._connection, stories, member_id=member, theme=theme, updated=self._now, **words)

    def rewrite(self, id: int, words: dict[str, str]) -> None:
        """Change a story; how it read before is kept, unless nothing changed."""
        before = self._connection.execute(select(stories).where(stories.c.id == id)).one()
        old = {name: before._mapping[name] for name in WORDS}
        if old == words:
            return
        new_row(self._connection, story_versions, story_id=id, at=before.updated, **old)
        self._connection.execute(update(stories).where(stories.c.id == id).values(updated=self._now, **words))

    def versions(self, story: int) -> list[Version]:
        """The earlier versions of a story, the oldest first."""
        chosen = select(story_versions).where(story_versions.c.story_id == story).order_by(story_versions.c.id)
        return [_version(row) for row in self._connection.execute(chosen)]

    def show(self, story: int, competencies: Collection[str]) -> None:
        """What a story shows, from now on."""
        self._connection.execute(delete(story_shows).where(story_shows.c.story_id == story))
        rows = [{"story_id": story, "competency": one} for one in sorted(competencies)]
        if rows:
            self._connection.execute(insert(story_shows), rows)

    def sharing(self, story: int) -> Sharing | None:
        """The latest post of a story; None where it was never shared."""
        found = self._connection.execute(select(story_shares).where(story_shares.c.story_id == story)).one_or_none()
        return None if found is None else Sharing(found.key, found.open)

    def share(self, story: int, key: str) -> bool:
        """Open a story to its group; False where it is open already."""
        put = upsert(story_shares).values(story_id=story, key=key, open=True)
        shut = story_shares.c.open.is_(False)
        put = put.on_conflict_do_update(index_elements=["story_id"], set_={"key": key, "open": True}, where=shut)
        return self._connection.execute(put.returning(story_shares.c.story_id)).first() is not None

    def take_back(self, story: int) -> bool:
        """Close it again; False where it is closed."""
        shared = (story_shares.c.story_id == story) & story_shares.c.open
        return self._connection.execute(update(story_shares).where(shared).values(open=False)).rowcount == 1

    def marks(self, story: int) -> list[Mark]:
        """The latest mark of each peer, the first given first."""
        chosen = select(story_marks).where(story_marks.c.story_id == story).order_by(story_marks.c.id)
        return [_mark(row) for row in self._connection.execute(chosen)]

    def mark(self, mark: Mark) -> None:
        """Keep what a peer says; it takes the place of what they said before."""
        values = {"version": mark.version, "levels": json.dumps(dict(mark.levels)), "number": mark.number,
                  "comment": mark.comment}  # fmt: skip
        put = upsert(story_marks).values(story_id=mark.story, member_id=mark.member, **values)
        put = put.on_conflict_do_update(index_elements=["story_id", "member_id"], set_=values)
        self._connection.execute(put)

    def told(self, member: int) -> list[Telling]:
        """What a member practised, the oldest first."""
        chosen = select(tellings).where(tellings.c.member_id == member).order_by(tellings.c.id)
        return [Telling(row.prompt, row.story_id) for row in self._connection.execute(chosen)]

    def tell(self, member: int, one: Telling) -> None:
        new_row(self._connection, tellings, member_id=member, prompt=one.prompt, story_id=one.story)

    def reach(self, members: Collection[int]) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """Theme -> how many of these members have a story on it, and the same for competencies."""
        own = stories.c.member_id.in_(list(members))
        heads = func.count(stories.c.member_id.distinct())
        themes = select(stories.c.theme, heads).where(own).group_by(stories.c.theme)
        shown = select(story_shows.c.competency, heads).select_from(story_shows.join(stories)).where(own)
        shown = shown.group_by(story_shows.c.competency)
        return _counts(self._connection.execute(themes)), _counts(self._connection.execute(shown))


def _counts(rows: Iterable[Any]) -> dict[str, int]:
    return {row[0]: row[1] for row in rows}


def _story(row: Any, shows: frozenset[str]) -> Story:
    return Story(row.id, row.member_id, row.theme, row.title, row.situation, row.task, row.action, row.result,
                 row.updated, shows)  # fmt: skip


def _version(row: Any) -> Version:
    return Version(row.id, row.story_id, {name: row._mapping[name] for name in WORDS}, row.at)


def _mark(row: Any) -> Mark:
    return Mark(row.story_id, row.member_id, row.version, json.loads(row.levels), row.number, row.comment)
