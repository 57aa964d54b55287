"""A minute in which 10,000 groups fall due and owe their day's messages: the requests made over those that the platform
lets through in it, and how many it refused.

The time is virtual, so that how fast the machine is plays no part. The deliverer, its claims and its leases, the adapters
with their pace are the real ones; the platform is a stand-in that counts what arrives, answers 429 to what is beyond its
limits, and takes as long as one takes. A group owes its channel sixteen messages.

Slack: a message a second a channel, and 300 in any minute a workspace, over 500 workspaces. Discord: 50 requests in any
second, whatever they are.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from discord import HTTPException
from slack_sdk.errors import SlackApiError

from adapters.discord.deliver import DiscordPlatform
from adapters.discord.rest import Rest
from adapters.discord.settings import DiscordSettings
from adapters.slack.deliver import SlackPlatform
from bench.cards import DAILY
from bench.figure import Figure
from bot.bootstrap import assemble
from bot.catalog import Catalog
from bot.content import load
from bot.core.events import Place
from bot.core.ports import Platform
from bot.store.work import SqlWork
from bot.testing import MemoryStore
from bot.virtual import LoopClock, VirtualLoop

GROUPS, WORKSPACES = 10_000, 500
MESSAGES = 16  # that a group owes to its channel
MINUTE = 60.0
ON_THE_WAY = 0.02  # seconds until a request arrives
SLACK_CHANNEL, SLACK_WORKSPACE = (1, 1.0), (300, 60.0)  # so many in so many seconds
DISCORD = (50, 1.0)


@dataclass
class Window:
    """So many in any span of so many seconds."""

    most: int
    seconds: float
    taken: deque[float] = field(default_factory=deque)

    def takes(self, now: float) -> bool:
        while self.taken and self.taken[0] <= now - self.seconds + 1e-6:
            self.taken.popleft()
        return len(self.taken) < self.most


class Counter:
    """Takes requests within limits and counts them."""

    def __init__(self, seed: int = 1) -> None:
        self.windows: dict[str, Window] = {}
        self.made: list[float] = []
        self.refused = 0
        self._chance = random.Random(seed)

    async def request(self, limits: Sequence[tuple[str, tuple[int, float]]]) -> bool:
        """A request on its way and back; whether it was within these limits, each with whose it is."""
        await asyncio.sleep(ON_THE_WAY)
        now = asyncio.get_running_loop().time()
        windows = [self.windows.setdefault(whose, Window(*limit)) for whose, limit in limits]
        fine = all(window.takes(now) for window in windows)
        if fine:
            for window in windows:
                window.taken.append(now)
            self.made.append(now)
        else:
            self.refused += 1
        await asyncio.sleep(self._chance.uniform(0.03, 0.3))
        return fine

    @property
    def in_the_minute(self) -> int:
        return sum(at < MINUTE + ON_THE_WAY for at in self.made)


@dataclass(frozen=True)
class Refusal:
    """An answer as both libraries have it."""

    status: int = 429
    reason: str = "Too Many Requests"
    headers: Mapping[str, str] = field(default_factory=lambda: {"Retry-After": "10"})
    data: Mapping[str, Any] = field(default_factory=lambda: {"ok": False, "error": "ratelimited"})


@dataclass
class SlackClient:
    """Slack's Web API for one workspace, as far as the adapter uses it here."""

    counter: Counter
    workspace: str

    async def chat_postMessage(self, *, channel: str, **_: Any) -> dict[str, str]:  # noqa: N802 - slack_sdk's name
        limits = [(f"{self.workspace}/{channel}", SLACK_CHANNEL), (self.workspace, SLACK_WORKSPACE)]
        if not await self.counter.request(limits):
            raise SlackApiError("ratelimited", Refusal())  # type: ignore[no-untyped-call]
        return {"ts": f"{len(self.counter.made)}.0"}


def _owe(work: SqlWork, platform: str, number: int) -> None:
    """Each group's message of this number."""
    for group in range(GROUPS):
        place = Place(platform, f"w{group % WORKSPACES}", f"c{group}")
        work.outbox.add(place, DAILY, key=f"{number}:{group}")


async def _minute(platform: Platform, catalog: Catalog, clock: LoopClock) -> None:
    store = MemoryStore(clock, catalog)
    for number in range(MESSAGES):
        store.now(partial(_owe, platform=platform.name, number=number))
    bot = assemble(store, catalog, clock, {platform.name: platform})
    running = asyncio.create_task(bot.deliverer.run())
    await asyncio.sleep(MINUTE)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _slack(catalog: Catalog) -> Counter:
    counter, clock = Counter(), LoopClock()

    async def client(workspace: str) -> Any:
        return SlackClient(counter, workspace)

    await _minute(SlackPlatform(client, clock), catalog, clock)
    return counter


async def _discord(catalog: Catalog) -> Counter:
    counter, clock = Counter(), LoopClock()
    rest = Rest(DiscordSettings("token"), clock)

    async def request(*_: Any, **__: Any) -> dict[str, str]:
        if not await counter.request([("bot", DISCORD)]):
            raise HTTPException(Refusal(), "rate limited")
        return {"id": f"{len(counter.made)}"}

    rest.client.http.request = request  # type: ignore[method-assign]
    rest.login = _nothing  # type: ignore[method-assign]
    await _minute(DiscordPlatform(rest), catalog, clock)
    return counter


async def _nothing() -> None:
    """The stand-in needs no login."""


def _figures(name: str, counter: Counter, allowed: int) -> Iterator[Figure]:
    made = counter.in_the_minute
    yield Figure(f"minute {name}", made / allowed, 0.95, "of the limit", at_least=True,
                 seen=f"{made:,} requests of {allowed:,} that the limits allow")  # fmt: skip
    yield Figure(f"minute {name} refused", counter.refused, 0, "requests", seen="answered 429")


def measure() -> Iterator[Figure]:
    """How much of what the platforms let through is used, and how much is beyond it."""
    catalog = load()
    kinds: tuple[tuple[str, Callable[[Catalog], Coroutine[Any, Any, Counter]], int], ...] = (
        ("slack", _slack, WORKSPACES * SLACK_WORKSPACE[0]),
        ("discord", _discord, int(DISCORD[0] * MINUTE)),
    )
    for name, live, allowed in kinds:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            counter = runner.run(live(catalog))
        yield from _figures(name, counter, allowed)
