"""Whether the database takes what it is given, said once when it stops and once when it goes on."""

import logging

from bot.core.errors import StoreUnavailable
from bot.store import faults

log = logging.getLogger("mockingbird.store")


class Availability:
    def __init__(self) -> None:
        self._away = False

    def lost(self, fault: BaseException) -> StoreUnavailable:
        """The error for whoever wanted something of it."""
        why = faults.line(fault)
        if not self._away:
            self._away = True
            log.error("the database takes nothing now: %s. Nothing is lost; I go on as soon as it does", why)
        return StoreUnavailable(f"The database takes nothing now: {why}.")

    def stands(self) -> None:
        """It took something."""
        if self._away:
            self._away = False
            log.warning("the database is back")
