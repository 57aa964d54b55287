"""Post the days of a plan, show them, and tick them off."""

from datetime import date, datetime, timedelta
from typing import Protocol

from bot.catalog import Catalog, Plan, PlanDay, Question
from bot.core.errors import Refused
from bot.core.events import Choose, Command, Due, Press, Reply, Show
from bot.core.markup import escape
from bot.core.ports import Work
from bot.core.ui import ActionId, Button, Card, Prose
from bot.group.rules import Group, Seat, Seats, State, away, day_name, days_off, local_date, read_date, seated
from bot.ics import calendar as calendar_file
from bot.interview.rules import NEAR, Interview, stages_of
from bot.plan import cards
from bot.plan.rules import Post, Run, calendar, due_at, due_now, post_until
from bot.rounds.rules import Answer, Round, RoundKind, question_of_the_day


class Groups(Seats, Protocol):
    def turn(self, group: int, state: State) -> bool: ...


class Plans(Protocol):
    def run(self, group: int) -> Run | None: ...
    def go_on(self, run: int, next_day: int, next_date: date, last_day: int) -> None: ...
    def finish(self, run: int) -> bool: ...
    def claim_date(self, run: Run, day: int, nominal: date) -> bool: ...
    def posted(self, run: int) -> dict[int, date]: ...
    def group_dates(self, group: int) -> dict[date, int]: ...
    def tick(self, run: int, member: int, day: int) -> bool: ...
    def ticked(self, run: int, member: int) -> set[int]: ...


class Rounds(Protocol):
    def open(
        self, group: int, kind: RoundKind, question: str, closes: datetime, nominal: date, *, day: int = 0,
        member: int | None = None, key: str = "",
    ) -> Round: ...  # fmt: skip
    def on(self, group: int, nominal: date) -> Round | None: ...
    def asked(self, group: int) -> list[str]: ...
    def answer_of(self, round: int, member: int) -> Answer | None: ...
    def given_in(self, group: int, since: date) -> int: ...


class Recalls(Protocol):
    def gaps(self, group: int, now: datetime) -> dict[str, float]: ...
    def seen(self, group: int) -> set[str]: ...


class Written(Protocol):
    def written_in(self, group: int, since: date) -> int: ...


class Interviews(Protocol):
    def near(self, group: int, since: datetime, until: datetime) -> list[Interview]: ...


class PlanWork(Work, Protocol):
    @property
    def catalog(self) -> Catalog: ...
    @property
    def groups(self) -> Groups: ...
    @property
    def plans(self) -> Plans: ...
    @property
    def rounds(self) -> Rounds: ...
    @property
    def recall(self) -> Recalls: ...
    @property
    def reviews(self) -> Written: ...
    @property
    def interviews(self) -> Interviews: ...


def post(event: Due, work: PlanWork) -> None:
    """The group's hour has come, or passed while nobody ran: post what is owed for today, once, and wait for the next."""
    group = work.groups.group(event.action.number)
    run = work.plans.run(group.id) if group else None
    if group is None or run is None or group.state != "active" or run.state != "active":
        return
    off = days_off(work.groups.absences(group.id, run.next_date))
    step = due_now(run, group.settings, off, work.now)
    last = run.last_day
    if isinstance(step, Post):
        plan = work.catalog.plans[run.plan]
        day = plan.day(step.day)
        if day is None:
            _celebrate(group, run, plan, work)
            return
        _post_day(group, run, plan, day, step, work)
        last = step.day
    work.plans.go_on(run.id, step.next_day, step.next_date, last)
    work.timers.set(event.action, due_at(step.next_date, group.settings))


def _post_day(group: Group, run: Run, plan: Plan, day: PlanDay, step: Post, work: PlanWork) -> None:
    if not work.plans.claim_date(run, day.day, step.nominal):
        return  # another run of this group posted for this date already
    key = f"daily:{group.id}:{step.nominal}"
    question, round, thread, then = None, None, "", None
    if day.topics:
        question = _question(group, day, work)
        closes = work.now + timedelta(hours=group.settings.answer_hours)
        round = work.rounds.open(group.id, "daily", question.id, closes, step.nominal, day=day.day, key=key)
        work.timers.set(ActionId("rounds.close", str(round.id)), closes)
        if day.star:
            work.timers.set(ActionId("star.stand", f"{group.id}/{step.nominal}"), closes)
        thread, then = f"Day {day.day}: {question.title}"[:100], ActionId("rounds.opened", str(round.id))
    missed = (*_lost(group, run, work), *step.missed)
    card = cards.daily(plan, day, step.nominal, missed, question, round, work.catalog)
    until = post_until(step.nominal, group.settings)
    work.outbox.add(group.place, card, key=key, group=group.id, thread=thread, then=then, until=until)


def _lost(group: Group, run: Run, work: PlanWork) -> list[int]:
    """The latest days whose posts never reached the channel, because it could not be reached all their day long."""
    days: list[int] = []
    for day, nominal in sorted(work.plans.posted(run.id).items(), reverse=True):
        if day == run.last_day + 1:
            continue  # the one that is being posted
        if not work.outbox.lost(f"daily:{group.id}:{nominal}"):
            break
        days.insert(0, day)
    return days


def _question(group: Group, day: PlanDay, work: PlanWork) -> Question:
    asked = work.rounds.asked(group.id)
    fitting = [question for topic in day.topics for question in work.catalog.by_topic[topic]]
    families = [work.catalog.questions[id].family for id in asked if id in work.catalog.questions]
    gaps, seen = work.recall.gaps(group.id, work.now), work.recall.seen(group.id)
    near = stages_of(work.interviews.near(group.id, work.now, work.now + NEAR), work.now)
    return question_of_the_day(fitting, families, asked, day.level, gaps, seen, near)


def _celebrate(group: Group, run: Run, plan: Plan, work: PlanWork) -> None:
    if not work.plans.finish(run.id):
        return
    work.groups.turn(group.id, "idle")
    members = len(work.groups.members(group.id))
    missed = range(run.last_day + 1, len(plan.days) + 1)
    since = min(work.plans.posted(run.id).values(), default=run.next_date)
    answers, reviews = work.rounds.given_in(group.id, since), work.reviews.written_in(group.id, since)
    card = cards.finished(plan, members, answers, reviews, missed, group.id)
    work.outbox.add(group.place, card, key=f"finished:{run.id}", group=group.id)


def today(event: Command | Press, work: PlanWork) -> Reply:
    """Today's day of the plan, and what is this member's to do."""
    seat = seated(*work.groups.at(event.where, event.who))
    run, plan = _running(seat.group, work)
    dates = work.plans.posted(run.id)
    if not dates:
        hour, zone = seat.group.settings.post_at, escape(seat.group.settings.zone)
        text = f"Day 1 comes on **{day_name(run.next_date)} at {hour:%H:%M}** ({zone})."
        if seat.group.state == "paused":
            text = "The plan is paused. Day 1 comes when it goes on."
        return Show(Card("Not started yet", (Prose(text),), _plan_button()))
    number = max(dates)
    nominal = dates[number]
    day = plan.day(number)
    if day is None:
        raise Refused("This plan has changed since that day was posted. /plan all shows it as it is now.")
    if run.state == "finished":
        return Show(cards.over(plan, seat.group.id))
    return Show(_today(seat, plan, day, nominal, work))


def _today(seat: Seat, plan: Plan, day: PlanDay, nominal: date, work: PlanWork) -> Card:
    round = work.rounds.on(seat.group.id, nominal)
    question = work.catalog.questions.get(round.question) if round else None
    answer = work.rounds.answer_of(round.id, seat.member.id) if round else None
    local = local_date(work.now, seat.group.settings.zone)
    when = "" if nominal == local else f"*This is the latest day, of {day_name(nominal)}.* "
    if seat.group.state == "paused":
        when = f"*The plan is paused; this is the latest day, of {day_name(nominal)}.* "
    elif away(work.groups.absences(seat.group.id, seat.today(work.now)), seat.member.id, seat.today(work.now)):
        when += "*You are away today: nothing is expected of you.*"
    card = cards.day(plan, day, when, work.catalog, question)
    return cards.today(card, day, answer is not None and answer.given, round, work.now, nominal)


def _plan_button() -> tuple[tuple[Button, ...], ...]:
    return ((Button("See the plan", ActionId("plan.all")),),)


def _running(group: Group, work: PlanWork) -> tuple[Run, Plan]:
    run = work.plans.run(group.id)
    plan = work.catalog.plans.get(run.plan) if run else None
    if run is None or plan is None:
        raise Refused("No plan is under way here. Whoever manages this channel starts one with /group settings.")
    return run, plan


def one_day(event: Command | Press | Choose, work: PlanWork) -> Reply:
    """A day of the plan, to read."""
    seat = seated(*work.groups.at(event.where, event.who))
    run, plan = _running(seat.group, work)
    posted = work.plans.posted(run.id)
    if isinstance(event, Command):
        text = event.options.get("number") or str(max(posted, default=1))
    else:
        text = event.value if isinstance(event, Choose) else event.action.arg
    day = plan.day(int(text)) if text.isascii() and text.isdecimal() and len(text) < 5 else None
    if day is None:
        raise Refused(f"This plan has days 1 to {len(plan.days)}. Try /plan day 1.")
    dates = posted | _coming(seat.group, run, plan, work)
    waits = run.state == "active" and day.day >= run.next_day
    unposted = "*The plan is paused; this day waits.*" if waits else "*This day could not be posted.*"
    when = f"*{day_name(dates[day.day])}*" if day.day in dates else unposted
    round = work.rounds.on(seat.group.id, posted[day.day]) if day.day in posted else None
    question = work.catalog.questions.get(round.question) if round else None
    return Show(cards.day(plan, day, when, work.catalog, question))


def _coming(group: Group, run: Run, plan: Plan, work: PlanWork) -> dict[int, date]:
    if run.state != "active" or group.state != "active":
        return {}
    off = days_off(work.groups.absences(group.id, run.next_date))
    return calendar(run, group.settings, off, len(plan.days))


def whole(event: Command | Press, work: PlanWork) -> Reply:
    """All days with their dates."""
    group, member = work.groups.at(event.where, event.who)
    if group is None:
        seated(group, member)
        raise AssertionError("seated refuses where there is no group")
    run, plan = _running(group, work)
    ticked = work.plans.ticked(run.id, member.id) if member else set()
    return Show(cards.whole(plan, work.plans.posted(run.id), _coming(group, run, plan, work), ticked))


def file(event: Command | Press, work: PlanWork) -> Reply:
    """The days that are still to come, as a calendar file."""
    seat = seated(*work.groups.at(event.where, event.who))
    run, plan = _running(seat.group, work)
    coming = {number: on for number, on in _coming(seat.group, run, plan, work).items() if plan.day(number)}
    if not coming:
        raise Refused("No day of the plan has a date ahead of it just now. /plan all shows what was posted.")
    text = calendar_file(plan.title, [cards.event(plan, run.id, number, on) for number, on in coming.items()], work.now)
    return Show(cards.file(plan, len(coming), text))


def done(event: Command | Press, work: PlanWork) -> Reply:
    """Tick off a day's tasks: the one pressed, or the latest."""
    seat = seated(*work.groups.at(event.where, event.who))
    run, _ = _running(seat.group, work)
    posted = work.plans.posted(run.id)
    days = {nominal: day for day, nominal in posted.items()}
    if isinstance(event, Press):
        nominal = _pressed_date(event.action.arg)
    elif not posted:
        raise Refused("No day has been posted yet. /plan all shows when the first one comes.")
    else:
        nominal = max(days)
    if nominal not in days:
        raise Refused("That day belongs to an earlier run of the plan. /plan done ticks off the latest day.")
    fresh = work.plans.tick(run.id, seat.member.id, days[nominal])
    work.groups.did(seat.member.id, nominal)
    return Show(cards.done(days[nominal], fresh))


def _pressed_date(text: str) -> date:
    try:
        return read_date(text, date.min)
    except ValueError:
        raise Refused("This button leads nowhere now. /plan done ticks off the latest day.") from None


def guide(event: Press | Choose, work: PlanWork) -> Reply:
    """A guide of the content."""
    id, _, page = (event.value if isinstance(event, Choose) else event.action.arg).partition("/")
    found = work.catalog.guides.get(id)
    if found is None:
        raise Refused("That guide is not here any more. /help shows what is.")
    return Show(cards.guide(found, int(page) if page.isascii() and page.isdecimal() and len(page) < 4 else 1))
