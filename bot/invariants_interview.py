"""What must hold of interviews in any simulated life: reminders come as promised, and never for what is off."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from bot.drama import Message
from bot.drama_interview import Appointment
from bot.group.rules import Member
from bot.interview.rules import REMINDERS, reminders

SLACK = timedelta(minutes=5)  # a reminder comes at its own minute, or it is late

Away = Callable[[Member, datetime], bool]


def only_what_is_on(
    messages: Sequence[Message], known: Sequence[Appointment], away: Away, members: Mapping[int, Member]
) -> Iterator[str]:
    """Every reminder is of an interview that was on then, to its member alone, in its minute, and not on leave."""
    by_id = {one.id: one for one in known}
    by_user = {member.user: member for member in members.values()}
    for message in messages:
        if not message.key.startswith("interview:"):
            continue
        _, id, _, kind = message.key.split(":")
        one = by_id.get(int(id))
        at = one.held(message.at) if one else None
        member = by_user.get(message.place.channel)
        if one is None or member is None or at is None or message.place.channel != one.who:
            yield f"{message.key} reminds of an interview that was off"
            continue
        due = reminders(at, member.zone)[next(each for each in REMINDERS if each == kind)]
        if not due <= message.at < due + SLACK:
            yield f"{message.key} came at {message.at}, due at {due}"
        if away(member, message.at):
            yield f"{member.name} was sent {message.key} while away"


def all_that_was_promised(
    messages: Sequence[Message], known: Sequence[Appointment], away: Away, members: Mapping[int, Member], now: datetime
) -> Iterator[str]:
    """Whose interview stood when a reminder was due was reminded, unless they were away."""
    sent = {(int(message.key.split(":")[1]), message.key.split(":")[3], message.at.date()) for message in messages
            if message.key.startswith("interview:")}  # fmt: skip
    by_user = {member.user: member for member in members.values()}
    for one in known:
        member = by_user.get(one.who)
        if member is None:
            continue
        for kind, due in _promised(one, member, now):
            if not away(member, due) and (one.id, kind, due.date()) not in sent:
                yield f"{member.name} was not reminded ({kind}) of interview {one.id}"


def _promised(one: Appointment, member: Member, now: datetime) -> Iterator[tuple[str, datetime]]:
    """The reminders that fell due while the interview stood as it was told."""
    for number, (since, at) in enumerate(one.states):
        until = one.states[number + 1][0] if number + 1 < len(one.states) else now
        if at is None:
            continue
        times = reminders(at, member.zone)
        for kind in REMINDERS:
            later = [at, *(times[each] for each in REMINDERS[REMINDERS.index(kind) + 1 :])]
            if since < times[kind] < min(until, *later):
                yield kind, times[kind]
