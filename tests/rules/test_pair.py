"""Who is paired with whom: as many as can be, fresh pairs first, hours that meet, and nobody left over silently."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from bot.catalog import Catalog
from bot.mock.rules import Wish
from bot.pair.rules import (
    LEAD,
    LOOK,
    NOTICE,
    SESSION,
    History,
    Made,
    Request,
    Score,
    Seeker,
    cost,
    decide_at,
    hint_times,
    match,
    meeting,
    overall,
    read_spans,
    read_wish,
    spans_of,
    spans_text,
    wish_text,
)

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
DAY = date(2026, 9, 2)


def looks(member: int, *, late: int = 0) -> Seeker:
    """Somebody who looks for a partner now, and has waited long enough."""
    return Seeker(member, (Request(member, 1, member, NOW + timedelta(seconds=late), NOW),))


def offers(member: int, hours: Sequence[int], zone: str = "UTC", *, due: bool = True, day: date = DAY) -> Seeker:
    """Somebody who offers hours of a day."""
    decide = NOW if due else NOW + timedelta(hours=1)
    return Seeker(member, (Request(member, 1, member, NOW, decide, spans_of(day, hours, zone), day, tuple(hours)),))


def two(made: Made) -> tuple[int, int]:
    first, second = sorted((made.meeting.first.member, made.meeting.second.member))
    return first, second


def repeats(pairs: Sequence[tuple[int, int]], history: History) -> int:
    return sum(cost(one, other, history) for one, other in pairs)


def every_way(members: Sequence[int]) -> list[list[tuple[int, int]]]:
    """Every way to pair as many as can be."""
    if len(members) < 2:
        return [[]]
    first, rest = members[0], members[1:]
    ways = [[(first, other), *way] for other in rest for way in every_way([one for one in rest if one != other])]
    return ways + (every_way(rest) if len(members) % 2 else [])


@given(st.integers(2, 7), st.dictionaries(st.tuples(st.integers(1, 7), st.integers(1, 7)), st.integers(0, 4)))
def test_as_many_as_can_be_are_paired_and_no_other_way_repeats_less(
    count: int, met: dict[tuple[int, int], int]
) -> None:
    history = History({(min(pair), max(pair)): times for pair, times in met.items() if pair[0] != pair[1]})
    members = list(range(1, count + 1))
    made = match([looks(member) for member in members], history, NOW)
    pairs = [two(one) for one in made]
    assert len(pairs) == count // 2
    assert len({member for pair in pairs for member in pair}) == 2 * len(pairs)
    best = min(repeats(way, history) for way in every_way(members) if len(way) == count // 2)
    assert repeats(pairs, history) == best


@given(st.integers(2, 9))
def test_nobody_who_looks_now_is_left_over_an_odd_one_observes(count: int) -> None:
    made = match([looks(member) for member in range(1, count + 1)], History(), NOW)
    watching = [one.observer.member for one in made if one.observer is not None]
    paired = [member for one in made for member in two(one)]
    assert sorted(paired + watching) == list(range(1, count + 1))
    assert len(watching) == count % 2


def test_of_two_who_have_met_as_often_the_one_met_longer_ago_comes_first() -> None:
    times = {(1, 2): 1, (1, 3): 1, (2, 3): 1}
    last = {(1, 2): NOW - timedelta(days=1), (1, 3): NOW - timedelta(days=9), (2, 3): NOW - timedelta(days=1)}
    [made] = match([looks(1), looks(2), looks(3)], History(times, last), NOW)
    assert two(made) == (1, 3)


def test_who_observed_the_last_time_is_paired_and_else_who_asked_first() -> None:
    [made] = match([looks(1), looks(2), looks(3)], History(observed={3: 1}), NOW)
    assert 3 in two(made)
    [made] = match([looks(1, late=9), looks(2), looks(3, late=1)], History(), NOW)
    assert (two(made), made.meeting.first.member) == ((2, 3), 2)


def test_the_same_seekers_in_another_order_give_the_same_pairs() -> None:
    seekers = [looks(member) for member in range(1, 8)]
    history = History({(1, 2): 1, (3, 4): 2})
    assert match(seekers, history, NOW) == match(seekers[::-1], history, NOW)


def test_hours_meet_across_zones_with_half_hours_too() -> None:
    berlin, kolkata = offers(1, [14, 15], "Europe/Berlin"), offers(2, [18, 19], "Asia/Kolkata")
    found = meeting(berlin, kolkata, NOW)
    # 14:00 to 16:00 in Berlin is 12:00 to 14:00 UTC; 18:00 to 20:00 in Kolkata is 12:30 to 14:30.
    assert found is not None
    assert found.starts == datetime(2026, 9, 2, 12, 30, tzinfo=UTC)
    assert meeting(berlin, offers(3, [18], "Asia/Tokyo"), NOW) is None  # 09:00 to 10:00


def test_less_than_an_hour_in_common_is_no_meeting() -> None:
    assert meeting(offers(1, [14], "Europe/Berlin"), offers(2, [17], "Asia/Kolkata"), NOW) is None


def test_hours_across_a_change_of_the_clocks_are_hours() -> None:
    autumn = spans_of(date(2026, 10, 25), [1, 2, 3], "Europe/Berlin")  # 02:00 comes twice, and means the first
    assert sum(((end - start) for start, end in autumn), timedelta()) == timedelta(hours=3)
    spring = spans_of(date(2026, 3, 29), [1, 2, 3], "Europe/Berlin")  # 02:00 does not come, and moves forward
    assert len(spring) == 1


def test_nobody_is_paired_before_somebody_has_waited_long_enough() -> None:
    assert match([offers(1, [18], due=False), offers(2, [18], due=False)], History(), NOW) == []
    [made] = match([offers(1, [18]), offers(2, [18], due=False)], History(), NOW)
    assert two(made) == (1, 2)


def test_nobody_is_to_sit_in_two_pairs_at_once() -> None:
    starts = datetime(2026, 9, 2, 18, 0, tzinfo=UTC)
    taken = ((starts - timedelta(minutes=30), starts + timedelta(minutes=30)),)
    busy = Seeker(1, offers(1, [18]).requests, taken)
    assert match([busy, offers(2, [18])], History(), NOW) == []
    longer = Seeker(1, offers(1, [18, 19]).requests, taken)
    assert match([longer, offers(2, [18, 19])], History(), NOW) == []  # the earliest hour is taken
    made = match([offers(2, [18]), offers(3, [18]), busy], History(), NOW)
    assert made[0].observer is None


def test_an_odd_one_observes_only_where_the_hour_suits_them() -> None:
    [made] = match([offers(1, [18]), offers(2, [18]), offers(3, [20])], History(), NOW)
    assert (two(made), made.observer) == ((1, 2), None)
    [made] = match([offers(1, [18]), offers(2, [18]), offers(3, [17, 18])], History(), NOW)
    assert made.observer is not None


def test_a_pair_for_later_starts_on_a_round_minute_with_notice() -> None:
    now = datetime(2026, 9, 2, 18, 1, 13, tzinfo=UTC)
    found = meeting(offers(1, [18, 19]), offers(2, [18, 19]), now)
    assert found is not None
    assert found.starts >= now + NOTICE
    assert found.starts.minute % 5 == found.starts.second == 0


def test_others_are_waited_for_until_an_hour_before_but_not_longer_than_six_hours() -> None:
    assert decide_at(NOW, spans_of(DAY, [18], "UTC")) == NOW + LOOK
    soon = spans_of(NOW.date(), [15], "UTC")
    assert decide_at(NOW, soon) == soon[0][0] - LEAD
    assert decide_at(NOW, spans_of(NOW.date(), [12], "UTC")) == NOW
    request = offers(1, [18, 19]).requests[0]
    assert request.last_start == datetime(2026, 9, 2, 20, 0, tzinfo=UTC) - SESSION


@given(
    st.lists(st.integers(0, 23), min_size=1, unique=True), st.sampled_from(["UTC", "Asia/Kolkata", "America/New_York"])
)
def test_spans_and_wishes_come_back_as_they_were_kept(hours: list[int], zone: str) -> None:
    spans = spans_of(DAY, hours, zone)
    assert read_spans(spans_text(spans)) == spans
    assert all(one[1] < other[0] for one, other in combinations(spans, 2))
    wish = Wish("coding", "", "", "onsite-coding")
    assert read_wish(wish_text(wish)) == wish
    assert read_wish("") == Wish()


def test_hints_come_in_the_middle_of_the_clock_and_cost_levels(catalog: Catalog) -> None:
    question = next(iter(catalog.questions.values()))
    at = hint_times(question, NOW)
    assert len(at) == len(question.hints)
    assert NOW < at[0] < at[-1] < NOW + timedelta(minutes=question.minutes)
    assert overall(Score(1, 1, {"a": 4, "b": 4}), 2) == 2
    assert overall(Score(1, 1, {"a": 3, "b": 4}), 4) == 4
