"""The event loop that a process runs on: uvloop's, where there is one."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_new: Callable[[], asyncio.AbstractEventLoop]

try:
    import uvloop
except ImportError:  # on Windows
    _new = asyncio.new_event_loop
else:
    _new = uvloop.new_event_loop


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run it to its end, as `asyncio.run`."""
    with asyncio.Runner(loop_factory=_new) as runner:
        return runner.run(main)
