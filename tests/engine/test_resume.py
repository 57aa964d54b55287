"""/resume through the front door: bullets pasted, drilled by their own words, and asked why by peers."""

from datetime import timedelta

import pytest

from bot.core.events import Ask, Fix, Person, Place, Quiet, Show
from bot.core.ui import Select, TextField
from bot.resume.rules import BULLET_MOST, LINE_MOST, MOST_BULLETS, MOST_LINES, Bullet
from bot.testing import House, actions, told, words

from .scenes import asked, filled, sent, shown

CHURN = "Improved the churn model with XGBoost, AUC of 0.87"
RANKING = "Ran an A/B test of the new home page"
WHOLE = "On a test set of later months recall was 71 %, against 48 % for the rules that ran before."


async def add(house: House, who: str, *bullets: str) -> list[int]:
    """Paste bullets; the ids of all that they have."""
    await house.submit(who, "resume.add", {"bullets": "\n".join(bullets)})
    return [one.id for one in mine(house, who)]


def mine(house: House, who: str) -> list[Bullet]:
    """Their bullets as the store has them."""
    member = next(one.id for one in house.store.now(lambda work: work.groups.members(1)) if one.user == who)
    return house.store.now(lambda work: work.bullets.of(member))


async def drill(house: House, who: str, bullet: int, question: str, text: str) -> str:
    form = asked(await house.press(who, f"resume.ask:{bullet}/{question}"))
    return told(await house.submit(who, form.action, {"answer": text}))


async def share(house: House, who: str, bullet: int) -> Place:
    """Share a bullet; the thread under it."""
    await house.press(who, f"resume.share:{bullet}")
    return house.thread(house.platform.keyed(f"bullet:{bullet}:")[-1])


# Bullets ---------------------------------------------------------------------------------------------------------


async def test_one_or_many_bullets_are_pasted_and_each_says_what_its_words_call_for(group: House) -> None:
    card = shown(await group.command("ben", "/resume"))
    assert "Only you see your bullets" in words(card)
    form = asked(await group.press("ben", actions(card)["Add bullets"]))
    kept = shown(
        await group.submit("ben", form.action, {"bullets": f"\u2022 {CHURN}\n\n- {RANKING}\n- Watered plants"})
    )
    assert kept.title == "3 bullets kept"
    assert "Watered plants: the five questions\n" in words(kept) + "\n"
    assert r"0\.87: the five questions and 7 that its words call for" in words(kept)
    (select,) = [row for row in shown(await group.command("ben", "/resume")).rows if isinstance(row, Select)]
    assert [choice.label for choice in select.choices] == ["Watered plants", RANKING, CHURN]


async def test_words_behind_the_command_stand_in_the_form(group: House) -> None:
    for text in (f"/resume {CHURN}", f"/resume add {CHURN}", f"/resume bullets {CHURN}"):
        assert filled(asked(await group.command("ben", text))) == {"bullets": CHURN}
    assert asked(await group.command("ben", "/resume add"))


async def test_what_is_too_long_for_a_command_is_given_back(group: House) -> None:
    long = "word " * 1_000
    reply = await group.command("ben", f"/resume add {long}")
    assert "at most 300 characters" in told(reply)
    assert isinstance(reply, Show)
    assert "".join(words(card).removeprefix("What you wrote, to keep\n") for card in reply.more).count("word") == 1_000


async def test_a_bullet_of_five_thousand_characters_is_told_so_and_kept_in_the_form(group: House) -> None:
    values = {"bullets": "x" * 5_000}
    reply = await group.submit("ben", "resume.add", values)
    assert isinstance(reply, Fix)
    assert "5,000 characters" in reply.faults["bullets"]
    assert reply.values == values
    reply = await group.submit("ben", "resume.add", {"bullets": f"{CHURN}\n{'y' * (BULLET_MOST + 1)}"})
    assert isinstance(reply, Fix)
    assert "has 601 characters; 600 fit" in reply.faults["bullets"]
    assert mine(group, "ben") == []
    assert isinstance(await group.submit("ben", "resume.add", {"bullets": "\u200b\n - \n"}), Fix)


async def test_forty_bullets_are_the_most(group: House) -> None:
    lines = [f"Bullet number {number}" for number in range(MOST_BULLETS)]
    await add(group, "ben", *lines[:-1])
    reply = await group.submit("ben", "resume.add", {"bullets": "One more\nAnd one"})
    assert isinstance(reply, Fix)
    assert "You have 39 bullets and 40 fit" in reply.faults["bullets"]
    assert len(await add(group, "ben", *lines)) == MOST_BULLETS
    assert "28 more" in told(await group.command("ben", "/resume"))


async def test_a_bullet_that_is_there_already_is_not_kept_twice(group: House) -> None:
    await add(group, "ben", CHURN)
    reply = told(await group.submit("ben", "resume.add", {"bullets": f"{CHURN}\n{RANKING}"}))
    assert "1 bullet kept" in reply
    assert "1 bullet that you had already" in reply
    assert "Nothing new" in told(await group.submit("ben", "resume.add", {"bullets": CHURN}))


async def test_a_changed_bullet_keeps_its_answers_and_is_asked_by_its_new_words(group: House) -> None:
    (bullet,) = await add(group, "ben", CHURN)
    await drill(group, "ben", bullet, "data", WHOLE)
    await drill(group, "ben", bullet, "model-without-alternative/1", "Because it beat the baseline by four points.")
    form = asked(await group.press("ben", f"resume.change:{bullet}"))
    assert filled(form) == {"bullet": CHURN}
    card = shown(await group.submit("ben", form.action, {"bullet": RANKING}))
    assert "without an alternative" not in words(card)
    assert "The data: answered" in words(card)
    answers = told(await group.press("ben", f"resume.answers:{bullet}/1"))
    assert WHOLE in answers
    assert "Because it beat the baseline by four points." in answers
    assert isinstance(await group.submit("ben", form.action, {"bullet": "- \n -"}), Fix)
    assert isinstance(await group.submit("ben", form.action, {"bullet": "x" * 601}), Fix)


async def test_a_bullet_goes_only_after_a_second_word_and_its_post_with_it(group: House) -> None:
    (bullet,) = await add(group, "ben", CHURN)
    await share(group, "ben", bullet)
    card = shown(await group.press("ben", f"resume.remove:{bullet}"))
    assert len(mine(group, "ben")) == 1
    assert CHURN in told(await group.press("ben", actions(card)["Remove it for good"]))
    assert mine(group, "ben") == []
    assert CHURN not in words(group.platform.keyed("bullet:")[0].card)
    assert "not among yours" in told(await group.press("ben", f"resume.drop:{bullet}"))


# The drill -------------------------------------------------------------------------------------------------------


async def test_a_bullet_is_drilled_to_the_end_and_has_no_weak_spot_left(group: House) -> None:
    (bullet,) = await add(group, "ben", "Grouped customers by what they bought last")
    reply = shown(await group.press("ben", f"resume.bullet:{bullet}/1"))
    good = {
        "problem": "Churn cost us 2 million a year, so we predicted who would leave within thirty days.",
        "data": "Two years of orders, 40 million rows; I checked duplicates and wrong dates first.",
        "model": "A plain baseline of recency came within two points, so I kept it because it explains itself.",
        "evaluation": WHOLE,
        "deployment": "A nightly batch, canary first, with alerts when the share of leavers moved by 20 %.",
    }
    for question, text in good.items():
        next_question = actions(reply)["Next question"]
        assert next_question.arg == f"{bullet}/{question}"
        form = asked(await group.press("ben", next_question))
        assert all(one in form.intro for one in group.catalog.drill[question].listen_for)
        reply = shown(await group.submit("ben", form.action, {"answer": text}))
        assert "That would do" in words(reply)
    assert "Next question" not in actions(reply)
    assert "No weak spot left" in told(await group.press("ben", f"resume.bullet:{bullet}/1"))
    assert "Every bullet has its answers" in told(await group.command("ben", "/resume weak"))
    answers = told(await group.press("ben", f"resume.answers:{bullet}/1"))
    assert all(text in answers for text in good.values())


async def test_an_answer_says_what_an_interviewer_would_ask_on(group: House) -> None:
    (bullet,) = await add(group, "ben", CHURN)
    reply = await drill(group, "ben", bullet, "evaluation", "It was good enough for everybody who looked at it then.")
    assert "the evaluation has no figure" in reply
    assert "the evaluation has no figure" in told(await group.press("ben", f"resume.bullet:{bullet}/1"))
    form = asked(await group.press("ben", f"resume.ask:{bullet}/evaluation"))
    assert "It was good enough" in str(filled(form)["answer"])
    assert "no figure" not in await drill(group, "ben", bullet, "evaluation", WHOLE)


async def test_the_weak_spots_of_all_bullets_stand_on_one_card(group: House) -> None:
    assert "You have no bullets yet" in told(await group.command("ben", "/resume weak"))
    await add(group, "ben", CHURN, RANKING)
    reply = told(await group.command("ben", "/resume weak"))
    assert reply.index("Improved the churn model") < reply.index("Ran an A/B test")
    assert "“Improved” without a number" in reply
    assert "no answer yet on the problem, the data" in reply
    assert "and 1 more" in reply
    (bullet, _) = [one.id for one in mine(group, "ben")]
    assert "without a number" in told(await group.press("ben", f"resume.bullet:{bullet}/1"))


async def test_faults_of_an_answer_keep_what_was_typed(group: House) -> None:
    (bullet,) = await add(group, "ben", CHURN)
    for text in ("", "\u200b", "x" * 3_001):
        reply = await group.submit("ben", f"resume.answer:{bullet}/data", {"answer": text})
        assert isinstance(reply, Fix)
        assert reply.values == {"answer": text}
    form = asked(await group.press("ben", f"resume.ask:{bullet}/data"))
    assert [field.most for field in form.fields if isinstance(field, TextField)] == [3_000]


async def test_a_question_that_the_bullet_does_not_call_for_is_refused_and_the_answer_given_back(group: House) -> None:
    (bullet,) = await add(group, "ben", "Watered plants")
    for question in ("ab-test/1", "ab-test", "nonsense", "", "data/1"):
        assert "does not call for" in told(await group.press("ben", f"resume.ask:{bullet}/{question}"))
    reply = told(await group.submit("ben", f"resume.answer:{bullet}/ab-test/1", {"answer": WHOLE}))
    assert "does not call for" in reply
    assert WHOLE in reply
    assert "leads nowhere" in told(await group.choose("ben", "resume.ask:x", "data"))


# Peers -----------------------------------------------------------------------------------------------------------


async def test_peers_see_a_bullet_only_once_its_author_shares_it(group: House) -> None:
    (bullet,) = await add(group, "ben", CHURN)
    assert "not shared" in told(await group.press("chi", f"resume.why:{bullet}"))
    assert group.platform.to("prep")[-1].parcel.key == "welcome:1"
    await drill(group, "ben", bullet, "data", WHOLE)
    await share(group, "ben", bullet)
    (post,) = group.platform.keyed("bullet:")
    assert post.place == group.channel
    assert CHURN in words(post.card)
    assert WHOLE not in words(post.card)
    assert "shared already" in told(await group.press("ben", f"resume.share:{bullet}"))
    await group.press("ben", actions(shown(await group.press("ben", f"resume.bullet:{bullet}/1")))["Take it back"])
    assert CHURN not in words(group.platform.keyed("bullet:")[0].card)
    assert "not shared" in told(await group.submit("chi", f"resume.why:{bullet}", {"why": "Why so?"}))


async def test_a_why_by_the_form_goes_to_the_thread_and_its_answer_stays_with_the_bullet(group: House) -> None:
    (bullet,) = await add(group, "ben", CHURN)
    thread = await share(group, "ben", bullet)
    (post,) = group.platform.keyed("bullet:")
    form = asked(await group.press("chi", actions(post.card)["Ask the next why"]))
    await group.submit("chi", form.action, {"why": "Why XGBoost?"})
    (why,) = group.platform.keyed("why:")
    assert why.place == thread
    assert "Chi asks" in words(why.card)
    assert sent(group, "why-waits:") == ["ben"]
    assert "a peer's why that waits" in told(await group.press("ben", f"resume.bullet:{bullet}/1"))
    form = asked(await group.press("ben", actions(why.card)["Answer, or ask on"]))
    assert "Why XGBoost?" in form.intro.replace("\\", "")
    await group.submit("ben", form.action, {"why": "It beat the linear model by four points."})
    assert "Ben answers" in words(group.platform.keyed("why:")[1].card)
    stays = told(await group.press("ben", f"resume.answers:{bullet}/1"))
    assert "*Chi*\nWhy XGBoost?\n*You*\nIt beat the linear model by four points." in stays
    assert "waits" not in told(await group.press("ben", f"resume.bullet:{bullet}/1"))
    assert "Nobody waits for an answer" in told(await group.press("ben", f"resume.why:{bullet}"))


async def test_what_is_said_in_the_thread_stays_with_the_bullet_and_follows_edits(group: House) -> None:
    (bullet,) = await add(group, "ben", CHURN)
    thread = await share(group, "ben", bullet)
    assert "stays with the bullet" in told(await group.say("chi", thread, "Why XGBoost?", "one"))
    assert await group.say("chi", thread, "And why so late?", "two") == Quiet()
    assert "stays with your bullet" in told(await group.say("ben", thread, "We needed it.", "three"))
    await group.edit("chi", thread, "one", "Why not a linear model?")
    await group.delete("chi", thread, "two")
    stays = told(await group.press("ben", f"resume.answers:{bullet}/1"))
    assert "*Chi*\nWhy not a linear model?\n*You*\nWe needed it." in stays
    assert "late" not in stays
    await group.edit("chi", thread, "one", "\u200b")
    assert "linear" not in told(await group.press("ben", f"resume.answers:{bullet}/1"))
    assert sent(group, "why-waits:") == ["ben"]


async def test_an_author_on_leave_is_not_pinged_and_finds_the_why_later(group: House) -> None:
    (bullet,) = await add(group, "ben", CHURN)
    thread = await share(group, "ben", bullet)
    await group.command("ben", "/group leave today 2026-09-03")
    await group.say("chi", thread, "Why XGBoost?")
    assert sent(group, "why-waits:") == []
    assert "a peer's why that waits" in told(await group.command("ben", "/resume weak"))


async def test_a_line_that_is_too_long_is_said_so_and_not_kept(group: House) -> None:
    (bullet,) = await add(group, "ben", CHURN)
    thread = await share(group, "ben", bullet)
    assert "Not kept" in told(await group.say("chi", thread, "x" * (LINE_MOST + 1)))
    assert group.store.now(lambda work: work.bullets.lines(bullet)) == 0


async def test_a_thread_keeps_so_many_lines_and_no_more(group: House) -> None:
    (bullet,) = await add(group, "ben", CHURN)
    thread = await share(group, "ben", bullet)
    for number in range(MOST_LINES + 2):
        await group.say("chi", thread, f"Why {number}?")
    assert group.store.now(lambda work: work.bullets.lines(bullet)) == MOST_LINES
    reply = told(await group.submit("chi", f"resume.why:{bullet}", {"why": "And why this, then?!?"}))
    assert "no more are kept" in reply
    assert "And why this, then?!?" in reply


async def test_what_is_taken_back_collects_nothing_and_keeps_what_was_said(group: House) -> None:
    (bullet,) = await add(group, "ben", CHURN)
    thread = await share(group, "ben", bullet)
    await group.say("chi", thread, "Why XGBoost?", "one")
    await group.press("ben", f"resume.take_back:{bullet}")
    assert await group.say("dee", thread, "And why not?") == Quiet()
    assert "Why XGBoost?" in told(await group.press("ben", f"resume.answers:{bullet}/1"))
    await group.delete("chi", thread, "one")
    assert "Why XGBoost?" not in told(await group.press("ben", f"resume.answers:{bullet}/1"))
    again = await share(group, "ben", bullet)
    assert again != thread
    await group.say("dee", again, "Once more: why?")
    assert group.store.now(lambda work: work.bullets.lines(bullet)) == 1


async def test_strangers_and_people_elsewhere_see_and_change_nothing(group: House) -> None:
    group.people["eve"] = Person("eve", "Eve", zone="UTC")
    (bullet,) = await add(group, "ben", CHURN)
    thread = await share(group, "ben", bullet)
    assert await group.say("eve", thread, "Why?") == Quiet()
    assert "/group join" in told(await group.press("eve", f"resume.why:{bullet}"))
    why = await group.press("chi", f"resume.why:{bullet}", Place("web", "abroad", "prep"))
    assert "no study group here" in told(why)
    abroad = Place("web", "abroad", "prep", thread.thread)
    assert await group.say("chi", abroad, "Why?") == Quiet()
    assert group.store.now(lambda work: work.bullets.lines(bullet)) == 0
    await group.press("ben", "group.quit:1")
    assert "not shared any more" in told(await group.press("chi", f"resume.why:{bullet}"))
    assert await group.say("chi", thread, "Why?") == Quiet()


@pytest.mark.parametrize("verb", ["bullet", "turn", "answers", "turn_answers", "change", "remove", "drop", "ask", "share",
                                  "take_back"])  # fmt: skip
async def test_of_somebody_elses_bullet_nothing_can_be_done_by_hand(group: House, verb: str) -> None:
    (bullet,) = await add(group, "ben", CHURN)
    arg = {"bullet": "/1", "turn": "/1", "answers": "/1", "turn_answers": "/1", "ask": "/data"}.get(verb, "")
    assert "not among yours" in told(await group.press("ana", f"resume.{verb}:{bullet}{arg}"))
    assert "not among yours" in told(await group.press("ben", f"resume.{verb}:999{arg}"))
    for action, field in (("change", "bullet"), ("answer", "answer")):
        arg = "/data" if action == "answer" else ""
        reply = told(await group.submit("ana", f"resume.{action}:{bullet}{arg}", {field: "Taken over, word by word."}))
        assert "not among yours" in reply
        assert "Taken over, word by word." in reply
    assert [one.text for one in mine(group, "ben")] == [CHURN]


async def test_a_bullet_of_signs_is_drawn_to_the_letter_and_drilled(group: House) -> None:
    harm = "Improved {@ana} **AUC** with `BERT` <!channel> & \\ {t:1790000000} deployed " + "&" * 500
    (bullet,) = await add(group, "ben", harm)
    await share(group, "ben", bullet)
    assert harm in words(group.platform.keyed("bullet:")[0].card)
    form = asked(await group.press("ben", f"resume.ask:{bullet}/data"))
    assert "{@ana}" not in form.intro.replace(r"\{\@ana\}", "")
    for page in (1, 2):
        assert told(await group.press("ben", f"resume.bullet:{bullet}/{page}"))


async def test_the_words_of_rounds_threads_and_bullets_threads_do_not_mix(day_one: House) -> None:
    (bullet,) = await add(day_one, "ben", CHURN)
    thread = await share(day_one, "ben", bullet)
    daily = day_one.thread(day_one.platform.keyed("daily:")[0])
    await day_one.say("chi", thread, "Why XGBoost?")
    await day_one.say("chi", daily, "My answer is that variance falls.")
    assert day_one.store.now(lambda work: work.bullets.lines(bullet)) == 1
    assert [one.text for one in day_one.store.now(lambda work: work.rounds.answers(1))] == [
        "My answer is that variance falls."
    ]


async def test_everything_stays_after_weeks(group: House) -> None:
    (bullet,) = await add(group, "ben", CHURN)
    await drill(group, "ben", bullet, "data", WHOLE)
    await group.advance(group.clock.now() + timedelta(days=20))
    assert WHOLE in told(await group.press("ben", f"resume.answers:{bullet}/1"))
    assert isinstance(await group.press("ben", f"resume.ask:{bullet}/data"), Ask)
