"""Whoever manages a group is told once what keeps its posts from its channel, where they can be reached."""

from dataclasses import replace

import pytest

from bot.core.errors import DeliveryFailed, Obstacle
from bot.core.ui import Card
from bot.store.work import SqlWork
from bot.testing import House, Posting, words

ARCHIVED = Obstacle("is_archived", "That channel is archived.", "Unarchive it and invite me again.")
GONE = Obstacle("10003", "That channel is gone.", "Set the group up in another one.", "owner")
PATIENT = DeliveryFailed("is_archived", retry_after=600.0, obstacle=ARCHIVED)
FINAL = DeliveryFailed("gone", permanent=True, obstacle=GONE)


def told(house: House, who: str = "ana") -> list[Posting]:
    return [posting for posting in house.platform.to(who) if posting.parcel.key.startswith("stuck:")]


def owe(house: House, *keys: str, group: int | None = 1) -> None:
    def add(work: SqlWork) -> None:
        for key in keys:
            work.outbox.add(house.channel, Card(key), key=key, group=group)

    house.store.now(add)


def stuck(house: House, fault: DeliveryFailed = PATIENT) -> None:
    """From now on the channel takes nothing, and all else does."""
    house.platform.refuses = {house.channel.channel: fault}


def free(house: House) -> None:
    house.platform.refuses = {}


async def test_the_one_who_set_the_group_up_is_told_what_is_wrong_where_and_what_to_do(group: House) -> None:
    stuck(group)
    await group.advance(hours=1, minutes=1)
    [card] = [posting.card for posting in told(group)]
    said = words(card)
    assert "{#prep}" in said
    assert ARCHIVED.why in said
    assert ARCHIVED.mend in said
    assert "waits for some hours" in said
    free(group)
    await group.advance(minutes=10)
    assert len(group.platform.keyed("daily:")) == 1


async def test_five_hundred_messages_that_fail_are_one_card(group: House) -> None:
    stuck(group, FINAL)
    owe(group, *(f"k{number}" for number in range(500)))
    await group.advance(seconds=30)
    with group.look() as work:
        assert work.deliveries.counts()["failed"] == 500
    [posting] = told(group)
    assert "is not sent any more" in words(posting.card)


async def test_another_cause_is_another_card_and_one_that_comes_again_is_told_again_but_not_on_the_same_day(
    group: House,
) -> None:
    stuck(group)
    await group.advance(hours=3)
    stuck(group, FINAL)
    await group.advance(minutes=20)
    assert [posting.parcel.key.split(":")[2] for posting in told(group)] == ["is_archived", "10003"]
    free(group)
    owe(group, "works")
    await group.advance(days=1)
    stuck(group)
    owe(group, "works no more")
    await group.advance(seconds=30)
    assert len(told(group)) == 3
    for number in range(5):
        free(group)
        owe(group, f"works {number}")
        await group.advance(minutes=11)
        stuck(group)
        owe(group, f"works no more {number}")
        await group.advance(seconds=30)
    assert len(told(group)) == 3


async def test_a_paused_group_is_told_how_to_go_on(group: House) -> None:
    stuck(group)
    await group.command("ana", "/group pause")
    [posting] = told(group)
    assert "/group resume" in words(posting.card)


async def test_whoever_steered_the_group_last_is_told(group: House) -> None:
    group.people["ben"] = replace(group.people["ben"], manages=True)
    await group.command("ben", "/group pause")
    await group.command("ben", "/group resume")
    stuck(group)
    await group.advance(hours=3)
    assert (len(told(group, "ben")), len(told(group, "ana"))) == (1, 0)


async def test_where_the_manager_is_not_known_the_one_whom_the_platform_names_is_told(group: House) -> None:
    group.store.now(lambda work: work.groups.steered(1, ""))
    stuck(group, FINAL)
    owe(group, "a")
    await group.advance(seconds=30)
    assert (len(told(group, "owner")), len(told(group, "ana"))) == (1, 0)


async def test_where_nobody_can_be_reached_the_log_has_it(group: House, caplog: pytest.LogCaptureFixture) -> None:
    group.store.now(lambda work: work.groups.steered(1, ""))
    stuck(group)
    owe(group, "a")
    await group.advance(seconds=30)
    assert "nobody can be told" in caplog.text
    assert ARCHIVED.mend in caplog.text


async def test_closed_direct_messages_do_not_lead_the_card_into_the_channel_that_cannot_be_reached(
    group: House, caplog: pytest.LogCaptureFixture
) -> None:
    group.platform.closed = {"ana"}
    stuck(group)
    await group.advance(hours=8)
    free(group)
    await group.advance(hours=1)
    assert group.platform.keyed("note:") == []
    assert group.platform.keyed("stuck:") == []
    assert "stuck:1:is_archived" in caplog.text


async def test_what_cannot_reach_a_person_is_nobodys_obstacle(group: House) -> None:
    group.platform.refuses = {"ben": PATIENT}
    group.store.now(lambda work: work.outbox.add(group.direct("ben"), Card("to ben"), key="to ben", group=1))
    await group.advance(minutes=5)
    assert told(group) == []


async def test_a_message_of_no_group_is_told_to_nobody(group: House) -> None:
    stuck(group)
    owe(group, "a", group=None)
    await group.advance(seconds=30)
    assert told(group) == []


async def test_who_managed_a_group_whose_channel_was_deleted_is_told(group: House) -> None:
    await group.bot.deliverer.retire("web", "home", "the channel was deleted", "prep")
    await group.advance(seconds=30)
    [posting] = told(group)
    assert "deleted" in words(posting.card)
