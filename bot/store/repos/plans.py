"""Runs of a plan, the days posted, and the tasks that members ticked off."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from bot.plan.rules import Run
from bot.store.prepared import Prepared
from bot.store.repos.delivery import new_row
from bot.store.tables import days, done, runs

_latest = Prepared(select(runs).where(runs.c.group_id == bindparam("one")).order_by(runs.c.id.desc()).limit(1))
_claim = Prepared(
    upsert(days).on_conflict_do_nothing(index_elements=["group_id", "date"]),
    "group_id",
    "run_id",
    "day",
    "date",
    "posted",
)
_tick = Prepared(upsert(done).on_conflict_do_nothing(), "run_id", "member_id", "day")
_go_on = Prepared(
    update(runs)
    .where(runs.c.id == bindparam("one"))
    .values(next_day=bindparam("next"), next_date=bindparam("date"), last_day=bindparam("last"))
)


class SqlPlans:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def run(self, group: int) -> Run | None:
        """The group's latest run, whatever its state."""
        found = _latest.one(self._connection, one=group)
        return None if found is None else _run(found)

    def start(self, group: int, plan: str, first: date) -> Run:
        """A new run from its day 1; one under way ends."""
        under_way = (runs.c.group_id == group) & (runs.c.state == "active")
        self._connection.execute(update(runs).where(under_way).values(state="ended"))
        row = {"plan": plan, "state": "active", "next_day": 1, "next_date": first, "last_day": 0}
        id = new_row(self._connection, runs, group_id=group, started=self._now, **row)
        return Run(id, group, plan, "active", 1, first)

    def go_on(self, run: int, next_day: int, next_date: date, last_day: int) -> None:
        _go_on.count(self._connection, one=run, next=next_day, date=next_date, last=last_day)

    def finish(self, run: int) -> bool:
        """The run is through; False where it was already."""
        under_way = (runs.c.id == run) & (runs.c.state == "active")
        return self._connection.execute(update(runs).where(under_way).values(state="finished")).rowcount == 1

    def claim_date(self, run: Run, day: int, nominal: date) -> bool:
        """Take a nominal date for a group's post; False where it was taken."""
        row = {"group_id": run.group, "run_id": run.id, "day": day, "date": nominal, "posted": self._now}
        return _claim.count(self._connection, **row) == 1

    def posted(self, run: int) -> dict[int, date]:
        """Day -> the date at which it was posted."""
        rows = self._connection.execute(select(days.c.day, days.c.date).where(days.c.run_id == run))
        return {row.day: row.date for row in rows}

    def group_dates(self, group: int) -> dict[date, int]:
        """Date -> the day posted at it, over all runs of a group."""
        rows = self._connection.execute(select(days.c.day, days.c.date).where(days.c.group_id == group))
        return {row.date: row.day for row in rows}

    def tick(self, run: int, member: int, day: int) -> bool:
        """The member did the day's tasks; False where they had said so."""
        return _tick.count(self._connection, run_id=run, member_id=member, day=day) == 1

    def ticked(self, run: int, member: int) -> set[int]:
        own = select(done.c.day).where(done.c.run_id == run, done.c.member_id == member)
        return set(self._connection.execute(own).scalars())

    def ticks(self, run: int) -> int:
        """How many days all members together ticked off."""
        return int(self._connection.execute(select(func.count()).where(done.c.run_id == run)).scalar() or 0)


def _run(row: Any) -> Run:
    return Run(row.id, row.group_id, row.plan, row.state, row.next_day, row.next_date, row.last_day)
