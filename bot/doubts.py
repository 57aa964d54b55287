"""What may have landed is looked up before it is sent again; what becomes of a delivery that failed: tried again, given up,
or left to the operator. Nothing is guessed."""

import asyncio
from datetime import timedelta
from typing import Literal

from bot.core.errors import DeliveryFailed
from bot.core.events import Receipt
from bot.core.ports import Clock, Platform
from bot.patience import MOST_ATTEMPTS, Patience
from bot.store.repos.delivery import Claim

Verdict = Literal["again", "failed", "unresolved"]


async def landing(claim: Claim, platform: Platform, clock: Clock, patience: Patience) -> Receipt:
    """Where the message landed: found there already, or sent now, within the timeout. Raises DeliveryFailed."""
    if clock.now() - claim.at > patience.lease - timedelta(seconds=patience.timeout):
        # This process stood still, as a machine that slept: the claim could run out while the request is on its way.
        raise DeliveryFailed("its claim is too old to send by", untried=True, retry_after=0.0)
    if claim.orphan:
        raise DeliveryFailed("the message it belongs to never landed", permanent=True)
    try:
        async with asyncio.timeout(patience.timeout):
            found = await _looked_up(claim, platform) if claim.doubtful else None
            if found is not None:
                return found
            if claim.until is not None and clock.now() >= claim.until:
                raise DeliveryFailed("its time has passed", permanent=True)
            if claim.attempts > MOST_ATTEMPTS:  # it was in doubt at the last try, and now is known not to be there
                raise DeliveryFailed(f"none of {MOST_ATTEMPTS} tries went through", permanent=True)
            return await platform.send(claim.parcel)
    except TimeoutError:
        raise DeliveryFailed(f"no answer in {patience.timeout:.0f} s", doubtful=True) from None


async def _looked_up(claim: Claim, platform: Platform) -> Receipt | None:
    """Where a message in doubt landed; None where it certainly did not. Raises DeliveryFailed with `looking`.

    An edit needs no look: made twice it is what it was.
    """
    if claim.edits:
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
    in_doubt = (failure.doubtful or failure.looking) and not claim.edits
    if in_doubt and (failure.unknowable or failure.permanent):
        return "unresolved"
    if failure.permanent:
        return "failed"
    if claim.attempts < (most_looks if in_doubt else most_attempts):
        return "again"
    return "unresolved" if in_doubt else "failed"
