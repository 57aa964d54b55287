"""What becomes of a message that was on its way, in the transaction that settles it: those that landed and have somebody to
tell, and those that did not land. Each ends apart from the others."""

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.core.errors import DeliveryFailed
from bot.core.events import Landed, Receipt
from bot.core.ui import ActionId
from bot.doubts import verdict
from bot.group.cards import closed_messages
from bot.lanes import Lane
from bot.obstacles import tell_manager
from bot.patience import MOST_ATTEMPTS, MOST_LOOKS, Patience
from bot.store import faults
from bot.store.repos.delivery import Claim, Head
from bot.store.work import SqlWork

log = logging.getLogger("mockingbird.outbox")

Routed = Mapping[str, Callable[[Landed, SqlWork], None]]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a claim: where it landed, or why it did not."""

    claim: Claim
    lane: Lane
    outcome: Receipt | DeliveryFailed


class Fates:
    """`landed` are those who are told where a message landed."""

    def __init__(self, landed: Routed, patience: Patience) -> None:
        self._landed = landed
        self._patience = patience

    def end(self, fates: Sequence[Fate], work: SqlWork) -> tuple[list[bool | Exception], dict[str, Head], bool]:
        """Of each, whether it landed and was ours to settle, or what went wrong here; what their lanes owe now; and whether
        anything more is owed for it."""
        ends: list[bool | Exception] = []
        for fate in fates:
            try:
                with work.apart():
                    ends.append(self._end_one(fate, work))
            except Exception as error:
                if faults.passing(error):
                    raise  # the whole transaction is run again
                ends.append(error)
        owed = work.outbox.touched
        return ends, {head.lane: head for head in work.deliveries.heads([fate.lane.name for fate in fates])}, owed

    def _end_one(self, fate: Fate, work: SqlWork) -> bool:
        if isinstance(fate.outcome, Receipt):
            return self._settle(fate.claim, fate.outcome, work)
        self._failed(fate.claim, fate.outcome, work)
        return False

    def _settle(self, claim: Claim, receipt: Receipt, work: SqlWork) -> bool:
        if not work.deliveries.sent(claim, receipt):
            log.warning("delivery %s was settled by another deliverer", claim.key)
            return False
        if claim.tells:
            action = ActionId.parse(claim.tells)
            self._landed[action.verb](Landed(action, receipt), work)
        return True

    def _failed(self, claim: Claim, failure: DeliveryFailed, work: SqlWork) -> None:
        place = claim.place
        if failure.obstacle is not None and not place.direct:
            tell_manager(claim.group, place, failure.obstacle, failure.permanent, work)
        match verdict(claim, failure, MOST_ATTEMPTS, MOST_LOOKS):
            case "unresolved":
                if work.deliveries.unresolved(claim, str(failure)):
                    log.error("delivery %s to %s may have landed and cannot be looked up (%s): it is not sent again by "
                              "itself; `mockingbird outbox` shows what to do", claim.key, place.lane, failure)  # fmt: skip
            case "failed":
                if work.deliveries.failed(claim, str(failure)):
                    log.error("delivery %s to %s is given up: %s", claim.key, place.lane, failure)
                    if failure.closed and place.direct:
                        _in_channel(claim, work)
            case "again":
                self._again(claim, failure, work)

    def _again(self, claim: Claim, failure: DeliveryFailed, work: SqlWork) -> None:
        pause = failure.retry_after if failure.retry_after is not None else self._backoff(claim.attempts)
        if failure.doubtful:
            pause = max(pause, self._patience.lease.total_seconds())
        due = work.now + timedelta(seconds=pause)
        work.deliveries.put_off(claim, due, str(failure), failure.doubtful, untried=failure.untried)
        if not failure.untried:
            log.warning("delivery %s to %s is tried again in %.0f s: %s", claim.key, claim.place.lane, pause, failure)

    def _backoff(self, attempts: int) -> float:
        """Seconds until the next try: doubling, with jitter so that many do not come back at once."""
        pause = min(self._patience.first_retry * 2.0 ** (attempts - 1), self._patience.longest_retry)
        return pause * random.uniform(0.75, 1.25)


def _in_channel(claim: Claim, work: SqlWork) -> None:
    """Direct messages are closed: a button in the group's channel shows the same card to its addressee alone."""
    group = work.groups.group(claim.group) if claim.group is not None else None
    if group is not None:
        card = closed_messages(claim.place.channel, claim.id)
        work.outbox.add(group.place, card, key=f"note:{claim.id}", group=group.id)
