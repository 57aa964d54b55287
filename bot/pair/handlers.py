"""Find two who fit, bring them together, give each their own card, and let them swap."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from bot.catalog import Catalog, Question
from bot.core.errors import Refused
from bot.core.events import Ask, Command, Due, Fix, Press, Reply, Show, Submit
from bot.core.markup import escape
from bot.core.ports import Work
from bot.core.ui import ActionId, Card, many, one
from bot.group.rules import Absence, Group, Member, Seat, Seats, away, direct, local_date, seated
from bot.mock.rules import Memory, Recall, Shelf, Wish, glimpsed, pick, remember
from bot.pair import cards
from bot.pair.rules import (
    NOTICE,
    PATIENCE,
    SCORING,
    SESSION,
    SHORT,
    Chair,
    History,
    Made,
    Pair,
    Request,
    Role,
    Score,
    Seeker,
    State,
    Turn,
    TurnState,
    decide_at,
    match,
    overall,
    read_wish,
    spans_of,
    wish_text,
)
from bot.review.rubric import levels_of
from bot.rounds.rules import Round, RoundKind, best_level


class Rounds(Protocol):
    def open(
        self, group: int, kind: RoundKind, question: str, closes: datetime, nominal: date, *,
        day: int = 0, member: int | None = None, key: str = "",
    ) -> Round: ...  # fmt: skip
    def round(self, id: int) -> Round | None: ...
    def daily_questions(self, group: int) -> list[tuple[str, bool]]: ...
    def close(self, id: int) -> bool: ...


class Recalls(Protocol):
    def memory(self, member: int) -> Memory: ...
    def keep(self, member: int, one: Recall) -> None: ...


class Pairs(Protocol):
    def ask(self, request: Request) -> Request: ...
    def request(self, id: int) -> Request | None: ...
    def requests(self, group: int) -> list[Request]: ...
    def withdraw(self, request: int) -> None: ...
    def make(self, group: int, made: Made) -> Pair: ...
    def pair(self, id: int) -> Pair | None: ...
    def open_of(self, member: int) -> list[Pair]: ...
    def turn_to(self, pair: int, before: Sequence[State], after: State) -> bool: ...
    def came(self, pair: int, member: int) -> None: ...
    def sit(self, pair: int, member: int, role: Role) -> None: ...
    def history(self, group: int) -> History: ...
    def begin(self, pair: int, number: int, candidate: int, interviewer: int, round: int, until: datetime) -> Turn: ...
    def turn(self, id: int) -> Turn | None: ...
    def turns(self, pair: int) -> list[Turn]: ...
    def end_turn(self, turn: int, state: TurnState) -> bool: ...
    def interview(self, turn: int, interviewer: int) -> None: ...
    def score(self, turn: int, scorer: int) -> Score | None: ...
    def keep_score(self, score: Score) -> None: ...
    def missed(self, member: int) -> bool: ...
    def back(self, member: int) -> bool: ...
    def ghosts(self) -> set[int]: ...


class PairWork(Work, Protocol):
    @property
    def catalog(self) -> Catalog: ...
    @property
    def groups(self) -> Seats: ...
    @property
    def rounds(self) -> Rounds: ...
    @property
    def recall(self) -> Recalls: ...
    @property
    def pairs(self) -> Pairs: ...


# Looking for a partner ---------------------------------------------------------------------------------------------


def seek(event: Command | Press, work: PairWork) -> Reply:
    """Find me a partner: now, or the way to offer hours. Whoever is in a pair already sees that."""
    seat = seated(*work.groups.at(event.where, event.who))
    options = event.options if isinstance(event, Command) else {}
    wish = Wish(options.get("topic", ""), options.get("level", ""), options.get("kind", ""), options.get("stage", ""))
    if not any(wish.fits(question) for question in work.catalog.questions.values()):
        raise Refused("No question is all of that. Leave out a word, such as /mock pair coding.")
    mine = [one for one in work.pairs.requests(seat.group.id) if one.member == seat.member.id]
    if options.get("when") == "later":
        return Show(cards.later(wish_text(wish), next((one for one in mine if one.weekly), None)))
    current = _current(seat.member.id, work)
    if current is not None:
        return Show(_state(current, seat, work))
    work.pairs.back(seat.member.id)
    known = next((one for one in mine if one.now), None)
    others = [one for one in work.pairs.requests(seat.group.id) if one.now and one.member != seat.member.id]
    if known is None:
        # Whoever joins while others wait is paired with them, at the moment that these were told.
        decide = max(work.now, min((one.decide for one in others), default=decide_at(work.now, ())))
        known = work.pairs.ask(Request(0, seat.group.id, seat.member.id, work.now, decide, wish=wish))
        _schedule(seat.group.id, work)
        if not others:
            _call(known, seat, work)
    return Show(cards.waiting(known, len(others)))


def _current(member: int, work: PairWork) -> Pair | None:
    """The pair that is under way, or about to start."""
    soon = (one for one in work.pairs.open_of(member) if one.state == "running" or one.starts <= work.now + NOTICE)
    return next(soon, None)


def _call(request: Request, seat: Seat, work: PairWork) -> None:
    """The channel hears of it once; not any more when it is too late to join."""
    key = f"pair-call:{request.id}:{int(request.asked.timestamp())}"
    card = cards.call(request, seat.member.user)
    work.outbox.add(seat.group.place, card, key=key, group=seat.group.id, until=request.last_start)


def ask_hours(event: Press, work: PairWork) -> Reply:
    """Open the form for hours."""
    seat = seated(*work.groups.at(event.where, event.who))
    wish = wish_text(read_wish(event.action.arg))
    return Ask(cards.hours_form(wish, seat.today(work.now), seat.member.zone))


def offer_hours(event: Submit, work: PairWork) -> Reply:
    """Keep the hours, and look for somebody whose hours meet them."""
    seat = seated(*work.groups.at(event.where, event.who))
    wish = read_wish(event.action.arg)
    form = cards.hours_form(wish_text(wish), seat.today(work.now), seat.member.zone)
    faults = form.faults(event.values)
    if faults:
        return Fix(form, faults, event.values)
    day, hours = date.fromisoformat(one(event.values["day"])), sorted(int(hour) for hour in many(event.values["hours"]))
    spans = spans_of(day, hours, seat.member.zone)
    weekly = event.values["repeat"] == "weekly"
    request = Request(0, seat.group.id, seat.member.id, work.now, decide_at(work.now, spans), spans, day, tuple(hours),
                      weekly, wish)  # fmt: skip
    if request.last_start < work.now + NOTICE:
        return Fix(
            form, {"hours": "These hours have passed, or there is less than an hour left of them."}, event.values
        )
    work.pairs.back(seat.member.id)
    kept = work.pairs.ask(request)
    _schedule(seat.group.id, work)
    _call(kept, seat, work)
    return Show(cards.waiting(kept, 0))


def join(event: Press, work: PairWork) -> Reply:
    """Take the hours that somebody offered in the channel."""
    theirs = work.pairs.request(event.action.number)
    if theirs is None or theirs.last_start < work.now + NOTICE:
        raise Refused("That offer is gone: they found a partner, or the time has passed. /mock pair looks for another.")
    seat = seated(*work.groups.of(theirs.group, event.where, event.who))
    if theirs.member == seat.member.id:
        raise Refused("That is your own offer. I tell you as soon as somebody takes it.")
    work.pairs.back(seat.member.id)
    work.pairs.ask(Request(0, theirs.group, seat.member.id, work.now, work.now, theirs.spans))
    work.timers.set(ActionId("pair.match", str(theirs.group)), work.now)
    return Show(cards.joined())


def stop(event: Press, work: PairWork) -> Reply:
    """Stop looking, weekly hours too."""
    seat = seated(*work.groups.at(event.where, event.who))
    for request in work.pairs.requests(seat.group.id):
        if request.member == seat.member.id:
            work.pairs.withdraw(request.id)
    return Show(cards.stopped())


def back(event: Press, work: PairWork) -> Reply:
    """Whoever did not come says that they are in again."""
    seat = seated(*work.groups.at(event.where, event.who))
    work.pairs.back(seat.member.id)
    mine = [one for one in work.pairs.requests(seat.group.id) if one.member == seat.member.id]
    _schedule(seat.group.id, work)
    return Show(cards.returned(any(one.weekly for one in mine)))


# Matching ----------------------------------------------------------------------------------------------------------


def _schedule(group: int, work: PairWork) -> None:
    """The next moment at which somebody has waited long enough, or cannot be matched any more."""
    moments = [one.decide if one.decide > work.now else one.last_start for one in work.pairs.requests(group)]
    timer = ActionId("pair.match", str(group))
    if moments:
        work.timers.set(timer, max(min(moments), work.now))
    else:
        work.timers.cancel(timer)


def match_waiting(event: Due, work: PairWork) -> None:
    """Pair who waits in a group; who cannot be matched any more is told so."""
    group = work.groups.group(event.action.number)
    if group is None:
        return
    members = {member.id: member for member in work.groups.members(group.id)}
    waiting = [one for one in work.pairs.requests(group.id) if _stays(one, members, work)]
    absences = work.groups.absences(group.id, local_date(work.now - timedelta(days=1), group.settings.zone))
    seekers = _seekers(waiting, members, absences, work, paused=group.state == "paused")
    made = match(seekers, work.pairs.history(group.id), work.now)
    used = {request.id for one in made for request in (one.meeting.first, one.meeting.second, one.observer) if request}
    for pair in made:
        _set_up(work.pairs.make(group.id, pair), group, work)
    for request in waiting:
        if request.id in used:
            _next_week(request, members, work)
        elif request.last_start <= work.now:
            _tell_alone(request, group, members, work)
            _next_week(request, members, work)
    _schedule(group.id, work)


def _stays(request: Request, members: dict[int, Member], work: PairWork) -> bool:
    if request.member not in members:
        work.pairs.withdraw(request.id)
    return request.member in members


def _seekers(
    waiting: Sequence[Request],
    members: dict[int, Member],
    absences: Sequence[Absence],
    work: PairWork,
    *,
    paused: bool,
) -> list[Seeker]:
    """Who can be paired: nobody who did not come the last time and has not come back, nobody on a day off, and not by their
    weekly hours while the group is paused."""
    ghosts = work.pairs.ghosts()
    found: dict[int, list[Request]] = {}
    for request in waiting:
        zone = members[request.member].zone
        spans = tuple(span for span in request.spans if not away(absences, request.member, local_date(span[0], zone)))
        # After a stop of the bot, who looked for somebody "now" is not there any more.
        fresh = bool(spans) or (request.now and work.now <= request.decide + PATIENCE)
        if request.member not in ghosts and fresh and not (request.weekly and paused):
            found.setdefault(request.member, []).append(replace(request, spans=spans))
    return [Seeker(member, tuple(requests), _busy(member, work)) for member, requests in found.items()]


def _busy(member: int, work: PairWork) -> tuple[tuple[datetime, datetime], ...]:
    return tuple((one.starts, one.starts + SESSION) for one in work.pairs.open_of(member))


def _next_week(request: Request, members: dict[int, Member], work: PairWork) -> None:
    """A request is done with; weekly hours come back, on their nominal day, in the member's zone as it is then."""
    if not request.weekly or request.day is None:
        work.pairs.withdraw(request.id)
        return
    day, spans = request.day, request.spans
    while max(end for _, end in spans) - SESSION <= work.now or day <= request.day:
        day += timedelta(days=7)
        spans = spans_of(day, request.hours, members[request.member].zone)
    decide = max(work.now, decide_at(max(work.now, spans[0][0] - timedelta(days=1)), spans))
    work.pairs.ask(replace(request, day=day, spans=spans, decide=decide))


def _tell_alone(request: Request, group: Group, members: dict[int, Member], work: PairWork) -> None:
    silent = request.member in work.pairs.ghosts() or (request.weekly and group.state == "paused")
    if not silent:
        key = f"pair-alone:{request.id}:{int(request.last_start.timestamp())}"
        _tell(request.member, cards.alone(request), key, group, work)


def _tell(member: int, card: Card, key: str, group: Group, work: PairWork) -> None:
    found = work.groups.member(member)
    if found is not None and found.active:
        work.outbox.add(direct(group, found), card, key=key, group=group.id)


def _others(pair: Pair, member: int, work: PairWork) -> list[Member]:
    """The others of a pair, its two first."""
    chairs = [*(one for one in pair.two if one.member != member),
              *(one for one in pair.chairs if one.role == "observer" and one.member != member)]  # fmt: skip
    return [found for found in (work.groups.member(one.member) for one in chairs) if found is not None]


def _set_up(pair: Pair, group: Group, work: PairWork) -> None:
    """A pair is made: told, reminded, started."""
    id = str(pair.id)
    work.timers.set(ActionId("pair.start", id), pair.starts)
    if pair.starts <= work.now:
        return
    for chair in pair.chairs:
        card = cards.made(pair, chair.role, _others(pair, chair.member, work))
        _tell(chair.member, card, f"pair-made:{id}:{chair.member}", group, work)
    if pair.starts - NOTICE > work.now:
        work.timers.set(ActionId("pair.remind", id), pair.starts - NOTICE)


# Bringing them together --------------------------------------------------------------------------------------------


def remind(event: Due, work: PairWork) -> None:
    """Ten minutes before: a word to each. Whoever is away by now is let go, so that the other can be matched again."""
    found = _part_from_absent(event.action.number, work)
    if found is None:
        return
    pair, group = found
    for chair in pair.chairs:
        if chair.role != "left":
            card = cards.reminder(pair, chair.role, _others(pair, chair.member, work))
            _tell(chair.member, card, f"pair-remind:{pair.id}:{chair.member}", group, work)


def start(event: Due, work: PairWork) -> None:
    """It is time: who is here?"""
    found = _part_from_absent(event.action.number, work)
    if found is None:
        return
    pair, group = found
    for chair in pair.chairs:
        if chair.role != "left":
            card = cards.ready(pair, chair.role, _others(pair, chair.member, work))
            _tell(chair.member, card, f"pair-ready:{pair.id}:{chair.member}", group, work)
    work.timers.set(ActionId("pair.no_show", str(pair.id)), work.now + PATIENCE)


def _part_from_absent(id: int, work: PairWork) -> tuple[Pair, Group] | None:
    """A pair that is still to start, after those left it who are away or out of the group since it was made."""
    pair = work.pairs.pair(id)
    group = work.groups.group(pair.group) if pair else None
    if pair is None or group is None or pair.state != "set":
        return None
    for chair in pair.chairs:
        if chair.role != "left" and pair.starts - pair.made >= NOTICE and _absent(chair.member, group, work):
            _without(pair.id, chair.member, group, work)
    pair = work.pairs.pair(id)
    return (pair, group) if pair is not None and pair.state == "set" else None


def _absent(member: int, group: Group, work: PairWork) -> bool:
    """Out of the group, or on leave on their own local day."""
    found = work.groups.member(member)
    if found is None or not found.active:
        return True
    today = local_date(work.now, found.zone)
    return any(one.member == member and one.covers(today) for one in work.groups.absences(group.id, today))


def _own(id: int, event: Press | Submit, work: PairWork) -> tuple[Pair, Chair, Seat]:
    """A pair in which this person sits; Refused where they do not."""
    pair = work.pairs.pair(id)
    if pair is None:
        raise Refused("That pair is not here any more. /mock pair finds you a partner.")
    seat = seated(*work.groups.of(pair.group, event.where, event.who))
    chair = pair.chair(seat.member.id)
    if chair is None:
        raise Refused("That is somebody else's pair. /mock pair finds you a partner of your own.")
    if chair.role == "left":
        raise Refused("You are out of that pair. /mock pair finds you another partner.")
    return pair, chair, seat


def here(event: Press, work: PairWork) -> Reply:
    """I am here; when both are, the first turn begins."""
    pair, chair, seat = _own(event.action.number, event, work)
    if pair.state in ("over", "off"):
        return Show(cards.ended(chair.role == "observer"))
    if work.now < pair.starts - NOTICE:
        return Show(cards.made(pair, chair.role, _others(pair, chair.member, work)))
    work.pairs.came(pair.id, chair.member)
    pair = _again(pair.id, work)
    if pair.state == "set":
        _begin_if_both(pair, seat.group, work)
        pair = _again(pair.id, work)
    missing = [work.groups.member(one.member) for one in pair.two if not one.here]
    return Show(cards.arrived(pair, [one for one in missing if one is not None], pair.state == "running"))


def _again(id: int, work: PairWork) -> Pair:
    pair = work.pairs.pair(id)
    if pair is None:
        raise Refused("That pair is not here any more. /mock pair finds you a partner.")
    return pair


def _begin_if_both(pair: Pair, group: Group, work: PairWork) -> None:
    if len(pair.two) == 2 and all(one.here for one in pair.two) and work.pairs.turn_to(pair.id, ("set",), "running"):
        work.timers.cancel(ActionId("pair.no_show", str(pair.id)))
        _begin(pair, 1, group, work)


def no_show(event: Due, work: PairWork) -> None:
    """Ten minutes are over: who is not here is released and asked once; who came is matched again."""
    pair = work.pairs.pair(event.action.number)
    group = work.groups.group(pair.group) if pair else None
    if pair is None or group is None or pair.state != "set":
        return
    missing = [one for one in pair.two if not one.here]
    waited = [one for one in pair.chairs if one.here and one.role != "left"]
    for chair in missing:
        if not _absent(chair.member, group, work):
            _ask_ghost(chair.member, pair, waited, group, work)
    for chair in missing:
        _without(pair.id, chair.member, group, work, came=False)


def _ask_ghost(member: int, pair: Pair, waited: Sequence[Chair], group: Group, work: PairWork) -> None:
    if not work.pairs.missed(member):
        return
    name = work.groups.member(waited[0].member) if waited else None
    weekly = any(one.weekly and one.member == member for one in work.pairs.requests(group.id))
    card = cards.ghost(escape(name.name) if name else "Your partner", weekly)
    _tell(member, card, f"pair-ghost:{pair.id}:{member}", group, work)


# Somebody goes -----------------------------------------------------------------------------------------------------


def leave(event: Press, work: PairWork) -> Reply:
    """I cannot make it, or have to go: the observer steps in, or the other is matched again."""
    pair, chair, seat = _own(event.action.number, event, work)
    if pair.state in ("over", "off"):
        return Show(cards.ended(chair.role == "observer"))
    _without(pair.id, chair.member, seat.group, work)
    return Show(cards.left())


def _without(id: int, member: int, group: Group, work: PairWork, *, came: bool = True) -> None:
    """A pair goes on without one of its members, or ends."""
    pair = _again(id, work)
    chair = pair.chair(member)
    if chair is None or chair.role == "left" or pair.state in ("over", "off"):
        return
    work.pairs.sit(pair.id, member, "left")
    if chair.role == "observer":
        return
    observer = pair.role("observer")
    # Before the start an observer counts on being there; later only one who said so is.
    if observer is not None and (observer.here or (came and pair.state == "set")):
        _step_in(pair, chair, observer, group, work)
    elif pair.state == "set":
        _call_off(pair, chair, group, work, came=came)
    else:
        _break_off(pair, chair, group, work)


def _step_in(pair: Pair, gone: Chair, observer: Chair, group: Group, work: PairWork) -> None:
    """The observer takes the place of one who is gone."""
    work.pairs.sit(pair.id, observer.member, gone.role)
    names = {id: _name(id, work) for id in (gone.member, observer.member)}
    for chair in pair.chairs:
        if chair.member != gone.member and chair.role != "left":
            card = cards.stepped_in(pair, names[gone.member], names[observer.member], chair.member == observer.member)
            _tell(chair.member, card, f"pair-step:{pair.id}:{gone.member}:{chair.member}", group, work)
    if pair.state == "set":
        _begin_if_both(_again(pair.id, work), group, work)
        return
    for turn in work.pairs.turns(pair.id):
        if turn.state == "running" and turn.interviewer == gone.member:
            work.pairs.interview(turn.id, observer.member)
        elif turn.state == "running" and turn.candidate == gone.member:
            _end_turn(turn, "over", work)
            _after_turn(_again(pair.id, work), turn, group, work)


def _call_off(pair: Pair, gone: Chair, group: Group, work: PairWork, *, came: bool) -> None:
    """It had not begun: the others keep their place among those who wait."""
    work.pairs.turn_to(pair.id, ("set",), "off")
    for chair in pair.chairs:
        waits = chair.member != gone.member and chair.role != "left" and (came or chair.here)
        if waits and _ask_again(chair, pair, work):
            card = cards.again(_name(gone.member, work), came=came)
            _tell(chair.member, card, f"pair-again:{pair.id}:{chair.member}", group, work)


def _ask_again(chair: Chair, pair: Pair, work: PairWork) -> bool:
    """Put a member back among those who wait, with the hours that they had offered; False where they wait already."""
    mine = [one for one in work.pairs.requests(pair.group) if one.member == chair.member]
    if any(not one.weekly for one in mine):
        return False
    soon = pair.starts <= work.now + NOTICE
    spans = () if soon else tuple(span for span in chair.spans if span[1] - SESSION > work.now)
    if not spans and not soon:
        return False
    work.pairs.ask(Request(0, pair.group, chair.member, pair.made, work.now, spans, wish=chair.wish))
    work.timers.set(ActionId("pair.match", str(pair.group)), work.now)
    return True


def _break_off(pair: Pair, gone: Chair, group: Group, work: PairWork) -> None:
    """It had begun, and nobody can step in."""
    work.pairs.turn_to(pair.id, ("running",), "over")
    turns = work.pairs.turns(pair.id)
    last = turns[-1] if turns else None
    if last is not None and last.state == "running":
        _end_turn(last, "over", work)
    for chair in pair.chairs:
        if chair.member != gone.member and chair.role != "left":
            candidate = last is not None and last.candidate == chair.member
            card = cards.broken_off(_name(gone.member, work), last, candidate)
            _tell(chair.member, card, f"pair-broken:{pair.id}:{chair.member}", group, work)


def _name(member: int, work: PairWork) -> str:
    found = work.groups.member(member)
    return escape(found.name) if found else "Your partner"


# A turn ------------------------------------------------------------------------------------------------------------


def _begin(pair: Pair, number: int, group: Group, work: PairWork) -> None:
    """A turn begins: a question, a clock for both, and a card for each, which shows each only what is theirs."""
    first, second = pair.role("first"), pair.role("second")
    if first is None or second is None:
        return
    candidate, interviewer = (first, second) if number == 1 else (second, first)
    question = _question(pair, candidate, group, work)
    until = work.now + timedelta(minutes=question.minutes)
    today = local_date(work.now, group.settings.zone)
    round = work.rounds.open(group.id, "pair", question.id, until + SCORING, today, member=candidate.member)
    turn = work.pairs.begin(pair.id, number, candidate.member, interviewer.member, round.id, until)
    work.timers.set(ActionId("pair.time_up", str(turn.id)), until)
    work.timers.set(ActionId("pair.unscored", str(turn.id)), until + SCORING)
    scene = _scene(turn, work)
    for chair in pair.chairs:
        if chair.role != "left":
            card = _turn_card(scene, chair.member)
            _tell(chair.member, card, f"pair-turn:{turn.id}:{chair.member}", group, work)
            known = work.recall.memory(chair.member).get(question.family)
            work.recall.keep(chair.member, glimpsed(known, question, work.now))


def _question(pair: Pair, candidate: Chair, group: Group, work: PairWork) -> Question:
    """The question that serves the candidate: not the group's of today, and no idea that this pair had already."""
    families = {work.catalog.questions[id].family for id in _asked(pair, work) if id in work.catalog.questions}
    hidden = {question for question, closed in work.rounds.daily_questions(group.id) if not closed}
    hidden |= {one.id for one in work.catalog.questions.values() if one.family in families}
    memory = work.recall.memory(candidate.member)
    for wish, short in ((candidate.wish, candidate.wish == Wish()), (Wish(), True), (Wish(), False)):
        shelf = _shelf(work.catalog, wish, short)
        question = pick(shelf, memory, work.now, hidden=hidden, taste=str(candidate.member))
        if question is not None:
            return question
    raise Refused("There is no question left that this group is not answering just now. Try again after answers close.")


def _asked(pair: Pair, work: PairWork) -> list[str]:
    rounds = [work.rounds.round(turn.round) for turn in work.pairs.turns(pair.id)]
    return [round.question for round in rounds if round is not None]


@lru_cache(maxsize=256)
def _shelf(catalog: Catalog, wish: Wish, short: bool) -> Shelf:
    fitting = (one for one in catalog.questions.values() if not short or one.minutes <= SHORT)
    return Shelf.of(fitting, wish)


def _scene(turn: Turn, work: PairWork) -> cards.Scene:
    round = work.rounds.round(turn.round)
    question = work.catalog.questions.get(round.question) if round else None
    candidate, interviewer = work.groups.member(turn.candidate), work.groups.member(turn.interviewer)
    if question is None or candidate is None or interviewer is None:
        raise Refused("That question is not here any more. /mock pair finds you another partner.")
    return cards.Scene(turn, question, candidate, interviewer)


def _turn_card(scene: cards.Scene, member: int) -> Card:
    """The candidate sees the question and the clock, never the guide."""
    if member == scene.turn.candidate:
        return cards.prompt(scene)
    return cards.guide(scene, 1, member != scene.turn.interviewer)


def begin(event: Press, work: PairWork) -> Reply:
    """They have swapped and are ready: the second turn begins, once."""
    pair, chair, seat = _own(event.action.number, event, work)
    turns = work.pairs.turns(pair.id)
    waiting = pair.state == "running" and len(turns) == 1 and turns[0].state != "running"
    if waiting and chair.role in ("first", "second"):
        _begin(pair, 2, seat.group, work)
    return Show(_state(_again(pair.id, work), seat, work))


def card(event: Press, work: PairWork) -> Reply:
    """Where the pair stands, as this member may see it."""
    pair, _, seat = _own(event.action.number, event, work)
    return Show(_state(pair, seat, work))


def _state(pair: Pair, seat: Seat, work: PairWork) -> Card:
    chair = pair.chair(seat.member.id)
    if chair is None or pair.state in ("over", "off"):
        return cards.ended(chair is not None and chair.role == "observer")
    if pair.state == "set":
        early = work.now < pair.starts - NOTICE
        return (cards.made if early else cards.ready)(pair, chair.role, _others(pair, chair.member, work))
    last = work.pairs.turns(pair.id)[-1]
    if last.state == "running":
        return _turn_card(_scene(last, work), chair.member)
    return _swap_card(pair, chair, work)


def guide(event: Press, work: PairWork) -> Reply:
    """A page of the guide, for the interviewer and the observer alone."""
    id, page = event.action.numbers(2)
    scene, observes, _, _ = _listening(id, event, work)
    return Show(cards.guide(scene, page, observes))


def _listening(id: int, event: Press | Submit, work: PairWork) -> tuple[cards.Scene, bool, Pair, Seat]:
    """A turn that this person interviews in, or observes; Refused for its candidate and for everybody else."""
    turn = work.pairs.turn(id)
    if turn is None:
        raise Refused("That mock is not here any more. /mock pair finds you a partner.")
    pair, chair, seat = _own(turn.pair, event, work)
    if chair.member == turn.candidate:
        raise Refused(
            "The guide and the rubric are your interviewer's. The strong answer is yours once they have scored."
        )
    if chair.member != turn.interviewer and chair.role != "observer":
        raise Refused("Somebody else interviewed in this turn. /mock pair shows where you are.")
    return _scene(turn, work), chair.member != turn.interviewer, pair, seat


def time_up(event: Due, work: PairWork) -> None:
    """The clock ran out for both."""
    turn = work.pairs.turn(event.action.number)
    pair = work.pairs.pair(turn.pair) if turn else None
    group = work.groups.group(pair.group) if pair else None
    if turn is None or pair is None or group is None or turn.state != "running":
        return
    scene = _scene(turn, work)
    for chair in pair.chairs:
        score = work.pairs.score(turn.id, chair.member)
        if chair.role != "left" and (score is None or not score.sent):
            card = cards.time_up(scene, chair.member == turn.candidate)
            _tell(chair.member, card, f"pair-up:{turn.id}:{chair.member}", group, work)


def unscored(event: Due, work: PairWork) -> None:
    """No rubric came in two hours: the mock is over, and the candidate may read the strong answer."""
    turn = work.pairs.turn(event.action.number)
    pair = work.pairs.pair(turn.pair) if turn else None
    group = work.groups.group(pair.group) if pair else None
    if turn is None or pair is None or group is None or turn.state != "running":
        return
    _end_turn(turn, "over", work)
    work.pairs.turn_to(pair.id, ("running",), "over")
    for member, other in ((turn.candidate, turn.interviewer), (turn.interviewer, turn.candidate)):
        card = cards.unscored(turn, _name(other, work), member == turn.candidate)
        _tell(member, card, f"pair-unscored:{turn.id}:{member}", group, work)


def _end_turn(turn: Turn, state: TurnState, work: PairWork) -> bool:
    """A turn is over; from now on its candidate may read the strong answer."""
    work.rounds.close(turn.round)
    for verb in ("pair.time_up", "pair.unscored"):
        work.timers.cancel(ActionId(verb, str(turn.id)))
    return work.pairs.end_turn(turn.id, state)


# The rubric --------------------------------------------------------------------------------------------------------


def _scoring(event: Press | Submit, work: PairWork) -> tuple[cards.Scene, bool, Pair, Seat]:
    """As `_listening`, where the rubric has not been sent yet."""
    scene, observes, pair, seat = _listening(event.action.number, event, work)
    known = work.pairs.score(scene.turn.id, seat.member.id)
    if known is not None and known.sent:
        raise Refused("You have sent this rubric already. /mock pair shows where you are.")
    return scene, observes, pair, seat


def ask_levels(event: Press, work: PairWork) -> Reply:
    """Open step 1."""
    scene, _, _, seat = _scoring(event, work)
    known = work.pairs.score(scene.turn.id, seat.member.id)
    return Ask(cards.levels_form(scene, work.catalog.rubric(scene.question.kind), known))


def keep_levels(event: Submit, work: PairWork) -> Reply:
    """Step 1 is kept; step 2 is a press away."""
    scene, _, _, seat = _scoring(event, work)
    criteria = work.catalog.rubric(scene.question.kind)
    form = cards.levels_form(scene, criteria, None)
    faults = form.faults(event.values)
    if faults:
        return Fix(form, faults, event.values)
    work.pairs.keep_score(Score(scene.turn.id, seat.member.id, levels_of(criteria, event.values)))
    return Show(cards.levels_kept(scene))


def ask_words(event: Press, work: PairWork) -> Reply:
    """Open step 2."""
    scene, _, _, seat = _scoring(event, work)
    _levels_first(work.pairs.score(scene.turn.id, seat.member.id))
    return Ask(cards.words_form(scene, work.catalog))


def _levels_first(known: Score | None) -> Score:
    if known is None:
        raise Refused("Give the levels first: Fill in the rubric opens that step.")
    return known


def send(event: Submit, work: PairWork) -> Reply:
    """The rubric goes to the candidate; the interviewer's ends the turn. A late one is as welcome."""
    scene, observes, pair, seat = _scoring(event, work)
    form = cards.words_form(scene, work.catalog)
    faults = form.faults(event.values)
    if faults:
        return Fix(form, faults, event.values)
    draft = _levels_first(work.pairs.score(scene.turn.id, seat.member.id))
    points = tuple(sorted(int(point) for point in many(event.values.get("points"))))
    score = replace(draft, points=points, flags=many(event.values.get("flags")), hints=int(one(event.values["hints"])),
                    keep=one(event.values["keep"]), change=one(event.values["change"]), sent=True)  # fmt: skip
    work.pairs.keep_score(score)
    work.groups.did(seat.member.id, seat.today(work.now))
    work.groups.did(scene.candidate.id, local_date(work.now, scene.candidate.zone))
    _feed_back(scene, score, seat, work)
    if not observes and _end_turn(scene.turn, "scored", work):
        _learn(scene, score, work)
        if pair.state == "running":
            _after_turn(pair, scene.turn, seat.group, work)
    return Show(cards.scored(scene, observes))


def _feed_back(scene: cards.Scene, score: Score, seat: Seat, work: PairWork) -> None:
    criteria = work.catalog.rubric(scene.question.kind)
    pages = cards.feedback(scene, score, seat.member, criteria, work.catalog)
    for number, page in enumerate(pages, start=1):
        key = f"pair-score:{score.turn}:{score.scorer}:{number}"
        _tell(scene.candidate.id, page, key, seat.group, work)


def _learn(scene: cards.Scene, score: Score, work: PairWork) -> None:
    """What the interviewer heard decides when the idea comes back to the candidate."""
    known = work.recall.memory(scene.candidate.id).get(scene.question.family)
    level = overall(score, best_level(score.hints))
    work.recall.keep(scene.candidate.id, remember(known, scene.question, level, work.now))


def _after_turn(pair: Pair, turn: Turn, group: Group, work: PairWork) -> None:
    """They swap, or are through."""
    if turn.number == 2:
        work.pairs.turn_to(pair.id, ("running",), "over")
    for chair in pair.chairs:
        if chair.role != "left":
            card = _swap_card(pair, chair, work) if turn.number == 1 else cards.over()
            name = "swap" if turn.number == 1 else "over"
            _tell(chair.member, card, f"pair-{name}:{pair.id}:{chair.member}", group, work)


def _swap_card(pair: Pair, chair: Chair, work: PairWork) -> Card:
    second = pair.role("second")
    candidate = work.groups.member(second.member) if second else None
    if candidate is None:
        return cards.over()
    return cards.swap(pair, candidate, chair.member == candidate.id, chair.role == "observer")
