"""Every command, button, select and form of the bot is used in simcord and over the sockets, with a restart again and again
between what was seen and what is pressed."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.catalog import Catalog
from bot.core.ui import AnyOf, Form, OneOf, Values
from bot.routes import routes
from tests.adapters import discord_judge as judge
from tests.adapters import discord_screen
from tests.adapters.discord_guild import Json
from tests.adapters.discord_house import ZONES, Seen, Town

# What only longer content needs, and what only people with closed messages, wrong forms or a new server see (they have
# their tests).
SELDOM = {"plan.turn_guide", "review.turn_guide", "star.turn", "plan.turn", "rounds.turn", "review.turn", "group.note",
          "reply.again", "group.setup", "group.greet"}  # fmt: skip
# What needs two people at the same minute, or something of days before. Their cards and forms pass Discord's judge in
# test_discord_gallery.py, their handlers the engine's tests; a press is a press, whatever it leads to.
STAGED = {
    "group.join", "interview.take_back", "interview.turn_sheet", "loop.guide", "loop.levels", "loop.open", "loop.packet",
    "loop.points", "loop.turn_guide", "loop.turn_packet", "mock.own", "pair.back", "pair.begin", "pair.card", "pair.guide",
    "pair.here", "pair.join", "pair.leave", "pair.levels", "pair.turn_guide", "pair.words", "practice.turn_guide",
    "resume.drop", "resume.turn", "resume.turn_answers", "resume.turn_weak", "resume.why", "review.parts",
    "rounds.answer_part", "star.restore", "star.turn_shared", "star.turn_version", "star.version", "star.versions",
}  # fmt: skip
EACH = 2  # how often one person follows one kind of button
DEPTH = 4  # presses in a row
RESTART = 25  # presses between two restarts
WORDS = "Keep the baseline. Change the metric, please: 0.9 is not enough for 1 % fraud."
# Pressing these ends what the others are about; they come last on their day.
LAST = ("group.quit", "group.pause", "group.away", "review.pass", "mock.give_up", "mock.close")


@dataclass
class Walker:
    """Follows what people see."""

    town: Town
    pressed: dict[tuple[str, str, str], int] = field(default_factory=dict)
    verbs: set[str] = field(default_factory=set)
    typed: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    count: int = 0

    async def command(self, who: str, text: str) -> None:
        self.typed.add(self.town.typed(text)[0])
        await self.follow(who, await self.town.command(who, text), DEPTH, text)

    async def follow(self, who: str, seen: Seen, depth: int, how: str) -> None:
        """Whatever was shown is pressed, whatever was asked is filled in."""
        if "Something broke" in seen.words or not seen.private:
            self.broken.append(f"{who}: {how}")
        if seen.form is not None:
            self.verbs.add(f"submit {seen.form.action.verb}")
            done = await self.town.submit(who, _values(seen.form))
            await self.follow(who, done, depth - 1, f"{how} > {seen.form.title}")
        for message in seen.messages:
            await self.look(who, message, depth, how)

    async def look(self, who: str, message: Json, depth: int, how: str = "a message") -> None:
        card = discord_screen.card(message).title.partition(":")[0]
        components = [one for one in judge.every(message["components"]) if "custom_id" in one]
        for one in sorted(components, key=_late):
            verb = one["custom_id"].partition(":")[0]
            page = "turn" in verb  # pages are read to their end
            kind = who, verb, one["custom_id"] if page else card
            if depth <= 0 or self.pressed.setdefault(kind, 0) >= (1 if page else EACH):
                continue
            self.pressed[kind] += 1
            self.verbs.add(verb)
            self.count += 1
            if self.count % RESTART == 0:
                await self.town.door.restart()
            seen = await self._use(who, one, message)
            await self.follow(who, seen, depth if page else depth - 1, f"{how} > {one['custom_id']}")
            if any(shown.how == "update" for shown in seen.shown):
                return  # another card stands there now, and was looked at

    async def _use(self, who: str, one: Json, message: Json) -> Seen:
        if one["type"] == judge.SELECT:
            return await self.town.choose(who, one["custom_id"], one["options"][0]["value"], message)
        return await self.town.press(who, one["custom_id"], message)

    async def day(self) -> None:
        """What stands in the channel and in everybody's messages is used by all."""
        for who in ZONES:
            for message in (*self.town.posted()[-6:], *self.town.door.messages(self.town.door.direct(who))[-8:]):
                await self.look(who, message, DEPTH)

    def forget(self) -> None:
        """Tomorrow the same buttons lead elsewhere."""
        self.pressed = dict.fromkeys(self.pressed, EACH - 1)


def _late(one: Json) -> bool:
    """Whether it takes away what stands beside it."""
    return "turn" in one["custom_id"].partition(":")[0] or one["custom_id"].startswith(LAST)


# What no sentence is: a day, an hour, a place.
KNOWN = {"when": "2026-09-12 14:00", "day": "2026-09-02", "zone": "Lisbon"}


def _values(form: Form) -> Values:
    values: dict[str, str | tuple[str, ...]] = {}
    for one in form.fields:
        if isinstance(one, AnyOf):
            values[one.id] = tuple(choice.value for choice in one.choices)
        elif isinstance(one, OneOf):
            values[one.id] = one.value or one.choices[-1].value
        else:
            values[one.id] = one.value or KNOWN.get(one.id) or WORDS[: one.most]
    return values


def commands(catalog: Catalog) -> Iterable[str]:
    """All commands with their verbs, as members type them, and then as managers do."""
    for command in routes(catalog).book:
        if command.name != "group":
            yield from (command.typed(verb) for verb in command.verbs)


async def test_all_that_can_be_typed_pressed_and_filled_in_is_answered(hall: Town, catalog: Catalog) -> None:
    await hall.set_up()
    walker = Walker(hall)
    # To its end: the level is asked for below the last page of the strong answer.
    await walker.follow("chi", await hall.command("chi", "/mock"), 2 * DEPTH, "/mock")
    for number in range(3):
        await hall.advance(hours=2 if number == 0 else 24)
        thread = int(hall.daily()[0]["id"])
        for who in ZONES:
            await hall.say(who, f"{WORDS} {who} {number}", thread)
        for who in ("ana", "ben"):
            for text in commands(catalog):
                await walker.command(who, text)
        await walker.follow("ana", await hall.typed_in("ana", "mock ask", {"where": "thread"}), DEPTH, "/mock thread")
        for text in ("/mock loop", "/star", "/resume", "/mock pair"):  # one thing there leads to the next
            await walker.follow("chi", await hall.command("chi", text), 3 * DEPTH, text)
        await walker.day()
        walker.forget()
    for text in ("/group skip 2026-09-12", "/group pause", "/group settings", "/group resume", "/group setup"):
        await walker.command("ana", text)
    await hall.advance(days=14)
    await walker.day()
    for text in ("/group settings", "/group leave"):
        await walker.command("ana", text)
    for path in ("settings", "join", "leave"):
        await walker.follow("dee", await hall.typed_in("dee", path, {}), DEPTH, path)
    table = routes(catalog)
    assert walker.broken == []
    left = set(table.presses) - walker.verbs - SELDOM - STAGED
    assert not left, " ".join(sorted(left))
    at_the_start = {"submit group.setup", "submit group.join"}
    staged = {f"submit {verb}" for verb in STAGED}
    left = {f"submit {verb}" for verb in table.submits} - walker.verbs - at_the_start - staged
    assert not left, " ".join(sorted(left))
    assert walker.typed >= {text.removeprefix("/") for text in commands(catalog)}
    assert walker.count > 5 * RESTART
