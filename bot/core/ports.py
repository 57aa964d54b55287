"""What the core needs of others: time, a transaction's work, the outbox, the timers, a chat platform."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Literal, Protocol, TypeVar

from bot.core.events import Place, Receipt, Reply
from bot.core.records import record
from bot.core.seats import Seating, Wish
from bot.core.ui import ActionId, Card


class Clock(Protocol):
    """The only reader of the wall."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class Outbox(Protocol):
    """Messages that the bot owes. They join the transaction; the deliverer sends them after the commit."""

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
        """Owe `card` to `place`, once for each `key`: a second call with the same key changes nothing.

        `under` is the key of an earlier message in whose thread this one goes. `thread` names a thread that the
        platform opens on this message. `then` is told where it landed. After `until` (aware) it is not sent any more.
        """
        ...

    def edit(self, of: str, card: Card, *, key: str) -> None:
        """Owe a new face to the message that was added with the key `of`."""
        ...

    def lost(self, key: str) -> bool:
        """Whether the message with this key was given up. One that may have landed was not."""
        ...


class Timers(Protocol):
    """What is due later. One timer an action: setting it again moves it."""

    def set(self, action: ActionId, at: datetime) -> None:
        """Call the action's timer route at the instant `at` (aware)."""
        ...

    def cancel(self, action: ActionId) -> None:
        """The timer is gone; nothing happens where there was none."""
        ...


class Receipts(Protocol):
    """The events that were handled, so that a platform's second sending of one changes nothing."""

    def first(self, id: str) -> bool:
        """True where this event is new; it is known from then on."""
        ...

    def keep(self, id: str, reply: Reply) -> None:
        """Remember a new event and its answer."""
        ...

    def answer(self, id: str) -> Reply | None:
        """The answer that the event got the first time; None where it is new."""
        ...


class Work(Protocol):
    """One transaction. Features add the repositories that they need."""

    @property
    def now(self) -> datetime:
        """The instant of this transaction, aware, in UTC."""
        ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def timers(self) -> Timers: ...

    @property
    def receipts(self) -> Receipts: ...


W_co = TypeVar("W_co", bound=Work, covariant=True)
T = TypeVar("T")


@record(frozen=True, slots=True)
class Scope:
    """Whose data a job reads and writes: a workspace's, or, from direct messages of no workspace, that of all in which the
    person has a seat. Without a platform it is everybody's."""

    platform: str = ""
    workspace: str = ""
    person: str = ""

    @classmethod
    def of(cls, where: Place, person: str = "") -> "Scope":
        return cls(where.platform, where.workspace, "" if where.workspace else person)

    @classmethod
    def named(cls, name: str) -> "Scope":
        platform, _, workspace = name.partition("|")
        return cls(platform, workspace)

    @property
    def name(self) -> str:
        """What a workspace's scope is called; empty where it is not just one's."""
        return f"{self.platform}|{self.workspace}" if self.workspace else ""


EVERYBODYS = Scope()


class Store(Protocol[W_co]):
    """Runs jobs, each in a transaction (or savepoint) of its own, and returns after the commit."""

    @property
    def serial(self) -> bool:
        """Whether jobs run one after the other anyway, whatever their scope."""
        ...

    async def run(self, job: "Callable[[W_co], T]", scope: Scope = EVERYBODYS) -> T:
        """The job's result, once it is durable, as if no other job of its scope had run at the same time. What the job
        raises undoes what it did, and is raised here. It may be run again where the connection broke, or where a job
        beside it raised, so it may do nothing outside of its transaction. Raises StoreUnavailable."""
        ...

    async def quick(self, job: "Callable[[W_co], T]") -> T:
        """The same for a job whose every statement settles its own races: nothing is promised between two of them."""
        ...


@record(frozen=True, slots=True)
class Parcel:
    """One message on its way: where to, what, and the key by which a platform can find it again.

    `edits` is the platform's id of the message to change; `thread` the title of a thread to open on a new one. `since`
    (aware) is an instant before which it was never sent, so that no look-up has to go further back; None: not known.
    """

    key: str
    place: Place
    card: Card
    thread: str = ""
    edits: str = ""
    since: datetime | None = None


Limits = Literal["workspace", "bot"]


class Platform(Protocol):
    """A chat platform as the deliverer sees it. Every fault is raised as DeliveryFailed."""

    @property
    def name(self) -> str:
        """As in `Place.platform`."""
        ...

    @property
    def limits(self) -> Limits:
        """What the platform counts requests for: each workspace by itself, or the bot wherever it speaks. One process at
        a time sends to it."""
        ...

    def wait(self, place: Place, ahead: int = 0) -> float:
        """Seconds until a message may go there, when `ahead` others that are counted with it go first; 0 where it may go
        now. It takes nothing and is asked often: what has to wait is not claimed before its time. `send` keeps the pace
        all the same."""
        ...

    async def send(self, parcel: Parcel) -> Receipt:
        """Post the message (or edit it, where `parcel.edits` names one) and say where it landed."""
        ...

    async def find(self, parcel: Parcel) -> Receipt | None:
        """Look whether a message with this key landed already; None where it certainly did not.

        What keeps it from telling is raised: as `unknowable` where the next look would tell no more, such as a history
        that may not be read, a channel that is gone, or one too long to be read through.
        """
        ...


class Seats(Protocol):
    """What the processes on one database share out between them, such as a platform's connections. Whoever dies loses
    its seats within half a minute. All but `beat` raise StoreUnavailable, with nothing changed."""

    async def sit(self, wish: Wish, connected: Collection[str] = (), at_once: int = 1, offers: int = 0) -> Seating:
        """Be here, keep what is ours, take what is free and we are due. `connected` are the seats whose connection
        stands, whether they are ours still or not. At most `at_once` new ones are taken; at most `offers` are let go and
        not yet taken over. Ask again at each `beat`, and whenever `connected` changes."""
        ...

    async def look(self, wish: Wish) -> Seating:
        """The same without being here or moving."""
        ...

    async def leave(self, wish: Wish) -> None:
        """Let all go, for others to take at once."""
        ...

    async def turn(self, name: str, seconds: float) -> bool:
        """Whether it is our turn: one process gets it within so many seconds."""
        ...

    async def beat(self) -> None:
        """Returns when it is time to look again; never where nobody else can come."""
        ...
