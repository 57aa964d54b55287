"""A chat platform that is out of our hands: what it took stays, and whatever can go wrong between us and it does."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from bot.core.events import Receipt
from bot.core.ports import Parcel
from bot.core.ui import Card
from tests.chaos.account import Effect

TIMEOUT = 1.5  # seconds that a client has for a message, as its patience says
GRACE = 3.0  # seconds after which a request that is still under way is dropped; the lease is longer by more than both

Fault = Literal["none", "limited", "refused", "failed", "lost", "dropped", "slow", "late"]
# Out of a hundred requests. `refused` is a 503 and nothing was done, `failed` a 502 and it was all the same; `lost` was
# done and the line died, `dropped` was not; `slow` is answered after the timeout, `late` is done after it.
WEATHER: dict[Fault, int] = {"limited": 4, "refused": 3, "failed": 2, "lost": 3, "dropped": 2, "slow": 2, "late": 2}
SEARCHING: dict[Fault, int] = {"limited": 5, "refused": 5, "dropped": 5}
CLEARS = 6  # the requests for one message beyond so many meet no fault


@dataclass(frozen=True, slots=True)
class Sending:
    """A request: `at` is the monotonic clock when it was sent; `ends` says that its sender dies of it."""

    parcel: Parcel
    at: float
    ends: Literal["", "applying", "applied"] = ""


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    parcel: Parcel
    faces: tuple[Card, ...]


class Gone(Exception):
    """There is no such message to answer or to change."""


class Expired(Exception):
    """The request was under way for longer than the grace, and is dropped."""


@dataclass
class World:
    seed: int
    looks_up: bool = True
    calm: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    listeners: list[Callable[[Message], None]] = field(default_factory=list)  # told of each post
    _by_key: dict[str, str] = field(default_factory=dict)
    _asked: Counter[str] = field(default_factory=Counter)
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    def fault(self, what: str, weather: dict[Fault, int]) -> Fault:
        """What becomes of the next request of this name: the same for the same seed, whatever happens beside it."""
        self._asked[what] += 1
        if self.calm or self._asked[what] > CLEARS:
            return "none"
        draw = random.Random(f"{self.seed}:{what}:{self._asked[what]}").randrange(100)
        for fault, share in weather.items():
            draw -= share
            if draw < 0:
                self.counts[fault] += 1
                return fault
        return "none"

    def apply(self, sending: Sending) -> Receipt:
        """Do it. It trusts nobody's key: whoever asks twice gets two. Raises Gone and Expired."""
        parcel = sending.parcel
        if time.monotonic() - sending.at > GRACE:
            self.counts["expired"] += 1
            raise Expired
        if parcel.edits:
            return self._edit(parcel)
        if parcel.place.thread and parcel.place.thread not in self.messages:
            raise Gone
        id = f"m{next(self._ids)}"
        self.messages[id] = message = Message(id, parcel, (parcel.card,))
        self._by_key.setdefault(parcel.key, id)
        self.effects.append(Effect(parcel.key, parcel.place.lane))
        for listener in self.listeners:
            listener(message)
        return Receipt(id, id if parcel.thread else "")

    def _edit(self, parcel: Parcel) -> Receipt:
        before = self.messages.get(parcel.edits)
        if before is None:
            raise Gone
        self.messages[before.id] = Message(before.id, before.parcel, (*before.faces, parcel.card))
        self.effects.append(Effect(parcel.key, parcel.place.lane, edit=True))
        self.counts["edits"] += 1
        return Receipt(before.id)

    def find(self, parcel: Parcel) -> Receipt | None:
        id = self._by_key.get(parcel.key) if self.looks_up else None
        self.counts["searches"] += 1
        return None if id is None else Receipt(id, id if parcel.thread else "")
