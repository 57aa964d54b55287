"""The rubric as reviewers meet it: what each level looks like, the key points, and a field for each criterion."""

from collections.abc import Mapping, Sequence

from bot.catalog import Criterion, Question
from bot.core.pages import prose
from bot.core.ui import Body, Choice, OneOf, Values, one


def anchors(criteria: Sequence[Criterion]) -> list[Body]:
    """Each criterion with its four levels."""
    body: list[Body] = []
    for criterion in criteria:
        lines = "\n".join(
            f"{level}. **{anchor.label}.** {anchor.text}" for level, anchor in enumerate(criterion.anchors, start=1)
        )
        body += prose(f"**{criterion.name}.** {criterion.asks}\n{lines}")
    return body


def key_points(question: Question) -> str:
    """The points that a good answer makes, numbered."""
    return "**Key points**\n" + "\n".join(
        f"{number}. {point}" for number, point in enumerate(question.key_points, start=1)
    )


def level_fields(criteria: Sequence[Criterion], given: Mapping[str, int]) -> tuple[OneOf, ...]:
    """A field a criterion, with the levels that were given before."""
    return tuple(
        OneOf(
            _field(criterion.id),
            criterion.name,
            tuple(Choice(f"{level}: {anchor.label}", str(level))
                  for level, anchor in enumerate(criterion.anchors, start=1)),
            criterion.asks if len(criterion.asks) <= 100 else "",
            str(given.get(criterion.id, "")),
        )
        for criterion in criteria
    )  # fmt: skip


def levels_of(criteria: Sequence[Criterion], values: Values) -> dict[str, int]:
    """The levels that a filled form holds, by criterion."""
    return {criterion.id: int(one(values[_field(criterion.id)])) for criterion in criteria}


def _field(criterion: str) -> str:
    """A criterion's id as the id of its field."""
    return criterion.replace("-", "_")
