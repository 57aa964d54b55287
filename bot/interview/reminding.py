"""What comes by itself: the word before an interview, and the question after it."""

from bot.core.events import Due
from bot.group.rules import Group, Member, away, direct, local_date
from bot.interview import cards
from bot.interview.own import InterviewWork
from bot.interview.rules import REMINDERS, Interview, reminder_due, reminders


def remind(event: Due, work: InterviewWork) -> None:
    """A reminder's hour has come: once, and not to who is away. One whose time is over, because nobody ran, is left to
    the next."""
    id, _, name = event.action.arg.partition("/")
    found = _awaited(int(id), work)
    kind = next((one for one in REMINDERS if one == name), None)
    if found is None or kind is None:
        return
    interview, member, group = found
    at = reminder_due(kind, interview.at, member.zone, work.now)
    if at is None:
        return
    if at > work.now:  # the member has another time zone since
        work.timers.set(event.action, at)
        return
    if _silent(member, group, work):
        return
    times = reminders(interview.at, member.zone)
    until = min([interview.at, *(times[one] for one in REMINDERS[REMINDERS.index(kind) + 1 :])])
    card = cards.reminder(kind, interview, member.zone, work.now, work.catalog)
    key = f"interview:{interview.id}:{interview.moves}:{kind}"
    work.outbox.add(direct(group, member), card, key=key, group=group.id, until=until)


def ask_after(event: Due, work: InterviewWork) -> None:
    """It should be over now: how was it?"""
    found = _awaited(event.action.number, work)
    if found is None or _silent(found[1], found[2], work):
        return
    interview, member, group = found
    card = cards.after(interview, work.catalog)
    key = f"interview-after:{interview.id}:{interview.moves}"
    work.outbox.add(direct(group, member), card, key=key, group=group.id)


def _awaited(id: int, work: InterviewWork) -> tuple[Interview, Member, Group] | None:
    """An interview that is not cancelled or told about, of a member who is still there."""
    interview = work.interviews.interview(id)
    member = work.groups.member(interview.member) if interview else None
    group = work.groups.group(member.group) if member else None
    if interview is None or member is None or group is None or interview.state != "coming" or not member.active:
        return None
    return interview, member, group


def _silent(member: Member, group: Group, work: InterviewWork) -> bool:
    today = local_date(work.now, member.zone)
    return away(work.groups.absences(group.id, today), member.id, today)
