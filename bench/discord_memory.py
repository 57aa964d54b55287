"""Resident memory with 5,000 servers of one group each, beside bare discord.py on the same servers."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.discord_sides import KINDS, resident_of, side
from bench.figure import Figure

GUILDS = 5_000


async def _measured(folder: Path) -> dict[str, float]:
    found = {}
    for kind in KINDS:
        async with side(kind, folder, GUILDS) as (server, process):
            await server.call(64, 4)  # it has worked
            found[kind] = resident_of(process)
    return found


def measure() -> Iterator[Figure]:
    """The memory of a bot with many servers."""
    with tempfile.TemporaryDirectory(prefix="mockingbird-bench-") as folder:
        found = asyncio.run(_measured(Path(folder)))
    yield Figure("discord memory", found["ours"] / found["bare"], 1.5,
                 seen=f"{found['ours']:,.0f} MB; bare discord.py {found['bare']:,.0f} MB, {GUILDS:,} servers")  # fmt: skip


if __name__ == "__main__":
    for figure in measure():
        print(figure, flush=True)
