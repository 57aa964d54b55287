"""What could not be shown at once is kept for its person, and for nobody else."""

from bot.core import again
from bot.core.events import Ask, Command, Fix, Posted, Quiet, Show, Submit
from bot.core.ui import ActionId, TextField
from bot.testing import House, actions, told, words

Typed = dict[str, str | tuple[str, ...]]
BAD: Typed = {"zone": "Atlantis", "post_at": "25:00", "weekdays": ("0",), "start": "today", "pace": "24-24"}


async def _badly(house: House, zone: str = "Atlantis") -> Fix:
    """Ana sends a form with faults, as the event "form"."""
    values = BAD | {"zone": zone}
    reply = await house.handle(
        Submit("form", house.people["ana"], house.channel, ActionId("group.setup", "two-weeks"), values)
    )
    assert isinstance(reply, Fix)
    return reply


async def test_a_form_with_faults_comes_back_with_what_was_typed(house: House) -> None:
    button = actions(again.to_mend("form", await _badly(house)))["Try again"]
    for _ in range(2):
        opened = await house.press("ana", button)
        assert isinstance(opened, Ask)
        assert opened.form.action == ActionId("group.setup", "two-weeks")
        typed = {field.id: field.value for field in opened.form.fields if isinstance(field, TextField)}
        assert typed == {"zone": "Atlantis", "post_at": "25:00", "start": "today"}
    assert button == again.action("form")


async def test_nobody_else_can_open_it(house: House) -> None:
    await _badly(house)
    assert "meant for somebody else" in told(await house.press("ben", again.action("form")))


async def test_what_is_wrong_stands_beside_the_fields_names_and_formats_nothing(house: House) -> None:
    card = words(again.to_mend("form", await _badly(house, "*Atlantis* {@ben}")))
    assert "**Time zone of the group**" in card
    assert "**Daily post at**" in card
    assert "{@ben}" not in card


async def test_a_fault_without_a_field_or_without_words_is_told_too(house: House) -> None:
    form = (await _badly(house)).form
    assert "- Too late\\." in words(again.to_mend("form", Fix(form, {"gone": "Too late."}, {})))
    assert "once more" in words(again.to_mend("form", Fix(form, {}, {})))


async def test_an_answer_to_a_plain_message_waits_for_its_person(day_one: House) -> None:
    thread = day_one.thread(day_one.platform.keyed("daily:")[0])
    said = await day_one.handle(Posted("said", day_one.people["ben"], thread, "m1", "A baseline first."))
    assert isinstance(said, Show)
    pointer = again.waiting("ben", "said")
    assert "{@ben}" in words(pointer)
    assert await day_one.press("ben", actions(pointer)["Read it here"]) == said
    assert "meant for somebody else" in told(await day_one.press("chi", again.action("said")))


async def test_nothing_is_kept_of_what_was_shown_at_once(house: House) -> None:
    await house.handle(Command("help", house.people["ana"], house.channel, "help"))
    assert "not kept" in told(await house.press("ana", again.action("help")))
    assert "not kept" in told(await house.press("ana", again.action("never")))


async def test_talk_that_is_answered_with_nothing_keeps_nothing(group: House) -> None:
    assert await group.handle(Posted("talk", group.people["ben"], group.channel, "m1", "hello")) == Quiet()
    assert "not kept" in told(await group.press("ben", again.action("talk")))
