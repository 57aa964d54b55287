"""The operator's side of the outbox: what is stuck, in doubt or given up, and what becomes of it by hand."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, select, update

from bot.core import codec
from bot.core.events import Place, Receipt
from bot.store.tables import deliveries

STUCK = timedelta(minutes=10)  # due for so long, or tried so often, what is pending does not go by itself
TRIES = 3

_c, _other = deliveries.c, deliveries.alias("other").c
_UNRESOLVED = _c.state == "unresolved"
_FAILED = _c.state == "failed"
_BY_HAND = ("unresolved", "failed", "dropped")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a message stands. `at`: when it was due, or is tried or looked up again; `owner`: whose claim it is or was."""

    key: str
    state: str
    group: int | None
    place: Place
    title: str
    at: datetime
    attempts: int
    owner: str
    error: str
    message: str
    tells: str
    opens: str


class SqlDesk:
    """Every change raises the epoch: who has the message under way meanwhile settles nothing any more."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def unresolved(self, most: int) -> tuple[int, list[Standing]]:
        """How many may have landed and are left to the operator, and the latest of them."""
        return self._those(_UNRESOLVED, most)

    def in_doubt(self, most: int) -> tuple[int, list[Standing]]:
        """The same of those that are still looked up by themselves."""
        return self._those((_c.state == "claimed") & ((_c.error != "") | (_c.lease <= self._now)), most)

    def late(self, most: int) -> tuple[int, list[Standing]]:
        """The same of those that have waited too long, or were tried too often."""
        waited = (_c.due <= self._now - STUCK) | (_c.attempts >= TRIES)
        return self._those((_c.state == "pending") & waited, most)

    def failed(self, most: int) -> tuple[int, list[Standing]]:
        """The same of those that were given up."""
        return self._those(_FAILED, most)

    def one(self, key: str) -> Standing | None:
        row = self._connection.execute(select(deliveries).where(_c.key == key)).one_or_none()
        return None if row is None else _standing(row)

    def again(self, key: str) -> bool:
        """Owe it anew, in its old place in the lane and whatever its time was; False where it is in no state for that."""
        fresh = {"state": "pending", "due": self._now, "until": None, "lease": None, "attempts": 0, "error": ""}
        return self._put(key, _BY_HAND, fresh)

    def look(self, key: str) -> bool:
        """Let the deliverer look it up once more, and send it only where it is not there; False where it is in no state
        for that, or another message of its lane is under way."""
        stale = {"state": "claimed", "lease": self._now, "attempts": 0, "error": "to be looked up once more"}
        return self._put(
            key, ("unresolved",), stale, ~exists().where(_other.lane == _c.lane, _other.state == "claimed")
        )

    def landed(self, key: str, receipt: Receipt) -> bool:
        """It is there, as the operator saw; False where it is in no state for that. The id may be given later."""
        there = {"state": "sent", "lease": None, "message": receipt.message, "opened": receipt.thread, "error": ""}
        return self._put(key, ("claimed", "sent", *_BY_HAND), there, (_c.state != "sent") | (_c.message == ""))

    def drop(self, key: str) -> bool:
        """Nobody wants it any more; False where it is in no state for that."""
        gone = {"state": "dropped", "lease": None, "error": "dropped by the operator"}
        return self._put(key, ("pending", "claimed", "unresolved", "failed"), gone)

    def followers(self, key: str) -> list[str]:
        """The keys of what was given up because it belongs to this message or changes it, and of what belongs to those."""
        found: list[str] = []
        ahead = [key]
        while ahead:
            of = _c.under.in_(ahead) | _c.edits.in_(ahead)
            chosen = select(_c.key).where(of, _FAILED, _c.key.not_in([key, *found])).order_by(_c.id)
            ahead = list(self._connection.execute(chosen).scalars())
            found += ahead
        return found

    def _put(self, key: str, states: tuple[str, ...], values: dict[str, Any], *only: ColumnElement[bool]) -> bool:
        change = update(deliveries).where(_c.key == key, _c.state.in_(states), *only)
        return self._connection.execute(change.values(epoch=_c.epoch + 1, **values)).rowcount == 1

    def _those(self, which: ColumnElement[bool], most: int) -> tuple[int, list[Standing]]:
        total = self._connection.execute(select(func.count()).where(which)).scalar_one()
        rows = self._connection.execute(select(deliveries).where(which).order_by(_c.id.desc()).limit(most))
        return total, [_standing(row) for row in rows]


def _standing(row: Any) -> Standing:
    place = Place(row.platform, row.workspace, row.channel, row.thread, row.direct)
    at = row.lease if row.state == "claimed" and row.lease is not None else row.due
    return Standing(row.key, row.state, row.group_id, place, codec.loads(row.card).title, at, row.attempts, row.owner,
                    row.error, row.message, row.tells, row.opens)  # fmt: skip
