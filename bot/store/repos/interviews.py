"""Members' own interviews, what they were asked there, and all questions that a group can be asked."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from bot.catalog import Catalog, Question
from bot.interview.rules import Interview, PassedOn, State, as_question, own_number
from bot.store.packed import Packed
from bot.store.prepared import Prepared
from bot.store.repos.delivery import new_row
from bot.store.tables import interviews, members, passed_on

MOST_OWN = 200  # questions of a group's own that are asked: the latest

_interviews, _passed = Packed(*interviews.c), Packed(*passed_on.c)
_coming = Prepared(
    select(_interviews.column)
    .where(interviews.c.member_id == bindparam("one"), interviews.c.at >= bindparam("since"))
    .order_by(interviews.c.at, interviews.c.id),
    make=_interviews.row,
)
_shared = Prepared(
    select(_passed.column)
    .where(passed_on.c.group_id == bindparam("one"), passed_on.c.shared.is_(True))
    .order_by(passed_on.c.id.desc())
    .limit(MOST_OWN),
    make=_passed.row,
)
_near = (
    select(interviews)
    .join(members, members.c.id == interviews.c.member_id)
    .where(members.c.group_id == bindparam("one"), members.c.active.is_(True), interviews.c.state == "coming")
    .where(interviews.c.at > bindparam("since"), interviews.c.at <= bindparam("until"))
    .order_by(interviews.c.id)
)


class SqlInterviews:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, member: int, since: datetime) -> list[Interview]:
        """A member's interviews from an instant on, in their order."""
        return [_interview(row) for row in _coming.all(self._connection, one=member, since=since)]

    def interview(self, id: int) -> Interview | None:
        found = self._connection.execute(select(interviews).where(interviews.c.id == id)).one_or_none()
        return None if found is None else _interview(found)

    def near(self, group: int, since: datetime, until: datetime) -> list[Interview]:
        """The interviews of a group's active members that come between two instants."""
        rows = self._connection.execute(_near, {"one": group, "since": since, "until": until})
        return [_interview(row) for row in rows]

    def add(self, member: int, company: str, role: str, stage: str, at: datetime, zone: str) -> Interview:
        row = {"company": company, "role": role, "stage": stage, "at": at, "zone": zone, "state": "coming", "moves": 0,
               "ticked": "[]", "sheet": "{}", "felt": ""}  # fmt: skip
        id = new_row(self._connection, interviews, member_id=member, **row)
        return Interview(id, member, company, role, stage, at, zone)

    def move(self, id: int, at: datetime, zone: str) -> None:
        self._set(id, at=at, zone=zone, moves=interviews.c.moves + 1)

    def turn(self, id: int, state: State) -> None:
        self._set(id, state=state)

    def tick(self, id: int, boxes: tuple[str, ...]) -> None:
        self._set(id, ticked=json.dumps(boxes))

    def fill(self, id: int, sheet: Mapping[str, str]) -> None:
        self._set(id, sheet=json.dumps(dict(sheet)))

    def felt(self, id: int, how: str) -> None:
        """How it was; it is over with that."""
        self._set(id, state="done", felt=how)

    def _set(self, id: int, **values: Any) -> None:
        self._connection.execute(update(interviews).where(interviews.c.id == id).values(**values))


class SqlBank:
    """The questions that the content has, and those that a group's members passed on."""

    def __init__(self, connection: Connection, now: datetime, catalog: Catalog) -> None:
        self._connection = connection
        self._now = now
        self._catalog = catalog

    def question(self, id: str) -> Question | None:
        """A question by its id; one that was taken back as well, so that its answers stay readable."""
        number = own_number(id)
        if number is None:
            return self._catalog.questions.get(id)
        one = self.passed_on(number)
        return None if one is None else as_question(one, self._catalog)

    def own(self, group: int) -> list[tuple[Question, int]]:
        """The latest questions that members of a group passed on, each with whose it is."""
        rows = [_passed_on(row) for row in _shared.all(self._connection, one=group)]
        return [(found, row.member) for row in rows if (found := as_question(row, self._catalog)) is not None]

    def passed_on(self, id: int) -> PassedOn | None:
        found = self._connection.execute(select(passed_on).where(passed_on.c.id == id)).one_or_none()
        return None if found is None else _passed_on(found)

    def of_interview(self, interview: int) -> list[PassedOn]:
        """What was asked in an interview, in the order in which it was told."""
        chosen = select(passed_on).where(passed_on.c.interview_id == interview).order_by(passed_on.c.id)
        return [_passed_on(row) for row in self._connection.execute(chosen)]

    def pass_on(self, group: int, interview: Interview, kind: str, level: str, text: str, shared: bool) -> int:
        row = {"member_id": interview.member, "stage": interview.stage, "kind": kind, "level": level, "text": text,
               "shared": shared, "at": self._now}  # fmt: skip
        return new_row(self._connection, passed_on, group_id=group, interview_id=interview.id, **row)

    def take_back(self, id: int) -> None:
        """Nobody is asked it any more."""
        self._connection.execute(update(passed_on).where(passed_on.c.id == id).values(shared=False))


def _interview(row: Any) -> Interview:
    return Interview(row.id, row.member_id, row.company, row.role, row.stage, row.at, row.zone, row.state, row.moves,
                     tuple(json.loads(row.ticked)), json.loads(row.sheet), row.felt)  # fmt: skip


def _passed_on(row: Any) -> PassedOn:
    return PassedOn(row.id, row.group_id, row.interview_id, row.member_id, row.stage, row.kind, row.level, row.text,
                    row.shared)  # fmt: skip
