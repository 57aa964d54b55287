"""The playground's memory outlives a restart, and as a platform it posts nothing twice."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.web.deliver import WebPlatform
from adapters.web.history import History, Message
from adapters.web.replies import settle
from adapters.web.workspace import BOT, PEOPLE, channel, direct
from bot.core.errors import DeliveryFailed
from bot.core.events import Ask, Fix, Place, Press, Quiet, Receipt, Replace, Show
from bot.core.ports import Parcel
from bot.core.ui import ActionId, Button, Card, Facts, Form, Prose, Said, TextField

NOW = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
PREP = channel("mle-prep")
CARD = Card("Day 1", (Prose("**go**"), Said("<b>"), Facts((("a", "b"),))), ((Button("Answer", ActionId("a.b")),),))
OTHER = Card("Day 1, closed")
FORM = Form("Form", ActionId("a.c"), (TextField("x", "X"),))


class Still:
    def now(self) -> datetime:
        return NOW


@pytest.fixture
def history() -> Iterator[History]:
    kept = History(":memory:")
    yield kept
    kept.close()


@pytest.fixture
def platform(history: History) -> WebPlatform:
    return WebPlatform(history, Still())


def send(platform: WebPlatform, parcel: Parcel) -> Receipt:
    return asyncio.run(platform.send(parcel))


def shown(history: History, place: Place = PREP, viewer: str = "ana") -> list[Message]:
    return history.latest(place, viewer, 100)


def press(where: Place = PREP) -> Press:
    return Press("1", PEOPLE[0], where, ActionId("a.b"))


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    path = str(tmp_path / "history.db")
    before = History(path)
    receipt = send(WebPlatform(before, Still()), Parcel("k", PREP, CARD, thread="Day 1"))
    before.post(channel("mle-prep", receipt.thread), "ben", NOW, text="  as *typed*\u200b\n")
    before.post(direct("ana"), BOT, NOW, card=OTHER)
    before.keep("clock", 86400.5)
    messages = shown(before)
    before.close()
    after = History(path)
    assert shown(after) == messages
    assert messages[0].card == CARD
    assert shown(after, channel("mle-prep", receipt.thread))[0].text == "  as *typed*\u200b\n"
    assert shown(after, direct("ana"))[0].card == OTHER
    assert after.value("clock") == 86400.5
    assert send(WebPlatform(after, Still()), Parcel("k", PREP, CARD)) == receipt
    assert len(shown(after)) == 1
    after.close()


def test_the_same_key_is_posted_once_and_found_again(history: History, platform: WebPlatform) -> None:
    parcel = Parcel("daily:1", PREP, CARD, thread="Day 1")
    assert asyncio.run(platform.find(parcel)) is None
    first = send(platform, parcel)
    assert first.thread == first.message
    assert send(platform, parcel) == first
    assert asyncio.run(platform.find(parcel)) == first
    assert len(shown(history)) == 1


def test_an_edit_changes_the_message_and_lands_once(history: History, platform: WebPlatform) -> None:
    first = send(platform, Parcel("a", PREP, CARD, thread="Day 1"))
    edit = Parcel("b", PREP, OTHER, edits=first.message)
    assert send(platform, edit) == first
    assert send(platform, edit) == first
    assert [message.card for message in shown(history)] == [OTHER]
    assert not shown(history)[0].edited


@pytest.mark.parametrize(
    "parcel",
    [
        Parcel("k", channel("nowhere"), CARD),
        Parcel("k", channel("mle-prep", "404"), CARD),
        Parcel("k", direct("nobody"), CARD),
        Parcel("k", Place("slack", "T1", "C1"), CARD),
        Parcel("k", PREP, CARD, edits="404"),
    ],
)
def test_what_cannot_land_fails_for_good(history: History, platform: WebPlatform, parcel: Parcel) -> None:
    with pytest.raises(DeliveryFailed) as failure:
        send(platform, parcel)
    assert failure.value.permanent
    assert asyncio.run(platform.find(parcel)) is None
    assert shown(history) == []


def test_a_private_card_is_seen_by_one_person(history: History) -> None:
    settle(Show(CARD, (OTHER,)), press(), None, history, NOW)
    assert [message.card for message in shown(history)] == [CARD, OTHER]
    assert shown(history, viewer="ben") == []


def test_a_private_card_is_replaced_where_it_stands(history: History) -> None:
    settle(Show(CARD), press(), None, history, NOW)
    settle(Replace(OTHER), press(), shown(history)[0], history, NOW)
    assert [message.card for message in shown(history)] == [OTHER]


def test_a_card_that_all_see_is_never_replaced_for_one(history: History, platform: WebPlatform) -> None:
    send(platform, Parcel("k", PREP, CARD))
    settle(Replace(OTHER), press(), shown(history)[0], history, NOW)
    assert [message.card for message in shown(history)] == [CARD, OTHER]
    assert [message.card for message in shown(history, viewer="ben")] == [CARD]


def test_a_card_in_direct_messages_is_replaced(history: History, platform: WebPlatform) -> None:
    send(platform, Parcel("k", direct("ana"), CARD))
    settle(Replace(OTHER), press(direct("ana")), shown(history, direct("ana"))[0], history, NOW)
    assert [message.card for message in shown(history, direct("ana"))] == [OTHER]


def test_a_card_that_is_gone_is_shown_anew(history: History) -> None:
    settle(Show(CARD), press(), None, history, NOW)
    pressed = shown(history)[0]
    history.delete(pressed.id)
    settle(Replace(OTHER), press(), pressed, history, NOW)
    assert [message.card for message in shown(history)] == [OTHER]


def test_forms_go_back_to_the_page_and_quiet_says_nothing(history: History) -> None:
    ask, fix = Ask(FORM), Fix(FORM, {"x": "no"}, {"x": ""})
    assert settle(ask, press(), None, history, NOW) == ask
    assert settle(fix, press(), None, history, NOW) == fix
    assert settle(Quiet(), press(), None, history, NOW) is None
    assert shown(history) == []


def test_a_deleted_message_stays_as_a_line_while_replies_hang_on_it(history: History) -> None:
    root = history.post(PREP, "ana", NOW, text="secret").message
    alone = history.post(PREP, "ana", NOW, text="alone").message
    history.post(channel("mle-prep", root), "ben", NOW, text="reply")
    history.delete(root)
    history.delete(alone)
    assert [(message.id, message.text, message.deleted) for message in shown(history)] == [(root, "", True)]


def test_threads_count_what_everybody_may_see(history: History) -> None:
    root = history.post(PREP, "ana", NOW, text="root").message
    thread = channel("mle-prep", root)
    reply = history.post(thread, "ben", NOW, text="reply").message
    history.post(thread, BOT, NOW, card=CARD, private_to="ben")
    gone = history.post(thread, "ben", NOW, text="gone").message
    history.delete(gone)
    assert history.threads([root], "ana")[root].replies == 1
    assert history.threads([root], "ana")[root].newest == int(reply)
    assert history.threads([root], "ben")[root].replies == 1  # a private card is no reply, not even to its reader
    assert history.threads([root], "ben")[root].newest == 0
    assert history.threads([], "ben") == {}


def test_unread_counts_what_others_wrote_since(history: History) -> None:
    first = history.post(PREP, "ben", NOW, text="1").message
    history.post(PREP, "ben", NOW, text="2")
    history.post(PREP, "ana", NOW, text="mine")
    assert history.unread(PREP, "ana", 0) == 2
    assert history.unread(PREP, "ana", float(first)) == 1


def test_an_edit_by_a_person_is_marked_and_an_absent_message_is_none(history: History) -> None:
    id = history.post(PREP, "ana", NOW, text="one").message
    history.edit(id, text="two")
    kept = history.message(id)
    assert kept is not None
    assert (kept.text, kept.edited) == ("two", True)
    assert history.edit("404", text="x") is None
    assert history.message("404") is None


def test_listeners_hear_each_change_until_they_leave(history: History) -> None:
    heard: list[int] = []
    leave = history.subscribe(lambda: heard.append(1))
    id = history.post(PREP, "ana", NOW, text="one").message
    history.edit(id, text="two")
    history.keep("n", 1)
    history.keep("n", 1)
    history.delete(id)
    assert len(heard) == 4
    leave()
    leave()
    history.post(PREP, "ana", NOW, text="three")
    assert len(heard) == 4


def test_the_latest_of_many_messages_come_quickly(history: History) -> None:
    for n in range(20_000):
        history.post(PREP, "ana", NOW + timedelta(seconds=n), text=str(n))
    assert [message.text for message in history.latest(PREP, "ben", 2)] == ["19998", "19999"]
