"""Jobs of a transaction, each as if it were alone: what one raises undoes its own work alone, and reaches its caller."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from bot.core.ports import EVERYBODYS, Scope
from bot.store import faults
from bot.store.work import SqlWork

SHARE = 16  # jobs a savepoint: what there is to win is won with so many, and little is run again when one raises

Job = Callable[[SqlWork], Any]
Begin = Callable[["Attempt"], SqlWork]
"""The work that a job gets."""


@dataclass(slots=True)
class Attempt:
    """A job, and what came of it. It `owes` messages and `moves` timers that somebody should hear of."""

    job: Job
    scope: Scope = EVERYBODYS
    result: Any = None
    fault: BaseException | None = None
    owes: bool = False
    moves: bool = False


@dataclass(slots=True)
class Waiting(Attempt):
    """A job for whose answer somebody waits in an event loop."""

    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    answer: "asyncio.Future[Any]" = field(init=False)

    def __post_init__(self) -> None:
        self.answer = self.loop.create_future()


class Together:
    """Runs the jobs of a transaction.

    A savepoint for each is a sixth of a small job: SQLite copies every page that is changed for the first time after it,
    and PostgreSQL is asked twice more. So some jobs share one. Where one of them raises, what all of them did is undone,
    and each runs again with one of its own, as do those that follow at first: whoever is refused mostly comes in company.
    What is everybody's, such as all timers that are due, may be long, and shares with nobody.
    """

    def __init__(self) -> None:
        self._share = SHARE

    def run(self, connection: Connection, jobs: Sequence[Attempt], begin: Begin) -> tuple[bool, bool]:
        """Whether they owe messages, and whether they move timers. Raises what ends the transaction for all of them."""
        done = 0
        while done < len(jobs):
            some = self._some(jobs, done)
            done += len(some)
            if _stand(connection, some, begin):
                self._share = min(SHARE, 2 * self._share)
                continue
            self._share = 1
            for one in some if len(some) > 1 else ():
                _stand(connection, [one], begin)
        return any(one.owes for one in jobs), any(one.moves for one in jobs)

    def _some(self, jobs: Sequence[Attempt], begun: int) -> Sequence[Attempt]:
        """The next jobs, as many as share a savepoint."""
        most = min(begun + self._share, len(jobs))
        end = next((one for one in range(begun, most) if jobs[one].scope == EVERYBODYS), most)
        return jobs[begun : max(end, begun + 1)]


def _stand(connection: Connection, jobs: Sequence[Attempt], begin: Begin) -> bool:
    """Run jobs in one savepoint. Where one raises its fault is kept for its caller, and all that they did is undone."""
    driver: Any = connection.connection.driver_connection  # a savepoint costs a tenth without a result around it
    driver.execute("SAVEPOINT job")
    for one in jobs:
        one.fault, one.owes, one.moves = None, False, False
        try:
            work = begin(one)
            one.result = one.job(work)
            work.flush()
        except BaseException as fault:  # carried to the caller, who knows what to do with it
            if faults.passing(fault):
                raise  # the transaction is over for all its jobs: SQLite may have ended it already
            one.fault = fault
            break
        one.owes, one.moves = work.outbox.touched, work.timers.touched
    stands = all(one.fault is None for one in jobs)
    if not stands:
        driver.execute("ROLLBACK TO job")
    driver.execute("RELEASE job")
    return stands


def answer(batch: Sequence[Waiting]) -> None:
    """Tell those who wait, each in their own loop."""
    for loop in {waiting.loop for waiting in batch}:
        _answer(loop, [waiting for waiting in batch if waiting.loop is loop])


def _answer(loop: asyncio.AbstractEventLoop, batch: list[Waiting]) -> None:
    def settle() -> None:
        for waiting in batch:
            if waiting.answer.done():  # the caller went away; the work stands all the same
                continue
            if waiting.fault is not None:
                waiting.answer.set_exception(waiting.fault)
            else:
                waiting.answer.set_result(waiting.result)

    with suppress(RuntimeError):  # the loop is closed, and nobody waits in it
        loop.call_soon_threadsafe(settle)
