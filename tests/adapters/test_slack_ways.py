"""By which way an answer reaches its person: each way that Slack may close leads on to the next."""

import asyncio
from typing import Any

import pytest

from adapters.slack import app, render
from adapters.slack.app import Speaking
from adapters.slack.payload import Reach
from adapters.slack.voice import Voice
from tests.adapters.slack_house import Town
from tests.adapters.slack_stand_in import Fault
from tests.adapters.slack_workspace import Json, Team


@pytest.fixture
def pushing(group: Town) -> Town:
    """Slack as it lays one view on another."""
    slack = group.stand_in.slack
    slack.methods["views.push"] = slack.methods["views.open"]
    return group


def in_view(town: Town, user: str, action: str, view: Json) -> Json:
    """A press in a view that shows a card."""
    body = town.payloads.home_press(user, action)
    body["container"]["view_id"] = view["id"]
    body["view"] |= {"id": view["id"], "type": view["type"], "private_metadata": view["private_metadata"]}
    return body


async def test_what_is_pressed_in_the_home_is_shown_in_a_view_and_asked_on_top_of_it(pushing: Town) -> None:
    seen = await pushing.see("U0BEN", "interactive", pushing.payloads.home_press("U0BEN", "mock.again"))
    [view] = [one.body for one in seen.shown]
    assert "Mock question" in seen.words
    answer = next(
        one["action_id"] for block in view["blocks"] if block["type"] == "actions" for one in block["elements"]
    )
    asked = await pushing.see("U0BEN", "interactive", in_view(pushing, "U0BEN", answer, view))
    assert pushing.stand_in.called("views.push")
    assert asked.form is not None
    kept = await pushing.submit("U0BEN", {"text": "A baseline first, and then what it costs to be wrong."})
    assert kept.ack["response_action"] == "update"
    assert not kept.shown


async def test_a_card_in_a_view_gives_way_to_the_next(pushing: Town) -> None:
    seen = await pushing.see("U0BEN", "interactive", pushing.payloads.home_press("U0BEN", "plan.all"))
    view = seen.shown[0].body
    await pushing.see("U0BEN", "interactive", in_view(pushing, "U0BEN", "progress.mine", view))
    assert "Your progress" in str(pushing.stand_in.slack.views["U0BEN"]["blocks"])


async def test_a_form_that_came_too_late_waits_behind_a_button(group: Town) -> None:
    late = group.payloads.command("U0ANA", "C0OTHER", "/group setup")
    group.stand_in.slack.triggers.clear()
    seen = await group.see("U0ANA", "slash_commands", late)
    [button] = [one for body in seen.bodies for block in body["blocks"] if block["type"] == "actions"
                for one in block["elements"]]  # fmt: skip
    assert (button["action_id"], button["value"]) == (render.AGAIN, "/group setup")
    press = group.payloads.press("U0ANA", "C0OTHER", render.AGAIN)
    press["actions"][0]["value"] = button["value"]
    again = await group.see("U0ANA", "interactive", press)
    assert again.form is not None
    assert again.form.title == "Set up the study group"


async def test_a_mention_that_needs_a_form_gets_the_button_in_its_thread(group: Town) -> None:
    [post] = group.posted("daily:")
    seen = await group.mention("U0ANA", "star new", thread=post["ts"])
    assert seen.shown[0].body["thread_ts"] == post["ts"]
    assert seen.shown[0].how == "ephemeral"


async def test_where_the_response_url_is_spent_slack_shows_it_all_the_same(group: Town) -> None:
    press = group.payloads.press("U0BEN", "C0PREP", "plan.all")
    group.stand_in.responders.clear()
    seen = await group.see("U0BEN", "interactive", press)
    assert [one.how for one in seen.shown] == ["ephemeral"]


async def test_where_the_bot_is_not_in_the_channel_the_answer_comes_directly(group: Town) -> None:
    press = group.payloads.press("U0BEN", "C0PREP", "plan.all")
    group.stand_in.responders.clear()
    group.team.channels["C0PREP"].joined = False
    await group.send("interactive", press)
    assert "Two weeks" in group.team.messages["D0BEN"][-1]["text"]


async def test_slacks_hooks_are_where_the_stand_in_is(group: Town) -> None:
    press = group.payloads.press("U0BEN", "C0PREP", "plan.all")
    path = press["response_url"].removeprefix(group.stand_in.url)
    press["response_url"] = f"https://hooks.slack.com{path}"
    seen = await group.see("U0BEN", "interactive", press)
    assert [one.how for one in seen.shown] == ["response"]


async def test_a_slow_slack_does_not_hold_the_acknowledgement(group: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "IN_TIME", 0.01)
    slow, opened, slack = asyncio.Event(), asyncio.Event(), group.stand_in.slack
    opens = slack.methods["views.open"]

    def opening(team: Team, args: Json) -> Json:
        opened.set()
        return opens(team, args)

    slack.methods["views.open"] = opening
    group.stand_in.faults["views.open"] = [Fault(hold=slow)]
    asked = group.payloads.press("U0ANA", "C0PREP", "group.schedule")
    status, ack = await group.send("interactive", asked)
    assert (status, ack) == (200, {})
    assert not opened.is_set()
    slow.set()
    async with asyncio.timeout(5):
        await opened.wait()


async def test_who_cannot_be_reached_at_all_is_logged_with_how_to_mend_it(caplog: pytest.LogCaptureFixture) -> None:
    async def nobody(team: str) -> Any:
        raise TimeoutError

    voice = Voice(nobody, "http://127.0.0.1:9/api/", None)
    assert not await voice.whisper(Reach("T0STUDY", "U0BEN", "event", "C0PREP"), [], "Hello")
    assert "U0BEN in C0PREP of T0STUDY: TimeoutError" in caplog.text


async def test_what_is_being_said_is_heard_out_when_the_bot_stops() -> None:
    speaking, heard, goes_on = Speaking(), list[str](), asyncio.Event()

    async def say() -> None:
        await goes_on.wait()
        heard.append("to its end")

    talking = asyncio.create_task(speaking.soon(say()))
    await asyncio.sleep(0)
    ending = asyncio.create_task(speaking.finish())
    await asyncio.sleep(0)
    assert not ending.done()
    goes_on.set()
    await asyncio.gather(ending, talking)
    assert heard == ["to its end"]
    await speaking.finish()  # with nothing to wait for
