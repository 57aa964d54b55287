"""/mock loop through the front door: five rounds, each with its clock, and one card as a committee reads it."""

from datetime import timedelta

import pytest

from bot.core.events import Fix, Replace, Show
from bot.core.ui import ActionId, Card, Values
from bot.loop.rules import STAGES, Part
from bot.testing import House, actions, told, words

from .scenes import asked, filled, people, shown


async def started(house: House, who: str = "ben", pace: str = "sitting") -> Card:
    await house.command(who, "/mock loop")
    return shown(await house.press(who, f"loop.start:{pace}"))


async def begun(house: House, number: int, who: str = "ben") -> tuple[Card, str]:
    """The card of a round, and the id of the question's round."""
    card = shown(await house.press(who, f"loop.begin:1/{number}"))
    return card, actions(card)["Answer"].arg


async def answered(house: House, round: str, who: str = "ben") -> None:
    """Answer by the form; a design in both its steps."""
    form = asked(await house.press(who, f"rounds.answer:{round}"))
    await house.submit(who, form.action, filled(form))
    if form.action.verb == "rounds.answer_part":
        second = asked(await house.press(who, f"rounds.answer_part:{round}/2"))
        await house.submit(who, second.action, filled(second))


async def levelled(house: House, round: str, level: int = 3, who: str = "ben", **values: str | tuple[str, ...]) -> Card:
    form = asked(await house.press(who, f"loop.levels:{round}"))
    await house.submit(who, form.action, {field.id: str(level) for field in form.fields})
    second = asked(await house.press(who, f"loop.points:{round}"))
    plain: Values = {"points": ("0",), "flags": (), "change": "Say the plan first."}
    return shown(await house.submit(who, second.action, {**plain, **values}))


async def walk(house: House, first: int = 1, level: int = 3) -> Card:
    """Through all rounds that are left; the last card."""
    for number in range(first, len(STAGES) + 1):
        _, round = await begun(house, number)
        await answered(house, round)
        card = await levelled(house, round, level)
    return card


def parts(house: House) -> list[Part]:
    with house.look() as work:
        return work.loops.parts(1)


async def test_the_way_in_names_the_five_rounds_of_the_stage_guide(group: House) -> None:
    card = shown(await group.command("ben", "/mock loop"))
    for stage in STAGES:
        assert group.catalog.stages[stage].name in words(card)
    assert {str(action) for action in actions(card).values()} == {"loop.start:sitting", "loop.start:days"}


async def test_each_round_asks_what_its_stage_asks_with_its_clock(group: House) -> None:
    await started(group)
    for number, stage in enumerate(STAGES, start=1):
        card, round = await begun(group, number)
        with group.look() as work:
            found = work.rounds.round(int(round))
            assert found is not None
            question = group.catalog.questions[found.question]
        assert stage in question.stages
        until = group.clock.now() + timedelta(minutes=question.minutes)
        assert f"{{t:{int(until.timestamp())}}}" in words(card)
        await answered(group, round)
        await levelled(group, round)


async def test_at_the_end_one_card_has_the_levels_by_dimension_as_a_committee_reads_them(group: House) -> None:
    await started(group)
    card = await walk(group)
    text = words(card)
    assert card.title == "How a hiring committee reads your onsite"
    assert "**Yes.**" in text
    for criterion in group.catalog.criteria.values():
        assert f"{criterion.name}: **3.0** of 4" in text
    assert "Say the plan first." in text
    with group.look() as work:
        loop = work.loops.loop(1)
        assert loop is not None
        assert loop.state == "done"
    assert "A whole onsite" in told(await group.command("ben", "/mock loop"))


async def test_hints_cost_levels_and_flags_come_back_with_what_to_do_instead(group: House) -> None:
    await started(group)
    _, round = await begun(group, 1)
    await group.press("ben", f"rounds.hint:{round}")
    await group.press("ben", f"rounds.next_hint:{round}/2")
    await answered(group, round)
    await levelled(group, round, level=4, flags=("no-metric",))
    assert set(parts(group)[0].levels.values()) == {2}
    card = await walk(group, first=2)
    assert group.catalog.flags["no-metric"].instead in words(card)


async def test_the_strong_answer_comes_after_the_answer_and_leads_to_the_levels(group: House) -> None:
    await started(group)
    _, round = await begun(group, 1)
    assert "once you have answered" in told(await group.press("ben", f"rounds.strong:{round}/1"))
    assert "Answer first" in told(await group.press("ben", f"loop.levels:{round}"))
    assert "Answer first" in told(await group.press("ben", f"loop.guide:{round}/1"))
    await answered(group, round)
    reply = await group.press("ben", f"rounds.strong:{round}/1")
    page = 1
    while "Give my levels" not in actions(reply.card):  # type: ignore[union-attr]
        page += 1
        reply = await group.press("ben", f"rounds.turn:{round}/{page}")
    assert isinstance(reply, Show | Replace)
    assert actions(reply.card)["Give my levels"] == ActionId("loop.levels", round)
    assert told(await group.press("ben", f"loop.guide:{round}/1"))


async def test_an_onsite_that_was_left_is_taken_up_a_week_later_where_it_stood(group: House) -> None:
    await started(group)
    _, first = await begun(group, 1)
    await answered(group, first)
    await levelled(group, first)
    _, second = await begun(group, 2)
    await group.advance(days=7)
    card = shown(await group.command("ben", "/mock loop"))
    assert "Go on with round 2 (45-60 minutes)" in actions(card)
    fresh, other = await begun(group, 2)
    assert other != second
    assert "is closed by now" in words(fresh)
    assert parts(group)[0].state == "done"
    last = await walk(group, first=2)
    assert "hiring committee" in last.title


async def test_what_was_written_a_week_ago_still_gets_its_levels(group: House) -> None:
    await started(group)
    _, round = await begun(group, 1)
    await answered(group, round)
    await group.advance(days=7)
    card = shown(await group.press("ben", "loop.begin:1/1"))
    assert "You have answered" in words(card)
    await levelled(group, round)
    assert parts(group)[0].state == "done"


async def test_when_the_clock_runs_out_a_word_comes_and_a_late_answer_is_named_late(group: House) -> None:
    await started(group)
    _, round = await begun(group, 1)
    await group.advance(hours=2)
    [up] = group.platform.keyed("loop-up:")
    assert "Time is up" in words(up.card)
    await answered(group, round)
    await levelled(group, round)
    assert parts(group)[0].late
    card = await walk(group, first=2)
    assert "after the clock" in words(card)


async def test_a_round_can_be_skipped_and_too_few_rounds_are_not_decided_on(group: House) -> None:
    await started(group)
    for number in range(1, 6):
        card = shown(await group.press("ben", f"loop.skip:1/{number}"))
    assert "Too little to decide" in words(card)
    assert "through" in told(await group.press("ben", "loop.begin:1/5"))


async def test_one_onsite_at_a_time_and_it_can_be_given_up(group: House) -> None:
    await started(group)
    assert "one at a time" in told(await group.press("ben", "loop.start:days"))
    assert "Round 1 is the one to come" in told(await group.press("ben", "loop.begin:1/3"))
    await group.press("ben", "loop.drop:1")
    await group.press("ben", "loop.start:days")
    with group.look() as work:
        assert [loop.state for loop in work.loops.all(1)] == ["dropped", "active"]


async def test_a_round_a_day_is_reminded_of_the_next_day_at_the_same_hour_and_not_on_leave(group: House) -> None:
    await started(group, pace="days")
    _, round = await begun(group, 1)
    await answered(group, round)
    await levelled(group, round)
    await group.command("ben", "/group leave 2026-09-01 2026-09-01")
    await group.advance(hours=24)
    assert group.platform.keyed("loop-next:") == []
    await group.advance(hours=24)
    [reminder] = group.platform.keyed("loop-next:")
    assert (reminder.place.channel, "Round 2 of 5") == ("ben", reminder.card.title[:12])
    await group.advance(days=7)
    assert len(group.platform.keyed("loop-next:")) == 1


@pytest.mark.parametrize(
    "action", ["begin:1/1", "skip:1/1", "drop:1", "packet:1/1", "begin:9/1", "packet:x", "levels:9"]
)
async def test_nobody_else_sees_or_touches_an_onsite(group: House, action: str) -> None:
    group.people |= people(zoe="UTC")
    await started(group)
    _, round = await begun(group, 1)
    for who in ("dee", "zoe"):
        assert "Not this time" in told(await group.press(who, f"loop.{action}"))
        for verb in ("loop.levels", "loop.points", "rounds.answer"):
            assert "Not this time" in told(await group.press(who, f"{verb}:{round}"))


async def test_forms_with_faults_stay_open_with_what_was_typed(group: House) -> None:
    await started(group)
    _, round = await begun(group, 1)
    await answered(group, round)
    assert "levels first" in told(await group.press("ben", f"loop.points:{round}"))
    form = asked(await group.press("ben", f"loop.levels:{round}"))
    assert isinstance(await group.submit("ben", form.action, filled(form, **{form.fields[0].id: "9"})), Fix)
    await group.submit("ben", form.action, {field.id: "3" for field in form.fields})
    values: Values = {"points": ("0",), "flags": (), "change": "x" * 5_000}
    reply = await group.submit("ben", f"loop.points:{round}", values)
    assert isinstance(reply, Fix)
    assert reply.values == values
    await levelled(group, round)
    assert "is closed, with your levels" in told(await group.press("ben", f"loop.levels:{round}"))


async def test_the_idea_comes_back_as_it_went(group: House) -> None:
    await started(group)
    _, round = await begun(group, 1)
    await answered(group, round)
    await levelled(group, round, level=1)
    with group.look() as work:
        found, ben = work.rounds.round(int(round)), next(one for one in work.groups.members(1) if one.user == "ben")
        assert found is not None
        known = work.recall.memory(ben.id)[group.catalog.questions[found.question].family]
        assert known.level == 1
        assert known.due is not None
