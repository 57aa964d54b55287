"""`python -m bench [figure ...]`: measure them all, or those named, and print a line a figure."""

import logging
import sys
from collections.abc import Callable, Iterator

from bench import (
    content,
    discord_interactions,
    discord_memory,
    due_groups,
    idle,
    minute,
    mock_throughput,
    outbox,
    processes,
    slack_commands,
    start,
    stored_answers,
)
from bench.figure import Figure

FIGURES: dict[str, Callable[[], Iterator[Figure]]] = {
    "mock_throughput": mock_throughput.measure,
    "due_groups": due_groups.measure,
    "outbox": outbox.measure,
    "minute": minute.measure,
    "processes": processes.measure,
    "idle": idle.measure,
    "stored_answers": stored_answers.measure,
    "start": start.measure,
    "content": content.measure,
    "slack_commands": slack_commands.measure,
    "discord_interactions": discord_interactions.measure,
    "discord_memory": discord_memory.measure,
}


def main(names: list[str]) -> int:
    """The exit status: 0 once all is measured, whatever came out; 2 where a name is none of ours."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        print(f"There is no figure {', '.join(unknown)}. There are {', '.join(FIGURES)}.", file=sys.stderr)
        return 2
    for name in names or FIGURES:
        for figure in FIGURES[name]():
            print(figure, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
