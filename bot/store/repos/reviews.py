"""Assignments of reviewers to answers, the reviews that they wrote, and the samples that they practised on."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from bot.practice.rules import Practised
from bot.review.rules import Assignment, PartReview, Review, Standing, State
from bot.store.prepared import Prepared
from bot.store.repos.delivery import new_row
from bot.store.tables import answers, assignments, members, part_reviews, practised, reviews, rounds

RECENT = timedelta(days=14)  # the load and the lapses that a dealing looks back on
_one = Prepared(select(assignments).where(assignments.c.id == bindparam("one")))
_of_answer = Prepared(select(assignments).where(assignments.c.answer_id == bindparam("one")).order_by(assignments.c.id))
_open = select(assignments).where(assignments.c.reviewer_id == bindparam("one"), assignments.c.state == "open")
_mine = Prepared(_open.order_by(assignments.c.due, assignments.c.id))
_dealt = upsert(assignments).on_conflict_do_nothing(index_elements=["answer_id", "reviewer_id"])
_deal = Prepared(
    _dealt.returning(assignments), "answer_id", "reviewer_id", "state", "dealt", "due", "backfill", "levels"
)


class SqlReviews:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def deal(self, answer: int, reviewer: int, due: datetime, backfill: bool = False) -> Assignment | None:
        """Deal an answer to a reviewer; None where they were dealt it before."""
        row = {"answer_id": answer, "reviewer_id": reviewer, "state": "open", "dealt": self._now, "due": due,
               "backfill": backfill, "levels": "{}"}  # fmt: skip
        dealt = _deal.one(self._connection, **row)
        return None if dealt is None else _assignment(dealt)

    def assignment(self, id: int) -> Assignment | None:
        found = _one.one(self._connection, one=id)
        return None if found is None else _assignment(found)

    def of_answer(self, answer: int) -> list[Assignment]:
        return [_assignment(row) for row in _of_answer.all(self._connection, one=answer)]

    def mine(self, member: int) -> list[Assignment]:
        """The open assignments of a member, the one due first first."""
        return [_assignment(row) for row in _mine.all(self._connection, one=member)]

    def turn(self, id: int, before: State, after: State) -> bool:
        """Move an assignment from one state to another; False where it is in another one already."""
        held = (assignments.c.id == id) & (assignments.c.state == before)
        return self._connection.execute(update(assignments).where(held).values(state=after)).rowcount == 1

    def withdraw(self, answer: int) -> list[int]:
        """Take an answer's open assignments back; their reviewers."""
        held = (assignments.c.answer_id == answer) & (assignments.c.state == "open")
        change = update(assignments).where(held).values(state="withdrawn").returning(assignments.c.reviewer_id)
        return list(self._connection.execute(change).scalars())

    def draft(self, id: int, levels: Mapping[str, int]) -> None:
        """Keep the levels of the first step."""
        change = update(assignments).where(assignments.c.id == id).values(levels=json.dumps(dict(levels)))
        self._connection.execute(change)

    def write(self, review: Review) -> bool:
        """Keep a review; False where this assignment has one."""
        row = {"assignment_id": review.assignment, "levels": json.dumps(dict(review.levels)), "at": self._now,
               "points": json.dumps(review.points), "flags": json.dumps(review.flags), "keep": review.keep,
               "change": review.change}  # fmt: skip
        put = upsert(reviews).values(**row).on_conflict_do_nothing(index_elements=["assignment_id"])
        return self._connection.execute(put.returning(reviews.c.id)).first() is not None

    def reviews(self, answer: int) -> list[Review]:
        """The reviews of an answer, the first written first."""
        of = (
            select(reviews, assignments.c.reviewer_id)
            .select_from(reviews.join(assignments))
            .where(assignments.c.answer_id == answer)
        )
        return [_review(row) for row in self._connection.execute(of.order_by(reviews.c.id))]

    def mark_parts(self, review: PartReview) -> None:
        """Keep what a reviewer says of a design's parts, in place of what they said before."""
        row = {"assignment_id": review.assignment, "solid": json.dumps(review.solid), "thin": json.dumps(review.thin),
               "note": review.note}  # fmt: skip
        put = upsert(part_reviews).values(**row)
        self._connection.execute(put.on_conflict_do_update(index_elements=["assignment_id"], set_=row))

    def parts(self, assignment: int) -> PartReview | None:
        """What a reviewer said of a design's parts."""
        of = select(part_reviews).where(part_reviews.c.assignment_id == assignment)
        row = self._connection.execute(of).one_or_none()
        if row is None:
            return None
        return PartReview(row.assignment_id, tuple(json.loads(row.solid)), tuple(json.loads(row.thin)), row.note)

    def levels_of(self, author: int) -> dict[str, list[int]]:
        """Criterion -> the levels that a member's answers were given."""
        written = reviews.join(assignments).join(answers, answers.c.id == assignments.c.answer_id)
        of = select(reviews.c.levels).select_from(written)
        found: dict[str, list[int]] = {}
        for levels in self._connection.execute(of.where(answers.c.member_id == author)).scalars():
            for criterion, level in json.loads(levels).items():
                found.setdefault(criterion, []).append(level)
        return found

    def written_by(self, member: int) -> int:
        of = select(func.count()).select_from(reviews.join(assignments)).where(assignments.c.reviewer_id == member)
        return int(self._connection.execute(of).scalar() or 0)

    def written_in(self, group: int, since: date = date.min) -> int:
        """How many reviews a group has written of answers to questions asked from the date `since` on."""
        of = reviews.join(assignments).join(answers, answers.c.id == assignments.c.answer_id)
        of = of.join(rounds, rounds.c.id == answers.c.round_id)
        counted = select(func.count()).select_from(of).where(rounds.c.group_id == group, rounds.c.date >= since)
        return int(self._connection.execute(counted).scalar() or 0)

    def standing(self, group: int) -> Standing:
        """What the group's dealings so far say about its members."""
        of = select(
            assignments.c.reviewer_id,
            answers.c.member_id,
            assignments.c.state,
            assignments.c.dealt,
            assignments.c.backfill,
        ).select_from(assignments.join(answers).join(rounds))
        pairs: dict[tuple[int, int], int] = {}
        stepped_in: dict[int, float] = {}
        lapsed: dict[int, int] = {}
        for row in self._connection.execute(of.where(rounds.c.group_id == group)):
            pair = (row.reviewer_id, row.member_id)
            pairs[pair] = pairs.get(pair, 0) + 1
            if row.dealt >= self._now - RECENT:
                stepped_in[row.reviewer_id] = stepped_in.get(row.reviewer_id, 0.0) + row.backfill
                lapsed[row.reviewer_id] = lapsed.get(row.reviewer_id, 0) + (row.state == "lapsed")
        loads = self._connection.execute(select(members.c.id, members.c.load).where(members.c.group_id == group))
        return Standing(pairs, {row.id: row.load for row in loads}, stepped_in, lapsed)

    def shift_load(self, shares: Mapping[int, float]) -> None:
        """Add to each member's load what a dealing gave them beyond their fair share."""
        for member, share in shares.items():
            change = update(members).where(members.c.id == member).values(load=members.c.load + share)
            self._connection.execute(change)

    def mark(self, answer: int, **values: int | bool) -> None:
        """Set `fed_back`, `another_look` or `thanked` of an answer."""
        self._connection.execute(update(answers).where(answers.c.id == answer).values(**values))

    def once(self, answer: int, what: str) -> bool:
        """Set `another_look` or `thanked`; False where it was set."""
        column = answers.c[what]
        still = (answers.c.id == answer) & column.is_(False)
        return self._connection.execute(update(answers).where(still).values({what: True})).rowcount == 1

    def fed_back(self, answer: int) -> int:
        """How many reviews the author's last card held."""
        found = self._connection.execute(select(answers.c.fed_back).where(answers.c.id == answer)).scalar()
        return int(found or 0)


class SqlPractice:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, member: int) -> list[Practised]:
        """What a member practised on, the oldest first."""
        chosen = select(practised).where(practised.c.member_id == member).order_by(practised.c.id)
        return [Practised(row.question, row.number, json.loads(row.levels)) for row in self._connection.execute(chosen)]

    def keep(self, member: int, one: Practised) -> None:
        levels = json.dumps(dict(one.levels))
        new_row(self._connection, practised, member_id=member, question=one.question, number=one.number, levels=levels)


def _assignment(row: Any) -> Assignment:
    return Assignment(row.id, row.answer_id, row.reviewer_id, row.state, row.dealt, row.due, row.backfill,
                      json.loads(row.levels))  # fmt: skip


def _review(row: Any) -> Review:
    return Review(row.assignment_id, row.reviewer_id, json.loads(row.levels), tuple(json.loads(row.points)),
                  tuple(json.loads(row.flags)), row.keep, row.change)  # fmt: skip
