"""The one who counts sees what is wrong: accounts that somebody doctored."""

from dataclasses import replace

from tests.chaos.account import Account, Effect, Owed, Verdict

A, B = "chaos|w0|a", "chaos|w0|b"
HONEST = Account(
    owed=[
        Owed(1, "welcome:1", A, "sent"),
        Owed(2, "notice:1", A, "sent"),
        Owed(3, "notice:2", B, "sent"),
        Owed(4, "notice:1:back", A, "sent"),
        Owed(5, "daily:1:2026-11-27", A, "sent"),
    ],
    effects=[
        Effect("welcome:1", A),
        Effect("notice:2", B),
        Effect("notice:1", A),
        Effect("notice:1:back", A, edit=True),
        Effect("notice:1:back", A, edit=True),
        Effect("daily:1:2026-11-27", A),
    ],
    promised={"notice:1", "notice:2"},
    mornings=[A],
)


def test_an_honest_account_has_nothing_wrong_though_an_edit_took_place_twice() -> None:
    assert HONEST.verdict() == Verdict()


def test_a_message_that_never_landed_is_lost_whatever_its_row_says() -> None:
    doctored = replace(HONEST, effects=[one for one in HONEST.effects if one.key != "notice:2"])
    assert doctored.verdict() == Verdict(lost=("notice:2",))


def test_a_message_that_landed_and_is_owed_still_is_lost_to_the_outbox() -> None:
    for state in ("pending", "claimed", "failed"):
        owed = [replace(one, state=state) if one.key == "notice:2" else one for one in HONEST.owed]
        assert replace(HONEST, owed=owed).verdict() == Verdict(lost=("notice:2",))


def test_a_message_that_people_were_promised_and_nobody_owes_is_lost() -> None:
    assert replace(HONEST, promised={"notice:3"}).verdict() == Verdict(lost=("notice:3",))


def test_a_morning_without_its_daily_post_is_lost_and_one_with_two_is_doubled() -> None:
    assert replace(HONEST, mornings=[A, B]).verdict() == Verdict(lost=(f"the daily post of {B}",))
    owed = [*HONEST.owed, Owed(6, "daily:1:2026-11-28", A, "sent")]
    effects = [*HONEST.effects, Effect("daily:1:2026-11-28", A)]
    assert replace(HONEST, owed=owed, effects=effects).verdict() == Verdict(doubled=(f"the daily post of {A}",))


def test_a_message_that_landed_twice_is_doubled() -> None:
    doctored = replace(HONEST, effects=[*HONEST.effects, Effect("notice:2", B)])
    assert doctored.verdict() == Verdict(doubled=("notice:2",))


def test_messages_of_one_channel_that_changed_places_are_out_of_order_and_those_of_two_are_not() -> None:
    welcome, other, notice, *rest = HONEST.effects
    assert replace(HONEST, effects=[other, welcome, notice, *rest]).verdict() == Verdict()
    assert replace(HONEST, effects=[notice, other, welcome, *rest]).verdict() == Verdict(disordered=("welcome:1",))


def test_an_edit_that_takes_place_again_after_what_came_later_is_out_of_order() -> None:
    doctored = replace(HONEST, effects=[*HONEST.effects, Effect("notice:1:back", A, edit=True)])
    assert doctored.verdict() == Verdict(disordered=("notice:1:back",))


def test_a_message_that_nobody_owed_is_named_and_so_is_an_event_with_two_answers() -> None:
    doctored = replace(HONEST, effects=[*HONEST.effects, Effect("notice:9", B)], unlike={"e7"})
    assert doctored.verdict() == Verdict(unowed=("notice:9",), unlike=("e7",))
