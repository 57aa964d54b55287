"""A signed `/mock` over HTTP to a durable answer, beside stock bolt with an async ORM and stock bolt that does nothing.

Each side is a process of its own behind uvicorn; the callers are another, each with a connection that stays open. Ours
is all of it: signature, Bolt, who the person is, the engine's transaction on a SQLite file with synchronous=FULL, the
card as blocks. The sides take many short turns in one run, and are compared turn by turn: what else the machine does
comes and goes in seconds.
"""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from bench.figure import Figure
from bench.slack_callers import Result, call

CALLERS = 128
ROUNDS = 15
EACH = {"idle": 8, "orm": 1, "ours": 5}  # commands a caller and round; the slow side gets fewer
ALONE = 150  # commands of the one caller
HOME = Path(__file__).resolve().parent.parent


@contextmanager
def _side(kind: str, folder: Path) -> Iterator[int]:
    """The port at which the side is served."""
    command = [sys.executable, "-m", "bench.slack_serve", kind, str(folder), str(CALLERS)]
    with subprocess.Popen(command, cwd=HOME, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None or not (port := process.stdout.readline().strip()):
                raise RuntimeError(f"the side {kind} did not start")
            yield int(port)
        finally:
            process.terminate()


async def _measured(ports: dict[str, int]) -> tuple[dict[str, list[Result]], dict[str, Result]]:
    """With all callers at once in turns, and with one alone."""
    for port in ports.values():
        await call(port, CALLERS, 1)
    crowded: dict[str, list[Result]] = {kind: [] for kind in ports}
    for _ in range(ROUNDS):
        for kind, port in ports.items():
            crowded[kind].append(await call(port, CALLERS, EACH[kind]))
    return crowded, {kind: await call(port, 1, ALONE) for kind, port in ports.items()}


def measure() -> Iterator[Figure]:
    """Commands a second against both, and what one and what many had to wait."""
    with tempfile.TemporaryDirectory(prefix="mockingbird-bench-") as folder, ExitStack() as sides:
        ports = {kind: sides.enter_context(_side(kind, Path(folder))) for kind in EACH}
        crowded, alone = asyncio.run(_measured(ports))
    rate = {kind: median(one.rate for one in results) for kind, results in crowded.items()}
    better = {
        kind: median(one.rate / other.rate for one, other in zip(crowded["ours"], crowded[kind], strict=True))
        for kind in ("idle", "orm")
    }
    lost = sum(one.lost for one in crowded["ours"]) + alone["ours"].lost
    if lost:
        raise AssertionError(f"{lost} commands of ours were not answered")
    yield Figure("slack against ORM", better["orm"], 8, at_least=True,
                 seen=f"{rate['ours']:,.0f}/s; async ORM on aiosqlite {rate['orm']:,.0f}/s")  # fmt: skip
    yield Figure("slack against idle", better["idle"], 0.6, at_least=True,
                 seen=f"{rate['ours']:,.0f}/s; stock bolt that does nothing {rate['idle']:,.0f}/s")  # fmt: skip
    waits = {kind: one.wait(0.5) for kind, one in alone.items()}
    yield Figure("slack p50 alone", waits["ours"] / waits["idle"], 0.3,
                 seen=f"{waits['ours']:.1f} ms; stock bolt that does nothing {waits['idle']:.1f} ms")  # fmt: skip
    p99 = median(one.wait(0.99) for one in crowded["ours"])
    yield Figure("slack p99", p99, 150, "ms", seen=f"{CALLERS} callers at once")


if __name__ == "__main__":
    for figure in measure():
        print(figure, flush=True)
