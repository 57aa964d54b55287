"""A process's life among others on one database: its name, that it is here, and the seats that it holds.

All of it is leases (see bot/store/repos/leases.py). A process that dies says nothing: its leases run out.
"""

import asyncio
import os
import re
import secrets
import socket
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from bot.core.ports import Work
from bot.core.seats import Seating, Table, Wish, move

LEASE = timedelta(seconds=30)  # how long somebody who went silent is waited for
RENEW = timedelta(seconds=10)  # thrice within a lease: one that fails is no harm
SETTLE = timedelta(seconds=30)  # how long a newcomer has to live before others part with what they hold
BEAT = 2.0  # seconds between two looks at the table


class Leases(Protocol):
    def take(self, name: str, owner: str, until: datetime) -> bool: ...
    def take_all(self, names: Collection[str], owner: str, until: datetime) -> set[str]: ...
    def taken(self, prefix: str) -> dict[str, str]: ...
    def free_some(self, names: Collection[str], owner: str) -> None: ...
    def mend(self, prefix: str, longest: datetime) -> None: ...


class LeaseWork(Work, Protocol):
    @property
    def leases(self) -> Leases: ...


T = TypeVar("T")


class Quick(Protocol):
    """What is asked of the store: every statement of a lease settles its own races."""

    async def quick(self, job: Callable[[LeaseWork], T]) -> T: ...


def life() -> str:
    """The name of this process's life: no other, before or after, has it. 50 characters at the most."""
    host = re.sub(r"[^A-Za-z0-9.-]", "", socket.gethostname())[:30]
    return f"{host}-{os.getpid()}-{secrets.token_hex(4)}"


@dataclass
class _Known:
    """What a process remembers of a kind of seats between two looks."""

    renewed: datetime | None = None
    first_seen: dict[str, datetime] = field(default_factory=dict)

    def settled(self, now: datetime) -> set[str]:
        return {owner for owner, at in self.first_seen.items() if now - at >= SETTLE}

    def due(self, now: datetime) -> bool:
        """Whether the leases are to be prolonged; also after the database's clock was put back."""
        return self.renewed is None or abs(now - self.renewed) >= RENEW


class SharedSeats:
    """Implements `Seats` over a store that several processes share."""

    def __init__(
        self,
        store: Quick,
        owner: str,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.owner = owner
        self._store = store
        self._sleep = sleep
        self._known: dict[str, _Known] = {}

    async def sit(self, wish: Wish, connected: Collection[str] = (), at_once: int = 1, offers: int = 0) -> Seating:
        known = self._known.setdefault(_among(wish), _Known())
        table, seating, now, renewed = await self._store.quick(
            lambda work: _sit(work, self.owner, wish, known, frozenset(connected), at_once, offers)
        )
        known.first_seen = {owner: known.first_seen.get(owner, now) for owner in table.here}
        known.renewed = now if renewed else known.renewed
        return seating

    async def look(self, wish: Wish) -> Seating:
        return await self._store.quick(lambda work: _seating(self.owner, wish, _table(work, wish)))

    async def leave(self, wish: Wish) -> None:
        self._known.pop(_among(wish), None)
        await self._store.quick(lambda work: _leave(work, self.owner, wish))

    async def turn(self, name: str, seconds: float) -> bool:
        # Under another name each time: who holds a lease already gets it again.
        once = f"{self.owner}#{secrets.token_hex(3)}"
        return await self._store.quick(
            lambda work: work.leases.take(f"turn:{name}", once, work.now + timedelta(seconds=seconds))
        )

    async def beat(self) -> None:
        await self._sleep(BEAT)


def _among(wish: Wish) -> str:
    return wish.among or wish.kind


def _table(work: LeaseWork, wish: Wish) -> Table:
    def taken(prefix: str) -> dict[str, str]:
        return {name.removeprefix(prefix): owner for name, owner in work.leases.taken(prefix).items()}

    here = frozenset(taken(f"here:{_among(wish)}:").values())
    return Table(here, taken(f"seat:{wish.kind}:"), taken(f"open:{wish.kind}:"))


def _seating(owner: str, wish: Wish, table: Table, surplus: int = 0) -> Seating:
    mine = frozenset(seat for seat in wish.seats if table.held.get(seat) == owner)
    elsewhere = frozenset(seat for seat, other in table.stands.items() if other != owner)
    return Seating(mine, elsewhere, len(table.here - {owner}), surplus)


def _sit(
    work: LeaseWork, owner: str, wish: Wish, known: _Known, connected: frozenset[str], at_once: int, offers: int
) -> tuple[Table, Seating, datetime, bool]:
    now = work.now
    if known.renewed is not None and now < known.renewed:  # the clock was put back: nobody's lease may last for ever
        for prefix in (f"here:{_among(wish)}:", f"seat:{wish.kind}:", f"open:{wish.kind}:"):
            work.leases.mend(prefix, now + LEASE)
    table = _table(work, wish)
    ours = move(owner, wish, table, known.settled(now), connected, at_once, offers)
    renew = known.due(now) or owner not in table.here
    kept = {seat for seat in wish.seats if table.held.get(seat) == owner} - set(ours.offer)
    stands = {seat for seat in (kept | set(ours.take)) & connected if renew or table.stands.get(seat) != owner}
    take = {f"seat:{wish.kind}:{seat}" for seat in (kept if renew else set()) | set(ours.take)}
    take |= {f"open:{wish.kind}:{seat}" for seat in stands}
    take |= {f"here:{_among(wish)}:{owner}"} if renew else set()
    if ours.offer:
        work.leases.free_some([f"{what}:{wish.kind}:{seat}" for seat in ours.offer for what in ("seat", "open")], owner)
    lost = take - work.leases.take_all(take, owner, now + LEASE) if take else set()
    mine = frozenset(seat for seat in kept | set(ours.take) if f"seat:{wish.kind}:{seat}" not in lost)
    seen = _seating(owner, wish, table, ours.surplus)
    return table, Seating(mine, seen.elsewhere, seen.others, seen.surplus), now, renew


def _leave(work: LeaseWork, owner: str, wish: Wish) -> None:
    names = [f"here:{_among(wish)}:{owner}"]
    for prefix in (f"open:{wish.kind}:", f"seat:{wish.kind}:"):
        names += [name for name, holder in work.leases.taken(prefix).items() if holder == owner]
    work.leases.free_some(names, owner)
