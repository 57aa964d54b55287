"""/star among peers and over time: versions, competencies, practice, sharing, marks, and the group's coverage."""

from datetime import timedelta

import pytest

from bot.core.events import Fix, Person, Place, Replace
from bot.core.ui import ActionId, AnyOf, OneOf, Select
from bot.testing import House, actions, told, words

from .scenes import FIRST_POST, asked, filled, sent, shown

STORY = {
    "title": "The churn model",
    "situation": "A model of mine got worse for weeks before anybody saw it.",
    "task": "I had to find out why, and keep it from coming back.",
    "action": "I rolled it back, and compared the inputs with those of the training.",
    "result": "Recall came back from 41 % to 63 % in nine days.",
}
MARKS = {"situation": "clear", "task": "weak", "action": "clear", "result": "weak/none", "comment": "Say who waited."}
STAR_DAY = FIRST_POST + timedelta(days=9)


async def write(house: House, who: str, theme: str = "failed-model", **parts: str) -> int:
    """A new story; its id."""
    await house.submit(who, f"star.save:{theme}", STORY | parts)
    return house.store.now(lambda work: max(one.id for member in work.groups.members(1)
                                            for one in work.stories.of(member.id)))  # fmt: skip


async def tick(house: House, who: str, story: int, *shows: str) -> str:
    return told(await house.submit(who, f"star.shows:{story}", {"shows": shows}))


# Versions --------------------------------------------------------------------------------------------------------


async def test_every_change_keeps_the_version_before_and_brings_it_back(group: House) -> None:
    story = await write(group, "ben")
    assert "Earlier versions" not in actions(shown(await group.press("ben", f"star.story:{story}/1")))
    await group.submit("ben", f"star.rewrite:{story}", STORY | {"title": "Second"})
    await group.submit("ben", f"star.rewrite:{story}", STORY | {"title": "Third"})
    card = shown(
        await group.press("ben", actions(shown(await group.press("ben", f"star.story:{story}/1")))["Earlier versions"])
    )
    (select,) = [row for row in card.rows if isinstance(row, Select)]
    assert [choice.label for choice in select.choices] == ["Version 2: Second", "Version 1: The churn model"]
    first = shown(await group.choose("ben", "star.version", select.choices[-1].value))
    assert STORY["action"] in words(first)
    await group.press("ben", actions(first)["Bring it back"])
    assert filled(asked(await group.press("ben", f"star.edit:{story}"))) == STORY
    kept = [one.words["title"] for one in group.store.now(lambda work: work.stories.versions(story))]
    assert kept == ["The churn model", "Second", "Third"]


async def test_what_is_sent_again_unchanged_is_no_new_version(group: House) -> None:
    story = await write(group, "ben")
    await group.submit("ben", f"star.rewrite:{story}", STORY)
    assert group.store.now(lambda work: work.stories.versions(story)) == []
    assert "never changed" in told(await group.press("ben", f"star.versions:{story}"))


# Competencies and coverage ---------------------------------------------------------------------------------------


async def test_the_storys_words_tick_the_form_and_its_author_decides(group: House) -> None:
    story = await write(group, "ben")
    form = asked(await group.press("ben", f"star.shows:{story}"))
    (field,) = form.fields
    assert isinstance(field, AnyOf)
    assert "failure" in field.values
    coverage = await tick(group, "ben", story, "rigour", "ownership")
    assert "2 of 14 have a story" in coverage
    assert "Nothing on a mistake of your own yet" in coverage
    (field,) = asked(await group.press("ben", f"star.shows:{story}")).fields
    assert isinstance(field, AnyOf)
    assert set(field.values) == {"rigour", "ownership"}


async def test_the_coverage_says_its_gaps_in_words(group: House) -> None:
    assert "Nothing on a failed model yet" in told(await group.command("ben", "/star coverage"))
    story = await write(group, "ben", result="They were happy.")
    coverage = await tick(group, "ben", story, "ownership", "failure", "rigour", "learning", "delivery")
    assert "Nothing on a failed model yet" not in coverage
    assert "Nothing on a trade-off that you decided yet" in coverage
    assert r"No number in the result: **The churn model**" in coverage
    assert r"Much rests on one story: **The churn model**" in coverage
    whole = [*group.catalog.competencies]
    for theme in ("trade-off", "explaining", "improvement"):
        await write(group, "ben", theme)
    assert "No gap" in await tick(group, "ben", story, *whole)


async def test_a_competency_that_there_is_not_keeps_the_form_open(group: House) -> None:
    story = await write(group, "ben")
    reply = await group.submit("ben", f"star.shows:{story}", {"shows": ("charm",)})
    assert isinstance(reply, Fix)
    assert reply.values == {"shows": ("charm",)}


# Practice --------------------------------------------------------------------------------------------------------


async def test_practice_draws_a_prompt_and_picks_the_story_that_fits(group: House) -> None:
    card = shown(await group.command("ben", "/star practice failure"))
    assert any(prompt in words(card) for prompt in group.catalog.competencies["failure"].prompts)
    assert "Write a story" in actions(card)
    story = await write(group, "ben")
    other = await write(group, "ben", "trade-off", title="The cheaper model", situation="Two were possible.",
                        action="I chose it.")  # fmt: skip
    card = shown(await group.command("ben", "/star practice failure"))
    reply = told(await group.press("ben", actions(card)["Which of mine fits?"]))
    assert "**The churn model** may fit: its words speak of *Learning from a failure*" in reply
    assert all(one in reply for one in group.catalog.competencies["failure"].listen_for)
    await tick(group, "ben", story, "failure")
    select = actions(card)["I told this story"]
    assert "fits: you ticked it" in told(await group.choose("ben", str(select), str(story)))
    reply = told(await group.choose("ben", str(select), str(other)))
    assert "does not speak of *Learning from a failure*. **The churn model** fits better" in reply


async def test_where_no_story_fits_the_gap_is_named(group: House) -> None:
    story = await write(group, "ben")
    card = shown(await group.command("ben", "/star practice mentoring"))
    gap = "Nothing on somebody whom you helped to grow yet"
    assert gap in told(await group.press("ben", actions(card)["Which of mine fits?"]))
    assert gap in told(await group.choose("ben", str(actions(card)["I told this story"]), str(story)))


async def test_practice_walks_through_all_competencies_before_it_repeats(group: House) -> None:
    titles = [shown(await group.command("ben", "/star practice")).title for _ in group.catalog.competencies]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("arg", ["", "failure", "failure/0", "failure/9", "failure/x", "charm/1", "failure/1/1"])
async def test_a_forged_prompt_is_refused(group: House, arg: str) -> None:
    story = await write(group, "ben")
    assert "not here any more" in told(await group.press("ben", f"star.pick:{arg}".rstrip(":")))
    assert "not here any more" in told(await group.choose("ben", f"star.tell:{arg}".rstrip(":"), str(story)))


async def test_a_prompt_is_not_told_with_a_story_of_somebody_else(group: House) -> None:
    story = await write(group, "ben")
    assert "not among yours" in told(await group.choose("chi", "star.tell:failure/1", str(story)))


# Sharing and marks -----------------------------------------------------------------------------------------------


async def test_a_story_is_read_by_peers_only_while_it_is_shared(group: House) -> None:
    story = await write(group, "ben")
    for verb in ("shared", "turn_shared"):
        assert "not shared" in told(await group.press("chi", f"star.{verb}:{story}/1"))
    assert "not shared" in told(await group.press("chi", f"star.mark:{story}"))
    await group.press("ben", actions(shown(await group.press("ben", f"star.story:{story}/1")))["Share with the group"])
    (post,) = group.platform.keyed("story:")
    assert post.place == group.channel
    assert post.parcel.thread == "Story: The churn model"
    assert STORY["situation"] not in words(post.card)
    assert STORY["situation"] in told(await group.press("chi", actions(post.card)["Read it"]))
    assert "shared already" in told(await group.press("ben", f"star.share:{story}"))
    await group.press("ben", actions(shown(await group.press("ben", f"star.story:{story}/1")))["Take it back"])
    assert actions(group.platform.keyed("story:")[0].card) == {}
    assert "not shared any more" in told(await group.press("chi", f"star.shared:{story}/1"))
    await group.press("ben", f"star.share:{story}")
    assert len(group.platform.keyed("story:")) == 2


async def test_peers_mark_each_part_and_the_author_sees_what_is_weak(group: House) -> None:
    story = await write(group, "ben", result="They were happy in the end.")
    await group.press("ben", f"star.share:{story}")
    (post,) = group.platform.keyed("story:")
    form = asked(await group.press("chi", actions(post.card)["Mark its parts"]))
    assert [field.id for field in form.fields] == ["situation", "task", "action", "result", "comment"]
    assert "with the author" in told(await group.submit("chi", form.action, MARKS))
    await group.submit("dee", form.action, MARKS | {"result": "missing/none", "comment": ""})
    assert sent(group, "star-marked:") == ["ben", "ben"]
    told_ = words(group.platform.keyed("star-marked:")[0].card)
    assert "- Task: weak" in told_
    assert "A number in the result: none found" in told_
    assert "Say who waited." in told_
    page = told(await group.press("ben", f"star.story:{story}/1"))
    assert "What 2 peers marked" in page
    assert "Task: weak for 2" in page
    assert "Result: weak for 1, missing for 1" in page
    assert "0 of 2 found one" in page
    reply = told(await group.choose("ben", "star.tell:failure/1", str(story)))
    assert "Your peers find the task and the result weak" in reply


async def test_marking_again_replaces_and_a_new_version_makes_marks_old(group: House) -> None:
    story = await write(group, "ben")
    await group.press("ben", f"star.share:{story}")
    await group.submit("chi", f"star.mark:{story}", MARKS)
    form = asked(await group.press("chi", f"star.mark:{story}"))
    assert {field.id: field.value for field in form.fields if isinstance(field, OneOf)} == {
        key: value for key, value in MARKS.items() if key != "comment"}  # fmt: skip
    await group.submit("chi", f"star.mark:{story}", MARKS | {"task": "clear", "result": "clear/number"})
    assert len(group.store.now(lambda work: work.stories.marks(story))) == 1
    assert sent(group, "star-marked:") == ["ben"]
    await group.submit("ben", f"star.rewrite:{story}", STORY | {"task": "I owned it."})
    assert "1 of 1 marked an earlier version" in told(await group.press("ben", f"star.story:{story}/1"))
    await group.submit("chi", f"star.mark:{story}", MARKS)
    assert sent(group, "star-marked:") == ["ben", "ben"]


async def test_nobody_marks_their_own_story_and_faults_keep_what_was_typed(group: House) -> None:
    story = await write(group, "ben")
    await group.press("ben", f"star.share:{story}")
    assert "This story is yours" in told(await group.press("ben", f"star.mark:{story}"))
    assert "This story is yours" in told(await group.submit("ben", f"star.mark:{story}", MARKS))
    values = MARKS | {"task": "brilliant", "comment": "x" * 501}
    reply = await group.submit("chi", f"star.mark:{story}", values)
    assert isinstance(reply, Fix)
    assert reply.faults.keys() == {"task", "comment"}
    assert reply.values == values


async def test_strangers_other_groups_and_authors_who_left_show_and_see_nothing(group: House) -> None:
    group.people["eve"] = Person("eve", "Eve", manages=True, zone="UTC")
    story = await write(group, "ben")
    await group.press("ben", f"star.share:{story}")
    elsewhere = Place("web", "home", "other")
    await group.submit("eve", "group.setup:two-weeks", {"zone": "UTC", "post_at": "08:00", "weekdays": tuple("0123456"),
                                                        "start": "today", "pace": "24-24"}, where=elsewhere)  # fmt: skip
    for verb in ("shared", "turn_shared"):
        for where in (group.channel, elsewhere):
            assert "/group join" in told(await group.press("eve", f"star.{verb}:{story}/1", where))
    assert "/group join" in told(await group.submit("eve", f"star.mark:{story}", MARKS))
    abroad = Place("web", "abroad", "prep")
    assert "no study group here" in told(await group.press("eve", f"star.shared:{story}/1", abroad))
    await group.press("ben", "group.quit:1")
    assert "not shared any more" in told(await group.press("chi", f"star.shared:{story}/1"))


async def test_a_story_can_be_worked_on_in_direct_messages(group: House) -> None:
    story = await write(group, "ben")
    here = group.direct("ben")
    assert STORY["result"] in told(await group.press("ben", f"star.story:{story}/1", here))
    assert "Shared" in told(await group.press("ben", f"star.share:{story}", here))
    assert group.platform.keyed("story:")[0].place == group.channel


async def test_of_somebody_elses_story_nothing_can_be_done_by_hand(group: House) -> None:
    story = await write(group, "ben")
    await group.submit("ben", f"star.rewrite:{story}", STORY | {"title": "Second"})
    for verb, arg in (("versions", ""), ("version", "/1/1"), ("turn_version", "/1/1"), ("restore", "/1"), ("shows", ""),
                      ("share", ""), ("take_back", "")):  # fmt: skip
        assert "not among yours" in told(await group.press("ana", f"star.{verb}:{story}{arg}")), verb
    assert "not among yours" in told(await group.submit("ana", f"star.shows:{story}", {"shows": ("rigour",)}))
    for verb, arg in (("version", "2/1"), ("restore", "2"), ("restore", "0")):
        assert "That version is not here" in told(await group.press("ben", f"star.{verb}:{story}/{arg}"))


async def test_what_people_write_is_drawn_to_the_letter_wherever_it_goes(group: House) -> None:
    harm = "{@ana} **bold** `code` <!channel> \\ & {t:1790000000}"
    story = await write(group, "ben", title=harm[:80], situation=harm)
    await group.press("ben", f"star.share:{story}")
    await group.submit("chi", f"star.mark:{story}", MARKS | {"comment": harm})
    for text in (
        words(group.platform.keyed("story:")[0].card),
        words(group.platform.keyed("star-marked:")[0].card).split("change:")[0],
    ):
        assert "{@ana}" not in text.replace(r"\{\@ana\}", "")


# The group's coverage --------------------------------------------------------------------------------------------


async def test_the_group_sees_its_coverage_from_the_day_of_stories_on_and_no_story(group: House) -> None:
    story = await write(group, "ben")
    await tick(group, "ben", story, "failure")
    await group.advance(STAR_DAY - timedelta(hours=1))
    assert "from day 10 of the plan on" in told(await group.command("chi", "/star group"))
    await group.advance(STAR_DAY)
    card = shown(await group.command("chi", "/star group"))
    assert "A model that failed, and its fix: 1 of 4" in words(card)
    assert "Learning from a failure: 1 of 4" in words(card)
    assert "Nothing on a trade-off that you decided yet" in words(card)
    assert "churn" not in words(card)
    assert words(card) == told(await group.press("dee", "star.group"))


async def test_the_thread_of_a_day_of_stories_gets_the_groups_coverage_when_it_closes(group: House) -> None:
    await write(group, "ben")
    await group.advance(STAR_DAY + timedelta(hours=23))
    assert group.platform.keyed("star-stand:") == []
    await group.advance(STAR_DAY + timedelta(hours=25))
    (stand,) = group.platform.keyed("star-stand:")
    (daily,) = group.platform.keyed("daily:1:2026-09-09")
    assert stand.place.thread == daily.id
    assert "1 of 4" in words(stand.card)
    await group.advance(STAR_DAY + timedelta(hours=60))
    assert len(group.platform.keyed("star-stand:")) == 2


async def test_a_paused_group_and_a_day_off_get_no_coverage(group: House) -> None:
    await group.advance(STAR_DAY + timedelta(hours=1))
    await group.command("ana", "/group pause")
    await group.advance(STAR_DAY + timedelta(hours=26))
    await group.command("ana", "/group resume")
    await group.command("ana", "/group skip 2026-09-11")
    await group.advance(STAR_DAY + timedelta(hours=60))
    assert group.platform.keyed("star-stand:") == []


async def test_a_page_of_a_version_is_turned_in_its_place(group: House) -> None:
    story = await write(group, "ben", action="word " * 590)
    await group.submit("ben", f"star.rewrite:{story}", STORY)
    assert isinstance(await group.press("ben", ActionId("star.turn_version", f"{story}/1/2")), Replace)
