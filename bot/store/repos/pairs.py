"""Who looks for a partner, the pairs that were made, their turns and scores, and who did not come."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from bot.pair.rules import (
    Chair,
    History,
    Made,
    Pair,
    Request,
    Role,
    Score,
    State,
    Turn,
    TurnState,
    read_spans,
    read_wish,
    spans_text,
    wish_text,
)
from bot.store.prepared import Prepared
from bot.store.repos.delivery import new_row
from bot.store.tables import pair_ghosts, pair_requests, pair_scores, pair_seats, pair_turns, pairs

_waiting = Prepared(
    select(pair_requests).where(pair_requests.c.group_id == bindparam("one")).order_by(pair_requests.c.id)
)
_seats = Prepared(select(pair_seats).where(pair_seats.c.pair_id == bindparam("one")).order_by(pair_seats.c.member_id))
_turns = Prepared(select(pair_turns).where(pair_turns.c.pair_id == bindparam("one")).order_by(pair_turns.c.number))
_of_group = pair_turns.join(pairs, pairs.c.id == pair_turns.c.pair_id)
_turns_in = (
    select(pair_turns.c.pair_id, pairs.c.starts, pair_turns.c.candidate_id, pair_turns.c.interviewer_id)
    .select_from(_of_group)
    .where(pairs.c.group_id == bindparam("one"))
)
_observers = (
    select(pair_seats.c.pair_id, pair_seats.c.member_id)
    .join(pairs, pairs.c.id == pair_seats.c.pair_id)
    .where(pairs.c.group_id == bindparam("one"), pair_seats.c.role == "observer")
)
_open = ("set", "running")


class SqlPairs:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    # Requests -------------------------------------------------------------------------------------------------------

    def ask(self, request: Request) -> Request:
        """Keep a request, in place of the member's earlier one of that kind."""
        row = {"group_id": request.group, "member_id": request.member, "weekly": request.weekly, "asked": request.asked,
               "decide": request.decide, "spans": spans_text(request.spans), "day": request.day,
               "hours": json.dumps(request.hours), "wish": wish_text(request.wish)}  # fmt: skip
        put = upsert(pair_requests).values(**row)
        put = put.on_conflict_do_update(index_elements=["member_id", "weekly"], set_=row)
        return _request(self._connection.execute(put.returning(pair_requests)).one())

    def request(self, id: int) -> Request | None:
        found = self._connection.execute(select(pair_requests).where(pair_requests.c.id == id)).one_or_none()
        return None if found is None else _request(found)

    def requests(self, group: int) -> list[Request]:
        """Who waits in a group, the first to ask first."""
        return [_request(row) for row in _waiting.all(self._connection, one=group)]

    def withdraw(self, request: int) -> None:
        self._connection.execute(delete(pair_requests).where(pair_requests.c.id == request))

    # Pairs ----------------------------------------------------------------------------------------------------------

    def make(self, group: int, made: Made) -> Pair:
        """A pair with its two and its observer."""
        meeting = made.meeting
        row = {"group_id": group, "state": "set", "made": self._now, "starts": meeting.starts}
        id = new_row(self._connection, pairs, **row)
        roles: list[tuple[Role, Request | None]] = [
            ("first", meeting.first), ("second", meeting.second), ("observer", made.observer)]  # fmt: skip
        for role, request in roles:
            if request is not None:
                seat = {"pair_id": id, "member_id": request.member, "role": role, "here": False,
                        "wish": wish_text(request.wish), "spans": spans_text(request.spans)}  # fmt: skip
                self._connection.execute(pair_seats.insert().values(**seat))
        return Pair(id, group, "set", self._now, meeting.starts, self._chairs(id))

    def pair(self, id: int) -> Pair | None:
        found = self._connection.execute(select(pairs).where(pairs.c.id == id)).one_or_none()
        return None if found is None else self._whole(found)

    def open_of(self, member: int) -> list[Pair]:
        """The pairs that a member is in and that are not over, the next first."""
        seats = (pair_seats.c.member_id == member) & (pair_seats.c.role != "left")
        of = select(pairs).join(pair_seats).where(seats, pairs.c.state.in_(_open)).order_by(pairs.c.starts, pairs.c.id)
        return [self._whole(row) for row in self._connection.execute(of)]

    def all(self, group: int) -> list[Pair]:
        """Every pair that was made in a group, the first made first."""
        of = select(pairs).where(pairs.c.group_id == group).order_by(pairs.c.id)
        return [self._whole(row) for row in self._connection.execute(of)]

    def turn_to(self, pair: int, before: Sequence[State], after: State) -> bool:
        """Put a pair in another state; False where it was in none of those before."""
        held = (pairs.c.id == pair) & pairs.c.state.in_(before)
        return self._connection.execute(update(pairs).where(held).values(state=after)).rowcount == 1

    def came(self, pair: int, member: int) -> None:
        """The member is here."""
        self._seat(pair, member, here=True)

    def sit(self, pair: int, member: int, role: Role) -> None:
        """Give a member another role; `left` is for who went."""
        self._seat(pair, member, role=role)

    def _seat(self, pair: int, member: int, **values: Any) -> None:
        seat = (pair_seats.c.pair_id == pair) & (pair_seats.c.member_id == member)
        self._connection.execute(update(pair_seats).where(seat).values(**values))

    def history(self, group: int) -> History:
        """Who has met whom, and who watched: of pairs that began."""
        met: dict[int, set[tuple[int, int]]] = {}
        starts: dict[int, datetime] = {}
        for row in self._connection.execute(_turns_in, {"one": group}):
            two = sorted((row.candidate_id, row.interviewer_id))
            met.setdefault(row.pair_id, set()).add((two[0], two[1]))
            starts[row.pair_id] = row.starts
        times: dict[tuple[int, int], int] = {}
        last: dict[tuple[int, int], datetime] = {}
        for pair, pairs_met in sorted(met.items()):
            for both in pairs_met:
                times[both] = times.get(both, 0) + 1
                last[both] = max(starts[pair], last.get(both, starts[pair]))
        observed: dict[int, int] = {}
        for pair, member in self._connection.execute(_observers, {"one": group}):
            observed[member] = observed.get(member, 0) + (pair in met)
        return History(times, last, observed)

    def _whole(self, row: Any) -> Pair:
        return Pair(row.id, row.group_id, row.state, row.made, row.starts, self._chairs(row.id))

    def _chairs(self, pair: int) -> tuple[Chair, ...]:
        rows = _seats.all(self._connection, one=pair)
        return tuple(
            Chair(row.member_id, row.role, bool(row.here), read_wish(row.wish), read_spans(row.spans)) for row in rows
        )

    # Turns ----------------------------------------------------------------------------------------------------------

    def begin(self, pair: int, number: int, candidate: int, interviewer: int, round: int, until: datetime) -> Turn:
        """A turn begins."""
        row = {"pair_id": pair, "number": number, "candidate_id": candidate, "interviewer_id": interviewer,
               "round_id": round, "begun": self._now, "until": until, "state": "running"}  # fmt: skip
        id = new_row(self._connection, pair_turns, **row)
        return Turn(id, pair, number, candidate, interviewer, round, self._now, until, "running")

    def turn(self, id: int) -> Turn | None:
        found = self._connection.execute(select(pair_turns).where(pair_turns.c.id == id)).one_or_none()
        return None if found is None else _turn(found)

    def turns(self, pair: int) -> list[Turn]:
        """A pair's turns so far."""
        return [_turn(row) for row in _turns.all(self._connection, one=pair)]

    def end_turn(self, turn: int, state: TurnState) -> bool:
        """The turn is scored, or over without; False where it was scored already."""
        held = (pair_turns.c.id == turn) & (pair_turns.c.state != "scored") & (pair_turns.c.state != state)
        return self._connection.execute(update(pair_turns).where(held).values(state=state)).rowcount == 1

    def interview(self, turn: int, interviewer: int) -> None:
        """Somebody else interviews from now on."""
        self._connection.execute(update(pair_turns).where(pair_turns.c.id == turn).values(interviewer_id=interviewer))

    def score(self, turn: int, scorer: int) -> Score | None:
        of = select(pair_scores).where(pair_scores.c.turn_id == turn, pair_scores.c.scorer_id == scorer)
        row = self._connection.execute(of).one_or_none()
        if row is None:
            return None
        return Score(row.turn_id, row.scorer_id, json.loads(row.levels), tuple(json.loads(row.points)),
                     tuple(json.loads(row.flags)), row.hints, row.keep, row.change, bool(row.sent))  # fmt: skip

    def keep_score(self, score: Score) -> None:
        """Keep a score, or the levels of its first step."""
        row = {"turn_id": score.turn, "scorer_id": score.scorer, "sent": score.sent,
               "levels": json.dumps(dict(score.levels)), "points": json.dumps(score.points),
               "flags": json.dumps(score.flags), "hints": score.hints, "keep": score.keep,
               "change": score.change}  # fmt: skip
        put = upsert(pair_scores).values(**row)
        self._connection.execute(put.on_conflict_do_update(index_elements=["turn_id", "scorer_id"], set_=row))

    # Who did not come -----------------------------------------------------------------------------------------------

    def missed(self, member: int) -> bool:
        """The member did not come; False where that is known and they were asked already."""
        put = upsert(pair_ghosts).values(member_id=member, asked=self._now).on_conflict_do_nothing()
        return self._connection.execute(put.returning(pair_ghosts.c.member_id)).first() is not None

    def back(self, member: int) -> bool:
        """The member is back by themselves; False where they were not gone."""
        return self._connection.execute(delete(pair_ghosts).where(pair_ghosts.c.member_id == member)).rowcount == 1

    def ghosts(self) -> set[int]:
        """Who did not come and has not come back."""
        return set(self._connection.execute(select(pair_ghosts.c.member_id)).scalars())


def _request(row: Any) -> Request:
    return Request(row.id, row.group_id, row.member_id, row.asked, row.decide, read_spans(row.spans), row.day,
                   tuple(json.loads(row.hours)), bool(row.weekly), read_wish(row.wish))  # fmt: skip


def _turn(row: Any) -> Turn:
    return Turn(row.id, row.pair_id, row.number, row.candidate_id, row.interviewer_id, row.round_id, row.begun,
                row.until, row.state)  # fmt: skip
