"""The Deliverer: claim in a short transaction, send with none open, settle in another short one.

Exactly once: a claim is durable before the network is touched, a lane has one message under way at a time, and a claim
whose holder went silent is looked up on the platform before it is sent again.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.engine import unforeseen_reference
from bot.core.errors import DeliveryFailed
from bot.core.events import Landed, Place, Receipt
from bot.core.ports import Clock, Platform, Store
from bot.core.ui import ActionId
from bot.group.cards import closed_messages
from bot.store.repos.delivery import Claim
from bot.store.work import SqlWork

log = logging.getLogger("mockingbird.outbox")

AT_ONCE = 64  # lanes under way
# A doubtful claim waits out the HTTP timeout (30 s) and a grace: the request may still be on its way.
LEASE = timedelta(seconds=90)
TIMEOUT = 60.0  # seconds for one message, well within the lease
FIRST_RETRY, LONGEST_RETRY = 2.0, 600.0  # seconds
MOST_ATTEMPTS = 40  # with the longest pause between them, about six hours
IDLE = 30.0  # seconds between two looks when nobody wakes us

Routed = Mapping[str, Callable[[Landed, SqlWork], None]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the deliverer waits, in seconds where it is a number. Only a test that cannot wait so long has less."""

    lease: timedelta = LEASE
    timeout: float = TIMEOUT
    first_retry: float = FIRST_RETRY
    longest_retry: float = LONGEST_RETRY
    idle: float = IDLE


class Deliverer:
    """Sends what the outbox owes to the platforms that this process has."""

    def __init__(
        self,
        store: Store[SqlWork],
        platforms: Mapping[str, Platform],
        landed: Routed,
        clock: Clock,
        patience: Patience = Patience(),
    ) -> None:
        self._store = store
        self._platforms = platforms
        self._landed = landed
        self._clock = clock
        self._patience = patience
        self._wake = asyncio.Event()
        self._one = asyncio.Lock()

    def wake(self) -> None:
        """There may be something to send. Call it from the event loop's thread."""
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            self._wake.clear()
            try:
                await self.drain()
                due = await self.next_due()
            except Exception:
                unforeseen_reference("delivering")
                due = None
            pause = self._patience.idle if due is None else (due - self._clock.now()).total_seconds()
            try:
                async with asyncio.timeout(min(max(pause, 0.05), self._patience.idle)):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def drain(self) -> int:
        """Send all that may go now; how many messages landed."""
        sent = 0
        async with self._one:
            while claims := await self._store.run(self._claim):
                sent += sum(await asyncio.gather(*(self._deliver(claim) for claim in claims)))
        return sent

    async def next_due(self) -> datetime | None:
        """When the next message may go."""
        names = tuple(self._platforms)
        return await self._store.run(lambda work: work.deliveries.next_due(names))

    async def retire(self, platform: str, workspace: str, why: str, channel: str = "") -> int:
        """Give up all that is owed to a workspace, or to one channel of it, that is no longer ours to write to; how many
        messages that were."""
        return await self._store.run(lambda work: work.deliveries.retire(platform, workspace, why, channel))

    def _claim(self, work: SqlWork) -> list[Claim]:
        return work.deliveries.claim(tuple(self._platforms), work.now, work.now + self._patience.lease, AT_ONCE)

    async def _deliver(self, claim: Claim) -> bool:
        try:
            receipt = await self._landing(claim)
            return await self._store.run(lambda work: self._settle(claim, receipt, work))
        except DeliveryFailed as failure:
            fault = failure
        except Exception as error:
            reference = unforeseen_reference(f"delivery {claim.parcel.key}")
            fault = DeliveryFailed(f"{type(error).__name__}, reference {reference}", doubtful=True)
        await self._store.run(lambda work: self._failed(claim, fault, work))
        return False

    async def _landing(self, claim: Claim) -> Receipt:
        """Where the message landed: found there already, or sent now."""
        if claim.orphan:
            raise DeliveryFailed("the message it belongs to never landed", permanent=True)
        platform = self._platforms[claim.parcel.place.platform]
        try:
            async with asyncio.timeout(self._patience.timeout):
                found = await platform.find(claim.parcel) if claim.doubtful and not claim.parcel.edits else None
                if found is None and claim.until is not None and self._clock.now() >= claim.until:
                    raise DeliveryFailed("its time has passed", permanent=True)
                return found if found is not None else await platform.send(claim.parcel)
        except TimeoutError:
            raise DeliveryFailed(f"no answer in {self._patience.timeout:.0f} s", doubtful=True) from None

    def _settle(self, claim: Claim, receipt: Receipt, work: SqlWork) -> bool:
        if not work.deliveries.sent(claim, receipt):
            log.warning("delivery %s was settled by another deliverer", claim.parcel.key)
            return False
        if claim.tells:
            action = ActionId.parse(claim.tells)
            self._landed[action.verb](Landed(action, receipt), work)
        return True

    def _failed(self, claim: Claim, failure: DeliveryFailed, work: SqlWork) -> None:
        key, place = claim.parcel.key, claim.parcel.place
        if failure.permanent or claim.attempts >= MOST_ATTEMPTS:
            if work.deliveries.failed(claim, str(failure)):
                log.error("delivery %s to %s is given up: %s", key, place.lane, failure)
                if failure.closed and place.direct:
                    self._in_channel(claim, place, work)
            return
        pause = failure.retry_after if failure.retry_after is not None else self._backoff(claim.attempts)
        if failure.doubtful:
            pause = max(pause, self._patience.lease.total_seconds())
        work.deliveries.put_off(claim, work.now + timedelta(seconds=pause), str(failure), failure.doubtful)
        log.warning("delivery %s to %s is tried again in %.0f s: %s", key, place.lane, pause, failure)

    def _in_channel(self, claim: Claim, place: Place, work: SqlWork) -> None:
        """Direct messages are closed: a button in the group's channel shows the same card to its addressee alone."""
        group = work.groups.group(claim.group) if claim.group is not None else None
        if group is not None:
            card = closed_messages(place.channel, claim.id)
            work.outbox.add(group.place, card, key=f"note:{claim.id}", group=group.id)

    def _backoff(self, attempts: int) -> float:
        """Seconds until the next try: doubling, with jitter so that many do not come back at once."""
        pause = min(self._patience.first_retry * 2.0 ** (attempts - 1), self._patience.longest_retry)
        return pause * random.uniform(0.75, 1.25)
