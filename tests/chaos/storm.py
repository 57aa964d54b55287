"""A storm: workers are killed again and again while people use them and the platform fails; then all is counted."""

import asyncio
import json
import pickle
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from sqlalchemy import func, select

from bot.store import database, migrate
from bot.store.tables import deliveries
from tests.chaos import clocks
from tests.chaos.account import Account, Owed
from tests.chaos.life import Circumstances

HOME = Path(__file__).resolve().parent.parent.parent
PATIENCE = 180.0  # seconds at most for what takes a second, or ten
CLOCK = "clock"
OPEN = ("pending", "claimed")


@dataclass(frozen=True)
class Plan:
    """What kind of a storm. `life` is the most that a worker has of a processor before it is killed, in seconds; `shift`
    what its clock is ahead of the wall's. `settable`: a deed may set its clock."""

    database: str
    workers: int = 1
    kills: int = 20
    seed: int = 25
    groups: int = 40
    mornings: int = 2
    looks_up: bool = True
    settable: bool = False
    life: float = 0.7
    shift: float = 0.0


@dataclass
class Program:
    """A process of ours that is spoken to by lines."""

    process: asyncio.subprocess.Process

    async def line(self) -> str:
        assert self.process.stdout is not None
        return (await self.process.stdout.readline()).decode().strip()

    def tell(self, *words: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(" ".join(map(str, words)).encode() + b"\n")


@asynccontextmanager
async def program(module: str, settings: dict[str, Any]) -> AsyncIterator[Program]:
    """It ends with the block: its stdin is closed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"tests.chaos.{module}", json.dumps(settings), cwd=HOME, stdin=-1, stdout=-1
    )
    assert process.stdin is not None
    try:
        yield Program(process)
    finally:
        process.stdin.close()
        await process.wait()


@dataclass
class Storm:
    """A storm under way. `counts` are deaths and starts."""

    plan: Plan
    folder: Path
    nursery: Program
    http: ClientSession
    url: str
    counts: Counter[str] = field(default_factory=Counter)
    _events: dict[int, "asyncio.Queue[list[str]]"] = field(default_factory=dict)
    over: bool = False

    async def listen(self) -> None:
        """Deal out what the nursery says."""
        while line := await self.nursery.line():
            word, slot, *more = line.split()
            self._events[int(slot)].put_nowait([word, *more])
        raise AssertionError("the nursery has ended")

    async def worker(self, slot: int) -> None:
        """One place among the workers: whoever dies in it is followed by the next, until the storm is over."""
        said = self._events[slot] = asyncio.Queue()
        chance = random.Random(f"{self.plan.seed}:kills:{slot}")
        while not self.over:
            self.nursery.tell("live", slot, f"{chance.uniform(0.0, self.plan.life):.3f}")
            while (word := await said.get())[0] != "dead":
                pass
            status = int(word[1])
            self.counts["killed" if status == -signal.SIGKILL else f"exit {status}"] += 1
            if self.counts["killed"] >= self.plan.kills:
                self.over = True
            if status == 1:  # another one has the file: its supervisor tries again in a moment
                await asyncio.sleep(0.2)

    async def begin(self) -> None:
        """A worker in each place, left alone; they work when this returns."""
        for slot in range(self.plan.workers):
            said = self._events.setdefault(slot, asyncio.Queue())
            self.nursery.tell("live", slot)
            while (await said.get())[0] != "up":
                pass

    async def end(self) -> None:
        """SIGTERM for all; they have ended when this returns."""
        for slot, said in self._events.items():
            self.nursery.tell("end", slot)
            while (word := await said.get())[0] != "dead":
                pass
            self.counts[f"end {word[1]}"] += 1

    async def settle(self) -> None:
        """No more faults and no more kills: those who live go on until nothing is owed any more, and end.

        Nobody lives then, and nothing is owed.
        """

        async def settled() -> bool:
            return bool(await self.ask("POST", "calm")) and await asyncio.to_thread(self._settled)

        while True:
            await self.until(settled)
            await self.end()
            if await asyncio.to_thread(self._settled):
                break
            await self.begin()  # something fell due at the last moment

    def set_clock(self, seconds: float) -> None:
        """The workers' clock is so many seconds ahead of what is right."""
        clocks.put(self.folder / CLOCK, seconds)

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(PATIENCE):
            while not await holds():  # noqa: ASYNC110 - it is another process that makes it hold
                await asyncio.sleep(0.25)

    async def until_said(self, words: str, times: int = 1) -> None:
        """Wait until the workers' logs hold these words so many times."""

        async def said() -> bool:
            return (await asyncio.to_thread(logged, self.folder)).count(words) >= times

        await self.until(said)

    async def until_posted(self, more: int) -> None:
        """Wait until so many more messages have landed."""
        wanted = (await self.counted())["posts"] + more

        async def landed() -> bool:
            return (await self.counted())["posts"] >= wanted

        await self.until(landed)

    async def counted(self) -> Counter[str]:
        """What has happened on the platform so far."""
        return Counter(await self.ask("GET", "counts"))

    def _settled(self) -> bool:
        engine = database.connect(self.plan.database)
        with engine.connect() as connection:
            owed = connection.execute(select(func.count()).where(deliveries.c.state.in_(OPEN))).scalar_one()
        engine.dispose()
        return not owed

    async def ask(self, method: str, what: str) -> Any:
        async with self.http.request(method, f"{self.url}/{what}") as answer:
            return pickle.loads(await answer.read())


Deed = Callable[[Storm], Awaitable[None]]


async def kill(storm: Storm) -> None:
    """The usual storm: as many deaths as the plan has."""
    async with asyncio.TaskGroup() as tasks:
        for slot in range(storm.plan.workers):
            tasks.create_task(storm.worker(slot))
    await storm.begin()


@dataclass(frozen=True)
class Outcome:
    plan: Plan
    account: Account
    counts: Counter[str]
    faults: list[str]  # what people were told that they should not have been
    log: str


async def rage(folder: Path, plan: Plan, deed: Deed = kill) -> Outcome:
    """Live through a storm in this folder; what it has left."""
    await asyncio.to_thread(_made, plan.database)
    world = {"seed": plan.seed, "groups": plan.groups, "mornings": plan.mornings, "looks_up": plan.looks_up,
             "shift": plan.shift}  # fmt: skip
    async with program("server", world) as server, ClientSession() as http:
        url = f"http://127.0.0.1:{await server.line()}"
        if plan.settable:
            await asyncio.to_thread(clocks.make, folder / CLOCK)
        clock = str(folder / CLOCK) if plan.settable else ""
        where = Circumstances(plan.database, url, str(folder), plan.seed, plan.shift, clock)
        async with program("nursery", asdict(where)) as nursery:
            storm = Storm(plan, folder, nursery, http, url)
            listening = asyncio.create_task(storm.listen())
            storming = asyncio.create_task(_through(storm, deed))
            await asyncio.wait([listening, storming], return_when=asyncio.FIRST_COMPLETED)
            for task in (storming, listening):
                if task.done():
                    task.result()
            listening.cancel()
            left = await storm.ask("GET", "account")
    account = Account(
        await asyncio.to_thread(owed, plan.database), left["effects"], left["promised"], left["mornings"], left["unlike"],
        left["counts"],
    )  # fmt: skip
    return Outcome(plan, account, storm.counts, left["faults"], await asyncio.to_thread(logged, folder))


async def _through(storm: Storm, deed: Deed) -> None:
    await deed(storm)
    await storm.settle()


def _made(url: str) -> None:
    engine = database.connect(url)
    migrate.upgrade(engine)
    engine.dispose()


def logged(folder: Path) -> str:
    """All that the workers said."""
    return "".join(path.read_text() for path in sorted(folder.glob("worker-*.log")))


def owed(url: str) -> list[Owed]:
    engine = database.connect(url)
    columns = deliveries.c.id, deliveries.c.key, deliveries.c.lane, deliveries.c.state
    with engine.connect() as connection:
        found = [Owed(*row) for row in connection.execute(select(*columns))]
    engine.dispose()
    return found
