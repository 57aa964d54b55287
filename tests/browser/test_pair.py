"""Two people practise with each other in two tabs, and a design is answered in its parts."""

from collections.abc import Callable

from playwright.sync_api import expect

from .seat import Seat

Sit = Callable[..., Seat]


def fill_in_the_rubric(seat: Seat) -> None:
    seat.press(seat.card("interviewer's guide"), "Fill in the rubric")
    expect(seat.dialog).to_contain_text("step 1 of 2")
    for group in seat.dialog.get_by_role("group").all():
        group.get_by_role("radio").nth(2).check()
    seat.submit("Keep the levels")
    seat.press(seat.card("One step left"), "Step 2")
    seat.dialog.get_by_label("One thing to keep").fill("The baseline came first.")
    seat.dialog.get_by_label("One thing to change").fill("Name the metric.")
    seat.submit("Send the rubric")
    expect(seat.card("Rubric sent")).to_be_visible()


def test_two_find_each_other_see_only_their_own_card_and_swap(sit: Sit) -> None:
    ana, ben = sit("ana"), sit("ben")
    ana.set_up()
    ben.press(ben.card("we start"), "Join")
    expect(ben.card("You are in")).to_be_visible()
    ana.ask("/mock pair")
    ben.press(ben.card("A mock interview, now?"), "I am in")
    expect(ben.card("Looking for a partner")).to_be_visible()
    ana.pass_time("next")
    for seat in (ana, ben):
        seat.go("Mockingbird")
        seat.press(seat.card("Your mock interview starts now"), "I am here")
    expect(ana.card("Turn 1: you answer")).to_contain_text("The clock runs until")
    expect(ana.card("interviewer's guide")).to_have_count(0)
    expect(ben.card("interviewer's guide")).to_contain_text("Key points")
    fill_in_the_rubric(ben)
    expect(ana.card("Your rubric")).to_contain_text("Name the metric.")
    ana.press(ana.card("Now you swap"), "We are ready")
    expect(ben.card("Turn 2: you answer")).to_be_visible()
    fill_in_the_rubric(ana)
    expect(ben.card("That was your mock interview")).to_be_visible()


def test_an_onsite_goes_round_by_round_and_a_design_in_two_steps(sit: Sit) -> None:
    ana = sit("ana")
    ana.set_up()
    ana.say("/mock loop")
    ana.press(ana.card("A whole onsite"), "In one sitting")
    ana.press(ana.card("Your onsite"), "Skip it")
    ana.press(ana.card("Your onsite"), "Begin round 2")
    ana.press(ana.card("Round 2: Onsite: ML system design"), "Answer")
    expect(ana.dialog).to_contain_text("Your design, 1 of 2")
    ana.dialog.get_by_label("Problem framing").fill("Losses in euros, decided at login.")
    ana.submit("Keep these parts")
    ana.press(ana.card("Three parts kept"), "Go on")
    ana.dialog.get_by_label("Monitoring").fill("Challenge rate a minute.")
    ana.submit("Keep these parts")
    expect(ana.card("Answered:")).to_contain_text("Still empty: data, features, model, serving.")
