"""A system design is answered in the template's six parts, kept by part, and reviewed by part."""

from dataclasses import replace

import pytest

from bot.catalog import Catalog
from bot.core.events import Fix
from bot.core.ui import ActionId, Values
from bot.rounds.rules import ANSWER_MOST, DESIGN_PARTS, PART_MOST, design_source
from bot.testing import House, actions, told, words

from .scenes import FIRST_CLOSE, FIRST_POST, asked, close_first, feedback, filled, give, level, owed, shown

FIRST = {
    "framing": "Losses in euros, decided at login.",
    "data": "Claims come nine days late.",
    "features": "Device age.",
}
SECOND = {"model": "Rule first, then trees.", "serving": "40 ms, cached.", "monitoring": "Challenge rate a minute."}


@pytest.fixture
async def designs(catalog: Catalog) -> House:
    """A group whose questions are all designs; the first is open."""
    found = [one for one in catalog.questions.values() if one.kind == "design"]
    topics = {topic for plan in catalog.plans.values() for day in plan.days for topic in day.topics}
    renamed = [replace(found[number % len(found)], id=f"design-{number}", topic=topic, family=f"family-{number}", see=())
               for number, topic in enumerate(sorted(topics))]  # fmt: skip
    house = House(replace(catalog, questions={one.id: one for one in renamed}, calibrations={}))
    await house.set_up()
    await house.advance(FIRST_POST)
    return house


async def answer(house: House, who: str, first: dict[str, str] = FIRST, second: dict[str, str] = SECOND) -> None:
    await house.submit(who, "rounds.answer_part:1/1", first)
    await house.submit(who, "rounds.answer_part:1/2", second)


def parts(house: House, who: str) -> dict[str, str]:
    with house.look() as work:
        member = next(one for one in work.groups.members(1) if one.user == who)
        found = work.rounds.answer_of(1, member.id)
        assert found is not None
        return {part.source: part.text for part in found.parts}


async def first_owed(house: House) -> tuple[str, str]:
    """Somebody who owes a review, and which."""
    for who in ("ana", "chi", "dee"):
        for review in await owed(house, who):
            return who, review
    raise AssertionError("nobody owes a review")


async def test_the_six_parts_are_asked_in_two_steps_of_three(designs: House) -> None:
    form = asked(await designs.press("ben", "rounds.answer:1"))
    assert [field.label for field in form.fields] == list(DESIGN_PARTS.values())[:3]
    card = shown(await designs.submit("ben", form.action, FIRST))
    assert "Three parts kept" in card.title
    second = asked(await designs.press("ben", next(iter(actions(card).values()))))
    assert [field.label for field in second.fields] == list(DESIGN_PARTS.values())[3:]
    kept = shown(await designs.submit("ben", second.action, SECOND))
    assert "Answered" in kept.title
    assert "Strong answer" in actions(kept)


async def test_each_part_is_kept_by_itself_and_the_whole_reads_in_the_templates_order(designs: House) -> None:
    await designs.submit("ben", "rounds.answer_part:1/2", SECOND)
    await designs.submit("ben", "rounds.answer_part:1/1", FIRST)
    assert parts(designs, "ben") == {design_source(part): text for part, text in (FIRST | SECOND).items()}
    with designs.look() as work:
        [found] = work.rounds.answers(1)
        assert found.text.split("\n\n") == [f"{DESIGN_PARTS[part]}\n{text}" for part, text in (FIRST | SECOND).items()]


async def test_a_part_can_be_changed_and_emptied_and_the_form_has_what_was_written(designs: House) -> None:
    await answer(designs, "ben")
    form = asked(await designs.press("ben", "rounds.answer:1"))
    assert [field.value for field in form.fields] == list(FIRST.values())  # type: ignore[union-attr]
    await designs.submit("ben", form.action, {**FIRST, "data": ""})
    assert design_source("data") not in parts(designs, "ben")
    assert "Still empty: data" in words(shown(await designs.submit("ben", "rounds.answer_part:1/2", SECOND)))


async def test_an_answer_of_nothing_is_none_and_one_that_is_too_long_stays_in_the_form(designs: House) -> None:
    reply = await designs.submit("ben", "rounds.answer_part:1/1", dict.fromkeys(FIRST, " \u200b"))
    assert isinstance(reply, Fix)
    assert "at least one" in reply.faults["framing"]
    long = dict.fromkeys(FIRST, "x" * (PART_MOST + 1))
    reply = await designs.submit("ben", "rounds.answer_part:1/1", long)
    assert isinstance(reply, Fix)
    assert reply.values == long


async def test_six_full_parts_fit_and_with_much_in_the_thread_they_do_not(designs: House) -> None:
    full = dict.fromkeys(FIRST, "x" * PART_MOST), dict.fromkeys(SECOND, "x" * PART_MOST)
    await answer(designs, "ben", *full)
    assert len(parts(designs, "ben")) == 6
    thread = designs.thread(designs.platform.keyed("daily:")[0])
    await designs.say("chi", thread, "y" * (ANSWER_MOST - 3_000))
    reply = await designs.submit("chi", "rounds.answer_part:1/1", full[0])
    assert isinstance(reply, Fix)
    assert "fit. Shorten it" in next(iter(reply.faults.values()))


@pytest.mark.parametrize("arg", ["1/0", "1/3", "1", "9/1", "x/1"])
async def test_steps_that_do_not_exist_lead_nowhere(designs: House, arg: str) -> None:
    for reply in (await designs.press("ben", f"rounds.answer_part:{arg}"),
                  await designs.submit("ben", f"rounds.answer_part:{arg}", FIRST)):  # fmt: skip
        assert "Not this time" in told(reply)


async def test_other_questions_are_not_answered_in_parts(day_one: House) -> None:
    assert "not answered in parts" in told(await day_one.press("ben", "rounds.answer_part:1/1"))


async def test_a_reviewer_reads_part_by_part_and_sees_what_is_missing(designs: House) -> None:
    await answer(designs, "ben", FIRST, {"model": "Trees."})
    await designs.advance(FIRST_CLOSE)
    reviewer, review = await first_owed(designs)
    card = shown(await designs.press(reviewer, f"review.open:{review}/1"))
    text = words(card)
    while any("Next" in label for label in actions(card)):
        reply = await designs.press(reviewer, next(at for label, at in actions(card).items() if "Next" in label))
        card = reply.card  # type: ignore[union-attr]
        text += "\n" + words(card)
    assert "**2. Data**\nClaims come nine days late." in text
    assert "**6. Monitoring**\n*(left empty)*" in text


async def test_the_review_marks_the_parts_and_the_author_reads_how_each_was_seen(designs: House) -> None:
    await answer(designs, "ben")
    await designs.advance(FIRST_CLOSE)
    for who in ("ana", "chi", "dee"):
        for review in await owed(designs, who):
            after = shown(await level(designs, who, review))
            assert actions(after)["Step 2: part by part"] == ActionId("review.parts", review)
            assert "six parts first" in told(await designs.press(who, f"review.words:{review}"))
            form = asked(await designs.press(who, f"review.parts:{review}"))
            marks: Values = {"solid": ("framing", "model"), "thin": ("data",), "note": "Say who labels."}
            assert "Step 3" in str(actions(shown(await designs.submit(who, form.action, marks))))
            third = asked(await designs.press(who, f"review.words:{review}"))
            assert "step 3 of 3" in third.title
            await designs.submit(who, third.action, filled(third, flags=()))
    text = feedback(designs, "ben")[-1]
    assert "Problem framing: solid for 2" in text
    assert "Data: thin or missing for 2" in text
    assert "Serving: nobody marked it" in text
    assert "Say who labels." in text


IMPOSSIBLE = [
    ({"solid": ("data",), "thin": ("data",)}, "both lists"),
    ({}, "at least one"),
    ({"solid": ("colour",)}, "those in"),
]


@pytest.mark.parametrize(("marks", "says"), IMPOSSIBLE)
async def test_marks_that_cannot_be_keep_the_form_open(
    designs: House, marks: dict[str, tuple[str, ...]], says: str
) -> None:
    await answer(designs, "ben")
    await designs.advance(FIRST_CLOSE)
    who, review = await first_owed(designs)
    assert "levels first" in told(await designs.press(who, f"review.parts:{review}"))
    await level(designs, who, review)
    reply = await designs.submit(who, f"review.parts:{review}", marks)
    assert isinstance(reply, Fix)
    assert says in told(reply)


async def test_an_answer_without_parts_is_reviewed_in_two_steps(day_one: House) -> None:
    await close_first(day_one, "ben")
    who, review = await first_owed(day_one)
    await level(day_one, who, review)
    assert "has no parts" in told(await day_one.press(who, f"review.parts:{review}"))
    assert "step 2 of 2" in asked(await day_one.press(who, f"review.words:{review}")).title


async def test_an_answer_typed_in_one_piece_before_still_counts(designs: House) -> None:
    await give(designs, "ben", "All in one piece.")
    await designs.submit("ben", "rounds.answer_part:1/1", FIRST)
    with designs.look() as work:
        [found] = work.rounds.answers(1)
        assert found.text.endswith("All in one piece.")
