"""A member's progress in words and numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.catalog import TOPICS, Catalog
from bot.core.markup import escape
from bot.core.ui import ActionId, Button, Card, Facts, Prose
from bot.interview.rules import Interview
from bot.mock.rules import Recall
from bot.review.rules import Estimate


@dataclass(frozen=True, slots=True)
class Tally:
    """What a member did so far."""

    streak: int
    answers: int
    reviews: int
    open_reviews: int
    days_done: int
    days_posted: int
    themes: int


@dataclass(frozen=True, slots=True)
class Next:
    """A member's next interview, and how far off it is in words."""

    interview: Interview
    left: str


def mine(
    tally: Tally,
    levels: Mapping[str, Estimate],
    memory: Mapping[str, Recall],
    due: Sequence[Recall],
    catalog: Catalog,
    coming: Next | None = None,
) -> Card:
    """Streak, counts, levels by dimension, coverage by topic, and what comes back."""
    facts = Facts((
        ("Streak", f"{tally.streak} day{'s' if tally.streak != 1 else ''}"),
        ("Answers given", str(tally.answers)),
        ("Reviews written", str(tally.reviews)),
        ("Reviews you owe", str(tally.open_reviews)),
        ("Days ticked off", f"{tally.days_done} of {tally.days_posted} posted"),
        ("STAR themes covered", f"{tally.themes} of 4"),
    ))  # fmt: skip
    first = [Prose(_next(coming, levels, memory, catalog))] if coming else []
    return Card(
        "Your progress",
        (*first, facts, Prose(_levels(levels, catalog)), Prose(_coverage(memory, catalog)), Prose(_due(due, catalog))),
        ((
            Button("A question for me", ActionId("mock.again"), "primary"),
            Button("My reviews", ActionId("review.mine")),
            Button("My stories", ActionId("star.bank")),
            Button("My interviews", ActionId("interview.mine")),
        ),),
        "Only you see this.",
    )  # fmt: skip


def _next(coming: Next, levels: Mapping[str, Estimate], memory: Mapping[str, Recall], catalog: Catalog) -> str:
    """The next interview, and where its stage finds this member weakest."""
    one, stage = coming.interview, catalog.stages.get(coming.interview.stage)
    text = f"**{escape(stage.name if stage else 'An interview')} at {escape(one.company)} {coming.left}.**"
    focus = catalog.countdown.focus.get(one.stage)
    if focus is None:
        return text
    judged = [dimension for dimension in focus.dimensions if dimension in levels]
    if judged:
        least = min(judged, key=lambda dimension: levels[dimension].mean)
        text += f" Of what it scores, you are lowest on {catalog.criteria[least].name} ({levels[least].mean:.1f} of 4)."
    fresh = [topic for topic in focus.topics if _seen(topic, memory, catalog) == 0]
    if fresh:
        text += f" Not practised yet: {', '.join(TOPICS[topic] for topic in fresh)}."
    return text


def _seen(topic: str, memory: Mapping[str, Recall], catalog: Catalog) -> int:
    return sum(family in memory for family in {question.family for question in catalog.by_topic.get(topic, ())})


def _levels(levels: Mapping[str, Estimate], catalog: Catalog) -> str:
    if not levels:
        return "**Levels by dimension** come with your first reviews."
    lines = [
        f"- {criterion.name}: **{levels[criterion.id].mean:.1f}** of 4 "
        f"({levels[criterion.id].low:.1f} to {levels[criterion.id].high:.1f})"
        for criterion in catalog.criteria.values()
        if criterion.id in levels
    ]
    return "**Levels by dimension** (3 would pass)\n" + "\n".join(lines)


def _coverage(memory: Mapping[str, Recall], catalog: Catalog) -> str:
    lines = []
    for topic, name in TOPICS.items():
        families = {question.family for question in catalog.by_topic.get(topic, ())}
        seen = sum(family in memory for family in families)
        passed = sum(memory[family].level >= 3 for family in families if family in memory)
        lines.append(f"- {name}: {seen} of {len(families)} seen, {passed} solid")
    return "**Coverage**\n" + "\n".join(lines)


def _due(due: Sequence[Recall], catalog: Catalog) -> str:
    titles = [catalog.questions[one.question].title for one in due if one.question in catalog.questions]
    if not titles:
        return "**Coming back:** nothing is due now. What you miss returns here."
    more = f"\n- and {len(titles) - 5} more" if len(titles) > 5 else ""
    return "**Coming back now** (press *A question for me*)\n" + "\n".join(f"- {title}" for title in titles[:5]) + more
