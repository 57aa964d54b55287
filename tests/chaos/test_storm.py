"""kill -9, again and again, of workers on a platform of chaos: every message lands exactly once, in order.

The control shows that the storm is one: without the look-up of what may have landed, which is what "post, then mark"
amounts to, the same deaths double posts.
"""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.chaos.account import Account, Effect, Verdict
from tests.chaos.conftest import Ledger
from tests.chaos.storm import Lives, Outcome, Plan, rage

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

FAULTS = ("limited", "refused", "failed", "lost", "dropped", "slow", "late")
SHORT = [("sqlite", 1, 15), ("postgres", 4, 15)]
MANY = 100  # kills: the long form
LONG = [(database, workers, 1_000) for database in ("sqlite", "postgres") for workers in (1, 4)]
REAL = [
    pytest.param("slack", "sqlite", 1, 12, id="slack-sqlite-1"),
    pytest.param("discord", "sqlite", 1, 12, id="discord-sqlite-1", marks=pytest.mark.long),
    pytest.param("slack", "postgres", 4, 100, id="slack-postgres-4-long", marks=pytest.mark.long),
    pytest.param("discord", "postgres", 4, 100, id="discord-postgres-4-long", marks=pytest.mark.long),
]
STORMS = [pytest.param(*one, id=f"{one[0]}-{one[1]}") for one in SHORT]
STORMS += [pytest.param(*one, id=f"{one[0]}-{one[1]}-long", marks=pytest.mark.long) for one in LONG]


@pytest.mark.parametrize(("database", "workers", "kills"), STORMS, indirect=["database"])
async def test_a_storm_loses_nothing_doubles_nothing_and_keeps_the_order_of_each_channel(
    tmp_path: Path, lives: Lives, ledger: Ledger, database: str, workers: int, kills: int
) -> None:
    name = named(database)
    groups, life = 40, 0.4
    if kills >= MANY:  # on PostgreSQL a life begins with its connections
        groups, life = 120, 0.3 if name == "sqlite" else 0.8
    plan = Plan(database, workers, kills=kills, groups=groups, life=life, shift=hurry(kills))
    outcome = await rage(tmp_path, lives, plan)
    ledger.keep(name, outcome)
    assert (outcome.account.verdict(), outcome.faults) == (Verdict(), []), plan
    assert "Traceback" not in outcome.log, plan
    _was_one(outcome)
    _is_seen_through(outcome.account)
    others = {status for status in outcome.counts if status not in ("killed", "end 0")}
    # Of four on one file, one works; the others say so, end, and are started again until it has died.
    stand_by = {"exit 1", "end 1"} if (name, workers) == ("sqlite", 4) else set()
    assert others <= stand_by, plan
    assert ("Another Mockingbird is running on" in outcome.log) == bool(stand_by), plan


def named(database: str) -> str:
    """What kind of database a URL names."""
    return database.partition(":")[0].partition("+")[0]


def hurry(kills: int) -> float:
    """What a clock has to be ahead of the wall's for a minute to be full in twenty seconds: then daily posts come due. A
    long storm has minutes enough."""
    return (40.0 - datetime.now(UTC).second) % 60 if kills < MANY else 0.0


def _was_one(outcome: Outcome) -> None:
    """There were as many deaths as planned, and enough to do and enough trouble for them to matter."""
    counts = outcome.account.counts
    assert outcome.counts["killed"] >= outcome.plan.kills
    assert counts["posts"] > outcome.plan.kills
    assert sum(counts.get(fault, 0) for fault in FAULTS)
    assert counts["searches"]
    assert counts["edits"]
    if outcome.plan.kills >= MANY:  # a short one ends too soon to count on more
        assert counts["posts"] > 3 * outcome.counts["killed"]
        assert counts["searches"] > outcome.plan.kills / 2
        assert all(counts.get(fault, 0) > 20 for fault in FAULTS), counts
        assert len(outcome.account.mornings) > 5


def _is_seen_through(account: Account) -> None:
    """The same account with something wrong in it is not believed."""
    effects = list(account.effects)
    posts = [one for one in effects if not one.edit]
    assert replace(account, effects=[one for one in effects if one.key != posts[-1].key]).verdict().lost == (
        posts[-1].key,
    )
    assert replace(account, effects=[*effects, posts[0]]).verdict().doubled == (posts[0].key,)
    first, second = _neighbours(posts)
    swapped = {first.key: second, second.key: first}
    doctored = replace(account, effects=[one if one.edit else swapped.get(one.key, one) for one in effects])
    assert first.key in doctored.verdict().disordered  # with what was between the two, if anything was


def _neighbours(posts: list[Effect]) -> tuple[Effect, Effect]:
    """The last two posts that followed each other in one channel."""
    second = next(one for one in reversed(posts) if sum(other.lane == one.lane for other in posts) > 1)
    lane = [one for one in posts if one.lane == second.lane]
    return lane[-2], lane[-1]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_the_same_storm_doubles_posts_where_what_landed_is_not_looked_up(
    tmp_path: Path, lives: Lives, ledger: Ledger, database: str
) -> None:
    outcome = await rage(tmp_path, lives, Plan(database, kills=10, looks_up=False))
    ledger.keep("control", outcome)
    verdict = outcome.account.verdict()
    assert verdict.doubled, outcome.plan
    assert not verdict.lost, outcome.plan


@pytest.mark.parametrize(("platform", "database", "workers", "kills"), REAL, indirect=["database"])
async def test_a_storm_over_a_real_platforms_way_of_posting_and_looking_up_ends_the_same(
    tmp_path: Path, lives: Lives, ledger: Ledger, platform: str, database: str, workers: int, kills: int
) -> None:
    """Slack's and Discord's adapters, through which everything went, at the stand-ins of the two."""
    plan = Plan(database, workers, platform, kills=kills, groups=30, shift=hurry(kills))
    outcome = await rage(tmp_path, lives, plan)
    ledger.keep(f"{named(database)}, {platform}", outcome)
    assert (outcome.account.verdict(), outcome.faults) == (Verdict(), []), plan
    assert "Traceback" not in outcome.log, plan
    assert len(outcome.account.effects) > kills, plan
    assert sum(outcome.account.counts.get(fault, 0) for fault in FAULTS), plan
