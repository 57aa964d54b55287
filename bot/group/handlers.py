"""Set up and steer a group; come, go, and be away."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar

from bot.catalog import Catalog
from bot.core.errors import Refused
from bot.core.events import Ask, Command, Fix, Person, Place, Press, Quiet, Reply, Show, Submit
from bot.core.markup import escape, mention
from bot.core.ports import Work
from bot.core.ui import ActionId, Card, Form, Values, many, one
from bot.group import cards
from bot.group.rules import (
    HOURS,
    LONGEST_AWAY,
    Absence,
    Group,
    Member,
    Seat,
    Seats,
    Settings,
    State,
    day_name,
    days_off,
    local_date,
    managed,
    read_date,
    read_span,
    read_time,
    read_zone,
    seated,
    span_name,
)
from bot.plan.rules import Run, due_at, first_date
from bot.review.rules import Assignment

FURTHEST_START = timedelta(days=365)
T = TypeVar("T")
Interaction = Command | Press


class Groups(Seats, Protocol):
    def here(self, where: Place) -> Group | None: ...
    def create(self, place: Place, settings: Settings) -> Group: ...
    def change(self, group: int, settings: Settings) -> None: ...
    def turn(self, group: int, state: State) -> bool: ...
    def steered(self, group: int, by: str) -> None: ...
    def join(self, group: Group, who: Person, zone: str) -> Member: ...
    def go(self, member: int) -> None: ...
    def be_away(self, group: int, absence: Absence) -> None: ...
    def be_back(self, group: int, member: int, today: date) -> None: ...


class Runs(Protocol):
    def run(self, group: int) -> Run | None: ...
    def start(self, group: int, plan: str, first: date) -> Run: ...
    def group_dates(self, group: int) -> dict[date, int]: ...
    def go_on(self, run: int, next_day: int, next_date: date, last_day: int) -> None: ...


class Dealt(Protocol):
    def mine(self, member: int) -> list[Assignment]: ...


class Notes(Protocol):
    def card(self, id: int) -> tuple[str, Card] | None: ...


class GroupWork(Work, Protocol):
    @property
    def catalog(self) -> Catalog: ...
    @property
    def groups(self) -> Groups: ...
    @property
    def plans(self) -> Runs: ...
    @property
    def reviews(self) -> Dealt: ...
    @property
    def deliveries(self) -> Notes: ...


def setup(event: Interaction, work: GroupWork) -> Reply:
    """Ask for what a new group needs."""
    if event.where.direct:
        raise Refused("A study group lives in a channel. Type /group setup in the channel where you want it.")
    if not event.who.manages:
        managed(None, event.who.manages)
    group = work.groups.here(event.where)
    run = work.plans.run(group.id) if group else None
    if group and run and run.state == "active":
        raise Refused("This channel has its study group already. /group settings changes it, or starts it from day 1.")
    wanted = event.options.get("plan") if isinstance(event, Command) else None
    zone = group.settings.zone if group else event.who.zone or "UTC"
    return Ask(cards.setup_form(wanted or work.catalog.usual_plan.id, zone))


def set_up(event: Submit, work: GroupWork) -> Reply:
    """Make the group and start its run."""
    if not event.who.manages:
        managed(None, event.who.manages)
    plan = event.action.arg
    if event.where.direct or plan not in work.catalog.plans:
        raise Refused("That form is from another place. Type /group setup in the channel that you mean.")
    group = work.groups.here(event.where)
    run = work.plans.run(group.id) if group else None
    if run and run.state == "active":
        raise Refused("Someone set this group up meanwhile. /group settings shows how.")
    form = cards.setup_form(plan, "UTC")
    faults = form.faults(event.values)
    schedule = _schedule(event.values, faults)
    start = _read("start", lambda text: _start(text, schedule, work.now), event.values, faults) if schedule else None
    if faults or schedule is None or start is None:
        return Fix(form, faults, event.values)
    answer_hours, review_hours = (int(hours) for hours in one(event.values["pace"]).split("-"))
    if group is None:
        settings = replace(schedule, plan=plan, answer_hours=answer_hours, review_hours=review_hours)
        group = work.groups.create(event.where, settings)
    else:
        settings = replace(group.settings, zone=schedule.zone, post_at=schedule.post_at, weekdays=schedule.weekdays,
                           plan=plan, answer_hours=answer_hours, review_hours=review_hours)  # fmt: skip
        work.groups.change(group.id, settings)
        group = replace(group, settings=settings)
    work.groups.join(group, event.who, _zone_of(event.who, group))
    first = _begin(group, plan, start, event.who, work)
    return Show(cards.ready(group, first, len(work.groups.members(group.id))))


def _schedule(values: Values, faults: dict[str, str]) -> Settings | None:
    """Zone, hour and weekdays; what is wrong with them goes into `faults`."""
    zone = _read("zone", read_zone, values, faults)
    post_at = _read("post_at", read_time, values, faults)
    if zone is None or post_at is None or "weekdays" in faults:
        return None
    weekdays = tuple(sorted({int(day) for day in many(values.get("weekdays"))}))
    return Settings(zone, post_at, weekdays, plan="")


def _read(field: str, read: Callable[[str], T], values: Values, faults: dict[str, str]) -> T | None:
    if field in faults:
        return None
    try:
        return read(one(values.get(field)))
    except ValueError as error:
        faults[field] = str(error)
        return None


def _start(text: str, settings: Settings, now: datetime) -> date:
    today = local_date(now, settings.zone)
    start = read_date(text, today)
    if start < today:
        raise ValueError(f"{start} has passed; today is {today} in {settings.zone}. Choose today or later.")
    if start > today + FURTHEST_START:
        raise ValueError(f"{start} is more than a year off. Choose a nearer day; you can move it later.")
    return start


def _begin(group: Group, plan: str, start: date, who: Person, work: GroupWork) -> date:
    """Start a run, invite the channel, and wait for the first post; its date."""
    off = days_off(work.groups.absences(group.id, local_date(work.now, group.settings.zone)))
    # A date that an earlier run posted for is taken: day 1 waits for the next.
    first = first_date(start, work.now, group.settings, off | work.plans.group_dates(group.id).keys())
    run = work.plans.start(group.id, plan, first)
    work.groups.turn(group.id, "active")
    work.groups.steered(group.id, who.id)
    work.timers.set(ActionId("plan.post", str(group.id)), due_at(first, group.settings))
    card = cards.welcome(group, work.catalog.plans[plan], first, who.id)
    work.outbox.add(group.place, card, key=f"welcome:{run.id}", group=group.id)
    return first


def settings(event: Interaction, work: GroupWork) -> Reply:
    """Show how the group runs."""
    group, _ = work.groups.at(event.where, event.who)
    if group is None:
        raise Refused("There is no study group here yet. Whoever manages this channel types /group setup.")
    members = len(work.groups.members(group.id))
    return Show(cards.settings(group, members, _state(group, work), event.who.manages))


def _state(group: Group, work: GroupWork) -> str:
    run = work.plans.run(group.id)
    if run is None or run.state != "active":
        return "No plan is under way. *Start from day 1* begins one."
    if group.state == "paused":
        return f"**Paused** before day {run.next_day}. /group resume goes on."
    when = f"**{day_name(run.next_date)} at {group.settings.post_at:%H:%M}** ({escape(group.settings.zone)})"
    plan = work.catalog.plans.get(run.plan)
    if plan is not None and run.next_day > len(plan.days):
        return f"The last day is posted; the plan ends on {when}."
    return f"Day {run.next_day} comes on {when}."


def schedule(event: Press, work: GroupWork) -> Reply:
    """Ask when to post."""
    return Ask(cards.schedule_form(managed(work.groups.here(event.where), event.who.manages).settings))


def reschedule(event: Submit, work: GroupWork) -> Reply:
    """Post at other times from now on."""
    group = managed(work.groups.here(event.where), event.who.manages)
    form = cards.schedule_form(group.settings)
    faults = form.faults(event.values)
    wanted = _schedule(event.values, faults)
    if faults or wanted is None:
        return Fix(form, faults, event.values)
    changed = replace(group.settings, zone=wanted.zone, post_at=wanted.post_at, weekdays=wanted.weekdays)
    return _saved(replace(group, settings=changed), event.who, work)


def reviewing(event: Press, work: GroupWork) -> Reply:
    """Ask how answers and reviews go."""
    return Ask(cards.reviewing_form(managed(work.groups.here(event.where), event.who.manages).settings))


def review_otherwise(event: Submit, work: GroupWork) -> Reply:
    """Other hours, reviewers and names, from the next round on."""
    group = managed(work.groups.here(event.where), event.who.manages)
    form = cards.reviewing_form(group.settings)
    faults = form.faults(event.values)
    hours = {name: _read(name, _hours, event.values, faults) for name in ("answer_hours", "review_hours")}
    names = one(event.values.get("reviewer_names"))
    if faults or names not in cards.NAMES:
        return Fix(form, faults, event.values)
    changed = replace(
        group.settings,
        answer_hours=hours["answer_hours"] or group.settings.answer_hours,
        review_hours=hours["review_hours"] or group.settings.review_hours,
        reviewers=int(one(event.values["reviewers"])),
        reviewer_names=names,
        answer_names=one(event.values["answer_names"]) == "yes",
    )
    return _saved(replace(group, settings=changed), event.who, work)


def _hours(text: str) -> int:
    least, most = HOURS
    if not (text.strip().isdecimal() and least <= int(text) <= most):
        raise ValueError(f"A whole number of hours from {least} to {most}.")
    return int(text)


def _saved(group: Group, who: Person, work: GroupWork) -> Reply:
    work.groups.change(group.id, group.settings)
    work.groups.steered(group.id, who.id)
    _replan(group, work)
    return Show(cards.changed(group, len(work.groups.members(group.id)), _state(group, work)))


def _replan(group: Group, work: GroupWork) -> None:
    """Find the date of the next post anew, after the settings, the days off or the state changed."""
    run = work.plans.run(group.id)
    if run is None or run.state != "active" or group.state != "active":
        return
    off = days_off(work.groups.absences(group.id, local_date(work.now, group.settings.zone)))
    at = first_date(run.next_date, work.now, group.settings, off)
    work.plans.go_on(run.id, run.next_day, at, run.last_day)
    work.timers.set(ActionId("plan.post", str(group.id)), due_at(at, group.settings))


def pause(event: Interaction, work: GroupWork) -> Reply:
    """Stop posting; the plan waits where it is."""
    group = managed(work.groups.here(event.where), event.who.manages)
    if group.state != "active" or not work.groups.turn(group.id, "paused"):
        raise Refused("Nothing is running here that could be paused.")
    work.timers.cancel(ActionId("plan.post", str(group.id)))
    text = f"{mention(event.who.id)} paused the plan. It waits where it is; streaks wait too."
    _tell(group, "Paused", text, event.id, work)
    return Show(
        cards.notice("Paused", "Nothing is posted until you type /group resume. Open answers and reviews go on.")
    )


def resume(event: Interaction, work: GroupWork) -> Reply:
    """Go on with the day that comes next."""
    group = managed(work.groups.here(event.where), event.who.manages)
    if group.state != "paused" or not work.groups.turn(group.id, "active"):
        raise Refused("This group is not paused. /group settings shows when the next post comes.")
    group = replace(group, state="active")
    work.groups.steered(group.id, event.who.id)
    _replan(group, work)
    _tell(group, "We go on", f"{mention(event.who.id)} resumed the plan. {_state(group, work)}", event.id, work)
    return Show(cards.notice("Resumed", _state(group, work)))


def _tell(group: Group, title: str, text: str, event: str, work: GroupWork) -> None:
    work.outbox.add(group.place, cards.notice(title, text), key=f"notice:{event}"[:200], group=group.id)


def skip(event: Command, work: GroupWork) -> Reply:
    """Days off for the whole group: the plan moves on behind them."""
    group = managed(work.groups.here(event.where), event.who.manages)
    run = work.plans.run(group.id)
    today = local_date(work.now, group.settings.zone)
    if run is None or run.state != "active":
        raise Refused("No plan is under way here, so there is no day to skip.")
    start = event.options.get("from") or max(run.next_date, today).isoformat()
    first, last = read_span(start, event.options.get("to", ""), today)
    ahead = days_off([*work.groups.absences(group.id, today), Absence(None, first, last)])
    if len(ahead) > LONGEST_AWAY:
        raise Refused(f"With these the group would have {len(ahead)} days off ahead; {LONGEST_AWAY} are the most. "
                      "/group pause stops the plan for as long as you like.")  # fmt: skip
    work.groups.be_away(group.id, Absence(None, first, last))
    _replan(group, work)
    text = f"No post {span_name(first, last)}. {_state(group, work)} Streaks wait, and nobody is reminded."
    _tell(group, "Days off", text, event.id, work)
    return Show(cards.notice("Skipped", text))


def again(event: Press, work: GroupWork) -> Reply:
    """Ask when to start from day 1."""
    group, _ = work.groups.of(event.action.number, event.where, event.who)
    _in_own_channel(group, event.where)
    return Ask(_again_form(managed(group, event.who.manages), work))


def _again_form(group: Group, work: GroupWork) -> Form:
    run = work.plans.run(group.id)
    under_way = run.next_day if run and run.state == "active" else 0
    return cards.again_form(group, tuple(work.catalog.plans.values()), under_way)


def _in_own_channel(group: Group | None, where: Place) -> None:
    """Whether somebody manages a channel is known in that channel alone."""
    if group is not None and where.channel != group.place.channel:
        raise Refused("That belongs to another channel's group. Do it there.")


def start_again(event: Submit, work: GroupWork) -> Reply:
    """A new run from day 1; one under way ends."""
    group, _ = work.groups.of(event.action.number, event.where, event.who)
    _in_own_channel(group, event.where)
    group = managed(group, event.who.manages)
    form = _again_form(group, work)
    faults = form.faults(event.values)
    current = group.settings
    start = _read("start", lambda text: _start(text, current, work.now), event.values, faults)
    if faults or start is None:
        return Fix(form, faults, event.values)
    plan = one(event.values["plan"])
    group = replace(group, settings=replace(group.settings, plan=plan))
    work.groups.change(group.id, group.settings)
    first = _begin(group, plan, start, event.who, work)
    return Show(cards.ready(group, first, len(work.groups.members(group.id))))


def join(event: Interaction, work: GroupWork) -> Reply:
    """Become a member, or set one's time zone."""
    group = work.groups.here(event.where)
    if group is None:
        raise Refused(
            "There is no study group here yet. In the group's channel, whoever manages it types /group setup."
        )
    zone = _zone_of(event.who, group)
    wanted = event.options.get("zone", "") if isinstance(event, Command) else ""
    if wanted:
        try:
            zone = read_zone(wanted)
        except ValueError as error:
            raise Refused(escape(str(error))) from None
    else:
        _, member = work.groups.at(event.where, event.who)
        if member is None and not event.who.zone:
            return Ask(cards.join_form(zone))  # the platform does not tell where they are
        zone = member.zone if member else zone
    return Show(cards.joined(work.groups.join(group, event.who, zone), group, _state(group, work)))


def join_in(event: Submit, work: GroupWork) -> Reply:
    """The form of somebody whose time zone nobody told."""
    group = work.groups.here(event.where)
    if group is None:
        raise Refused("That form is from another place. Type /group join in the channel of the study group.")
    form = cards.join_form(group.settings.zone)
    faults = form.faults(event.values)
    zone = _read("zone", read_zone, event.values, faults)
    if faults or zone is None:
        return Fix(form, faults, event.values)
    return Show(cards.joined(work.groups.join(group, event.who, zone), group, _state(group, work)))


def _zone_of(who: Person, group: Group) -> str:
    try:
        return read_zone(who.zone)
    except ValueError:
        return group.settings.zone


def leave(event: Interaction, work: GroupWork) -> Reply:
    """Time away: with dates it is noted at once, without them the ways are shown."""
    seat = seated(*work.groups.at(event.where, event.who))
    today = seat.today(work.now)
    if not isinstance(event, Command):
        return Ask(cards.away_form())
    if event.options:
        return _away(seat, *read_span(event.options.get("from", ""), event.options.get("to", ""), today), work)
    own = [one for one in work.groups.absences(seat.group.id, today) if one.member == seat.member.id]
    return Show(cards.absence([(absence.first, absence.last) for absence in own], today))


def take_leave(event: Submit, work: GroupWork) -> Reply:
    """The form of time away."""
    seat = seated(*work.groups.at(event.where, event.who))
    form = cards.away_form()
    faults = form.faults(event.values)
    today = seat.today(work.now)
    first = _read("first", lambda text: read_date(text, today), event.values, faults)
    last = _read("last", lambda text: read_date(text, today), event.values, faults)
    if first and last and not faults:
        try:
            return _away(seat, *read_span(first.isoformat(), last.isoformat(), today), work)
        except Refused as refusal:
            faults["last"] = str(refusal)
    return Fix(form, faults, event.values)


def away_today(event: Press, work: GroupWork) -> Reply:
    """The button of the daily post: away on the member's own local day, and for the post of the group's day, which may
    bear another date where the member is."""
    seat = seated(*work.groups.at(event.where, event.who))
    today, posted = seat.today(work.now), local_date(work.now, seat.group.settings.zone)
    if event.action.arg != posted.isoformat():
        posted = today
    return _away(seat, min(today, posted), max(today, posted), work)


def _away(seat: Seat, first: date, last: date, work: GroupWork) -> Reply:
    known = work.groups.absences(seat.group.id, first)
    if not any(one.member == seat.member.id and one.first <= first and one.last >= last for one in known):
        work.groups.be_away(seat.group.id, Absence(seat.member.id, first, last))
    if first <= seat.today(work.now):
        _hand_on(seat.member, work)
    return Show(cards.gone(first, last))


def _hand_on(member: Member, work: GroupWork) -> None:
    """What is dealt to someone who goes lapses now, so that somebody else gets it."""
    for assignment in work.reviews.mine(member.id):
        work.timers.set(ActionId("review.lapse", str(assignment.id)), work.now)


def back(event: Press, work: GroupWork) -> Reply:
    """Leave is over."""
    seat = seated(*work.groups.at(event.where, event.who))
    today = seat.today(work.now)
    if not any(one.member == seat.member.id for one in work.groups.absences(seat.group.id, today)):
        raise Refused("You are not away. /plan shows what today is about.")
    work.groups.be_back(seat.group.id, seat.member.id, today)
    return Show(cards.notice("Welcome back", "You are in again from today. /plan shows what today is about."))


def quit_group(event: Press, work: GroupWork) -> Reply:
    """Leave for good; what was written stays."""
    seat = seated(*work.groups.at(event.where, event.who))
    _hand_on(seat.member, work)
    work.groups.go(seat.member.id)
    text = "You are out of this study group. What you wrote stays with it. /group join brings you back."
    return Show(cards.notice("Goodbye for now", text))


def note(event: Press, work: GroupWork) -> Reply:
    """The in-channel way to a direct message: for its addressee alone."""
    found = work.deliveries.card(event.action.number)
    if found is None or found[0] != event.who.id:
        raise Refused("This message is for somebody else.")
    return Show(found[1])


def greet(event: Press, work: GroupWork) -> Reply:
    """The bot came into a channel, or back into it: it says how to begin or to go on. The adapter presses this itself."""
    group = work.groups.here(event.where)
    if not event.who.manages:
        managed(group, event.who.manages)
    card = cards.greeting()
    work.outbox.add(event.where, card, key=f"hello:{event.id}"[:200], group=group.id if group is not None else None)
    return Quiet()
