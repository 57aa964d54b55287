"""What becomes of a delivery that failed: tried again, given up, or left to the operator. Nothing is guessed."""

from typing import Literal

from bot.core.errors import DeliveryFailed
from bot.core.events import Receipt
from bot.core.ports import Platform
from bot.store.repos.delivery import Claim

Verdict = Literal["again", "failed", "unresolved"]


async def looked_up(claim: Claim, platform: Platform) -> Receipt | None:
    """Where a message in doubt landed; None where it certainly did not. Raises DeliveryFailed with `looking`.

    An edit needs no look: made twice it is what it was.
    """
    if not claim.doubtful or claim.parcel.edits:
        return None
    try:
        return await platform.find(claim.parcel)
    except DeliveryFailed as failure:
        failure.looking = True
        raise


def verdict(claim: Claim, failure: DeliveryFailed, most_attempts: int, most_looks: int) -> Verdict:
    """Whether there is another try. Only what certainly did not land is given up: what may have landed is looked up
    some more times, and is the operator's then."""
    if failure.untried:
        return "again"
    in_doubt = (failure.doubtful or failure.looking) and not claim.parcel.edits
    if in_doubt and (failure.unknowable or failure.permanent):
        return "unresolved"
    if failure.permanent:
        return "failed"
    if claim.attempts < (most_looks if in_doubt else most_attempts):
        return "again"
    return "unresolved" if in_doubt else "failed"
