"""The outbox, the timers, and the receipts of events."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    Select,
    String,
    Table,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from bot.core import codec
from bot.core.events import Place, Quiet, Receipt, Reply
from bot.core.markup import clean
from bot.core.ports import Parcel
from bot.core.ui import ActionId, Card
from bot.store.lists import among, carried, listed, tabled
from bot.store.prepared import Prepared
from bot.store.tables import CLAIMED, OPEN, deliveries, events, leases, timers

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
_keep = Prepared(insert(events), "id", "at", "reply")
_answer = Prepared(select(events.c.reply).where(events.c.id == bindparam("one")))
# The head of a lane is the message that is under way in it, or else its oldest open one: only that one may go.
_older, _under_way = deliveries.alias("older"), deliveries.alias("under_way")
_asked = listed("lanes")
_oldest = select(func.min(_older.c.id)).where(text(OPEN), _older.c.lane == _asked.c.value).correlate(_asked)
_heads = select(_oldest.scalar_subquery()).select_from(_asked)
_held = select(leases.c.name).where(leases.c.owner == bindparam("whose"), leases.c.until > bindparam("now"))
_sends = literal_column("'send:'", String) + deliveries.c.platform
_ours = or_(_sends.in_(_held), (_sends + literal_column("':'", String) + deliveries.c.workspace).in_(_held))
# PostgreSQL may not know how many are open now, and look through all of them if it could: it shall go by the id.
_free = (deliveries.c.state + literal_column("''", String) == "pending") & (deliveries.c.due <= bindparam("now"))
_alone = ~exists().where(text(CLAIMED), _under_way.c.lane == deliveries.c.lane)
_fresh = select(deliveries.c.id).where(among(deliveries.c.id, _heads), _free, _alone, _ours)
_of_lanes = text(CLAIMED), among(deliveries.c.lane, select(_asked.c.value))
_stale = select(deliveries.c.id).where(*_of_lanes, deliveries.c.lease <= bindparam("now"), _ours)

# What a claimer need not read.
_LEFT = ("state", "owner", "lease", "message", "opened", "error")


def _taking(chosen: Select[Any]) -> Prepared:
    """Claim what was chosen, in one statement that settles every race.

    Two claimers never get the same row, nor two rows of a lane, whatever they think of who sends there. On SQLite there
    is one writer. On PostgreSQL each sees what was committed when its statement began, and then:
    - Another one has the row locked: it is skipped.
    - Another one claimed, settled or put off the row since: PostgreSQL looks at the row's new version before it locks it,
      and that one is neither pending and due nor a claim that ran out. The next message of its lane is not taken in its
      place: it was not the head when we looked.
    - The head was added before, but committed after a later message of its lane was claimed: `_alone` sees that claim.
    - Both happen at the same time, so that neither sees the other: the unique index on the claimed ones of a lane lets
      only one of them commit; the other one fails whole, and is run again.
    MATERIALIZED: or PostgreSQL may choose again for every row that it looks at.
    """
    heads = chosen.with_for_update(of=deliveries, skip_locked=True).cte("heads").prefix_with("MATERIALIZED")
    change = update(deliveries).where(deliveries.c.id.in_(select(heads.c.id)))
    change = change.values(
        state="claimed",
        owner=bindparam("whose"),
        lease=bindparam("leased"),
        epoch=deliveries.c.epoch + 1,
        attempts=deliveries.c.attempts + 1,
    )
    return Prepared(change.returning(*(column for column in deliveries.columns if column.name not in _LEFT)))


_take_fresh, _take_stale = _taking(_fresh), _taking(_stale)
_behind = deliveries.alias("behind")
# Not EXISTS: PostgreSQL would make a join of it, and read all that is open.
_next_pending = select(func.min(_behind.c.id)).where(
    text(OPEN), _behind.c.lane == _asked.c.value, _behind.c.state == literal_column("'pending'", String)
)
_waits = _next_pending.correlate(_asked).scalar_subquery().is_not(None)
_more = Prepared(select(_asked.c.value).where(_waits))
_keys = listed("keys")
_where = select(deliveries.c.key, deliveries.c.state, deliveries.c.message, deliveries.c.opened)
_landings = Prepared(_where.where(among(deliveries.c.key, select(_keys.c.value))))
_receipts = tabled("receipts", id=BigInteger, epoch=Integer, message=String, thread=String)
_land = update(deliveries).where(deliveries.c.id == _receipts.c.id, deliveries.c.epoch == _receipts.c.epoch)
_land = _land.where(deliveries.c.state == literal_column("'claimed'", String))
_landed_there = {"message": _receipts.c.message, "opened": _receipts.c.thread, "lease": null(), "error": ""}
_land_all = Prepared(_land.values(state="sent", **_landed_there))
_ids = listed("ids")
_one_of = among(deliveries.c.id, select(cast(_ids.c.value, BigInteger)))
_standing = Prepared(select(deliveries.c.id, deliveries.c.epoch, deliveries.c.state).where(_one_of))
_seen = (deliveries.c.id, deliveries.c.lane, deliveries.c.platform, deliveries.c.workspace, deliveries.c.channel,
         deliveries.c.direct, deliveries.c.due, deliveries.c.lease)  # fmt: skip
# From lane to lane by the index, whatever a lane owes.
_from, _following, _its = deliveries.alias("first"), deliveries.alias("following"), deliveries.alias("its")
_lanes = select(func.min(_from.c.lane).label("lane")).where(text(OPEN), _from.c.lane > bindparam("after"))
_from_lane = _lanes.cte("lanes_on", recursive=True)
_next = select(func.min(_following.c.lane)).where(text(OPEN), _following.c.lane > _from_lane.c.lane)
_to_lane = select(_next.correlate(_from_lane).scalar_subquery()).where(_from_lane.c.lane.is_not(None))
_lanes_on = _from_lane.union_all(_to_lane)
_head_of = select(func.min(_its.c.id)).where(text(OPEN), _its.c.lane == _lanes_on.c.lane).correlate(_lanes_on)
_page = select(_head_of.scalar_subquery().label("id")).where(_lanes_on.c.lane.is_not(None))
_look = Prepared(
    select(*_seen).where(among(deliveries.c.id, _page.limit(bindparam("most")))).order_by(deliveries.c.lane)
)
_look_claimed = Prepared(select(*_seen).where(text(CLAIMED)))
_look_at = Prepared(select(*_seen).where(among(deliveries.c.id, _heads)))
_look_at_claimed = Prepared(select(*_seen).where(*_of_lanes))
_mend_claims = update(deliveries).where(text(CLAIMED)).values(lease=bindparam("leased"))
_landed = (deliveries.c.lane == bindparam("lane")) & (deliveries.c.state == literal_column("'sent'", String))
_of_group = select(deliveries.c.due).where(deliveries.c.group_id == bindparam("one"), _landed)
_worked = Prepared(_of_group.order_by(deliveries.c.id.desc()).limit(1))
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
        return row is not None and row.state in ("failed", "dropped")

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
        # Talk in a channel is most of what arrives, and there is nothing in a Quiet to remember.
        said = None if isinstance(reply, Quiet) else codec.dumps(reply)
        _keep.count(self._connection, id=id, at=self._now, reply=said)

    def answer(self, id: str) -> Reply | None:
        known = _answer.one(self._connection, one=id)
        if known is None:
            return None
        return Quiet() if known.reply is None else codec.loads(known.reply)

    def forget(self, before: datetime) -> None:
        """Drop what no platform sends again."""
        self._connection.execute(delete(events).where(events.c.at < before))


@dataclass(frozen=True)
class Claim:
    """A message on its way, held by one deliverer since `at` by the database's clock. `doubtful` ones may have landed
    before. `orphan` ones belong to the thread of a message, or change one, that never landed; `until` is their last
    moment. `more`: there was more in the lane then."""

    id: int
    lane: str
    epoch: int
    attempts: int
    key: str
    place: Place
    group: int | None
    tells: str
    doubtful: bool
    orphan: bool
    until: datetime | None
    at: datetime
    card: str
    opens: str
    edits: str
    since: datetime
    more: bool

    @cached_property
    def parcel(self) -> Parcel:
        """What the platform gets; its card is built when somebody asks for it, not in the transaction."""
        return Parcel(self.key, self.place, codec.loads(self.card), self.opens, self.edits, self.since)


@dataclass(frozen=True, slots=True)
class Head:
    """The message that goes next in a lane, from `at` on; where it is `claimed`, its claim runs out then."""

    id: int
    lane: str
    place: Place
    at: datetime
    claimed: bool


class SqlDeliveries:
    """The deliverer's side of the outbox: look, claim, settle, put off, fail."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def look(self, after: str, most: int) -> tuple[list[Head], str]:
        """The heads of up to `most` lanes that come after a name, the oldest first, and the name to go on after; empty
        where there are no more. What is under way is looked at with the first ones."""
        heads = [_head(row) for row in _look.all(self._connection, after=after, most=most)]
        last = heads[-1].lane if len(heads) == most else ""  # they come in the order of the lanes
        under_way = [] if after else [_head(row) for row in _look_claimed.all(self._connection)]
        return _by_age(heads, under_way), last

    def heads(self, lanes: Collection[str]) -> list[Head]:
        """The heads of these lanes, as far as they have one."""
        asked = carried(lanes)
        firsts = [_head(row) for row in _look_at.all(self._connection, lanes=asked)]
        return _by_age(firsts, [_head(row) for row in _look_at_claimed.all(self._connection, lanes=asked)])

    def claim(
        self, lanes: Collection[str], owner: str, now: datetime, lease: datetime, stale: Collection[str] = ()
    ) -> list[Claim]:
        """The heads of these lanes that may go now, claimed until `lease` in the owner's name, the oldest first. In the
        `stale` lanes those whose claim ran out: they are in doubt. Only where the owner holds the sender's lease."""
        values = {"whose": owner, "now": now, "leased": lease}
        fresh = _take_fresh.all(self._connection, lanes=carried(lanes), **values) if lanes else []
        doubtful = _take_stale.all(self._connection, lanes=carried(stale), **values) if stale else []
        keys = {key for row in (*fresh, *doubtful) for key in (row.under, row.edits) if key}
        found = _landings.all(self._connection, keys=carried(keys)) if keys else []
        # One that the operator saw there has no id, unless they gave it.
        landed = {row.key: row for row in found if row.state == "sent" and row.message}
        taken = carried([row.lane for row in (*fresh, *doubtful)])
        more = set(_more.scalars(self._connection, lanes=taken)) if fresh or doubtful else set()
        claims = [_claim(row, landed, now, row.lane in more, doubtful=False) for row in fresh]
        claims += [_claim(row, landed, now, row.lane in more, doubtful=True) for row in doubtful]
        return sorted(claims, key=lambda claim: claim.id)

    def settle(self, landed: Sequence[tuple[Claim, Receipt]]) -> list[bool]:
        """These messages landed, in one go; of each, whether it was ours to say: False where it was taken over or given
        up meanwhile. To say it again is harmless."""
        rows = [
            {"id": claim.id, "epoch": claim.epoch, "message": receipt.message, "thread": receipt.thread}
            for claim, receipt in landed
        ]
        if _land_all.count(self._connection, receipts=carried(rows)) == len(rows):
            return [True] * len(rows)
        ids = carried([claim.id for claim, _ in landed])
        ours = {(row.id, row.epoch) for row in _standing.all(self._connection, ids=ids) if row.state == "sent"}
        return [(claim.id, claim.epoch) in ours for claim, _ in landed]

    def mend(self, now: datetime, lease: datetime, far: datetime, *, forward: bool = False) -> None:
        """The clock was set. Where it was put back, what waits until after `far`, beyond all that we ever wait, waits no
        more, and no claim is held for longer than until `lease`. Where it was put `forward`, claims seem to have run out
        that were made a moment ago: they are held until `lease`, too."""
        if forward:
            self._connection.execute(_mend_claims.where(deliveries.c.lease <= now), {"leased": lease})
            return
        # What was never tried waits for nothing.
        beyond = (deliveries.c.due > far) | ((deliveries.c.due > now) & (deliveries.c.attempts == 0))
        waits = update(deliveries).where(text(OPEN), deliveries.c.state == "pending", beyond)
        self._connection.execute(waits.values(due=now))
        self._connection.execute(_mend_claims.where(deliveries.c.lease > lease), {"leased": lease})

    def sent(self, claim: Claim, receipt: Receipt) -> bool:
        """The message landed. False where another deliverer took the claim over meanwhile."""
        return self.settle([(claim, receipt)]) == [True]

    def put_off(
        self, claim: Claim, due: datetime, error: str, doubtful: bool = False, *, untried: bool = False
    ) -> bool:
        """The message is tried again at `due`. One in doubt stays claimed until then, and so stays doubtful. `untried`:
        this was no attempt."""
        change: dict[str, Any] = {"attempts": claim.attempts - untried, "error": _brief(error)}
        change |= {"lease": due} if doubtful or claim.doubtful else {"state": "pending", "due": due}
        return self._settle(claim, **change)

    def failed(self, claim: Claim, error: str) -> bool:
        """The message is retired."""
        return self._settle(claim, state="failed", error=_brief(error))

    def unresolved(self, claim: Claim, error: str) -> bool:
        """Nobody can tell whether the message landed: it is the operator's, and its lane goes on."""
        return self._settle(claim, state="unresolved", error=_brief(error))

    def retire(self, platform: str, workspace: str, error: str, channel: str = "") -> int:
        """Give up all that is owed to a workspace or to one channel of it, also what is under way; how many messages
        that were."""
        owed = text(OPEN), deliveries.c.platform == platform, deliveries.c.workspace == workspace
        change = update(deliveries).where(*owed, *([deliveries.c.channel == channel] if channel else []))
        change = change.values(state="failed", lease=None, epoch=deliveries.c.epoch + 1, error=_brief(error))
        return self._connection.execute(change).rowcount

    def _settle(self, claim: Claim, **values: Any) -> bool:
        held = (deliveries.c.id == claim.id) & (deliveries.c.epoch == claim.epoch) & (deliveries.c.state == "claimed")
        return self._connection.execute(update(deliveries).where(held).values({"lease": None} | values)).rowcount == 1

    def worked(self, group: int, lane: str) -> datetime | None:
        """When the latest of a group's messages that landed in a lane was due; None where none ever did."""
        at: datetime | None = _worked.scalar(self._connection, one=group, lane=lane)
        return at

    def counts(self) -> dict[str, int]:
        """State -> how many messages are in it."""
        by_state = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
        return {row[0]: row[1] for row in self._connection.execute(by_state)}

    def card(self, id: int) -> tuple[str, Card] | None:
        """A direct message's addressee and card, for the in-channel way."""
        row = _by_id.one(self._connection, one=id)
        return (row.channel, codec.loads(row.card)) if row is not None and row.direct else None


def _claim(row: Any, landed: Mapping[str, Any], now: datetime, more: bool, *, doubtful: bool) -> Claim:
    thread, edits, orphan = row.thread, "", False
    if row.under:
        other = landed.get(row.under)
        orphan, thread = other is None, (other.opened or other.message) if other is not None else ""
    if row.edits:
        other = landed.get(row.edits)
        orphan, edits = orphan or other is None, other.message if other is not None else ""
    place = Place(row.platform, row.workspace, row.channel, thread, row.direct)
    return Claim(row.id, row.lane, row.epoch, row.attempts, row.key, place, row.group_id, row.tells, doubtful, orphan,
                 row.until, now, row.card, row.opens, edits, row.due, more)  # fmt: skip


def _head(row: Any) -> Head:
    place = Place(row.platform, row.workspace, row.channel, "", row.direct)
    return Head(row.id, row.lane, place, row.due if row.lease is None else row.lease, row.lease is not None)


def _by_age(firsts: Sequence[Head], under_way: Sequence[Head]) -> list[Head]:
    """One head a lane: what is under way goes before what is older."""
    heads = {head.lane: head for head in (*firsts, *under_way)}
    return sorted(heads.values(), key=lambda head: head.id)


def _brief(error: str) -> str:
    """A platform's words as they are kept: PostgreSQL takes no NUL."""
    return clean(error)[:500]


@cache
def _into(table: Table, *columns: str) -> Prepared:
    """One statement a table and set of columns, made once."""
    return Prepared(insert(table), *columns, id=table.c.id)


def new_row(connection: Connection, table: Table, **values: Any) -> int:
    """Insert a row; its id."""
    return _into(table, *values).added(connection, **values)
