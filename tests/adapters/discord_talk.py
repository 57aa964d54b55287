"""Interactions as Discord has them: what people do, the one first answer, what an interaction's token serves for."""

import copy
from dataclasses import dataclass, field
from itertools import count

from tests.adapters import discord_judge as judge
from tests.adapters.discord_guild import Channel, Json, User
from tests.adapters.discord_world import APP, Event, Refusal, World, invalid, is_layout

TOKEN_LIVES = 15 * 60  # seconds
COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5  # kinds of interactions


@dataclass(frozen=True)
class Shown:
    """What came of an interaction and its person saw: a message (private or not), a change of one, a modal, choices."""

    user: int
    how: str  # private | public | update | modal | choices
    body: Json


@dataclass
class Interaction:
    id: int
    token: str
    kind: int
    user: int
    channel: int
    guild: int
    source: Json | None = None  # the message that was pressed in
    answered: int = 0  # the kind of the first answer
    private: bool = False
    original: int = 0
    messages: dict[int, Json] = field(default_factory=dict)  # its own, private ones with them

    @property
    def waits(self) -> bool:
        """Whether its person still sees that the bot is thinking."""
        return not self.answered or (self.answered == 5 and not self.original)


class Talk:
    """All interactions, and in `shown` what their people saw of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.interactions: dict[int, Interaction] = {}
        self.shown: list[Shown] = []
        self._tokens = count(1)

    def interact(self, kind: int, user: User, channel: Channel, data: Json, source: Json | None = None) -> Event:
        """An interaction of a person, as the gateway tells it."""
        id, token = self.world.ids.next(), f"token-{next(self._tokens)}-of-an-interaction"
        made = self.interactions[id] = Interaction(id, token, kind, user.id, channel.id, channel.guild, source)
        told: Json = {
            "id": str(id), "application_id": str(APP), "type": kind, "token": token, "version": 1, "data": data,
            "channel_id": str(channel.id), "channel": channel.as_json(self.world.bot), "locale": "en-GB", "entitlements": [],
            "app_permissions": str(self.world.ours(channel)), "attachment_size_limit": 10_485_760,
            "authorizing_integration_owners": {"0": str(channel.guild)}, "context": 0 if channel.guild else 1,
        }  # fmt: skip
        if channel.guild:
            guild = self.world.guilds[channel.guild]
            member = guild.member(user) | {"user": user.as_json(), "permissions": str(guild.may(user.id))}
            told |= {"member": member, "guild_id": str(guild.id), "guild_locale": "en-US",
                     "guild": {"id": str(guild.id), "locale": "en-US", "features": []}}  # fmt: skip
        else:
            told["user"] = user.as_json()
        if source is not None:
            told["message"] = source
        return Event("INTERACTION_CREATE", copy.deepcopy(told), made.guild)

    def answer(self, id: int, token: str, body: Json) -> Json:
        """The first answer to an interaction."""
        found = self.interactions.get(id)
        if found is None or found.token != token:
            raise Refusal(404, 10062, "Unknown interaction")
        if found.answered:
            raise Refusal(400, 40060, "Interaction has already been acknowledged.")
        kind, data = int(body.get("type", 0)), body.get("data") or {}
        self._check_answer(found, kind, data)
        found.answered = kind
        found.private = bool(int(data.get("flags") or 0) & judge.EPHEMERAL)
        if kind == 4:
            self._respond(found, data)
        elif kind == 7:
            self._change_source(found, data)
        elif kind in (8, 9):
            self.shown.append(Shown(found.user, "choices" if kind == 8 else "modal", copy.deepcopy(data)))
        told: Json = {"interaction": {"id": str(id), "type": found.kind, "response_message_loading": kind == 5,
                                      "response_message_ephemeral": found.private}}  # fmt: skip
        if found.original:
            told["interaction"]["response_message_id"] = str(found.original)
            told["resource"] = {"type": kind, "message": found.messages[found.original]}
        return told

    def _check_answer(self, found: Interaction, kind: int, data: Json) -> None:
        fits = {4: (COMMAND, COMPONENT, MODAL), 5: (COMMAND, COMPONENT, MODAL), 6: (COMPONENT, MODAL),
                7: (COMPONENT, MODAL), 8: (AUTOCOMPLETE,), 9: (COMMAND, COMPONENT)}  # fmt: skip
        if found.kind not in fits.get(kind, ()) or (kind in (6, 7) and found.source is None):
            raise invalid([f"an answer of type {kind} to an interaction of type {found.kind}"])
        if kind == 4:
            faults = judge.message_faults(data)
        elif kind == 7:
            faults = judge.edit_faults(data, is_layout(found.source))
        elif kind == 9:
            faults = judge.modal_faults(data)
        else:
            faults = judge.choice_faults(data.get("choices") or []) if kind == 8 else []
        if faults:
            raise invalid(faults)

    def _respond(self, found: Interaction, data: Json) -> Json:
        """A message in answer to an interaction: the first is its original."""
        private = found.private if not found.original and found.answered == 5 else bool(
            int(data.get("flags") or 0) & judge.EPHEMERAL)  # fmt: skip
        channel = self.world.channels[found.channel]
        data = data | {"flags": int(data.get("flags") or 0) & ~judge.EPHEMERAL | (judge.EPHEMERAL if private else 0)}
        message = self.world.make(channel, self.world.bot, data, keep=not private)
        message["webhook_id"] = str(APP)
        message["interaction_metadata"] = {"id": str(found.id), "type": found.kind,
                                           "user": self.world.users[found.user].as_json(),
                                           "authorizing_integration_owners": {}}  # fmt: skip
        found.messages[int(message["id"])] = message
        found.original = found.original or int(message["id"])
        if not private:
            self.world.emit("MESSAGE_CREATE", self.world.told(channel, message), channel.guild)
        self.shown.append(Shown(found.user, "private" if private else "public", copy.deepcopy(message)))
        return message

    def _change_source(self, found: Interaction, data: Json) -> None:
        if found.source is None:
            raise invalid(["there is no message to change"])
        message = self.known(int(found.source["id"]))
        if message is None:
            raise Refusal(404, 10008, "Unknown Message")
        self.world.change(message, data)
        self.shown.append(Shown(found.user, "update", copy.deepcopy(message)))

    def known(self, id: int) -> Json | None:
        """A message by its id, private ones with them."""
        everywhere = (
            *(one.messages for one in self.world.channels.values()),
            *(i.messages for i in self.interactions.values()),
        )
        return next((messages[id] for messages in everywhere if id in messages), None)

    def hook(self, verb: str, token: str, id: str, body: Json) -> Json:
        """What the token of an interaction serves for: followups, and its own messages by id or ``@original``."""
        found = next((one for one in self.interactions.values() if one.token == token), None)
        if found is None or self.world.ids.now() - self.world.ids.at(found.id) > TOKEN_LIVES:
            raise Refusal(401, 50027, "Invalid Webhook Token")
        if not found.answered:
            raise Refusal(404, 10015, "Unknown Webhook")
        if verb == "POST":
            faults = judge.message_faults(body)
            if faults:
                raise invalid(faults)
            return self._respond(found, body)
        if id == "@original" and verb == "PATCH" and found.answered == 5 and not found.original:
            faults = judge.edit_faults(body, was_v2=False)
            if faults:
                raise invalid(faults)
            return self._respond(found, body)
        if id == "@original" and found.answered in (6, 7) and found.source is not None:
            id = str(found.source["id"])
        message = self.known(found.original if id == "@original" else int(id))
        if message is None:
            raise Refusal(404, 10008, "Unknown Message")
        return self._hooked(found, verb, message, body)

    def _hooked(self, found: Interaction, verb: str, message: Json, body: Json) -> Json:
        if verb == "DELETE":
            for messages in (found.messages, self.world.channels[found.channel].messages):
                messages.pop(int(message["id"]), None)
            return {}
        if verb == "PATCH":
            faults = judge.edit_faults(body, is_layout(message))
            if faults:
                raise invalid(faults)
            self.world.change(message, body)
            self.shown.append(Shown(found.user, "update", copy.deepcopy(message)))
        return message
