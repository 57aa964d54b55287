"""The simulation's members with their stories and bullets: they write, change, tick, share and take back, mark those of
others, practise, drill their bullets, ask the next why and answer it, and try to read what is not shared with them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from bot.catalog import PARTS, Catalog
from bot.core.events import Ask, Command, Inbound, Person, Place, Posted, Press, Reply, Show
from bot.core.ui import ActionId, AnyOf, Button, Card, Form, OneOf, Values

WHYS = (
    "Why that and not the simplest thing that could work?",
    "Why were you sure that the gain came from your change?",
    "Why did nobody do it before you?",
    "Why would it still hold in a year?",
)
ANSWERS = (
    "Because the baseline came within two points and cost a tenth; we measured both on 40,000 later cases.",
    "We held out 10 % of customers for four weeks; the others bought 2.4 % more, give or take 0.6.",
    "I asked the two teams that had tried; both had lost their data owner, so I took that on first.",
    "An alert on the share of empty fields has fired twice since, and somebody is on call for it.",
)
RESULTS = ("Errors fell from 31 % to 12 % in three weeks.", "Everybody was happy with it in the end.")


class Somebody(Protocol):
    @property
    def person(self) -> Person: ...


class Message(Protocol):
    """What stands in a channel, a thread or somebody's direct messages."""

    @property
    def id(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def place(self) -> Place: ...


M_co = TypeVar("M_co", bound=Message, covariant=True)


class Stage(Protocol[M_co]):
    def messages(self) -> Sequence[M_co]: ...
    def post(self, who: Person, where: Place, text: str, at: datetime) -> str: ...


L = TypeVar("L", bound=Somebody)
L_contra = TypeVar("L_contra", bound=Somebody, contravariant=True)


class Troupe(Protocol[L_contra]):
    """The drama, as its scenes of stories need it."""

    @property
    def catalog(self) -> Catalog: ...
    @property
    def channel(self) -> Place: ...
    @property
    def stage(self) -> Stage[Message]: ...
    @property
    def wrong(self) -> list[str]: ...

    def id(self) -> str: ...
    def say(self, now: datetime, text: str) -> None: ...
    async def send(self, life: L_contra, event: Inbound) -> Reply: ...
    async def press(self, life: L_contra, action: ActionId) -> Reply: ...
    async def submit(self, life: L_contra, form: Form, values: Values) -> Reply: ...


@dataclass
class Written:
    """A story or a bullet as its author remembers it."""

    author: str
    texts: list[str]  # of a story its situations, the latest last; of a bullet its words
    shared: bool = False
    ever: bool = False  # whether it was shared at any time
    answers: dict[str, str] = field(default_factory=dict)
    lines: list[tuple[str, str]] = field(default_factory=list)  # who said what in its thread


class StoryScenes(Generic[L]):
    """What one simulation's members write, with a chance of its own, so that the rest of their lives stays the same."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(f"stories:{seed}")
        self.stories: dict[int, Written] = {}
        self.bullets: dict[int, Written] = {}

    async def sit_down(self, drama: Troupe[L], life: L, now: datetime) -> None:
        """A few minutes for one's own stories and bullets, and for those of others."""
        scenes = ((0.2, self._write), (0.2, self._change), (0.3, self._share), (0.5, self._mark), (0.2, self._practise),
                  (0.3, self._paste), (0.6, self._drill), (0.6, self._ask_or_answer), (0.1, self._peek))  # fmt: skip
        for share, scene in scenes:
            if self.chance.random() < share:
                await scene(drama, life, now)

    def _own(self, known: dict[int, Written], life: L) -> list[int]:
        return [id for id, one in known.items() if one.author == life.person.id]

    def _others(self, known: dict[int, Written], life: L, *, shared: bool) -> list[int]:
        return [id for id, one in known.items() if one.author != life.person.id and one.shared == shared]

    # Stories ---------------------------------------------------------------------------------------------------------

    def _words(self, life: L, drama: Troupe[L]) -> dict[str, str]:
        number = sum(len(one.texts) for one in self.stories.values())
        competency = self.chance.choice(list(drama.catalog.competencies.values()))
        text = f"Once, as {life.person.name} tells it ({number}), something went wrong."
        action = f"I heard “{competency.prompts[0]}” and did what was {competency.signs[0].replace('*', 'ed')}."
        words = dict(zip(PARTS, (text, "To mend it.", action, self.chance.choice(RESULTS)), strict=True))
        return {"title": f"Number {number}", **words}

    async def _write(self, drama: Troupe[L], life: L, now: datetime) -> None:
        form = await drama.press(life, ActionId("star.write", self.chance.choice(list(drama.catalog.themes))))
        if not isinstance(form, Ask):
            return
        words = self._words(life, drama)
        reply = await drama.submit(life, form.form, words)
        if isinstance(reply, Show) and (tick := _buttons(reply.card).get("Tick what it shows")):
            self.stories[tick.number] = Written(life.person.id, [words["situation"]])
            await self._tick(drama, life, tick)
            drama.say(now, f"{life.person.name} writes a story and ticks what it shows")

    async def _tick(self, drama: Troupe[L], life: L, action: ActionId) -> None:
        form = await drama.press(life, action)
        if isinstance(form, Ask):
            await drama.submit(life, form.form, self._filled(form.form))

    async def _change(self, drama: Troupe[L], life: L, now: datetime) -> None:
        own = self._own(self.stories, life)
        if not own:
            return
        id = self.chance.choice(own)
        form = await drama.press(life, ActionId("star.edit", str(id)))
        if isinstance(form, Ask):
            words = self._words(life, drama)
            await drama.submit(life, form.form, words)
            self.stories[id].texts.append(words["situation"])
            drama.say(now, f"{life.person.name} changes a story")

    async def _share(self, drama: Troupe[L], life: L, now: datetime) -> None:
        """Share a story or a bullet that is not, or take back one that is."""
        for noun, known in (("star", self.stories), ("resume", self.bullets)):
            own = self._own(known, life)
            if not own:
                continue
            id = self.chance.choice(own)
            verb = "take_back" if known[id].shared else "share"
            if verb == "take_back" and self.chance.random() < 0.7:
                continue
            await drama.press(life, ActionId(f"{noun}.{verb}", str(id)))
            known[id].shared = verb == "share"
            known[id].ever = True
            drama.say(now, f"{life.person.name}: {noun} {verb.replace('_', ' ')}")

    async def _mark(self, drama: Troupe[L], life: L, now: datetime) -> None:
        others = self._others(self.stories, life, shared=True)
        if not others:
            return
        id = self.chance.choice(others)
        read = await drama.press(life, ActionId("star.shared", f"{id}/1"))
        form = await drama.press(life, ActionId("star.mark", str(id)))
        if isinstance(read, Show) and isinstance(form, Ask):
            await drama.submit(life, form.form, self._filled(form.form))
            drama.say(now, f"{life.person.name} marks a story")

    async def _practise(self, drama: Troupe[L], life: L, now: datetime) -> None:
        reply = await drama.send(life, Command(drama.id(), life.person, drama.channel, "star", "practice"))
        fits = _buttons(reply.card).get("Which of mine fits?") if isinstance(reply, Show) else None
        if fits is not None:
            await drama.press(life, fits)
            drama.say(now, f"{life.person.name} practises on a prompt")

    # Bullets ---------------------------------------------------------------------------------------------------------

    async def _paste(self, drama: Troupe[L], life: L, now: datetime) -> None:
        rules = self.chance.sample(list(drama.catalog.follow_ups.values()), self.chance.randrange(1, 4))
        texts = [f"{rule.calls} ({life.person.name}, {len(self.bullets)})" for rule in rules]
        form = await drama.press(life, ActionId("resume.add"))
        if not isinstance(form, Ask) or len(self._own(self.bullets, life)) > 20:
            return
        reply = await drama.submit(life, form.form, {"bullets": "\n".join(f"\u2022 {text}" for text in texts)})
        start = _buttons(reply.card).get("Start the drill") if isinstance(reply, Show) else None
        if start is not None:
            first = int(start.arg.partition("/")[0])
            for number, text in enumerate(texts):
                self.bullets[first + number] = Written(life.person.id, [text])
            drama.say(now, f"{life.person.name} pastes {len(texts)} bullet(s)")

    async def _drill(self, drama: Troupe[L], life: L, now: datetime) -> None:
        own = self._own(self.bullets, life)
        if not own:
            return
        id = self.chance.choice(own)
        reply = await drama.press(life, ActionId("resume.bullet", f"{id}/1"))
        following = _buttons(reply.card).get("Next question") if isinstance(reply, Show) else None
        form = await drama.press(life, following) if following else None
        if following is not None and isinstance(form, Ask):
            text = self.chance.choice(ANSWERS)
            await drama.submit(life, form.form, {"answer": text})
            self.bullets[id].answers[following.arg.partition("/")[2]] = text
            drama.say(now, f"{life.person.name} answers a question of the drill")

    async def _ask_or_answer(self, drama: Troupe[L], life: L, now: datetime) -> None:
        """Ask about a bullet of somebody else, or answer what was asked about one's own; by the form or in the thread."""
        waits = [id for id in self._own(self.bullets, life) if (one := self.bullets[id]).shared and one.lines
                 and one.lines[-1][0] != life.person.id]  # fmt: skip
        known = waits or self._others(self.bullets, life, shared=True)
        if not known:
            return
        id, text = self.chance.choice(known), self.chance.choice(ANSWERS if waits else WHYS)
        if self.chance.random() < 0.5:
            form = await drama.press(life, ActionId("resume.why", str(id)))
            if not isinstance(form, Ask):
                return
            await drama.submit(life, form.form, {"why": text})
        else:
            posts = [
                one
                for one in drama.stage.messages()
                if one.key.startswith(f"bullet:{id}:") and not one.key.endswith(":back")
            ]
            place = posts[-1].place
            thread = Place(place.platform, place.workspace, place.channel, posts[-1].id)
            said = drama.stage.post(life.person, thread, text, now)
            await drama.send(life, Posted(drama.id(), life.person, thread, said, text))
        self.bullets[id].lines.append((life.person.id, text))
        drama.say(now, f"{life.person.name} {'answers' if waits else 'asks'} a why")

    # What nobody may see ---------------------------------------------------------------------------------------------

    async def _peek(self, drama: Troupe[L], life: L, now: datetime) -> None:
        """Try by hand to read what others do not share."""
        tries = [(id, one, ("star.shared", "star.story")) for id in self._others(self.stories, life, shared=False)
                 for one in [self.stories[id]]]  # fmt: skip
        tries += [(id, one, ("resume.bullet", "resume.answers")) for id in self._others(self.bullets, life, shared=False)
                  for one in [self.bullets[id]]]  # fmt: skip
        for id, one, verbs in self.chance.sample(tries, min(2, len(tries))):
            for verb in verbs:
                event = Press(drama.id(), life.person, drama.channel, ActionId(verb, f"{id}/1"))
                reply = await drama.send(life, event)
                if isinstance(reply, Show) and reply.card.title != "Not this time":
                    drama.wrong.append(f"{life.person.name} saw {verb} {id} of {one.author} at {now}")

    def _filled(self, form: Form) -> dict[str, str | tuple[str, ...]]:
        values: dict[str, str | tuple[str, ...]] = {}
        for one in form.fields:
            if isinstance(one, AnyOf):
                values[one.id] = one.values or (self.chance.choice(one.choices).value,)
            elif isinstance(one, OneOf):
                values[one.id] = self.chance.choice(one.choices).value
            else:
                values[one.id] = self.chance.choice(("", "Say the figure first."))
        return values


def _buttons(card: Card) -> dict[str, ActionId]:
    return {part.label: part.action for row in card.rows if isinstance(row, tuple) for part in row
            if isinstance(part, Button)}  # fmt: skip
