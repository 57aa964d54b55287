"""Who somebody is: name, time zone, and whether they manage the channel. Asked of Slack, remembered for a while."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.faults import TROUBLES, line
from bot.core.errors import DeliveryFailed
from bot.core.events import Person, Place
from bot.core.ports import Clock

log = logging.getLogger("mockingbird.slack")

FRESH = timedelta(minutes=10)
TRUSTED = timedelta(hours=1)  # how long a right may be honoured that Slack does not confirm
MOST = 10_000  # people, and as many channels
IN_TIME = 0.9  # seconds for one question to Slack, of which there may be two: an answer to a person is due after three

T = TypeVar("T")
ClientFor = Callable[[str], Awaitable[AsyncWebClient]]


@dataclass(frozen=True, slots=True)
class Profile:
    """What Slack says about a person; `manages` the whole workspace."""

    name: str
    zone: str
    manages: bool


class People:
    """Answers in time, with what is known, also where Slack does not."""

    def __init__(self, client_for: ClientFor, clock: Clock) -> None:
        self._client_for = client_for
        self._clock = clock
        self._profiles: _Remembered[Profile] = _Remembered(clock)
        self._creators: _Remembered[str] = _Remembered(clock)

    async def known(self, who: Person, where: Place) -> Person:
        """The person as Slack's profile has them; what the payload said where Slack does not answer."""
        team = where.workspace
        found = await self._profiles.get((team, who.id), lambda: self._profile(team, who.id))
        if found is None:
            return who
        profile, manages = found.value, found.value.manages and self._clock.now() < found.until + TRUSTED
        if not manages and not where.direct:
            creator = await self._creators.get((team, where.channel), lambda: self._creator(team, where.channel))
            manages = creator is not None and creator.value == who.id
        return Person(who.id, profile.name or who.name, manages, profile.zone)

    async def _profile(self, team: str, user: str) -> Profile:
        client = await self._client_for(team)
        found = _object(await client.users_info(user=user), "user")
        profile = found.get("profile") or {}
        names = profile.get("display_name"), profile.get("real_name"), found.get("real_name"), found.get("name")
        manages = any(found.get(right) is True for right in ("is_admin", "is_owner", "is_primary_owner"))
        manages = manages and _belongs(found, team)
        return Profile(str(next((name for name in names if name), "")), str(found.get("tz") or ""), manages)

    async def _creator(self, team: str, channel: str) -> str:
        client = await self._client_for(team)
        return str(_object(await client.conversations_info(channel=channel), "channel").get("creator") or "")


def _belongs(user: Mapping[str, Any], team: str) -> bool:
    """Whether somebody is of this workspace: an admin of another, in a shared channel, manages nothing here."""
    if user.get("is_stranger") is True:
        return False
    home, enterprise = user.get("team_id"), user.get("enterprise_user")
    teams = enterprise.get("teams") if isinstance(enterprise, dict) else None
    return not home or home == team or (isinstance(teams, list) and team in teams)


def _object(answer: Any, name: str) -> Mapping[str, Any]:
    found = answer.get(name)
    return found if isinstance(found, dict) else {}


@dataclass(slots=True)
class _Entry(Generic[T]):
    value: T
    until: datetime


class _Remembered(Generic[T]):
    """Values that are asked for once, however many wait for them, and asked for again when they are old."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[tuple[str, str], _Entry[T]] = {}
        self._asked: dict[tuple[str, str], asyncio.Task[_Entry[T] | None]] = {}

    async def get(self, key: tuple[str, str], ask: Callable[[], Awaitable[T]]) -> _Entry[T] | None:
        """The value with its end, an old one where no new one comes in time, None where there never was one."""
        kept = self._kept.get(key)
        if kept is not None and self._clock.now() < kept.until:
            return kept
        task = self._asked.get(key)
        if task is None:
            task = asyncio.create_task(self._ask(key, ask))
            self._asked[key] = task
            task.add_done_callback(lambda _: self._asked.pop(key, None))
        # Whoever waits longest must not end the asking for the others.
        await asyncio.wait([task], timeout=IN_TIME)
        found = task.result() if task.done() and not task.cancelled() else None
        return found or kept

    async def _ask(self, key: tuple[str, str], ask: Callable[[], Awaitable[T]]) -> _Entry[T] | None:
        try:
            value = await ask()
        except TROUBLES as trouble:
            log.warning("Slack does not say who %s is in %s: %s", key[1], key[0], line(trouble))
            return None
        except DeliveryFailed as failure:
            log.warning("Slack cannot be asked who %s is in %s: %s", key[1], key[0], failure)
            return None
        self._kept.pop(key, None)
        while len(self._kept) >= MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = entry = _Entry(value, self._clock.now() + FRESH)
        return entry
