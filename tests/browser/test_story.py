"""The main story, lived by four people in four tabs: set up, a day's post, answers, reviews, feedback."""

from collections.abc import Callable

from playwright.sync_api import expect

from .seat import Seat

Sit = Callable[..., Seat]


def join(seat: Seat) -> None:
    seat.press(seat.card("we start"), "Join")
    expect(seat.card("You are in")).to_be_visible()


def answer_by_form(seat: Seat, text: str) -> None:
    seat.press(seat.card("Day 1 of 14"), "Answer")
    seat.dialog.get_by_role("textbox").fill(text)
    seat.submit("Keep my answer")
    expect(seat.card("Answered:")).to_be_visible()


def answer_in_the_thread(seat: Seat, text: str) -> None:
    """Typed, put right by an edit; a second message is written and taken back."""
    seat.card("Day 1 of 14").locator("button.replies").click()
    seat.say("A first thouhgt.", "thread")
    expect(seat.message("A first thouhgt.", "thread")).to_be_visible()
    seat.box("thread").press("ArrowUp")
    seat.page.locator("textarea.edit").fill(text)
    seat.page.keyboard.press("Enter")
    expect(seat.message(text, "thread")).to_contain_text("(edited)")
    seat.say("Wrong thread, sorry.", "thread")
    wrong = seat.message("Wrong thread, sorry.", "thread")
    wrong.hover()
    wrong.get_by_role("button", name="Delete").click()
    wrong.locator(".sure").get_by_role("button", name="Delete").click()
    expect(wrong).to_have_count(0)


def review_all(seat: Seat) -> int:
    """Write every review that is owed, each through both steps; how many."""
    seat.go("Mockingbird")
    written = 0
    while "Nothing to review" not in (opened := seat.ask("/review next")).inner_text():
        seat.press(opened, "Write the review")
        expect(seat.dialog).to_contain_text("step 1 of 2")
        for group in seat.dialog.get_by_role("group").all():
            group.get_by_role("radio").nth(2).check()
        seat.submit("Keep the levels")
        seat.press(seat.card("one step left"), "Step 2")
        expect(seat.dialog).to_contain_text("step 2 of 2")
        seat.dialog.get_by_role("checkbox").first.check()
        seat.dialog.get_by_label("One thing to keep").fill("The baseline comes first, with a number.")
        seat.dialog.get_by_label("One thing to change").fill("Name the metric before the model.")
        seat.submit("Send the review")
        written += 1
        expect(seat.card("Review sent").nth(0)).to_be_visible()
    return written


def test_two_weeks_begin_and_a_day_runs_from_the_post_to_the_feedback(sit: Sit) -> None:
    ana, ben, chi, dee = sit("ana"), sit("ben"), sit("chi"), sit("dee")
    ana.set_up()
    expect(ana.card("Your study group is set")).to_contain_text("Only you see this")
    expect(ben.card("Your study group is set")).to_have_count(0)
    for seat in (ben, chi, dee):
        join(seat)

    ana.pass_until("Day 1 of 14")
    for seat in (ben, chi, dee):
        expect(seat.card("Day 1 of 14")).to_be_visible()
    answer_by_form(ana, "Split by time, because the future is what we predict.\n\n- No leakage.")
    answer_by_form(ben, "I would draw the learning curves first.")
    answer_in_the_thread(chi, "Compare training and validation error, then decide.")
    expect(dee.card("Day 1 of 14").locator("button.replies")).to_contain_text("1 reply")

    ana.pass_time("day")
    dee.card("Day 1 of 14").locator("button.replies").click()
    expect(dee.card("Closed:", "thread")).to_be_visible()
    for text in ("No leakage", "learning curves first"):
        expect(dee.pane("thread")).to_contain_text(text)

    assert sum(review_all(seat) for seat in (ana, ben, chi, dee)) >= 3
    chi.go("Mockingbird")
    for _ in range(6):
        if chi.card("Feedback on your answer").count():
            break
        ana.pass_time("next")
    expect(chi.card("Feedback on your answer")).to_contain_text("Name the metric before the model.")
    for seat in (ana, ben):
        expect(seat.card("Feedback on your answer")).to_be_visible()
