"""One suite over every Platform: what was sent is found by its key, and every fault is a DeliveryFailed."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from adapters.discord.deliver import DiscordPlatform
from adapters.discord.rest import Rest
from adapters.web import workspace
from adapters.web.deliver import WebPlatform
from adapters.web.history import History
from bot.core.errors import DeliveryFailed
from bot.core.events import Place
from bot.core.ports import Parcel, Platform
from bot.core.ui import ActionId, Button, Card, Facts, Prose, Said
from bot.testing import FrozenClock, RecordingPlatform
from tests.adapters.discord_guild import FORUM, TEXT
from tests.adapters.discord_stand_in import discord, settings

SEPTEMBER = datetime(2026, 9, 1, tzinfo=UTC)
CARD = Card(
    "Day 1",
    (Prose("**go**"), Said("<b>@everyone</b>"), Facts((("a", "b"),))),
    ((Button("Answer", ActionId("rounds.answer", "1"), "primary"),),),
    "quiet",
)


@dataclass(frozen=True)
class Face:
    """A platform with a channel that it has, and a person."""

    platform: Platform
    channel: Place
    person: Place

    def parcel(self, key: str, **more: Any) -> Parcel:
        return Parcel(key, self.channel, CARD, **more)

    def under(self, thread: str, key: str) -> Parcel:
        return Parcel(key, replace(self.channel, thread=thread), CARD)


@asynccontextmanager
async def _recording() -> AsyncIterator[Face]:
    yield Face(RecordingPlatform(), Place("web", "home", "prep"), Place("web", "home", "ana", direct=True))


@asynccontextmanager
async def _web() -> AsyncIterator[Face]:
    history = History(":memory:")
    platform = WebPlatform(history, FrozenClock(SEPTEMBER))
    yield Face(platform, workspace.channel(workspace.CHANNELS[0]), workspace.direct(workspace.PEOPLE[0].id))
    history.close()


@asynccontextmanager
async def _discord(kind: int = TEXT) -> AsyncIterator[Face]:
    """At the stand-in, in a text channel or in a forum."""
    clock = FrozenClock(SEPTEMBER)
    async with discord(clock) as stand_in:
        world = stand_in.world
        ana = world.person("Ana")
        guild = world.guild("Study hall", ana)
        rest = Rest(settings(stand_in), clock, _at_once)
        channel = Place("discord", str(guild.id), str(world.channel(guild, "prep", kind=kind).id))
        yield Face(DiscordPlatform(rest), channel, Place("discord", str(guild.id), str(ana.id), direct=True))
        await rest.close()


async def _at_once(seconds: float) -> None:
    """The stand-in takes any pace."""


FACES: dict[str, Callable[[], AbstractAsyncContextManager[Face]]] = {
    "recording": _recording,
    "web": _web,
    "discord": _discord,
    "discord forum": partial(_discord, FORUM),
}


@pytest.fixture(params=list(FACES))
async def face(request: pytest.FixtureRequest) -> AsyncIterator[Face]:
    async with FACES[request.param]() as found:
        yield found


async def test_it_has_the_name_that_its_places_bear(face: Face) -> None:
    assert face.platform.name == face.channel.platform


async def test_a_message_is_found_by_its_key_where_it_landed(face: Face) -> None:
    receipts = {key: await face.platform.send(face.parcel(key)) for key in ("a", "a:1", "b")}
    assert len({receipt.message for receipt in receipts.values()}) == 3
    assert all(receipt.message and not receipt.thread for receipt in receipts.values())
    for key, receipt in receipts.items():
        assert await face.platform.find(face.parcel(key)) == receipt


async def test_what_was_never_sent_is_not_found(face: Face) -> None:
    await face.platform.send(face.parcel("daily:1"))
    assert await face.platform.find(face.parcel("daily:11")) is None
    assert await face.platform.find(face.parcel("daily:")) is None


async def test_a_thread_is_opened_on_its_message_and_found_with_it(face: Face) -> None:
    opened = await face.platform.send(face.parcel("daily", thread="Day 1: trees"))
    assert opened.thread
    assert await face.platform.find(face.parcel("daily", thread="Day 1: trees")) == opened


async def test_a_message_in_a_thread_is_found_too(face: Face) -> None:
    opened = await face.platform.send(face.parcel("daily", thread="Day 1: trees"))
    reply = face.under(opened.thread, "closed")
    landed = await face.platform.send(reply)
    assert landed.message != opened.message
    assert await face.platform.find(reply) == landed


async def test_a_direct_message_lands(face: Face) -> None:
    parcel = Parcel("dealt", face.person, CARD)
    landed = await face.platform.send(parcel)
    assert await face.platform.find(parcel) == landed


async def test_an_edit_keeps_the_message_and_its_key_and_doing_it_twice_is_harmless(face: Face) -> None:
    landed = await face.platform.send(face.parcel("daily"))
    edit = Parcel("daily:edit", face.channel, Card("Day 1, closed"), edits=landed.message)
    assert (await face.platform.send(edit)).message == landed.message
    assert (await face.platform.send(edit)).message == landed.message
    assert await face.platform.find(face.parcel("daily")) == landed


async def test_an_edit_of_a_message_that_is_not_there_fails_for_good(face: Face) -> None:
    with pytest.raises(DeliveryFailed) as failure:
        await face.platform.send(face.parcel("daily:edit", edits="404"))
    assert failure.value.permanent


async def test_a_reply_to_a_message_that_is_not_there_fails_for_good_and_lands_nowhere(face: Face) -> None:
    lost = face.under("404", "closed")
    with pytest.raises(DeliveryFailed) as failure:
        await face.platform.send(lost)
    assert failure.value.permanent
    assert await _look(face.platform, lost) in ("nowhere", "unknowable")  # a thread that is gone tells nothing


async def _look(platform: Platform, parcel: Parcel) -> str:
    try:
        found = await platform.find(parcel)
    except DeliveryFailed as failure:
        return "unknowable" if failure.unknowable else "later"
    return found.message if found else "nowhere"


async def test_the_playground_refuses_places_that_it_does_not_have_for_good() -> None:
    history = History(":memory:")
    platform = WebPlatform(history, FrozenClock(SEPTEMBER))
    for place in (workspace.channel("nowhere"), workspace.direct("nobody"), Place("chat", "playground", "mle-prep")):
        with pytest.raises(DeliveryFailed) as failure:
            await platform.send(Parcel("key", place, CARD))
        assert failure.value.permanent
    assert await platform.find(Parcel("key", workspace.channel("nowhere"), CARD)) is None
    history.close()
