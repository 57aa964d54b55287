"""An interview of one's own in the playground: told by a form, planned for, ticked off, and saved as a file."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from .seat import Seat

Sit = Callable[..., Seat]


def add(seat: Seat, when: str) -> None:
    seat.say("/interview add onsite-design Acme")
    seat.dialog.get_by_label("Day and hour").fill(when)
    seat.dialog.get_by_role("button", name="Count down to it").click()


def test_an_interview_is_told_prepared_for_and_saved(sit: Sit, tmp_path: Path) -> None:
    ana = sit("ana")
    ana.set_up()
    add(ana, "yesterday noon")
    expect(ana.dialog).to_contain_text("no date")
    expect(ana.dialog.get_by_label("Company")).to_have_value("Acme")
    ana.dialog.get_by_label("Day and hour").fill("tomorrow 14:00")
    ana.submit("Count down to it")
    card = ana.card("Onsite: ML system design at Acme")
    expect(card).to_contain_text("tomorrow")
    ana.press(card, "Checklist")
    ana.press(ana.card("Checklist:"), "Tick boxes")
    ana.dialog.get_by_role("checkbox").first.check()
    ana.submit("Keep")
    expect(ana.card("Checklist:")).to_contain_text("1 of 8 ticked")
    ana.say("/interview plan")
    expect(ana.card("Your plan:")).to_contain_text("One day left")
    ana.say("/interview calendar")
    with ana.page.expect_download() as saved:
        ana.card("For your calendar").get_by_role("link", name="Save interviews.ics").click()
    saved.value.save_as(tmp_path / "saved.ics")
    assert b"SUMMARY:Onsite: ML system design at Acme" in (tmp_path / "saved.ics").read_bytes()


def test_a_reminder_comes_by_itself_and_what_was_asked_goes_to_the_channel(sit: Sit) -> None:
    ana = sit("ana")
    ana.set_up()
    add(ana, "tomorrow 14:00")
    expect(ana.card("Onsite: ML system design at Acme")).to_be_visible()
    ana.go("Mockingbird")
    for title in ("An hour to go", "Ten minutes", "How was it?"):
        ana.pass_until(title)
    ana.press(ana.card("How was it?"), "Tell how it went")
    ana.dialog.get_by_label("What was asked?").fill("Rank <b>sellers</b> & explain why.")
    ana.dialog.get_by_role("radio", name="Fine").check()
    ana.dialog.get_by_role("radio", name="without my name").check()
    ana.submit("Keep it")
    ana.go("mle-prep")
    shared = ana.card("Asked in an interview")
    expect(shared).to_contain_text("Rank <b>sellers</b> & explain why.")
    ana.press(shared, "Try it")
    expect(ana.card("Mock question")).to_contain_text("as one of you was asked")
