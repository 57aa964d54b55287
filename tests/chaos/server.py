"""The platform as a process of its own: an HTTP server that takes messages, lets them be looked up, and deals out events.

    python -m tests.chaos.server \
        '{"platform": "chaos", "seed": 1, "groups": 40, "mornings": 2, "looks_up": true, "shift": 0}'

It says its port, and where the way to a stand-in is, as a line, and ends when its stdin does.
"""

import asyncio
import json
import pickle
import random
import sys
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from typing import Any

from aiohttp import web

from bot.core.events import Receipt
from bot.core.ui import Card
from tests.chaos.people import Crowd, Post
from tests.chaos.stages import Stage, stage
from tests.chaos.world import GRACE, SEARCHING, TIMEOUT, WEATHER, Expired, Fault, Gone, Sending, World

MOST = 8  # events at once
LOOK = 1.0  # seconds that a worker waits for an event
DIE = web.HTTPGone  # the sender dies of this answer
BODY = "application/octet-stream"


def packed(value: object) -> web.Response:
    return web.Response(body=pickle.dumps(value), content_type=BODY)


class Server:
    def __init__(self, seed: int, looks_up: bool, shift: float) -> None:
        self.world = World(seed, looks_up)
        self.post = Post(self.world, random.Random(f"{seed}:post"))
        self._chance = random.Random(f"{seed}:server")
        self._seed = seed
        self._shift = timedelta(seconds=shift)
        self._later: set[asyncio.Task[None]] = set()
        self.people: asyncio.Task[None] | None = None

    async def open(self, platform: str, groups: int, mornings: int, stack: AsyncExitStack) -> Stage:
        """Let people begin; where the platform is that they talk on."""
        self.stage = await stage(platform, self.world, self._landed, stack)
        chance = random.Random(f"{self._seed}:crowd")
        self.crowd = Crowd(self.world, self.post, chance, self.stage, self._shift)
        self.people = asyncio.create_task(self.crowd.live(groups, mornings))
        return self.stage

    def _landed(self, name: str, card: Card) -> None:
        self.world.counts["posts"] += 1
        self.crowd.landed(name, card)

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2**24)
        app.router.add_post("/send", self.send)
        app.router.add_post("/find", self.find)
        app.router.add_get("/events", self.events)
        app.router.add_post("/answers", self.answers)
        app.router.add_post("/calm", self.calm)
        app.router.add_get("/account", self.account)
        app.router.add_get("/counts", self.counts)
        return app

    async def send(self, request: web.Request) -> web.StreamResponse:
        sending: Sending = pickle.loads(await request.read())
        if sending.ends:
            return self._last_of(sending)
        fault = self.world.fault(sending.parcel.key, WEATHER)
        if fault == "late":
            self._soon(sending, TIMEOUT + self._chance.uniform(0.1, (GRACE - TIMEOUT) * 0.8))
        elif fault not in ("limited", "refused", "dropped"):
            try:
                answer = packed(self.world.apply(sending))
            except Gone:
                return web.Response(status=404)
            except Expired:
                return web.Response(status=504)
        if fault == "none":
            return answer
        return await self._trouble(request, fault)

    def _last_of(self, sending: Sending) -> web.Response:
        """The sender's process dies of this one: just after it was done, or before, and then it may be done all the same."""
        if sending.ends == "applied":
            try:
                self.world.apply(sending)
            except (Gone, Expired):
                return web.Response(status=404)
        elif self._chance.random() < 0.5:
            self.world.counts["late"] += 1
            self._soon(sending, self._chance.uniform(0.0, GRACE * 0.8))
        return web.Response(status=410)

    def _soon(self, sending: Sending, seconds: float) -> None:
        async def later() -> None:
            await asyncio.sleep(seconds)
            with suppress(Gone, Expired):
                self.world.apply(sending)

        task = asyncio.create_task(later())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _trouble(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault == "limited":
            return web.Response(status=429, headers={"Retry-After": f"{self._chance.uniform(0.1, 0.8):.2f}"})
        if fault in ("refused", "failed"):
            return web.Response(status=503 if fault == "refused" else 502)
        if fault in ("slow", "late"):
            await asyncio.sleep(TIMEOUT + 0.5)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)

    async def find(self, request: web.Request) -> web.StreamResponse:
        parcel = pickle.loads(await request.read())
        fault = self.world.fault(f"find {parcel.key}", SEARCHING)
        if fault != "none":
            return await self._trouble(request, fault)
        found: Receipt | None = self.world.find(parcel)
        return packed(found)

    async def events(self, request: web.Request) -> web.Response:
        queue = self.post.queue
        try:
            async with asyncio.timeout(LOOK):
                found = [await queue.get()]
        except TimeoutError:
            return packed([])
        while len(found) < MOST and not queue.empty():
            found.append(queue.get_nowait())
        return packed(found)

    async def answers(self, request: web.Request) -> web.Response:
        for id, reply in pickle.loads(await request.read()):
            self.post.answered(id, reply)
        return packed(None)

    async def calm(self, request: web.Request) -> web.Response:
        """No more faults; people finish what they do. Whether all have."""
        self.crowd.calm()
        if self.people is not None and self.people.done():
            self.people.result()
        still = len(self._later) + self.stage.under_way + (self.people is not None and not self.people.done())
        return packed(still == 0)

    async def counts(self, request: web.Request) -> web.Response:
        return packed(dict(self.world.counts))

    async def account(self, request: web.Request) -> web.Response:
        found: dict[str, Any] = {
            "effects": self.world.effects, "landed": self.stage.landed(), "promised": self.crowd.promised,
            "mornings": self.crowd.mornings(), "unlike": self.post.unlike, "counts": dict(self.world.counts),
            "faults": self.crowd.faults,
        }  # fmt: skip
        return packed(found)


async def serve(platform: str, seed: int, groups: int, mornings: int, looks_up: bool, shift: float) -> None:
    server = Server(seed, looks_up, shift)
    async with AsyncExitStack() as stack:
        runner = web.AppRunner(server.app(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        found = await server.open(platform, groups, mornings, stack)
        sys.stdout.write(f"{runner.addresses[0][1]} {found.url}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
        if server.people is not None:
            server.people.cancel()


if __name__ == "__main__":
    asyncio.run(serve(**json.loads(sys.argv[1])))
