"""The bot in simcord: a Discord in this process, strict on limits and permissions, that is not ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
import simcord

from adapters.discord.client import DiscordClient
from bot.core.ui import Values
from tests.adapters import discord_judge as judge
from tests.adapters.discord_client import Options
from tests.adapters.discord_guild import Json
from tests.adapters.discord_house import Seen
from tests.adapters.discord_lodging import Lodging
from tests.adapters.discord_talk import Shown

SAID = (discord.MessageType.default, discord.MessageType.reply, discord.MessageType.chat_input_command)
Actor = simcord.MemberActor | simcord.UserHandle


class Sim:
    """Implements Door over simcord."""

    def __init__(self, env: simcord.Env, lodging: Lodging, people: dict[str, simcord.MemberActor]) -> None:
        self.env = env
        self.lodging = lodging
        self.people = people
        self._handles: dict[int, Any] = {}  # what people saw, as simcord wants it back
        self._modals: dict[str, simcord.InteractionResult] = {}

    async def restart(self) -> None:
        before = self.lodging.rest
        await self.env.restart_bot(_hearing(self.lodging))
        await before.close()

    # What people do ---------------------------------------------------------------------------------------------------

    def _actor(self, who: str, channel: int) -> Actor:
        actor = self.people[who]
        return actor.user if channel == actor.user.dm_channel.id else actor

    async def command(self, who: str, channel: int, path: str, options: Options) -> Seen:
        actor = self._actor(who, channel)
        if isinstance(actor, simcord.UserHandle):
            return self._seen(who, await actor.slash(path, **options))
        return self._seen(who, await actor.slash(self._channel(channel), path, **options))

    async def complete(self, who: str, channel: int, path: str, option: str, begun: str) -> Seen:
        offered = await self.people[who].autocomplete(self._channel(channel), path, option, begun)
        return Seen([Shown(self.user(who), "choices", {"choices": offered})])

    async def press(self, who: str, message: Json, custom_id: str) -> Seen:
        actor = self._actor(who, int(message["channel_id"]))
        return self._seen(who, await actor.click(self._handle(message), custom_id=custom_id), message)

    async def choose(self, who: str, message: Json, custom_id: str, value: str) -> Seen:
        actor = self._actor(who, int(message["channel_id"]))
        return self._seen(who, await actor.select(self._handle(message), [value], custom_id=custom_id), message)

    async def submit(self, who: str, values: Values) -> Seen:
        asked = self._modals[who]
        modal = asked.modal
        assert modal is not None
        typed: dict[str, Any] = {}
        for one in judge.every(modal["components"]):
            if "custom_id" in one:
                shown = one.get("value", "") if one["type"] == judge.TEXT_INPUT else tuple(
                    option["value"] for option in one.get("options", []) if option.get("default"))  # fmt: skip
                value = values.get(one["custom_id"], shown)
                chosen = [value] if isinstance(value, str) and value else list(value)
                several = one["type"] in (judge.SELECT, judge.CHECKS)
                typed[one["custom_id"]] = (
                    chosen if several else value if isinstance(value, str) else "".join(value) or None
                )
        channel = asked._interaction.channel_id
        return self._seen(who, await self._actor(who, channel).submit_modal(asked, typed))

    async def say(self, who: str, channel: int, text: str) -> Json:
        actor = self._actor(who, channel)
        if isinstance(actor, simcord.UserHandle):
            return self._json(await actor.send_dm(text))
        return self._json(await actor.send(self._channel(channel), text))

    async def edit(self, who: str, message: Json, text: str) -> None:
        await self._actor(who, int(message["channel_id"])).edit(self._handle(message), text)

    async def delete(self, who: str, message: Json) -> None:
        await self._actor(who, int(message["channel_id"])).delete(self._handle(message))

    # What is there ----------------------------------------------------------------------------------------------------

    def _seen(self, who: str, result: simcord.InteractionResult, source: Json | None = None) -> Seen:
        shown = []
        if result.modal is not None:
            self._modals[who] = result
            shown.append(Shown(self.user(who), "modal", result.modal))
        for one in (result.response, *result.followups):
            if one is not None:
                again = source is not None and str(one.id) == source["id"]
                how = "update" if again else "private" if one.ephemeral else "public"
                shown.append(Shown(self.user(who), how, self._answered(one)))
        if result.acknowledged and not shown and source is not None:  # the message itself was changed
            shown.append(Shown(self.user(who), "update", self._again(source)))
        return Seen(shown)

    def _again(self, source: Json) -> Json:
        handle = self._handles[int(source["id"])]
        if isinstance(handle, simcord.ResponseMessage):
            return self._answered(handle)
        return next(one for one in self.messages(int(source["channel_id"])) if one["id"] == source["id"])

    def _answered(self, one: simcord.ResponseMessage) -> Json:
        self._handles[one.id] = one
        return {"id": str(one.id), "channel_id": str(one.channel_id), "content": one.content, "flags": one.flags.value,
                "components": one.components}  # fmt: skip

    def _json(self, message: discord.Message) -> Json:
        self._handles[message.id] = message
        return {"id": str(message.id), "channel_id": str(message.channel.id), "content": message.content,
                "flags": message.flags.value, "author": {"id": str(message.author.id)},
                "components": [one.to_dict() for one in message.components]}  # fmt: skip

    def _handle(self, message: Json) -> Any:
        return self._handles[int(message["id"])]

    def _channel(self, id: int) -> simcord.ChannelHandle:
        guild = self.env.guild
        everywhere = [
            *guild.channels.values(),
            *(one for channel in guild.channels.values() for one in channel.threads),
        ]
        return next(one for one in everywhere if one.id == id)

    def messages(self, channel: int) -> list[Json]:
        whose = next((one.user for one in self.people.values() if one.user.dm_channel.id == channel), None)
        history = whose.dm_channel.history() if whose is not None else self._channel(channel).history()
        return [self._json(one) for one in history if one.type in SAID]

    def user(self, who: str) -> int:
        return self.people[who].id

    def direct(self, who: str) -> int:
        return self.people[who].user.dm_channel.id

    def close_messages(self, who: str) -> None:
        self.env.inject_error("POST", f"/channels/{self.direct(who)}/messages", status=403, code=50007,
                              message="Cannot send messages to this user", times=None)  # fmt: skip


def _hearing(lodging: Lodging) -> DiscordClient:
    """One client that speaks and hears: simcord has no gateway to share out."""
    client = lodging.begin()
    client.hooks = lodging.rest.hooks
    return client


@asynccontextmanager
async def simulated(lodging: Lodging, names: tuple[str, ...]) -> AsyncIterator[Sim]:
    """A server with these people in it, the first of whom manages channels; the bot is in it from the start."""
    env = simcord.Env(_hearing(lodging), settle_timeout=20)
    await env.start()
    try:
        people = _peopled(env.create_guild("Study hall"), env, names)
        await env.settle()
        yield Sim(env, lodging, people)
    finally:
        await env.shutdown()
        await lodging.rest.close()
    env.raise_errors()


def _peopled(guild: simcord.GuildHandle, env: simcord.Env, names: tuple[str, ...]) -> dict[str, simcord.MemberActor]:
    boss = guild.create_role("boss", permissions=discord.Permissions(manage_channels=True, manage_guild=True))
    guild.create_text_channel("prep")
    guild.create_text_channel("other")
    users = {name: env.create_user(name, global_name=name.capitalize()) for name in names}
    return {name: guild.add_member(user, roles=[boss] if name == names[0] else []) for name, user in users.items()}
