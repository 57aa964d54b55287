"""A process that sends what is owed, to a platform that answers as slowly as one can. `bench/processes.py` starts it."""

import asyncio
import logging
import random
import sys
from dataclasses import dataclass

from bench.outbox import Taking
from bot.bootstrap import Service
from bot.clock import CommonClock
from bot.content import load
from bot.core.events import Receipt
from bot.core.ports import Parcel

ANSWER = (0.8, 1.2)  # seconds until Slack answers a post on a slow day


@dataclass
class Slow(Taking):
    async def send(self, parcel: Parcel) -> Receipt:
        await asyncio.sleep(random.uniform(*ANSWER))
        return await super().send(parcel)


async def main(url: str) -> None:
    """Say that we are ready, and send until the parent hangs up."""
    service = Service(url, load(), CommonClock(), {"bench": Slow()})
    service.wake_by_commits()
    delivering = asyncio.create_task(service.bot.deliverer.run())
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    delivering.cancel()
    await asyncio.gather(delivering, return_exceptions=True)
    service.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(main(sys.argv[1]))
