"""Simulated members have interviews of their own: they tell of them, move and cancel them, prepare, and tell how it went.

A chance of its own, so that the rest of a life is the same with interviews and without.
"""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.catalog import Catalog
from bot.core.events import Ask, Command, Fix, Inbound, Person, Place, Press, Reply, Show, Submit
from bot.core.ui import ActionId, AnyOf, Form, OneOf, Values

COMPANIES = ("Acme", "Northwind", "Contoso & Co", "Globex *Labs*", "Initech <ML>")
FIRST = "First I would ask what is decided with it, and what a mistake costs."
ASKED = (
    "How would you find out why click-through fell by a tenth overnight?",
    "Write a function that merges two sorted logs.\nThen make it lazy.",
    "Tell me about a model that you took back. `What` did you learn, @all?",
)


@dataclass
class Appointment:
    """An interview as its member knows it. `states` are its instants with the time from which each held; None where it
    was off, or told about."""

    who: str
    id: int
    states: list[tuple[datetime, datetime | None]]

    def held(self, at: datetime) -> datetime | None:
        """When it was to be, as the member saw it just before an instant."""
        return next((when for since, when in reversed(self.states) if since < at), None)


@dataclass(frozen=True)
class Scene:
    """One member's evening: who and where, what the channel got from others, and the way to act and to tell of it."""

    person: Person
    channel: Place
    catalog: Catalog
    passed_on: Sequence[ActionId]
    send: Callable[[Inbound], Awaitable[Reply]]
    id: Callable[[], str]
    say: Callable[[datetime, str], None]


@dataclass
class Interviews:
    """The scenes, and what the members remember of them."""

    seed: int
    known: list[Appointment] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # forms that were not taken, though well filled in

    def __post_init__(self) -> None:
        self.chance = random.Random(f"interviews:{self.seed}")

    async def evening(self, scene: Scene, now: datetime) -> None:
        """What a member does about their interviews when they sit down."""
        mine = [one for one in self.known if one.who == scene.person.id]
        ahead = [one for one in mine if (at := one.states[-1][1]) is not None and at > now]
        over = [one for one in mine if (at := one.states[-1][1]) is not None and at + timedelta(hours=2) < now]
        if over:
            await self._tell(scene, over[0], now)
        if scene.passed_on and self.chance.random() < 0.1:
            await self._try(scene, self.chance.choice(scene.passed_on), now)
        if not ahead and self.chance.random() < 0.25:
            await self._add(scene, now)
            return
        for one in ahead[:1]:
            await self._prepare(scene, one)
            chance = self.chance.random()
            if chance < 0.1:
                await self._move(scene, one, now)
            elif chance < 0.2:
                await self._cancel(scene, one, now)

    def _when(self, scene: Scene, now: datetime) -> tuple[str, datetime]:
        """A whole hour of the working day, two hours to twelve days off, in the member's own words."""
        here = now.astimezone(ZoneInfo(scene.person.zone)) + timedelta(days=self.chance.randrange(1, 13))
        at = here.replace(hour=self.chance.randrange(6, 19), minute=0, second=0, microsecond=0)
        return f"{at:%Y-%m-%d %H:%M}", at

    async def _add(self, scene: Scene, now: datetime) -> None:
        form = await self._command(scene, "add")
        if not isinstance(form, Ask):
            return
        text, at = self._when(scene, now)
        chosen = self.chance.choice(list(scene.catalog.stages))
        values: Values = {"company": self.chance.choice(COMPANIES), "role": "ML engineer", "stage": chosen, "when": text,
                          "zone": scene.person.zone}  # fmt: skip
        reply = await self._submit(scene, form.form, values)
        if isinstance(reply, Show):
            id = next(int(action.arg) for action in _actions(reply) if action.verb == "interview.move")
            self.known.append(Appointment(scene.person.id, id, [(now, at)]))
            scene.say(now, f"{scene.person.name} has an interview on {text}: {chosen}")

    async def _move(self, scene: Scene, one: Appointment, now: datetime) -> None:
        form = await self._press(scene, ActionId("interview.move", str(one.id)))
        text, at = self._when(scene, now)
        if isinstance(form, Ask) and at != one.states[-1][1]:
            reply = await self._submit(scene, form.form, {"when": text, "zone": scene.person.zone})
            if isinstance(reply, Show):
                one.states.append((now, at))
                scene.say(now, f"{scene.person.name} moves it to {text}")

    async def _cancel(self, scene: Scene, one: Appointment, now: datetime) -> None:
        at = one.states[-1][1]
        await self._press(scene, ActionId("interview.cancel", str(one.id)))
        one.states.append((now, None))
        scene.say(now, f"{scene.person.name} cancels the interview")
        if self.chance.random() < 0.3:
            await self._press(scene, ActionId("interview.revive", str(one.id)))
            one.states.append((now, at))
            scene.say(now, f"{scene.person.name} has it after all")

    async def _prepare(self, scene: Scene, one: Appointment) -> None:
        await self._press(scene, ActionId("interview.plan", f"{one.id}/1"))
        await self._command(scene, self.chance.choice(("list", "next", "questions", "calendar")))
        verb, arg = self.chance.choice((("tick", f"{one.id}"), ("fill", f"{one.id}/1"), ("fill", f"{one.id}/2")))
        form = await self._press(scene, ActionId(f"interview.{verb}", arg))
        if isinstance(form, Ask):
            await self._submit(scene, form.form, self._filled(form.form))

    async def _tell(self, scene: Scene, one: Appointment, now: datetime) -> None:
        form = await self._press(scene, ActionId("interview.done", str(one.id)))
        if isinstance(form, Ask):
            values = self._filled(form.form) | {"asked": self.chance.choice(ASKED)}
            await self._submit(scene, form.form, values)
            one.states.append((now, None))
            scene.say(now, f"{scene.person.name} tells how the interview went")

    async def _try(self, scene: Scene, own: ActionId, now: datetime) -> None:
        """Answer a question that somebody passed on."""
        reply = await self._press(scene, own)
        answer = (
            next((one for one in _actions(reply) if one.verb == "rounds.answer"), None)
            if isinstance(reply, Show)
            else None
        )
        form = await self._press(scene, answer) if answer else None
        if answer is not None and isinstance(form, Ask):
            await self._submit(scene, form.form, dict.fromkeys((field.id for field in form.form.fields), FIRST))
            await self._press(scene, ActionId("rounds.strong", f"{answer.arg}/1"))
            await self._press(scene, ActionId("mock.level", f"{answer.arg}/3"))
            scene.say(now, f"{scene.person.name} answers a question that somebody was asked")

    def _filled(self, form: Form) -> dict[str, str | tuple[str, ...]]:
        values: dict[str, str | tuple[str, ...]] = {}
        for part in form.fields:
            if isinstance(part, AnyOf):
                values[part.id] = tuple(choice.value for choice in part.choices if self.chance.random() < 0.5)
            elif isinstance(part, OneOf):
                values[part.id] = self.chance.choice(part.choices).value
            else:
                values[part.id] = "They rank offers for sellers; known from their blog."
        return values

    async def _command(self, scene: Scene, text: str) -> Reply:
        return await scene.send(Command(scene.id(), scene.person, scene.channel, "interview", text))

    async def _press(self, scene: Scene, action: ActionId) -> Reply:
        return await scene.send(Press(scene.id(), scene.person, scene.channel, action))

    async def _submit(self, scene: Scene, form: Form, values: Values) -> Reply:
        reply = await scene.send(Submit(scene.id(), scene.person, scene.channel, form.action, values))
        if isinstance(reply, Fix):
            self.wrong.append(f"{form.title} was not taken: {dict(reply.faults)}")
        return reply


def _actions(reply: Show) -> list[ActionId]:
    return [button.action for row in reply.card.rows if isinstance(row, tuple) for button in row]
