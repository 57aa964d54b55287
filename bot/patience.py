"""How long a deliverer waits for whom, and how often it tries."""

from dataclasses import dataclass
from datetime import timedelta

# A doubtful claim waits out the HTTP timeout (30 s) and a grace: the request may still be on its way.
LEASE = timedelta(seconds=90)
TIMEOUT = 60.0  # seconds for one message, well within the lease
FIRST_RETRY, LONGEST_RETRY = 2.0, 600.0  # seconds
MOST_ATTEMPTS = 40  # with the longest pause between them, about six hours
MOST_LOOKS = MOST_ATTEMPTS + 10  # tries after which a message that is still in doubt is left to the operator
IDLE = 30.0  # seconds between two looks when nobody wakes us
SENDER = timedelta(
    seconds=30
)  # of a lease on a sender; a third of it on, it is prolonged: one try that fails is no harm
SHARING = timedelta(
    seconds=1
)  # until we ask again for what another process sends to, or whether others want some of ours
GRACE = 5.0  # seconds at the end for what is under way


@dataclass(frozen=True, slots=True)
class Patience:
    """In seconds where it is a number. Only a test that cannot wait so long has less."""

    lease: timedelta = LEASE
    timeout: float = TIMEOUT
    first_retry: float = FIRST_RETRY
    longest_retry: float = LONGEST_RETRY
    idle: float = IDLE
    sender: timedelta = SENDER
    sharing: timedelta = SHARING
    grace: float = GRACE


USUAL = Patience()
