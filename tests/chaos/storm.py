"""A storm: workers are killed again and again while people use them and the platform fails; then all is counted."""

import asyncio
import json
import os
import pickle
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from sqlalchemy import func, select

from adapters.discord.render import key_marks
from bot.store import database, migrate
from bot.store.tables import deliveries
from tests.chaos import clocks
from tests.chaos.account import Account, Effect, Owed
from tests.chaos.life import Circumstances
from tests.chaos.stages import Landed

HOME = Path(__file__).resolve().parent.parent.parent
PATIENCE = 300.0  # seconds at most for what takes a second, or ten
CLOCK = "clock"
OPEN = ("pending", "claimed")
A_DEATH = 3.5  # posts: a storm in which less is done goes on
MOST = 5  # times the deaths that were planned


@dataclass(frozen=True)
class Plan:
    """What kind of a storm. `kills` are the fewest: it goes on until enough was done for them to matter. `life` is the most
    that a worker has of a processor before it is killed, in seconds; `shift` what its clock is ahead of the wall's.
    `settable`: a deed may set its clock."""

    database: str
    workers: int = 1
    platform: str = "chaos"
    kills: int = 20
    seed: int = 25
    groups: int = 40
    mornings: int = 2
    looks_up: bool = True
    settable: bool = False
    life: float = 0.4
    shift: float = 0.0


class Nursery:
    """The nursery, which many storms share, as one of them speaks to it."""

    def __init__(self, process: "subprocess.Popen[bytes]", reader: asyncio.StreamReader) -> None:
        self._process = process
        self._reader = reader

    def tell(self, *words: object) -> None:
        assert self._process.stdin is not None
        os.write(self._process.stdin.fileno(), " ".join(map(str, words)).encode() + b"\n")

    async def line(self) -> str:
        return (await self._reader.readline()).decode().strip()

    async def move(self, where: Circumstances) -> None:
        """From now on lives are lived there."""
        self.tell("where", json.dumps(asdict(where)))
        while await self.line() != "where":
            pass


@contextmanager
def nursery() -> Iterator["subprocess.Popen[bytes]"]:
    """The program; it ends with the block, and all whom it has begun."""
    command = [sys.executable, "-m", "tests.chaos.nursery"]
    with subprocess.Popen(command, cwd=HOME, stdin=-1, stdout=-1, bufsize=0) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()


@asynccontextmanager
async def _spoken_to(process: "subprocess.Popen[bytes]") -> AsyncIterator[Nursery]:
    assert process.stdout is not None
    reader = asyncio.StreamReader()
    pipe = os.fdopen(os.dup(process.stdout.fileno()), "rb", buffering=0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        yield Nursery(process, reader)
    finally:
        transport.close()


@asynccontextmanager
async def _server(settings: dict[str, Any]) -> AsyncIterator[tuple[str, str]]:
    """The platform's process; its URL, and where a stand-in is reached, if there is one. It ends with the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chaos.server", json.dumps(settings), cwd=HOME, stdin=-1, stdout=-1
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port, _, api = (await process.stdout.readline()).decode().strip().partition(" ")
        yield f"http://127.0.0.1:{int(port)}", api
    finally:
        process.stdin.close()
        await process.wait()


@dataclass
class Storm:
    """A storm under way. `counts` are deaths and starts."""

    plan: Plan
    folder: Path
    nursery: Nursery
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
            await self._mind_the_end()
            if status == 1:  # another one has the file: its supervisor tries again in a moment
                await asyncio.sleep(0.2)

    async def _mind_the_end(self) -> None:
        killed, planned = self.counts["killed"], self.plan.kills
        if killed >= planned and (killed >= MOST * planned or (await self.counted())["posts"] >= A_DEATH * killed):
            self.over = True

    async def begin(self) -> None:
        """A worker in each place, left alone; when this returns they work, or have ended because another has the file."""
        for slot in range(self.plan.workers):
            said = self._events.setdefault(slot, asyncio.Queue())
            self.nursery.tell("live", slot)
            while (word := await said.get())[0] not in ("up", "dead"):
                pass
            if word[0] == "dead":
                said.put_nowait(word)  # `end` hears of it

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


Lives = subprocess.Popen[bytes]  # the nursery
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


async def rage(folder: Path, nursery: Lives, plan: Plan, deed: Deed = kill) -> Outcome:
    """Live through a storm in this folder; what it has left."""
    await asyncio.to_thread(_made, plan.database)
    world = {"platform": plan.platform, "seed": plan.seed, "groups": plan.groups, "mornings": plan.mornings,
             "looks_up": plan.looks_up, "shift": plan.shift}  # fmt: skip
    if plan.settable:
        await asyncio.to_thread(clocks.make, folder / CLOCK)
    clock = str(folder / CLOCK) if plan.settable else ""
    async with _server(world) as (url, api), ClientSession() as http, _spoken_to(nursery) as spoken_to:
        where = Circumstances(plan.database, url, str(folder), plan.seed, plan.shift, clock, plan.platform, api)
        await spoken_to.move(where)
        storm = Storm(plan, folder, spoken_to, http, url)
        listening = asyncio.create_task(storm.listen())
        storming = asyncio.create_task(_through(storm, deed))
        done, pending = await asyncio.wait([listening, storming], return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        for task in done:
            await task
        left = await storm.ask("GET", "account")
    rows = await asyncio.to_thread(owed, plan.database)
    effects = left["effects"] if left["landed"] is None else stand_for(left["landed"], rows, plan.platform)
    account = Account(rows, effects, left["promised"], left["mornings"], left["unlike"], left["counts"])
    return Outcome(plan, account, storm.counts, left["faults"], await asyncio.to_thread(logged, folder))


async def _through(storm: Storm, deed: Deed) -> None:
    try:
        await deed(storm)
        await storm.settle()
    except Exception as error:
        error.add_note(f"{storm.plan}: {storm.counts}, {await storm.counted()}")
        raise


def stand_for(landed: Sequence[Landed], rows: Sequence[Owed], platform: str) -> list[Effect]:
    """What took place where a real platform's stand-in has only what stands there: its posts in their order, and of each
    whether it was changed, which is no matter of order then."""
    known = {str(key_marks(one.key)) if platform == "discord" else one.key: one for one in rows}
    keys = {one.key for one in rows}
    effects: list[Effect] = []
    for one in landed:
        row = known.get(one.name)
        key = row.key if row else one.name
        effects.append(Effect(key, row.lane if row else ""))
        if one.edited and f"{key}:back" in keys:
            effects.append(Effect(f"{key}:back", f"edits of {key}", edit=True))
    return effects


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
