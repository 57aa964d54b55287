"""Where a life ends by itself: at a moment that is aimed at, by the same SIGKILL as from outside."""

import os
import random
import signal
import threading
import time
from typing import Literal, NoReturn

from sqlalchemy import Connection, Engine, event

Aim = Literal["", "commit", "committed", "claimed", "applying", "applied", "answered", "handled"]
# Just before a commit and about after it; a claim is durable and nothing is sent; the request is under way; it was done and
# is not answered; it is answered and not settled; an event is done and not answered.
AIMS: tuple[Aim, ...] = ("commit", "committed", "claimed", "applying", "applied", "answered", "handled")
FIRST = 12  # the moments of a kind among which it is chosen


class Death:
    """Comes at the n-th moment of a kind; never where `aim` is empty."""

    def __init__(self, aim: Aim, chance: random.Random) -> None:
        self._aim = aim
        self._left = chance.randrange(FIRST)
        self._delay = chance.uniform(0.0, 0.003)

    @staticmethod
    def drawn(chance: random.Random) -> "Death":
        """Half of the lives are killed from outside, at any moment."""
        return Death(chance.choice(AIMS) if chance.random() < 0.5 else "", chance)

    def may_come(self, moment: Aim) -> None:
        if self._is(moment):
            self.comes()

    def ordered(self, *moments: Literal["applying", "applied"]) -> Literal["", "applying", "applied"]:
        """The moment at which the other side is to let it come."""
        return next((moment for moment in moments if self._is(moment)), "")

    def comes(self) -> NoReturn:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("nobody lives on after SIGKILL")

    def watch_commits(self) -> None:
        """Come just before a commit of this process, or in the milliseconds that follow its beginning."""
        if self._aim in ("commit", "committed"):
            event.listen(Engine, "commit", self._commit)

    def _commit(self, _connection: Connection) -> None:
        self.may_come("commit")
        if self._is("committed"):
            self.comes_soon()

    def comes_soon(self) -> None:
        """Come within milliseconds, whatever is being done then."""
        threading.Thread(target=self._later, daemon=True).start()

    def _later(self) -> None:
        time.sleep(self._delay)
        self.comes()

    def _is(self, moment: Aim) -> bool:
        if moment != self._aim:
            return False
        self._left -= 1
        return self._left < 0
