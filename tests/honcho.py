"""The Procfile as `honcho` starts it, a formation at a time."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
PATIENCE = 60  # seconds: a busy machine starts slowly


class Honcho:
    """Some of the Procfile's processes. Where one of them ends, all do, as honcho has it."""

    def __init__(self, folder: Path, settings: Mapping[str, str], port: int = 5000) -> None:
        self.said: list[str] = []
        self.pids: dict[str, int] = {}  # a part -> the leader of its process group
        self._folder = folder
        self._port = port
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOCKINGBIRD_", "DATABASE"))}
        scripts = str(Path(sys.executable).parent)
        path = f"{scripts}{os.pathsep}{kept.get('PATH', '')}"
        self._environment = {**kept, "PATH": path, "PYTHONPATH": str(HOME), **settings}
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    async def start(self, *parts: str) -> None:
        command = [str(Path(sys.executable).parent / "honcho"), "--no-colour", "-f", str(HOME / "Procfile"), "start",
                   "-p", str(self._port), *parts]  # fmt: skip
        self._process = await asyncio.create_subprocess_exec(
            *command, cwd=self._folder, env=self._environment, stdout=-1, stderr=-2
        )
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        if self._process is None or self._process.stdout is None:
            raise AssertionError("it is started first")
        async for line in self._process.stdout:
            self.said.append(line.decode().rstrip())
            if found := re.search(r"(\w+)\.1 started \(pid=(\d+)\)", self.said[-1]):
                self.pids[found[1]] = int(found[2])
            self._changed.set()

    async def until(self, word: str) -> None:
        """Wait until it says so."""
        await self._until(lambda: any(word in line for line in self.said))

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self._changed.clear()
                if self._reading is None or self._reading.done():
                    raise AssertionError("\n".join(self.said))
                await self._changed.wait()

    def kill(self, part: str) -> None:
        """SIGKILL, for the part and whatever it started."""
        os.killpg(self.pids[part], signal.SIGKILL)

    async def ended(self) -> int:
        """Its exit status, once all of it has ended."""
        if self._process is None or self._reading is None:
            raise AssertionError("it is started first")
        async with asyncio.timeout(PATIENCE):
            await self._reading
            return await self._process.wait()

    async def stop(self) -> None:
        """As Ctrl+C or a hosting service does it."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self.ended()
