"""The people of the storm: groups that are set up, post, ask, answer, share and take back all the time.

What they do reaches the workers as a platform's events do: whichever worker asks first gets it, one that is not answered in
time is sent again, and some are sent to two at once.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from bot.core.events import Command, Inbound, Person, Place, Press, Reply, Show, Submit
from bot.core.ui import ActionId, Button, Card
from tests.chaos.stages import Stage
from tests.chaos.world import World

AGAIN, LONGEST = 1.5, 6.0  # seconds after which an event that nobody answered is sent again, longer each time
LATE = timedelta(seconds=5)  # a daily post may be by so much
TWICE = 0.15  # of the events go to two workers at once
PAUSE = (0.2, 3.0)  # seconds between two deeds of a group
MANY = 40  # groups: more of them are slower, so that workers deliver, and do not only listen
BROKEN = ("Something broke on my side", "I cannot write anything down right now")
ZONES = {"UTC": 0, "Asia/Tokyo": 9, "America/Lima": -5}  # one of them is far from midnight, and none changes its clocks
TEXT = "I would start from the cost of a mistake, then choose the metric, a baseline, and only then the model. " * 3


def values(zone: str, post_at: str) -> dict[str, str | tuple[str, ...]]:
    """What one fills in to set a group up."""
    return {"zone": zone, "post_at": post_at, "weekdays": tuple("0123456"), "start": "today", "pace": "24-24"}


@dataclass
class Post:
    """The platform's side of the events: a queue, who waits for an answer, and what was answered before."""

    world: World
    chance: random.Random
    queue: "asyncio.Queue[Inbound]" = field(default_factory=asyncio.Queue)
    waiting: dict[str, "asyncio.Future[Reply]"] = field(default_factory=dict)
    answers: dict[str, Reply] = field(default_factory=dict)
    unlike: set[str] = field(default_factory=set)

    async def tell(self, event: Inbound) -> Reply:
        """The answer to an event, however often it has to be sent."""
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self.waiting[event.id] = answer
        self.world.counts["events"] += 1
        twice = not self.world.calm and self.chance.random() < TWICE
        self.world.counts["events sent to two"] += twice
        wait = AGAIN
        while True:
            for _ in range(1 + twice):
                self.queue.put_nowait(event)
            try:
                async with asyncio.timeout(wait):
                    return await asyncio.shield(answer)
            except TimeoutError:
                self.world.counts["events sent again"] += 1
                wait = min(2 * wait, LONGEST)

    def answered(self, id: str, reply: Reply) -> None:
        """A worker's answer; one that says that nothing was changed is no answer, and the event comes again."""
        if isinstance(reply, Show) and reply.card.title in BROKEN:
            self.world.counts[reply.card.title] += 1
            return
        if self.answers.setdefault(id, reply) != reply:
            self.unlike.add(id)
        waiting = self.waiting.pop(id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(reply)


@dataclass
class Crowd:
    """All groups. `promised` and `mornings` as in an Account."""

    world: World
    post: Post
    chance: random.Random
    stage: Stage
    shift: timedelta = timedelta(0)  # of the workers' clock
    promised: set[str] = field(default_factory=set)
    coming: dict[str, datetime] = field(default_factory=dict)  # lane -> when its daily post is due
    faults: list[str] = field(default_factory=list)
    _slower: float = 1.0
    _calm_at: datetime | None = None
    _calmed: asyncio.Event = field(default_factory=asyncio.Event)
    _posted: dict[str, Card] = field(default_factory=dict)
    _expected: dict[str, "asyncio.Future[Card]"] = field(default_factory=dict)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def live(self, groups: int, mornings: int) -> None:
        """Groups that are busy until the weather calms, and `mornings` more each minute that wait for their daily post."""
        self._slower = max(groups / MANY, 1.0)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(groups):
                tasks.create_task(self._busy(next(self._numbers)))
            tasks.create_task(self._mornings(mornings))

    def calm(self) -> None:
        """The weather calms, and people come to an end with what they do. Asked again and again until workers end."""
        self.world.calm = True
        self._calm_at = self.now()
        self._calmed.set()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift

    def mornings(self) -> list[str]:
        """The lanes whose daily post came due while there were workers to post it, and some time before they ended."""
        until = (self._calm_at or self.now()) - LATE
        return [lane for lane, at in self.coming.items() if at <= until]

    # What arrives ----------------------------------------------------------------------------------------------------

    def landed(self, name: str, card: Card) -> None:
        """A message was posted."""
        expected = self._expected.pop(name, None)
        if expected is None:
            self._posted[name] = card
        elif not expected.done():
            expected.set_result(card)

    async def _arrives(self, key: str) -> Card:
        """What the message with this key shows, once it is there."""
        self.promised.add(key)
        name = self.stage.name(key)
        if name in self._posted:
            return self._posted.pop(name)
        self._expected[name] = asyncio.get_running_loop().create_future()
        return await self._expected[name]

    # What they do ----------------------------------------------------------------------------------------------------

    def _id(self) -> str:
        return f"e{next(self._ids)}"

    async def _set_up(self, place: Place, people: list[Person], post_at: datetime) -> None:
        zone = max(ZONES, key=lambda name: -abs((post_at + timedelta(hours=ZONES[name])).hour - 12))
        local = post_at + timedelta(hours=ZONES[zone])
        action = ActionId("group.setup", "two-weeks")
        await self._expect(Submit(self._id(), people[0], place, action, values(zone, f"{local:%H:%M}")), "ready")
        for person in people[1:]:
            await self._expect(Command(self._id(), person, place, "group", "join"), "joins")

    async def _expect(self, event: Inbound, what: str) -> Reply:
        reply = await self.post.tell(event)
        if not isinstance(reply, Show) or reply.card.title == "Not this time":
            self.faults.append(f"{what}: {event} was answered {reply}")
        return reply

    async def _mornings(self, many: int) -> None:
        while not self.world.calm:
            due = (self.now() + timedelta(seconds=65)).replace(second=0, microsecond=0)
            for _ in range(many):
                place, people = self.stage.group(next(self._numbers))
                await self._set_up(place, people[:1], due)
                # Whoever could set up only after the hour has their first post tomorrow.
                if self.now() < due - timedelta(seconds=1):
                    self.coming[place.lane] = due
            with suppress(TimeoutError):
                async with asyncio.timeout((due - self.now()).total_seconds()):
                    await self._calmed.wait()

    async def _busy(self, number: int) -> None:
        place, people = self.stage.group(number)
        chance = random.Random(f"{self.world.seed}:{number}")
        await self._set_up(place, people, self.now() + timedelta(hours=5))
        await asyncio.gather(
            self._deeds(chance, [lambda: self._pause_and_resume(place, people[0])]),
            self._deeds(
                chance, [lambda: self._mock(place, people, chance), lambda: self._bullet(place, people, chance)]
            ),
        )

    async def _deeds(self, chance: random.Random, deeds: list[Callable[[], Awaitable[None]]]) -> None:
        while not self.world.calm:
            await asyncio.sleep(chance.uniform(*PAUSE) * self._slower)
            await chance.choice(deeds)()

    async def _pause_and_resume(self, place: Place, ana: Person) -> None:
        for verb in ("pause", "resume"):
            event = Command(self._id(), ana, place, "group", verb)
            await self._expect(event, verb)
            self.promised.add(f"notice:{event.id}")

    async def _mock(self, place: Place, people: list[Person], chance: random.Random) -> None:
        """A question in a thread, answered by some, and closed: the answers and the end are laid in the thread."""
        asking = Command(self._id(), chance.choice(people), place, "mock", "thread")
        await self._expect(asking, "mock")
        card = await self._arrives(f"mock:{asking.id}")
        [answer, close] = [
            part.action for row in card.rows if isinstance(row, tuple) for part in row
            if isinstance(part, Button) and part.label in ("Answer", "Close and compare")
        ]  # fmt: skip
        for person in people[: chance.randrange(3)]:
            fields = ("framing", "data", "features", "model", "serving", "monitoring", "text")
            await self.post.tell(Submit(self._id(), person, place, answer, dict.fromkeys(fields, TEXT)))
        await self._expect(Press(self._id(), asking.who, place, close), "close")
        await self._arrives(f"closed:{close.arg}")

    async def _bullet(self, place: Place, people: list[Person], chance: random.Random) -> None:
        """A bullet that is shared, asked about, and taken back: a thread, a direct message, an edit."""
        ana, ben = chance.sample(people, 2)
        text = f"Cut the cost of serving by {self._id()} percent with a cache in front of the ranking model"
        kept = await self._expect(Submit(self._id(), ana, place, ActionId("resume.add"), {"bullets": text}), "bullet")
        if not isinstance(kept, Show):
            return
        [drill] = [part.action for row in kept.card.rows if isinstance(row, tuple) for part in row
                   if isinstance(part, Button) and part.label == "Start the drill"]  # fmt: skip
        id = drill.arg.partition("/")[0]
        share = Press(self._id(), ana, place, ActionId("resume.share", id))
        await self._expect(share, "share")
        self.promised.add(key := f"bullet:{id}:{share.id}")
        for _ in range(chance.randrange(3)):
            why = Submit(self._id(), ben, place, ActionId("resume.why", id), {"why": "Why not a smaller model?"})
            await self._expect(why, "why")
            self.promised.add(f"why:{id}:0:{why.id}")
        await self._expect(Press(self._id(), ana, place, ActionId("resume.take_back", id)), "take back")
        self.promised.add(f"{key}:back")
        await self._expect(Press(self._id(), ana, place, ActionId("resume.drop", id)), "drop")
