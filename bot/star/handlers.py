"""Write STAR stories, keep them, see which themes they cover."""

from typing import Protocol

from bot.catalog import Catalog, Theme
from bot.core.errors import Refused
from bot.core.events import Ask, Choose, Command, Fix, Press, Reply, Show, Submit
from bot.core.ports import Work
from bot.core.ui import ActionId, Values, one
from bot.group.rules import Seat, Seats, seated
from bot.star import cards
from bot.star.rules import MOST_STORIES, Story, covered


class Stories(Protocol):
    def of(self, member: int) -> list[Story]: ...
    def story(self, id: int) -> Story | None: ...
    def add(self, member: int, theme: str, words: dict[str, str]) -> int: ...
    def rewrite(self, id: int, words: dict[str, str]) -> None: ...


class StarWork(Work, Protocol):
    @property
    def catalog(self) -> Catalog: ...
    @property
    def groups(self) -> Seats: ...
    @property
    def stories(self) -> Stories: ...


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
    return {id: one(values[id]).strip() for id in ("title", "situation", "task", "action", "result")}


def _kept(id: int, seat: Seat, work: StarWork) -> Reply:
    work.groups.did(seat.member.id, seat.today(work.now))
    story = work.stories.story(id)
    if story is None:
        raise AssertionError("a story that was just written is there")
    counts = covered(work.stories.of(seat.member.id))
    return Show(cards.saved(story, _theme(story.theme, work), counts, work.catalog.themes))


def _own(id: int, event: Press | Choose | Submit, work: StarWork) -> tuple[Story, Seat]:
    story = work.stories.story(id)
    seat = seated(*work.groups.at(event.where, event.who))
    if story is None or story.member != seat.member.id:
        raise Refused("That story is not among yours. /star shows them.")
    return story, seat


def read(event: Press | Choose, work: StarWork) -> Reply:
    """One of my stories."""
    action = ActionId("star.story", f"{event.value[:20]}/1") if isinstance(event, Choose) else event.action
    id, page = action.numbers(2)
    story, _ = _own(id, event, work)
    return Show(cards.story(story, _theme(story.theme, work), work.catalog.parts, page))


def edit(event: Press, work: StarWork) -> Reply:
    """Open the form with the story in it."""
    story, _ = _own(event.action.number, event, work)
    return Ask(cards.story_form(_theme(story.theme, work), work.catalog.parts, story))


def rewrite(event: Submit, work: StarWork) -> Reply:
    """Keep the changed story."""
    story, seat = _own(event.action.number, event, work)
    form = cards.story_form(_theme(story.theme, work), work.catalog.parts, story)
    faults = form.faults(event.values)
    if faults:
        return Fix(form, faults, event.values)
    work.stories.rewrite(story.id, _words(event.values))
    return _kept(story.id, seat, work)
