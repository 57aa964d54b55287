"""What the bot owes is posted once into Discord, whatever happens on the way, and every fault is told for what it is."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import discord as discord_py
import pytest

from adapters.discord import render, search
from adapters.discord.deliver import DiscordPlatform
from adapters.discord.faults import FINAL, MENDS, OBSTACLES, failure, obstacle
from adapters.discord.rest import Rest
from bot.bootstrap import Bot, assemble
from bot.catalog import Catalog
from bot.core.errors import DeliveryFailed
from bot.core.events import Place
from bot.core.ports import Parcel
from bot.core.ui import ActionId, Button, Card, Prose, Said
from bot.patience import LEASE
from bot.store.work import SqlWork
from bot.testing import MONDAY, FrozenClock, MemoryStore
from tests.adapters import discord_stand_in as faults
from tests.adapters.discord_guild import FORUM, HISTORY, OPEN_THREADS, SEND, VIEW, Channel
from tests.adapters.discord_stand_in import BROKEN, LOST, Fault, StandIn, discord, settings
from tests.adapters.discord_world import STARTER, TOKEN

CARD = Card(
    "Day 1", (Prose("**go**"), Said("@everyone & <@1>")), ((Button("Answer", ActionId("rounds.answer", "1")),),)
)
PATIENCE = Fault(429, after=45)
EVERYWHERE = Fault(429, after=45, everywhere=True)


class Naps:
    """Sleeps that are only counted."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


class Mail:
    """The platform over the stand-in, a deliverer over it, and what was posted."""

    def __init__(self, stand_in: StandIn, clock: FrozenClock, catalog: Catalog) -> None:
        self.stand_in, self.world, self.clock = stand_in, stand_in.world, clock
        self.ana, self.ben = self.world.person("Ana"), self.world.person("Ben")
        self.guild = self.world.guild("Study hall", self.ana, self.ben)
        self.prep = self.world.channel(self.guild, "prep")
        self.other = self.world.channel(self.guild, "other")
        self.forum = self.world.channel(self.guild, "questions", kind=FORUM)
        self.naps = Naps()
        self.rest = Rest(settings(stand_in), clock, self.naps)
        self.platform = DiscordPlatform(self.rest)
        self.store = MemoryStore(clock, catalog)
        self.bot: Bot = assemble(self.store, catalog, clock, {"discord": self.platform})

    def at(self, channel: Channel, thread: str = "") -> Place:
        return Place("discord", str(self.guild.id), str(channel.id), thread)

    def to(self, user: int) -> Place:
        return Place("discord", str(self.guild.id), str(user), direct=True)

    def owe(self, place: Place, *keys: str, thread: str = "") -> None:
        def add(work: SqlWork) -> None:
            for key in keys:
                work.outbox.add(place, CARD, key=key, thread=thread)

        self.store.now(add)

    async def settle(self, **span: float) -> None:
        """Let the deliverer work on for a time."""
        await self.bot.advance(self.clock, self.clock.now() + timedelta(**span))

    def keys(self, channel: Channel, *known: str) -> list[str]:
        """The keys of the bot's messages in a channel, among these."""
        marks = {render.key_marks(key): key for key in known}
        ours = [one for one in channel.messages.values() if one["author"]["bot"] and one["type"] != STARTER]
        found = [render.marks_of(one["components"]) for one in ours]
        return [marks.get(one, "?") if one else "none" for one in found]


@pytest.fixture
async def mail(catalog: Catalog) -> AsyncIterator[Mail]:
    clock = FrozenClock(MONDAY)
    async with discord(clock) as stand_in:
        found = Mail(stand_in, clock, catalog)
        await found.rest.login()
        yield found
        await found.rest.close()


async def refused(mail: Mail, place: Place | None = None, key: str = "daily:1", **more: Any) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as failure:
        await mail.platform.send(Parcel(key, place or mail.at(mail.prep), CARD, **more))
    return failure.value


async def test_a_message_is_posted_with_its_key_and_found_by_it_in_channel_thread_and_person(mail: Mail) -> None:
    opened = await mail.platform.send(Parcel("daily:1", mail.at(mail.prep), CARD, thread="Day 1"))
    assert opened.thread
    thread = mail.at(mail.prep, opened.thread)
    for parcel in (Parcel("closed:1", thread, CARD), Parcel("dealt:1", mail.to(mail.ana.id), CARD)):
        assert await mail.platform.find(parcel) is None
        landed = await mail.platform.send(parcel)
        assert await mail.platform.find(parcel) == landed
    assert await mail.platform.find(Parcel("daily:1", mail.at(mail.prep), CARD, thread="Day 1")) == opened
    assert await mail.platform.find(Parcel("daily:11", mail.at(mail.prep), CARD)) is None


async def test_a_thread_has_a_sensible_name_and_time(mail: Mail) -> None:
    opened = await mail.platform.send(Parcel("daily:1", mail.at(mail.prep), CARD, thread="Day 1: trees"))
    thread = mail.world.channels[int(opened.thread)]
    assert (thread.name, thread.parent) == ("Day 1: trees", mail.prep.id)
    assert thread.archive_after >= 4_320  # answers are written for a day and more, and then read


async def test_a_forum_takes_the_message_as_a_post_of_its_own(mail: Mail) -> None:
    parcel = Parcel("daily:1", mail.at(mail.forum), CARD, thread="Day 1")
    opened = await mail.platform.send(parcel)
    thread = mail.world.channels[int(opened.thread)]
    assert thread.parent == mail.forum.id
    assert mail.keys(thread, "daily:1") == ["daily:1"]
    assert await mail.platform.find(parcel) == opened
    later = Parcel("closed:1", mail.at(mail.forum, opened.thread), CARD)
    assert await mail.platform.find(later) is None
    assert await mail.platform.find(later) == await mail.platform.send(later) or await mail.platform.find(later)


async def test_what_goes_into_a_forum_without_a_thread_of_its_own_lands_there_too(mail: Mail) -> None:
    parcel = Parcel("note:1", mail.at(mail.forum), CARD)
    landed = await mail.platform.send(parcel)
    assert await mail.platform.find(parcel) == landed
    again = Parcel("note:1:edit", mail.at(mail.forum), Card("Done"), edits=landed.message)
    assert (await mail.platform.send(again)).message == landed.message


async def test_an_old_message_is_found_behind_many_newer_ones(mail: Mail) -> None:
    landed = await mail.platform.send(Parcel("daily:1", mail.at(mail.prep), CARD))
    for number in range(450):
        mail.world.say(mail.ben, mail.prep, f"talk {number}")
    assert await mail.platform.find(Parcel("daily:1", mail.at(mail.prep), CARD)) == landed


async def test_nobody_else_can_pass_for_our_message(mail: Mail) -> None:
    other = mail.world.person("Beep", bot=True)
    mail.world.say(other, mail.prep, "mine", components=render.message(CARD, "daily:1")["components"])
    assert await mail.platform.find(Parcel("daily:1", mail.at(mail.prep), CARD)) is None


async def test_an_edit_changes_the_message_and_keeps_its_key(mail: Mail) -> None:
    landed = await mail.platform.send(Parcel("daily:1", mail.at(mail.prep), CARD))
    edit = Parcel("daily:1:edit", mail.at(mail.prep), Card("Closed"), edits=landed.message)
    assert (await mail.platform.send(edit)).message == landed.message
    assert (await mail.platform.send(edit)).message == landed.message
    assert await mail.platform.find(Parcel("daily:1", mail.at(mail.prep), CARD)) == landed
    assert (await refused(mail, key="x:edit", edits="1700000000000000000")).permanent


async def test_nobody_is_pinged_by_what_is_posted_or_edited(mail: Mail) -> None:
    card = Card("Day 1", (Said(f"@everyone @here <@{mail.ana.id}>"),))
    landed = await mail.platform.send(Parcel("daily:1", mail.at(mail.prep), card, thread="@everyone"))
    await mail.platform.send(Parcel("daily:1:edit", mail.at(mail.prep), card, edits=landed.message))
    await mail.platform.send(Parcel("daily:2", mail.at(mail.forum), card, thread="@here"))
    assert mail.world.pings == []


async def test_a_lost_answer_leaves_one_message(mail: Mail) -> None:
    mail.stand_in.faults["post"] = [LOST]
    mail.owe(mail.at(mail.prep), "daily:1", "closed:1")
    await mail.settle(minutes=10)
    assert mail.keys(mail.prep, "daily:1", "closed:1") == ["daily:1", "closed:1"]


async def test_a_lost_answer_that_is_old_is_looked_up_for_discord_forgets_a_nonce(mail: Mail) -> None:
    mail.stand_in.faults["post"] = [LOST, *[BROKEN] * 8]
    mail.stand_in.faults["history"] = [BROKEN] * 8
    mail.owe(mail.at(mail.prep), "daily:1")
    await mail.settle(hours=2)
    assert mail.keys(mail.prep, "daily:1") == ["daily:1"]


async def test_a_lost_answer_to_a_forums_post_leaves_one_post(mail: Mail) -> None:
    mail.stand_in.faults["open_post"] = [LOST]
    mail.owe(mail.at(mail.forum), "daily:1", thread="Day 1")
    await mail.settle(minutes=10)
    assert len(mail.world.active(mail.guild.id)) == 1


async def test_a_slow_answer_is_looked_up_before_it_is_sent_again(mail: Mail) -> None:
    held = asyncio.Event()
    mail.stand_in.faults["post"] = [Fault(hold=held)]
    parcel = Parcel("daily:1", mail.at(mail.prep), CARD)
    sending = asyncio.create_task(mail.platform.send(parcel))
    await mail.stand_in.until(lambda: mail.stand_in.called("post"))
    sending.cancel()  # as the deliverer's patience does
    await asyncio.gather(sending, return_exceptions=True)
    held.set()
    await mail.stand_in.until(lambda: mail.prep.messages)
    assert await mail.platform.find(parcel) is not None
    assert mail.keys(mail.prep, "daily:1") == ["daily:1"]


@pytest.mark.parametrize("fault", [BROKEN, Fault(520), Fault(403, 0, "error code: 1015")])
async def test_where_discord_breaks_nothing_is_lost_and_nothing_doubled(mail: Mail, fault: Fault) -> None:
    mail.stand_in.faults["post"] = [fault]
    mail.owe(mail.at(mail.prep), "daily:1")
    await mail.settle(seconds=1)
    assert mail.keys(mail.prep, "daily:1") == []
    await mail.settle(hours=1)
    assert mail.keys(mail.prep, "daily:1") == ["daily:1"]


async def test_a_doubt_waits_out_the_lease(mail: Mail) -> None:
    mail.stand_in.faults["post"] = [BROKEN]
    mail.owe(mail.at(mail.prep), "daily:1")
    await mail.settle(seconds=1)
    assert (await mail.bot.next_due() or MONDAY) > MONDAY + LEASE / 2


async def test_the_thread_that_could_not_be_opened_is_opened_later_on_the_one_message(mail: Mail) -> None:
    mail.stand_in.faults["thread"] = [BROKEN, Fault(429, after=45)]
    mail.owe(mail.at(mail.prep), "daily:1", thread="Day 1")
    await mail.settle(hours=1)
    assert mail.keys(mail.prep, "daily:1") == ["daily:1"]
    assert [thread.name for thread in mail.world.active(mail.guild.id)] == ["Day 1"]


async def test_a_thread_that_stands_already_is_success(mail: Mail) -> None:
    mail.stand_in.faults["thread"] = [LOST, faults.HAS_THREAD]
    mail.owe(mail.at(mail.prep), "daily:1", thread="Day 1")
    await mail.settle(hours=1)
    [message] = mail.prep.messages
    assert message in mail.world.channels
    assert mail.store.now(lambda work: work.deliveries.counts()) == {"sent": 1}


async def test_where_there_is_no_room_for_a_thread_the_day_goes_on_in_the_channel(
    mail: Mail, caplog: pytest.LogCaptureFixture
) -> None:
    mail.stand_in.faults["thread"] = [faults.TOO_MANY_THREADS] * 50
    mail.owe(mail.at(mail.prep), "daily:1", thread="Day 1")
    await mail.settle(hours=1)
    assert mail.keys(mail.prep, "daily:1")[0] == "daily:1"
    assert "1,000" in caplog.text or "threads" in caplog.text


async def test_discords_patience_is_honoured(mail: Mail) -> None:
    mail.stand_in.faults["post"] = [PATIENCE]
    failure = await refused(mail)
    assert failure.retry_after == pytest.approx(45, abs=1)
    assert not failure.doubtful
    assert not failure.permanent
    await mail.platform.send(Parcel("other:1", mail.at(mail.other), CARD))
    assert mail.keys(mail.other, "other:1") == ["other:1"]


async def test_after_the_wait_all_that_was_held_is_sent_in_its_order(mail: Mail) -> None:
    mail.stand_in.faults["post"] = [PATIENCE, EVERYWHERE, BROKEN]
    keys = [f"daily:{number}" for number in range(6)]
    mail.owe(mail.at(mail.prep), *keys)
    await mail.settle(minutes=30)
    assert mail.keys(mail.prep, *keys) == keys


async def test_a_bot_speaks_below_fifty_times_a_second(mail: Mail) -> None:
    for number in range(60):
        channel = mail.world.channel(mail.guild, f"c{number}")
        await mail.platform.send(Parcel(f"k:{number}", mail.at(channel), CARD))
    calls = len(mail.stand_in.calls)
    assert calls / 50 - 0.5 <= max(mail.naps.taken) <= calls / 40  # of the frozen second in which all were made


async def test_where_discord_is_out_of_reach_it_is_tried_again_without_a_doubt(catalog: Catalog) -> None:
    clock = FrozenClock(MONDAY)
    async with discord(clock) as stand_in:
        mail = Mail(stand_in, clock, catalog)
        await mail.rest.login()
    failure = await refused(mail)
    assert not failure.doubtful
    assert not failure.permanent
    await mail.rest.close()


async def test_also_where_discord_stumbles_it_is_taken_at_its_word(mail: Mail) -> None:
    trouble = discord_py.DiscordServerError(Answer(503, {"Retry-After": "120"}), "upstream connect error")
    failed = failure(trouble, posts=True)
    assert (failed.doubtful, failed.retry_after) == (True, 120)
    assert failure(trouble, posts=False).doubtful is False


@dataclass(frozen=True)
class Answer:
    """As much of aiohttp's as discord.py reads."""

    status: int
    headers: dict[str, str]
    reason: str = ""


@pytest.mark.parametrize("number", sorted(OBSTACLES))
async def test_whatever_people_can_mend_has_words_for_them(number: int) -> None:
    found = obstacle(number)
    assert found is not None
    assert (found.code, found.why[-1], found.mend[-1] in ".p") == (str(number), ".", True)
    assert number in FINAL or number in MENDS


FOR_GOOD = [faults.UNKNOWN_CHANNEL, faults.UNKNOWN_MESSAGE, faults.refusal(400, 50035, "Invalid Form Body")]
PASSES = [faults.NO_ACCESS, faults.NO_PERMISSION, faults.ARCHIVED, faults.refusal(401, 0, "401: Unauthorized"),
          faults.refusal(403, 99999, "something new"), faults.refusal(403, 160005, "Thread is locked")]  # fmt: skip


@pytest.mark.parametrize("fault", FOR_GOOD, ids=lambda fault: str(fault.code))
async def test_what_will_never_work_is_given_up(mail: Mail, fault: Fault) -> None:
    mail.stand_in.faults["post"] = [fault]
    assert (await refused(mail)).permanent


@pytest.mark.parametrize("fault", PASSES, ids=lambda fault: f"{fault.status}-{fault.code}")
async def test_what_somebody_can_mend_is_tried_again_and_arrives(mail: Mail, fault: Fault) -> None:
    mail.stand_in.faults["post"] = [fault]
    mail.owe(mail.at(mail.prep), "daily:1")
    await mail.settle(hours=1)
    assert mail.keys(mail.prep, "daily:1") == ["daily:1"]


async def test_closed_messages_are_told_apart(mail: Mail) -> None:
    mail.ana.closed = True
    assert (await refused(mail, mail.to(mail.ana.id))).closed
    mail.ana.closed = False
    mail.stand_in.faults["open_dm"] = [faults.CLOSED]
    assert (await refused(mail, mail.to(mail.ben.id))).closed


@pytest.mark.parametrize(("denied", "word"), [(VIEW, "View Channel"), (SEND, "permission")])
async def test_a_message_for_a_channel_that_opens_again_is_not_lost(
    mail: Mail, denied: int, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    mail.prep.denied = denied
    mail.owe(mail.at(mail.prep), "daily:1")
    await mail.settle(hours=1)
    assert word in caplog.text
    mail.prep.denied = 0
    await mail.settle(hours=1)
    assert mail.keys(mail.prep, "daily:1") == ["daily:1"]


async def test_without_the_permission_for_threads_the_post_stands_and_the_thread_follows(
    mail: Mail, caplog: pytest.LogCaptureFixture
) -> None:
    mail.prep.denied = OPEN_THREADS
    mail.owe(mail.at(mail.prep), "daily:1", thread="Day 1")
    await mail.settle(minutes=30)
    assert mail.keys(mail.prep, "daily:1")[0] == "daily:1"
    assert "permission" in caplog.text.lower()
    mail.prep.denied = 0
    await mail.settle(hours=1)
    assert mail.keys(mail.prep, "daily:1").count("daily:1") == 1


async def test_without_the_history_a_doubt_is_never_sent_twice(mail: Mail, caplog: pytest.LogCaptureFixture) -> None:
    mail.guild.ours, mail.prep.denied = 0, HISTORY
    mail.stand_in.faults["post"] = [LOST]
    mail.owe(mail.at(mail.prep), "daily:1", "closed:1")
    await mail.settle(hours=10)
    assert mail.keys(mail.prep, "daily:1", "closed:1") == ["daily:1", "closed:1"]
    assert mail.store.now(lambda work: work.deliveries.counts()) == {"unresolved": 1, "sent": 1}
    assert "Read Message History" in caplog.text


async def cannot_tell(mail: Mail, place: Place, **more: Any) -> str:
    """What the platform says where a look-up cannot tell."""
    with pytest.raises(DeliveryFailed) as failure:
        await mail.platform.find(Parcel("daily:1", place, CARD, since=MONDAY, **more))
    assert failure.value.unknowable
    return str(failure.value)


async def test_an_empty_channel_that_may_be_read_is_known_to_be_empty(mail: Mail) -> None:
    for place in (mail.at(mail.prep), mail.at(mail.forum), mail.to(mail.ana.id)):
        assert await mail.platform.find(Parcel("daily:1", place, CARD, since=MONDAY)) is None


@pytest.mark.parametrize("denied", [VIEW, HISTORY])
async def test_a_history_that_may_not_be_read_says_nothing_of_what_landed(mail: Mail, denied: int) -> None:
    opened = await mail.platform.send(Parcel("daily:0", mail.at(mail.prep), CARD, thread="Day 0"))
    mail.guild.ours, mail.prep.denied, mail.forum.denied = 0, denied, denied
    for place in (mail.at(mail.prep), mail.at(mail.prep, opened.thread), mail.at(mail.forum)):
        assert await cannot_tell(mail, place)


async def test_a_channel_and_a_thread_that_are_gone_say_nothing_of_what_landed(mail: Mail) -> None:
    opened = await mail.platform.send(Parcel("daily:0", mail.at(mail.prep), CARD, thread="Day 0"))
    mail.world.remove_channel(int(opened.thread))
    assert "10003" in await cannot_tell(mail, mail.at(mail.prep, opened.thread))
    mail.world.remove_channel(mail.other.id)
    assert "10003" in await cannot_tell(mail, mail.at(mail.other))


async def test_what_belongs_into_a_thread_that_is_gone_is_found_in_the_channel(mail: Mail) -> None:
    landed = await mail.platform.send(Parcel("closed:1", mail.at(mail.prep), CARD))
    assert await mail.platform.find(Parcel("closed:1", mail.at(mail.prep, "1700000000000000001"), CARD)) == landed


async def test_a_channel_too_long_to_be_read_through_says_nothing_of_what_landed(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_PAGES", 2)
    for number in range(2 * search.PAGE + 1):
        mail.world.say(mail.ben, mail.prep, f"talk {number}")
    assert "latest 200 messages" in await cannot_tell(mail, mail.at(mail.prep))


async def test_a_channel_is_read_back_no_further_than_the_message_can_be(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_PAGES", 2)
    for number in range(5 * search.PAGE):
        mail.world.say(mail.ben, mail.prep, f"talk {number}")
    owed = mail.clock.now() + search.SKEW + timedelta(minutes=1)
    assert await mail.platform.find(Parcel("daily:1", mail.at(mail.prep), CARD, since=owed)) is None
    assert len(mail.stand_in.called("history")) == 1


async def test_a_forums_post_is_found_among_the_closed_ones_however_many_came_after(mail: Mail) -> None:
    parcel = Parcel("daily:0", mail.at(mail.forum), CARD, thread="Day 0", since=MONDAY)
    opened = await mail.platform.send(parcel)
    for number in range(1, 120):
        mail.clock.set(mail.clock.now() + timedelta(seconds=1))
        await mail.platform.send(Parcel(f"daily:{number}", mail.at(mail.forum), CARD, thread=f"Day {number}"))
    for thread in mail.world.active(mail.guild.id):
        thread.archived = True
    assert await mail.platform.find(parcel) == opened
    assert len(mail.stand_in.called("archive")) == 2


async def test_a_forums_post_without_its_first_message_says_nothing_of_what_landed(mail: Mail) -> None:
    opened = await mail.platform.send(Parcel("daily:1", mail.at(mail.forum), CARD, thread="Day 1"))
    thread = mail.world.channels[int(opened.thread)]
    mail.world.delete(thread, thread.messages[thread.id])
    assert "first message" in await cannot_tell(mail, mail.at(mail.forum), thread="Day 1")


@pytest.mark.parametrize("fault", [PATIENCE, BROKEN, Fault(403, 0, "error code: 1015"),
                                   faults.refusal(401, 0, "401: Unauthorized")])  # fmt: skip
async def test_a_look_up_that_fails_for_now_may_tell_later(mail: Mail, fault: Fault) -> None:
    landed = await mail.platform.send(Parcel("daily:1", mail.at(mail.prep), CARD))
    mail.stand_in.faults["history"] = [fault]
    with pytest.raises(DeliveryFailed) as failure:
        await mail.platform.find(Parcel("daily:1", mail.at(mail.prep), CARD))
    assert not failure.value.unknowable
    assert not failure.value.permanent
    mail.clock.set(mail.clock.now() + timedelta(hours=1))
    assert await mail.platform.find(Parcel("daily:1", mail.at(mail.prep), CARD)) == landed


async def test_an_archived_thread_is_opened_by_what_is_posted_and_edited_in_it(mail: Mail) -> None:
    opened = await mail.platform.send(Parcel("daily:1", mail.at(mail.prep), CARD, thread="Day 1"))
    thread = mail.world.channels[int(opened.thread)]
    where = mail.at(mail.prep, opened.thread)
    thread.archived = True
    landed = await mail.platform.send(Parcel("closed:1", where, CARD))
    thread.archived = True
    edit = Parcel("closed:1:edit", where, Card("Closed"), edits=landed.message)
    mail.store.now(lambda work: work.outbox.add(where, CARD, key="more:1"))
    await mail.settle(hours=1)
    assert (await mail.platform.send(edit)).message == landed.message
    assert "more:1" in mail.keys(thread, "more:1")


async def test_a_locked_thread_takes_messages_where_the_bot_may_and_waits_where_not(mail: Mail) -> None:
    opened = await mail.platform.send(Parcel("daily:1", mail.at(mail.prep), CARD, thread="Day 1"))
    thread = mail.world.channels[int(opened.thread)]
    thread.archived = thread.locked = True
    mail.prep.denied = 1 << 34  # Manage Threads
    mail.owe(mail.at(mail.prep, opened.thread), "closed:1")
    await mail.settle(hours=1)
    assert mail.keys(thread, "closed:1") == []
    thread.archived = thread.locked = False
    await mail.settle(hours=1)
    assert mail.keys(thread, "closed:1") == ["closed:1"]


async def test_a_search_that_discord_interrupts_is_made_again(mail: Mail) -> None:
    landed = await mail.platform.send(Parcel("daily:1", mail.at(mail.prep), CARD))
    for number in range(450):
        mail.world.say(mail.ben, mail.prep, f"talk {number}")
    mail.stand_in.faults["history"] = [Fault(), PATIENCE]
    with pytest.raises(DeliveryFailed) as failure:
        await mail.platform.find(Parcel("daily:1", mail.at(mail.prep), CARD))
    assert failure.value.retry_after
    assert await mail.platform.find(Parcel("daily:1", mail.at(mail.prep), CARD)) == landed


async def test_no_log_and_no_fault_shows_a_token(mail: Mail, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    mail.stand_in.faults["post"] = [faults.refusal(401, 0, "401: Unauthorized"), BROKEN, LOST]
    mail.owe(mail.at(mail.prep), "daily:1")
    await mail.settle(hours=1)
    assert caplog.text
    assert TOKEN not in caplog.text
