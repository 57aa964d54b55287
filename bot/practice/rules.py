"""Which sample answer to practise reviewing on, and how a reviewer's levels lie against the judged ones."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from bot.catalog import QUALITIES, Calibration

LAST = 10  # practised answers that a tendency is read from: people learn, and older ones say less
MILD = 0.25  # levels a criterion: a mean difference up to this is no tendency


@dataclass(frozen=True, slots=True)
class Practised:
    """A sample answer (`number` from 1 among its question's) and the levels that a member gave it, by criterion."""

    question: str
    number: int
    levels: Mapping[str, int]


def pick(
    calibrations: Sequence[Calibration], practised: Collection[Practised], seen: Collection[str], taste: str
) -> tuple[str, int] | None:
    """The sample answer that comes next, as question id and number; None where there is none.

    First those practised least, among them those to questions that the member has `seen` already, so that practice
    tells least about questions to come; what is alike in that comes in an order that `taste` mixes.
    """
    times: dict[tuple[str, int], int] = {}
    for one in practised:
        times[one.question, one.number] = times.get((one.question, one.number), 0) + 1
    samples = [(one.id, number) for one in calibrations for number in range(1, len(QUALITIES) + 1)]
    return min(
        samples,
        key=lambda sample: (times.get(sample, 0), sample[0] not in seen, crc32(f"{taste}:{sample}".encode())),
        default=None,
    )


def tendency(calibrations: Mapping[str, Calibration], practised: Sequence[Practised]) -> float | None:
    """By how many levels a criterion a member reads higher (above 0) or lower than the judges, on the mean of the last
    ten practised answers (the oldest first); None where there is nothing to read it from."""
    differences = [
        level - verdicts[criterion].level
        for one in practised[-LAST:]
        if one.question in calibrations
        for verdicts in [calibrations[one.question].samples[one.number - 1].levels]
        for criterion, level in one.levels.items()
        if criterion in verdicts
    ]
    return sum(differences) / len(differences) if differences else None


def hits(given: Mapping[str, int], judged: Mapping[str, int]) -> int:
    """On how many criteria the levels are the same."""
    return sum(judged.get(criterion) == level for criterion, level in given.items())
