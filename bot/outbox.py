"""The Deliverer: claim in a short transaction, send with none open, settle in another short one.

Exactly once: a claim is durable before the network is touched, a lane has one message under way at a time, and a claim
whose holder went silent is looked up on the platform before it is sent again.

It flows: as soon as a message lands, its place is another's. What landed meanwhile is settled in the transaction that
claims the next ones. What its platform does not let go yet is not claimed, and so keeps no place from anybody.
"""

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import Steps
from bot.core.engine import unforeseen_reference
from bot.core.errors import DeliveryFailed, StoreUnavailable
from bot.core.events import Place, Receipt
from bot.core.ports import EVERYBODYS, Clock, Platform, Scope, Store
from bot.doubts import landing
from bot.fates import Fate, Fates, Routed
from bot.lanes import Lane, Lanes, Look
from bot.obstacles import tell_of_the_end
from bot.patience import USUAL, Patience
from bot.senders import SEND, WANT, Held, Senders, Use
from bot.store.repos.delivery import Claim, Head
from bot.store.work import SqlWork

log = logging.getLogger("mockingbird.outbox")

OUTAGE = 1.0  # seconds between two tries while the database takes nothing
SOON = timedelta(seconds=1)  # until a head that was somebody else's just now is asked for again
PAGE = 500  # lanes a look: so nobody who types waits for it
BREATH = 0.03  # seconds between two turns: what lands meanwhile is settled with others, and more is claimed at once
FORGET = timedelta(days=1)  # leases that ran out so long ago


@dataclass(frozen=True, slots=True)
class _Turn:
    """What a transaction settled and claimed; `heads` are those of lanes that gave nothing. `held` is None where the
    clock was found `put` forward or back, and nothing was claimed. `steady`: what the clock that nobody can set showed
    then."""

    now: datetime
    steady: float
    settled: list[bool]
    held: Held | None
    claims: list[Claim]
    heads: list[Head]
    put: timedelta


class Deliverer:
    """Sends what the outbox owes to the platforms that this process has. `owner` names the process's life."""

    def __init__(
        self,
        store: Store[SqlWork],
        platforms: Mapping[str, Platform],
        landed: Routed,
        clock: Clock,
        patience: Patience = USUAL,
        owner: str = "",
    ) -> None:
        self._store = store
        self._platforms = platforms
        self._fates_of = Fates(landed, patience)
        self._clock = clock
        self._patience = patience
        self._senders = Senders(owner or secrets.token_hex(8), patience.sender, patience.sharing)
        self._lanes = Lanes(platforms)
        self._tasks: dict[str, asyncio.Task[None]] = {}  # lane -> what is under way
        # What became of claims and is not settled yet. Of what landed and has nobody to tell the lanes go on.
        self._fates: list[Fate] = []
        self._receipts: list[tuple[Claim, Receipt]] = []
        self._look = Look()
        self._steps: Steps | None = None
        self._wake, self._news = asyncio.Event(), asyncio.Event()
        self._one = asyncio.Lock()
        self._ending = False

    def wake(self) -> None:
        """There may be something to send. Call it from the event loop's thread."""
        self._wake.set()
        self._news.set()

    async def run(self) -> None:
        """Send until cancelled; then let what is under way land, for a few seconds, and settle it."""
        self._ending = False
        flow = asyncio.create_task(self._run())
        try:
            await asyncio.shield(flow)
        finally:
            await self._end(flow)

    async def drain(self) -> int:
        """Send all that may go now; how many messages landed."""
        async with self._one:
            if self._steps is not None:
                self._steps.learn(self._clock.now())  # whoever drains by hand sets the clock by hand
            try:
                return await self._flow()
            except asyncio.CancelledError:
                if self._steps is None:
                    await self._abandon()
                raise

    async def next_due(self) -> datetime | None:
        """When the next message may go, or a claim runs out."""
        now = self._clock.now()
        found = [self._from(head, now) for head in await self._store.quick(_all_heads) if self._ours(head.place)]
        return min(found, default=None)

    async def retire(self, platform: str, workspace: str, why: str, channel: str = "") -> int:
        """Give up all that is owed to a workspace, or to one channel of it, that is no longer ours to write to; how many
        messages that were. Who manages the group of a channel that is gone is told."""
        if channel:
            place = Place(platform, workspace, channel)
            await self._store.run(lambda work: tell_of_the_end(place, why, work), Scope.of(place))
        return await self._store.quick(lambda work: work.deliveries.retire(platform, workspace, why, channel))

    # The flow -----------------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        self._steps = Steps(asyncio.get_running_loop().time)
        self._look = Look()
        mended = False
        while not self._ending or self._open:
            try:
                if not mended:  # what the clock was set by while nobody looked
                    await self._store.quick(self._clean)
                    mended = True
                async with self._one:
                    await self._mind_the_clock()
                    await self._flow(look=True)
                await self._hear(self._next(look=True))
            except StoreUnavailable:
                await asyncio.sleep(OUTAGE)  # the store has said so in the log
            except Exception:
                unforeseen_reference("delivering")
                await asyncio.sleep(OUTAGE)

    async def _flow(self, *, look: bool = False) -> int:
        """Until nothing is under way and nothing may go now; how many messages landed. With `look` also what comes
        meanwhile is looked for meanwhile: then the order of things depends on the wall's time."""
        loop, sent, begun = asyncio.get_running_loop(), 0, 0.0
        if not look:
            self._begin_to_look()
        while True:
            self._news.clear()
            if self._senders.returned(self._clock.now()) or loop.time() >= self._look.began + self._patience.idle:
                self._wake.set()
            if look and self._wake.is_set() and self._look.may_begin(loop.time()):
                self._begin_to_look()
            if self._look.going and not self._ending:
                await self._look_on()
            if look:
                await asyncio.sleep(max(begun + BREATH - loop.time(), 0.0))
            begun = loop.time()
            sent += await self._conclude()
            sent += await self._turn()
            if self._fates or self._receipts or (self._look.going and not self._ending):
                continue
            news = self._wake.is_set() and not self._ending
            if self._open:
                await self._hear(self._next(look=look))
            elif news and not look:
                self._begin_to_look()
            elif not (news and self._look.may_begin(loop.time())):
                return sent

    def _begin_to_look(self) -> None:
        self._wake.clear()
        self._look.begin(asyncio.get_running_loop().time())

    async def _hear(self, seconds: float) -> None:
        """Until there is news, for so long at the most."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return

    def _next(self, *, look: bool) -> float:
        """Seconds until there is something to do without news."""
        now, idle = self._clock.now(), self._patience.idle
        times = [at for at in (self._lanes.next, self._senders.next(), self._senders.ends) if at is not None]
        pauses = [idle, *((at - now).total_seconds() for at in times)]
        if self._open:
            pauses.append(self._senders.pause.total_seconds())
        if look:
            looks = self._look.rests_until if self._wake.is_set() else self._look.began + idle
            pauses.append(looks - asyncio.get_running_loop().time())
        return max(min(pauses), 0.001)

    @property
    def _open(self) -> bool:
        """Whether anything is under way or not settled."""
        return bool(self._tasks or self._fates or self._receipts)

    async def _look_on(self) -> None:
        """Look at the next lanes that have something to send."""
        loop, look = asyncio.get_running_loop(), self._look
        begun, after = loop.time(), look.after
        heads, last = await self._store.quick(lambda work: work.deliveries.look(after, PAGE))
        now = self._clock.now()
        landed = {claim.id for claim, _ in self._receipts}  # and settled in the turn that claims what is behind them
        for head in heads:
            if not self._ours(head.place):
                continue
            lane = self._lane(head)
            if lane.sender in self._senders.elsewhere:
                continue
            if head.id in landed:
                self._lanes.find(replace(lane, stale=False), now)
            else:
                # What another process has under way waits for its claim to end, and our wish to send there does not.
                others = head.claimed and not self._senders.holds(lane.sender)
                self._lanes.find(lane, now if others else head.at)
        look.went(last, begun, loop.time())

    async def _turn(self) -> int:
        """Settle what landed and has nobody to tell, and claim and send what may go next."""
        now = self._clock.now()
        chosen = [] if self._ending else self._lanes.choose(now, self._senders.elsewhere)
        receipts = list(self._receipts)
        if not (chosen or receipts or self._senders.due(now)):
            return 0
        use = Use({lane.sender for lane in chosen}, self._lanes.busy, self._lanes.senders)
        try:
            turn = await self._store.quick(lambda work: self._settle_and_claim(receipts, chosen, use, work))
        except BaseException:
            for lane in chosen:
                self._lanes.again(lane, now + SOON, now)
            raise
        del self._receipts[: len(receipts)]
        for (claim, _), ours in zip(receipts, turn.settled, strict=True):
            if not ours:
                log.warning("delivery %s was settled by another deliverer", claim.key)
        await self._begin(turn, chosen)
        return sum(turn.settled)

    def _settle_and_claim(
        self, receipts: Sequence[tuple[Claim, Receipt]], chosen: Sequence[Lane], use: Use, work: SqlWork
    ) -> _Turn:
        # Before anything that may have to wait for others.
        steady, put = (self._steps.steady(), self._steps.by(work.now)) if self._steps else (0.0, timedelta(0))
        settled = work.deliveries.settle(receipts) if receipts else []
        if put:
            self._mend(work, put)
            return _Turn(work.now, steady, settled, None, [], [], put)
        held = self._senders.secure(work.leases, work.now, use)
        asked = [lane for lane in chosen if lane.sender in held.names]
        fresh, stale = ([lane.name for lane in asked if lane.stale is one] for one in (False, True))
        lease = work.now + self._patience.lease
        claims = work.deliveries.claim(fresh, self._senders.owner, work.now, lease, stale) if asked else []
        given = {claim.lane for claim in claims}
        left = [lane.name for lane in asked if lane.name not in given]
        return _Turn(work.now, steady, settled, held, claims, work.deliveries.heads(left) if left else [], put)

    async def _begin(self, turn: _Turn, chosen: Sequence[Lane]) -> None:
        """Send what was claimed; the other lanes wait until they have something."""
        now, lanes = self._clock.now(), {lane.name: lane for lane in chosen}
        if turn.held is None:
            for lane in chosen:
                self._lanes.again(lane, now, now)
            self._was_set(turn.put, turn.now)
            return
        if self._steps is not None:
            self._steps.learn(turn.now, turn.steady)
        elsewhere = self._senders.note(turn.held, now)
        given = [(claim, lanes.pop(claim.lane)) for claim in turn.claims]
        heads = {head.lane: head for head in turn.heads}
        for lane in lanes.values():
            if lane.sender in elsewhere:
                self._lanes.done(lane, now)
            else:
                self._back(lane, heads.get(lane.name), now, SOON)
        if self._ending and given:
            await self._store.quick(lambda work: _give_back([claim for claim, _ in given], work))
            for _, lane in given:
                self._lanes.done(lane, now)
            return
        for claim, lane in given:
            self._tasks[lane.name] = asyncio.create_task(self._deliver(claim, lane))
        if given:
            await asyncio.sleep(0)  # each has taken its turn in its platform's pace before the next are chosen

    def _back(self, lane: Lane, head: Head | None, now: datetime, pause: timedelta = timedelta(0)) -> None:
        """A lane is no longer under way: its head is this one, asked for after a `pause` where it is due already."""
        if head is None:
            self._lanes.done(lane, now)
        else:
            self._lanes.again(replace(lane, stale=head.claimed), max(head.at, now + pause), now)

    async def _conclude(self) -> int:
        """Settle what landed and has somebody to tell, and what did not land: each apart from the others."""
        scopes: dict[Scope, list[Fate]] = {}
        for fate in self._fates:
            scope = EVERYBODYS if self._store.serial else Scope.of(fate.claim.place)
            scopes.setdefault(scope, []).append(fate)
        ended = await asyncio.gather(*(self._conclude_in(*one) for one in scopes.items()), return_exceptions=True)
        for one in ended:
            if isinstance(one, BaseException):
                raise one
        return sum(one for one in ended if isinstance(one, int))

    async def _conclude_in(self, scope: Scope, fates: Sequence[Fate]) -> int:
        ends, heads, owed = await self._store.run(lambda work: self._fates_of.end(fates, work), scope)
        concluded = set(map(id, fates))
        self._fates = [fate for fate in self._fates if id(fate) not in concluded]
        now = self._clock.now()
        for fate, end in zip(fates, ends, strict=True):
            if not isinstance(end, Exception):
                self._back(fate.lane, heads.get(fate.lane.name), now)
                continue
            failure = _unforeseen(fate.claim, end)
            if isinstance(fate.outcome, Receipt):
                self._fates.append(replace(fate, outcome=failure))
            else:  # its claim runs out
                self._lanes.again(replace(fate.lane, stale=True), now + self._patience.lease, now)
        if owed:
            self._wake.set()
        return sum(end is True for end in ends)

    # One message --------------------------------------------------------------------------------------------------------

    async def _deliver(self, claim: Claim, lane: Lane) -> None:
        outcome: Receipt | DeliveryFailed
        try:
            outcome = await landing(claim, self._platforms[claim.place.platform], self._clock, self._patience)
        except DeliveryFailed as failure:
            outcome = failure
        except Exception as error:
            outcome = _unforeseen(claim, error)
        del self._tasks[lane.name]
        if isinstance(outcome, Receipt) and not claim.tells:
            self._receipts.append((claim, outcome))
            self._lanes.landed(replace(lane, stale=False) if lane.stale else lane, claim.more, self._clock.now())
        else:
            self._fates.append(Fate(claim, lane, outcome))
        self._news.set()

    # Lanes --------------------------------------------------------------------------------------------------------------

    def _ours(self, place: Place) -> bool:
        return place.platform in self._platforms

    def _lane(self, head: Head) -> Lane:
        place = head.place
        alone = self._platforms[place.platform].limits == "workspace"
        sender = f"{SEND}{place.platform}:{place.workspace}" if alone else f"{SEND}{place.platform}"
        return Lane(head.lane, place, sender, head.claimed)

    def _from(self, head: Head, now: datetime) -> datetime:
        """When the head may go, as far as we know."""
        known = self._lanes.at(head.lane)
        if self._lane(head).sender in self._senders.elsewhere:
            known = self._senders.next()
        return max(head.at, known) if known is not None else head.at

    # The clock and the end ----------------------------------------------------------------------------------------------

    async def _mind_the_clock(self) -> None:
        """What waits for a time by a clock that was set since is brought back to the present."""
        now = self._clock.now()
        put = self._steps.by(now) if self._steps is not None else timedelta(0)
        if put:
            await self._store.quick(lambda work: self._mend(work, put))
            self._was_set(put, now)

    def _clean(self, work: SqlWork) -> None:
        self._mend(work, timedelta(0))
        work.leases.forget(work.now - FORGET)

    def _mend(self, work: SqlWork, put: timedelta) -> None:
        longest = timedelta(seconds=self._patience.longest_retry * 1.5)
        lease = work.now + self._patience.lease
        work.deliveries.mend(work.now, lease, work.now + longest, forward=put > timedelta(0))
        for kind in (SEND, WANT):
            work.leases.mend(kind, work.now + self._patience.sender)

    def _was_set(self, put: timedelta, now: datetime) -> None:
        seconds = put.total_seconds()
        log.warning("the clock was put %s by %.0f s: what waits for a time by the old one is brought back to the present",
                    "forward" if seconds > 0 else "back", abs(seconds))  # fmt: skip
        self._lanes.forget()
        self._wake.set()
        if self._steps is not None:
            self._steps.learn(now)

    async def _end(self, flow: "asyncio.Task[None]") -> None:
        """No new claims; what is under way has a moment to land and to be settled."""
        self._ending = True
        self.wake()
        await asyncio.wait([flow], timeout=self._patience.grace)
        left = len(self._tasks) + len(self._fates) + len(self._receipts)
        flow.cancel()
        await asyncio.gather(flow, return_exceptions=True)
        await self._abandon()
        try:
            async with asyncio.timeout(1.0):
                await self._store.quick(lambda work: self._senders.leave(work.leases, work.now))
            self._senders.left()
        except (StoreUnavailable, TimeoutError):
            log.debug("what this process sent to is another's when its leases run out")
        if left:
            log.warning(
                "%d messages were under way when I stopped: the next process looks them up before it sends them", left
            )
        else:
            log.info("nothing was under way when I stopped")
        self._steps = None

    async def _abandon(self) -> None:
        """Know nothing any more of what is under way."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks, self._fates, self._receipts = {}, [], []
        self._lanes = Lanes(self._platforms)


def _unforeseen(claim: Claim, error: Exception) -> DeliveryFailed:
    """Log it once; whether the message landed is not known."""
    try:
        raise error
    except Exception:
        reference = unforeseen_reference(f"delivery {claim.key}")
    return DeliveryFailed(f"{type(error).__name__}, reference {reference}", doubtful=True)


def _give_back(claims: Sequence[Claim], work: SqlWork) -> None:
    for claim in claims:
        work.deliveries.put_off(claim, work.now, "", untried=True)


def _all_heads(work: SqlWork) -> list[Head]:
    heads, after = work.deliveries.look("", PAGE)
    while after:
        more, after = work.deliveries.look(after, PAGE)
        heads += more
    return heads
