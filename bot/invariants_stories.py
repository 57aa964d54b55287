"""What must hold of stories and bullets at the end of any simulated life."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.core.ui import Card, Prose, Said
from bot.drama_stories import Written
from bot.group.rules import Member
from bot.resume.rules import Drilled
from bot.star.rules import Mark, Story, Version, first_star_day
from bot.store.work import SqlWork


@dataclass(frozen=True, slots=True)
class Kept:
    """A story as the store has it."""

    story: Story
    versions: Sequence[Version]
    marks: Sequence[Mark]
    open: bool


@dataclass(frozen=True, slots=True)
class Told:
    """The stories and bullets of the store, beside what their authors remember (`wrote_...`), and what was posted."""

    stories: Mapping[int, Kept]
    bullets: Mapping[int, Drilled]
    wrote_stories: Mapping[int, Written]
    wrote_bullets: Mapping[int, Written]
    users: Mapping[int, str]  # member -> person
    posts: Sequence[tuple[str, str]]  # key and words of every message
    days: Mapping[str, int]  # nominal date -> day
    first_day: int  # of stories


def told(
    wrote_stories: Mapping[int, Written],
    wrote_bullets: Mapping[int, Written],
    posts: Sequence[tuple[str, Card]],
    members: Mapping[int, Member],
    plan: str,
    days: Mapping[str, int],
    work: SqlWork,
) -> Told:
    """Gather it from the store and from what was posted."""
    stories: dict[int, Kept] = {}
    bullets: dict[int, Drilled] = {}
    for member in members:
        for story in work.stories.of(member):
            sharing = work.stories.sharing(story.id)
            kept = Kept(
                story, work.stories.versions(story.id), work.stories.marks(story.id), bool(sharing and sharing.open)
            )
            stories[story.id] = kept
        answers, talk = work.bullets.answers(member), work.bullets.talk(member)
        for one in work.bullets.of(member):
            bullets[one.id] = Drilled(one, answers.get(one.id, {}), talk.get(one.id, []))
    users = {id: member.user for id, member in members.items()}
    first = first_star_day(work.catalog.plans[plan])
    said = [(key, _words(card)) for key, card in posts]
    return Told(stories, bullets, wrote_stories, wrote_bullets, users, said, days, first)


def _words(card: Card) -> str:
    return "\n".join(part.text for part in card.body if isinstance(part, Prose | Said))


def _versions_stay(told: Told) -> Iterator[str]:
    for id, wrote in told.wrote_stories.items():
        kept = told.stories.get(id)
        texts = [*(one.words["situation"] for one in kept.versions), kept.story.situation] if kept else []
        if texts != wrote.texts:
            yield f"story {id} of {wrote.author} was told {len(wrote.texts)} times, {len(texts)} versions are kept"


def _answers_stay(told: Told) -> Iterator[str]:
    for id, wrote in told.wrote_bullets.items():
        kept = told.bullets.get(id)
        lines = [(told.users.get(line.member, "?"), line.text) for line in kept.talk] if kept else []
        if kept is None or kept.bullet.text != wrote.texts[-1]:
            yield f"bullet {id} of {wrote.author} is not what was pasted"
        elif dict(kept.answers) != wrote.answers:
            yield f"bullet {id} of {wrote.author} has other answers than were given"
        elif lines != wrote.lines:
            yield f"the thread of bullet {id} is not what was said in it"


def _only_shared_is_shown(told: Told) -> Iterator[str]:
    for key, words in told.posts:
        for id, story in told.wrote_stories.items():
            if any(text in words for text in story.texts):
                yield f"{key} shows story {id}, which is read in private alone"
        for id, bullet in told.wrote_bullets.items():
            if bullet.texts[-1] in words and not bullet.ever:
                yield f"{key} shows bullet {id}, which was never shared"


def _shared_as_said(told: Told) -> Iterator[str]:
    for id, wrote in told.wrote_stories.items():
        if id in told.stories and told.stories[id].open != wrote.shared:
            yield f"story {id} is {'' if told.stories[id].open else 'not '}open, against its author's word"
    for id, wrote in told.wrote_bullets.items():
        if id in told.bullets and told.bullets[id].bullet.shared != wrote.shared:
            yield f"bullet {id} is {'' if told.bullets[id].bullet.shared else 'not '}open, against its author's word"


def _peers_mark(told: Told) -> Iterator[str]:
    for id, kept in told.stories.items():
        if any(mark.member == kept.story.member for mark in kept.marks):
            yield f"story {id} was marked by its author"
        if kept.marks and id in told.wrote_stories and not told.wrote_stories[id].ever:
            yield f"story {id} was marked and never shared"


def _coverage_waits(told: Told) -> Iterator[str]:
    for key, _ in told.posts:
        if key.startswith("star-stand:") and told.days.get(key.rsplit(":", 1)[1], 0) < told.first_day:
            yield f"{key} came before the day of stories"


STORY_INVARIANTS: dict[str, Callable[[Told], Iterator[str]]] = {
    "stories keep every version": _versions_stay,
    "a bullet's answers and whys stay with it": _answers_stay,
    "only what is shared is shown": _only_shared_is_shown,
    "what is shared is what its author said": _shared_as_said,
    "stories are marked by peers, and when shared": _peers_mark,
    "the group's coverage waits for its day": _coverage_waits,
}
