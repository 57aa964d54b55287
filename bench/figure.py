"""A measured figure and how its line reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` against `goal`, which is the most that will do, or with `at_least` the least. `seen` are the numbers
    behind it."""

    name: str
    value: float
    goal: float
    unit: str = "times"
    at_least: bool = False
    seen: str = ""

    @property
    def ok(self) -> bool:
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    def __str__(self) -> str:
        sign, verdict = ">=" if self.at_least else "<=", "ok" if self.ok else "short"
        measured, goal = f"{self.value:,.2f} {self.unit}", f"goal {sign} {self.goal:g} {self.unit}"
        return f"{self.name:<22} {measured:>12}  {goal:<16}  {verdict:<5}  {self.seen}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share (0 to 1) of the values lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def resident() -> float:
    """This process's resident memory now, in MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6
