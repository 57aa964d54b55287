"""Socket Mode: the connections to Slack that are this process's share, held until cancelled.

Slack lets an app have ten and sends each payload to one of them. The processes on one database share them out; each holds
two, or one where there are many.
"""

import asyncio
import logging
from time import time
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from adapters.slack.faults import TROUBLES, code
from adapters.slack.payload import well_formed
from adapters.slack.settings import SlackSettings
from bot.core.errors import SettingsError, StoreError
from bot.core.ports import Seats
from bot.core.seats import Alone, Seating, Wish

log = logging.getLogger("mockingbird.slack")

EACH = 2  # Slack closes each for a moment every few hours: one is always there
SEATS = Wish("slack", tuple(str(number) for number in range(9)), most=EACH, pair=True)  # of ten; one is the doctor's
PING = 10  # seconds between two signs of life on a socket
TURNS = 4  # of the event loop, until what has come through a socket has its task
GRACE = 3.0  # seconds that payloads under way have at the end
LINGER = 20.0  # seconds that others have at the end to connect; platforms kill after thirty
NOBODYS = 404  # Bolt's status for what no listener takes, such as a shortcut that somebody added to the manifest
REFUSED = ("invalid_auth", "not_authed", "account_inactive", "token_revoked", "missing_scope", "not_allowed_token_type")


class _Socket(AsyncSocketModeHandler):
    """One connection. What makes no sense is acknowledged, or Slack would send it again."""

    def __init__(self, app: AsyncApp, token: str) -> None:
        super().__init__(app, token, logger=log, ping_interval=PING)
        self._under_way: set[asyncio.Task[Any]] = set()

    async def connect(self) -> None:
        """Raises SettingsError where Slack refuses the app-level token; whatever else stands in the way is waited out."""
        self.client.wss_uri = await _address(self.client)
        await self.connect_async()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """Acknowledge what has come, then hang up."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
        if self._under_way:
            await asyncio.wait(list(self._under_way), timeout=GRACE)
        await self.close_async()  # type: ignore[no-untyped-call]

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        if not well_formed(req.payload):
            log.warning("Slack sent an envelope of no sense through a socket (%s)", req.type)
            await client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))
            return
        task = asyncio.current_task()
        if task is None:
            raise AssertionError("a coroutine runs in a task")
        self._under_way.add(task)
        try:
            begun = time()
            answer = await run_async_bolt_app(self.app, req)
            if answer.status == NOBODYS:
                answer = BoltResponse(status=200)
            await send_async_response(client, req, answer, begun)
        finally:
            self._under_way.discard(task)


async def _address(client: SocketModeClient) -> str | None:
    """Where to connect; None where Slack cannot be asked now, and the client goes on asking."""
    try:
        return await client.issue_new_wss_url()
    except TROUBLES as trouble:
        if code(trouble) in REFUSED:
            raise SettingsError(
                f"MOCKINGBIRD_SLACK_APP_TOKEN: Slack refuses it ({code(trouble)}). Make an app-level token with the scope "
                "connections:write in your app's page under Basic Information, and switch Socket Mode on."
            ) from None
        log.warning("Slack cannot be reached now: %s; trying on", code(trouble))
        return None


async def sockets(
    app: AsyncApp, settings: SlackSettings, seats: Seats | None = None, connected: asyncio.Event | None = None
) -> None:
    """Hold this process's connections until cancelled; `connected` is set once the first share stands. Raises
    SettingsError where Slack refuses the app-level token."""
    await _Share(app, settings.app_token, seats or Alone(), connected).hold()


class _Share:
    """The connections of one process, as its seats want them."""

    def __init__(self, app: AsyncApp, token: str, seats: Seats, connected: asyncio.Event | None) -> None:
        self._app = app
        self._token = token
        self._seats = seats
        self._connected = connected
        self._open: dict[str, _Socket] = {}
        self._connecting: dict[str, asyncio.Task[None]] = {}
        self._said: int | None = None
        self._in_doubt = False  # whether the database was silent when it was asked last

    async def hold(self) -> None:
        """Until cancelled. Raises SettingsError as `sockets`."""
        try:
            while True:
                seating = await self._sit()
                if seating is not None:
                    await self._follow(seating)
                self._tell()
                await self._until_changed()
        finally:
            await self._end()

    def _standing(self) -> frozenset[str]:
        return frozenset(self._open) - frozenset(self._connecting)

    async def _sit(self) -> Seating | None:
        """None where the database does not say: the connections are kept. Without them nobody would be heard, and should
        another process have taken their seats, there are two more for a while, of which Slack refuses what is too many."""
        try:
            seating = await self._seats.sit(SEATS, self._standing(), at_once=EACH, offers=EACH)
        except StoreError as error:
            if not self._in_doubt:
                log.warning("who holds which socket is not known now, ours are kept: %s", error)
            self._in_doubt = True
            return None
        self._in_doubt = False
        return seating

    async def _follow(self, seating: Seating) -> None:
        for seat in sorted(seating.mine - self._open.keys()):
            self._open[seat] = _Socket(self._app, self._token)
            self._connecting[seat] = asyncio.create_task(self._open[seat].connect())
        await asyncio.gather(*(self._close(seat) for seat in self._open.keys() - seating.mine))

    async def _close(self, seat: str) -> None:
        if connecting := self._connecting.pop(seat, None):
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
        await self._open.pop(seat).close()

    async def _until_changed(self) -> None:
        """The next beat, or a connection that stands. Raises where it cannot."""
        beat = asyncio.ensure_future(self._seats.beat())
        try:
            await asyncio.wait([beat, *self._connecting.values()], return_when=asyncio.FIRST_COMPLETED)
        finally:
            beat.cancel()
        for seat, connecting in list(self._connecting.items()):
            if connecting.done():
                del self._connecting[seat]
                connecting.result()

    def _tell(self) -> None:
        many = len(self._open)
        if many == self._said or self._connecting:
            return
        self._said = many
        if many:
            log.info("connected to Slack by %d sockets", many)
        else:
            log.info("other processes hold all %d sockets to Slack: standing by", len(SEATS.seats))
        if self._connected is not None:
            self._connected.set()

    async def _end(self) -> None:
        """Somebody else is there first; then what has come is acknowledged."""
        try:
            async with asyncio.timeout(LINGER):
                while not self._relieved(await self._seats.look(SEATS)):
                    await self._seats.beat()
        except (StoreError, TimeoutError) as error:
            log.warning("no other process is known to be connected to Slack: %s", error or "it took too long")
        await asyncio.gather(*(self._close(seat) for seat in list(self._open)))
        try:
            await self._seats.leave(SEATS)
        except StoreError as error:
            log.warning("the sockets' seats run out by themselves: %s", error)

    def _relieved(self, seating: Seating) -> bool:
        return bool(seating.elsewhere) or not seating.others or not self._open
