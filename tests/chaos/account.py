"""What a storm has left: what was owed, what took place on the platform in which order, and what is wrong with it. Pure."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Owed:
    """A row of the outbox. Ids say in which order messages were owed."""

    id: int
    key: str
    lane: str
    state: str


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that took place on the platform: a message was posted, or one was changed."""

    key: str
    lane: str
    edit: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Keys, in order. `lost` never landed; `doubled` landed again; `disordered` landed after a later one of their channel;
    `unowed` landed though nobody owed them; `unlike` are events that were answered differently the second time."""

    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    disordered: tuple[str, ...] = ()
    unowed: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """`promised` are keys of what people were told is on its way; `mornings` are lanes that had one daily post coming."""

    owed: Sequence[Owed]
    effects: Sequence[Effect]
    promised: Collection[str] = ()
    mornings: Collection[str] = ()
    unlike: Collection[str] = ()
    counts: dict[str, int] = field(default_factory=dict)

    def verdict(self) -> Verdict:
        daily = Counter(one.lane for one in self.owed if one.key.startswith("daily:"))
        return Verdict(
            tuple(sorted(self._lost() | {f"the daily post of {lane}" for lane in self.mornings if not daily[lane]})),
            tuple(sorted(self._doubled() | {f"the daily post of {lane}" for lane in self.mornings if daily[lane] > 1})),
            self._disordered(),
            tuple(sorted({one.key for one in self.effects} - {one.key for one in self.owed})),
            tuple(sorted(self.unlike)),
        )

    def _lost(self) -> set[str]:
        landed = {one.key for one in self.effects}
        unsent = {one.key for one in self.owed if one.state != "sent" or one.key not in landed}
        return unsent | (set(self.promised) - {one.key for one in self.owed})

    def _doubled(self) -> set[str]:
        # An edit that takes place twice is one edit.
        times = Counter(one.key for one in self.effects if not one.edit)
        return {key for key, many in times.items() if many > 1}

    def _disordered(self) -> tuple[str, ...]:
        ids = {one.key: one.id for one in self.owed}
        latest: dict[str, int] = {}
        posted: set[str] = set()
        found: list[str] = []
        for one in self.effects:
            if one.key not in ids or (one.key in posted and not one.edit):
                continue
            posted.add(one.key)
            if ids[one.key] < latest.get(one.lane, 0):
                found.append(one.key)
            latest[one.lane] = max(latest.get(one.lane, 0), ids[one.key])
        return tuple(found)
