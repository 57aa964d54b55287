"""A sample answer to practise on, and how one's levels lie against the judged ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.catalog import TOP_LEVEL, Catalog, Criterion, Question, Sample
from bot.core.pages import paged, prose, said, sheets
from bot.core.ui import FORM_PARTS, ActionId, Body, Button, Card, Form, Prose, Row
from bot.practice.rules import MILD, hits
from bot.review.rubric import anchors, key_points, level_fields


@dataclass(frozen=True, slots=True)
class Exercise:
    """A sample answer with its place: `number` from 1 among its question's."""

    question: Question
    number: int
    sample: Sample

    @property
    def arg(self) -> str:
        return f"{self.question.id}/{self.number}"


def answer(exercise: Exercise, page: int) -> Card:
    """The answer to practise on, with its question before it."""
    body: list[Body] = [
        Prose("Nobody in your group wrote this. Read it as its interviewer would, give your levels, and see how they "
              "lie against the judged ones. Nobody else sees them."),
        *prose(f"**{exercise.question.title}**\n\n{exercise.question.prompt}"),
        Prose("**The answer**"),
        *said(exercise.sample.text),
    ]  # fmt: skip
    rows: tuple[Row, ...] = ((
        Button("Give your levels", ActionId("practice.levels", exercise.arg), "primary"),
        Button("Levels and key points", ActionId("practice.guide", f"{exercise.arg}/1")),
        Button("Another one", ActionId("practice.start")),
    ),)  # fmt: skip
    return paged(
        "Practise reviewing", body, page, lambda number: ActionId("practice.turn", f"{exercise.arg}/{number}"), rows
    )


def guide(exercise: Exercise, criteria: Sequence[Criterion], page: int) -> Card:
    """What each level looks like, and the points that a good answer makes."""
    rows: tuple[Row, ...] = ((Button("Give your levels", ActionId("practice.levels", exercise.arg), "primary"),),)
    return paged("Levels and key points", [*anchors(criteria), *prose(key_points(exercise.question))], page,
                 lambda number: ActionId("practice.turn_guide", f"{exercise.arg}/{number}"), rows)  # fmt: skip


def levels_form(exercise: Exercise, criteria: Sequence[Criterion]) -> Form:
    """A level for each criterion."""
    intro = f"Your levels for the answer to **{exercise.question.title}**" if len(criteria) < FORM_PARTS else ""
    action = ActionId("practice.levels", exercise.arg)
    return Form("Your levels", action, level_fields(criteria, {}), submit="Compare", intro=intro)


def compared(
    exercise: Exercise, criteria: Sequence[Criterion], given: Mapping[str, int], leaning: float | None, catalog: Catalog
) -> list[Card]:
    """Level by level: yours, the judged one and why; then what the answer makes and misses, and how you tend to read."""
    judged = {id: verdict.level for id, verdict in exercise.sample.levels.items()}
    body: list[Body] = [Prose(_headline(hits(given, judged), len(criteria)))]
    for criterion in criteria:
        verdict = exercise.sample.levels[criterion.id]
        body += prose(f"**{criterion.name}**: you gave {given[criterion.id]}, judged **{verdict.level}** of {TOP_LEVEL} "
                      f"({_apart(given[criterion.id] - verdict.level)}). {verdict.why}")  # fmt: skip
    body += prose(_points(exercise))
    flags = [catalog.flags[id] for id in exercise.sample.flags if id in catalog.flags]
    if flags:
        body += prose("**Mistakes to flag**\n" + "\n".join(f"- {flag.label}" for flag in flags))
    if leaning is not None:
        body.append(Prose(_leaning(leaning)))
    rows: tuple[Row, ...] = ((Button("Practise on another", ActionId("practice.start"), "primary"),
                              Button("Reviews I owe", ActionId("review.mine"))),)  # fmt: skip
    return _sheets("Your levels and the judged ones", body, rows)


def _sheets(title: str, body: Sequence[Body], rows: tuple[Row, ...]) -> list[Card]:
    """As many cards as the words need, the buttons on the last."""
    from_pages = sheets(body)
    return [
        Card(title if len(from_pages) == 1 else f"{title} ({page} of {len(from_pages)})", sheet,
             rows if page == len(from_pages) else ())
        for page, sheet in enumerate(from_pages, start=1)
    ]  # fmt: skip


def _headline(same: int, of: int) -> str:
    if same == of:
        return "You read it exactly as the judges did."
    return f"The same level on {same} of {of} criteria. A level beside is normal; two apart is worth a second look."


def _apart(difference: int) -> str:
    if difference == 0:
        return "the same"
    return f"{abs(difference)} {'higher' if difference > 0 else 'lower'}"


def _points(exercise: Exercise) -> str:
    lines = [
        f"- {point} (*{'it makes it' if number in exercise.sample.key_points else 'it misses it'}*)"
        for number, point in enumerate(exercise.question.key_points, start=1)
    ]
    return "**Key points**\n" + "\n".join(lines)


def _leaning(leaning: float) -> str:
    if abs(leaning) <= MILD:
        return "Over your last practice answers you read about as the judges do."
    way = "higher" if leaning > 0 else "lower"
    advice = (
        "Ask for the reason behind a term before you give a 3." if leaning > 0 else "A 3 would pass: it need not shine."
    )
    return f"Over your last practice answers you read {abs(leaning):.1f} levels {way} than the judges. {advice}"
