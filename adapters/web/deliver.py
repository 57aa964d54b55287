"""The playground as a platform: what the bot owes is written into its history."""

from adapters.web import workspace
from adapters.web.history import History
from bot.core.errors import DeliveryFailed
from bot.core.events import Place, Receipt
from bot.core.ports import Clock, Limits, Parcel


class WebPlatform:
    """Implements `bot.core.ports.Platform`. Sending the same key again returns the first receipt."""

    name = workspace.PLATFORM
    limits: Limits = "workspace"

    def __init__(self, history: History, clock: Clock) -> None:
        self._history = history
        self._clock = clock

    def wait(self, place: Place, ahead: int = 0) -> float:
        """The playground takes any pace."""
        return 0.0

    async def send(self, parcel: Parcel) -> Receipt:
        """Post the card, or put it in the place of the one it edits. Raises DeliveryFailed for good where it cannot."""
        known = self._history.landed(parcel.key)
        if known:
            return known
        if parcel.edits:
            changed = self._history.edit(parcel.edits, card=parcel.card, key=parcel.key)
            if changed is None:
                raise DeliveryFailed(f"there is no message {parcel.edits} to edit", permanent=True)
            return changed
        self._check(parcel)
        return self._history.post(
            parcel.place, workspace.BOT, self._clock.now(), card=parcel.card, key=parcel.key, opens=parcel.thread
        )

    async def find(self, parcel: Parcel) -> Receipt | None:
        """Where the message with the parcel's key is; None where none was posted."""
        return self._history.landed(parcel.key)

    def _check(self, parcel: Parcel) -> None:
        place = parcel.place
        if not workspace.exists(place):
            raise DeliveryFailed(f"the playground has no place {place.channel!r}", permanent=True)
        if place.thread and self._history.message(place.thread) is None:
            raise DeliveryFailed(f"there is no message {place.thread!r} to answer", permanent=True)
