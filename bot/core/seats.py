"""Who takes which seats: the connections to a platform, shared out between the processes on one database. Pure.

All see one table, and each moves for itself alone: it takes what is free and what it is due, and lets go what others are
due. Nobody moves where all have what they are due, and shares differ by one seat at the most.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wish:
    """What is shared out: `seats` in their order, of which one process holds `most` at the most (0: any number).
    `pair`: one process at least holds two. Those who share them are here under `among`."""

    kind: str
    seats: tuple[str, ...]
    most: int = 0
    pair: bool = False
    among: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The owners who live; seat -> who holds it; seat -> whose connection stands."""

    here: frozenset[str]
    held: Mapping[str, str]
    stands: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Move:
    """Seats to take, seats to let go, and how many more there would be to let go."""

    take: tuple[str, ...] = ()
    offer: tuple[str, ...] = ()
    surplus: int = 0


@dataclass(frozen=True, slots=True)
class Seating:
    """`mine` are held now; `elsewhere` those seats of the kind whose connection stands in another process; `others` how
    many share the seats with us; `surplus` how many of ours others are due."""

    mine: frozenset[str]
    elsewhere: frozenset[str] = frozenset()
    others: int = 0
    surplus: int = 0


class Alone:
    """The seats of the only process there is: all are its own, and nothing is asked of anybody."""

    async def sit(self, wish: Wish, connected: Collection[str] = (), at_once: int = 1, offers: int = 0) -> Seating:
        return await self.look(wish)

    async def look(self, wish: Wish) -> Seating:
        return Seating(frozenset(wish.seats[: wish.most or None]))

    async def leave(self, wish: Wish) -> None:
        return None

    async def turn(self, name: str, seconds: float) -> bool:
        return True

    async def beat(self) -> None:
        """Nothing ever changes."""
        await asyncio.Event().wait()


def due(owners: Iterable[str], held: Mapping[str, str], wish: Wish) -> dict[str, int]:
    """How many seats each is due: as even as can be. Who holds most already has the odd ones, so that nothing moves
    without need."""
    counts = dict.fromkeys(owners, 0)
    for seat in wish.seats:
        if held.get(seat) in counts:
            counts[held[seat]] += 1
    order = sorted(counts, key=lambda owner: (-counts[owner], owner))
    least, odd = divmod(len(wish.seats), len(order))
    most = wish.most or len(wish.seats)
    shares = {owner: min(most, least + (place < odd)) for place, owner in enumerate(order)}
    if wish.pair and len(wish.seats) > 1 and max(shares.values()) == 1:
        shares[order[0]] = 2
        last = max(place for place, owner in enumerate(order) if shares[owner] == 1)
        if sum(shares.values()) > len(wish.seats):
            shares[order[last]] = 0
    return shares


def move(
    me: str,
    wish: Wish,
    table: Table,
    settled: Collection[str],
    connected: Collection[str] = (),
    at_once: int = 1,
    offers: int = 0,
) -> Move:
    """What to do now. Free seats are for all who are here; what somebody holds is let go for those alone who have been
    here for a while (`settled`). At most `at_once` seats are taken, beside those in which we are `connected` still; at
    most `offers` are on their way to others at a time."""
    mine = [seat for seat in wish.seats if table.held.get(seat) == me]
    free = [seat for seat in wish.seats if seat not in table.held]
    room = max(0, due(table.here | {me}, table.held, wish)[me] - len(mine))
    back = [seat for seat in free if seat in connected][:room]
    new = [seat for seat in free if seat not in connected][: min(room - len(back), at_once)]
    over = max(0, len(mine) - due(table.here & set(settled) | {me}, table.held, wish)[me])
    under_way = len([seat for seat in connected if table.held.get(seat) != me and table.stands.get(seat, me) == me])
    last_first = mine[::-1]
    offer = sorted(last_first, key=lambda seat: seat in connected)[: min(over, max(0, offers - under_way))]
    return Move((*back, *new), tuple(offer), over - len(offer))
