"""Which lanes have something to send, and when each may be asked for its next message. Nothing here waits or sends.

A lane that is known here waits, or is under way. Of those that may go, the one that waited longest goes first; workspaces
that have much to send take turns.
"""

from collections import Counter, deque
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from bot.core.events import Place
from bot.core.ports import Platform

PLACES = 600  # messages under way at once
A_WORKSPACE = 8  # of them: a workspace that hangs holds up itself
AHEAD = timedelta(seconds=0.1)  # what has its turn so soon is claimed now, and waits the rest on its way
SHARE = 9  # of the time at least is not spent on looking, while there is much to send


@dataclass(frozen=True, slots=True)
class Lane:
    """`sender` names the lease of whoever sends there; `stale`: its head is a claim that ran out by then."""

    name: str
    place: Place
    sender: str
    stale: bool = False


class Lanes:
    def __init__(self, platforms: Mapping[str, Platform], places: int = PLACES, a_workspace: int = A_WORKSPACE) -> None:
        self._platforms = platforms
        self._places = places
        self._a_workspace = a_workspace
        self._numbers = count()
        # Lane -> when it may be asked, and its number: who waits longer has the lower one. The heaps may hold more: what
        # has another number here is void.
        self._at: dict[str, tuple[datetime, int]] = {}
        self._waiting: list[tuple[datetime, int, Lane]] = []  # a heap, by the time
        self._due: list[tuple[int, Lane]] = []  # a heap of those whose time has come, by the number
        self._paced: set[str] = set()  # lanes that wait for a turn or a place, not for what they owe to be due
        self._crowded: dict[tuple[str, str], deque[tuple[int, Lane]]] = {}  # workspace -> who waits for a place of its
        self._under_way: dict[str, Lane] = {}
        self._more: set[str] = set()  # lanes under way that were found again meanwhile
        self._busy = Counter[tuple[str, str]]()  # workspace -> how many are under way
        self._of = Counter[str]()  # sender -> how many lanes of its are known

    def find(self, lane: Lane, at: datetime) -> None:
        """Something is owed there, from `at` on."""
        if lane.name in self._under_way:
            self._more.add(lane.name)
        if lane.name in self._under_way or lane.name in self._paced:
            return
        known = self._at.get(lane.name)
        if known is None:
            self._of[lane.sender] += 1
        if known is None or at < known[0]:
            self._wait(lane, at, next(self._numbers))

    def choose(self, now: datetime, elsewhere: Set[str] = frozenset()) -> list[Lane]:
        """The lanes that may send now, as many as there are places; they are under way from now on. Whose turn it is, and
        whose sender is `elsewhere`, is forgotten."""
        chosen: list[Lane] = []
        asked = Counter[str]()  # sender -> how many have asked before in this round
        while len(self._under_way) < self._places and (found := self._longest(now)) is not None:
            number, lane = found
            home = lane.place.platform, lane.place.workspace
            if lane.sender in elsewhere:
                for one in (lane, *(other for _, other in self._crowded.pop(home, ()))):
                    self._forget(one)
                continue
            if self._busy[home] >= self._a_workspace:
                self._crowded.setdefault(home, deque()).append((number, lane))
                self._paced.add(lane.name)
                continue
            wait = timedelta(seconds=self._platforms[lane.place.platform].wait(lane.place, asked[lane.sender]))
            asked[lane.sender] += 1
            if wait > AHEAD:
                self._wait(lane, now + wait - AHEAD, number, paced=True)
                self._admit(home, now)  # it holds no place, and may hold up nobody
                continue
            del self._at[lane.name]
            self._paced.discard(lane.name)
            self._under_way[lane.name] = lane
            self._busy[home] += 1
            chosen.append(lane)
        return chosen

    def again(self, lane: Lane, at: datetime, now: datetime) -> None:
        """A lane that was under way may be asked again from `at` on."""
        self._leave(lane, now)
        self._wait(lane, at, next(self._numbers))

    def landed(self, lane: Lane, more: bool, now: datetime) -> None:
        """The message of a lane that was under way has landed; there was `more` behind it when it was claimed."""
        if more or lane.name in self._more:
            self.again(lane, now, now)
        else:
            self.done(lane, now)

    def done(self, lane: Lane, now: datetime) -> None:
        """A lane that was under way has nothing more."""
        self._leave(lane, now)
        self._unknown(lane)

    def forget(self) -> None:
        """Forget all that waits."""
        self._at, self._waiting, self._due, self._paced, self._crowded = {}, [], [], set(), {}
        self._of = Counter(lane.sender for lane in self._under_way.values())

    def at(self, lane: str) -> datetime | None:
        """When a lane that waits may be asked; None where it does not wait."""
        known = self._at.get(lane)
        return None if known is None else known[0]

    def under_way(self, lane: str) -> bool:
        return lane in self._under_way

    @property
    def next(self) -> datetime | None:
        """When the first of those that wait may be asked; None where none waits, or no place is free."""
        if len(self._under_way) >= self._places:
            return None
        while self._due:
            number, lane = self._due[0]
            at = self._valid(lane, number)
            if at is not None:
                return at
            heappop(self._due)
        while self._waiting and self._valid(self._waiting[0][2], self._waiting[0][1]) is None:
            heappop(self._waiting)
        return self._waiting[0][0] if self._waiting else None

    @property
    def busy(self) -> set[str]:
        """The senders of all that is under way."""
        return {lane.sender for lane in self._under_way.values()}

    @property
    def senders(self) -> set[str]:
        """The senders of all that is known."""
        return set(self._of)

    def _longest(self, now: datetime) -> tuple[int, Lane] | None:
        """Of those that may be asked now, the one that waited longest, taken out of the heaps."""
        while self._waiting and self._waiting[0][0] <= now:
            _, number, lane = heappop(self._waiting)
            heappush(self._due, (number, lane))
        while self._due:
            number, lane = heappop(self._due)
            if self._valid(lane, number) is not None:
                return number, lane
        return None

    def _valid(self, lane: Lane, number: int) -> datetime | None:
        """When it may be asked, where the lane waits under this number still."""
        known = self._at.get(lane.name)
        return known[0] if known is not None and known[1] == number else None

    def _wait(self, lane: Lane, at: datetime, number: int, *, paced: bool = False) -> None:
        self._at[lane.name] = at, number
        heappush(self._waiting, (at, number, lane))
        if paced:
            self._paced.add(lane.name)
        else:
            self._paced.discard(lane.name)

    def _leave(self, lane: Lane, now: datetime) -> None:
        del self._under_way[lane.name]
        self._more.discard(lane.name)
        home = lane.place.platform, lane.place.workspace
        self._busy[home] -= 1
        if not self._busy[home]:
            del self._busy[home]
        self._admit(home, now)

    def _admit(self, home: tuple[str, str], now: datetime) -> None:
        """The next of those who wait for a place of a workspace goes behind those of other workspaces that wait."""
        crowd = self._crowded.get(home)
        if crowd:
            _, other = crowd.popleft()
            self._wait(other, now, next(self._numbers), paced=True)
            if not crowd:
                del self._crowded[home]

    def _forget(self, lane: Lane) -> None:
        del self._at[lane.name]
        self._paced.discard(lane.name)
        self._unknown(lane)

    def _unknown(self, lane: Lane) -> None:
        self._of[lane.sender] -= 1
        if not self._of[lane.sender]:
            del self._of[lane.sender]


@dataclass
class Look:
    """How far a look over all lanes has come. It goes page by page, and then rests, so that most of the time is not spent
    on looking. In seconds of the loop's time."""

    after: str = ""
    going: bool = False
    rests_until: float = float("-inf")
    began: float = float("-inf")
    _took: float = 0.0

    def may_begin(self, now: float) -> bool:
        """Whether it is time for the next one. One that is going goes on to its end first, however much news there is."""
        return not self.going and now >= self.rests_until

    def begin(self, now: float) -> None:
        """From the first lane on."""
        self.after, self.going, self.began, self._took = "", True, now, 0.0

    def went(self, last: str, begun: float, ended: float) -> None:
        """A page was looked at, up to the lane `last`; empty where it was the last page."""
        self._took += ended - begun
        self.after, self.going = last, bool(last)
        self.rests_until = ended + self._took * SHARE
