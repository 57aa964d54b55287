"""Reaching Discord: what passes is waited out, what does not is named, and shards start no faster than they may."""

import asyncio

import pytest

from adapters.discord import gateway
from adapters.discord.pace import A_SECOND, AT_ONCE, Pace
from adapters.discord.rest import Rest
from adapters.discord.session import FIRST_PAUSE
from adapters.discord.settings import DiscordSettings
from adapters.discord.starts import BETWEEN, Starts
from bot.clock import FrozenClock
from bot.core.errors import SettingsError
from bot.testing import MONDAY
from tests.adapters.discord_stand_in import BROKEN, StandIn, discord, settings
from tests.adapters.discord_world import TOKEN


class Naps:
    """Sleeps that are only counted."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        await asyncio.sleep(0)


async def _connected(rest: Rest, stand_in: StandIn) -> None:
    """Listen until a session stands, then end."""
    listening = asyncio.create_task(gateway.listen(rest, FrozenClock(MONDAY)))
    standing = asyncio.create_task(stand_in.until(lambda: stand_in.gateway.live))
    await asyncio.wait([listening, standing], return_when=asyncio.FIRST_COMPLETED)
    standing.cancel()
    listening.cancel()
    for ended in await asyncio.gather(listening, standing, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended


@pytest.mark.parametrize("call", ["me", "application", "gateway"])
async def test_where_discord_stumbles_at_the_start_it_is_tried_again_later_and_later(call: str) -> None:
    naps = Naps()
    async with discord(FrozenClock(MONDAY)) as stand_in:
        stand_in.faults[call] = [BROKEN] * 3
        rest = Rest(DiscordSettings(TOKEN, stand_in.api), FrozenClock(MONDAY), naps)
        await _connected(rest, stand_in)
        await rest.close()
    assert naps.taken
    assert naps.taken == sorted(naps.taken)
    assert naps.taken[0] == FIRST_PAUSE


async def test_a_stand_in_that_knows_no_number_of_shards_is_held_by_one() -> None:
    async with discord(FrozenClock(MONDAY)) as stand_in:
        stand_in.faults["gateway"] = [BROKEN]
        rest = Rest(settings(stand_in), FrozenClock(MONDAY), Naps())
        await _connected(rest, stand_in)
        assert [one["shard"] for one in stand_in.gateway.identified] == [[0, 1]]
        await rest.close()


@pytest.mark.parametrize(("code", "part"), [
    (4004, "MOCKINGBIRD_DISCORD_TOKEN"),
    (4010, "knows no such shard"),
    (4011, "Raise the number behind the slash"),
])  # fmt: skip
async def test_what_a_gateway_closes_for_good_is_named(code: int, part: str) -> None:
    async with discord(FrozenClock(MONDAY)) as stand_in:
        stand_in.gateway.closes = [code]
        rest = Rest(settings(stand_in), FrozenClock(MONDAY), Naps())
        with pytest.raises(SettingsError, match=part):
            await gateway.listen(rest, FrozenClock(MONDAY))
        await rest.close()


async def test_another_fatal_word_of_the_gateway_is_waited_out() -> None:
    naps = Naps()
    async with discord(FrozenClock(MONDAY)) as stand_in:
        stand_in.gateway.closes = [4012]
        rest = Rest(settings(stand_in), FrozenClock(MONDAY), naps)
        await _connected(rest, stand_in)
        assert len(stand_in.gateway.identified) == 2
        await rest.close()
    assert naps.taken[0] == FIRST_PAUSE


@pytest.mark.parametrize(("at_once", "pauses"), [(1, 5), (2, 4), (16, 0)])
async def test_shards_start_no_faster_than_discord_lets_them(at_once: int, pauses: int) -> None:
    naps = Naps()
    starts = Starts(naps)
    starts.at_once = at_once
    for shard in range(6):
        await starts.turn(shard)
    assert len(naps.taken) == pauses
    assert all(0 < nap <= BETWEEN for nap in naps.taken)


async def test_requests_go_as_fast_as_discord_lets_a_bot_speak() -> None:
    naps = Naps()
    pace = Pace(FrozenClock(MONDAY), naps)
    assert pace.wait() == 0.0
    assert pace.wait(ahead=AT_ONCE + 47) == pytest.approx(48 / A_SECOND, abs=1e-3)
    for _ in range(200):
        await pace.turn()
    assert len(naps.taken) == 200 - AT_ONCE
    # With a clock that stands still each waits for all before it.
    assert naps.taken[-1] == pytest.approx((200 - AT_ONCE) / A_SECOND, rel=1e-4)
    assert pace.wait() == pytest.approx((201 - AT_ONCE) / A_SECOND, rel=1e-4)
