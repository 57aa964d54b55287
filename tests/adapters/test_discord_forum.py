"""A forum is a group's channel too: each day is a post of its own, and the answers stand in it."""

import pytest

from bot.core.events import Place
from tests.adapters.discord_guild import FORUM
from tests.adapters.discord_house import ZONES, Town, buttons
from tests.adapters.discord_towns import wire
from tests.adapters.discord_wire import Wire

pytestmark = pytest.mark.parametrize("hall", ["wire"], indirect=True)
TEXT = "A baseline first; then what the better model buys, and at which cost."


def posts(at: Wire, forum: int) -> list[int]:
    """The forum's posts, the oldest first."""
    return [one.id for one in at.world.channels.values() if one.parent == forum]


async def _set_up(hall: Town) -> tuple[Wire, int]:
    """A group in a forum, set up from a post that somebody made there, on its first day after the post."""
    at = wire(hall)
    forum = at.world.channel(at.world.guilds[hall.server], "questions", kind=FORUM)
    at.world.emit("CHANNEL_CREATE", forum.as_json(at.world.bot), hall.server)
    body = {"name": "Hello", "message": {"content": "Who is in?"}}
    begun = at.world.channels[int(at.world.open_post(forum.id, body)["id"])]
    begun.owner = at.people["ana"].id
    await at.tell()
    await hall.command("ana", "/group setup", begun.id)
    await hall.submit("ana", {"zone": "Europe/Berlin"})
    for who, zone in [*ZONES.items()][1:]:
        await hall.command(who, "/join", begun.id)
        await hall.submit(who, {"zone": zone})
    await hall.advance(hours=2)
    return at, forum.id


async def test_a_day_is_lived_in_a_forum(hall: Town) -> None:
    at, forum = await _set_up(hall)
    first, welcome, day = posts(at, forum)
    assert at.world.channels[day].name.startswith("Day 1")
    [post] = hall.posted("daily:", day)
    assert (int(post["id"]), int(post["channel_id"])) == (day, day)
    assert "Join" in buttons(at.messages(welcome)[0])
    await hall.say("ben", TEXT, day)
    await hall.press("chi", buttons(post)["Answer"], post)
    kept = await hall.submit("chi", {"text": f"By the form: {TEXT}"})
    assert "Kept" in kept.words
    await hall.advance(days=1)
    assert [len(hall.posted(start, day)) for start in ("laid:", "closed:")] == [1, 1]
    assert len(posts(at, forum)) == 4  # and the next day's
    assert first not in {int(message["channel_id"]) for message in hall.posted("daily:", day)}


async def test_a_forum_that_is_deleted_retires_what_is_owed_to_it_and_pauses_its_plan(hall: Town) -> None:
    at, forum = await _set_up(hall)
    await at.ready()
    at.world.remove_channel(forum)
    await at.tell()
    assert [(workspace, channel) for workspace, channel, _ in hall.retired] == [(str(hall.server), str(forum))]
    here = Place("discord", str(hall.server), str(forum))
    group = await hall.bot.store.run(lambda work: work.groups.here(here))
    assert group is not None
    assert group.state == "paused"
