"""Records: dataclasses that nobody changes, which mypy sees to.

While the bot runs they are plain ones. Python makes a frozen one field by field through `object.__setattr__`, which takes
four times as long, and each event makes dozens: a twelfth of all that a `/mock` takes.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

__all__ = ["record"]

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:

    def record(*, frozen, slots):
        """`dataclass`, frozen for whoever reads or checks it."""
        return dataclass(slots=slots, unsafe_hash=frozen)
