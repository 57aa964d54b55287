"""Claims as the deliverer makes them, for tests that look at one side of them."""

from datetime import datetime, timedelta

from bot.store.repos.delivery import Claim
from bot.store.work import SqlWork


def claimed(work: SqlWork, now: datetime, until: datetime, owner: str = "me", most: int = 1_000) -> list[Claim]:
    """The oldest heads that may go at `now`, claimed in the name of somebody who may send there."""
    heads = [head for head in work.deliveries.look("", 1_000)[0] if head.at <= now][:most]
    senders = {f"send:{head.place.platform}:{head.place.workspace}" for head in heads}
    work.leases.take_all(senders, owner, until + timedelta(minutes=1))
    fresh, stale = ([head.lane for head in heads if head.claimed is one] for one in (False, True))
    return work.deliveries.claim(fresh, owner, now, until, stale)
