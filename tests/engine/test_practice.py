"""/review practice through the front door: a judged sample answer, one's own levels, and how they compare."""

from dataclasses import replace

import pytest

from bot.catalog import QUALITIES, Calibration, Catalog, Question, Sample, Verdict
from bot.core.events import Fix, Replace, Show
from bot.core.ui import OneOf
from bot.testing import House, actions, told, words

from .scenes import asked, filled, shown


async def begin(house: House, who: str, text: str = "/review practice") -> tuple[Question, int, Sample]:
    """The sample that a member is given, read to its last page."""
    card = shown(await house.command(who, text))
    while "Give your levels" not in actions(card):
        turned = await house.press(who, next(action for label, action in actions(card).items() if "Next" in label))
        assert isinstance(turned, Replace)
        card = turned.card
    id, number = actions(card)["Give your levels"].arg.split("/")
    return house.catalog.questions[id], int(number), house.catalog.calibrations[id].samples[int(number) - 1]


async def judge(house: House, who: str, question: Question, number: int, *, off: int = 0) -> str:
    """Give the judged levels, or as far off as the scale allows; all that is shown then."""
    form = asked(await house.press(who, f"practice.levels:{question.id}/{number}"))
    sample = house.catalog.calibrations[question.id].samples[number - 1]
    levels = {id.replace("-", "_"): str(min(max(one.level + off, 1), 4)) for id, one in sample.levels.items()}
    reply = await house.submit(who, form.action, levels)
    assert isinstance(reply, Show)
    return "\n".join(words(card) for card in (reply.card, *reply.more))


async def test_a_member_reads_a_sample_gives_levels_and_sees_why_the_judges_gave_theirs(group: House) -> None:
    question, number, sample = await begin(group, "ben")
    compared = await judge(group, "ben", question, number)
    assert "exactly as the judges did" in compared
    for verdict in sample.levels.values():
        assert verdict.why in compared
    for at, point in enumerate(question.key_points, start=1):
        assert f"{point} (*{'it makes it' if at in sample.key_points else 'it misses it'}*)" in compared


async def test_levels_that_lie_apart_are_named_and_a_tendency_shows(group: House) -> None:
    for _ in range(3):
        question, number, _ = await begin(group, "ben")
        compared = await judge(group, "ben", question, number, off=1)
    assert "1 higher" in compared or "the same" in compared
    assert "levels higher than the judges" in compared


async def test_no_sample_comes_back_before_the_others(group: House) -> None:
    met = set()
    for _ in range(12):
        question, number, _ = await begin(group, "ben")
        met.add((question.id, number))
        await judge(group, "ben", question, number)
    assert len(met) == 12


async def test_a_topic_narrows_the_choice(group: House) -> None:
    question, _, _ = await begin(group, "ben", "/review practice coding")
    assert question.topic == "coding"


async def test_every_sample_can_be_read_guided_and_judged(group: House) -> None:
    for id, calibration in group.catalog.calibrations.items():
        for number in range(1, len(calibration.samples) + 1):
            assert told(await group.press("ben", f"practice.turn:{id}/{number}/1"))
            assert told(await group.press("ben", f"practice.guide:{id}/{number}/1"))
            await judge(group, "ben", group.catalog.questions[id], number)


async def test_levels_that_are_none_keep_the_form_open(group: House) -> None:
    question, number, _ = await begin(group, "ben")
    form = asked(await group.press("ben", f"practice.levels:{question.id}/{number}"))
    assert all(isinstance(field, OneOf) for field in form.fields)
    reply = await group.submit("ben", form.action, filled(form, **{form.fields[0].id: "5"}))
    assert isinstance(reply, Fix)
    assert form.fields[0].id in reply.faults


@pytest.mark.parametrize("arg", ["", "nowhere/1/1", "{}/0/1", "{}/4/1", "{}/x/1", "{}/1/x", "{}/1/9999999", "{}/²/1"])
async def test_a_forged_sample_is_refused(group: House, arg: str) -> None:
    question, _, _ = await begin(group, "ben")
    for verb in ("turn", "guide", "levels"):
        assert "another one" in told(await group.press("ben", f"practice.{verb}:{arg.format(question.id)}".rstrip(":")))


async def test_a_question_that_the_group_answers_just_now_is_not_given_away(catalog: Catalog) -> None:
    house = House(
        replace(catalog, calibrations={one.id: _calibration(one, catalog) for one in catalog.questions.values()})
    )
    await house.set_up()
    await house.advance(hours=1)
    [(open_now, closed)] = await house.store.run(lambda work: work.rounds.daily_questions(1))
    assert not closed
    for verb in ("turn", "guide", "levels"):
        reply = told(await house.press("ben", f"practice.{verb}:{open_now}/1/1"))
        assert "Your group is answering this question just now" in reply
    await house.advance(hours=25)
    assert asked(await house.press("ben", f"practice.levels:{open_now}/1"))


def _calibration(question: Question, catalog: Catalog) -> Calibration:
    levels = {criterion.id: Verdict(2, "Because.") for criterion in catalog.rubric(question.kind)}
    return Calibration(question.id, tuple(Sample(quality, "An answer.", (), (), levels) for quality in QUALITIES))


async def test_a_stranger_is_told_to_join(house: House) -> None:
    await house.set_up(("ana",))
    assert "join" in told(await house.command("ben", "/review practice")).lower()
