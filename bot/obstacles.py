"""Whoever manages a group is told what keeps its posts from its channel: once, by direct message."""

import logging

from bot.core.errors import Obstacle
from bot.core.events import Place
from bot.group.cards import out_of_reach
from bot.store.work import SqlWork

log = logging.getLogger("mockingbird.outbox")


def tell_manager(group: int | None, place: Place, obstacle: Obstacle, for_good: bool, work: SqlWork) -> None:
    """Owe the card to whoever steered the group last, else to the one whom the platform names.

    The key holds the date of the last message that got through to the channel: while none does the card is owed once for
    each cause, and where it comes and goes at most once a day. The card belongs to no group, so that closed direct
    messages do not lead it into the very channel that cannot be reached.
    """
    found = work.groups.group(group) if group is not None else None
    whom = (found.manager if found is not None else "") or obstacle.whom
    if found is None or not whom:
        log.error("nobody can be told about %s: %s %s", place.lane, obstacle.why, obstacle.mend)
        return
    worked = work.deliveries.worked(found.id, place.lane)
    since = worked.date().isoformat() if worked is not None else "never"
    card = out_of_reach(found, obstacle.why, obstacle.mend, waits=not for_good)
    direct = Place(place.platform, place.workspace, whom, direct=True)
    work.outbox.add(direct, card, key=f"stuck:{found.id}:{obstacle.code}:{since}")


def tell_of_the_end(place: Place, why: str, work: SqlWork) -> None:
    """The same of a group whose channel is gone; nothing where there is no group in it."""
    group = work.groups.here(place)
    if group is not None:
        sentence = f"{why[:1].upper()}{why[1:]}."
        mend = "Type /group setup in another channel to begin anew there; what was written stays kept."
        tell_manager(group.id, place, Obstacle("gone", sentence, mend), for_good=True, work=work)
