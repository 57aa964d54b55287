"""Both bots side by side, each a process of its own on a Discord of its own."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bench.discord_callers import Server, serving

KINDS = ("bare", "ours")
PATIENCE = 180  # seconds for thousands of servers to be told
HOME = Path(__file__).resolve().parent.parent


@asynccontextmanager
async def side(kind: str, folder: Path, guilds: int) -> AsyncIterator[tuple[Server, int]]:
    """A bot that is connected and knows its servers: its Discord and the id of its process."""
    async with serving(guilds) as server:
        command = [sys.executable, "-m", "bench.discord_serve", kind, server.url, str(folder), str(guilds)]
        process = await asyncio.create_subprocess_exec(*command, cwd=HOME)
        try:
            async with asyncio.timeout(PATIENCE):
                await server.ready.wait()
                await server.ask(0)  # it has read all that came before
            yield server, process.pid
        finally:
            process.terminate()
            await process.wait()


@asynccontextmanager
async def both(folder: Path, guilds: int) -> AsyncIterator[dict[str, tuple[Server, int]]]:
    """The two at once, to be measured in turns."""
    async with AsyncExitStack() as stack:
        yield {kind: await stack.enter_async_context(side(kind, folder, guilds)) for kind in KINDS}


def resident_of(process: int) -> float:
    """A process's resident memory now, in MB (Linux)."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def worked(process: int) -> float:
    """Seconds of CPU that a process has used, all its threads together (Linux)."""
    return sum(int(ticks) for ticks in _stat(process)) / 100


def _stat(process: int) -> Iterator[str]:
    yield from Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[11:13]
