"""The three fates of an error: told to the person, retried or retired, logged with a reference."""

from dataclasses import dataclass


class BotError(Exception):
    """Every error that Mockingbird raises on purpose."""


class Refused(BotError):
    """The person cannot have this now. The message is shown to them alone and says what to do next.

    It is a sentence for people in the neutral markup: escape what a person typed before it goes in.
    """


class SettingsError(BotError):
    """The environment holds a value that cannot be used; the message names it and what is expected."""


class StoreError(BotError):
    """The database cannot be used as it is; the message says what is wrong and how to mend it."""


class StoreUnavailable(StoreError):
    """The database does not answer, or takes nothing, for now: nothing was changed, and later it may."""


class ContentError(BotError):
    """The content files have faults; `faults` holds each as ``file:line: what is wrong``."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a group's channel from getting its posts, in words for the people who can mend it.

    `code` is the platform's own word for it: whoever was told of it is not told again while it lasts. `why` and `mend`
    are sentences in the neutral markup. `whom` is somebody who can mend it, by the platform's id, where it names one.
    """

    code: str
    why: str
    mend: str
    whom: str = ""


class DeliveryFailed(BotError):
    """A platform did not take a message.

    `permanent` faults are retired, others tried again, after `retry_after` seconds where the platform says so.
    `doubtful` ones lost the answer, not the message for certain: it is looked up before it is sent again.
    `unknowable` is what a look-up says that can tell neither that the message landed nor that it did not, and could not
    the next time either: it is left to the operator. `looking`: it was raised by a look-up, so the doubt is as it was.
    `closed` means that the person takes no direct messages: the message goes the in-channel way instead.
    `untried` ones were not even asked for, because the platform's pace did not allow it: they count as no try.
    `obstacle` is what the group's people can do about it.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        doubtful: bool = False,
        unknowable: bool = False,
        closed: bool = False,
        untried: bool = False,
        obstacle: Obstacle | None = None,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent or closed
        self.retry_after = retry_after
        self.doubtful = doubtful
        self.unknowable = unknowable
        self.looking = unknowable
        self.closed = closed
        self.untried = untried
        self.obstacle = obstacle
