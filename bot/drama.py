"""The members of a simulation: they answer early or late, by the form or in the thread, edit and delete, take hints and
leave, fall silent and come back, review well, late or not at all. The same seed lives the same life.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.bootstrap import Bot
from bot.catalog import TOP_LEVEL, Catalog, Question, Sample
from bot.core.events import (
    Ask,
    Command,
    Deleted,
    Edited,
    Fix,
    Inbound,
    Person,
    Place,
    Posted,
    Press,
    Quiet,
    Reply,
    Show,
    Submit,
)
from bot.core.ui import ActionId, AnyOf, Button, Card, Form, OneOf, Prose, Said, Values
from bot.drama_interview import Interviews, Scene
from bot.drama_stories import StoryScenes
from bot.rounds.rules import DESIGN_PARTS, DESIGN_STEPS, PART_MOST, design_source

NAMES = ("Ana", "Ben", "Chi", "Dee", "Eli", "Fay", "Gus", "Hal", "Ivy", "Jon")
ZONES = ("Europe/Berlin", "Europe/London", "Asia/Tokyo", "America/New_York", "Asia/Kolkata", "Pacific/Honolulu",
         "America/Sao_Paulo", "Australia/Adelaide")  # fmt: skip
KEEPS = (
    "You start from the decision that the answer serves; that made the rest easy to follow.",
    "The reason comes before the name of the method. Keep doing that.",
    "You say what you would measure, and at which threshold.",
    "Short sentences, one idea each: I could repeat it after one reading.",
    "The example with numbers. It showed that you have done this.",
)
CHANGES = (
    "Name a baseline first, so that one sees what the better model buys.",
    "Say the trade-off out loud: what do you give up for this choice?",
    "Close with how you would notice that it stops working.",
    "Put the conclusion in the first sentence and the derivation after it.",
    "Give one figure, even a rough one, where you say large or fast.",
)


@dataclass
class Habits:
    """How a simulated member lives; the shares are probabilities."""

    answers: float
    by_form: float
    edits: float
    reviews: float
    hour: int  # local hour at which they sit down
    away: tuple[date, date] | None = None
    silent: tuple[date, date] | None = None


@dataclass
class Life:
    """A simulated person and what they have to do."""

    person: Person
    habits: Habits
    tried: set[str] = field(default_factory=set)
    left: datetime | None = None  # when they said that they go on leave

    def there(self, day: date) -> bool:
        """Neither on leave nor silent."""
        return not any(span and span[0] <= day <= span[1] for span in (self.habits.away, self.habits.silent))


@dataclass(frozen=True, slots=True)
class Message:
    """What stands in a channel, a thread or somebody's direct messages."""

    id: str
    key: str
    place: Place
    card: Card
    at: datetime


class Stage(Protocol):
    """The chat platform as its people see it: they read what the bot posted, and write messages of their own."""

    def messages(self) -> list[Message]:
        """All messages of the bot, the oldest first."""
        ...

    def post(self, who: Person, where: Place, text: str, at: datetime) -> str:
        """A person's message; its id."""
        ...

    def edit(self, message: str, text: str) -> None: ...

    def delete(self, message: str) -> None: ...


@dataclass
class Drama:
    """The simulation of one group."""

    bot: Bot
    catalog: Catalog
    seed: int
    members: int
    channel: Place
    stage: Stage
    people: tuple[Person, ...] = ()
    log: list[tuple[datetime, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # what no member should ever have seen
    written: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)  # (post, person) -> source -> text
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.stories: StoryScenes[Life] = StoryScenes(self.seed)
        people = self.people or tuple(_person(number) for number in range(self.members))
        self._samples = {_plain(one): one for known in self.catalog.calibrations.values() for one in known.samples}
        self.cast = [Life(person, self._habits(number)) for number, person in enumerate(people)]
        self.interviews = Interviews(self.seed)

    def _habits(self, number: int) -> Habits:
        """The first two are steady, so that any group has a core; the rest are as people are."""
        steady = number < 2
        chance = self.chance
        return Habits(
            answers=0.97 if steady else chance.uniform(0.6, 0.95),
            by_form=chance.choice((0.2, 0.5, 0.9)),
            edits=chance.uniform(0.0, 0.4),
            reviews=0.97 if steady else chance.choice((0.97, 0.9, 0.8, 0.5)),
            hour=chance.choice((7, 9, 12, 18, 20, 22, 23)),
        )

    def plan_absences(self, first: date, days: int) -> None:
        """A third of the members go on leave for a while, another third fall silent and come back."""
        for number, life in enumerate(self.cast):
            if number == 0 or days < 4 or len(self.cast) < 3:
                continue
            start = first + timedelta(days=self.chance.randrange(1, max(2, days - 2)))
            span = (start, start + timedelta(days=self.chance.randrange(0, 3)))
            if number % 3 == 1:
                life.habits.away = span
            elif number % 3 == 2:
                life.habits.silent = span

    async def send(self, life: Life, event: Inbound) -> Reply:
        reply = await self.bot.engine.handle(event)
        if isinstance(reply, Show) and reply.card.title.startswith("Something broke"):
            self.wrong.append(f"{type(event).__name__} of {life.person.name}")
        await self.bot.settle()
        return reply

    def id(self) -> str:
        return f"sim:{self.seed}:{next(self._ids)}"

    async def press(self, life: Life, action: ActionId, where: Place | None = None) -> Reply:
        return await self.send(life, Press(self.id(), life.person, where or self.channel, action))

    async def submit(self, life: Life, form: Form, values: Values, where: Place | None = None) -> Reply:
        reply = await self.send(life, Submit(self.id(), life.person, where or self.channel, form.action, values))
        if isinstance(reply, Fix):
            self.wrong.append(f"{form.title} was not taken: {dict(reply.faults)}")
        return reply

    def say(self, now: datetime, text: str) -> None:
        self.log.append((now, text))

    # Scenes -----------------------------------------------------------------------------------------------------

    async def begin(self, now: datetime) -> None:
        """The first member sets the group up, all join."""
        first = self.cast[0]
        reply = await self.send(first, Command(self.id(), first.person, self.channel, "group", "setup"))
        if not isinstance(reply, Ask):
            raise RuntimeError(f"/group setup did not ask: {reply}")
        values: Values = {"zone": first.person.zone, "post_at": "08:00", "weekdays": tuple("0123456"), "start": "today",
                  "pace": "24-24"}  # fmt: skip
        await self.submit(first, reply.form, values)
        self.say(now, f"{first.person.name} sets up the group")
        for life in self.cast[1:]:
            await self.send(life, Command(self.id(), life.person, self.channel, "group", "join"))
        self.say(now, f"{len(self.cast)} are in")

    async def hour(self, now: datetime) -> None:
        """What the members do in this hour."""
        order = list(self.cast)
        self.chance.shuffle(order)
        for life in order:
            local = now.astimezone(ZoneInfo(life.person.zone))
            if life.habits.away and life.habits.away[0] == local.date() and "leave" not in life.tried:
                life.tried.add("leave")
                await self._go_on_leave(life, now)
            if life.there(local.date()) and local.hour == life.habits.hour:
                await self._sit_down(life, now)

    async def _go_on_leave(self, life: Life, now: datetime) -> None:
        first, last = life.habits.away or (now.date(), now.date())
        event = Command(self.id(), life.person, self.channel, "group", f"leave {first} {last}")
        await self.send(life, event)
        life.left = now
        self.say(now, f"{life.person.name} goes on leave, {first} to {last}")

    async def _sit_down(self, life: Life, now: datetime) -> None:
        daily = [message for message in self.stage.messages() if message.key.startswith("daily:")]
        if daily and daily[-1].key not in life.tried:
            life.tried.add(daily[-1].key)
            await self._study(life, daily[-1], now)
        await self._review(life, now)
        if self.chance.random() < 0.15:
            await self._mock(life, now)
        if self.chance.random() < 0.1:
            await self._practise(life, now)
        await self.stories.sit_down(self, life, now)
        await self.interviews.evening(self._scene(life), now)

    def _scene(self, life: Life) -> Scene:
        shared = [
            one for one in self.stage.messages() if one.key.startswith("passed-on:") and "Try it" in _buttons(one.card)
        ]
        tries = [_buttons(one.card)["Try it"] for one in shared]
        return Scene(life.person, self.channel, self.catalog, tries, partial(self.send, life), self.id, self.say)

    async def _study(self, life: Life, message: Message, now: datetime) -> None:
        buttons = _buttons(message.card)
        if "Done" in buttons and self.chance.random() < 0.7:
            await self.press(life, buttons["Done"])
        if "Write a STAR story" in buttons and self.chance.random() < 0.6:
            await self._story(life, now)
        if "Answer" not in buttons or self.chance.random() > life.habits.answers:
            return
        question = _question(message.card, self.catalog)
        if question is None:
            raise ValueError("a daily post asks a question of the bank")
        await self._peek(life, buttons["Answer"].arg)
        if self.chance.random() < 0.25:
            await self.press(life, buttons["Hint"])
        if self.chance.random() < life.habits.by_form:
            await self._answer_by_form(life, message, question, now)
        else:
            await self._answer_in_thread(life, message, question, now)

    async def _peek(self, life: Life, round: str) -> None:
        """Try to read the strong answer before answering."""
        reply = await self.press(life, ActionId("rounds.strong", f"{round}/1"))
        if isinstance(reply, Show) and reply.card.title.startswith("Strong answer"):
            self.wrong.append(f"{life.person.name} saw the strong answer of round {round} before answering")

    async def _answer_by_form(self, life: Life, message: Message, question: Question, now: datetime) -> None:
        for _ in range(1 + (self.chance.random() < life.habits.edits)):
            reply = await self.press(life, _buttons(message.card)["Answer"])
            if isinstance(reply, Ask):
                for source, text in (await self._fill_answer(life, reply.form, question)).items():
                    self._wrote(life, message, source, text)
                self.say(now, f"{life.person.name} answers by the form")

    async def _fill_answer(self, life: Life, form: Form, question: Question) -> dict[str, str]:
        """Fill in the Answer form, a design's in its two steps, some parts left empty; source -> what was written."""
        if form.action.verb != "rounds.answer_part":
            text = self._words(question)
            await self.submit(life, form, {"text": text})
            return {"form": text}
        written: dict[str, str] = {}
        step: Reply = Ask(form)
        while isinstance(step, Ask):
            asked = [one.id for one in step.form.fields]
            filled = [id for id in asked if self.chance.random() < 0.8] or asked[:1]
            texts = {id: self._words(question)[:PART_MOST] for id in filled}
            await self.submit(life, step.form, texts)
            written |= {design_source(id): texts.get(id, "") for id in asked}
            round, _, number = step.form.action.arg.partition("/")
            last = int(number) == len(DESIGN_STEPS)
            step = (
                Quiet()
                if last
                else await self.press(life, ActionId("rounds.answer_part", f"{round}/{int(number) + 1}"))
            )
        return written

    async def _answer_in_thread(self, life: Life, message: Message, question: Question, now: datetime) -> None:
        thread = Place(message.place.platform, message.place.workspace, message.place.channel, message.id)
        said = []
        for _ in range(self.chance.randrange(1, 4)):
            text = self._words(question)
            id = self.stage.post(life.person, thread, text, now)
            said.append(id)
            await self.send(life, Posted(self.id(), life.person, thread, id, text))
            self._wrote(life, message, id, text)
        self.say(now, f"{life.person.name} answers in the thread, in {len(said)} message(s)")
        if self.chance.random() < life.habits.edits:
            text = self._words(question)
            self.stage.edit(said[0], text)
            await self.send(life, Edited(self.id(), life.person, thread, said[0], text))
            self._wrote(life, message, said[0], text)
            self.say(now, f"{life.person.name} edits the first one")
        if len(said) > 1 and self.chance.random() < 0.2:
            self.stage.delete(said[-1])
            await self.send(life, Deleted(self.id(), life.person, thread, said[-1]))
            self._wrote(life, message, said[-1], "")
            self.say(now, f"{life.person.name} deletes the last one")

    def _wrote(self, life: Life, message: Message, source: str, text: str) -> None:
        """Keep what should stand in the store at the end."""
        parts = self.written.setdefault((message.key, life.person.id), {})
        parts[source] = text
        if not text:
            del parts[source]

    async def _story(self, life: Life, now: datetime) -> None:
        theme = self.chance.choice(list(self.catalog.themes))
        reply = await self.press(life, ActionId("star.write", theme))
        if isinstance(reply, Ask):
            told = next(one for one in self.catalog.questions.values() if one.theme == theme)
            values: Values = {one.id: self._words(told)[:80] for one in reply.form.fields}
            await self.submit(life, reply.form, values)
            self.say(now, f"{life.person.name} writes a story: {theme}")

    async def _mock(self, life: Life, now: datetime) -> None:
        reply = await self.send(life, Command(self.id(), life.person, self.channel, "mock"))
        if not isinstance(reply, Show) or "Answer" not in (buttons := _buttons(reply.card)):
            return
        form = await self.press(life, buttons["Answer"])
        if isinstance(form, Ask):
            question = _question(reply.card, self.catalog)
            if question is None:  # one of the group's own
                await self.submit(life, form.form, {one.id: self.chance.choice(CHANGES) for one in form.form.fields})
            else:
                await self._fill_answer(life, form.form, question)
            round = buttons["Answer"].arg
            await self.press(life, ActionId("mock.level", f"{round}/{self.chance.randrange(1, 5)}"))
            self.say(now, f"{life.person.name} takes a mock question")

    async def _practise(self, life: Life, now: datetime) -> None:
        reply = await self.send(life, Command(self.id(), life.person, self.channel, "review", "practice"))
        if not isinstance(reply, Show) or "Give your levels" not in (buttons := _buttons(reply.card)):
            return
        form = await self.press(life, buttons["Give your levels"])
        if isinstance(form, Ask):
            await self.submit(life, form.form, self._filled(form.form))
            self.say(now, f"{life.person.name} practises reviewing")

    async def _review(self, life: Life, now: datetime) -> None:
        reply = await self.send(life, Command(self.id(), life.person, self.channel, "review"))
        if not isinstance(reply, Show):
            return
        for label, action in _buttons(reply.card).items():
            if not label.startswith("Read"):
                continue
            if self.chance.random() > life.habits.reviews:
                continue
            await self._write_review(life, action, now)

    async def _write_review(self, life: Life, action: ActionId, now: datetime) -> None:
        id = action.arg.partition("/")[0]
        read = await self.press(life, action)
        levels = await self.press(life, ActionId("review.levels", id))
        if not isinstance(read, Show) or not isinstance(levels, Ask):
            return
        await self.submit(life, levels.form, self._judged(read.card, levels.form))
        parts = await self.press(life, ActionId("review.parts", id))
        if isinstance(parts, Ask):
            await self.submit(life, parts.form, self._parts_seen(parts.form))
        words = await self.press(life, ActionId("review.words", id))
        if isinstance(words, Ask):
            await self.submit(life, words.form, self._filled(words.form))
            self.say(now, f"{life.person.name} reviews")

    def _judged(self, read: Card, form: Form) -> dict[str, str]:
        """Levels near those that a sample answer deserves; for other words, such as people give."""
        # Slack's screen tells nobody which words are whose, so the sample is looked for in all of them.
        whole = "".join(part.text for part in read.body if isinstance(part, Prose | Said))
        judged = next((sample for text, sample in self._samples.items() if text in whole), None)
        if judged is None:
            return {one.id: str(self.chance.choice((2, 2, 3, 3, 3, 4))) for one in form.fields}
        near = {id: verdict.level + self.chance.choice((-1, 0, 0, 0, 1)) for id, verdict in judged.levels.items()}
        return {one.id: str(min(max(near[one.id.replace("_", "-")], 1), TOP_LEVEL)) for one in form.fields}

    def _parts_seen(self, form: Form) -> dict[str, str | tuple[str, ...]]:
        """A design's parts, each solid, thin or neither."""
        seen = {part: self.chance.choice(("solid", "solid", "thin", "")) for part in DESIGN_PARTS}
        thin = tuple(part for part, how in seen.items() if how == "thin") or ("monitoring",)
        solid = tuple(part for part, how in seen.items() if how == "solid" and part not in thin)
        return {"solid": solid, "thin": thin, "note": self.chance.choice(("", *CHANGES))}

    def _filled(self, form: Form) -> dict[str, str | tuple[str, ...]]:
        values: dict[str, str | tuple[str, ...]] = {}
        for one in form.fields:
            if isinstance(one, AnyOf):
                values[one.id] = tuple(choice.value for choice in one.choices if self.chance.random() < 0.4)
            elif isinstance(one, OneOf):
                values[one.id] = self.chance.choice(one.choices).value
            else:
                values[one.id] = self.chance.choice(KEEPS if one.id == "keep" else CHANGES)
        return values

    def _words(self, question: Question) -> str:
        """What a member makes of a question: a sample answer where there is one, or some sentences of the strong one."""
        calibration = self.catalog.calibrations.get(question.id)
        if calibration is not None and self.chance.random() < 0.5:
            return _plain(self.chance.choice(calibration.samples))
        prose = re.sub(r"```.*?```|[*`]", "", question.strong_answer, flags=re.DOTALL)
        sentences = [one.strip() for one in re.split(r"(?<=[.?!])\s+", prose) if 30 < len(one.strip()) < 400]
        chosen = sorted(self.chance.sample(range(len(sentences)), min(self.chance.randrange(2, 5), len(sentences))))
        return " ".join(sentences[number] for number in chosen)


def _person(number: int) -> Person:
    name = NAMES[number % len(NAMES)] + ("" if number < len(NAMES) else str(number // len(NAMES) + 1))
    return Person(name.lower(), name, manages=number == 0, zone=ZONES[number % len(ZONES)])


def _plain(sample: Sample) -> str:
    """A sample answer as somebody types it in one line."""
    return " ".join(re.sub(r"[*`]", "", sample.text).split())


def _buttons(card: Card) -> dict[str, ActionId]:
    return {part.label: part.action for row in card.rows if isinstance(row, tuple) for part in row
            if isinstance(part, Button)}  # fmt: skip


def _question(card: Card, catalog: Catalog) -> Question | None:
    """The question of the bank that a card asks; None where it asks one that a member passed on."""
    text = "\n".join(part.text for part in card.body if isinstance(part, Prose))
    return next((one for one in catalog.questions.values() if f"**{one.title}**\n" in text), None)
