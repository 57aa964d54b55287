"""Discord's sockets: the shards that are this process's share, held until cancelled.

The share follows the seats that the processes on one database share out. A shard that goes to another process is heard
here until it is heard there: for a moment two hear it, which is harmless, and at no moment nobody does.
"""

import asyncio
import logging
from datetime import datetime, timedelta

import discord

from adapters.discord.faults import TROUBLES, line
from adapters.discord.rest import Gateway, Rest
from adapters.discord.session import FIRST_PAUSE, LONGEST_PAUSE, REFUSED, Session
from bot.core.errors import SettingsError, StoreError
from bot.core.ports import Clock, Seats
from bot.core.seats import Alone, Seating, Wish

log = logging.getLogger("mockingbird.discord")

GRACE = 3.0  # seconds that answers under way have at the end
LINGER = 20.0  # seconds that others have at the end to take over what we hear; platforms kill after thirty
SPARE = 200  # of the thousand starts a day, what is kept for shards that nobody hears
LATER = timedelta(minutes=10)  # until when shards stay where they are, once few starts are left
READS = "reads what people write in threads"
FORMS = ("does not read what people write in threads, so answers come by the Answer form; to change that, switch on Message "
         "Content Intent in the Developer Portal, your app, Bot")  # fmt: skip


def shards(count: int, ids: range | tuple[int, ...]) -> Wish:
    """The seats of Discord: those with another number of shards are others."""
    return Wish("discord", tuple(f"{id}/{count}" for id in ids), among=f"discord/{count}")


async def listen(rest: Rest, clock: Clock, seats: Seats | None = None, connected: asyncio.Event | None = None) -> None:
    """Hold this process's shards until cancelled; `connected` is set once the first share stands. Raises SettingsError
    where Discord refuses the token or the shards."""
    while True:
        gateway = await _gateway(rest)
        share = rest.settings.share
        # An operator's own share is nobody else's.
        ours: Seats = Alone() if share or seats is None else seats
        wish = shards(share.count, share.ids) if share else shards(gateway.shards, range(gateway.shards))
        rest.starts.at_once, rest.starts.seats = gateway.at_once, ours
        await _Share(rest, clock, ours, wish, connected).hold()
        log.info("another process hears Discord by more shards: asking again how many there are")


async def _gateway(rest: Rest) -> Gateway:
    pause = FIRST_PAUSE
    while True:
        try:
            return await rest.gateway()
        except discord.LoginFailure:
            raise SettingsError(REFUSED) from None
        except TROUBLES as trouble:
            log.warning("Discord cannot be reached now: %s; tried again in %.0f s", line(trouble), pause)
        await rest.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


class _Share:
    """The sessions of one process, as its seats want them."""

    def __init__(self, rest: Rest, clock: Clock, seats: Seats, wish: Wish, connected: asyncio.Event | None) -> None:
        self._rest = rest
        self._clock = clock
        self._seats = seats
        self._wish = wish
        self._connected = connected
        self._sessions: dict[str, Session] = {}
        self._changed = asyncio.Event()
        self._said: frozenset[str] | None = None
        self._in_doubt = False  # whether the database was silent when it was asked last
        self._stay: datetime | None = None  # until then no shard is given to others: few starts are left
        self._mine: frozenset[str] = frozenset()

    async def hold(self) -> None:
        """Until cancelled, or until others hear all by more shards than these. Raises SettingsError as `listen`."""
        try:
            while True:
                self._changed.clear()
                seating = await self._sit()
                if seating is not None and _outgrown(self._wish, seating.elsewhere):
                    return
                if seating is not None:
                    await self._follow(seating)
                self._tell()
                await self._until_changed()
        finally:
            await self._end()

    async def _sit(self) -> Seating | None:
        """None where the database does not say: what we hear is heard on. To lose it would do harm, and two that hear
        the same do none."""
        standing = self._standing()
        at_once = max(0, self._rest.starts.at_once - (len(self._sessions) - len(standing)))
        try:
            seating = await self._seats.sit(self._wish, standing, at_once)
            if seating.surplus and await self._may_part():
                seating = await self._seats.sit(self._wish, standing, at_once, self._rest.starts.at_once)
        except StoreError as error:
            if not self._in_doubt:
                log.warning("who holds which shard is not known now, ours are kept: %s", error)
            self._in_doubt = True
            return None
        self._in_doubt = False
        return seating

    async def _follow(self, seating: Seating) -> None:
        self._mine = seating.mine
        starting = len(self._sessions) - len(self._standing())
        for seat in [seat for seat in self._wish.seats if seat in seating.mine and seat not in self._sessions]:
            if starting >= self._rest.starts.at_once:
                break
            self._sessions[seat] = Session(self._rest, *_numbers(seat), self._changed.set)
            starting += 1
        for seat, session in list(self._sessions.items()):
            if seat not in seating.mine and (seat in seating.elsewhere or not session.ready):
                del self._sessions[seat]
                await session.close()
                log.info("shard %s is heard by another process now", seat)

    def _standing(self) -> frozenset[str]:
        return frozenset(seat for seat, session in self._sessions.items() if session.ready)

    async def _may_part(self) -> bool:
        """Every move costs a start, and Discord gives a thousand a day."""
        now = self._clock.now()
        if self._stay is not None and now < self._stay:
            return False
        try:
            left = (await self._rest.gateway()).left
        except TROUBLES as trouble:
            log.warning("shards stay where they are, Discord cannot be reached now: %s", line(trouble))
            return False
        if left >= SPARE:
            return True
        self._stay = now + LATER
        log.warning("shards stay where they are: only %d starts are left today. Something starts the bot over and over; see "
                    "its log", left)  # fmt: skip
        return False

    async def _until_changed(self) -> None:
        """The next beat, or a session that stands or has ended. Raises what it ended with."""
        waiting = [asyncio.ensure_future(self._seats.beat()), asyncio.create_task(self._changed.wait())]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()
        for session in self._sessions.values():
            if session.task.done():
                session.task.result()

    def _tell(self) -> None:
        """Once all of a share stands."""
        mine = frozenset(self._sessions)
        if mine == self._said or self._standing() != self._mine or mine != self._mine:
            return
        self._said = mine
        if not mine:
            log.info("all shards of Discord are heard by other processes: standing by")
            return
        ears = self._rest.ears
        log.info("connected to Discord as %s in %d servers by %d of %d shards; the bot %s", self._rest.client.user,
                 sum(len(ear.guilds) for ear in ears), len(mine), int(self._wish.seats[0].partition("/")[2]),
                 READS if self._rest.client.reads_threads else FORMS)  # fmt: skip
        if self._connected is not None:
            self._connected.set()

    async def _end(self) -> None:
        """Others take over first, then answers under way go out."""
        try:
            async with asyncio.timeout(LINGER):
                await self._seats.leave(self._wish)
                while not self._taken_over(await self._seats.look(self._wish)):
                    await self._seats.beat()
        except (StoreError, TimeoutError) as error:
            log.warning("others did not take over all shards that were heard here: %s", error or "it took too long")
        if self._rest.hooks is not None:
            await self._rest.hooks.finish(GRACE)
        await asyncio.gather(*(session.close() for session in self._sessions.values()))

    def _taken_over(self, seating: Seating) -> bool:
        outgrown = _outgrown(self._wish, seating.elsewhere)
        return not seating.others or self._standing() <= seating.elsewhere or outgrown


def _numbers(seat: str) -> tuple[int, int]:
    shard, _, count = seat.partition("/")
    return int(shard), int(count)


def _outgrown(wish: Wish, elsewhere: frozenset[str]) -> bool:
    """Whether others hear everything by more shards than ours."""
    ours = _numbers(wish.seats[0])[1]
    counts = {count for _, count in map(_numbers, elsewhere) if count > ours}
    return any(all(f"{id}/{count}" in elsewhere for id in range(count)) for count in counts)
