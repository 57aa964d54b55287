"""Answers by the form and by the thread, hints, follow-ups and the strong answer, until the round closes and after."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalog import Catalog, Question
from bot.core.events import Ask, Fix, Person, Place, Replace, Show
from bot.core.markup import blank, clean
from bot.core.ui import Card, Prose, Said, TextField
from bot.rounds.rules import ANSWER_MOST, Answer
from bot.testing import House, Posting, actions, told, words

INERT = "**no** `code` <!channel> @everyone {@ana} <@U1> [x](y) \\* 1 < 2 & 3 \u200b\u202etxet\u202c\n> quote\n- item"
PAST_DEADLINE = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)  # 08:00 in Berlin: the very moment at which answers close


def post(house: House) -> Posting:
    """The post of day 1."""
    return house.platform.keyed("daily:")[0]


def thread(house: House) -> Place:
    return house.thread(post(house))


def question(house: House) -> Question:
    with house.look() as work:
        round = work.rounds.round(1)
        assert round is not None
        return work.catalog.questions[round.question]


def stored(house: House, who: str) -> Answer:
    """A member's answer to round 1 as it is kept."""
    with house.look() as work:
        _, member = work.groups.at(house.channel, house.people[who])
        assert member is not None
        answer = work.rounds.answer_of(1, member.id)
    assert answer is not None
    return answer


def versions(house: House, who: str) -> list[str]:
    answer = stored(house, who)
    with house.look() as work:
        return work.rounds.versions(answer.id)


def said_on(cards: list[Card]) -> str:
    """What people said on these cards, to the letter."""
    return "".join(part.text for card in cards for part in card.body if isinstance(part, Said))


def laid(house: House) -> list[Card]:
    """What was laid in the thread when the round closed."""
    return [one.card for one in house.platform.keyed("laid:")]


async def answer(house: House, who: str, text: str) -> str:
    return told(await house.submit(who, "rounds.answer:1", {"text": text}))


# In the thread ------------------------------------------------------------------------------------------------------


async def test_several_messages_of_a_member_are_one_answer_in_their_order(day_one: House) -> None:
    place = thread(day_one)
    for who, text in (("ben", "First the baseline."), ("chi", "I disagree.")):
        first = await day_one.say(who, place, text)
        assert isinstance(first, Show)
        assert first.card.title == "Taken as your answer"
        assert question(day_one).title in told(first)
        assert list(actions(first.card)) == ["It was just talk", "Strong answer"]
    assert told(await day_one.say("ben", place, "Then the trees.")) == ""  # said once: the thread is for talking
    assert stored(day_one, "ben").text == "First the baseline.\n\nThen the trees."
    assert stored(day_one, "chi").text == "I disagree."


async def test_an_edit_and_a_deletion_are_followed_and_every_version_is_kept(day_one: House) -> None:
    place = thread(day_one)
    await day_one.say("ben", place, "One.", "m-one")
    await day_one.say("ben", place, "Two.", "m-two")
    await day_one.edit("ben", place, "m-one", "One, mended.")
    await day_one.delete("ben", place, "m-two")
    assert stored(day_one, "ben").text == "One, mended."
    assert versions(day_one, "ben") == ["One.", "One.\n\nTwo.", "One, mended.\n\nTwo.", "One, mended."]


async def test_just_talk_takes_thread_messages_back_and_a_later_message_counts_again(day_one: House) -> None:
    first = await day_one.say("ben", thread(day_one), "Who else is here?")
    assert isinstance(first, Show)
    talk = actions(first.card)["It was just talk"]
    await day_one.say("ben", thread(day_one), "Good morning!")
    await day_one.say("chi", thread(day_one), "My answer.")
    await answer(day_one, "ben", "By the form.")
    gone = await day_one.press("ben", talk)
    assert isinstance(gone, Show)
    assert "stays in the thread and is not your answer" in told(gone)
    assert isinstance(await day_one.press("ben", actions(gone.card)["Answer"]), Ask)
    assert stored(day_one, "ben").text == "By the form."
    assert stored(day_one, "chi").text == "My answer."
    assert "Nothing that you wrote in the thread counts" in told(await day_one.press("ben", talk))
    assert "Nothing that you wrote in the thread counts" in told(await day_one.press("dee", talk))
    await day_one.say("ben", thread(day_one), "And now in the thread.")
    assert stored(day_one, "ben").text == "By the form.\n\nAnd now in the thread."
    await day_one.advance(PAST_DEADLINE)
    assert "Answers to this question closed" in told(await day_one.press("ben", talk))
    assert stored(day_one, "ben").text == "By the form.\n\nAnd now in the thread."


async def test_who_said_just_talk_and_nothing_else_has_given_no_answer(day_one: House) -> None:
    await day_one.say("ben", thread(day_one), "Who else is here?")
    await day_one.press("ben", "rounds.just_talk:1")
    assert not stored(day_one, "ben").given
    assert "strong answer is yours once you have answered" in told(await day_one.press("ben", "rounds.strong:1/1"))
    await day_one.advance(PAST_DEADLINE)
    assert "Nobody answered this one" in words(day_one.platform.keyed("closed:")[0].card)
    assert day_one.platform.keyed("dealt:") == []


async def test_nobody_edits_or_deletes_what_somebody_else_wrote(day_one: House) -> None:
    await day_one.say("ben", thread(day_one), "Mine.", "m-ben")
    await day_one.edit("chi", thread(day_one), "m-ben", "Not yours.")
    await day_one.delete("dee", thread(day_one), "m-ben")
    assert stored(day_one, "ben").text == "Mine."


visible = st.text(min_size=1, max_size=40).filter(lambda text: not blank(clean(text)))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.just(0), visible),
        st.tuples(st.just("edit"), st.integers(0, 4), visible),
        st.tuples(st.sampled_from(["delete", "edit to nothing"]), st.integers(0, 4), st.just("\u200b")),
        st.tuples(st.just("form"), st.just(0), visible),
    ),
    max_size=12,
)


@settings(max_examples=20)
@given(steps=steps)
async def test_whatever_is_written_edited_and_deleted_the_stored_answer_is_what_stands_there(
    catalog: Catalog, steps: list[tuple[str, int, str]]
) -> None:
    house = House(catalog)
    await house.set_up()
    await house.advance(hours=1)
    standing: dict[str, str] = {}
    texts = [""]
    for number, (what, which, text) in enumerate(steps):
        messages = [id for id in standing if id != "form"]
        message = messages[which % len(messages)] if messages and what != "say" else f"m{number}"
        if what == "form":
            standing["form"] = clean(text)
            await answer(house, "ben", text)
        elif what == "say" or (what == "edit" and messages):
            standing[message] = clean(text)
            await (house.say("ben", thread(house), text, message) if what == "say"
                   else house.edit("ben", thread(house), message, text))  # fmt: skip
        elif messages:
            del standing[message]
            await (house.delete("ben", thread(house), message) if what == "delete"
                   else house.edit("ben", thread(house), message, text))  # fmt: skip
        now = "\n\n".join(standing.values())
        texts += [now] if now != texts[-1] else []
    if len(texts) > 1:
        assert stored(house, "ben").text == texts[-1]
        assert versions(house, "ben") == texts[1:]
    await house.advance(days=1)
    assert said_on(laid(house)) == standing.get("form", "")


async def test_words_elsewhere_are_no_answer_and_get_no_reply(day_one: House) -> None:
    for place in (day_one.channel, Place("web", "home", "prep", "m999"), Place("web", "home", "other", post(day_one).id),
                  Place("web", "other-team", "prep", post(day_one).id), day_one.direct("ben")):  # fmt: skip
        assert told(await day_one.say("ben", place, "Just talking.")) == ""
    assert "Answers given: 0" in told(await day_one.command("ben", "/progress"))


@pytest.mark.parametrize("text", ["", "  \n ", "\u200b\u200d\ufeff", "\u2800\u3164", "\x00"])
async def test_what_shows_nothing_is_no_answer(day_one: House, text: str) -> None:
    assert told(await day_one.say("ben", thread(day_one), text)) == ""
    reply = await day_one.submit("ben", "rounds.answer:1", {"text": text})
    assert isinstance(reply, Fix)
    assert reply.faults == {"text": "This one is needed: write a few words."}
    assert "Answers given: 0" in told(await day_one.command("ben", "/progress"))
    assert "strong answer is yours once you have answered" in told(await day_one.press("ben", "rounds.strong:1/1"))


async def test_who_is_no_member_is_told_once_how_to_be_one_and_counts_from_then_on(day_one: House) -> None:
    day_one.people["eve"] = Person("eve", "Eve", zone="Asia/Kolkata")
    hint = await day_one.say("eve", thread(day_one), "May I?", "m-eve")
    assert isinstance(hint, Show)
    assert hint.card.title == "Your message is not collected"
    assert told(await day_one.say("eve", thread(day_one), "Hello?")) == ""
    for action in (
        "rounds.answer:1",
        "rounds.hint:1",
        "rounds.strong:1/1",
        "rounds.follow:1/1",
        "plan.done:2026-08-31",
    ):
        assert "Type /group join" in told(await day_one.press("eve", action))
    await day_one.press("eve", actions(hint.card)["Join"])
    await day_one.edit("eve", thread(day_one), "m-eve", "May I? Yes.")
    await day_one.say("eve", thread(day_one), "Now it counts.")
    assert stored(day_one, "eve").text == "May I? Yes.\n\nNow it counts."


async def test_an_answer_that_grows_too_long_keeps_what_it_had_and_says_how_much_fits(day_one: House) -> None:
    await day_one.say("ben", thread(day_one), "Short.")
    said = told(await day_one.say("ben", thread(day_one), "x" * 40_000, "m-long"))
    assert "your answer has 40,008 characters; reviewers read up to 12,000" in said
    assert stored(day_one, "ben").text == "Short."
    await day_one.edit("ben", thread(day_one), "m-long", "y" * (ANSWER_MOST - 8))
    assert len(stored(day_one, "ben").text) == ANSWER_MOST


# By the form --------------------------------------------------------------------------------------------------------


async def test_the_form_opens_with_what_i_wrote_there_before(day_one: House) -> None:
    await answer(day_one, "ben", INERT)
    await day_one.say("ben", thread(day_one), "More, in the thread.")
    reply = await day_one.press("ben", actions(post(day_one).card)["Answer"])
    assert isinstance(reply, Ask)
    [field] = reply.form.fields
    assert isinstance(field, TextField)
    assert (field.value, field.multiline) == (INERT, True)
    assert field.hint == "This adds to what you wrote in the thread. Unseen until answers close."
    await answer(day_one, "ben", "Only this.")
    assert stored(day_one, "ben").text == "Only this.\n\nMore, in the thread."
    other = await day_one.press("chi", "rounds.answer:1")
    assert isinstance(other, Ask)
    assert INERT not in told(other)
    assert other.form.fields[0] == TextField(
        "text", field.label, "Unseen by the others until answers close.", "", multiline=True
    )


async def test_nobody_sees_an_answer_of_the_form_until_the_round_closes(day_one: House) -> None:
    await answer(day_one, "ben", "The secret ingredient.")
    await day_one.advance(hours=23, minutes=59)
    seen = [words(one.card) for one in day_one.platform.postings.values()]
    seen += [told(await day_one.command("chi", text)) for text in ("/plan today", "/review", "/progress", "/plan all")]
    assert not any("secret" in text for text in seen)
    await day_one.advance(minutes=1)
    [card] = laid(day_one)
    assert card.title == "Ben's answer"
    assert said_on([card]) == "The secret ingredient."
    [posting] = day_one.platform.keyed("laid:")
    assert posting.place == thread(day_one)
    [closed] = day_one.platform.keyed("closed:")
    assert (closed.place, "1 came in" in words(closed.card)) == (thread(day_one), True)


@pytest.mark.parametrize(
    ("setting", "names"), [("yes", ["Ben's answer", "Chi's answer"]), ("no", ["Answer A", "Answer B"])]
)
async def test_the_group_chooses_names_or_letters_for_answers_of_the_form(
    day_one: House, setting: str, names: list[str]
) -> None:
    values = {"answer_hours": "24", "review_hours": "24", "reviewers": "0", "reviewer_names": "after"}
    await day_one.submit("ana", "group.reviewing", values | {"answer_names": setting})
    for who in ("ben", "chi"):
        await answer(day_one, who, "Trees.")
    await day_one.advance(days=1)
    assert sorted(card.title for card in laid(day_one)) == names


async def test_a_letter_is_no_use_to_somebody_whose_name_stood_in_the_thread(day_one: House) -> None:
    values = {"answer_hours": "24", "review_hours": "24", "reviewers": "0", "reviewer_names": "after"}
    await day_one.submit("ana", "group.reviewing", values | {"answer_names": "no"})
    await answer(day_one, "ben", "By the form.")
    await day_one.say("ben", thread(day_one), "And in the thread.")
    await day_one.advance(days=1)
    assert [(card.title, said_on([card])) for card in laid(day_one)] == [("Ben's answer", "By the form.")]


async def test_a_long_answer_full_of_markup_is_laid_in_pages_to_the_letter_and_never_parsed(day_one: House) -> None:
    text = (INERT + "\n") * 30
    assert 2_500 < len(text) <= 3_000
    await answer(day_one, "ben", text)
    await day_one.advance(days=1)
    cards = laid(day_one)
    assert [card.title for card in cards] == [f"Ben's answer ({n} of {len(cards)})" for n in range(1, len(cards) + 1)]
    assert len(cards) > 1
    assert said_on(cards) == text
    assert not any(isinstance(part, Prose) for card in cards for part in card.body)


async def test_what_the_thread_has_seen_is_not_laid_in_it_again(day_one: House) -> None:
    await day_one.say("ben", thread(day_one), "Public at once.")
    await day_one.advance(days=1)
    assert laid(day_one) == []


async def test_40_000_characters_in_the_form_are_given_back_with_what_to_do(day_one: House) -> None:
    text = "A long story. " * 2_858
    reply = await day_one.submit("ben", "rounds.answer:1", {"text": text})
    assert isinstance(reply, Fix)
    assert reply.faults == {"text": "That is 40,012 characters; 3,000 fit here. Shorten it by 37,012."}
    assert reply.values == {"text": text}


async def test_form_and_thread_together_have_one_limit(day_one: House) -> None:
    await day_one.say("ben", thread(day_one), "x" * (ANSWER_MOST - 10))
    reply = await day_one.submit("ben", "rounds.answer:1", {"text": "y" * 20})
    assert isinstance(reply, Fix)
    assert "12,012 characters; 12,000 fit. Shorten it by 12" in reply.faults["text"]
    assert "Kept." in await answer(day_one, "ben", "y" * 8)


# The deadline -------------------------------------------------------------------------------------------------------


async def test_an_evenings_answer_after_midnight_counts_for_the_posts_own_day(day_one: House) -> None:
    await day_one.advance(datetime(2026, 8, 31, 22, 30, tzinfo=UTC))  # half past midnight in Berlin
    await answer(day_one, "ana", "Late, but before the deadline.")
    await day_one.advance(datetime(2026, 9, 1, 21, 0, tzinfo=UTC))
    assert "Streak: 1 day" in told(await day_one.command("ana", "/progress"))
    with day_one.look() as work:
        assert {day.isoformat() for day in work.groups.active_days(1)} == {"2026-08-31"}


@pytest.mark.parametrize("length", [60, 40_000])
async def test_past_the_deadline_the_text_is_given_back_to_the_letter(day_one: House, length: int) -> None:
    text = (INERT * (length // len(INERT) + 1))[:length]
    day_one.clock.set(PAST_DEADLINE)  # the ticker has not come round yet
    reply = await day_one.submit("ben", "rounds.answer:1", {"text": text})
    assert isinstance(reply, Show)
    assert "Answers to this question closed" in told(reply)
    assert said_on(list(reply.more)) == text
    assert "closed" in told(await day_one.press("ben", "rounds.answer:1"))
    assert "Answers given: 0" in told(await day_one.command("ben", "/progress"))


async def test_after_the_close_an_edit_changes_nothing_and_its_author_is_told_once(day_one: House) -> None:
    await day_one.say("ben", thread(day_one), "As it was.", "m-ben")
    await day_one.advance(PAST_DEADLINE)
    assert told(await day_one.say("ben", thread(day_one), "Nice question.")) == ""  # they answered: this is talk
    assert "reviewers read what was there by then" in told(
        await day_one.edit("ben", thread(day_one), "m-ben", "Much better now.")
    )
    assert told(await day_one.edit("ben", thread(day_one), "m-ben", "Better still.")) == ""
    assert "Answers are closed" in told(await day_one.say("dee", thread(day_one), "My answer, at last."))
    assert stored(day_one, "ben").text == "As it was."
    assert versions(day_one, "ben") == ["As it was."]


async def test_an_answer_taken_back_after_the_close_is_reviewed_by_nobody(day_one: House) -> None:
    await day_one.say("ben", thread(day_one), "I regret this.", "m-ben")
    await day_one.advance(PAST_DEADLINE)
    await day_one.delete("ben", thread(day_one), "m-ben")
    replies = [told(await day_one.command(who, "/review")) for who in ("ana", "chi", "dee")]
    assert replies == [replies[0]] * 3
    assert "Nothing to review" in replies[0]


async def test_a_round_that_nobody_answered_says_so_and_asks_nobody_for_a_review(day_one: House) -> None:
    await day_one.press("ben", "rounds.hint:1")  # begun is not answered
    await day_one.advance(PAST_DEADLINE)
    assert "Nobody answered this one" in words(day_one.platform.keyed("closed:")[0].card)
    assert laid(day_one) == []
    assert day_one.platform.keyed("dealt:") == []


# Hints, the strong answer, follow-ups ---------------------------------------------------------------------------------


async def test_each_hint_costs_a_level_once_however_often_it_is_pressed(day_one: House) -> None:
    hints = question(day_one).hints
    first = await day_one.press("ben", actions(post(day_one).card)["Hint"])
    assert isinstance(first, Show)
    assert hints[0] in told(first)
    assert hints[1] not in told(first)
    assert "With 1 hint the best level you can still reach is **3 of 4**" in told(first)
    await day_one.press("ben", "rounds.hint:1")
    following = next(action for label, action in actions(first.card).items() if label.startswith("Next hint"))
    for _ in range(2):
        second = told(await day_one.press("ben", following))
    assert "With 2 hints the best level you can still reach is **2 of 4**" in second
    assert hints[1] in second
    await day_one.press("ben", "rounds.next_hint:1/1")  # an older card's button gives no level back
    assert (stored(day_one, "ben").hints, stored(day_one, "ben").given) == (2, False)
    assert "With 1 hint" in told(await day_one.press("chi", "rounds.hint:1"))


async def test_hints_cannot_be_jumped_to_and_end_where_there_are_no_more(day_one: House) -> None:
    hints = question(day_one).hints
    reply = told(await day_one.press("ben", f"rounds.next_hint:1/{len(hints)}"))
    assert hints[0] in reply
    assert hints[-1] not in reply
    assert f"This question has {len(hints)} hints" in told(
        await day_one.press("ben", f"rounds.next_hint:1/{len(hints) + 1}")
    )
    assert stored(day_one, "ben").hints == 1


async def test_hints_are_free_once_answered_and_once_closed(day_one: House) -> None:
    await answer(day_one, "ben", "Without any help.")
    assert "best level" not in told(await day_one.press("ben", "rounds.hint:1"))
    assert "best level" not in told(await day_one.press("ben", "rounds.next_hint:1/2"))
    assert stored(day_one, "ben").hints == 0
    await day_one.advance(PAST_DEADLINE)
    assert question(day_one).hints[0] in told(await day_one.press("chi", "rounds.hint:1"))


async def test_the_strong_answer_shows_to_me_after_i_answered_and_to_nobody_else(day_one: House) -> None:
    withheld = "The strong answer is yours once you have answered"
    strong = question(day_one).strong_answer.split("\n")[0]
    await day_one.press("ben", "rounds.hint:1")
    assert withheld in told(await day_one.press("ben", "rounds.strong:1/1"))
    await day_one.say("ben", thread(day_one), "Here I go.", "m-ben")
    assert strong in told(await day_one.press("ben", "rounds.strong:1/1"))
    for action in ("rounds.strong:1/1", "rounds.strong:1/2", "rounds.turn:1/2"):
        assert withheld in told(await day_one.press("chi", action))
    await day_one.delete("ben", thread(day_one), "m-ben")
    assert withheld in told(await day_one.press("ben", "rounds.strong:1/1"))


async def test_when_the_round_is_over_everybody_reads_the_strong_answer_with_its_points_and_mistakes(
    day_one: House,
) -> None:
    await day_one.advance(PAST_DEADLINE)
    one = question(day_one)
    button = actions(day_one.platform.keyed("closed:")[0].card)["Strong answer"]
    reply = await day_one.press("chi", button)
    said = told(reply)
    while isinstance(reply, Show | Replace) and (
        turn := next((act for label, act in actions(reply.card).items() if label.startswith("Next page")), None)
    ):
        reply = await day_one.press("chi", turn)
        said += told(reply)
    wanted = [one.tests, *one.key_points, *(mistake.text for mistake in one.mistakes)]
    assert [part for part in wanted if part not in said] == []


async def test_what_is_changed_after_reading_the_strong_answer_is_marked_for_reviewers(day_one: House) -> None:
    await answer(day_one, "ben", "My own words.")
    await answer(day_one, "ben", "My own better words.")
    assert not stored(day_one, "ben").edited_after_reveal
    await day_one.press("ben", "rounds.strong:1/1")
    await answer(day_one, "ben", "My own better words.")  # the same again is no change
    assert versions(day_one, "ben") == ["My own words.", "My own better words."]
    assert not stored(day_one, "ben").edited_after_reveal
    await answer(day_one, "ben", "What the strong answer says.")
    assert stored(day_one, "ben").edited_after_reveal


async def test_taking_an_answer_back_and_writing_it_anew_does_not_hide_that_the_strong_one_was_read(
    day_one: House,
) -> None:
    await day_one.say("ben", thread(day_one), "?", "m-ben")
    await day_one.press("ben", "rounds.strong:1/1")
    await day_one.delete("ben", thread(day_one), "m-ben")
    await day_one.say("ben", thread(day_one), "What the strong answer says.")
    assert stored(day_one, "ben").edited_after_reveal


async def test_follow_ups_come_after_the_answer_one_by_one(day_one: House) -> None:
    follow_ups = question(day_one).follow_ups
    for action in ("rounds.follow:1/1", "rounds.answer_follow:1/1"):
        assert "A follow-up comes after your answer" in told(await day_one.press("ben", action))
    kept = await day_one.submit("ben", "rounds.answer:1", {"text": "My answer."})
    assert isinstance(kept, Show)
    reply = await day_one.press("ben", actions(kept.card)["A follow-up question"])
    for number, text in enumerate(follow_ups, start=1):
        assert isinstance(reply, Show)
        assert f"Follow-up {number} of {len(follow_ups)}" in reply.card.title
        assert text in told(reply)
        following = actions(reply.card).get("Next follow-up")
        assert (following is None) == (number == len(follow_ups))
        reply = await day_one.press("ben", following) if following else reply
    assert f"has {len(follow_ups)} follow-ups" in told(
        await day_one.press("ben", f"rounds.follow:1/{len(follow_ups) + 1}")
    )
    again = await day_one.submit("ben", "rounds.answer:1", {"text": "My answer, mended."})
    assert isinstance(again, Show)
    assert "A follow-up question" not in actions(again.card)  # all were asked


async def test_a_follow_ups_answer_joins_the_answer_with_its_question_and_can_be_changed(day_one: House) -> None:
    asked = question(day_one).follow_ups[0]
    await answer(day_one, "ben", "My answer.")
    for text in ("A first try.", "A second\n\ntry."):
        await day_one.submit("ben", "rounds.answer_follow:1/1", {"text": text})
        reply = await day_one.press("ben", "rounds.answer_follow:1/1")
        assert isinstance(reply, Ask)
        assert isinstance(field := reply.form.fields[0], TextField)
        assert (reply.form.intro, field.value) == (asked, text)
    assert stored(day_one, "ben").text == f"My answer.\n\nFollow-up: {asked}\nA second\n\ntry."
    await day_one.advance(PAST_DEADLINE)
    assert said_on(laid(day_one)) == stored(day_one, "ben").text
    late = await day_one.submit("ben", "rounds.answer_follow:1/1", {"text": "What I thought of in the shower."})
    assert isinstance(late, Show)
    assert said_on(list(late.more)) == "What I thought of in the shower."


async def test_an_empty_follow_up_is_refused_at_its_field(day_one: House) -> None:
    await answer(day_one, "ben", "My answer.")
    reply = await day_one.submit("ben", "rounds.answer_follow:1/1", {"text": " \u200b"})
    assert isinstance(reply, Fix)
    assert list(reply.faults) == ["text"]
    assert stored(day_one, "ben").text == "My answer."
