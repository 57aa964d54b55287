"""The bot's side of the chaos platform: a Platform over HTTP, and the line by which events come in."""

import asyncio
import pickle
import time
from collections.abc import Awaitable, Callable

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout, TCPConnector

from bot.core.errors import DeliveryFailed
from bot.core.events import Inbound, Place, Receipt, Reply
from bot.core.ports import Limits, Parcel, Platform
from tests.chaos.death import Death
from tests.chaos.world import Sending

LINES = 3  # by which events come in


def session() -> ClientSession:
    return ClientSession(connector=TCPConnector(limit=0), timeout=ClientTimeout(total=None))


class ChaosPlatform:
    """Implements `bot.core.ports.Platform`. Its process may die at any of its steps."""

    name = "chaos"
    limits: Limits = "workspace"

    def __init__(self, url: str, http: ClientSession, death: Death) -> None:
        self._url = url
        self._http = http
        self._death = death

    def wait(self, place: Place, ahead: int = 0) -> float:
        return 0.0

    async def send(self, parcel: Parcel) -> Receipt:
        self._death.may_come("claimed")
        ends = self._death.ordered("applying", "applied")
        receipt = await self._ask("send", Sending(parcel, time.monotonic(), ends))
        self._death.may_come("answered")
        if not isinstance(receipt, Receipt):
            raise DeliveryFailed("an answer that is no receipt", doubtful=True)
        return receipt

    async def find(self, parcel: Parcel) -> Receipt | None:
        found = await self._ask("find", parcel)
        return found if isinstance(found, Receipt) else None

    async def _ask(self, what: str, body: object) -> object:
        try:
            async with self._http.post(f"{self._url}/{what}", data=pickle.dumps(body)) as answer:
                if answer.status == 200:
                    return pickle.loads(await answer.read())
                status, wait = answer.status, answer.headers.get("Retry-After")
        except ClientConnectorError as error:
            raise DeliveryFailed(f"no connection: {error}") from None
        except ClientError as error:
            raise DeliveryFailed(f"the line died: {type(error).__name__}", doubtful=True) from None
        if status == 410:
            self._death.comes()
        if status == 404:
            raise DeliveryFailed("there is no such message", permanent=True)
        if status == 429:
            raise DeliveryFailed("too many", retry_after=float(wait or 1))
        raise DeliveryFailed(f"HTTP {status}", doubtful=True)


class MortalPlatform:
    """A real platform's adapter, in a process that may die at any of its steps."""

    def __init__(self, platform: Platform, death: Death) -> None:
        self._platform = platform
        self._death = death
        self.name = platform.name
        self.limits: Limits = platform.limits

    def wait(self, place: Place, ahead: int = 0) -> float:
        return self._platform.wait(place, ahead)

    async def send(self, parcel: Parcel) -> Receipt:
        self._death.may_come("claimed")
        if self._death.ordered("applying", "applied"):
            self._death.comes_soon()
        receipt = await self._platform.send(parcel)
        self._death.may_come("answered")
        return receipt

    async def find(self, parcel: Parcel) -> Receipt | None:
        return await self._platform.find(parcel)


async def hear(url: str, http: ClientSession, handle: Callable[[Inbound], Awaitable[Reply]], death: Death) -> None:
    """Take events and give their answers, until cancelled."""
    async with asyncio.TaskGroup() as tasks:
        for _ in range(LINES):
            tasks.create_task(_line(url, http, handle, death))


async def _line(url: str, http: ClientSession, handle: Callable[[Inbound], Awaitable[Reply]], death: Death) -> None:
    while True:
        try:
            async with http.get(f"{url}/events") as answer:
                found: list[Inbound] = pickle.loads(await answer.read())
            if not found:
                continue
            replies = await asyncio.gather(*(handle(event) for event in found))
            death.may_come("handled")
            answers = [(event.id, reply) for event, reply in zip(found, replies, strict=True)]
            async with http.post(f"{url}/answers", data=pickle.dumps(answers)):
                pass
        except ClientError:
            await asyncio.sleep(0.05)
