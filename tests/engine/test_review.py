"""Peer review from the dealing to the feedback, through the front door."""

from datetime import timedelta

import pytest

from bot.catalog import Catalog
from bot.core import codec
from bot.core.events import Fix, Person, Place, Replace, Reply
from bot.core.ui import AnyOf, OneOf, Values
from bot.group.cards import NAMES
from bot.testing import House, actions, told, words

from .scenes import (
    EVERYBODY,
    FIRST_CLOSE,
    FIRST_POST,
    WORDS,
    asked,
    close_first,
    feedback,
    filled,
    give,
    level,
    owed,
    sent,
    shown,
    under_feedback,
    write_all,
    write_review,
)

HOUR = timedelta(hours=1)


@pytest.fixture
async def dealt(group: House) -> House:
    """All four answered the first question by the form; the answers are dealt, each to two of the other three."""
    await close_first(group, *EVERYBODY)
    return group


async def reading(house: House, author: str) -> list[tuple[str, str]]:
    """(who, review) of those who have this author's answer to read; the group shows names."""
    found = []
    for who in house.people:
        read = actions(shown(await house.command(who, "/review"))).get(f"Read {house.people[author].name}'s answer")
        if read is not None:
            found.append((who, read.arg.partition("/")[0]))
    return found


async def settings(house: House, **values: str) -> None:
    """Change how answers and reviews go."""
    form = asked(await house.press("ana", "group.reviewing"))
    current = filled(form, **{field.id: field.value for field in form.fields if isinstance(field, OneOf)})
    assert "Saved" in told(await house.submit("ana", form.action, dict(current) | values))


# Dealing ------------------------------------------------------------------------------------------------------------


async def test_when_answers_close_each_goes_to_two_others_who_hear_of_it_once(dealt: House) -> None:
    assert sorted(sent(dealt, "dealt:")) == sorted(EVERYBODY)
    for author in EVERYBODY:
        readers = {who for who, _ in await reading(dealt, author)}
        assert len(readers) == 2
        assert author not in readers
    for posting in dealt.platform.keyed("dealt:"):
        assert posting.place.direct
        assert len(actions(posting.card)) == 2


async def test_nobody_who_is_away_is_dealt_an_answer_nor_told(group: House) -> None:
    await group.command("ben", "/group leave 2026-08-31 2026-09-01")
    await close_first(group, "ana", "ben")
    assert await owed(group, "ben") == []
    assert sorted(sent(group, "dealt:")) == ["ana", "chi", "dee"]
    assert {who for who, _ in await reading(group, "ben")} < {"ana", "chi", "dee"}


async def test_on_the_groups_day_off_nothing_is_dealt_and_no_lease_ends(group: House) -> None:
    await group.command("ana", "/group skip 2026-09-01 2026-09-01")
    await close_first(group, "ana")
    assert sent(group, "dealt:") == []
    await group.command("ana", "/group skip 2026-09-03 2026-09-03")
    await group.advance(hours=24)
    assert len(sent(group, "dealt:")) == 2
    await group.advance(hours=24)  # the lease would end here
    assert sent(group, "lapsed:") == []
    await group.advance(hours=24)
    assert len(sent(group, "lapsed:")) == 2


async def test_nine_members_are_three_readers_for_each_answer(catalog: Catalog) -> None:
    house = House(catalog, {f"m{n}": Person(f"m{n}", f"M{n}", manages=n == 1, zone="UTC") for n in range(1, 10)})
    await house.set_up(tuple(house.people))
    await close_first(house, "m1", "m2")
    assert len(await reading(house, "m1")) == 3
    assert len(await reading(house, "m2")) == 3


async def test_where_nobody_else_is_there_the_author_hears_it_and_has_the_strong_answer(catalog: Catalog) -> None:
    house = House(catalog)
    await house.set_up(("ana",))
    await close_first(house, "ana")
    assert [text.partition("\n")[0] for text in feedback(house, "ana")] == ["No review this time"]
    look = under_feedback(house, "ana")["Ask for a look"]
    assert "all who are here were asked already" in told(await house.press("ana", look))
    await house.command("ben", "/group join")
    assert "One more of you reads it" in told(await house.press("ana", look))
    await write_all(house, "ben")
    assert "feedback from one reviewer" in feedback(house, "ana")[1]


async def test_a_button_pressed_by_hand_before_the_close_spoils_no_dealing(group: House) -> None:
    await group.advance(FIRST_POST + HOUR)
    for who in EVERYBODY:
        await give(group, who)
    assert "once answers have closed" in told(await group.press("ana", "review.look:1"))
    reply = await group.submit("ana", "review.resubmit:1", {"text": "A better one, much before its time."})
    assert "A better one, much before its time." in told(reply)
    await group.advance(FIRST_CLOSE)
    assert [len(await owed(group, who)) for who in EVERYBODY] == [2, 2, 2, 2]


# Reading and writing ------------------------------------------------------------------------------------------------


async def test_a_reviewer_reads_the_question_the_answer_and_what_each_level_looks_like(dealt: House) -> None:
    (review, _) = await owed(dealt, "ben")
    card = shown(await dealt.press("ben", f"review.open:{review}/1"))
    question = dealt.catalog.questions[_first_question(dealt)]
    assert question.prompt in words(card)
    assert WORDS in words(card)
    guide = told(await dealt.press("ben", actions(card)["Levels and key points"]))
    guide += told(await dealt.press("ben", f"review.turn_guide:{review}/2"))
    for criterion in dealt.catalog.rubric(question.kind):
        assert len(criterion.anchors) == 4
        assert all(anchor.text in guide for anchor in criterion.anchors)
    assert all(point in guide for point in question.key_points)
    assert "Strong answer" in told(await dealt.press("ben", actions(card)["Strong answer"]))


def _first_question(house: House) -> str:
    with house.look() as work:
        round = work.rounds.round(1)
        assert round is not None
        return round.question


async def test_an_answer_of_many_pages_is_read_to_its_end_and_acted_on_there(group: House) -> None:
    await group.advance(FIRST_POST + HOUR)
    (daily,) = group.platform.keyed("daily:")
    for number in range(4):
        await group.say("ana", group.thread(daily), f"<part {number}> " + "& so on " * 300)
    await group.advance(FIRST_CLOSE)
    ((who, review), _) = await reading(group, "ana")
    card, seen = shown(await group.press(who, f"review.open:{review}/1")), ""
    for _ in range(20):
        seen += words(card)
        following = next((action for label, action in actions(card).items() if label.startswith("Next page")), None)
        if following is None:
            break
        assert "Write the review" not in actions(card)
        reply = await group.press(who, following)
        assert isinstance(reply, Replace)
        card = reply.card
    assert "Write the review" in actions(card)
    assert [f"<part {number}>" in seen for number in range(4)] == [True] * 4


async def test_levels_are_kept_between_the_two_steps_and_can_be_changed(dealt: House) -> None:
    (review, _) = await owed(dealt, "ben")
    card = shown(await level(dealt, "ben", review, 2))
    await dealt.advance(hours=3)
    again = asked(await dealt.press("ben", actions(card)["Change the levels"]))
    assert [field.value for field in again.fields if isinstance(field, OneOf)] == ["2"] * len(again.fields)
    form = asked(await dealt.press("ben", actions(card)["Step 2: points and words"]))
    points, flags = (field for field in form.fields if isinstance(field, AnyOf))
    question = dealt.catalog.questions[_first_question(dealt)]
    assert len(points.choices) == len(question.key_points)
    assert {choice.value for choice in flags.choices} == dealt.catalog.flags.keys()
    assert len(flags.choices) == 6
    assert "Review sent" in told(await dealt.submit("ben", form.action, filled(form)))


async def test_words_without_levels_are_refused_and_given_back(dealt: House) -> None:
    (review, _) = await owed(dealt, "ben")
    assert "Give the levels first" in told(await dealt.press("ben", f"review.words:{review}"))
    values = {"keep": "You start from the decision.", "change": "Say how you would watch the drift."}
    reply = told(await dealt.submit("ben", f"review.words:{review}", values))
    assert "Give the levels first" in reply
    assert all(value in reply for value in values.values())
    assert len(await owed(dealt, "ben")) == 2


async def test_a_review_must_name_one_thing_to_keep_and_one_to_change(dealt: House) -> None:
    (review, _) = await owed(dealt, "ben")
    await level(dealt, "ben", review)
    for missing in ("keep", "change"):
        values: Values = {"points": ("0",), "keep": "This.", "change": "That.", missing: " \u200b "}
        reply = await dealt.submit("ben", f"review.words:{review}", values)
        assert isinstance(reply, Fix)
        assert reply.faults.keys() == {missing}
        assert reply.values["points"] == ("0",)
    assert len(await owed(dealt, "ben")) == 2


async def test_a_criterion_without_a_level_is_named_and_nothing_is_kept(dealt: House) -> None:
    (review, _) = await owed(dealt, "ben")
    form = asked(await dealt.press("ben", f"review.levels:{review}"))
    first, *others = form.fields
    reply = await dealt.submit("ben", form.action, {first.id: "3"} | {one.id: "5" for one in others})
    assert isinstance(reply, Fix)
    assert reply.faults.keys() == {one.id for one in others}
    assert "Give the levels first" in told(await dealt.press("ben", f"review.words:{review}"))


async def test_a_review_is_sent_once_and_the_second_time_its_words_come_back(dealt: House) -> None:
    (review, other) = await owed(dealt, "ben")
    assert "1 left" in told(await write_review(dealt, "ben", review))
    assert await owed(dealt, "ben") == [other]
    values = {"keep": "The baseline comes before all.", "change": "Name the metric, please, and why."}
    reply = told(await dealt.submit("ben", f"review.words:{review}", values))
    assert "You have sent this review already" in reply
    assert values["change"] in reply
    assert "sent this review already" in told(await dealt.press("ben", f"review.levels:{review}"))
    assert "sent this review already" in told(await dealt.press("ben", f"review.pass:{review}"))
    assert "That was your last one" in told(await write_review(dealt, "ben", other))


async def test_review_next_opens_the_one_that_is_due_first(dealt: House) -> None:
    (first, second) = await owed(dealt, "ben")
    for review in (first, second):
        card = shown(await dealt.command("ben", "/review next"))
        assert actions(card)["Write the review"].arg == review
        await write_review(dealt, "ben", review)
    assert "You owe nobody a review" in told(await dealt.command("ben", "/review next"))


async def test_a_review_of_somebody_else_cannot_be_opened_by_hand(dealt: House) -> None:
    ((who, review), _) = await reading(dealt, "ana")
    dealt.people["eve"] = Person("eve", "Eve")
    elsewhere = Place("web", "another workspace", "prep")
    for verb in ("open:{}/1", "guide:{}/1", "levels:{}", "words:{}", "pass:{}"):
        action = f"review.{verb.format(review)}"
        for reply in (
            await dealt.press("ana", action),
            await dealt.press("eve", action),
            await dealt.press(who, action, elsewhere),
            await dealt.press(who, f"review.{verb.format(999)}"),
        ):
            assert "That review is somebody else's" in told(reply)


# What the author gets -----------------------------------------------------------------------------------------------


async def test_the_author_gets_one_card_of_feedback_when_all_have_written_and_not_before(dealt: House) -> None:
    (one, other) = await reading(dealt, "ana")
    flag, unused, *_ = dealt.catalog.flags.values()
    await write_review(dealt, *one, at=4, points=("0", "1"), flags=(flag.id,), keep="Keep the *baseline*.")
    assert feedback(dealt, "ana") == []
    await write_review(dealt, *other, at=3, points=("0",), change="Say {@ben} what drifts.")
    (text,) = feedback(dealt, "ana")
    points = dealt.catalog.questions[_first_question(dealt)].key_points
    assert "feedback from 2 reviewers" in text
    assert text.count("**3.2** of 4") == len(dealt.catalog.rubric(dealt.catalog.questions[_first_question(dealt)].kind))
    assert f"{points[0]} (*found by all*)" in text
    assert f"{points[1]} (*found by 1 of 2*)" in text
    assert f"{points[2]} (*not found*)" in text
    assert f"**{flag.label}** (1 of 2). {flag.instead}" in text
    assert unused.label not in text
    assert "Keep the *baseline*." in text
    assert "Say {@ben} what drifts." in text
    await dealt.advance(days=3)
    assert len(feedback(dealt, "ana")) == 1


async def test_hints_cap_the_level_that_feedback_shows(group: House) -> None:
    await group.advance(FIRST_POST + HOUR)
    await group.press("ana", "rounds.hint:1")
    await group.press("ana", "rounds.next_hint:1/2")
    await give(group, "ana")
    await group.advance(FIRST_CLOSE)
    for who, review in await reading(group, "ana"):
        assert "Answered with 2 hints." in told(await group.press(who, f"review.open:{review}/1"))
        await write_review(group, who, review, at=4)
    (text,) = feedback(group, "ana")
    assert "**2.0** of 4" in text
    assert "Hints taken: 2, so the best level within reach was 2" in text


async def test_reviewers_are_told_when_an_answer_was_changed_after_its_author_read_the_strong_one(group: House) -> None:
    await group.advance(FIRST_POST + HOUR)
    for who in ("ana", "ben"):
        await give(group, who)
        await group.press(who, "rounds.strong:1/1")
    await give(group, "ana", "Now I know what to write.")
    await group.advance(FIRST_CLOSE)
    notes = {
        author: "Changed after its author had read the strong answer"
        in told(await group.press(who, f"review.open:{id}/1"))
        for author in ("ana", "ben")
        for who, id in (await reading(group, author))[:1]
    }
    assert notes == {"ana": True, "ben": False}


async def test_a_gap_of_two_levels_calls_a_third_reader_before_the_author_hears(dealt: House) -> None:
    (one, other) = await reading(dealt, "ana")
    await write_review(dealt, *one, at=4)
    await write_review(dealt, *other, at=2)
    assert feedback(dealt, "ana") == []
    ((third, review),) = await reading(dealt, "ana")
    assert third not in {"ana", one[0], other[0]}
    assert "very differently" in words(dealt.platform.keyed("dealt:")[-1].card)
    await write_review(dealt, third, review)
    (text,) = feedback(dealt, "ana")
    assert "feedback from 3 reviewers" in text


async def test_a_gap_of_one_level_calls_nobody(dealt: House) -> None:
    (one, other) = await reading(dealt, "ana")
    await write_review(dealt, *one, at=4)
    await write_review(dealt, *other, at=3)
    assert await reading(dealt, "ana") == []
    assert len(feedback(dealt, "ana")) == 1


async def test_what_peers_found_weak_comes_back_to_its_author(dealt: House) -> None:
    for author, at in (("ana", 1), ("ben", 4)):
        for who, review in await reading(dealt, author):
            await write_review(dealt, who, review, at=at)
    await dealt.advance(days=2)
    title = dealt.catalog.questions[_first_question(dealt)].title
    assert f"- {title}" in told(await dealt.command("ana", "/progress"))
    assert f"- {title}" not in told(await dealt.command("ben", "/progress"))


async def test_a_third_look_that_comes_to_nothing_changes_nothing_for_the_author(dealt: House) -> None:
    for who, review in await reading(dealt, "ana"):
        await write_review(dealt, who, review, at=1)
    await dealt.advance(hours=20)
    await dealt.press("ana", under_feedback(dealt, "ana")["Ask for another look"])
    ((third, review),) = await reading(dealt, "ana")
    await dealt.press(third, f"review.pass:{review}")
    assert len(feedback(dealt, "ana")) == 1
    await dealt.advance(hours=5)  # what was weak is back a day after the feedback, not a day after the pass
    assert "Coming back now" in told(await dealt.command("ana", "/progress"))


# Reviews that do not come -------------------------------------------------------------------------------------------


async def test_a_reviewer_is_reminded_at_half_time_unless_done_or_away(dealt: House) -> None:
    await write_all(dealt, "ben")
    await dealt.advance(hours=11)
    await dealt.command("dee", "/group leave today tomorrow")  # who goes hands on
    assert sent(dealt, "remind:") == []
    await dealt.advance(hours=1)
    assert set(sent(dealt, "remind:")) == {"ana", "chi"}
    assert "Pass it on" in actions(dealt.platform.keyed("remind:")[0].card)
    reminded = sent(dealt, "remind:")
    await dealt.advance(hours=4)
    assert sent(dealt, "remind:") == reminded


async def test_a_review_that_does_not_come_passes_to_somebody_else_and_is_welcome_late(dealt: House) -> None:
    (late, prompt) = await reading(dealt, "ana")
    await write_review(dealt, *prompt)
    await dealt.advance(FIRST_CLOSE + 24 * HOUR)
    assert late[0] in sent(dealt, "lapsed:")
    ((stepping_in, review),) = await reading(dealt, "ana")
    assert stepping_in not in {"ana", late[0], prompt[0]}
    assert feedback(dealt, "ana") == []
    await write_review(dealt, stepping_in, review)
    assert "feedback from 2 reviewers" in feedback(dealt, "ana")[0]
    assert "Review sent" in told(await write_review(dealt, *late, keep="Late, and still."))
    (_, text) = feedback(dealt, "ana")
    assert "feedback from 3 reviewers" in text
    assert "Late, and still." in text


async def test_a_late_review_that_is_written_while_another_steps_in_waits_for_the_other(dealt: House) -> None:
    (late, prompt) = await reading(dealt, "ana")
    await write_review(dealt, *prompt)
    await dealt.advance(FIRST_CLOSE + 24 * HOUR)
    await write_review(dealt, *late)
    assert feedback(dealt, "ana") == []
    await dealt.advance(hours=12)  # who stepped in has half the time, and lets it go, too
    (text,) = feedback(dealt, "ana")
    assert "feedback from 2 reviewers" in text


async def test_who_passes_a_review_on_is_replaced_at_once_and_not_told_off(dealt: House) -> None:
    (one, other) = await reading(dealt, "ana")
    assert "Nothing is held against you" in told(await dealt.press(one[0], f"review.pass:{one[1]}"))
    readers = {who for who, _ in await reading(dealt, "ana")}
    assert readers == set(EVERYBODY) - {"ana", one[0]}
    await dealt.press(one[0], f"review.pass:{one[1]}")
    assert {who for who, _ in await reading(dealt, "ana")} == readers
    await dealt.advance(hours=25)
    assert f"lapsed:{one[1]}" not in {posting.parcel.key for posting in dealt.platform.keyed("lapsed:")}
    assert other[0] in readers


async def test_when_everybody_lets_it_go_the_author_hears_that_nobody_could(dealt: House) -> None:
    while reviews := await reading(dealt, "ana"):
        await dealt.press(reviews[0][0], f"review.pass:{reviews[0][1]}")
    assert ["No review this time" in text for text in feedback(dealt, "ana")] == [True]
    look = under_feedback(dealt, "ana")["Ask for a look"]
    assert "all who are here were asked already" in told(await dealt.press("ana", look))


async def test_three_step_in_for_an_answer_and_then_its_feedback_goes_out_with_what_there_is(catalog: Catalog) -> None:
    house = House(catalog, {f"m{n}": Person(f"m{n}", f"M{n}", manages=n == 1, zone="UTC") for n in range(1, 9)})
    await house.set_up(tuple(house.people))
    await close_first(house, "m1")
    passed = 0
    while reviews := await reading(house, "m1"):
        await house.press(reviews[0][0], f"review.pass:{reviews[0][1]}")
        passed += 1
    assert passed == 2 + 3
    assert ["No review this time" in text for text in feedback(house, "m1")] == [True]


# Taking back --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["delete", "edit"])
async def test_an_answer_that_its_author_takes_back_is_withdrawn_from_its_readers(group: House, how: str) -> None:
    await group.advance(FIRST_POST + HOUR)
    thread = group.thread(group.platform.keyed("daily:")[0])
    await group.say("ana", thread, "This is what I think.", "my message")
    await group.advance(FIRST_CLOSE)
    ((who, review), (other, _)) = await reading(group, "ana")
    if how == "delete":
        await group.delete("ana", thread, "my message")
    else:
        await group.edit("ana", thread, "my message", "\u200b")
    assert "Its author took this answer back" in told(await group.press(who, f"review.open:{review}/1"))
    assert await owed(group, who) == await owed(group, other) == []
    await group.advance(days=2)
    assert sent(group, "remind:") == sent(group, "lapsed:") == sent(group, "feedback:") == []


async def test_an_answer_of_which_a_part_is_taken_back_is_read_as_it_is_then(group: House) -> None:
    await group.advance(FIRST_POST + HOUR)
    thread = group.thread(group.platform.keyed("daily:")[0])
    await group.say("ana", thread, "This part stays.", "one")
    await group.say("ana", thread, "This part goes.", "two")
    await group.advance(FIRST_CLOSE)
    await group.delete("ana", thread, "two")
    ((who, review), _) = await reading(group, "ana")
    answer = told(await group.press(who, f"review.open:{review}/1"))
    assert "This part stays." in answer
    assert "This part goes." not in answer


# The author's buttons -----------------------------------------------------------------------------------------------


@pytest.fixture
async def reviewed(dealt: House) -> House:
    """All wrote all their reviews, and all have their feedback."""
    await write_all(dealt, *EVERYBODY)
    return dealt


async def readers_of(house: House, who: str) -> list[str]:
    """Who reviewed, as the author sees it."""
    text = told(await house.press(who, under_feedback(house, who)["Who reviewed?"]))
    return [line.partition(": ")[2].lower() for line in text.split("\n") if line.startswith("- Reviewer")]


async def test_an_author_thanks_all_reviewers_once_and_stays_unnamed(reviewed: House) -> None:
    readers = await readers_of(reviewed, "ana")
    thanks = under_feedback(reviewed, "ana")["Thank them"]
    assert "Thanks passed on" in told(await reviewed.press("ana", thanks))
    assert sorted(sent(reviewed, "thanks:")) == sorted(readers)
    assert "Ana" not in words(reviewed.platform.keyed("thanks:")[0].card)
    assert "You have thanked them already" in told(await reviewed.press("ana", thanks))
    assert "That is somebody else's answer" in told(await reviewed.press("ben", thanks))
    assert len(sent(reviewed, "thanks:")) == 2


async def test_an_author_asks_one_more_to_look_and_only_once(reviewed: House) -> None:
    readers, look = await readers_of(reviewed, "ana"), under_feedback(reviewed, "ana")["Ask for another look"]
    assert "One more of you reads it" in told(await reviewed.press("ana", look))
    ((third, review),) = await reading(reviewed, "ana")
    assert third not in {"ana", *readers}
    assert "asked for another look at this answer already" in told(await reviewed.press("ana", look))
    await write_review(reviewed, third, review)
    assert "feedback from 3 reviewers" in feedback(reviewed, "ana")[1]


async def test_asking_when_everybody_has_read_it_costs_nothing(reviewed: House) -> None:
    look = under_feedback(reviewed, "ana")["Ask for another look"]
    (missing,) = set(EVERYBODY) - {"ana", *(await readers_of(reviewed, "ana"))}
    await reviewed.command(missing, "/group leave today today")
    assert "Try again tomorrow" in told(await reviewed.press("ana", look))
    await reviewed.advance(days=2)
    assert "One more of you reads it" in told(await reviewed.press("ana", look))


async def test_a_better_version_is_kept_beside_the_first_and_gets_one_more_reader(reviewed: House) -> None:
    form = asked(await reviewed.press("ana", under_feedback(reviewed, "ana")["Write a better version"]))
    assert filled(form) == {"text": WORDS}
    reply = await reviewed.submit("ana", form.action, {"text": "Better: the metric comes first."})
    assert "One more of you reads the new version" in told(reply)
    ((third, review),) = await reading(reviewed, "ana")
    assert "Better: the metric comes first." in told(await reviewed.press(third, f"review.open:{review}/1"))
    await write_review(reviewed, third, review)
    assert "feedback from 3 reviewers" in feedback(reviewed, "ana")[1]
    reply = await reviewed.submit("ana", form.action, {"text": "Better still."})
    assert "nobody is asked again" in told(reply)
    with reviewed.look() as work:
        assert work.rounds.versions(form.action.number) == [WORDS, "Better: the metric comes first.", "Better still."]


async def test_a_better_version_that_says_nothing_is_not_kept(reviewed: House) -> None:
    action = under_feedback(reviewed, "ana")["Write a better version"]
    assert isinstance(await reviewed.submit("ana", action, {"text": "  "}), Fix)
    with reviewed.look() as work:
        assert work.rounds.versions(action.number) == [WORDS]


async def test_the_buttons_under_feedback_serve_its_author_alone(reviewed: House) -> None:
    id = under_feedback(reviewed, "ana")["Who reviewed?"].arg
    for verb in ("who", "thank", "look", "resubmit"):
        assert "That is somebody else's answer" in told(await reviewed.press("ben", f"review.{verb}:{id}"))
        assert "not here any more" in told(await reviewed.press("ana", f"review.{verb}:999"))


# Names --------------------------------------------------------------------------------------------------------------


async def test_reviewers_names_show_after_ones_own_reviews_or_always_or_never(dealt: House) -> None:
    readers = {dealt.people[who].name for who, _ in await reading(dealt, "ana")}
    await write_all(dealt, "ben", "chi", "dee")
    who = under_feedback(dealt, "ana")["Who reviewed?"]
    for own_open, shown_under in ((2, {"always"}), (0, {"always", "after"})):
        if not own_open:
            await write_all(dealt, "ana")
        for setting in NAMES:
            await settings(dealt, reviewer_names=setting)
            text = told(await dealt.press("ana", who))
            named = {name for name in readers if name in text}
            assert named == (readers if setting in shown_under else set())
            assert ("2 left" in text) == (setting == "after" and own_open == 2)
    assert not any(name in text for name in readers for text in feedback(dealt, "ana"))


HIDDEN = {
    "ana": Person("ana", "Ana", manages=True, zone="Europe/Berlin"),
    "ben": Person("ben", "Ben", zone="Europe/London"),
    "zorro": Person("U0ZORRO77", "Quixote Zorro", zone="Asia/Tokyo"),
}
SECRETS = ("zorro", "quixote")


async def test_a_hidden_author_shows_in_no_card_id_or_notification_of_anybody_else(catalog: Catalog) -> None:
    house = House(catalog, HIDDEN)
    await house.set_up(("ana", "ben", "zorro"))
    await settings(house, answer_names="no")
    await house.advance(FIRST_POST + HOUR)
    await house.press("zorro", "rounds.hint:1")
    for who in HIDDEN:
        await give(house, who)
    await give(house, "zorro", "Changed once more, to be sure.")
    await house.advance(FIRST_CLOSE)
    seen: list[Reply] = []
    for reviewer in ("ana", "ben"):
        seen.append(await house.command(reviewer, "/review"))
        seen.append(await house.command(reviewer, "/review next"))
        for review in await owed(house, reviewer):
            for verb in ("open:{}/1", "turn:{}/2", "guide:{}/1", "levels:{}"):
                seen.append(await house.press(reviewer, f"review.{verb.format(review)}"))
            seen.append(await level(house, reviewer, review))
            seen.append(await house.press(reviewer, f"review.words:{review}"))
        for answer in (1, 2, 3):
            for verb in ("who", "thank", "look", "resubmit"):
                seen.append(await house.press(reviewer, f"review.{verb}:{answer}"))
    await house.advance(hours=13)  # reminders
    seen.append(await house.press("ana", f"review.pass:{(await owed(house, 'ana'))[0]}"))
    for review in await owed(house, "ben"):
        seen.append(await write_review(house, "ben", review))
    await house.advance(hours=24)  # lapses, and feedback with what there is
    for verb in ("thank", "look"):
        await house.press("zorro", f"review.{verb}:1")
    await house.submit("zorro", "review.resubmit:1", {"text": "A better one."})
    await house.advance(days=2)
    to_others = [posting for posting in house.platform.postings.values() if posting.place.channel != "U0ZORRO77"]
    told_others = [codec.dumps(face) + posting.parcel.key + posting.parcel.thread
                   for posting in to_others for face in posting.faces]  # fmt: skip
    assert {"dealt", "laid", "remind", "lapsed", "feedback", "thanks"} <= {
        posting.parcel.key.partition(":")[0] for posting in to_others
    }
    for text in [*told_others, *map(codec.dumps, seen)]:
        assert not any(secret in text.lower() for secret in SECRETS), text
    assert sum("Answer A" in text or "Answer B" in text or "Answer C" in text for text in told_others) >= 3 + 2


async def test_who_wrote_in_the_thread_is_known_there_and_so_to_the_reviewers(catalog: Catalog) -> None:
    house = House(catalog, HIDDEN)
    await house.set_up(("ana", "ben", "zorro"))
    await settings(house, answer_names="no")
    await house.advance(FIRST_POST + HOUR)
    await house.say("zorro", house.thread(house.platform.keyed("daily:")[0]), "Said before all.")
    await give(house, "ben")
    await house.advance(FIRST_CLOSE)
    assert "Quixote Zorro's answer" in told(await house.command("ana", "/review"))
    assert "Ben's answer" not in told(await house.command("ana", "/review"))


async def test_a_reviewer_with_closed_messages_reads_in_the_channel_what_nobody_else_can(group: House) -> None:
    group.platform.closed.add("ben")
    await close_first(group, "ana", "chi", "dee")
    (note,) = (posting for posting in group.platform.keyed("note:") if "{@ben}" in words(posting.card))
    assert note.place == group.channel
    assert "answer" not in note.card.title
    read = actions(note.card)["Read it here"]
    assert "yours to review" in told(await group.press("ben", read))
    assert "somebody else" in told(await group.press("ana", read))
