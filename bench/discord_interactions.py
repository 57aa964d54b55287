"""An interaction in Discord, from the gateway's word to a durable answer, beside discord.py that does nothing but answer.

Each side is a process of its own with a gateway and the same HTTP on this machine; the callers are another. Ours is all
of it: who the person is, the engine's transaction on a SQLite file with synchronous=FULL, the card as components. `/help` is
the least that there is, and what the adapter and a commit cost; `/mock` is one of the commands that look at most. The sides
take turns in one run.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.discord_callers import Result
from bench.discord_sides import KINDS, both, worked
from bench.figure import Figure

COMMANDS = ("help", "mock")
GROUPS = 64  # of eight members: each of them asks a dozen times in all, as a member does in two weeks
CALLERS = 128
ROUNDS, EACH = 9, 8  # commands a caller and round
ALONE = 150  # commands of the one caller


Rounds = dict[str, list[tuple[Result, float]]]  # side -> what came of each round, and the CPU that it took the bot


async def _measured(folder: Path) -> tuple[dict[str, Rounds], dict[str, Result]]:
    """Each command with all callers at once, the sides in turns; and `/mock` with one caller alone."""
    crowded: dict[str, Rounds] = {name: {kind: [] for kind in KINDS} for name in COMMANDS}
    async with both(folder, GROUPS) as sides:
        for server, _ in sides.values():
            await server.call(CALLERS, 2)
        for name, rounds in crowded.items():
            for _ in range(ROUNDS):
                for kind, (server, process) in sides.items():
                    before = worked(process)
                    result = await server.call(CALLERS, EACH, name)
                    rounds[kind].append((result, (worked(process) - before) / len(result.waits)))
        return crowded, {kind: await server.call(1, ALONE) for kind, (server, _) in sides.items()}


def measure() -> Iterator[Figure]:
    """Interactions a second against bare discord.py, and what one and what many had to wait."""
    with tempfile.TemporaryDirectory(prefix="mockingbird-bench-") as folder:
        crowded, alone = asyncio.run(_measured(Path(folder)))
    for name, rounds in crowded.items():
        rate = {kind: median(one.rate for one, _ in results) for kind, results in rounds.items()}
        cpu = {kind: median(taken for _, taken in results) * 1e3 for kind, results in rounds.items()}
        # Round by round: what else the machine does meets both.
        pairs = zip(rounds["ours"], rounds["bare"], strict=True)
        share = median(ours.rate / bare.rate for (ours, _), (bare, _) in pairs)
        yield Figure(f"discord /{name} to bare", share, 0.5, at_least=True,
                     seen=f"{rate['ours']:,.0f}/s; discord.py that does nothing {rate['bare']:,.0f}/s; "
                          f"CPU each {cpu['ours']:.2f} ms; {cpu['bare']:.2f} ms")  # fmt: skip
    waits = {kind: one.wait(0.5) for kind, one in alone.items()}
    yield Figure("discord p50 alone", waits["ours"] - waits["bare"], 25, "ms",
                 seen=f"more than bare: {waits['ours']:.1f} ms; {waits['bare']:.1f} ms")  # fmt: skip
    p99 = median(one.wait(0.99) for one, _ in crowded["mock"]["ours"])
    yield Figure("discord p99", p99, 1_500, "ms", seen=f"{CALLERS} callers at once; Discord waits 3 s")


if __name__ == "__main__":
    for figure in measure():
        print(figure, flush=True)
