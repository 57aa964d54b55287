"""A member's progress in words and numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.catalog import TOPICS, Catalog
from bot.core.ui import ActionId, Button, Card, Facts, Prose
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


def mine(
    tally: Tally,
    levels: Mapping[str, Estimate],
    memory: Mapping[str, Recall],
    due: Sequence[Recall],
    catalog: Catalog,
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
    return Card(
        "Your progress",
        (facts, Prose(_levels(levels, catalog)), Prose(_coverage(memory, catalog)), Prose(_due(due, catalog))),
        ((
            Button("A question for me", ActionId("mock.again"), "primary"),
            Button("My reviews", ActionId("review.mine")),
            Button("My stories", ActionId("star.bank")),
        ),),
        "Only you see this.",
    )  # fmt: skip


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
