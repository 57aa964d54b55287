"""Leases: what one process at a time may do, such as send to a workspace or hold a platform's socket."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, String, bindparam, delete, exists, func, literal_column, select, true, update
from sqlalchemy.dialects.postgresql import insert as upsert

from bot.store.lists import among, carried, listed
from bot.store.prepared import Prepared
from bot.store.tables import leases

_put = upsert(leases)
_put = _put.on_conflict_do_update(
    index_elements=["name"],
    set_={"owner": _put.excluded.owner, "until": _put.excluded.until},
    where=(leases.c.owner == _put.excluded.owner) | (leases.c.until <= bindparam("now", type_=leases.c.until.type)),
)
_take = Prepared(_put.returning(leases.c.name), "name", "owner", "until")
_ours = (leases.c.owner == bindparam("whose")) & (leases.c.until > bindparam("now"))
_renew = Prepared(update(leases).where(_ours).values(until=bindparam("until")))
_held = Prepared(select(leases.c.name).where(_ours).order_by(leases.c.name))
_free = Prepared(delete(leases).where(leases.c.owner == bindparam("whose"), leases.c.name == bindparam("one")))
_free_all = Prepared(delete(leases).where(leases.c.owner == bindparam("whose")))
_like = leases.c.name.startswith(bindparam("prefix"), autoescape=False)
_holders = select(leases.c.owner, func.count()).where(_like, leases.c.until > bindparam("now"))
_holders_of = Prepared(_holders.group_by(leases.c.owner))
_taken = Prepared(select(leases).where(_like, leases.c.until > bindparam("now")).order_by(leases.c.name))
_names = listed("names")
_all = upsert(leases).from_select(
    ["name", "owner", "until"],
    # SQLite needs a WHERE there, or it takes the ON of the conflict for a join's. In order: two who want the same names
    # never wait for each other.
    select(_names.c.value, bindparam("owner", type_=String), bindparam("until", type_=leases.c.until.type))
    .where(true())
    .order_by(_names.c.value),
)
_all = _all.on_conflict_do_update(
    index_elements=["name"],
    set_={"owner": _all.excluded.owner, "until": _all.excluded.until},
    where=(leases.c.owner == _all.excluded.owner) | (leases.c.until <= bindparam("now", type_=leases.c.until.type)),
)
_take_all = Prepared(_all.returning(leases.c.name))
_theirs = (leases.c.until > bindparam("now")) & (leases.c.owner != bindparam("whose"))
_taken_now = exists().where(leases.c.name == _names.c.value, _theirs).correlate(_names)
_vacant = Prepared(select(_names.c.value).where(~_taken_now))
_named = among(leases.c.name, select(_names.c.value))
_keep = Prepared(update(leases).where(_named, _ours).values(until=bindparam("until")).returning(leases.c.name))
_free_some = Prepared(delete(leases).where(_named, leases.c.owner == bindparam("whose")))
_part = Prepared(
    update(leases)
    .where(_named, leases.c.owner == bindparam("whose"))
    .values(owner=literal_column("''", String), until=bindparam("until"))
)
_far_off = update(leases).where(leases.c.name.startswith(bindparam("prefix"), autoescape=False))
_mend = Prepared(_far_off.where(leases.c.until > bindparam("most")).values(until=bindparam("most")))


class SqlLeases:
    """`owner` names a process's life: a new one after each start. Instants are the transaction's, `now`."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def take(self, name: str, owner: str, until: datetime) -> bool:
        """Hold `name` until then, where it is free, has run out, or is the owner's already; whether it is held."""
        return _take.scalar(self._connection, name=name, owner=owner, until=until, now=self._now) is not None

    def renew(self, owner: str, until: datetime) -> None:
        """Prolong all that the owner holds still."""
        _renew.count(self._connection, whose=owner, now=self._now, until=until)

    def held(self, owner: str) -> list[str]:
        """The names that the owner holds now, in order."""
        return list(_held.scalars(self._connection, whose=owner, now=self._now))

    def taken(self, prefix: str) -> dict[str, str]:
        """Name -> owner of all that is held now and starts so."""
        return {row.name: row.owner for row in _taken.all(self._connection, prefix=prefix, now=self._now)}

    def holders(self, prefix: str) -> dict[str, int]:
        """Owner -> how many that start so it holds now."""
        return {row[0]: row[1] for row in _holders_of.all(self._connection, prefix=prefix, now=self._now)}

    def free(self, owner: str, name: str = "") -> None:
        """Let one go, or all that the owner holds."""
        if name:
            _free.count(self._connection, whose=owner, one=name)
        else:
            _free_all.count(self._connection, whose=owner)

    def take_all(self, names: Collection[str], owner: str, until: datetime) -> set[str]:
        """`take` for many; those that are held."""
        values = {"names": carried(sorted(names)), "owner": owner, "until": until, "now": self._now}
        return set(_take_all.scalars(self._connection, **values))

    def vacant(self, names: Collection[str], owner: str) -> set[str]:
        """Those of these names that nobody but the owner holds now."""
        return set(_vacant.scalars(self._connection, names=carried(names), now=self._now, whose=owner))

    def keep(self, names: Collection[str], owner: str, until: datetime) -> set[str]:
        """Prolong those of these names that the owner holds still; which they are."""
        values = {"names": carried(names), "whose": owner, "now": self._now, "until": until}
        return set(_keep.scalars(self._connection, **values))

    def free_some(self, names: Collection[str], owner: str) -> None:
        """Let go those of these names that the owner holds."""
        _free_some.count(self._connection, names=carried(names), whose=owner)

    def part(self, names: Collection[str], owner: str, until: datetime) -> None:
        """Those of these names that the owner holds are nobody's until then, and free after it."""
        _part.count(self._connection, names=carried(names), whose=owner, until=until)

    def forget(self, before: datetime) -> None:
        """Drop what ran out before then; most of it was a process's that is no more."""
        self._connection.execute(delete(leases).where(leases.c.until < before))

    def mend(self, prefix: str, longest: datetime) -> None:
        """The clock was put back: nothing that starts so is held for longer than until `longest`."""
        _mend.count(self._connection, prefix=prefix, most=longest)
