"""STAR stories, and which of the four themes they cover."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

MOST_STORIES = 50  # a member; more is not prepared better


@dataclass(frozen=True, slots=True)
class Story:
    id: int
    member: int
    theme: str
    title: str
    situation: str
    task: str
    action: str
    result: str
    updated: datetime

    def part(self, id: str) -> str:
        """situation, task, action or result."""
        return {"situation": self.situation, "task": self.task, "action": self.action, "result": self.result}[id]

    @property
    def has_number(self) -> bool:
        """Whether the result is measured: a result without a number convinces nobody."""
        return any(character.isdigit() for character in self.result)


def covered(stories: Iterable[Story]) -> dict[str, int]:
    """Theme -> how many stories serve it."""
    counts: dict[str, int] = {}
    for story in stories:
        counts[story.theme] = counts.get(story.theme, 0) + 1
    return counts
