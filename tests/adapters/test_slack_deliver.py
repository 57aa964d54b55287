"""What the bot owes is posted once into Slack, whatever happens on the way, and every fault is told for what it is."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import deliver
from adapters.slack.deliver import SlackPlatform
from adapters.slack.faults import AFTER, OBSTACLES, PATIENCE
from bot.bootstrap import Bot, assemble
from bot.catalog import Catalog
from bot.core.errors import DeliveryFailed
from bot.core.events import Place
from bot.core.ports import Parcel
from bot.core.ui import Card, Prose, Said
from bot.patience import LEASE
from bot.store.work import SqlWork
from bot.testing import MONDAY, FrozenClock, MemoryStore
from tests.adapters.slack_stand_in import BROKEN, LOST, RATELIMITED, Fault, StandIn
from tests.adapters.slack_workspace import Team

CARD = Card("Day 1", (Prose("**go**"), Said("<!channel> & co")))
PREP = Place("slack", "T0STUDY", "C0PREP")
OTHER = Place("slack", "T0STUDY", "C0OTHER")
ANA = Place("slack", "T0STUDY", "U0ANA", direct=True)
POST = "chat.postMessage"


class Naps:
    """Sleeps that only move the clock on."""

    def __init__(self, clock: FrozenClock) -> None:
        self.clock = clock
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


class Mail:
    """The platform over the stand-in, a deliverer over it, and what was posted."""

    def __init__(self, stand_in: StandIn, team: Team, catalog: Catalog) -> None:
        self.stand_in, self.team = stand_in, team
        self.clock = FrozenClock(MONDAY)
        self.naps = Naps(self.clock)
        self.client = AsyncWebClient("xoxb-study", stand_in.api, timeout=5, retry_handlers=[])
        self.platform = SlackPlatform(self._client, self.clock, self.naps)
        self.store = MemoryStore(self.clock, catalog)
        self.bot: Bot = assemble(self.store, catalog, self.clock, {"slack": self.platform})

    async def _client(self, team: str) -> AsyncWebClient:
        return self.client

    def owe(self, place: Place, *keys: str) -> None:
        def add(work: SqlWork) -> None:
            for key in keys:
                work.outbox.add(place, CARD, key=key)

        self.store.now(add)

    async def settle(self, **span: float) -> None:
        """Let the deliverer work on for a time."""
        await self.bot.advance(self.clock, self.clock.now() + timedelta(**span))

    def keys(self, channel: str = "C0PREP") -> list[str]:
        return [one["metadata"]["event_payload"]["k"] for one in self.team.messages.get(channel, [])]


@pytest.fixture
def mail(stand_in: StandIn, team: Team, catalog: Catalog) -> Mail:
    return Mail(stand_in, team, catalog)


async def refused(mail: Mail, place: Place = PREP, key: str = "daily:1", edits: str = "") -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as failure:
        await mail.platform.send(Parcel(key, place, CARD, edits=edits))
    return failure.value


async def test_a_message_is_posted_with_its_key_and_found_by_it_in_channel_thread_and_person(mail: Mail) -> None:
    opened = await mail.platform.send(Parcel("daily:1", PREP, CARD, thread="Day 1"))
    assert opened.thread == opened.message
    thread = Place("slack", "T0STUDY", "C0PREP", opened.thread)
    for parcel in (Parcel("closed:1", thread, CARD), Parcel("dealt:1", ANA, CARD)):
        assert await mail.platform.find(parcel) is None
        landed = await mail.platform.send(parcel)
        assert await mail.platform.find(parcel) == landed
    assert await mail.platform.find(Parcel("daily:1", PREP, CARD, thread="Day 1")) == opened
    assert await mail.platform.find(Parcel("daily:11", PREP, CARD)) is None


async def test_an_old_message_is_found_behind_many_newer_ones(mail: Mail) -> None:
    landed = await mail.platform.send(Parcel("daily:1", PREP, CARD))
    for number in range(450):
        mail.stand_in.slack.say(mail.team, "C0PREP", "U0BEN", f"talk {number}")
    assert await mail.platform.find(Parcel("daily:1", PREP, CARD)) == landed


async def test_nobody_else_can_pass_for_our_message(mail: Mail) -> None:
    said = mail.stand_in.slack.say(mail.team, "C0PREP", "U0BEN", "mine")
    said["metadata"] = {"event_type": "mockingbird", "event_payload": {"k": "daily:1"}}
    assert await mail.platform.find(Parcel("daily:1", PREP, CARD)) is None


async def test_an_edit_changes_the_message_and_keeps_its_key(mail: Mail) -> None:
    landed = await mail.platform.send(Parcel("daily:1", PREP, CARD))
    edit = Parcel("daily:1:edit", PREP, Card("Closed"), edits=landed.message)
    assert (await mail.platform.send(edit)).message == landed.message
    assert (await mail.platform.send(edit)).message == landed.message
    assert await mail.platform.find(Parcel("daily:1", PREP, CARD)) == landed
    assert (await refused(mail, edits="1700000000.000000")).permanent


async def test_a_lost_answer_leaves_a_doubt_and_one_message(mail: Mail) -> None:
    mail.stand_in.faults[POST] = [LOST]
    mail.owe(PREP, "daily:1", "closed:1")
    await mail.settle(seconds=10)
    assert mail.keys() == ["daily:1"]
    await mail.settle(minutes=10)
    assert mail.keys() == ["daily:1", "closed:1"]
    assert len(mail.stand_in.called(POST)) == 2


async def test_a_slow_answer_is_looked_up_before_it_is_sent_again(mail: Mail) -> None:
    held = asyncio.Event()
    mail.stand_in.faults[POST] = [Fault(hold=held)]
    mail.client.timeout = 1
    failure = asyncio.create_task(refused(mail))
    assert (await failure).doubtful
    held.set()
    mail.client.timeout = 5
    landed = None
    while landed is None:  # the request is still on its way at Slack's
        landed = await mail.platform.find(Parcel("daily:1", PREP, CARD))
    assert mail.keys() == ["daily:1"]


@pytest.mark.parametrize("fault", [BROKEN, Fault(error="internal_error"), Fault(error="fatal_error")])
async def test_where_slack_breaks_nothing_is_lost_and_nothing_doubled(mail: Mail, fault: Fault) -> None:
    mail.stand_in.faults[POST] = [fault]
    mail.owe(PREP, "daily:1")
    await mail.settle(seconds=10)
    assert mail.keys() == []
    assert (await mail.bot.next_due() or MONDAY) > MONDAY + LEASE / 2
    await mail.settle(minutes=10)
    assert mail.keys() == ["daily:1"]


async def test_where_slack_is_out_of_reach_it_is_tried_again_without_a_doubt(mail: Mail) -> None:
    mail.client.base_url = "http://127.0.0.1:9/api/"
    failure = await refused(mail)
    assert not failure.doubtful
    assert not failure.permanent


async def test_slacks_patience_is_honoured_in_one_channel_while_another_goes_on(mail: Mail) -> None:
    mail.stand_in.faults[POST] = [RATELIMITED]
    failure = await refused(mail)
    assert failure.retry_after == 7
    assert not failure.doubtful
    assert (await refused(mail, key="daily:2")).retry_after == pytest.approx(7)
    assert len(mail.stand_in.called(POST)) == 1
    await mail.platform.send(Parcel("other:1", OTHER, CARD))
    assert mail.keys("C0OTHER") == ["other:1"]


async def test_two_channels_that_are_too_fast_hold_the_whole_workspace(mail: Mail) -> None:
    mail.stand_in.faults[POST] = [RATELIMITED, RATELIMITED]
    await refused(mail)
    await refused(mail, OTHER)
    assert (await refused(mail, ANA)).retry_after
    assert len(mail.stand_in.called(POST)) == 2


async def test_after_the_wait_all_that_was_held_is_sent_in_its_order(mail: Mail) -> None:
    mail.stand_in.faults[POST] = [RATELIMITED, RATELIMITED, BROKEN]
    keys = [f"daily:{number}" for number in range(6)]
    mail.owe(PREP, *keys)
    await mail.settle(minutes=30)
    assert mail.keys() == keys


async def test_a_channel_takes_about_a_message_a_second(mail: Mail) -> None:
    for number in range(8):
        await mail.platform.send(Parcel(f"k:{number}", PREP, CARD))
    assert mail.naps.taken
    assert max(mail.naps.taken) >= 4  # the eighth of a burst waits seconds, not minutes
    assert max(mail.naps.taken) <= 8


async def test_a_workspace_takes_some_hundreds_a_minute(mail: Mail) -> None:
    for number in range(60):
        mail.team.channel(f"C{number:07d}", f"c{number}")
        await mail.platform.send(Parcel(f"k:{number}", Place("slack", "T0STUDY", f"C{number:07d}"), CARD))
    assert 5 <= max(mail.naps.taken) <= 20


FOR_GOOD = ("message_not_found", "invalid_blocks", "msg_too_long", "user_not_found", "cant_update_message")
PASSES = ("not_in_channel", "channel_not_found", "is_archived", "token_revoked", "invalid_auth", "account_inactive",
          "ekm_access_denied", "something_new", "team_added_to_org", "missing_scope")  # fmt: skip


@pytest.mark.parametrize("fault", [Fault(503, retry_after=120), Fault(error="internal_error", retry_after=120)])
async def test_also_where_slack_stumbles_it_is_taken_at_its_word(mail: Mail, fault: Fault) -> None:
    mail.stand_in.faults[POST] = [fault]
    failure = await refused(mail)
    assert (failure.doubtful, failure.retry_after) == (True, 120)


async def test_a_limit_that_says_no_time_is_waited_out_for_a_while(mail: Mail) -> None:
    mail.stand_in.faults[POST] = [Fault(429, "ratelimited")]
    failure = await refused(mail)
    assert (failure.doubtful, failure.permanent, failure.retry_after) == (False, False, AFTER)


@pytest.mark.parametrize("error", sorted(OBSTACLES))
async def test_whatever_people_can_mend_is_told_to_them_and_waits_for_it(mail: Mail, error: str) -> None:
    mail.stand_in.faults[POST] = [Fault(error=error)]
    failure = await refused(mail)
    assert failure.obstacle is not None
    assert failure.obstacle.code == error
    assert (failure.permanent, failure.retry_after) == (False, PATIENCE)


@pytest.mark.parametrize("error", FOR_GOOD)
async def test_what_will_never_work_is_given_up(mail: Mail, error: str) -> None:
    mail.stand_in.faults[POST] = [Fault(error=error)]
    assert (await refused(mail)).permanent


@pytest.mark.parametrize("error", PASSES)
async def test_what_somebody_can_mend_is_tried_again_and_arrives(mail: Mail, error: str) -> None:
    mail.stand_in.faults[POST] = [Fault(error=error)]
    mail.owe(PREP, "daily:1")
    await mail.settle(hours=1)
    assert mail.keys() == ["daily:1"]


@pytest.mark.parametrize("error", ["cannot_dm_bot", "messages_tab_disabled"])
async def test_closed_messages_are_told_apart(mail: Mail, error: str) -> None:
    mail.stand_in.faults[POST] = [Fault(error=error)]
    assert (await refused(mail, ANA)).closed
    mail.stand_in.faults["conversations.open"] = [Fault(error=error)]
    assert (await refused(mail, Place("slack", "T0STUDY", "U0BEN", direct=True))).closed


async def test_a_message_for_a_channel_that_comes_back_is_not_lost(
    mail: Mail, caplog: pytest.LogCaptureFixture
) -> None:
    prep = mail.team.channels["C0PREP"]
    prep.joined = False
    mail.owe(PREP, "daily:1")
    await mail.settle(hours=1)
    assert "/invite @Mockingbird" in caplog.text
    prep.joined, prep.archived = True, True
    await mail.settle(hours=1)
    assert "archived" in caplog.text
    prep.archived = False
    await mail.settle(hours=1)
    assert mail.keys() == ["daily:1"]


async def cannot_tell(mail: Mail, place: Place = PREP) -> str:
    """What the platform says where a look-up cannot tell."""
    with pytest.raises(DeliveryFailed) as failure:
        await mail.platform.find(Parcel("daily:1", place, CARD, since=MONDAY))
    assert failure.value.unknowable
    return str(failure.value)


@pytest.mark.parametrize(
    "error",
    ["not_in_channel", "channel_not_found", "missing_scope", "access_denied", "thread_not_found", "user_not_found"],
)
async def test_a_history_that_may_not_be_read_says_nothing_of_what_landed(mail: Mail, error: str) -> None:
    mail.stand_in.faults["conversations.history"] = [Fault(error=error)]
    assert error in await cannot_tell(mail)


async def test_a_channel_and_a_thread_that_are_gone_say_nothing_of_what_landed(mail: Mail) -> None:
    assert "channel_not_found" in await cannot_tell(mail, Place("slack", "T0STUDY", "C0GONE"))
    assert "thread_not_found" in await cannot_tell(mail, Place("slack", "T0STUDY", "C0PREP", "1700000000.000001"))


async def test_direct_messages_that_are_closed_by_now_say_nothing_of_what_landed(mail: Mail) -> None:
    mail.stand_in.faults["conversations.open"] = [Fault(error="cannot_dm_bot")]
    assert "cannot_dm_bot" in await cannot_tell(mail, ANA)


@pytest.mark.parametrize("fault", [RATELIMITED, BROKEN, Fault(error="internal_error"), Fault(error="invalid_auth"),
                                   Fault(error="something_new")])  # fmt: skip
@pytest.mark.parametrize("method", ["conversations.history", "auth.test"])
async def test_a_look_up_that_fails_for_now_may_tell_later(mail: Mail, method: str, fault: Fault) -> None:
    landed = await mail.platform.send(Parcel("daily:1", PREP, CARD))
    mail.stand_in.faults[method] = [fault]
    with pytest.raises(DeliveryFailed) as failure:
        await mail.platform.find(Parcel("daily:1", PREP, CARD))
    assert not failure.value.unknowable
    assert not failure.value.permanent
    mail.clock.set(mail.clock.now() + timedelta(minutes=1))
    assert await mail.platform.find(Parcel("daily:1", PREP, CARD)) == landed


def talk(mail: Mail, many: int) -> None:
    for number in range(many):
        mail.stand_in.slack.say(mail.team, "C0PREP", "U0BEN", f"talk {number}")


async def test_a_channel_too_long_to_be_read_through_says_nothing_of_what_landed(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "MOST_PAGES", 2)
    talk(mail, 2 * deliver.PAGE + 1)
    assert "latest 400 messages" in await cannot_tell(mail)


async def test_a_channel_is_read_back_no_further_than_the_message_can_be(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "MOST_PAGES", 2)
    talk(mail, 5 * deliver.PAGE)
    now = datetime.fromtimestamp(float(mail.team.messages["C0PREP"][-1]["ts"]), UTC)
    owed = now + deliver.SKEW + timedelta(seconds=1)
    assert await mail.platform.find(Parcel("daily:1", PREP, CARD, since=owed)) is None
    assert len(mail.stand_in.called("conversations.history")) == 1


async def test_where_slack_keeps_the_metadata_to_itself_the_second_mark_tells(mail: Mail) -> None:
    landed = await mail.platform.send(Parcel("daily:1", PREP, CARD))
    del mail.team.messages["C0PREP"][-1]["metadata"]
    assert await mail.platform.find(Parcel("daily:1", PREP, CARD)) == landed


async def test_where_slack_hides_both_marks_of_a_message_of_ours_nothing_is_told(mail: Mail) -> None:
    await mail.platform.send(Parcel("daily:0", PREP, CARD))
    for mark in ("metadata", "blocks"):
        del mail.team.messages["C0PREP"][-1][mark]
    assert "hides the marks" in await cannot_tell(mail)


async def test_another_bots_messages_are_none_of_ours_whatever_they_carry(mail: Mail) -> None:
    await mail.platform.send(Parcel("daily:1", PREP, CARD))
    mail.team.messages["C0PREP"][-1]["bot_id"] = "B0OTHER"
    assert await mail.platform.find(Parcel("daily:1", PREP, CARD, since=MONDAY)) is None


async def test_what_a_free_workspace_hides_after_three_months_cannot_be_told(mail: Mail) -> None:
    mail.team.limited = True
    assert await mail.platform.find(Parcel("daily:1", PREP, CARD, since=MONDAY)) is None
    mail.clock.set(MONDAY + timedelta(days=100))
    assert "three months" in await cannot_tell(mail)


async def test_a_doubt_in_a_channel_that_cannot_be_read_is_left_to_the_operator(
    mail: Mail, caplog: pytest.LogCaptureFixture
) -> None:
    mail.stand_in.faults[POST] = [LOST]
    mail.owe(PREP, "daily:1", "closed:1")
    mail.team.scopes.discard("channels:history")
    await mail.settle(hours=10)
    assert mail.keys() == ["daily:1", "closed:1"]
    assert mail.store.now(lambda work: work.deliveries.counts()) == {"unresolved": 1, "sent": 1}
    assert "may have landed and cannot be looked up" in caplog.text
    assert "channels:history" in caplog.text


async def test_a_scope_that_is_missing_is_named_to_the_operator(mail: Mail, caplog: pytest.LogCaptureFixture) -> None:
    mail.team.scopes.discard("chat:write")
    mail.owe(PREP, "daily:1")
    await mail.settle(minutes=1)
    assert "chat:write" in caplog.text
    assert "mockingbird manifest slack" in caplog.text
    mail.team.scopes.add("chat:write")
    await mail.settle(hours=1)
    assert mail.keys() == ["daily:1"]


async def test_a_search_that_slack_interrupts_goes_on_where_it_stood(mail: Mail) -> None:
    landed = await mail.platform.send(Parcel("daily:1", PREP, CARD))
    for number in range(450):
        mail.stand_in.slack.say(mail.team, "C0PREP", "U0BEN", f"talk {number}")
    mail.stand_in.faults["conversations.history"] = [Fault(), RATELIMITED]
    with pytest.raises(DeliveryFailed) as failure:
        await mail.platform.find(Parcel("daily:1", PREP, CARD))
    assert failure.value.retry_after == 7
    mail.clock.set(mail.clock.now() + timedelta(seconds=7))
    assert await mail.platform.find(Parcel("daily:1", PREP, CARD)) == landed
    assert len(mail.stand_in.called("conversations.history")) == 4


async def test_no_log_and_no_fault_shows_a_token(mail: Mail, caplog: pytest.LogCaptureFixture) -> None:
    mail.stand_in.faults[POST] = [Fault(error="invalid_auth"), BROKEN, LOST]
    mail.owe(PREP, "daily:1")
    await mail.settle(hours=1)
    assert caplog.text
    assert "xoxb" not in caplog.text
