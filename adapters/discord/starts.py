"""How fast shards may start: Discord lets `at_once` of them identify within five seconds, whichever process starts them."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable

from bot.core.errors import StoreError
from bot.core.ports import Seats
from bot.core.seats import Alone

BETWEEN = 5.0  # seconds
ASK_AGAIN = 1.0  # seconds, while another process has the turn


class Starts:
    """Gives every start its turn. Discord counts them by the shard's number, modulo what it lets start at once."""

    def __init__(self, sleep: Callable[[float], Awaitable[object]]) -> None:
        self.at_once = 1
        self.seats: Seats = Alone()
        self._sleep = sleep
        self._free: dict[int, float] = {}  # the event loop's time from which on the next may start
        self._one: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def turn(self, shard: int) -> None:
        """Wait until this shard may start."""
        number = shard % self.at_once
        async with self._one[number]:
            now = asyncio.get_running_loop().time
            wait = self._free.get(number, 0.0) - now()
            if wait > 0:
                await self._sleep(wait)
            while not await self._ours(number):
                await self._sleep(ASK_AGAIN)
            self._free[number] = now() + BETWEEN

    async def _ours(self, number: int) -> bool:
        try:
            return await self.seats.turn(f"discord:{number}/{self.at_once}", BETWEEN)
        except StoreError:
            return True  # to hear people is worth more than the politeness between processes
