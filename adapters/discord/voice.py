"""How an interaction is answered: at once or after a moment's patience, for its person alone, by a form or in place.

Nothing here is owed: what cannot be shown is logged with how to mend it. What must arrive goes through the outbox.
"""

import asyncio
import io
import json
import logging
from collections.abc import Sequence
from typing import Any

import discord
from aiohttp import ClientError
from discord.webhook.async_ import async_context, interaction_response_params

from adapters.discord import render
from adapters.discord.faults import ACKNOWLEDGED, TROUBLES, UNKNOWN_INTERACTION, Trouble, code, line
from adapters.discord.payload import Reach
from adapters.discord.rest import Rest
from bot.core.ui import Card, File, Form, Prose

log = logging.getLogger("mockingbird.discord")

# Types of the first answer.
MESSAGE, THINKING, LATER, UPDATE, COMPLETIONS, MODAL = 4, 5, 6, 7, 8, 9
PRIVATE: dict[str, Any] = {"flags": render.EPHEMERAL}
IN_TIME = 10.0  # seconds for a first answer to be taken; Discord waits three

NOT_HANDED_OVER = Card(
    "The file did not go through",
    (Prose("Discord did not take the file. Try once more; if it happens again, ask whoever runs me: `mockingbird doctor "
           "discord` says what is missing."),),
)  # fmt: skip

Json = dict[str, Any]


class Voice:
    """Speaks to one person at a time."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def answer(self, reach: Reach, kind: int, data: Json | None = None) -> bool:
        """The first answer to an interaction; False where Discord does not take it."""
        params = interaction_response_params(kind, data)
        for last in (False, True):
            try:
                async with asyncio.timeout(IN_TIME):
                    await async_context.get().create_interaction_response(
                        reach.id, reach.token, session=self._rest.session, params=params
                    )
            except (ClientError, TimeoutError) as trouble:
                if last:
                    _log("an answer was not taken", reach, trouble)
                    return False
            except TROUBLES as trouble:
                # After a lost answer this is its success.
                if last and code(trouble) == ACKNOWLEDGED:
                    return True
                _log("an answer was not taken", reach, trouble)
                return False
            else:
                return True
        return False

    async def ask(self, reach: Reach, form: Form) -> bool:
        """Open a form."""
        return await self.answer(reach, MODAL, render.modal(form))

    async def show(self, reach: Reach, cards: Sequence[Card]) -> bool:
        """Show cards to this person alone, in their order."""
        first, *more = cards
        if not await self.answer(reach, MESSAGE, render.message(first, private=True)):
            return False
        return await self.more(reach, more)

    async def replace(self, reach: Reach, card: Card) -> bool:
        """Put the card in the place of the message that was pressed."""
        return await self.answer(reach, UPDATE, render.message(card))

    async def think(self, reach: Reach, *, in_place: bool) -> bool:
        """Ask Discord for patience: a quarter of an hour instead of three seconds."""
        return await (self.answer(reach, LATER) if in_place else self.answer(reach, THINKING, PRIVATE))

    async def fill(self, reach: Reach, card: Card) -> bool:
        """What was thought about: into the answer that waits, or into the message that was pressed."""
        body = render.message(card)
        try:
            async with asyncio.timeout(IN_TIME):
                await async_context.get().edit_original_interaction_response(
                    reach.application, reach.token, session=self._rest.session, payload=body
                )
        except TROUBLES as trouble:
            _log("an answer was not filled in", reach, trouble)
            return False
        return True

    async def more(self, reach: Reach, cards: Sequence[Card]) -> bool:
        """Further cards below the first answer, for this person alone."""
        for card in cards:
            try:
                async with asyncio.timeout(IN_TIME):
                    await async_context.get().execute_webhook(
                        reach.application,
                        reach.token,
                        session=self._rest.session,
                        payload=render.message(card, private=True),
                        wait=True,
                        with_components=True,
                    )
            except TROUBLES as trouble:
                _log("a further card was not shown", reach, trouble)
                return False
        return True

    async def hand(self, reach: Reach, file: File) -> bool:
        """A file below the first answer, for this person alone; False where Discord does not take it, which they are
        told."""
        payload = {"attachments": [{"id": 0, "filename": file.name}], "allowed_mentions": render.SILENT} | PRIVATE
        content = discord.File(io.BytesIO(file.text.encode()), filename=file.name)
        parts: list[Json] = [
            {"name": "payload_json", "value": json.dumps(payload)},
            {"name": "files[0]", "value": content.fp, "filename": file.name, "content_type": file.kind},
        ]
        try:
            async with asyncio.timeout(IN_TIME):
                await async_context.get().execute_webhook(
                    reach.application,
                    reach.token,
                    session=self._rest.session,
                    multipart=parts,
                    files=[content],
                    wait=True,
                )
        except TROUBLES as trouble:
            _log("a file was not handed over", reach, trouble)
            await self.more(reach, [NOT_HANDED_OVER])
            return False
        return True


def _log(what: str, reach: Reach, trouble: Trouble) -> None:
    why = {
        UNKNOWN_INTERACTION: "10062: it came later than the three seconds that Discord waits, or the person went away",
        ACKNOWLEDGED: "40060: another process answered first, as while a shard changes hands; if it goes on, something else "
        "runs with the same token",
    }.get(code(trouble), line(trouble))
    log.warning("%s to %s in %s: %s", what, reach.who.id, reach.place.channel or "direct messages", why)
