"""/star through the front door: stories by form, the bank, and the themes that they cover."""

from datetime import timedelta

from bot.core.events import Ask, Fix
from bot.core.ui import Select, TextField
from bot.star.rules import MOST_STORIES
from bot.testing import House, actions, told, words

from .scenes import FIRST_POST, asked, filled, shown

STORY = {
    "title": "The churn model",
    "situation": "A model of mine got worse for weeks before anybody saw it.",
    "task": "I had to find out why, and keep it from coming back.",
    "action": "I compared the inputs with those of the training.",
    "result": "Recall came back from 41 % to 63 % in nine days.",
}


async def tell(house: House, who: str, theme: str, **parts: str) -> str:
    """Write a story by the form; what the bot says to it."""
    form = asked(await house.press(who, f"star.write:{theme}"))
    return told(await house.submit(who, form.action, STORY | parts))


async def stories(house: House, who: str) -> dict[str, str]:
    """Title -> value of the select that opens a story."""
    card = shown(await house.command(who, "/star"))
    rows = [row for row in card.rows if isinstance(row, Select) and row.label == "Open a story"]
    return {choice.label: choice.value for row in rows for choice in row.choices}


async def test_a_story_goes_from_its_theme_to_the_bank_and_back_to_the_form(group: House) -> None:
    theme = next(iter(group.catalog.themes.values()))
    prompt = shown(await group.command("ben", f"/star new {theme.id}"))
    assert all(one in words(prompt) for one in theme.prompts)
    form = asked(await group.press("ben", actions(prompt)["Write it"]))
    assert [field.id for field in form.fields] == ["title", "situation", "task", "action", "result"]
    guidance = {part.id: part.guidance for part in group.catalog.parts}
    assert all(field.hint == guidance.get(field.id, field.hint) for field in form.fields)
    kept = shown(await group.submit("ben", form.action, STORY))
    assert all(one in words(kept) for one in theme.listen_for)
    story = told(await group.press("ben", actions(kept)["Read it"]))
    assert all(text in story for text in STORY.values())
    read = shown(await group.choose("ben", "star.story", (await stories(group, "ben"))[STORY["title"]]))
    form = asked(await group.press("ben", actions(read)["Change it"]))
    assert filled(form) == STORY
    await group.submit("ben", form.action, STORY | {"title": "Another name"})
    assert list(await stories(group, "ben")) == ["Another name"]


async def test_the_bank_counts_stories_by_theme_and_says_what_is_missing(group: House) -> None:
    first, second, third, fourth = group.catalog.themes.values()
    bank = told(await group.command("ben", "/star"))
    assert "0 of 4 themes have a story" in bank
    assert bank.count("nothing yet") == 4
    assert f"Still without a story: {second.name}, {third.name}, {fourth.name}." in await tell(group, "ben", first.id)
    await tell(group, "ben", first.id)
    await tell(group, "ben", third.id)
    bank = told(await group.command("ben", "/star"))
    assert "2 of 4 themes have a story" in bank
    assert f"{first.name}: 2 stories" in bank
    assert f"{third.name}: 1 story" in bank
    assert "STAR themes covered: 2 of 4" in told(await group.command("ben", "/progress"))
    await tell(group, "ben", second.id)
    assert "All four themes have a story now" in await tell(group, "ben", fourth.id)
    assert "All four themes have a story." in told(await group.press("ben", "star.bank"))
    assert "0 of 4 themes" in told(await group.command("chi", "/star"))


async def test_a_result_without_a_number_is_told_so_and_one_with_a_number_is_not(group: House) -> None:
    hint = "has no number yet"
    assert hint in await tell(group, "ben", "trade-off", result="It got much better, they said.")
    assert hint not in await tell(group, "ben", "trade-off")


async def test_a_form_with_faults_stays_open_and_keeps_what_was_written(group: House) -> None:
    values = STORY | {"task": "\u200b", "action": "x" * 3_001, "title": "y" * 81}
    reply = await group.submit("ben", "star.save:trade-off", values)
    assert isinstance(reply, Fix)
    assert reply.faults.keys() == {"title", "task", "action"}
    assert reply.values == values
    assert await stories(group, "ben") == {}
    await tell(group, "ben", "trade-off")
    (story,) = (await stories(group, "ben")).values()
    reply = await group.submit("ben", f"star.rewrite:{story}", STORY | {"result": ""})
    assert isinstance(reply, Fix)
    assert reply.faults.keys() == {"result"}


async def test_a_story_at_its_limits_full_of_signs_is_kept_and_read_to_the_letter(group: House) -> None:
    values = {id: f"<{id}> " + "*&`{@ana}" * 333 for id in ("situation", "task", "action", "result")}
    values = {id: text[:3_000] for id, text in values.items()} | {"title": "**" + "&" * 78}
    await group.submit("ben", "star.save:trade-off", values)
    (story,) = (await stories(group, "ben")).values()
    pages = [told(await group.press("ben", f"star.turn:{story}/{page}")) for page in range(1, 40)]
    read = "".join("".join(dict.fromkeys(pages)).split())
    assert all("".join(values[id].split())[:1_000] in read for id in ("situation", "task", "action", "result"))
    form = asked(await group.press("ben", f"star.edit:{story}"))
    assert filled(form) == values


async def test_fifty_stories_are_the_most_and_the_next_one_is_given_back(group: House) -> None:
    for number in range(MOST_STORIES):
        await group.submit("ben", "star.save:trade-off", STORY | {"title": f"Story {number}"})
        group.clock.set(group.clock.now() + timedelta(minutes=1))
    listed = await stories(group, "ben")
    assert len(listed) == 25
    assert "Story 49" in listed
    for reply in (
        await group.command("ben", "/star new trade-off"),
        await group.press("ben", "star.write:trade-off"),
        await group.submit("ben", "star.save:trade-off", STORY),
    ):
        assert "You have 50 stories" in told(reply)
    assert all(text in told(reply) for text in list(STORY.values())[1:])
    reply = await group.submit("ben", f"star.rewrite:{listed['Story 49']}", STORY)
    assert "is kept under" in told(reply)


async def test_a_story_of_somebody_else_cannot_be_read_or_changed_by_hand(group: House) -> None:
    await tell(group, "ben", "trade-off")
    (story,) = (await stories(group, "ben")).values()
    for reply in (
        await group.press("ana", f"star.story:{story}/1"),
        await group.press("ana", f"star.turn:{story}/1"),
        await group.choose("ana", "star.story", story),
        await group.press("ana", f"star.edit:{story}"),
        await group.submit("ana", f"star.rewrite:{story}", STORY | {"title": "Taken over"}),
        await group.press("ben", "star.story:999/1"),
    ):
        assert "That story is not among yours" in told(reply)
    assert list(await stories(group, "ben")) == [STORY["title"]]


async def test_what_is_no_theme_or_story_is_answered_with_what_there_is(group: House) -> None:
    themes = ", ".join(group.catalog.themes)
    for reply in (
        await group.press("ben", "star.write:heroism"),
        await group.choose("ben", "star.new", "heroism"),
        await group.choose("ben", "star.new", ""),
        await group.submit("ben", "star.save:heroism", STORY),
    ):
        assert f"There are 4 themes: {themes}" in told(reply)
    for value in ("", "x", "-1", "9" * 100, "\ud800", "1/1"):
        assert "leads nowhere" in told(await group.choose("ben", "star.story", value))
    assert "Did you mean **trade\\-off**?" in told(await group.command("ben", "/star new trdae-off"))
    assert "Your STAR stories" in told(await group.command("ben", "/star new"))


async def test_the_days_of_stories_offer_to_write_one(group: House) -> None:
    await group.advance(FIRST_POST.replace(month=9, day=9))
    (post,) = group.platform.keyed("daily:1:2026-09-09")
    assert "Day 10" in post.card.title
    assert "Your STAR stories" in told(await group.press("ben", actions(post.card)["Write a STAR story"]))
    assert "Write a STAR story" not in actions(group.platform.keyed("daily:1:2026-09-08")[0].card)


async def test_every_field_of_the_form_takes_what_the_store_holds(group: House) -> None:
    reply = await group.press("ben", "star.write:explaining")
    assert isinstance(reply, Ask)
    assert {field.id: field.most for field in reply.form.fields if isinstance(field, TextField)} == {
        "title": 80, "situation": 3_000, "task": 3_000, "action": 3_000, "result": 3_000}  # fmt: skip
