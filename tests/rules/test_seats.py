"""Seats are shared out: never too many, fairly, without need of moves, and soon, whoever comes and goes."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from bot.core.seats import Alone, Table, Wish, due, move

SLACK = Wish("slack", tuple(str(n) for n in range(10)), most=2, pair=True)


def shards(count: int) -> Wish:
    return Wish("discord", tuple(f"{n}/{count}" for n in range(count)))


@dataclass
class Room:
    """The table with its owners: each moves when it is told to, by what it sees then. What is taken is connected."""

    wish: Wish
    at_once: int = 16
    here: set[str] = field(default_factory=set)
    held: dict[str, str] = field(default_factory=dict)
    connected: dict[str, set[str]] = field(default_factory=dict)
    moves: int = 0

    def join(self, owner: str) -> None:
        self.here.add(owner)
        self.connected.setdefault(owner, set())

    def die(self, owner: str) -> None:
        self.here.discard(owner)
        self.connected.pop(owner, None)
        self.held = {seat: who for seat, who in self.held.items() if who != owner}

    @property
    def stands(self) -> dict[str, str]:
        return {seat: who for seat, who in self.held.items() if seat in self.connected.get(who, set())}

    def round(self, me: str) -> None:
        table = Table(frozenset(self.here), dict(self.held), self.stands)
        ours = move(me, self.wish, table, self.here, self.connected[me], self.at_once, self.at_once)
        assert not (ours.take and ours.offer)
        for seat in ours.offer:
            del self.held[seat]
        for seat in ours.take:
            assert seat not in self.held
            self.held[seat] = me
        self.moves += len(ours.take) + len(ours.offer)
        self.connected[me] |= set(ours.take)
        self.connected[me] -= {seat for seat, who in self.stands.items() if who != me}

    def counts(self) -> list[int]:
        return sorted(sum(who == owner for who in self.held.values()) for owner in self.here)


OWNERS = "abcdefghijklm"
wishes = st.one_of(st.just(SLACK), st.integers(1, 24).map(shards))
lives = st.lists(st.tuples(st.sampled_from(OWNERS), st.sampled_from(["join", "die", "round", "round"])), max_size=60)


def lived(wish: Wish, life: list[tuple[str, str]], at_once: int) -> Room:
    room = Room(wish, at_once)
    for owner, what in life:
        if what == "join":
            room.join(owner)
        elif owner in room.here:
            room.die(owner) if what == "die" else room.round(owner)
        if wish is SLACK:
            assert len(room.held) <= 10
            assert all(count <= 2 for count in room.counts())
    room.join("z")
    return room


@given(wishes, lives, st.integers(1, 16))
def test_whoever_comes_and_goes_all_is_shared_out_soon_and_then_nobody_moves(
    wish: Wish, life: list[tuple[str, str]], at_once: int
) -> None:
    room = lived(wish, life, at_once)
    for _ in range(2 * len(wish.seats) // at_once + 6):
        for owner in sorted(room.here):
            room.round(owner)
    before = room.moves
    for owner in sorted(room.here):
        room.round(owner)
    assert room.moves == before
    counts = room.counts()
    most = wish.most or len(wish.seats)
    assert sum(counts) == min(len(wish.seats), most * len(room.here))
    if not wish.pair:
        assert counts[-1] - counts[0] <= 1
    else:
        assert counts[-1] == 2
        assert counts[-1] - counts[0] <= (1 if len(room.here) < len(wish.seats) else 2)
        assert counts.count(2) == 1 or counts[0] >= 1


@given(wishes, lives, st.integers(1, 16))
def test_a_seat_that_somebody_lets_go_is_heard_until_another_hears_it(
    wish: Wish, life: list[tuple[str, str]], at_once: int
) -> None:
    room = lived(wish, life, at_once)
    heard: set[str] = set()
    for _ in range(12):
        for owner in sorted(room.here):
            room.round(owner)
            now = set().union(*room.connected.values())
            assert heard <= now
            heard = now


@given(wishes, st.integers(1, 13), lives)
def test_what_all_are_due_is_all_there_is(wish: Wish, many: int, life: list[tuple[str, str]]) -> None:
    room = lived(wish, life, 16)
    shares = due(OWNERS[:many], room.held, wish)
    most = wish.most or len(wish.seats)
    assert sum(shares.values()) == min(len(wish.seats), most * many)


def test_a_newcomer_takes_what_is_free_and_is_given_more_once_it_has_stayed() -> None:
    wish = shards(4)
    table = Table(frozenset({"a", "b"}), {"0/4": "a", "1/4": "a", "2/4": "a"}, {})
    assert move("b", wish, table, settled={"a"}).take == ("3/4",)
    full = Table(frozenset({"a", "b"}), dict.fromkeys(wish.seats, "a"), {})
    assert move("a", wish, full, settled={"a"}, offers=4).offer == ()
    assert move("a", wish, full, settled={"a", "b"}, offers=4).offer == ("3/4", "2/4")


def test_no_more_is_on_its_way_than_may_be() -> None:
    wish = shards(4)
    heard = set(wish.seats)
    table = Table(frozenset({"a", "b"}), dict.fromkeys(wish.seats, "a"), dict.fromkeys(wish.seats, "a"))
    first = move("a", wish, table, {"a", "b"}, heard, offers=1)
    assert (first.offer, first.surplus) == (("3/4",), 1)
    taken = Table(table.here, {**table.held, "3/4": "b"}, {seat: "a" for seat in wish.seats if seat != "3/4"})
    assert move("a", wish, taken, {"a", "b"}, heard, offers=1).offer == ()
    over = Table(table.here, taken.held, {**taken.stands, "3/4": "b"})
    assert move("a", wish, over, {"a", "b"}, heard, offers=1).offer == ("2/4",)


def test_a_seat_that_we_hear_still_is_taken_back_first() -> None:
    wish = shards(4)
    table = Table(frozenset({"a"}), {}, {})
    assert move("a", wish, table, set(), connected={"2/4"}, at_once=1).take == ("2/4", "0/4")


async def test_a_process_that_is_alone_has_all_that_one_may_have() -> None:
    assert (await Alone().sit(shards(3))).mine == {"0/3", "1/3", "2/3"}
    assert (await Alone().sit(SLACK)).mine == {"0", "1"}
    assert await Alone().turn("start", 5)
