"""What members remember, one row a member and family."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert as upsert

from bot.mock.rules import PASSING, Memory, Recall
from bot.store.prepared import Prepared, tuples
from bot.store.tables import members, recall

MARK = ","  # between the names of families, which have none

_gaps = (
    select(recall.c.family, func.count())
    .join(members, members.c.id == recall.c.member_id)
    .where(members.c.group_id == bindparam("one"), members.c.active.is_(True), recall.c.due <= bindparam("now"))
    .group_by(recall.c.family)
)
_seen = (
    select(recall.c.question)
    .distinct()
    .join(members, members.c.id == recall.c.member_id)
    .where(members.c.group_id == bindparam("one"), members.c.active.is_(True))
)
_of_member = select(*(recall.c[name] for name in Recall._fields)).where(recall.c.member_id == bindparam("one"))
_all = Prepared(_of_member, make=tuples(Recall))
_one = Prepared(_of_member.where(recall.c.family == bindparam("of")), make=tuples(Recall))
_longest_due = _of_member.where(recall.c.due <= bindparam("now")).order_by(recall.c.due, recall.c.family)
_due = Prepared(_longest_due, make=tuples(Recall))
# In one row: SQLite's driver lets go of the interpreter at each row, and a member may have hundreds. The mark is no
# parameter, which SQLAlchemy would put in only when it executes.
_mark: Any = literal_column(f"'{MARK}'")
_met = Prepared(
    select(
        func.aggregate_strings(recall.c.family, _mark),
        func.coalesce(func.sum(case((recall.c.level >= PASSING, 1), else_=0)), 0),
        func.min(recall.c.due),
    ).where(recall.c.member_id == bindparam("one"))
)
_kept = upsert(recall)
_kept = _kept.on_conflict_do_update(
    index_elements=["member_id", "family"],
    set_={name: _kept.excluded[name] for name in ("question", "level", "seen", "due", "memory")},
)
_remember = Prepared(_kept, "member_id", "family", "question", "level", "seen", "due", "memory")


class SqlMemory(Memory):
    """A member's memory. A family is one row, a look at them all is another; all is read where all is asked for."""

    def __init__(self, connection: Connection, member: int) -> None:
        self._connection = connection
        self._member = member
        self._found: dict[str, Recall] = {}
        self._whole = False  # whether all was read
        self._look: tuple[frozenset[str], int, datetime | None] | None = None

    def __getitem__(self, family: str) -> Recall:
        if family not in self._found:
            known = not self._whole and (self._look is None or family in self._look[0])
            one: Recall | None = _one.one(self._connection, one=self._member, of=family) if known else None
            if one is None:
                raise KeyError(family)
            self._found[family] = one
        return self._found[family]

    def __contains__(self, family: object) -> bool:
        return family in self.families()

    def __iter__(self) -> Iterator[str]:
        if not self._whole:
            self._found = {one.family: one for one in _all.all(self._connection, one=self._member)}
            self._whole = True
        return iter(self._found)

    def __len__(self) -> int:
        return len(self.families())

    def families(self) -> frozenset[str]:
        return self._looked()[0]

    def passed(self) -> int:
        return self._looked()[1]

    def due(self, now: datetime) -> list[Recall]:
        first = self._looked()[2]
        return [] if first is None or first > now else _due.all(self._connection, one=self._member, now=now)

    def _looked(self) -> tuple[frozenset[str], int, datetime | None]:
        if self._look is None:
            names, passed, first = _met.one(self._connection, one=self._member)
            self._look = frozenset(names.split(MARK)) if names else frozenset(), passed, first
        return self._look


class SqlRecall:
    """What members remember, one row a member and family."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def memory(self, member: int) -> Memory:
        return SqlMemory(self._connection, member)

    def keep(self, member: int, one: Recall) -> None:
        _remember.count(self._connection, member_id=member, family=one.family, question=one.question, level=one.level,
                        seen=one.seen, due=one.due, memory=one.memory)  # fmt: skip

    def gaps(self, group: int, now: datetime) -> dict[str, float]:
        """Family -> how many members of a group have it due again."""
        rows = self._connection.execute(_gaps, {"one": group, "now": now})
        return {family: float(count) for family, count in rows}

    def seen(self, group: int) -> set[str]:
        """The questions that an active member of a group has met last in their family."""
        return set(self._connection.execute(_seen, {"one": group}).scalars())
