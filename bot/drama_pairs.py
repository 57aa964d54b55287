"""Simulated members in pairs and in whole onsites: they look for a partner, come or do not, interview, score and swap, leave
in the middle, take an onsite up again days later. The same seed lives the same life.
"""

import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.events import Ask, Command, Show
from bot.core.ui import ActionId, AnyOf, Button, Card, Form, OneOf
from bot.drama import CHANGES, KEEPS, Drama, Life, Message

AWAKE = range(7, 24)  # local hours in which somebody looks at a call for partners
SEEKS, JOINS, COMES, LEAVES, OFFERS, ONSITE = 0.25, 0.35, 0.85, 0.08, 0.2, 0.3


class Scenes:
    """What the people of a drama do about pairs and onsites: each hour, and at once about what comes into their messages."""

    def __init__(self, drama: Drama) -> None:
        self.drama = drama
        self.chance = random.Random(f"pairs:{drama.seed}")
        self.seen: set[str] = set()

    async def hour(self, now: datetime) -> None:
        """Some of those who sit down in this hour look for a partner, or go on with an onsite."""
        for life in self.drama.cast:
            local = now.astimezone(ZoneInfo(life.person.zone))
            if life.there(local.date()) and local.hour == life.habits.hour:
                if self.chance.random() < SEEKS:
                    await self._seek(life, now)
                if self.chance.random() < ONSITE:
                    await self._onsite(life, now)

    async def react(self, now: datetime) -> None:
        """Whoever gets a message about their pair looks at it."""
        while messages := self._unseen():
            for message in messages:
                life = next((one for one in self.drama.cast if one.person.id == message.place.channel), None)
                if life is not None and message.place.direct:
                    await self._answer(life, message, now)

    def _unseen(self) -> list[Message]:
        """By their keys, so that the same life is the same on platforms that list messages in another order."""
        found = [one for one in self.drama.stage.messages() if one.key.startswith("pair-") and one.key not in self.seen]
        self.seen |= {one.key for one in found}
        return sorted(found, key=lambda one: one.key)

    async def _seek(self, life: Life, now: datetime) -> None:
        """Look for a partner, by hours or now; others who are awake see it and may join."""
        if self.chance.random() < OFFERS:
            await self._offer(life, now)
            return
        drama = self.drama
        await drama.send(life, Command(drama.id(), life.person, drama.channel, "mock", "pair"))
        drama.say(now, f"{life.person.name} looks for a partner")
        for other in drama.cast:
            local = now.astimezone(ZoneInfo(other.person.zone))
            awake = other is not life and local.hour in AWAKE and other.there(local.date())
            if awake and self.chance.random() < JOINS:
                await drama.press(other, ActionId("pair.seek"))

    async def _offer(self, life: Life, now: datetime) -> None:
        form = await self.drama.press(life, ActionId("pair.later"))
        if not isinstance(form, Ask):
            return
        day = now.astimezone(ZoneInfo(life.person.zone)).date() + timedelta(days=1)
        hours = tuple(str(hour) for hour in range(8, 22) if self.chance.random() < 0.5) or ("18",)
        repeat = self.chance.choice(("once", "once", "weekly"))
        await self.drama.submit(life, form.form, {"day": day.isoformat(), "hours": hours, "repeat": repeat})
        self.drama.say(now, f"{life.person.name} offers hours for {day}")

    async def _answer(self, life: Life, message: Message, now: datetime) -> None:
        kind, buttons = message.key.split(":")[0], _buttons(message.card)
        there = life.there(now.astimezone(ZoneInfo(life.person.zone)).date())
        if kind == "pair-ready" and there and self.chance.random() < COMES:
            await self.drama.press(life, buttons["I am here"])
        elif kind == "pair-ghost" and self.chance.random() < 0.5:
            await self.drama.press(life, buttons["I am back"])
        elif kind == "pair-turn" and "End it here" in buttons and self.chance.random() < LEAVES:
            await self.drama.press(life, buttons["End it here"])
            self.drama.say(now, f"{life.person.name} leaves a pair in the middle")
        elif kind == "pair-turn" and message.card.title.endswith("you answer"):
            await self._peek(life, message.key.split(":")[1], now)
        elif kind == "pair-up" and "Fill in the rubric" in buttons:
            if await self._through(life, buttons["Fill in the rubric"].arg, ("pair.levels", "pair.words")):
                self.drama.say(now, f"{life.person.name} scores a partner")
        elif kind == "pair-swap" and "We are ready" in buttons:
            await self.drama.press(life, buttons["We are ready"])

    async def _peek(self, life: Life, turn: str, now: datetime) -> None:
        """The candidate tries to read the guide before they answer."""
        reply = await self.drama.press(life, ActionId("pair.guide", f"{turn}/1"))
        if isinstance(reply, Show) and reply.card.title.endswith("guide"):
            self.drama.wrong.append(f"{life.person.name} saw the guide of turn {turn} as its candidate")
        self.drama.say(now, f"{life.person.name} answers in a pair")

    async def _onsite(self, life: Life, now: datetime) -> None:
        """A round of an onsite; the first time, it begins."""
        drama = self.drama
        reply = await drama.send(life, Command(drama.id(), life.person, drama.channel, "mock", "loop"))
        if isinstance(reply, Show) and "In one sitting" in _buttons(reply.card):
            reply = await drama.press(life, ActionId("loop.start", self.chance.choice(("sitting", "days"))))
        buttons = _buttons(reply.card) if isinstance(reply, Show) else {}
        begin = next((action for action in buttons.values() if action.verb == "loop.begin"), None)
        asked = await drama.press(life, begin) if begin is not None else None
        if not isinstance(asked, Show) or "Answer" not in _buttons(asked.card) or self.chance.random() < 0.1:
            return
        answer = _buttons(asked.card)["Answer"]
        await self._through(life, answer.arg, ("rounds.answer",))
        await self._through(life, f"{answer.arg}/2", ("rounds.answer_part",))  # refused where it is no design
        await self._through(life, answer.arg, ("loop.levels", "loop.points"))
        drama.say(now, f"{life.person.name} goes on with an onsite")

    async def _through(self, life: Life, arg: str, verbs: tuple[str, ...]) -> bool:
        """Press, fill in what is asked, and go on to the next step; whether all of it was asked."""
        for verb in verbs:
            form = await self.drama.press(life, ActionId(verb, arg))
            if not isinstance(form, Ask):
                return False
            await self.drama.submit(life, form.form, self._filled(form.form))
        return True

    def _filled(self, form: Form) -> dict[str, str | tuple[str, ...]]:
        values: dict[str, str | tuple[str, ...]] = {}
        for one in form.fields:
            if isinstance(one, AnyOf):
                values[one.id] = tuple(choice.value for choice in one.choices if self.chance.random() < 0.3)
            elif isinstance(one, OneOf):
                values[one.id] = self.chance.choice(one.choices).value
            else:
                values[one.id] = self.chance.choice(KEEPS + CHANGES)
        return values


def _buttons(card: Card) -> dict[str, ActionId]:
    return {part.label: part.action for row in card.rows if isinstance(row, tuple) for part in row
            if isinstance(part, Button)}  # fmt: skip
