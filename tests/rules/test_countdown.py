"""A plan for the days left: fitted to how many there are, to the stage, and to what is the member's own."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.catalog import Catalog
from bot.content import load
from bot.interview.countdown import LONGEST, Schedule, Standing, schedule, stand
from bot.mock.rules import Recall
from bot.review.rules import Estimate

CATALOG: Catalog = load()
TODAY = date(2026, 9, 1)
EPOCH = datetime(2026, 8, 1, tzinfo=UTC)
KNOWS = Standing(
    topics=("framing", "production"),
    weak=("system-design",),
    due={TODAY: ["Two towers"], TODAY + timedelta(days=2): ["A cold start"]},
    themes=("failed-model", "trade-off"),
    lines=7,
    names={"system-design": "ML system design", "failed-model": "A model that failed", "trade-off": "A trade-off"},
)


def plan(
    left: int, stage: str = "onsite-design", knows: Standing = KNOWS, off: frozenset[date] = frozenset()
) -> Schedule:
    on = TODAY + timedelta(days=left)
    return schedule(CATALOG.countdown, CATALOG.stages[stage], TODAY, on, knows, off)


def made(one: Schedule) -> list[str]:
    return [task.move.id for day in one.days for task in day.tasks]


def words(one: Schedule) -> str:
    return "\n".join(task.text for day in one.days for task in day.tasks)


@given(st.integers(0, 40), st.sampled_from(list(CATALOG.stages)), st.booleans(), st.sets(st.integers(0, 20)))
def test_any_plan_keeps_to_its_days_minutes_and_windows(left: int, stage: str, known: bool, off: set[int]) -> None:
    free = frozenset(TODAY + timedelta(days=day) for day in off)
    found = plan(left, stage, KNOWS if known else Standing(), free)
    assert [day.left for day in found.days] == list(range(min(left, LONGEST), -1, -1))
    assert found.days[-1].date == TODAY + timedelta(days=left)
    for day in found.days:
        assert day.minutes <= day.phase.minutes
        assert not (day.away and day.tasks)
        for task in day.tasks:
            assert task.move.last <= day.left <= task.move.first
            assert task.text
            assert "{" not in task.text
    for move in CATALOG.countdown.moves:
        at = [day.left for day in found.days for task in day.tasks if task.move == move]
        assert len(at) <= move.times
        assert all(before - after >= move.every for before, after in pairwise(at))


def test_three_days_are_another_plan_than_twenty() -> None:
    short, long = plan(3), plan(20)
    assert [task.move.id for day in long.days[-4:] for task in day.tasks] != made(short)
    assert {"reading", "peer"} <= set(made(long)) - set(made(short))
    assert short.left_out
    assert not long.left_out
    # What matters most is done in both.
    assert {"boxes", "warm-up", "due", "research", "rehearsal", "questions"} <= set(made(short)) & set(made(long))


def test_the_day_itself_is_a_warm_up_and_the_boxes() -> None:
    assert set(made(plan(0))) == {"boxes", "warm-up"}


def test_the_plan_speaks_of_what_is_the_members_own() -> None:
    told = words(plan(6))
    for own in (
        "*Two towers*",
        "*A cold start*",
        "*ML system design*",
        "/mock framing onsite-design",
        "4 lines",
        "3 lines",
    ):
        assert own in told
    assert "*Two towers*" not in words(plan(6, knows=Standing(topics=("framing",))))


def test_what_comes_back_comes_on_its_day_and_once() -> None:
    days = plan(6).days
    back = [(day.left, task.text) for day in days for task in day.tasks if task.move.what == "due"]
    assert [left for left, _ in back] == [6, 4]
    assert "cold start" in back[1][1]


def test_stories_are_for_the_stages_that_ask_them() -> None:
    assert "story" in made(plan(6, "onsite-behavioural"))
    assert "story" not in made(plan(6, "onsite-coding"))
    assert "story" not in made(plan(6, "onsite-behavioural", Standing()))


def test_a_standing_names_the_least_covered_topic_and_the_weakest_dimension_first() -> None:
    focus = CATALOG.countdown.focus["onsite-design"]
    solid = CATALOG.by_topic["ml-system-design"][0]
    passed = Recall(solid.family, solid.id, 4, EPOCH, None)
    levels = {
        "system-design": Estimate(2.4, 2, 3),
        "framing": Estimate(1.9, 1, 3),
        "communication": Estimate(3.4, 3, 4),
    }
    knows = stand(focus, CATALOG, {solid.family: passed}, levels, {}, {"trade-off"}, 3)
    assert knows.topics[-1] == "ml-system-design"
    assert knows.weak == ("framing", "system-design")
    assert "trade-off" not in knows.themes
    assert len(knows.themes) == 3
