"""What is read out of Discord's interactions: who, where, what, and by which ways they can be answered. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import discord
from discord import InteractionType

from adapters.discord.settings import PLATFORM
from bot.core.events import Person, Place

Body = Mapping[str, Any]
Kind = Literal["command", "component", "complete", "modal"]
KINDS: dict[InteractionType, Kind] = {
    InteractionType.application_command: "command",
    InteractionType.component: "component",
    InteractionType.autocomplete: "complete",
    InteractionType.modal_submit: "modal",
}

MANAGES = 1 << 3 | 1 << 4 | 1 << 5  # Administrator, Manage Channels, Manage Server


class Malformed(ValueError):
    """A payload that Discord would not send; the message says what is amiss."""


@dataclass(frozen=True, slots=True)
class Reach:
    """An interaction and the ways by which its person can be answered. `alone`: it was made on a message that nobody else
    sees; `on_message`: on a message at all, which a modal remembers too. `home`: a group can live there. `may` are the
    bot's own permissions there."""

    id: int
    token: str
    application: int
    kind: Kind
    who: Person
    place: Place
    data: Body
    on_message: bool = False
    alone: bool = False
    home: bool = True
    may: int = 0


def reach(interaction: discord.Interaction[Any]) -> Reach:
    """Raises Malformed."""
    kind, user = KINDS.get(interaction.type), interaction.user
    if kind is None or not isinstance(user, discord.User | discord.Member) or not isinstance(interaction.data, Mapping):
        raise Malformed(f"an interaction of type {interaction.type} without a person or data")
    # Discord says what the person may do in this channel, whatever their roles are called.
    manages = interaction.guild_id is not None and bool(interaction.permissions.value & MANAGES)
    who = Person(str(user.id), user.display_name, manages=manages)
    seen = interaction.message
    alone = seen is not None and (seen.flags.ephemeral or interaction.guild_id is None)
    home = not isinstance(interaction.channel, discord.VoiceChannel | discord.StageChannel)  # which hold no threads
    may = interaction.app_permissions.value
    return Reach(interaction.id, interaction.token, interaction.application_id, kind, who, _place(interaction, who),
                 interaction.data, seen is not None, alone, home, may)  # fmt: skip


def _place(interaction: discord.Interaction[Any], who: Person) -> Place:
    """In direct messages no server is known: the core takes all where the person has a seat."""
    if interaction.guild_id is None:
        return Place(PLATFORM, "", who.id, direct=True)
    channel = interaction.channel
    if isinstance(channel, discord.Thread):
        return Place(PLATFORM, str(interaction.guild_id), str(channel.parent_id), str(channel.id))
    if channel is None:
        raise Malformed("an interaction in a server without a channel")
    return Place(PLATFORM, str(interaction.guild_id), str(channel.id))


def text(body: Body, name: str) -> str:
    """The text of that name; empty where there is none."""
    found = body.get(name)
    return found if isinstance(found, str) else ""


def objects(body: Body, name: str) -> list[Body]:
    """The objects in the list of that name."""
    found = body.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
