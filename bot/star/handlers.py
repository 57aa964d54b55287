"""Write STAR stories, keep them, see what they cover, practise on prompts, and have peers mark their parts."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Protocol, cast

from bot.catalog import PARTS, Catalog, Competency, Theme
from bot.core.errors import Refused
from bot.core.events import Ask, Choose, Command, Due, Fix, Person, Place, Press, Reply, Show, Submit
from bot.core.ports import Work
from bot.core.ui import ActionId, Card, Values, many, one
from bot.group.rules import Member, Seat, Seats, days_off, direct, local_date, seated
from bot.plan.rules import Run
from bot.star import cards
from bot.star.rules import (
    MOST_STORIES,
    Level,
    Mark,
    Sharing,
    Story,
    Telling,
    Version,
    coverage,
    covered,
    draw,
    first_star_day,
    fitting,
    suggested,
)


class Plans(Protocol):
    def run(self, group: int) -> Run | None: ...
    def group_dates(self, group: int) -> dict[date, int]: ...


class Stories(Protocol):
    def of(self, member: int) -> list[Story]: ...
    def story(self, id: int) -> Story | None: ...
    def add(self, member: int, theme: str, words: dict[str, str]) -> int: ...
    def rewrite(self, id: int, words: dict[str, str]) -> None: ...
    def versions(self, story: int) -> list[Version]: ...
    def show(self, story: int, competencies: Collection[str]) -> None: ...
    def sharing(self, story: int) -> Sharing | None: ...
    def share(self, story: int, key: str) -> bool: ...
    def take_back(self, story: int) -> bool: ...
    def marks(self, story: int) -> list[Mark]: ...
    def mark(self, mark: Mark) -> None: ...
    def told(self, member: int) -> list[Telling]: ...
    def tell(self, member: int, one: Telling) -> None: ...
    def reach(self, members: Collection[int]) -> tuple[Mapping[str, int], Mapping[str, int]]: ...


class StarWork(Work, Protocol):
    @property
    def catalog(self) -> Catalog: ...
    @property
    def groups(self) -> Seats: ...
    @property
    def plans(self) -> Plans: ...
    @property
    def stories(self) -> Stories: ...


# Write and keep --------------------------------------------------------------------------------------------------


def bank(event: Command | Press, work: StarWork) -> Reply:
    """My stories and the themes they cover."""
    seat = seated(*work.groups.at(event.where, event.who))
    stories = work.stories.of(seat.member.id)
    return Show(cards.bank(stories, covered(stories), work.catalog.themes))


def new(event: Command | Press | Choose, work: StarWork) -> Reply:
    """A theme and its prompts; without one, the bank with all themes."""
    if isinstance(event, Command):
        id = event.options.get("theme", "")
    else:
        id = event.value if isinstance(event, Choose) else event.action.arg
    if not id and not isinstance(event, Choose):
        return bank(event, work)
    _room(seated(*work.groups.at(event.where, event.who)), work)
    return Show(cards.theme_prompt(_theme(id, work)))


def write(event: Press, work: StarWork) -> Reply:
    """Open the form."""
    _room(seated(*work.groups.at(event.where, event.who)), work)
    return Ask(cards.story_form(_theme(event.action.arg, work), work.catalog.parts, None))


def _theme(id: str, work: StarWork) -> Theme:
    theme = work.catalog.themes.get(id)
    if theme is None:
        raise Refused(f"There are {len(work.catalog.themes)} themes: {', '.join(work.catalog.themes)}. Try /star new.")
    return theme


def _room(seat: Seat, work: StarWork) -> None:
    if len(work.stories.of(seat.member.id)) >= MOST_STORIES:
        raise Refused(f"You have {MOST_STORIES} stories, which is more than anyone tells. Change one of them: /star")


def save(event: Submit, work: StarWork) -> Reply:
    """Keep a new story."""
    seat = seated(*work.groups.at(event.where, event.who))
    theme = _theme(event.action.arg, work)
    form = cards.story_form(theme, work.catalog.parts, None)
    faults = form.faults(event.values)
    if faults:
        return Fix(form, faults, event.values)
    _room(seat, work)
    return _kept(work.stories.add(seat.member.id, theme.id, _words(event.values)), seat, work)


def _words(values: Values) -> dict[str, str]:
    return {id: one(values[id]).strip() for id in ("title", *PARTS)}


def _kept(id: int, seat: Seat, work: StarWork) -> Reply:
    work.groups.did(seat.member.id, seat.today(work.now))
    story = work.stories.story(id)
    if story is None:
        raise AssertionError("a story that was just written is there")
    counts = covered(work.stories.of(seat.member.id))
    return Show(cards.saved(story, _theme(story.theme, work), counts, work.catalog))


def _own(id: int, event: Press | Choose | Submit, work: StarWork) -> tuple[Story, Seat]:
    """A story of this person, in whichever of their groups they wrote it."""
    story = work.stories.story(id)
    author = work.groups.member(story.member) if story else None
    if story is None or author is None:
        seated(*work.groups.at(event.where, event.who))
        raise Refused("That story is not among yours. /star shows them.")
    seat = seated(*work.groups.of(author.group, event.where, event.who))
    if seat.member.id != story.member:
        raise Refused("That story is not among yours. /star shows them.")
    return story, seat


def read(event: Press | Choose, work: StarWork) -> Reply:
    """One of my stories, with what peers say of it."""
    action = ActionId("star.story", f"{event.value[:20]}/1") if isinstance(event, Choose) else event.action
    id, page = action.numbers(2)
    story, _ = _own(id, event, work)
    return Show(cards.story(_told(story, work), work.catalog, page))


def _told(story: Story, work: StarWork) -> cards.Told:
    sharing = work.stories.sharing(story.id)
    versions = len(work.stories.versions(story.id)) + 1
    return cards.Told(story, versions, sharing is not None and sharing.open, work.stories.marks(story.id))


def edit(event: Press, work: StarWork) -> Reply:
    """Open the form with the story in it."""
    story, _ = _own(event.action.number, event, work)
    return Ask(cards.story_form(_theme(story.theme, work), work.catalog.parts, story))


def rewrite(event: Submit, work: StarWork) -> Reply:
    """Keep the changed story, and how it read before."""
    story, seat = _own(event.action.number, event, work)
    form = cards.story_form(_theme(story.theme, work), work.catalog.parts, story)
    faults = form.faults(event.values)
    if faults:
        return Fix(form, faults, event.values)
    work.stories.rewrite(story.id, _words(event.values))
    return _kept(story.id, seat, work)


def versions(event: Press, work: StarWork) -> Reply:
    """The earlier versions of a story, to open."""
    story, _ = _own(event.action.number, event, work)
    return Show(cards.versions(story, work.stories.versions(story.id)))


def version(event: Press | Choose, work: StarWork) -> Reply:
    """How a story read before; the button or the choice names ``story/number/page``, the number from 1."""
    arg = f"{event.value[:20]}/1" if isinstance(event, Choose) else event.action.arg
    id, number, page = ActionId("star.version", arg).numbers(3)
    story, _ = _own(id, event, work)
    found = _version(story, number, work)
    return Show(cards.version(story, found, number, work.catalog.parts, page))


def _version(story: Story, number: int, work: StarWork) -> Version:
    known = work.stories.versions(story.id)
    if not 1 <= number <= len(known):
        raise Refused("That version is not here. /star opens the story, and Earlier versions shows what there is.")
    return known[number - 1]


def restore(event: Press, work: StarWork) -> Reply:
    """An earlier version is the story again; what it replaces is kept as a version, too."""
    id, number = event.action.numbers(2)
    story, seat = _own(id, event, work)
    work.stories.rewrite(story.id, dict(_version(story, number, work).words))
    return _kept(story.id, seat, work)


def ask_shows(event: Press, work: StarWork) -> Reply:
    """Open the form of competencies, ticked as before or as the story's words suggest."""
    story, _ = _own(event.action.number, event, work)
    ticked = story.shows or suggested(story, work.catalog.competencies)
    return Ask(cards.shows_form(story, work.catalog.competencies, ticked))


def keep_shows(event: Submit, work: StarWork) -> Reply:
    """What the story shows, as its author ticked it."""
    story, seat = _own(event.action.number, event, work)
    form = cards.shows_form(story, work.catalog.competencies, story.shows)
    faults = form.faults(event.values)
    if faults:
        return Fix(form, faults, event.values)
    work.stories.show(story.id, many(event.values.get("shows")))
    return Show(cards.coverage(coverage(work.stories.of(seat.member.id)), work.catalog))


# What is covered -------------------------------------------------------------------------------------------------


def mine(event: Command | Press, work: StarWork) -> Reply:
    """My coverage and its gaps, in words."""
    seat = seated(*work.groups.at(event.where, event.who))
    return Show(cards.coverage(coverage(work.stories.of(seat.member.id)), work.catalog))


def together(event: Command | Press, work: StarWork) -> Reply:
    """The group's coverage, in numbers alone, once its plan has come to the stories."""
    seat = seated(*work.groups.at(event.where, event.who))
    run = work.plans.run(seat.group.id)
    plan = work.catalog.plans.get(run.plan) if run else None
    first = first_star_day(plan) if plan else 0
    if max(work.plans.group_dates(seat.group.id).values(), default=0) < max(first, 1):
        when = f"from day {first} of the plan on" if first else "once a plan with days for stories is under way"
        raise Refused(f"The group sees its coverage {when}. Yours is here already: /star coverage")
    return Show(_together(seat.group.id, work))


def _together(group: int, work: StarWork) -> Card:
    members = [member.id for member in work.groups.members(group)]
    return cards.together(*work.stories.reach(members), len(members), work.catalog)


def stand(event: Due, work: StarWork) -> None:
    """A day of stories is over: its thread gets the group's coverage, ``group/date`` as the timer has it."""
    id, _, nominal = event.action.arg.partition("/")
    group = work.groups.group(ActionId("star.stand", id).number)
    key = f"daily:{id}:{nominal}"
    if group is None or group.state != "active" or work.outbox.lost(key):
        return
    today = local_date(work.now, group.settings.zone)
    if today not in days_off(work.groups.absences(group.id, today)):
        card = _together(group.id, work)
        work.outbox.add(group.place, card, key=f"star-stand:{id}:{nominal}", group=group.id, under=key)


# Practise --------------------------------------------------------------------------------------------------------


def practise(event: Command | Press, work: StarWork) -> Reply:
    """The prompt that comes next for this member, of one competency if they named it."""
    seat = seated(*work.groups.at(event.where, event.who))
    only = event.options.get("competency", "") if isinstance(event, Command) else ""
    told = work.stories.told(seat.member.id)
    competency, number = draw(work.catalog.competencies, told, str(seat.member.id), only)
    work.stories.tell(seat.member.id, Telling(f"{competency.id}/{number}", None))
    return Show(cards.prompt(competency, number, work.stories.of(seat.member.id)))


def _prompt(event: Press | Choose, work: StarWork) -> tuple[Competency, int]:
    id, _, number = event.action.arg.partition("/")
    competency = work.catalog.competencies.get(id)
    known = competency.prompts if competency else ()
    if competency is None or number not in {str(one) for one in range(1, len(known) + 1)}:
        raise Refused("That prompt is not here any more. /star practice gives you another one.")
    return competency, int(number)


def pick(event: Press, work: StarWork) -> Reply:
    """The story that fits a prompt best."""
    competency, number = _prompt(event, work)
    seat = seated(*work.groups.at(event.where, event.who))
    best = fitting(work.stories.of(seat.member.id), competency, work.stories.told(seat.member.id))
    return _tell(best[0] if best else None, competency, number, seat, work)


def tell(event: Press | Choose, work: StarWork) -> Reply:
    """The story that the member would tell: does it fit the prompt, or is there a better one?"""
    competency, number = _prompt(event, work)
    chosen = event.value if isinstance(event, Choose) else ""
    story, seat = _own(ActionId("star.tell", chosen[:20]).number, event, work)
    return _tell(story, competency, number, seat, work)


def _tell(story: Story | None, competency: Competency, number: int, seat: Seat, work: StarWork) -> Reply:
    told = work.stories.told(seat.member.id)
    fit = fitting(work.stories.of(seat.member.id), competency, told)
    if story is not None:
        work.stories.tell(seat.member.id, Telling(f"{competency.id}/{number}", story.id))
        work.groups.did(seat.member.id, seat.today(work.now))
    times = sum(one.story == story.id for one in told) if story else 0
    marks = work.stories.marks(story.id) if story else []
    return Show(cards.fit(competency, story, fit, times, marks, work.catalog.parts))


# Share and mark --------------------------------------------------------------------------------------------------


def share(event: Press, work: StarWork) -> Reply:
    """Show a story to the group: a post in its channel, where peers read and mark it."""
    story, seat = _own(event.action.number, event, work)
    key = f"story:{story.id}:{event.id}"[:200]
    if not work.stories.share(story.id, key):
        raise Refused("This story is shared already. Open it and press Take it back to end that.")
    card = cards.shared(story, seat.member.name, _theme(story.theme, work))
    thread = f"Story: {story.title}"[:100]
    work.outbox.add(seat.group.place, card, key=key, group=seat.group.id, thread=thread)
    return Show(cards.sharing(story, True))


def take_back(event: Press, work: StarWork) -> Reply:
    """The group sees it no more; marks that were given stay with the story."""
    story, seat = _own(event.action.number, event, work)
    sharing = work.stories.sharing(story.id)
    if sharing is not None and work.stories.take_back(story.id):
        work.outbox.edit(sharing.key, cards.taken_back(seat.member.name), key=f"{sharing.key}:back"[:200])
    return Show(cards.sharing(story, False))


def _shared(id: int, where: Place, who: Person, work: StarWork) -> tuple[Story, Member, Seat]:
    """A story that its author shows to the group of this person, with the author."""
    story = work.stories.story(id)
    author = work.groups.member(story.member) if story else None
    sharing = work.stories.sharing(id) if story else None
    if story is None or author is None or not author.active or sharing is None or not sharing.open:
        seated(*work.groups.at(where, who))
        raise Refused("This story is not shared any more. Your own are at /star.")
    return story, author, seated(*work.groups.of(author.group, where, who))


def read_shared(event: Press, work: StarWork) -> Reply:
    """A story of a peer who shares it."""
    id, page = event.action.numbers(2)
    story, author, _ = _shared(id, event.where, event.who, work)
    return Show(cards.peers(story, author.name, _theme(story.theme, work), work.catalog.parts, page))


def ask_mark(event: Press, work: StarWork) -> Reply:
    """Open the form of marks, filled in as this peer marked before."""
    story, seat = _markable(event, work)
    before = next((mark for mark in work.stories.marks(story.id) if mark.member == seat.member.id), None)
    return Ask(cards.mark_form(story, work.catalog.parts, before))


def _markable(event: Press | Submit, work: StarWork) -> tuple[Story, Seat]:
    story, _, seat = _shared(event.action.number, event.where, event.who, work)
    if seat.member.id == story.member:
        raise Refused("This story is yours: your peers mark it. /star shows what they say.")
    return story, seat


def keep_mark(event: Submit, work: StarWork) -> Reply:
    """Keep what a peer says of each part, and tell the author."""
    story, seat = _markable(event, work)
    form = cards.mark_form(story, work.catalog.parts, None)
    faults = form.faults(event.values)
    if faults:
        return Fix(form, faults, event.values)
    version = len(work.stories.versions(story.id)) + 1
    mark = _mark(story, seat, version, event.values)
    work.stories.mark(mark)
    work.groups.did(seat.member.id, seat.today(work.now))
    author = work.groups.member(story.member)
    if author is not None:
        key = f"star-marked:{story.id}:{seat.member.id}:{version}"
        card = cards.marked(story, mark, work.catalog.parts)
        work.outbox.add(direct(seat.group, author), card, key=key, group=seat.group.id)
    return Show(cards.thanks())


def _mark(story: Story, seat: Seat, version: int, values: Values) -> Mark:
    """The result's choice says both how clear it is and whether it has a number: ``weak/number``."""
    result, _, number = one(values["result"]).partition("/")
    levels = {part: cast(Level, one(values[part])) for part in PARTS if part != "result"}
    levels["result"] = cast(Level, result)
    return Mark(story.id, seat.member.id, version, levels, number == "number", one(values.get("comment")).strip())
