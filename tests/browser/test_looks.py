"""Light and dark: every word can be read (WCAG AA), and the pictures of the README come from here."""

import os
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .seat import HOME, Seat

Sit = Callable[..., Seat]

# Every element with words of its own: its colour over the backgrounds behind it, each painted on a canvas, so that any
# way to write a colour is read as the browser reads it.
CONTRAST = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  canvas.canvas.width = canvas.canvas.height = 1;
  const paint = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((one) => one / 255)
    .map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (element) => element ? [...behind(element.parentElement), getComputedStyle(element).backgroundColor] : [];
  const found = [];
  for (const element of document.querySelectorAll(".playground *, dialog[open] *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility({ opacityProperty: true }) || element.closest("[aria-disabled], .unseen")) continue;
    const style = getComputedStyle(element);
    const back = behind(element);
    const [one, two] = [light(paint([...back, style.color])), light(paint(back))];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`${element.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return found;
}
"""
SAID = (
    "I would first ask what the error costs, then draw both learning curves before I touch the model.",
    "Agreed. And I would check the split: is anything from the future in the training rows?",
)


def faint(page: Page) -> list[str]:
    return list(page.evaluate(CONTRAST))


def talk(ana: Seat, others: list[Seat]) -> None:
    """Ana has the day's thread open, and the others answer in it."""
    ana.card("Day 1 of 14").locator("button.replies").click()
    expect(ana.box("thread")).to_be_visible()
    for seat, text in zip(others, SAID, strict=True):
        seat.card("Day 1 of 14").locator("button.replies").click()
        seat.say(text, "thread")
        expect(ana.message(text, "thread")).to_be_visible()


@pytest.mark.parametrize(("scheme", "picture"), [("light", "playground.png"), ("dark", "playground-dark.png")])
def test_every_word_can_be_read(sit: Sit, scheme: str, picture: str) -> None:
    ana, ben, chi = sit("ana", scheme), sit("ben"), sit("chi")
    assert faint(ana.page) == []
    ana.page.get_by_role("button", name="Set up the group").click()
    ana.dialog.get_by_role("textbox").first.fill("Nowhere")
    ana.dialog.get_by_role("button", name="Start").click()
    expect(ana.dialog.locator(".fault")).to_be_visible()
    assert faint(ana.page) == []
    ana.dialog.get_by_role("textbox").first.fill("Europe/Berlin")
    ana.submit("Start")
    for seat in (ben, chi):
        seat.press(seat.card("we start"), "Join")
        expect(seat.card("You are in")).to_be_visible()
    ana.pass_until("Day 1 of 14")
    talk(ana, [ben, chi])
    ana.pane().evaluate("log => log.scrollTop = 0")
    ana.pane("thread").evaluate("log => log.scrollTop = log.scrollHeight")
    ana.card("Day 1 of 14").evaluate("card => card.scrollIntoView()")
    if os.environ.get("MOCKINGBIRD_SCREENSHOT") == "1":
        ana.page.mouse.move(0, 0)
        ana.page.screenshot(path=HOME / "docs" / picture)
    ana.press(ana.card("Day 1 of 14"), "Hint")
    expect(ana.card("Hint 1 of")).to_be_visible()
    ana.say("A word from me")
    ana.message("A word from me").hover()
    ana.message("A word from me").get_by_role("button", name="Delete").click()
    expect(ana.page.locator(".sure")).to_be_visible()
    ana.box().press_sequentially("/m")
    expect(ana.page.locator(".suggestions li").first).to_be_visible()
    assert faint(ana.page) == []


def test_the_theme_is_chosen_and_kept(sit: Sit) -> None:
    ana = sit("ana", "light")
    paper = "getComputedStyle(document.querySelector('.top')).backgroundColor"
    light = ana.page.evaluate(paper)
    ana.page.get_by_role("button", name="Dark").click()
    assert ana.page.evaluate(paper) != light
    ana.page.reload()
    expect(ana.page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    assert ana.page.evaluate(paper) != light
    ana.page.get_by_role("button", name="Auto").click()
    assert ana.page.evaluate(paper) == light
