"""Members' whole onsites and their rounds."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot.loop.rules import Loop, Pace, Part, State
from bot.store.repos.delivery import new_row
from bot.store.tables import loop_rounds, loops


class SqlLoops:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def start(self, group: int, member: int, pace: Pace, stages: Sequence[str]) -> Loop:
        """A new loop of these stages, none begun."""
        row = {"group_id": group, "member_id": member, "pace": pace, "state": "active", "begun": self._now,
               "touched": self._now}  # fmt: skip
        id = new_row(self._connection, loops, **row)
        parts = [_row(Part(id, number, stage)) for number, stage in enumerate(stages, start=1)]
        self._connection.execute(insert(loop_rounds), parts)
        return Loop(id, group, member, pace, "active", self._now, self._now)

    def loop(self, id: int) -> Loop | None:
        found = self._connection.execute(select(loops).where(loops.c.id == id)).one_or_none()
        return None if found is None else _loop(found)

    def active_of(self, member: int) -> Loop | None:
        """The loop that a member is in."""
        return self._last(member, "active")

    def last_done(self, member: int) -> Loop | None:
        """The loop that a member went through last."""
        return self._last(member, "done")

    def _last(self, member: int, state: State) -> Loop | None:
        of = select(loops).where(loops.c.member_id == member, loops.c.state == state).order_by(loops.c.id.desc())
        found = self._connection.execute(of.limit(1)).one_or_none()
        return None if found is None else _loop(found)

    def all(self, group: int) -> list[Loop]:
        """Every loop that was begun in a group."""
        of = select(loops).where(loops.c.group_id == group).order_by(loops.c.id)
        return [_loop(row) for row in self._connection.execute(of)]

    def turn(self, id: int, before: State, after: State) -> bool:
        """Put a loop in another state; False where it was in another one already."""
        held = (loops.c.id == id) & (loops.c.state == before)
        return self._connection.execute(update(loops).where(held).values(state=after)).rowcount == 1

    def parts(self, loop: int) -> list[Part]:
        """The loop's rounds in order."""
        of = select(loop_rounds).where(loop_rounds.c.loop_id == loop).order_by(loop_rounds.c.number)
        return [_part(row) for row in self._connection.execute(of)]

    def part_of(self, round: int) -> Part | None:
        """The part whose question a round asks."""
        found = self._connection.execute(select(loop_rounds).where(loop_rounds.c.round_id == round)).one_or_none()
        return None if found is None else _part(found)

    def keep(self, part: Part) -> None:
        """A part as it is now; its loop was touched."""
        own = (loop_rounds.c.loop_id == part.loop) & (loop_rounds.c.number == part.number)
        self._connection.execute(update(loop_rounds).where(own).values(**_row(part)))
        self._connection.execute(update(loops).where(loops.c.id == part.loop).values(touched=self._now))


def _row(part: Part) -> dict[str, Any]:
    return {"loop_id": part.loop, "number": part.number, "stage": part.stage, "round_id": part.round,
            "state": part.state, "late": part.late, "levels": json.dumps(dict(part.levels)),
            "points": json.dumps(part.points), "flags": json.dumps(part.flags), "change": part.change}  # fmt: skip


def _loop(row: Any) -> Loop:
    return Loop(row.id, row.group_id, row.member_id, row.pace, row.state, row.begun, row.touched)


def _part(row: Any) -> Part:
    return Part(row.loop_id, row.number, row.stage, row.state, row.round_id, bool(row.late), json.loads(row.levels),
                tuple(json.loads(row.points)), tuple(json.loads(row.flags)), row.change)  # fmt: skip
