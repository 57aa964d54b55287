"""What the bot owes is posted once, in order, whatever the platform does in between."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalog import Catalog
from bot.core.errors import DeliveryFailed
from bot.core.events import Landed, Place, Receipt, Show
from bot.core.ports import Parcel
from bot.core.ui import ActionId, Card
from bot.outbox import Deliverer
from bot.patience import LEASE, MOST_ATTEMPTS, MOST_LOOKS
from bot.store.work import SqlWork
from bot.testing import House, RecordingPlatform, actions, words

BUSY = DeliveryFailed("busy")
GONE = DeliveryFailed("no such channel", permanent=True)
TOLD = ActionId("test.landed", "1")


def owe(house: House, key: str, *, where: Place | None = None, then: ActionId | None = None) -> None:
    house.store.now(lambda work: work.outbox.add(where or house.channel, Card(key), key=key, then=then))


def place(channel: str) -> Place:
    return Place("web", "home", channel)


def posted(house: House, channel: str = "prep") -> list[str]:
    return [posting.parcel.key for posting in house.platform.to(channel)]


def states(house: House) -> dict[str, int]:
    with house.look() as work:
        return work.deliveries.counts()


@dataclass
class SlowPlatform(RecordingPlatform):
    """The first message lands, and its answer waits until `answers` is set."""

    landed: asyncio.Event = field(default_factory=asyncio.Event)
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, parcel: Parcel) -> Receipt:
        receipt, first = await super().send(parcel), not self.landed.is_set()
        self.landed.set()
        if first:
            await self.answers.wait()
        return receipt


def deliverer(house: House, platform: RecordingPlatform, told: list[Landed] | None = None) -> Deliverer:
    def tell(event: Landed, work: SqlWork) -> None:
        if told is not None:
            told.append(event)

    return Deliverer(house.store, {"web": platform}, {"test.landed": tell}, house.clock)


# Order and retries -----------------------------------------------------------------------------------------------

_faults = st.sampled_from(
    [
        DeliveryFailed("busy"),
        DeliveryFailed("slow down", retry_after=7.0),
        DeliveryFailed("no answer", doubtful=True),
        DeliveryFailed("no answer, slow down", doubtful=True, retry_after=300.0),
    ]
)


@given(lanes=st.lists(st.integers(1, 3), min_size=1, max_size=12), faults=st.lists(_faults, max_size=9),
       lost=st.integers(0, 5))  # fmt: skip
@settings(max_examples=30)
async def test_all_that_is_owed_is_posted_once_in_the_order_of_its_lane(
    catalog: Catalog, lanes: list[int], faults: list[DeliveryFailed], lost: int
) -> None:
    house = House(catalog)
    for number, lane in enumerate(lanes):
        owe(house, f"{number:02}", where=place(f"c{lane}"))
    house.platform.faults, house.platform.lost_answers = list(faults), lost
    await house.advance(hours=6)
    for lane in set(lanes):
        assert posted(house, f"c{lane}") == [f"{number:02}" for number, one in enumerate(lanes) if one == lane]
    assert states(house) == {"sent": len(lanes)}


async def test_a_lane_that_waits_holds_up_no_other(house: House) -> None:
    house.platform.faults = [DeliveryFailed("slow down", retry_after=600.0)]
    for key, channel in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        owe(house, key, where=place(channel))
    await house.bot.settle()
    assert (posted(house, "a"), posted(house, "b")) == ([], ["b1"])
    await house.advance(minutes=10)
    assert posted(house, "a") == ["a1", "a2"]


async def test_a_busy_platform_is_asked_again_after_longer_and_longer_pauses(house: House) -> None:
    house.platform.faults = [BUSY] * 12
    owe(house, "a")
    pauses = []
    while house.platform.faults:
        await house.bot.settle()
        due = await house.bot.next_due()
        assert due is not None
        pauses.append((due - house.clock.now()).total_seconds())
        house.clock.set(due)
    for number, pause in enumerate(pauses):
        usual = min(2.0 * 2**number, 600.0)
        assert 0.7 * usual < pause < 1.3 * usual
    await house.bot.settle()
    assert posted(house) == ["a"]


async def test_a_platform_that_says_how_long_to_wait_is_taken_at_its_word(house: House) -> None:
    house.platform.faults = [DeliveryFailed("slow down", retry_after=37.0)]
    owe(house, "a")
    await house.bot.settle()
    assert await house.bot.next_due() == house.clock.now() + timedelta(seconds=37)


async def test_a_fault_for_good_retires_the_message_and_lets_the_next_ones_go(house: House) -> None:
    house.platform.faults = [GONE]
    owe(house, "a")
    owe(house, "b")
    await house.bot.settle()
    assert posted(house) == ["b"]
    await house.advance(days=2)
    assert posted(house) == ["b"]
    assert states(house) == {"failed": 1, "sent": 1}


async def test_a_platform_that_stays_busy_is_given_up_in_the_end(house: House) -> None:
    house.platform.faults = [BUSY] * (MOST_ATTEMPTS + 5)
    owe(house, "a")
    await house.advance(days=2)
    assert len(house.platform.faults) == 5
    assert states(house) == {"failed": 1}


async def test_messages_of_a_platform_that_this_process_has_not_are_left_alone(house: House) -> None:
    owe(house, "a", where=Place("elsewhere", "home", "prep"))
    await house.advance(days=1)
    assert states(house) == {"pending": 1}
    assert await house.bot.deliverer.next_due() is None


async def test_what_could_not_go_in_its_time_is_not_sent_any_more_and_lets_the_next_ones_go(house: House) -> None:
    house.platform.faults = [DeliveryFailed("slow down", retry_after=7_200.0)]
    until = house.clock.now() + timedelta(hours=1)
    house.store.now(lambda work: work.outbox.add(house.channel, Card("today"), key="today", until=until))
    owe(house, "any day")
    await house.advance(hours=3)
    assert (posted(house), states(house)) == (["any day"], {"failed": 1, "sent": 1})


async def test_what_landed_in_its_time_is_found_after_it(house: House) -> None:
    house.platform.lost_answers = 1
    until = house.clock.now() + LEASE / 2
    house.store.now(lambda work: work.outbox.add(house.channel, Card("today"), key="today", until=until))
    await house.advance(hours=1)
    assert (posted(house), states(house)) == (["today"], {"sent": 1})


# Threads, edits, orphans -----------------------------------------------------------------------------------------


def _family(work: SqlWork, channel: Place) -> None:
    work.outbox.add(channel, Card("Post"), key="post", thread="A thread")
    work.outbox.add(channel, Card("Reply"), key="reply", under="post")
    work.outbox.edit("post", Card("Post, edited"), key="edit")
    work.outbox.add(channel, Card("Next"), key="next")


async def test_replies_and_edits_go_where_their_message_landed(house: House) -> None:
    house.store.now(lambda work: _family(work, house.channel))
    await house.bot.settle()
    post, reply, following = house.platform.to("prep")
    assert reply.place.thread == post.id
    assert [face.title for face in post.faces] == ["Post", "Post, edited"]
    assert not following.place.thread


async def test_what_belongs_to_a_message_that_never_landed_is_retired_with_it(house: House) -> None:
    house.platform.faults = [GONE]
    house.store.now(lambda work: _family(work, house.channel))
    await house.advance(days=1)
    assert posted(house) == ["next"]
    assert states(house) == {"failed": 3, "sent": 1}


async def test_what_is_owed_to_a_channel_that_is_gone_is_given_up_alone(house: House) -> None:
    owe(house, "a")
    owe(house, "b", where=place("other"))
    assert await house.bot.deliverer.retire("web", "home", "the channel was deleted", "prep") == 1
    await house.bot.settle()
    assert (posted(house), posted(house, "other")) == ([], ["b"])
    assert await house.bot.deliverer.retire("web", "home", "gone") == 0


async def test_what_is_owed_to_a_workspace_that_is_gone_is_given_up_whole(house: House) -> None:
    owe(house, "a")
    owe(house, "b", where=house.direct("ben"))
    owe(house, "c", where=Place("web", "elsewhere", "prep"))
    assert await house.bot.deliverer.retire("web", "home", "the bot was removed") == 2
    assert states(house) == {"failed": 2, "pending": 1}


# Closed direct messages ------------------------------------------------------------------------------------------


async def test_a_closed_direct_message_goes_the_way_through_the_channel_and_only_its_addressee_reads_it(
    group: House,
) -> None:
    group.platform.closed = {"ben"}
    await group.advance(hours=1)
    [daily] = group.platform.keyed("daily:")
    for who in ("ana", "chi", "dee"):
        await group.submit(who, actions(daily.card)["Answer"], {"text": f"What {who} knows about it"})
    await group.advance(days=1)
    [note] = group.platform.keyed("note:")
    assert (note.place, group.platform.to("ben")) == (group.channel, [])
    assert "ben" in words(note.card)
    assert "What " not in words(note.card)
    read = actions(note.card)["Read it here"]
    reply = await group.press("ben", read)
    assert isinstance(reply, Show)
    assert "yours to review" in reply.card.title
    for other in ("ana", "chi", "dee"):
        refusal = await group.press(other, read)
        assert isinstance(refusal, Show)
        assert "for somebody else" in words(refusal.card)


async def test_what_went_to_a_channel_is_no_direct_message_even_where_the_channel_has_a_persons_name(
    catalog: Catalog,
) -> None:
    house = House(catalog, channel="ana")
    await house.set_up()
    reply = await house.press("ana", "group.note:1")
    assert isinstance(reply, Show)
    assert "for somebody else" in words(reply.card)


# Doubt -----------------------------------------------------------------------------------------------------------


async def test_a_message_whose_answer_was_lost_is_found_after_its_lease_and_not_posted_again(house: House) -> None:
    house.platform.lost_answers = 1
    owe(house, "a")
    owe(house, "b")
    await house.advance(LEASE.total_seconds() * 0.9 * timedelta(seconds=1) + house.clock.now())
    assert (posted(house), states(house)) == (["a"], {"claimed": 1, "pending": 1})
    await house.advance(seconds=LEASE.total_seconds())
    assert (posted(house), states(house)) == (["a", "b"], {"sent": 2})


async def test_a_daily_post_whose_answer_was_lost_has_its_thread_all_the_same(group: House) -> None:
    group.platform.lost_answers = 1
    await group.advance(hours=1, minutes=5)
    [daily] = group.platform.keyed("daily:")
    await group.say("ana", group.thread(daily), "I would start from the cost of a mistake.")
    with group.look() as work:
        assert [answer.text for answer in work.rounds.answers(1)] == ["I would start from the cost of a mistake."]


async def test_a_doubtful_message_that_did_not_land_is_posted_after_its_lease(house: House) -> None:
    house.platform.faults = [DeliveryFailed("no answer", doubtful=True)]
    owe(house, "a")
    await house.bot.settle()
    assert (posted(house), await house.bot.next_due()) == ([], house.clock.now() + LEASE)
    await house.advance(seconds=LEASE.total_seconds())
    assert posted(house) == ["a"]


async def test_a_message_under_way_when_its_process_died_is_found_by_the_next_one(house: House) -> None:
    platform = SlowPlatform()
    owe(house, "a", then=TOLD)
    dying = asyncio.create_task(deliverer(house, platform).drain())
    await platform.landed.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    told: list[Landed] = []
    following = deliverer(house, platform, told)
    assert await following.drain() == 0  # the lease of the dead one holds
    house.clock.set(house.clock.now() + LEASE)
    assert await following.drain() == 1
    assert told == [Landed(TOLD, Receipt("m1"))]
    assert len(platform.postings) == 1


async def test_a_deliverer_that_was_taken_over_while_it_waited_settles_and_tells_nothing(house: House) -> None:
    platform, told = SlowPlatform(), list[Landed]()
    owe(house, "a", then=TOLD)
    slow = asyncio.create_task(deliverer(house, platform, told).drain())
    await platform.landed.wait()
    house.clock.set(house.clock.now() + LEASE)
    assert await deliverer(house, platform, told).drain() == 1
    platform.answers.set()
    assert await slow == 0
    assert (len(told), len(platform.postings), states(house)) == (1, 1, {"sent": 1})


UNKNOWABLE = DeliveryFailed("the history cannot be read", unknowable=True)


async def test_a_look_up_that_fails_for_now_is_made_again_and_nothing_is_sent_meanwhile(house: House) -> None:
    house.platform.lost_answers = 1
    house.platform.blind = [DeliveryFailed("slow down", retry_after=7.0), BUSY, DeliveryFailed("no answer")]
    owe(house, "a")
    owe(house, "b")
    await house.advance(hours=1)
    assert (posted(house), states(house), house.platform.blind) == (["a", "b"], {"sent": 2}, [])


@pytest.mark.parametrize("lands", [True, False])
async def test_what_cannot_be_looked_up_is_never_sent_again_and_its_lane_goes_on(
    house: House, lands: bool, caplog: pytest.LogCaptureFixture
) -> None:
    house.platform.lost_answers = int(lands)
    house.platform.faults = [] if lands else [DeliveryFailed("no answer", doubtful=True)]
    house.platform.blind = [UNKNOWABLE]
    owe(house, "a")
    owe(house, "b")
    await house.advance(days=3)
    assert posted(house) == (["a", "b"] if lands else ["b"])
    assert states(house) == {"unresolved": 1, "sent": 1}
    [line] = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert "delivery a " in line
    assert "`mockingbird outbox`" in line


@pytest.mark.parametrize("fault", [GONE, DeliveryFailed("they take none", closed=True)])
async def test_a_look_up_that_fails_for_good_leaves_the_doubt(house: House, fault: DeliveryFailed) -> None:
    house.platform.lost_answers = 1
    house.platform.blind = [fault]
    owe(house, "a")
    await house.advance(days=3)
    assert (posted(house), states(house)) == (["a"], {"unresolved": 1})


async def test_a_look_up_that_never_comes_through_is_left_to_the_operator(house: House) -> None:
    house.platform.lost_answers = 1
    house.platform.blind = [BUSY] * 200
    owe(house, "a")
    await house.advance(days=3)
    assert (posted(house), states(house)) == (["a"], {"unresolved": 1})
    assert len(house.platform.blind) == 200 - (MOST_LOOKS - 1)


async def test_what_was_in_doubt_at_its_last_try_is_looked_up_before_it_is_given_up(house: House) -> None:
    house.platform.faults = [BUSY] * (MOST_ATTEMPTS - 1)
    house.platform.lost_answers = 1
    owe(house, "a")
    await house.advance(days=3)
    assert (posted(house), states(house)) == (["a"], {"sent": 1})


async def test_what_is_known_not_to_have_landed_after_all_its_tries_is_given_up_and_not_sent(house: House) -> None:
    house.platform.faults = [BUSY] * (MOST_ATTEMPTS - 1) + [DeliveryFailed("no answer", doubtful=True)]
    owe(house, "a")
    await house.advance(days=3)
    assert (posted(house), states(house)) == ([], {"failed": 1})


async def test_an_edit_in_doubt_is_made_again_and_needs_no_look(house: House) -> None:
    owe(house, "a")
    await house.bot.settle()
    house.store.now(lambda work: work.outbox.edit("a", Card("new"), key="edit"))
    house.platform.faults, house.platform.blind = [DeliveryFailed("no answer", doubtful=True)], [UNKNOWABLE]
    await house.advance(hours=1)
    assert [face.title for face in house.platform.to("prep")[0].faces] == ["a", "new"]
    assert (states(house), house.platform.blind) == ({"sent": 2}, [UNKNOWABLE])


async def test_what_may_have_landed_counts_as_neither_lost_nor_there(house: House) -> None:
    house.store.now(lambda work: _family(work, house.channel))
    house.platform.lost_answers, house.platform.blind = 1, [UNKNOWABLE]
    await house.advance(hours=1)
    with house.look() as work:
        assert not work.outbox.lost("post")
        assert work.outbox.lost("reply")
    assert posted(house) == ["post", "next"]
    assert states(house) == {"unresolved": 1, "failed": 2, "sent": 1}


# What nobody foresaw ---------------------------------------------------------------------------------------------


@dataclass
class BrokenPlatform(RecordingPlatform):
    """An error that is no DeliveryFailed, for each message to one channel, once it landed."""

    error: type[Exception] = ZeroDivisionError

    async def send(self, parcel: Parcel) -> Receipt:
        receipt = await super().send(parcel)
        if parcel.place.channel == "broken":
            raise self.error
        return receipt


@pytest.mark.parametrize(("error", "logged"), [(ZeroDivisionError, 1), (TimeoutError, 0)])
async def test_an_error_that_is_none_of_ours_is_logged_once_and_neither_stops_others_nor_doubles(
    house: House, caplog: pytest.LogCaptureFixture, error: type[Exception], logged: int
) -> None:
    platform = BrokenPlatform(error=error)
    owe(house, "a", where=place("broken"))
    owe(house, "b", where=place("fine"))
    sender = deliverer(house, platform)
    assert await sender.drain() == 1
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == logged
    house.clock.set(house.clock.now() + LEASE)
    assert await sender.drain() == 1
    assert sorted(posting.parcel.key for posting in platform.postings.values()) == ["a", "b"]


async def test_a_landing_that_cannot_be_told_is_told_later_and_holds_up_no_other_lane(house: House) -> None:
    faults: list[Exception] = [ZeroDivisionError()]

    def tell(event: Landed, work: SqlWork) -> None:
        work.outbox.add(place("c"), Card("told"), key="told")
        if faults:
            raise faults.pop()

    sender = Deliverer(house.store, {"web": house.platform}, {"test.landed": tell}, house.clock)
    owe(house, "a", then=TOLD, where=place("a"))
    owe(house, "b", where=place("b"))
    await sender.drain()
    assert (posted(house, "a"), posted(house, "b"), posted(house, "c")) == (["a"], ["b"], [])
    house.clock.set(house.clock.now() + LEASE)
    await sender.drain()
    assert (posted(house, "a"), posted(house, "c")) == (["a"], ["told"])


# The loop --------------------------------------------------------------------------------------------------------


async def test_a_running_deliverer_sends_when_it_is_woken(house: House) -> None:
    platform = SlowPlatform()
    sender = deliverer(house, platform)
    running = asyncio.create_task(sender.run())
    for _ in range(20):
        await asyncio.sleep(0)  # it looks, finds nothing, and sleeps
    owe(house, "a")
    sender.wake()
    async with asyncio.timeout(20):  # less than it sleeps unwoken
        await platform.landed.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [posting.parcel.key for posting in platform.postings.values()] == ["a"]
