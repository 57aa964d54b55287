"""/mock pair through the front door: two find each other, each sees only their own card, and they swap."""

from datetime import timedelta

import pytest

from bot.core.events import Fix, Show
from bot.core.ui import ActionId, Card, Values
from bot.testing import MONDAY, House, Posting, actions, told, words

from .scenes import asked, filled, people, shown

THREE = ("ana", "ben", "chi")
GATHERED = timedelta(minutes=3)


def mail(house: House, who: str, kind: str = "pair-") -> list[Posting]:
    """What came to a person about pairs, the oldest first."""
    return [one for one in house.platform.to(who) if one.parcel.key.startswith(kind)]


def last(house: House, who: str, kind: str) -> Card:
    return mail(house, who, kind)[-1].card


async def pair_up(house: House, *who: str) -> None:
    """These people look for a partner, are matched, and say that they are here."""
    for one in who:
        await house.command(one, "/mock pair")
    await house.advance(minutes=3)
    for one in who:
        if mail(house, one, "pair-ready:"):
            await house.press(one, actions(last(house, one, "pair-ready:"))["I am here"])


def roles(house: House, pair: int = 1) -> dict[str, str]:
    """Role -> who."""
    with house.look() as work:
        found = work.pairs.pair(pair)
        assert found is not None
        members = {member.id: member.user for member in work.groups.members(1)}
        return {chair.role: members[chair.member] for chair in found.chairs}


def state(house: House, pair: int = 1) -> str:
    with house.look() as work:
        found = work.pairs.pair(pair)
        assert found is not None
        return found.state


async def score(house: House, who: str, turn: int = 1, **values: str | tuple[str, ...]) -> str:
    form = asked(await house.press(who, f"pair.levels:{turn}"))
    await house.submit(who, form.action, {field.id: "3" for field in form.fields})
    words_form = asked(await house.press(who, f"pair.words:{turn}"))
    return told(await house.submit(who, words_form.action, filled(words_form, **values)))


# Looking for a partner --------------------------------------------------------------------------------------------


async def test_who_looks_for_a_partner_is_told_until_when_and_the_channel_hears_of_it_once(group: House) -> None:
    for who in ("ana", "ben", "ana"):
        reply = told(await group.command(who, "/mock pair"))
        assert "fresh partners first" in reply
    [call] = group.platform.keyed("pair-call:")
    assert call.place == group.channel
    assert "{@ana} looks for a partner" in words(call.card)
    assert actions(call.card)["I am in"] == ActionId("pair.seek")


async def test_two_are_paired_after_three_minutes_and_begin_when_both_are_here(group: House) -> None:
    await group.command("ana", "/mock pair")
    await group.press("ben", "pair.seek")
    await group.advance(minutes=2)
    assert not mail(group, "ana", "pair-ready:")
    await group.advance(minutes=1)
    assert "{@ben}" in words(last(group, "ana", "pair-ready:"))
    assert "Now {@ben}" in told(await group.press("ana", "pair.here:1"))
    assert not mail(group, "ana", "pair-turn:")
    assert "Everybody is here" in told(await group.press("ben", "pair.here:1"))
    assert state(group) == "running"
    assert len(mail(group, "ana", "pair-turn:")) == len(mail(group, "ben", "pair-turn:")) == 1


async def test_alone_one_is_told_so_and_offered_a_question_and_other_hours(group: House) -> None:
    await group.command("ana", "/mock pair")
    await group.advance(minutes=3)
    card = last(group, "ana", "pair-alone:")
    assert "Nobody else" in words(card)
    assert {action.verb for action in actions(card).values()} == {"mock.again", "pair.later", "pair.seek"}
    await group.advance(hours=2)
    assert len(mail(group, "ana", "pair-alone:")) == 1


async def test_an_odd_one_observes_scores_and_is_named_to_the_two(group: House) -> None:
    await pair_up(group, *THREE)
    assert roles(group) == {"first": "ana", "second": "ben", "observer": "chi"}
    assert "{@chi} watches and scores" in words(last(group, "ana", "pair-ready:"))
    assert "You watch and score" in words(last(group, "chi", "pair-turn:"))
    assert "Rubric sent" in await score(group, "chi", keep="Calm voice.")
    assert state(group) == "running"  # the interviewer's rubric ends the turn, not the observer's
    assert "as {@chi} heard it" in words(last(group, "ana", "pair-score:"))


async def test_the_next_time_the_two_who_have_met_are_not_paired_while_another_waits(group: House) -> None:
    await pair_up(group, "ana", "ben")
    await score(group, "ben")
    await group.press("ana", "pair.leave:1")
    await pair_up(group, *THREE)
    assert {roles(group, 2)["first"], roles(group, 2)["second"]} != {"ana", "ben"}
    assert "observer" in roles(group, 2)


async def test_who_waits_sees_that_and_can_stop(group: House) -> None:
    await group.command("ana", "/mock pair")
    assert "not looking any more" in told(await group.press("ana", "pair.stop")).lower()
    await group.advance(minutes=5)
    assert mail(group, "ana") == []


async def test_a_wish_that_no_question_fits_is_refused_and_one_that_fits_chooses_the_question(group: House) -> None:
    assert "Leave out a word" in told(await group.command("ana", "/mock pair topic:behavioural kind:coding"))
    await group.command("ana", "/mock pair coding")
    await pair_up(group, "ben")
    await group.press("ana", "pair.here:1")
    with group.look() as work:
        [turn] = work.pairs.turns(1)
        round = work.rounds.round(turn.round)
        assert round is not None
        assert group.catalog.questions[round.question].topic == "coding"


# What each of the two sees ----------------------------------------------------------------------------------------


async def test_the_candidate_sees_question_and_clock_and_never_the_guide(group: House) -> None:
    await pair_up(group, "ana", "ben")
    with group.look() as work:
        [turn] = work.pairs.turns(1)
        round = work.rounds.round(turn.round)
        assert round is not None
        question = group.catalog.questions[round.question]
    prompt, guide = words(last(group, "ana", "pair-turn:")), last(group, "ben", "pair-turn:")
    clock = f"{{t:{int(turn.until.timestamp())}}}"
    assert question.title in prompt
    assert clock in prompt
    assert clock in words(guide)
    pages = [guide]
    while any("Next" in label for label in actions(pages[-1])):
        turned = await group.press("ben", next(at for label, at in actions(pages[-1]).items() if "Next" in label))
        pages.append(turned.card)  # type: ignore[union-attr]
    whole = "\n".join(words(page) for page in pages)
    for point in (*question.key_points, *question.hints, *question.follow_ups, question.tests):
        assert point in whole
        assert point not in prompt
    for action in ("pair.guide:1/1", "pair.guide:1/2", "pair.turn_guide:1/1", "pair.levels:1", "pair.words:1"):
        assert "your interviewer's" in told(await group.press("ana", action))
    for action in (f"rounds.strong:{round.id}/1", f"rounds.follow:{round.id}/1"):
        assert "Not this time" in told(await group.press("ana", action))
    for action in (f"rounds.hint:{round.id}", f"rounds.next_hint:{round.id}/1", f"rounds.answer:{round.id}"):
        assert "out loud" in told(await group.press("ana", action))


@pytest.mark.parametrize("action", ["card", "here", "leave", "begin", "guide", "levels", "words"])
async def test_nobody_else_sees_or_touches_a_pair(group: House, action: str) -> None:
    await pair_up(group, "ana", "ben")
    arg = "1/1" if action == "guide" else "1"
    for claim in (arg, arg.replace("1", "99", 1), "x"):
        assert "Not this time" in told(await group.press("dee", f"pair.{action}:{claim}"))
    assert state(group) == "running"


async def test_somebody_of_another_workspace_or_group_is_refused(group: House) -> None:
    await pair_up(group, "ana", "ben")
    group.people |= people(zoe="UTC")
    for action in ("pair.card:1", "pair.guide:1/1", "pair.levels:1"):
        assert "Not this time" in told(await group.press("zoe", action))


async def test_typing_mock_pair_again_shows_each_their_own_card(group: House) -> None:
    await pair_up(group, "ana", "ben")
    assert "you answer" in shown(await group.command("ana", "/mock pair")).title
    assert "guide" in shown(await group.command("ben", "/mock pair")).title


# A whole session --------------------------------------------------------------------------------------------------


async def test_they_score_swap_score_and_are_through(group: House) -> None:
    await pair_up(group, "ana", "ben")
    await score(group, "ben", keep="The baseline first.", change="Name the metric.")
    card = last(group, "ana", "pair-score:")
    assert "The baseline first." in words(card)
    assert "Strong answer" in told(await group.press("ana", actions(card)["Strong answer"]))
    assert "You answer next" in words(last(group, "ben", "pair-swap:"))
    await group.press("ana", "pair.begin:1")
    await group.press("ben", "pair.begin:1")  # both press: one turn begins
    with group.look() as work:
        first, second = work.pairs.turns(1)
        assert (second.candidate, second.interviewer) == (first.interviewer, first.candidate)
        rounds = [work.rounds.round(turn.round) for turn in (first, second)]
        families = [group.catalog.questions[one.question].family for one in rounds if one is not None]
        assert len(set(families)) == 2
    await score(group, "ana", turn=2)
    assert state(group) == "over"
    assert mail(group, "ana", "pair-over:")
    assert mail(group, "ben", "pair-over:")


async def test_what_the_interviewer_heard_decides_when_the_idea_comes_back(group: House) -> None:
    await pair_up(group, "ana", "ben")
    await score(group, "ben", hints="2")
    with group.look() as work:
        [turn] = work.pairs.turns(1)
        round = work.rounds.round(turn.round)
        assert round is not None
        known = work.recall.memory(turn.candidate)[group.catalog.questions[round.question].family]
        assert known.level == 2  # threes, and two hints left two within reach
        assert known.due is not None


async def test_the_clock_is_for_both_and_a_rubric_can_be_late(group: House) -> None:
    await pair_up(group, "ana", "ben")
    await group.advance(hours=1)
    assert "Finish your sentence" in words(last(group, "ana", "pair-up:"))
    assert "Fill in the rubric" in actions(last(group, "ben", "pair-up:"))
    await group.advance(hours=3)
    assert state(group) == "over"
    assert "Strong answer" in actions(last(group, "ana", "pair-unscored:"))
    assert "still welcome" in words(last(group, "ben", "pair-unscored:"))
    assert "Rubric sent" in await score(group, "ben")
    assert mail(group, "ana", "pair-score:")


async def test_a_rubric_is_sent_once_and_its_levels_come_first(group: House) -> None:
    await pair_up(group, "ana", "ben")
    assert "levels first" in told(await group.press("ben", "pair.words:1"))
    form = asked(await group.press("ben", "pair.levels:1"))
    assert isinstance(await group.submit("ben", form.action, {}), Fix)
    await score(group, "ben")
    assert "sent this rubric already" in told(await group.press("ben", "pair.levels:1"))
    long: Values = {"points": (), "flags": (), "hints": "0", "keep": "x" * 5_000, "change": "y"}
    assert "sent this rubric already" in told(await group.submit("ben", "pair.words:1", long))


async def test_a_remark_that_is_too_long_or_empty_keeps_what_was_typed(group: House) -> None:
    await pair_up(group, "ana", "ben")
    form = asked(await group.press("ben", "pair.levels:1"))
    await group.submit("ben", form.action, {field.id: "3" for field in form.fields})
    values: Values = {"points": ("0",), "flags": (), "hints": "1", "keep": "x" * 5_000, "change": " "}
    reply = await group.submit("ben", "pair.words:1", values)
    assert isinstance(reply, Fix)
    assert set(reply.faults) == {"keep", "change"}
    assert reply.values == values


# Who does not come, and who goes ----------------------------------------------------------------------------------


async def test_a_no_show_is_released_after_ten_minutes_asked_once_and_the_other_is_matched_again(group: House) -> None:
    for who in ("ana", "ben"):
        await group.command(who, "/mock pair")
    await group.advance(minutes=3)
    await group.press("ana", "pair.here:1")
    await group.advance(minutes=8)
    await group.command("chi", "/mock pair")
    await group.advance(minutes=2)
    assert state(group) == "off"
    assert "Ben did not come" in words(last(group, "ana", "pair-again:"))
    assert "Are you still in?" in words(last(group, "ben", "pair-ghost:"))
    assert {roles(group, 2)["first"], roles(group, 2)["second"]} == {"ana", "chi"}
    await group.advance(hours=30)
    assert len(mail(group, "ben", "pair-ghost:")) == 1


async def test_nobody_else_waiting_who_came_is_told_and_offered_a_question(group: House) -> None:
    for who in ("ana", "ben"):
        await group.command(who, "/mock pair")
    await group.advance(minutes=3)
    await group.press("ana", "pair.here:1")
    await group.advance(minutes=10)
    assert mail(group, "ana", "pair-again:")
    assert "A question for me alone" in actions(last(group, "ana", "pair-alone:"))


async def test_when_neither_comes_nobody_is_matched_again(group: House) -> None:
    for who in ("ana", "ben"):
        await group.command(who, "/mock pair")
    await group.advance(minutes=14)
    assert state(group) == "off"
    for who in ("ana", "ben"):
        assert len(mail(group, who, "pair-ghost:")) == 1
        assert not mail(group, who, "pair-again:")
    with group.look() as work:
        assert work.pairs.requests(1) == []


async def test_an_observer_who_is_here_takes_the_place_of_a_no_show(group: House) -> None:
    for who in THREE:
        await group.command(who, "/mock pair")
    await group.advance(minutes=3)
    for who in ("ana", "chi"):
        await group.press(who, "pair.here:1")
    await group.advance(minutes=10)
    assert roles(group) == {"first": "ana", "second": "chi", "left": "ben"}
    assert state(group) == "running"
    assert "You interview" in words(last(group, "chi", "pair-turn:"))
    assert "You take their place" in words(last(group, "chi", "pair-step:"))


async def test_weekly_hours_of_a_ghost_wait_until_they_come_back_by_themselves(group: House) -> None:
    await offer(group, "ana", hours=("20",), repeat="weekly")
    await offer(group, "ben", hours=("19",), repeat="weekly")
    await group.advance(hours=20)
    assert await standing(group) == ["set"]
    await group.advance(days=1)  # neither came
    assert len(mail(group, "ben", "pair-ghost:")) == 1
    await group.advance(days=8)
    assert await standing(group) == ["off"]  # left out
    for who in ("ana", "ben"):
        assert "weekly hours stand again" in told(await group.press(who, "pair.back"))
    await group.advance(days=8)
    assert len(await standing(group)) == 2


async def standing(house: House) -> list[str]:
    """The states of all pairs that were made."""
    return await house.store.run(lambda work: [one.state for one in work.pairs.all(1)])


async def test_a_partner_who_leaves_in_the_middle_ends_it_and_nothing_is_lost(group: House) -> None:
    await pair_up(group, "ana", "ben")
    form = asked(await group.press("ben", "pair.levels:1"))
    await group.submit("ben", form.action, {field.id: "3" for field in form.fields})
    assert "Your partner knows" in told(await group.press("ana", "pair.leave:1"))
    card = last(group, "ben", "pair-broken:")
    assert "Ana had to go" in words(card)
    assert "Another partner" in actions(card)
    words_form = asked(await group.press("ben", "pair.words:1"))  # the levels were kept
    assert "Rubric sent" in told(await group.submit("ben", words_form.action, filled(words_form)))
    assert mail(group, "ana", "pair-score:")
    assert "out of that pair" in told(await group.press("ana", "pair.here:1"))


async def test_an_observer_steps_in_for_an_interviewer_who_leaves(group: House) -> None:
    await pair_up(group, *THREE)
    await group.press("ben", "pair.leave:1")
    assert state(group) == "running"
    assert "Rubric sent" in await score(group, "chi")
    assert "You answer next" in words(last(group, "chi", "pair-swap:"))
    assert "guide" not in words(shown(await group.press("ben", "pair.back")))


async def test_an_observer_steps_in_for_a_candidate_who_leaves(group: House) -> None:
    await pair_up(group, *THREE)
    await group.press("ana", "pair.leave:1")
    assert "You answer next" in words(last(group, "ben", "pair-swap:"))
    await group.press("chi", "pair.begin:1")
    with group.look() as work:
        assert [turn.number for turn in work.pairs.turns(1)] == [1, 2]


async def test_who_leaves_the_group_for_good_is_let_go_and_the_other_is_told(group: House) -> None:
    for who in ("ana", "ben"):
        await offer(group, who, hours=("20", "21"))
    await group.advance(hours=8)
    assert mail(group, "ana", "pair-made:")
    await group.press("ben", "group.quit")
    await group.advance(hours=30)
    assert "Ben cannot make it" in words(last(group, "ana", "pair-again:"))
    assert not mail(group, "ben", "pair-ghost:")


# Hours that suit both ---------------------------------------------------------------------------------------------


async def offer(house: House, who: str, *, day: int = 1, **values: str | tuple[str, ...]) -> str:
    form = asked(await house.press(who, "pair.later"))
    chosen = form.fields[0].choices[day].value  # type: ignore[union-attr]
    return told(await house.submit(who, form.action, {"day": chosen, "repeat": "once", "hours": ("20",), **values}))


async def test_hours_in_two_zones_make_a_pair_that_is_told_reminded_and_started(group: House) -> None:
    await offer(group, "ana", hours=("20", "21"))  # Tuesday 20:00 to 22:00 in Berlin: 18:00 to 20:00 UTC
    assert "I look until" in await offer(group, "ben", hours=("18", "19"))  # in London: 17:00 to 19:00 UTC
    await group.advance(hours=6)
    starts = MONDAY.replace(hour=18) + timedelta(days=1)
    assert f"{{t:{int(starts.timestamp())}}}: a mock interview with {{@ben}}" in words(last(group, "ana", "pair-made:"))
    await group.advance(starts - timedelta(minutes=10))
    assert mail(group, "ben", "pair-remind:")
    assert not mail(group, "ben", "pair-ready:")
    await group.advance(starts)
    assert mail(group, "ben", "pair-ready:")


async def test_hours_that_meet_nobodys_are_looked_at_to_the_end_and_then_said_so(group: House) -> None:
    await offer(group, "ana", hours=("8",))
    await offer(group, "dee", hours=("22",))
    await group.advance(days=3)
    for who in ("ana", "dee"):
        assert len(mail(group, who, "pair-alone:")) == 1
    with group.look() as work:
        assert work.pairs.requests(1) == []


async def test_an_offer_in_the_channel_can_be_taken_by_one_press(group: House) -> None:
    await offer(group, "ana", hours=("20",))
    call = group.platform.keyed("pair-call:")[-1].card
    assert "your own offer" in told(await group.press("ana", actions(call)["That suits me"]))
    assert "You are in" in told(await group.press("dee", actions(call)["That suits me"]))
    assert "{@dee}" in words(last(group, "ana", "pair-made:"))
    assert "That offer is gone" in told(await group.press("ben", actions(call)["That suits me"]))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"hours": ()}, "hours"),
        ({"hours": ("99",)}, "hours"),
        ({"day": "2026-08-01"}, "day"),
        ({"repeat": "x"}, "repeat"),
    ],
)
async def test_hours_that_cannot_be_keep_the_form_open(group: House, values: dict[str, str], field: str) -> None:
    form = asked(await group.press("ana", "pair.later:coding///"))
    reply = await group.submit("ana", form.action, filled(form, **values))
    assert isinstance(reply, Fix)
    assert field in reply.faults


async def test_hours_that_have_passed_today_are_refused_in_the_form(group: House) -> None:
    await group.advance(hours=12)
    form = asked(await group.press("ana", "pair.later"))
    reply = await group.submit("ana", form.action, filled(form, hours=("8", "9")))
    assert isinstance(reply, Fix)
    assert "have passed" in reply.faults["hours"]


async def test_nobody_on_leave_is_paired_and_a_pair_made_before_is_let_go(group: House) -> None:
    for who in ("ana", "ben", "chi"):
        await offer(group, who, hours=tuple(str(hour) for hour in range(7, 23)))
    await group.command("ben", "/group leave 2026-09-01 2026-09-02")
    await group.advance(hours=7)
    assert "ben" not in roles(group).values()
    await group.command("chi", "/group leave 2026-09-01 2026-09-02")
    await group.advance(days=2)
    assert not mail(group, "chi", "pair-remind:")
    assert not mail(group, "chi", "pair-ready:")
    assert not mail(group, "chi", "pair-ghost:")


async def test_a_pair_can_be_called_off_before_and_the_other_keeps_their_hours(group: House) -> None:
    for who in ("ana", "ben"):
        await offer(group, who, hours=("20", "21"))
    await group.advance(hours=7)
    await group.press("ben", actions(last(group, "ben", "pair-made:"))["I cannot make it"])
    assert "Ben cannot make it" in words(last(group, "ana", "pair-again:"))
    await offer(group, "chi", hours=tuple(str(hour) for hour in range(7, 23)), day=1)
    await offer(group, "dee", hours=tuple(str(hour) for hour in range(7, 23)), day=1)
    await group.advance(hours=7)
    assert "ana" in roles(group, 2).values()


async def test_everything_survives_a_restart_because_all_of_it_is_in_tables(group: House) -> None:
    from bot.bootstrap import assemble  # noqa: PLC0415

    await pair_up(group, "ana", "ben")
    group.bot = assemble(group.store, group.catalog, group.clock, {"web": group.platform})
    assert "you answer" in shown(await group.press("ana", "pair.card:1")).title
    assert "guide" in shown(await group.press("ben", "pair.card:1")).title
    await group.advance(hours=1)
    assert mail(group, "ben", "pair-up:")


async def test_later_explains_itself_and_leads_to_the_form(group: House) -> None:
    reply = await group.command("ana", "/mock pair later coding")
    assert isinstance(reply, Show)
    assert asked(await group.press("ana", actions(reply.card)["Choose hours"])).title == "Hours for a mock"


async def test_weekly_hours_wait_while_the_group_is_paused_and_nobody_is_told_each_week(group: House) -> None:
    await offer(group, "ana", hours=("20",), repeat="weekly")
    await offer(group, "ben", hours=("19",), repeat="weekly")
    await group.command("ana", "/group pause")
    await group.advance(days=9)
    assert await standing(group) == []
    assert not mail(group, "ana")
    await group.command("ana", "/group resume")
    await group.advance(days=8)
    assert "set" in await standing(group) or "off" in await standing(group)
