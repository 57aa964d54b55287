"""The outbox, the timers, and the receipts of events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from bot.core import codec
from bot.core.events import Place, Quiet, Receipt, Reply
from bot.core.ports import Parcel
from bot.core.ui import ActionId, Card
from bot.store.prepared import Prepared
from bot.store.tables import OPEN, deliveries, events, timers

_add = Prepared(
    upsert(deliveries).on_conflict_do_nothing(index_elements=["key"]),
    *(column.name for column in deliveries.columns if column.name not in ("id", "lease")),
)
_put = upsert(timers)
_put = _put.on_conflict_do_update(
    index_elements=["action"],
    set_={"at": _put.excluded.at, "failures": _put.excluded.failures, "scope": _put.excluded.scope},
)
_set = Prepared(_put, "action", "at", "failures", "scope")
_cancel = Prepared(delete(timers).where(timers.c.action == bindparam("one")))
_due = select(timers.c.action).where(timers.c.at <= bindparam("now")).order_by(timers.c.at, timers.c.action)
_due = _due.limit(bindparam("most"))
_ran_out = delete(timers).where(timers.c.at <= bindparam("now"))
_took = timers.c.action, timers.c.at, timers.c.failures
_take = Prepared(_ran_out.where(timers.c.action.in_(_due)).returning(*_took))
_take_these = _ran_out.where(timers.c.action.in_(bindparam("these", expanding=True))).returning(*_took)
_where_due = Prepared(_due.add_columns(timers.c.scope))
_next_due = Prepared(select(func.min(timers.c.at)))
_first = Prepared(upsert(events).on_conflict_do_nothing(index_elements=["id"]), "id", "at")
_keep = Prepared(update(events).where(events.c.id == bindparam("one")).values(reply=bindparam("reply")))
_answer = Prepared(select(events.c.reply).where(events.c.id == bindparam("one")))
# A lane's head is its oldest open message: only that one may go, and only when no earlier one is under way.
_heads = select(func.min(deliveries.c.id)).where(text(OPEN)).group_by(deliveries.c.lane)
_free = (deliveries.c.state == "pending") & (deliveries.c.due <= bindparam("now"))
_stale = (deliveries.c.state == "claimed") & (deliveries.c.lease <= bindparam("now"))
_ours = deliveries.c.id.in_(_heads) & deliveries.c.platform.in_(bindparam("platforms", expanding=True))
_chosen = select(deliveries.c.id, deliveries.c.state).where(_ours, _free | _stale).order_by(deliveries.c.id)
_chosen = _chosen.limit(bindparam("most"))
_take_head = Prepared(
    update(deliveries)
    .where(deliveries.c.id == bindparam("one"))
    .values(
        state="claimed", lease=bindparam("leased"), epoch=deliveries.c.epoch + 1, attempts=deliveries.c.attempts + 1
    )
    .returning(deliveries)
)
_next_head = select(func.min(func.coalesce(deliveries.c.lease, deliveries.c.due))).where(_ours)
_by_key = Prepared(select(deliveries).where(deliveries.c.key == bindparam("one")))
_by_id = Prepared(select(deliveries).where(deliveries.c.id == bindparam("one")))


class SqlOutbox:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now
        self.rows: list[dict[str, Any]] = []  # added in this transaction and not written yet
        self.touched = False

    def add(
        self,
        place: Place,
        card: Card,
        *,
        key: str,
        group: int | None = None,
        under: str = "",
        thread: str = "",
        then: ActionId | None = None,
        until: datetime | None = None,
    ) -> None:
        self._put(place, card, key, group, under=under, opens=thread, tells=str(then or ""), until=until)

    def edit(self, of: str, card: Card, *, key: str) -> None:
        self.flush()
        row = _by_key.one(self._connection, one=of)
        if row is not None:
            place = Place(row.platform, row.workspace, row.channel, row.thread, row.direct)
            self._put(place, card, key, row.group_id, edits=of)

    def _put(self, place: Place, card: Card, key: str, group: int | None, **more: Any) -> None:
        if card.file is not None:
            raise ValueError(f"{key}: a message that is owed carries no file")
        self.touched = True
        row = {
            "under": "",
            "opens": "",
            "tells": "",
            "edits": "",
            "until": None,
            "key": key,
            "group_id": group,
            "platform": place.platform,
            "workspace": place.workspace,
            "channel": place.channel,
            "thread": place.thread,
            "direct": place.direct,
            "lane": place.lane,
            "card": codec.dumps(card),
            "state": "pending",
            "due": self._now,
            "attempts": 0,
            "epoch": 0,
            "owner": "",
            "message": "",
            "opened": "",
            "error": "",
        }
        row.update(more)
        self.rows.append(row)

    def lost(self, key: str) -> bool:
        row = _by_key.one(self._connection, one=key)
        return row is not None and row.state == "failed"

    def flush(self) -> None:
        """Write what was added: many rows in one go cost a fifth of as many single ones."""
        if self.rows:
            _add.each(self._connection, self.rows)
            self.rows = []


@dataclass(frozen=True, slots=True)
class Taken:
    """A timer that ran out and was taken to be acted on."""

    action: ActionId
    at: datetime
    failures: int


class SqlTimers:
    """`sets` are the timers set in this transaction and not written yet; `taken` those that are being acted on."""

    def __init__(self, connection: Connection, scope: str = "") -> None:
        self._connection = connection
        self._scope = scope
        self.sets: dict[str, dict[str, Any]] = {}
        self.taken: set[str] = set()
        self.touched = False

    def set(self, action: ActionId, at: datetime) -> None:
        self._put(action, at, 0)

    def _put(self, action: ActionId, at: datetime, failures: int) -> None:
        self.touched = True
        self.taken.discard(str(action))
        self.sets[str(action)] = {"action": str(action), "at": at, "failures": failures, "scope": self._scope}

    def cancel(self, action: ActionId) -> None:
        self.taken.discard(str(action))
        self.sets.pop(str(action), None)
        _cancel.count(self._connection, one=str(action))

    def take(self, now: datetime, most: int) -> list[Taken]:
        """The timers that ran out, the oldest first, taken away to be acted on in this transaction."""
        self.flush()
        return self._taken(_take.all(self._connection, now=now, most=most))

    def due(self, now: datetime, most: int) -> dict[str, list[str]]:
        """Scope -> actions of the timers that ran out, the oldest first. They stay, to be taken scope by scope."""
        found: dict[str, list[str]] = {}
        for row in _where_due.all(self._connection, now=now, most=most):
            found.setdefault(row.scope, []).append(row.action)
        return found

    def take_these(self, actions: Sequence[str], now: datetime) -> list[Taken]:
        """Those of the timers that ran out and that nobody else took, as `take`."""
        self.flush()
        return self._taken(self._connection.execute(_take_these, {"these": list(actions), "now": now}).all())

    def _taken(self, rows: Sequence[Any]) -> list[Taken]:
        self.taken = {row.action for row in rows}
        found = [Taken(ActionId.parse(row.action), row.at, row.failures) for row in rows]
        return sorted(found, key=lambda one: (one.at, str(one.action)))

    def begin(self, one: Taken) -> bool:
        """Whether a taken timer is still to be acted on: one acted on before it may have cancelled or moved it."""
        standing = str(one.action) in self.taken
        self.taken.discard(str(one.action))
        return standing

    def put_off(self, one: Taken, at: datetime) -> None:
        """Try a timer again at `at`, and remember that it failed once more."""
        self._put(one.action, at, one.failures + 1)

    def next(self) -> datetime | None:
        """When the next timer runs out."""
        self.flush()
        at: datetime | None = _next_due.scalar(self._connection)
        return at

    def flush(self) -> None:
        """Write what was set."""
        if self.sets:
            _set.each(self._connection, list(self.sets.values()))
            self.sets = {}


class SqlReceipts:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def first(self, id: str) -> bool:
        return _first.count(self._connection, id=id, at=self._now) == 1

    def keep(self, id: str, reply: Reply) -> None:
        _keep.count(self._connection, one=id, reply=codec.dumps(reply))

    def answer(self, id: str) -> Reply:
        reply = _answer.scalar(self._connection, one=id)
        return Quiet() if reply is None else codec.loads(reply)

    def forget(self, before: datetime) -> None:
        """Drop what no platform sends again."""
        self._connection.execute(delete(events).where(events.c.at < before))


@dataclass(frozen=True, slots=True)
class Claim:
    """A message on its way, held by one deliverer until `lease`. `doubtful` ones may have landed before.
    `orphan` ones belong to the thread of a message, or change one, that never landed; `until` is their last moment."""

    id: int
    epoch: int
    attempts: int
    parcel: Parcel
    group: int | None
    tells: str
    doubtful: bool
    orphan: bool = False
    until: datetime | None = None


class SqlDeliveries:
    """The deliverer's side of the outbox: claim, settle, put off, fail."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, platforms: Sequence[str], now: datetime, lease: datetime, most: int) -> list[Claim]:
        """The heads of up to `most` lanes that may go now, claimed until `lease`. A head whose lease ran out is
        claimed anew and is doubtful."""
        values = {"platforms": list(platforms), "now": now, "most": most}
        found = self._connection.execute(_chosen, values).all()
        return [self._claimed(row.id, lease, doubtful=row.state == "claimed") for row in found]

    def _claimed(self, id: int, lease: datetime, doubtful: bool) -> Claim:
        row = _take_head.one(self._connection, one=id, leased=lease)
        thread, edits, orphan = row.thread, "", False
        for key, kind in ((row.under, "under"), (row.edits, "edits")):
            if key:
                other = _by_key.one(self._connection, one=key)
                orphan = orphan or other is None or other.state != "sent"
                if other is not None and kind == "under":
                    thread = other.opened or other.message
                elif other is not None:
                    edits = other.message
        place = Place(row.platform, row.workspace, row.channel, thread, row.direct)
        parcel = Parcel(row.key, place, codec.loads(row.card), row.opens, edits)
        return Claim(row.id, row.epoch, row.attempts, parcel, row.group_id, row.tells, doubtful, orphan, row.until)

    def sent(self, claim: Claim, receipt: Receipt) -> bool:
        """The message landed. False where another deliverer took the claim over meanwhile."""
        return self._settle(claim, state="sent", message=receipt.message, opened=receipt.thread, error="")

    def put_off(self, claim: Claim, due: datetime, error: str, doubtful: bool = False) -> bool:
        """The message is tried again at `due`. One in doubt stays claimed until then, and so stays doubtful."""
        if doubtful or claim.doubtful:
            return self._settle(claim, lease=due, error=error[:500])
        return self._settle(claim, state="pending", due=due, error=error[:500])

    def failed(self, claim: Claim, error: str) -> bool:
        """The message is retired."""
        return self._settle(claim, state="failed", error=error[:500])

    def retire(self, platform: str, workspace: str, error: str, channel: str = "") -> int:
        """Give up all that is owed to a workspace or to one channel of it, also what is under way; how many messages
        that were."""
        owed = text(OPEN), deliveries.c.platform == platform, deliveries.c.workspace == workspace
        change = update(deliveries).where(*owed, *([deliveries.c.channel == channel] if channel else []))
        change = change.values(state="failed", lease=None, epoch=deliveries.c.epoch + 1, error=error[:500])
        return self._connection.execute(change).rowcount

    def _settle(self, claim: Claim, **values: Any) -> bool:
        held = (deliveries.c.id == claim.id) & (deliveries.c.epoch == claim.epoch) & (deliveries.c.state == "claimed")
        return self._connection.execute(update(deliveries).where(held).values({"lease": None} | values)).rowcount == 1

    def next_due(self, platforms: Sequence[str]) -> datetime | None:
        """When the next message to these platforms may go, or the next lease runs out."""
        return self._connection.execute(_next_head, {"platforms": list(platforms)}).scalar()

    def counts(self) -> dict[str, int]:
        """State -> how many messages are in it."""
        by_state = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
        return {row[0]: row[1] for row in self._connection.execute(by_state)}

    def card(self, id: int) -> tuple[str, Card] | None:
        """A direct message's addressee and card, for the in-channel way."""
        row = _by_id.one(self._connection, one=id)
        return (row.channel, codec.loads(row.card)) if row is not None and row.direct else None


@cache
def _into(table: Table, *columns: str) -> Prepared:
    """One statement a table and set of columns, made once."""
    return Prepared(insert(table).returning(table.c.id), *columns)


def new_row(connection: Connection, table: Table, **values: Any) -> int:
    """Insert a row; its id."""
    return int(_into(table, *values).scalar(connection, **values))
