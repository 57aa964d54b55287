"""Every card and form that the features make: lives are lived, and every button of every card is pressed on the way."""

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from bot.bootstrap import Service
from bot.catalog import Catalog
from bot.clock import FrozenClock
from bot.core.events import Ask, Fix, Inbound, Person, Place, Reply, Show
from bot.core.events import Replace as Put
from bot.core.ui import ActionId, AnyOf, Card, Form, OneOf, Select, Values
from bot.drama import Drama, Life
from bot.simulate import START, Board, live
from bot.testing import PEOPLE, House

LONG = "A & B < C > D *bold* `code` <!channel> <@U1> {@ana} \\ _x_ ~y~ & " * 60  # over 3,000 characters, all of it dear
DEPTH = 3  # presses in a row
EACH = 2  # how often one kind of button is followed by one person


@dataclass
class Gallery:
    """What was seen, each once; `actions` are the buttons and forms that were on it."""

    cards: dict[Card, None] = field(default_factory=dict)
    forms: dict[Form, None] = field(default_factory=dict)
    fixes: list[Fix] = field(default_factory=list)

    def see(self, reply: Reply) -> None:
        if isinstance(reply, Show | Put):
            self.cards |= dict.fromkeys((reply.card, *(reply.more if isinstance(reply, Show) else ())))
        elif isinstance(reply, Ask):
            self.forms[reply.form] = None
        elif isinstance(reply, Fix):
            self.fixes.append(reply)
            self.forms[reply.form] = None

    @property
    def verbs(self) -> set[str]:
        """The actions that somebody could press, choose or submit."""
        return {action.verb for card in self.cards for action in actions(card)} | {
            one.action.verb for one in self.forms
        }


def actions(card: Card) -> Iterator[ActionId]:
    """What can be pressed or chosen in a card."""
    for row in card.rows:
        yield from (row.action,) if isinstance(row, Select) else (button.action for button in row)


def gallery(catalog: Catalog) -> Gallery:
    """The whole of it; the same each time."""
    found = Gallery()
    asyncio.run(_lived(catalog, found))
    asyncio.run(_walked(catalog, found))
    return found


# A life of two weeks -----------------------------------------------------------------------------------------------


class Curious(Drama):
    """A simulation whose members look at whatever can be pressed."""

    gallery: Gallery
    followed: dict[tuple[str, str], int]

    async def send(self, life: Life, event: Inbound) -> Reply:
        reply = await super().send(life, event)
        self.gallery.see(reply)
        return reply

    async def hour(self, now: datetime) -> None:
        await super().hour(now)
        for life in self.cast:
            for message in self.stage.messages()[-12:]:
                if not message.place.direct or message.place.channel == life.person.id:
                    self.gallery.cards[message.card] = None
                    await self._look(life, message.card, message.place, DEPTH)

    async def _look(self, life: Life, card: Card, where: Place, depth: int) -> None:
        """Press what shows something; what changes the group or the life is left to the house."""
        for action in actions(card):
            seen = self.followed.setdefault((life.person.id, action.verb), 0)
            if depth == 0 or seen >= EACH * 4 or action.verb in _ACTS:
                continue
            self.followed[life.person.id, action.verb] += 1
            reply = await self.press(life, action, where)
            if isinstance(reply, Show | Put):
                await self._look(life, reply.card, where, depth - 1)


# Pressing these changes what happens next; the house of the second walk has them.
_ACTS = frozenset({
    "group.pause", "group.resume", "group.back", "group.quit", "group.away", "review.pass", "mock.give_up", "mock.close",
    "plan.done", "mock.level", "review.look", "review.thank", "rounds.hint", "rounds.next_hint", "mock.again",
    "star.take_back", "resume.take_back", "resume.drop",
    "interview.cancel", "interview.revive", "interview.take_back",
    "pair.here", "pair.leave", "pair.stop", "pair.begin", "loop.skip", "loop.drop",
})  # fmt: skip


async def _lived(catalog: Catalog, found: Gallery) -> None:
    clock = FrozenClock(START)
    board = Board(clock)
    with tempfile.TemporaryDirectory() as folder:
        service = Service(f"sqlite:///{Path(folder) / 'gallery.db'}", catalog, clock, {"web": board})
        try:
            drama = Curious(service.bot, catalog, 3, 5, Place("web", "simulation", "prep"), board)
            drama.gallery, drama.followed = found, {}
            await live(drama, clock.set, START, 15 * 24)
        finally:
            service.close()
    found.cards |= dict.fromkeys(message.card for message in board.messages())


# Everything pressed and submitted ----------------------------------------------------------------------------------


class Walker:
    """Four people who type every command, press every button and fill in every form, well and badly."""

    def __init__(self, house: House, found: Gallery) -> None:
        self.house = house
        self.found = found
        self.walked: dict[tuple[str, str], int] = {}
        self.turned: set[tuple[str, str]] = set()

    async def see(self, who: str, reply: Reply, where: Place, depth: int) -> None:
        self.found.see(reply)
        if isinstance(reply, Show | Put):
            for card in (reply.card, *(reply.more if isinstance(reply, Show) else ())):
                await self.walk(who, card, where, depth)
        elif isinstance(reply, Ask):
            await self.fill(who, reply.form, where, depth)

    async def walk(self, who: str, card: Card, where: Place, depth: int) -> None:
        for row in card.rows:
            options = [(row.action, one.value) for one in row.choices[:2]] if isinstance(row, Select) else [
                (button.action, "") for button in row]  # fmt: skip
            for action, value in options:
                walked = (who, action.verb + value)
                pages = "turn" in action.verb  # pages are read to the end
                if not pages and (depth == 0 or self.walked.setdefault(walked, 0) >= EACH):
                    continue
                if pages and not self._new(who, str(action)):
                    continue
                self.walked[walked] = self.walked.get(walked, 0) + 1
                if value:
                    reply = await self.house.choose(who, str(action), value, where)
                else:
                    reply = await self.house.press(who, action, where)
                await self.see(who, reply, where, depth if pages else depth - 1)

    def _new(self, who: str, page: str) -> bool:
        count = len(self.turned)
        self.turned.add((who, page))
        return len(self.turned) > count

    async def fill(self, who: str, form: Form, where: Place, depth: int) -> None:
        for text in ("", LONG, "x", "Keep this. Change that, please, with a number: 0.9 & more."):
            reply = await self.house.submit(who, form.action, _values(form, text), where)
            await self.see(who, reply, where, depth - 1)


def _values(form: Form, text: str) -> Values:
    values: dict[str, str | tuple[str, ...]] = {}
    for one in form.fields:
        if isinstance(one, AnyOf):
            values[one.id] = tuple(choice.value for choice in one.choices) if text else ()
        elif isinstance(one, OneOf):
            values[one.id] = (one.value or one.choices[-1].value) if text else ""
        else:
            values[one.id] = one.value if one.value and len(text) == 1 else text[: one.most if len(text) < 99 else None]
    return values


async def _walked(catalog: Catalog, found: Gallery) -> None:
    house = House(catalog, people=_people())
    walker = Walker(house, found)
    for who in ("ben", "ana"):
        await walker.see(who, await house.command(who, "/group setup"), house.channel, DEPTH)
    await house.set_up()
    await _interviews(house)
    await _practise(walker)
    for day in range(16):
        await house.advance(hours=2 if day == 0 else 24)
        await _answer(house, day)
        await _told(house, day)
        for who in house.people:
            for posting in list(house.platform.postings.values())[-15:]:
                found.cards[posting.card] = None
                if not posting.place.direct or posting.place.channel == who:
                    await walker.walk(who, posting.card, posting.place, DEPTH + 1)
            for text in _typed(catalog, day):
                await walker.see(who, await house.command(who, text), house.channel, DEPTH)
        await _back(walker)
        walker.walked = {key: count for key, count in walker.walked.items() if day % 4}
    await _onsite(walker)
    walker.walked = {}
    await walker.see("ana", await house.command("ana", "/mock"), house.channel, DEPTH + 2)
    house.people["eve"] = Person("eve", "Eve")  # her platform tells no time zone
    await walker.see("eve", await house.command("eve", "/group join"), house.channel, DEPTH)
    found.cards |= dict.fromkeys(face for posting in house.platform.postings.values() for face in posting.faces)


def _people() -> dict[str, Person]:
    """One of them has a long name, full of what platforms make something of."""
    return PEOPLE | {"dee": replace(PEOPLE["dee"], name="Dee <b>&*_`" * 6)}


async def _practise(walker: Walker) -> None:
    """All sample answers and all guides to them, each to its last page."""
    house = walker.house
    for id, calibration in house.catalog.calibrations.items():
        for number in range(1, len(calibration.samples) + 1):
            for verb in ("turn", "guide"):
                await walker.see("ana", await house.press("ana", f"practice.{verb}:{id}/{number}/1"), house.channel, 0)


async def _interviews(house: House) -> None:
    """Everybody has some ahead; names and words hold everything that could do harm."""
    for who in house.people:
        for number, day in enumerate(("04", "09", "12", "25")):
            stage = list(house.catalog.stages)[number]
            values = {"company": LONG[:60], "role": LONG[:80], "stage": stage, "when": f"2026-09-{day} 10:00",
                      "zone": "Lisbon"}  # fmt: skip
            await house.submit(who, "interview.add", values)
    told = {"asked": LONG[:1_200], "kind": "behavioural", "level": "hard", "felt": "bad", "share": "name"}
    await house.submit("ana", "interview.done:1", told)


async def _answer(house: House, day: int) -> None:
    """Everybody answers the day's question in its thread, some at length and with everything that could do harm."""
    daily = house.platform.keyed("daily:")
    for number, who in enumerate(house.people if daily else ()):
        await house.say(who, house.thread(daily[-1]), LONG * 2 if (day + number) % 2 else "short & <b>")


async def _told(house: House, day: int) -> None:
    """Dee's stories and bullets are long and many, and she shares one of each again where she had taken it back."""
    dee = next(one.id for one in house.store.now(lambda work: work.groups.members(1)) if one.user == "dee")
    parts, calls = ("situation", "task", "action", "result"), [one.calls for one in house.catalog.follow_ups.values()]
    if day == 0:
        await house.submit("dee", "resume.add", {"bullets": "\n".join([*calls, calls[0] + " " + "&" * 540])})
        for words in (LONG[:3_000], "From 3 to 5."):
            await house.submit("dee", "star.save:trade-off", {"title": "Told", **dict.fromkeys(parts, words)})
    for story in house.store.now(lambda work: work.stories.of(dee))[:2]:
        await house.submit(
            "dee", f"star.rewrite:{story.id}", {"title": "Told", **dict.fromkeys(parts, LONG[day:3_000])}
        )
        await house.press("dee", f"star.share:{story.id}")
    bullets = house.store.now(lambda work: work.bullets.of(dee))
    for bullet in bullets[-2:]:
        await house.submit("dee", f"resume.answer:{bullet.id}/data", {"answer": LONG[:3_000]})
        await house.press("dee", f"resume.share:{bullet.id}")


async def _onsite(walker: Walker) -> None:
    """Somebody goes through a whole onsite, looks at each round again once it is answered, and writes at length."""
    house, who = walker.house, "dee"
    await house.command(who, "/group join")
    opened = await house.command(who, "/mock loop")
    if isinstance(opened, Show) and (drop := [one for one in actions(opened.card) if one.verb == "loop.drop"]):
        await house.press(who, drop[0])
    reply = await house.press(who, "loop.start:sitting")
    while isinstance(reply, Show) and (begin := [one for one in actions(reply.card) if one.verb == "loop.begin"]):
        asked = await house.press(who, begin[0])
        assert isinstance(asked, Show)
        round = next(one.arg for one in actions(asked.card) if one.verb == "rounds.answer")
        for verb in ("rounds.answer", "loop.begin", "loop.guide", "loop.levels", "loop.points"):
            arg = begin[0].arg if verb == "loop.begin" else f"{round}/1" if verb == "loop.guide" else round
            reply = await house.press(who, ActionId(verb, arg))
            walker.found.see(reply)
            if isinstance(reply, Ask):
                reply = await house.submit(who, reply.form.action, _values(reply.form, LONG[:900]))
                walker.found.see(reply)
    await walker.see(who, reply, house.channel, 1)  # the committee's card, page by page


async def _back(walker: Walker) -> None:
    """The group is paused and goes on; whoever left comes back to it."""
    house = walker.house
    for text in ("/group pause", "/group", "/group resume", "/group join"):
        for who in house.people:
            walker.found.see(await house.command(who, text))


def _typed(catalog: Catalog, day: int) -> Iterator[str]:
    yield from ("/help", "/plan", "/plan all", f"/plan day {day + 1}", "/plan done", "/review", "/review next", "/star")
    yield from ("/star new", "/progress", "/group", "/group setup", "/group leave", "/nonsense", "/mock tipic", "/mock")
    yield from (f"/mock {option}" for option in ("hard", "thread", "coding", "ml-system-design easy", "behavioural"))
    yield from (
        "/interview",
        "/interview next",
        "/interview add",
        "/interview plan 2",
        "/interview plan",
        "/plan calendar",
    )
    yield from (f"/interview {verb}" for verb in ("research", "questions", "checklist", "calendar", "move", "done"))
    yield from ("/mock pair", "/mock pair later", "/mock loop")
    yield "/plan day " + "9" * 40
    yield "/star new theme:" + "<!channel>" * 9
    yield from (f"/star new {theme}" for theme in catalog.themes)
    yield "/review practice ml-system-design"
    yield from ("/star practice", "/star practice failure", "/star coverage", "/star group", "/resume", "/resume weak")
    calls = [rule.calls for rule in catalog.follow_ups.values()]
    yield from (f"/resume add {calls[day % len(calls)]}", "/resume bullets " + LONG, "/resume add")
