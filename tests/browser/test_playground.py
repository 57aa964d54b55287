"""The page itself: keys, other tabs, hostile words, restarts, narrow screens, slow answers."""

import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect

from adapters.web.history import History
from adapters.web.workspace import BOT, channel
from bot.core.ui import Card, Prose

from .seat import Program, Seat

Sit = Callable[..., Seat]
HOSTILE = (
    "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script></textarea></div>",
    "**not bold** *nor this* `code` {@ana} {t:1} <@U1> <!channel> @everyone",
    "zero\u200bwidth \u200d\ufeff and & &amp; &lt;b&gt; ${1} `${window.hacked=1}` {{ 1 + 1 }}",
    "- a\n- b\n\n> c\n```\nd\n```",
)


def focused(seat: Seat) -> str:
    return str(seat.page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()"))


def test_the_group_is_set_up_with_the_keyboard_alone(sit: Sit) -> None:
    ana = sit("ana")
    keys = ana.page.keyboard
    for _ in range(40):
        keys.press("Tab")
        if ana.box().evaluate("box => box === document.activeElement"):
            break
    keys.type("/gr")
    expect(ana.page.get_by_role("option", name="/group")).to_be_visible()
    keys.press("Tab")
    expect(ana.box()).to_have_value("/group ")
    keys.type("setu")
    keys.press("ArrowDown")
    keys.press("ArrowUp")
    keys.press("Enter")
    expect(ana.box()).to_have_value("/group setup ")
    keys.press("Escape")
    keys.press("Enter")

    expect(ana.dialog.get_by_role("textbox").first).to_be_focused()
    assert ana.dialog.get_by_role("textbox").first.evaluate("box => box.labels.length") == 1
    keys.press("Shift+Tab")
    keys.press("Shift+Tab")
    assert focused(ana) == "Start"  # focus goes round inside the dialog
    keys.press("Tab")
    keys.press("Tab")
    keys.press("ControlOrMeta+A")
    keys.type("Nowhere/Land")
    keys.press("ControlOrMeta+Enter")
    expect(ana.dialog.locator(".fault")).to_be_visible()
    expect(ana.dialog.locator('[aria-invalid="true"]')).to_be_focused()
    expect(ana.dialog.locator('[aria-invalid="true"]')).to_have_value("Nowhere/Land")
    keys.press("ControlOrMeta+A")
    keys.type("Europe/Berlin")
    keys.press("Enter")
    expect(ana.dialog).to_have_count(0)
    expect(ana.card("Your study group is set")).to_be_visible()
    expect(ana.box()).to_be_focused()


def test_escape_closes_a_form_and_what_was_typed_comes_back(sit: Sit) -> None:
    ana = sit("ana")
    ana.say("/group setup")
    ana.dialog.get_by_role("textbox").first.fill("Asia/Tokyo")
    ana.page.keyboard.press("Escape")
    expect(ana.dialog).to_have_count(0)
    expect(ana.box()).to_be_focused()
    ana.say("/group setup")
    expect(ana.dialog.get_by_role("textbox").first).to_have_value("Asia/Tokyo")
    ana.dialog.get_by_role("button", name="Start afresh").click()
    expect(ana.dialog.get_by_role("textbox").first).to_have_value("Europe/Berlin")
    expect(ana.dialog.get_by_role("button", name="Start afresh")).to_be_hidden()


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_person_writes_is_shown_to_the_letter(sit: Sit, text: str) -> None:
    ana, ben = sit("ana"), sit("ben")
    ana.say(text)
    for seat in (ana, ben):
        shown = seat.pane().locator(".text")
        expect(shown).to_be_visible()
        assert shown.evaluate("text => text.textContent") == text
        assert shown.evaluate("text => text.children.length") == 0
        assert seat.page.evaluate("window.hacked") is None
    ana.box().press("ArrowUp")
    expect(ana.page.locator("textarea.edit")).to_have_value(text)


def test_a_form_takes_hostile_and_long_words_and_gives_them_back_whole(sit: Sit) -> None:
    ana = sit("ana")
    ana.set_up()
    ana.press(ana.pass_until("Day 1 of 14"), "Answer")
    box = ana.dialog.get_by_role("textbox")
    long = "\n" + HOSTILE[0] + "x" * 3_000
    box.fill(long)
    expect(ana.dialog.locator(".count")).to_contain_text("too many")
    ana.dialog.get_by_role("button", name="Keep my answer").click()
    expect(ana.dialog.locator(".fault")).to_contain_text("3,000 fit here")
    expect(box).to_have_value(long)
    box.fill(HOSTILE[0])
    ana.submit("Keep my answer")
    expect(ana.card("Answered:")).to_be_visible()
    ana.pass_time("day")
    ana.card("Day 1 of 14").locator("button.replies").click()
    expect(ana.pane("thread").locator(".said", has_text="onerror")).to_have_text(HOSTILE[0])
    assert ana.page.evaluate("window.hacked") is None


def test_what_one_tab_does_the_others_show_within_a_second(sit: Sit) -> None:
    ana, again, ben = sit("ana"), sit("ana"), sit("ben")
    ben.go("mle-evenings")
    ana.say("One")
    expect(again.message("One")).to_be_visible(timeout=1_000)
    expect(ben.page.locator("nav .unread")).to_be_visible(timeout=1_000)
    ana.box().press("ArrowUp")
    ana.page.locator("textarea.edit").fill("Two")
    ana.page.keyboard.press("Enter")
    expect(again.message("Two")).to_be_visible(timeout=1_000)
    ben.go("mle-prep")
    expect(ben.page.locator("nav .unread")).to_have_count(0)
    ben.message("Two").hover()
    ben.message("Two").get_by_role("button", name="Reply in thread").click()
    ben.say("Three", "thread")
    expect(ana.message("Two").locator("button.replies")).to_contain_text("1 reply", timeout=1_000)


def test_one_tab_can_become_another_person(sit: Sit) -> None:
    seat = sit("ana")
    seat.page.get_by_role("link", name="Chi").click()
    expect(seat.page.get_by_role("link", name="Chi")).to_have_attribute("aria-current", "true")
    seat.say("Good evening")
    expect(seat.message("Good evening").locator(".author")).to_have_text("Chi")
    seat.page.reload()
    expect(seat.page.get_by_role("link", name="Chi")).to_have_attribute("aria-current", "true")


def test_private_cards_can_be_dismissed_and_are_nobody_elses(sit: Sit) -> None:
    ana, ben = sit("ana"), sit("ben")
    ana.set_up()
    expect(ben.card("we start")).to_be_visible()
    assert ben.card("Your study group is set").count() == 0
    ana.card("Your study group is set").get_by_role("button", name="Dismiss").click()
    expect(ana.card("Your study group is set")).to_have_count(0)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_restart_keeps_everything_and_an_open_tab_finds_its_way_back(
    sit: Sit, program: Program, how: signal.Signals
) -> None:
    ana = sit("ana")
    ana.set_up()
    ana.pass_until("Day 1 of 14")
    ana.say("Before")
    ana.page.evaluate("window.before = true")
    hour = ana.page.locator(".now").inner_text()[:10]
    began = time.monotonic()
    assert program.stop(how) == 0
    assert time.monotonic() - began < 4
    expect(ana.page.get_by_text("Connection lost")).to_be_visible()
    ana.say("a draft")
    expect(ana.page.get_by_text("nothing was sent yet")).to_be_visible()
    program.start()
    ana.page.wait_for_function("!window.before", timeout=30_000)  # the page has loaded itself anew
    ana.press(ana.card("Day 1 of 14"), "Hint")
    expect(ana.card("Hint 1 of")).to_be_visible()
    expect(ana.message("Before")).to_be_visible()
    expect(ana.box()).to_have_value("a draft")
    assert ana.page.locator(".now").inner_text()[:10] == hour


def test_a_channel_with_500_messages_opens_quickly(sit: Sit, program: Program) -> None:
    program.stop()
    history = History(str(program.folder / "mockingbird-playground.db"))
    for number in range(500):
        card = Card(f"Card {number}", (Prose("- **one**\n- two `three`"),))
        history.post(channel("mle-prep"), BOT, datetime.now(UTC), card=card)
    history.close()
    program.start()
    began = time.monotonic()
    ana = sit("ana")
    expect(ana.card("Card 499")).to_be_in_viewport()
    assert time.monotonic() - began < 3
    assert ana.pane().locator(".message").count() == 100
    ana.page.get_by_role("button", name="Show earlier").click()
    expect(ana.pane().locator(".message")).to_have_count(200)
    expect(ana.card("Card 400")).to_be_in_viewport()  # what one read stays where it was
    ana.page.get_by_role("button", name="To the newest").click()
    expect(ana.card("Card 499")).to_be_in_viewport()
    assert ana.page.evaluate("document.scrollingElement.scrollTop") == 0


def test_a_narrow_phone_shows_one_thing_at_a_time(sit: Sit) -> None:
    ana = sit("ana")
    ana.page.set_viewport_size({"width": 360, "height": 700})
    ana.set_up()
    assert ana.page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(ana.page.get_by_role("link", name="Ben")).to_be_hidden()
    ana.page.get_by_role("button", name="Menu").click()
    ana.go("Mockingbird")
    expect(ana.page.get_by_role("link", name="Ben")).to_be_hidden()
    expect(ana.box()).to_be_in_viewport()


def test_a_slow_engine_freezes_nothing_and_a_second_click_is_ignored(browser: Browser, slow: Program) -> None:
    ana, ben = Seat(browser, slow.address, "ana"), Seat(browser, slow.address, "ben")
    ana.say("/slow")
    ana.say("Meanwhile")
    expect(ben.message("Meanwhile")).to_be_visible(timeout=1_000)
    count = ana.card("Slow").get_by_role("button", name="Count")
    count.click()
    count.click()
    ana.card("Slow").get_by_role("button", name="Ask").click()
    expect(ana.card("Pressed 1")).to_be_visible()
    assert ana.dialog.count() == 0
    count.click()
    expect(ana.card("Pressed 2")).to_be_visible()
    ana.page.locator('[data-by="hour"]').click()
    expect(ana.page.locator(".spinner")).to_be_visible()
    expect(ben.page.locator(".spinner")).to_be_visible()
    expect(ana.page.locator(".now")).to_contain_text("09:00")
    ana.page.close()
    ben.page.close()
