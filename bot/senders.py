"""One process at a time sends to a workspace, or to a whole platform where its limits count for the bot: so the limits hold
across processes. A lease says which; whoever dies loses it when it runs out, whoever has nothing more to send lets it go.

Where several processes have something to send, each holds its share of those that owe something.
"""

from collections import Counter
from collections.abc import Collection, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.store.repos.leases import SqlLeases

LEASE = timedelta(seconds=30)  # a third of it on, it is prolonged: one try that fails is no harm
SEND, HERE = "send:", "here:send:"  # how the leases of senders, and of the processes that send, begin


@dataclass(frozen=True, slots=True)
class Use:
    """The senders of lanes that were chosen just now, of all that is under way, and of all that is known."""

    wanted: Set[str]
    busy: Set[str]
    known: Set[str]


@dataclass(frozen=True, slots=True)
class Held:
    """The leases that are ours until then; `others` are senders that we want or wanted, and that others send to."""

    names: frozenset[str]
    until: datetime | None
    others: frozenset[str] = frozenset()


class Senders:
    """What a process remembers of its leases; the table is the truth, and a claim looks there."""

    def __init__(self, owner: str, lease: timedelta = LEASE) -> None:
        self.owner = owner
        self.lease = lease
        self._pause = lease / 6  # until what another process sends is asked for again
        self._held = Held(frozenset(), None)
        self._owing: Counter[str] = Counter()  # platform -> how many senders owe something, ours and others'
        self._elsewhere: dict[str, datetime] = {}  # sender -> when it is asked for again

    def owing(self, senders: Collection[str]) -> None:
        """So many owe something, whoever sends it."""
        self._owing = Counter(map(_platform, senders))

    def elsewhere(self, sender: str, now: datetime) -> bool:
        """Whether another process sends there, as far as we know."""
        at = self._elsewhere.get(sender, now)
        return now < at <= now + self._pause

    def next(self, now: datetime) -> datetime | None:
        """When what another process sends is asked for again."""
        return min((at for at in self._elsewhere.values() if at > now), default=None)

    def due(self, now: datetime) -> bool:
        """Whether what is held has to be prolonged; also where the clock was set."""
        until = self._held.until
        return until is not None and not self.lease * (2 / 3) < until - now <= self.lease

    def secure(self, leases: SqlLeases, now: datetime, use: Use) -> Held:
        """In a transaction: hold those that are wanted, as far as they are free and our share goes, and keep what is used.
        Nothing is remembered before `note`."""
        until, names = self._held.until, self._held.names
        renew = until is None or self.due(now)
        if not renew and use.wanted <= names:
            return Held(names, until)
        surplus: frozenset[str] = frozenset()
        if renew and names:
            kept = frozenset(leases.keep(names, self.owner, now + self.lease))
            names, surplus = self._kept(leases, kept, use)
        names, refused = self._taken(leases, names, now + self.lease, use)
        return Held(names, now + self.lease if renew else until, surplus | refused)

    def note(self, held: Held, now: datetime) -> frozenset[str]:
        """After the commit: those to leave alone for a while."""
        self._elsewhere = {one: at for one, at in self._elsewhere.items() if now < at <= now + self._pause}
        self._elsewhere |= dict.fromkeys(held.others, now + self._pause)
        self._held = held if held.names else Held(frozenset(), None)
        return held.others

    def leave(self, leases: SqlLeases) -> None:
        """Let all go."""
        if self._held.names:
            leases.free_some(self._held.names, self.owner)

    def _kept(self, leases: SqlLeases, mine: frozenset[str], use: Use) -> tuple[frozenset[str], frozenset[str]]:
        """What is kept of ours, which is not what nobody uses; and what is let go because it is beyond our share."""
        idle = {one for one in mine if one.startswith(SEND) and one not in use.known}
        surplus: set[str] = set()
        for platform in {_platform(one) for one in mine}:
            ours = sorted(_of(platform, mine - idle))
            many = len(ours) - self._share(leases, platform, len(ours))
            surplus |= set([one for one in ours if one not in use.busy][: max(many, 0)])
        go = idle | surplus
        go |= {self._here(platform) for platform in {_platform(one) for one in go} if not _of(platform, mine - go)}
        if go:
            leases.free_some(go, self.owner)
        return mine - go, frozenset(surplus)

    def _taken(
        self, leases: SqlLeases, mine: frozenset[str], until: datetime, use: Use
    ) -> tuple[frozenset[str], frozenset[str]]:
        """What is ours then, and what we were refused."""
        missing = use.wanted - mine
        platforms = {_platform(one) for one in missing}
        names = {self._here(platform) for platform in platforms}
        if not names <= mine:
            mine |= leases.take_all(names - mine, self.owner, until)
        wish: set[str] = set()
        for platform in platforms:
            used = len(_of(platform, mine) & use.known)
            ours = sorted(_of(platform, missing))
            wish |= set(ours[: max(self._share(leases, platform, used + len(ours)) - used, 0)])
        taken = leases.take_all(wish, self.owner, until) if wish else set()
        return mine | taken, frozenset(missing - taken)

    def _share(self, leases: SqlLeases, platform: str, all: int) -> int:
        """How many of a platform's senders are ours to hold: `all` that we want where nobody else is there."""
        here = leases.owners(self._here(platform).removesuffix(self.owner))
        return all if here < 2 else -(-max(self._owing[platform], 1) // here)

    def _here(self, platform: str) -> str:
        return f"{HERE}{platform}:{self.owner}"


def _platform(name: str) -> str:
    """Of a lease's name."""
    return name.removeprefix("here:").split(":")[1]


def _of(platform: str, names: Set[str]) -> set[str]:
    """The senders of a platform among these names."""
    return {one for one in names if one.startswith(SEND) and _platform(one) == platform}
