"""The composition root: settings -> a running bot with the faces that it has, and an orderly end."""

import asyncio
import gc
import logging
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

# NiceGUI and the platforms' libraries are heavy; each is imported where it is used.
from adapters import faces
from adapters.discord.settings import DiscordSettings
from adapters.faces import Face
from adapters.slack.settings import SlackSettings
from adapters.web.deliver import WebPlatform
from adapters.web.history import History
from adapters.web.workspace import CHANNELS, PEOPLE, channel
from bot.bootstrap import Bot, Service
from bot.catalog import Catalog
from bot.clock import CommonClock, FrozenClock, ShiftedClock
from bot.core.errors import SettingsError, StoreError
from bot.core.events import Person, Place, Receipt
from bot.core.ports import Limits, Parcel
from bot.drama import Drama, Message
from bot.settings import Settings
from bot.simulate import live

log = logging.getLogger("mockingbird")

ROLES = ("web", "worker", "clock")
DEMO_DAYS = 4
YOUNG = 10_000  # new objects after which Python looks for garbage among them: at 700 it does at nearly every event
TURN = 0.02  # seconds: at Python's 0.005 the loop and the writer's thread interrupt each other within a batch
DEMO_SEED = 7


class PlaygroundTime:
    """The playground's clock: it can run ahead, and whatever falls due on the way happens in its own time."""

    def __init__(self, bot: Bot, clock: ShiftedClock) -> None:
        self._bot = bot
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now()

    async def next_due(self) -> datetime | None:
        return await self._bot.next_due()

    async def advance(self, to: datetime) -> None:
        await self._bot.advance(self._clock, to)
        await self._bot.ticker.wait()  # the wall's time of the next timer has changed


async def run(settings: Settings, catalog: Catalog, role: str, ready: Callable[[str], None]) -> None:
    """Run until SIGINT or SIGTERM: all that has credentials, or one role of the Procfile; the playground where no platform
    has any. A role without anything to do says so and waits: where one process of a formation ends, all do. `ready` is
    told what runs and where. Raises StoreError and SettingsError."""
    told = _told()
    slack, discord = faces.credentials(settings)
    chat = slack.speaks or discord.speaks
    if why := faces.idle(role, slack, discord) if chat or role == "worker" else "":
        ready(f"Mockingbird has nothing to do here. {why} This process waits until it is stopped.")
        await told.wait()
    elif chat:
        await _in_chat(settings, slack, discord, catalog, role, ready, told)
    else:
        await _in_playground(settings, catalog, role, ready, told)


def _told() -> asyncio.Event:
    """Set when this process is told to stop. From here on it ends in order, whatever it is doing."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, told.set)
    return told


async def _in_chat(
    settings: Settings,
    slack: SlackSettings,
    discord: DiscordSettings,
    catalog: Catalog,
    role: str,
    ready: Callable[[str], None],
    told: asyncio.Event,
) -> None:
    async def retire(platform: str, workspace: str, why: str, channel: str = "") -> int:
        return await service.bot.deliverer.retire(platform, workspace, why, channel)

    async with AsyncExitStack() as stack:
        found: list[Face] = []
        for face in faces.with_credentials(settings, slack, discord, retire):
            found.append(face)
            stack.push_async_callback(face.close)
        platforms = {face.platform.name: face.platform for face in found}
        service = Service(settings.database_url, catalog, CommonClock(), platforms)
        stack.callback(service.close)
        ways = [way for face in found for way in face.ways(role, service.bot, service.seats)]
        for way in ways:
            ready(way.says)
        if role == "clock":
            ready("Mockingbird posts what is due, on " + " and ".join(one.capitalize() for one in platforms))
        await _serve(service, [way.task for way in ways], role, told)


async def _in_playground(
    settings: Settings, catalog: Catalog, role: str, ready: Callable[[str], None], told: asyncio.Event
) -> None:
    if role != "clock":
        _check_address(settings)
    try:
        history = History(settings.playground)
    except OSError as error:
        raise SettingsError(f"MOCKINGBIRD_PLAYGROUND: {error}. Name a file that this user may write.") from None
    clock = ShiftedClock(history.value("clock"), lambda shift: history.keep("clock", shift))
    try:
        service = Service(settings.database_url, catalog, clock, {"web": WebPlatform(history, clock)})
    except StoreError:
        history.close()
        raise
    try:
        tasks: list[Coroutine[Any, Any, None]] = []
        if role in ("", "web"):
            tasks.append(_playground(settings, service, history, PlaygroundTime(service.bot, clock)))
            address = f"http://{settings.host}:{settings.port}"
            ready(f"Mockingbird's playground: {address}\n"
                  "Open it in a browser, type /group setup, and let the clock run. Ctrl+C stops it.")  # fmt: skip
        await _serve(service, tasks, role, told)
    finally:
        service.close()
        history.close()


def _check_address(settings: Settings) -> None:
    """Raises SettingsError where somebody else has the port, before anything is started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
            probe.bind((settings.host, settings.port))
    except OSError as error:
        raise SettingsError(
            f"PORT: http://{settings.host}:{settings.port} cannot be had ({error.strerror}). Choose another, such as "
            f"PORT={settings.port + 1 if settings.port < 65_535 else 8080}."
        ) from None


def steady() -> None:
    """What has been loaded stays. Python looks for garbage among the rest alone: a look at everything stops everybody for
    a tenth of a second. And its threads take turns less often."""
    gc.freeze()
    gc.set_threshold(YOUNG)
    sys.setswitchinterval(TURN)


async def _serve(service: Service, tasks: list[Coroutine[Any, Any, None]], role: str, told: asyncio.Event) -> None:
    """Run the tasks, and what is due at its time where the role has that, until told to stop."""
    steady()
    if role in ("", "clock"):
        service.wake_by_commits()
        service.bot.ticker.start()
        tasks.append(service.bot.deliverer.run())
    try:
        await _until(told, tasks)
    finally:
        if role in ("", "clock"):
            service.bot.ticker.stop()


async def _playground(settings: Settings, service: Service, history: History, time: PlaygroundTime) -> None:
    # Loaded on first use: NiceGUI takes half a second and 40 MB that a process without the playground need not pay.
    from adapters.web import app  # noqa: PLC0415

    engine = service.bot.engine
    app.mount(engine.handle, engine.routes.answers, engine.routes.book, history, time)
    await app.serve(settings.host, settings.port)


async def _until(told: asyncio.Event, tasks: list[Coroutine[Any, Any, None]]) -> None:
    """Run the tasks side by side until we are told to stop, or until one of them fails."""
    running = [asyncio.create_task(task) for task in tasks]
    waiting = asyncio.create_task(told.wait())
    done, pending = await asyncio.wait([*running, waiting], return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done - {waiting}:
        await task


class DemoStage:
    """The playground while its demo is being lived: people's messages are kept there too."""

    name = "web"
    limits: Limits = "workspace"

    def __init__(self, history: History, clock: FrozenClock) -> None:
        self._history = history
        self._clock = clock
        self._web = WebPlatform(history, clock)
        self._kept: list[Message] = []

    def wait(self, place: Place, ahead: int = 0) -> float:
        return self._web.wait(place, ahead)

    async def send(self, parcel: Parcel) -> Receipt:
        receipt = await self._web.send(parcel)
        self._kept.append(Message(receipt.message, parcel.key, parcel.place, parcel.card, self._clock.now()))
        return receipt

    async def find(self, parcel: Parcel) -> Receipt | None:
        return await self._web.find(parcel)

    def messages(self) -> list[Message]:
        return self._kept

    def post(self, who: Person, where: Place, text: str, at: datetime) -> str:
        return self._history.post(where, who.id, at, text=text).message

    def edit(self, message: str, text: str) -> None:
        self._history.edit(message, text=text)

    def delete(self, message: str) -> None:
        self._history.delete(message)


async def seed_demo(settings: Settings, catalog: Catalog, now: datetime) -> None:
    """Live the first days of a plan in fresh files, up to `now`."""
    zone_hour = now.astimezone(UTC).replace(hour=4, minute=0, second=0, microsecond=0)
    start = zone_hour - timedelta(days=DEMO_DAYS - 1 if now - zone_hour > timedelta(hours=5) else DEMO_DAYS)
    clock = FrozenClock(start)
    history = History(settings.playground)
    stage = DemoStage(history, clock)
    service = Service(settings.database_url, catalog, clock, {"web": stage}, durable=False)
    try:
        drama = Drama(service.bot, catalog, DEMO_SEED, len(PEOPLE), channel(CHANNELS[0]), stage, PEOPLE)
        hours = int((now - start).total_seconds() // 3600)
        await live(drama, clock.set, start, hours)
        await service.bot.advance(clock, now)
    finally:
        service.close()
        history.close()


def demo_settings(settings: Settings, folder: Path) -> Settings:
    """The same settings with the data of its own that a demo has."""
    return Settings(
        database_url=f"sqlite:///{folder / 'demo.db'}",
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level,
        content=settings.content,
        playground=str(folder / "demo-playground.db"),
    )
