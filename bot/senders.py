"""One process at a time sends to a workspace, or to a whole platform where its limits count for the bot: so the limits hold
across processes. A lease says which; whoever dies loses it when it runs out, whoever has nothing more to send lets it go.

Where several processes would send, each has its share: who was refused says so, and who has more than is fair parts with
some, also with those that it is sending to all the time.
"""

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.patience import SENDER, SHARING
from bot.store.repos.leases import SqlLeases

SEND, WANT = "send:", "want:send:"  # how the leases of senders begin, and of those who were refused one
# What we part with is nobody's for so long: a platform counts our last messages still (Slack: one a second a channel).
REST = timedelta(seconds=1)
BEFORE_US = 3  # pauses in which others may take what we part with, before we want it again


@dataclass(frozen=True, slots=True)
class Use:
    """The senders of lanes that were chosen just now, of all that is under way, and of all that is known."""

    wanted: Set[str]
    busy: Set[str]
    known: Set[str]


@dataclass(frozen=True, slots=True)
class Held:
    """The leases that are ours until then; `leaving` are ours, too, and get nothing new until they are `gone`. `refused`
    were wanted, and another one has them. `looks`: when we ask next whether others want some of ours. `used` are those
    that were wanted since the leases were prolonged."""

    names: frozenset[str] = frozenset()
    until: datetime | None = None
    leaving: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    looks: datetime | None = None
    used: frozenset[str] = frozenset()


@dataclass
class Senders:
    """What a process remembers of its leases; the table is the truth, and a claim looks there."""

    owner: str
    lease: timedelta = SENDER
    pause: timedelta = SHARING  # between two questions to the others
    _held: Held = Held()
    _elsewhere: dict[str, datetime] = field(default_factory=dict)  # sender -> when it is asked for again

    def holds(self, sender: str) -> bool:
        """Whether we send there."""
        return sender in self._held.names

    @property
    def elsewhere(self) -> Set[str]:
        """Those to which another process sends, as far as we know."""
        return self._elsewhere.keys()

    def returned(self, now: datetime) -> bool:
        """Whether some that were others' may be asked for again; from now on they are not `elsewhere`."""
        others = {one: at for one, at in self._elsewhere.items() if now < at <= now + BEFORE_US * self.pause}
        some = len(others) < len(self._elsewhere)
        self._elsewhere = others
        return some

    def next(self) -> datetime | None:
        """When the first of what others send to is asked for again."""
        return min(self._elsewhere.values(), default=None)

    def due(self, now: datetime) -> bool:
        """Whether what is held has to be looked after, though nothing is wanted; also where the clock was set."""
        held = self._held
        return held.until is not None and (bool(held.leaving) or self._ends(now) or self._looks(now))

    @property
    def ends(self) -> datetime | None:
        """When the leases are prolonged, or let go."""
        return None if self._held.until is None else self._held.until - self.lease * (2 / 3)

    def secure(self, leases: SqlLeases, now: datetime, use: Use) -> Held:
        """In a transaction: hold those that are wanted, as far as they are free, keep what is used, and part with what is
        beyond our share. Nothing is remembered before `note`."""
        held = self._held
        names, leaving, until, looks = held.names, held.leaving, held.until, held.looks
        used = held.used | use.wanted
        if self._ends(now):
            kept = leases.keep(names | leaving, self.owner, now + self.lease)
            idle = names - used - use.known
            names, leaving, until = names & kept - idle, leaving & kept, now + self.lease
            used = frozenset(use.wanted)
            leases.free_some(idle, self.owner)
        if until is not None and self._looks(now):
            beyond = self._beyond(leases, names, use)
            names, leaving = names - beyond, leaving | beyond
            looks = now + self.pause * (BEFORE_US if beyond else 1)  # until others have what they want
        gone = leaving - use.busy
        if gone:
            leases.part(gone, self.owner, now + REST)
        names, refused = self._taken(leases, now, names, frozenset(use.wanted) - names - leaving, use)
        until = (until or now + self.lease) if names or leaving - gone else None
        return Held(names, until, leaving - gone, gone, refused, looks or now + self.pause, used)

    def note(self, held: Held, now: datetime) -> frozenset[str]:
        """After the commit: those to leave alone for a while from now on. What we part with is for others first."""
        parted = held.leaving | held.gone
        others = held.refused | parted - self._held.leaving
        self._elsewhere |= dict.fromkeys(held.refused, now + self.pause)
        self._elsewhere |= dict.fromkeys(parted, now + BEFORE_US * self.pause)
        self._held = held
        return others

    def leave(self, leases: SqlLeases, now: datetime) -> None:
        """Let all go. It counts once it is `left`."""
        if names := self._held.names | self._held.leaving:
            leases.part(names, self.owner, now + REST)

    def left(self) -> None:
        """Nothing is ours any more."""
        self._held = Held()

    def _taken(
        self, leases: SqlLeases, now: datetime, names: frozenset[str], missing: frozenset[str], use: Use
    ) -> tuple[frozenset[str], frozenset[str]]:
        """What is ours then, and what we were refused, which we say."""
        if not missing:
            return names, missing
        wish: set[str] = set()
        for platform in {_platform(one) for one in missing}:
            wish |= self._ours(leases, platform, names & use.known, _of(platform, missing))
        taken = leases.take_all(wish, self.owner, now + self.lease)
        if refused := missing - taken:
            wants = {f"{WANT}{_platform(one)}:{self.owner}" for one in refused}
            leases.take_all(wants, self.owner, now + 2 * self.pause)
        return names | taken, refused

    def _ours(self, leases: SqlLeases, platform: str, used: Set[str], missing: Set[str]) -> Set[str]:
        """What of a platform we may take: all that is free, or where others want some, too, no more than our share. What
        others hold is not asked for: that would lock their rows."""
        vacant = sorted(leases.vacant(missing, self.owner))
        hungry = self._hungry(leases, platform)
        if not hungry:
            return set(vacant)
        ours = len(_of(platform, used))
        return set(vacant[: max(self._share(leases, platform, ours + len(vacant), hungry) - ours, 0)])

    def _ends(self, now: datetime) -> bool:
        """Whether a third of the lease is over."""
        until = self._held.until
        return until is not None and not self.lease * (2 / 3) < until - now <= self.lease

    def _looks(self, now: datetime) -> bool:
        """Whether it is time to ask if others want some of ours."""
        looks = self._held.looks
        return looks is None or not now < looks <= now + BEFORE_US * self.pause

    def _beyond(self, leases: SqlLeases, names: frozenset[str], use: Use) -> frozenset[str]:
        """Those of ours that others are to have: what is more than our share of what is used. What we do not need goes when
        the leases are prolonged, or back and forth it would go between processes that have little to send."""
        beyond: set[str] = set()
        for platform in {_platform(one) for one in names}:
            hungry = self._hungry(leases, platform)
            if hungry:
                used = sorted(_of(platform, names) & use.known, key=lambda one: (one in use.busy, one))
                beyond |= set(used[: -self._share(leases, platform, len(used), hungry)])
        return frozenset(beyond)

    def _hungry(self, leases: SqlLeases, platform: str) -> Set[str]:
        """The others who were refused a sender of the platform just now."""
        return set(leases.taken(f"{WANT}{platform}:").values()) - {self.owner}

    def _share(self, leases: SqlLeases, platform: str, ours: int, hungry: Set[str]) -> int:
        """How many of a platform's senders are ours, where what we have or could have is shared with the hungry ones. What
        does not come out even stays where it is, unless somebody has less than all have."""
        holders = leases.holders(f"{SEND}{platform}:")
        theirs = [holders.get(one, 0) for one in hungry]
        even, odd = divmod(ours + sum(theirs), 1 + len(hungry))
        return max(even + (odd > 0 and min(theirs) >= even), 1)


def _platform(name: str) -> str:
    """Of a sender."""
    return name.split(":")[1]


def _of(platform: str, names: Set[str]) -> set[str]:
    """The senders of a platform among these."""
    return {one for one in names if _platform(one) == platform}
