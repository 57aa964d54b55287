"""Rounds and answers with their parts and versions."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from bot.core.events import Place
from bot.rounds.rules import Answer, Part, Round, RoundKind, compose
from bot.store.prepared import Prepared
from bot.store.tables import OPEN_DAILY, answers, groups, parts, rounds, versions

_put = Prepared(insert(rounds), *(name for name in rounds.c.keys() if name != "id"), id=rounds.c.id)  # noqa: SIM118
_one = Prepared(select(rounds).where(rounds.c.id == bindparam("one")))
# What a partial index says is repeated to the letter: as a parameter SQLite would look at it, and plan the statement anew,
# at each execution.
_by_thread = Prepared(
    select(rounds)
    .join(groups, groups.c.id == rounds.c.group_id)
    .where(
        text("rounds.thread <> ''"),
        rounds.c.thread == bindparam("in_thread"),
        groups.c.platform == bindparam("on"),
        groups.c.workspace == bindparam("work"),
        groups.c.channel == bindparam("chan"),
    )
)
_daily_round = (rounds.c.group_id == bindparam("one")) & text("rounds.kind = 'daily'")
_open_daily = Prepared(
    select(rounds).where(rounds.c.group_id == bindparam("one"), text(OPEN_DAILY)).order_by(rounds.c.id)
)
_daily = Prepared(select(rounds.c.question, rounds.c.closed).where(_daily_round))
_asked = Prepared(select(rounds.c.question).where(_daily_round).order_by(rounds.c.id))
_mine = Prepared(select(answers).where(answers.c.round_id == bindparam("one"), answers.c.member_id == bindparam("who")))
_answer = Prepared(select(answers).where(answers.c.id == bindparam("one")))
_of_round = select(answers).where(answers.c.round_id == bindparam("one"), answers.c.text != "")
_given = Prepared(_of_round.order_by(answers.c.at, answers.c.id))
_answer_ids = Prepared(select(answers.c.id).where(answers.c.round_id == bindparam("one")))
_start = Prepared(
    upsert(answers).on_conflict_do_nothing(index_elements=["round_id", "member_id"]),
    *(column.name for column in answers.columns if column.name != "id"),
)
_parts = Prepared(select(parts).where(parts.c.answer_id == bindparam("one")).order_by(parts.c.id))
_part = upsert(parts)
_part = _part.on_conflict_do_update(index_elements=["answer_id", "source"], set_={"text": _part.excluded.text})
_put_part = Prepared(_part, "answer_id", "source", "text")


class SqlRounds:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def open(
        self,
        group: int,
        kind: RoundKind,
        question: str,
        closes: datetime,
        nominal: date,
        *,
        day: int = 0,
        member: int | None = None,
        key: str = "",
    ) -> Round:
        id = _put.added(
            self._connection, group_id=group, kind=kind, question=question, member_id=member, day=day, date=nominal,
            key=key, thread="", opened=self._now, closes=closes, closed=False,
        )  # fmt: skip
        return Round(id, group, kind, question, self._now, closes, nominal, day, member, key)

    def round(self, id: int) -> Round | None:
        found = _one.one(self._connection, one=id)
        return None if found is None else _round(found)

    def in_thread(self, where: Place) -> Round | None:
        """The round whose thread this is."""
        if not where.thread:
            return None
        found = _by_thread.one(
            self._connection, in_thread=where.thread, on=where.platform, work=where.workspace, chan=where.channel
        )
        return None if found is None else _round(found)

    def on(self, group: int, nominal: date) -> Round | None:
        """The daily round of a nominal date."""
        of = (rounds.c.group_id == group) & (rounds.c.kind == "daily") & (rounds.c.date == nominal)
        found = self._connection.execute(select(rounds).where(of).order_by(rounds.c.id.desc()).limit(1)).one_or_none()
        return None if found is None else _round(found)

    def open_daily(self, group: int) -> list[Round]:
        """The daily rounds that still take answers, the oldest first."""
        return [_round(row) for row in _open_daily.all(self._connection, one=group)]

    def landed(self, id: int, thread: str) -> None:
        """The round's post landed, and this is its thread."""
        self._connection.execute(update(rounds).where(rounds.c.id == id).values(thread=thread))

    def close(self, id: int) -> bool:
        """No more answers; False where it was closed already."""
        still = (rounds.c.id == id) & rounds.c.closed.is_(False)
        return self._connection.execute(update(rounds).where(still).values(closed=True)).rowcount == 1

    def daily_questions(self, group: int) -> list[tuple[str, bool]]:
        """The group's questions of the day, each with whether its round is closed."""
        return [(row[0], row[1]) for row in _daily.all(self._connection, one=group)]

    def asked(self, group: int) -> list[str]:
        """Ids of the questions that the group had as its question of the day, the first asked first."""
        return list(_asked.scalars(self._connection, one=group))

    def answer(self, id: int) -> Answer | None:
        found = _answer.one(self._connection, one=id)
        return None if found is None else self._whole(found)

    def answer_of(self, round: int, member: int) -> Answer | None:
        found = _mine.one(self._connection, one=round, who=member)
        return None if found is None else self._whole(found)

    def answers(self, round: int) -> list[Answer]:
        """The answers given in a round, the first given first."""
        return [self._whole(row) for row in _given.all(self._connection, one=round)]

    def answer_ids(self, round: int) -> list[int]:
        """All answers ever begun in a round, also those that are empty: none is added once it is closed."""
        return list(_answer_ids.scalars(self._connection, one=round))

    def holding(self, round: int, source: str) -> Answer | None:
        """The answer in a round that has a part from this source."""
        of = select(answers).join(parts).where(answers.c.round_id == round, parts.c.source == source)
        found = self._connection.execute(of).one_or_none()
        return None if found is None else self._whole(found)

    def begun(self, round: int, member: int) -> Answer:
        """The member's answer in the round, begun where there was none."""
        row = {"round_id": round, "member_id": member, "text": "", "hints": 0, "follow_ups": 0, "level": 0,
               "revealed": False, "edited_after_reveal": False, "at": None, "fed_back": 0, "another_look": False,
               "thanked": False}  # fmt: skip
        _start.count(self._connection, **row)
        return self._whole(_mine.one(self._connection, one=round, who=member))

    def write(self, answer: Answer, source: str, text: str) -> Answer:
        """Put a part of an answer in its place, keep the version, and return the answer as it is then."""
        _put_part.count(self._connection, answer_id=answer.id, source=source, text=text)
        return self._composed(answer)

    def strike(self, answer: Answer, source: str) -> Answer:
        """Take a part of an answer away."""
        gone = (parts.c.answer_id == answer.id) & (parts.c.source == source)
        self._connection.execute(delete(parts).where(gone))
        return self._composed(answer)

    def _composed(self, answer: Answer) -> Answer:
        whole = compose(self._parts(answer.id))
        if whole != answer.text:
            values = {"answer_id": answer.id, "text": whole, "at": self._now}
            self._connection.execute(insert(versions), values)
        late = answer.edited_after_reveal or (answer.revealed and answer.given and whole != answer.text)
        change = update(answers).where(answers.c.id == answer.id)
        change = change.values(text=whole, edited_after_reveal=late, at=func.coalesce(answers.c.at, self._now_micro()))
        return self._whole(self._connection.execute(change.returning(answers)).one())

    def _now_micro(self) -> Any:
        return bindparam("first_at", self._now, type_=answers.c.at.type, unique=True)

    def mark(self, answer: int, **values: int | bool) -> None:
        """Set `hints`, `follow_ups`, `level` or `revealed` of an answer."""
        self._connection.execute(update(answers).where(answers.c.id == answer).values(**values))

    def versions(self, answer: int) -> list[str]:
        """All texts that the answer had, the oldest first."""
        of = select(versions.c.text).where(versions.c.answer_id == answer).order_by(versions.c.id)
        return list(self._connection.execute(of).scalars())

    def given_by(self, member: int) -> int:
        """How many answers a member has given."""
        of = select(func.count()).where(answers.c.member_id == member, answers.c.text != "")
        return int(self._connection.execute(of).scalar() or 0)

    def given_in(self, group: int, since: date = date.min) -> int:
        """How many answers to its questions of the day, from the date `since` on, a group has given."""
        of = select(func.count()).select_from(answers.join(rounds))
        of = of.where(rounds.c.group_id == group, rounds.c.kind == "daily", answers.c.text != "")
        of = of.where(rounds.c.date >= since)
        return int(self._connection.execute(of).scalar() or 0)

    def _parts(self, answer: int) -> tuple[Part, ...]:
        return tuple(Part(row.source, row.text) for row in _parts.all(self._connection, one=answer))

    def _whole(self, row: Any) -> Answer:
        return Answer(
            row.id,
            row.round_id,
            row.member_id,
            row.text,
            row.hints,
            row.follow_ups,
            row.level,
            row.revealed,
            row.edited_after_reveal,
            self._parts(row.id),
        )


def _round(row: Any) -> Round:
    return Round(row.id, row.group_id, row.kind, row.question, row.opened, row.closes, row.date, row.day,
                 row.member_id, row.key, row.thread, row.closed)  # fmt: skip
