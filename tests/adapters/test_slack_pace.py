"""No minute and no second has more of ours than Slack lets through, and hardly less."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from adapters.slack.pace import A_MINUTE, CHANNEL, METHOD, TIER, WORKSPACE, Pace
from bot.clock import FrozenClock
from bot.core.errors import DeliveryFailed
from bot.testing import MONDAY

SPAN = timedelta(minutes=3)


class Naps:
    """Sleeps that set the clock on."""

    def __init__(self, clock: FrozenClock) -> None:
        self.clock = clock

    async def __call__(self, seconds: float) -> None:
        self.clock.set(self.clock.now() + timedelta(seconds=seconds))


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(MONDAY)


@pytest.fixture
def pace(clock: FrozenClock) -> Pace:
    return Pace(clock, Naps(clock))


async def _posts(pace: Pace, clock: FrozenClock, channels: int) -> list[datetime]:
    """When messages go that are posted one after the other, to many channels in turn."""
    gone: list[datetime] = []
    while clock.now() < MONDAY + SPAN:
        await pace.turn("T1", f"C{len(gone) % channels}")
        gone.append(clock.now())
    return gone


def _most(gone: list[datetime], span: timedelta) -> int:
    """The most that went within any such span."""
    return max(sum(at <= one < at + span for one in gone) for at in gone)


def _tried(at: datetime, step: timedelta) -> Iterator[datetime]:
    while at < MONDAY + SPAN:
        yield at
        at += step


async def test_a_workspace_gets_what_slack_lets_through_and_never_more(pace: Pace, clock: FrozenClock) -> None:
    gone = await _posts(pace, clock, channels=50)
    assert _most(gone, timedelta(minutes=1)) <= A_MINUTE
    assert _most(gone, timedelta(minutes=1)) >= 0.95 * A_MINUTE
    assert gone[WORKSPACE.at_once - 1] == MONDAY  # those who come after a pause go at once


async def test_a_channel_gets_a_message_a_second(pace: Pace, clock: FrozenClock) -> None:
    gone = await _posts(pace, clock, channels=1)
    assert {later - earlier for earlier, later in pairwise(gone)} == {CHANNEL.gap}


async def test_what_it_says_to_wait_is_what_has_to_be_waited(pace: Pace, clock: FrozenClock) -> None:
    for number in range(WORKSPACE.at_once):
        assert pace.wait("T1", f"C{number}") == 0.0
        await pace.turn("T1", f"C{number}")
    gap = WORKSPACE.gap.total_seconds()
    assert pace.wait("T1", "C99") == pytest.approx(gap)
    assert pace.wait("T1", "C99", ahead=9) == pytest.approx(10 * gap)
    assert pace.wait("T1", "C3") == 1.0
    assert pace.wait("T2", "C3") == 0.0
    pace.hold("T1", "C99", 30.0)
    assert pace.wait("T1", "C99") == 30.0
    clock.set(clock.now() + timedelta(seconds=30))
    assert pace.wait("T1", "C99") == 0.0


async def test_calls_of_a_tier_go_by_its_number_and_whoever_was_put_off_has_a_turn(
    pace: Pace, clock: FrozenClock
) -> None:
    promised: dict[str, datetime] = {}
    gone = []
    for number, at in enumerate(_tried(MONDAY, timedelta(milliseconds=100))):
        clock.set(at)
        for who in [who for who, due in promised.items() if due <= at]:
            await pace.call("T1", "chat.update", who)
            gone.append(promised.pop(who))
        try:
            await pace.call("T1", "chat.update", f"edit:{number}")
            gone.append(clock.now())
        except DeliveryFailed as failure:
            if failure.untried and failure.retry_after:
                promised[f"edit:{number}"] = at + timedelta(seconds=failure.retry_after)
    assert 0.95 * TIER <= _most(gone, timedelta(minutes=1)) <= TIER
    assert gone[METHOD.at_once - 1] < MONDAY + timedelta(seconds=1)
    assert pace.wait("T1", "C1") == 0.0


async def test_a_method_that_slack_refused_waits_and_holds_up_no_message(pace: Pace, clock: FrozenClock) -> None:
    pace.hold_method("T1", "chat.update", 20.0)
    with pytest.raises(DeliveryFailed) as failure:
        await pace.call("T1", "chat.update", "edit")
    assert failure.value.retry_after == pytest.approx(20.0)
    assert pace.wait("T1", "C1") == 0.0
    clock.set(clock.now() + timedelta(seconds=20))
    await pace.call("T1", "chat.update", "edit")
    assert clock.now() == MONDAY + timedelta(seconds=20)
