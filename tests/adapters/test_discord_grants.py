"""What the bot may not do is named to those who can grant it, and what cannot be is refused with a sentence."""

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from adapters.discord import channels, grants, inbound, lean
from adapters.discord.deliver import DiscordPlatform
from adapters.discord.faults import PATIENCE
from adapters.discord.rest import Rest
from bot.core.errors import DeliveryFailed
from bot.core.events import Place
from bot.core.ports import Parcel
from bot.core.ui import Card
from bot.testing import MONDAY, FrozenClock
from tests.adapters.discord_guild import OPEN_THREADS, SEND, VIEW, VOICE, Channel
from tests.adapters.discord_house import Town
from tests.adapters.discord_stand_in import BROKEN, Fault, StandIn, discord, settings
from tests.adapters.discord_towns import wire

ONLY_WIRE = pytest.mark.parametrize("hall", ["wire"], indirect=True)
CARD = Card("Day 1")


class Post:
    """The platform in a server whose owner is Olga."""

    def __init__(self, stand_in: StandIn, clock: FrozenClock) -> None:
        self.stand_in, self.clock = stand_in, clock
        self.owner = stand_in.world.person("Olga")
        self.guild = stand_in.world.guild("Study *hall*", self.owner)
        self.prep = stand_in.world.channel(self.guild, "prep")

        async def at_once(seconds: float) -> None:
            """The stand-in takes any pace."""

        self.rest = Rest(settings(stand_in), clock, at_once)
        self.platform = DiscordPlatform(self.rest)

    async def refused(self, key: str = "daily:1", channel: Channel | None = None) -> DeliveryFailed:
        place = Place("discord", str(self.guild.id), str((channel or self.prep).id))
        with pytest.raises(DeliveryFailed) as failure:
            await self.platform.send(Parcel(key, place, CARD, thread="Day 1"))
        return failure.value


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    clock = FrozenClock(MONDAY)
    async with discord(clock) as stand_in:
        found = Post(stand_in, clock)
        yield found
        await found.rest.close()


async def test_a_refusal_says_which_permission_is_missing_and_who_may_grant_it(post: Post) -> None:
    post.guild.ours, post.prep.denied = 0, SEND
    for number in range(3):
        failure = await post.refused(f"daily:{number}")
        assert (failure.permanent, failure.retry_after) == (False, PATIENCE)
        assert failure.obstacle is not None
        assert "**Send Messages**" in failure.obstacle.why
        assert "Create Public Threads" not in failure.obstacle.why
        assert "Permissions" in failure.obstacle.mend
        assert (failure.obstacle.code, failure.obstacle.whom) == ("50013", str(post.owner.id))
    assert len(post.stand_in.called("guild")) == 1  # asked once, however much waits
    post.clock.set(post.clock.now() + grants.FRESH)
    post.prep.denied = VIEW
    seen = (await post.refused()).obstacle
    assert seen is not None
    assert "**View Channel**" in seen.why


async def test_where_discord_does_not_say_what_is_missing_the_refusal_speaks_plainly(post: Post) -> None:
    post.guild.ours, post.prep.denied = 0, SEND
    post.stand_in.faults["guild"] = [BROKEN]
    obstacle = (await post.refused()).obstacle
    assert obstacle is not None
    assert ("I lack a permission there." in obstacle.why, obstacle.whom) == (True, "")


async def test_a_thread_that_may_not_be_opened_is_named_too_and_its_post_stands(post: Post) -> None:
    post.guild.ours, post.prep.denied = 0, OPEN_THREADS
    failure = await post.refused()
    assert failure.doubtful
    assert len(post.prep.messages) == 1
    assert failure.obstacle is not None
    assert "Create Public Threads" in failure.obstacle.why


@ONLY_WIRE
async def test_who_set_the_group_up_is_told_once_what_is_missing_and_what_waits_comes_then(hall: Town) -> None:
    await hall.set_up()
    at = wire(hall)
    at.world.guilds[hall.server].ours = 0
    at.world.channels[hall.prep].denied = SEND
    before = len(hall.door.messages(hall.door.direct("ana")))
    await hall.advance(hours=5)
    [told] = hall.door.messages(hall.door.direct("ana"))[before:]
    said = str(told["components"])
    assert "I cannot post for your study group" in said
    assert f"<#{hall.prep}>" in said
    assert "**Send Messages**" in said
    at.world.channels[hall.prep].denied = 0
    await hall.advance(hours=1)
    assert hall.daily()[0]["channel_id"] == str(hall.prep)
    assert len(hall.door.messages(hall.door.direct("ana"))) == before + 1


async def test_a_token_that_was_refused_is_not_asked_with_again_for_a_while(post: Post) -> None:
    await post.rest.login()
    post.stand_in.faults["channel"] = [Fault(401, 0, "401: Unauthorized")]
    assert (await post.refused()).retry_after == PATIENCE
    asked = len(post.stand_in.calls)
    for number in range(20):
        failure = await post.refused(f"daily:{number}")
        assert (failure.retry_after, failure.doubtful) == (PATIENCE, False)
    assert len(post.stand_in.calls) == asked
    post.clock.set(post.clock.now() + timedelta(seconds=PATIENCE))
    place = Place("discord", str(post.guild.id), str(post.prep.id))
    assert (await post.platform.send(Parcel("daily:1", place, CARD))).message


async def test_a_wrong_token_at_the_start_is_asked_with_once(post: Post) -> None:
    rest = Rest(settings(post.stand_in, "wrong"), post.clock)
    platform, place = DiscordPlatform(rest), Place("discord", str(post.guild.id), str(post.prep.id))
    for _ in range(5):
        with pytest.raises(DeliveryFailed, match="MOCKINGBIRD_DISCORD_TOKEN"):
            await platform.send(Parcel("daily:1", place, CARD))
    assert len(post.stand_in.called("me")) == 1
    await rest.close()


@ONLY_WIRE
async def test_who_sets_a_group_up_hears_at_once_what_is_missing_there(hall: Town) -> None:
    at = wire(hall)
    at.world.guilds[hall.server].ours = 0
    at.world.channels[hall.prep].denied = OPEN_THREADS
    asked = await hall.command("ana", "/group setup")
    assert asked.form is not None
    seen = await hall.submit("ana", {"zone": "Europe/Berlin"})
    assert "Your study group is set" in seen.words
    assert "**Create Public Threads**" in seen.words
    assert seen.private
    assert "Create Public Threads" not in (await hall.join("ben", "Europe/London")).words


@ONLY_WIRE
async def test_a_voice_channel_is_no_place_for_a_group(hall: Town) -> None:
    at = wire(hall)
    voice = at.world.channel(at.world.guilds[hall.server], "Talk", kind=VOICE)
    seen = await hall.command("ana", "/group setup", voice.id)
    assert seen.form is None
    assert "text or forum channel" in seen.words
    assert "What I can do" in (await hall.command("ana", "/help", voice.id)).words


@ONLY_WIRE
async def test_what_people_write_reads_as_words(study: Town) -> None:
    at = wire(study)
    ben, prep = at.people["ben"].id, study.prep
    thread = int(study.daily()[0]["id"])
    await study.say("chi", f"Ask <@{ben}> or <@!{ben}> in <#{prep}> <a:party:123456789012345678>, not <@1>.", thread)
    said = [event for event in at.lodging.ear.heard if getattr(event, "text", "").startswith("Ask")]
    assert [getattr(event, "text", "") for event in said] == [f"Ask @{ben} or @{ben} in #prep :party:, not <@1>."]


def test_a_forum_that_requires_a_tag_gets_the_first_that_anybody_may_use() -> None:
    tags = [{"id": "1", "moderated": True}, {"id": "2", "moderated": False}, {"id": "3"}]
    wants = {"type": 15, "flags": channels.REQUIRES_TAG, "available_tags": tags}
    assert channels.read(wants) == channels.Channel(15, "2")
    assert channels.read(wants | {"flags": 0}) == channels.Channel(15)
    assert channels.read(wants | {"available_tags": []}).forum
    assert channels.read({}) == channels.Channel(0)


def test_of_a_server_only_what_is_used_is_kept() -> None:
    told: dict[str, Any] = {
        "id": "1",
        "name": "Hall",
        "owner_id": "2",
        "roles": [{"id": "1"}],
        "members": [{"user": {"id": "9"}}],
        "threads": [{"id": "7", "parent_id": "4"}],
        "channels": [
            {"id": "4", "type": 0, "name": "prep", "topic": "x" * 900, "permission_overwrites": [{"id": "1"}]},
            {"id": "5", "type": 4, "name": "A category"},
        ],
    }
    kept = lean.guild(told)
    assert (kept["id"], kept["name"], kept["owner_id"], kept["threads"]) == ("1", "Hall", "2", told["threads"])
    assert (kept["roles"], kept["members"], kept["stickers"]) == ([], [], [])
    assert kept["channels"] == [{"id": "4", "type": 0, "name": "prep", "permission_overwrites": []}]


def test_a_payload_over_which_discord_py_stumbles_costs_that_event_and_shows_nothing_of_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    heard: list[Any] = []

    def parse(body: Any) -> None:
        heard.append(body["secret"]["x"])

    careful = lean.careful("INTERACTION_CREATE", parse)
    careful({"secret": "what somebody wrote"})
    careful({"secret": {"x": 1}})
    assert heard == [1]
    assert "INTERACTION_CREATE of no sense: TypeError" in caplog.text
    assert "somebody" not in caplog.text


def test_a_deletion_names_nobody() -> None:
    event = inbound.deleted(7, inbound.Thread("3", "2", "1", ours=True))
    assert (event.id, event.message, event.where) == ("discord:d:7", "7", Place("discord", "1", "2", "3"))
    assert event.who.id == ""
