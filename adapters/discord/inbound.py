"""Discord's payloads become the core's events. Pure; what Discord would never send raises Malformed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import discord

from adapters.discord.commands import meant
from adapters.discord.payload import Body, Malformed, Reach, objects, text
from adapters.discord.render import LABEL, ROW
from adapters.discord.settings import PLATFORM
from bot.core.events import Choose, Command, Deleted, Edited, Person, Place, Posted, Press, Submit
from bot.core.ui import ActionId

GONE = ActionId("gone.away")  # what was never one of ours: the engine has the sentence for it
BUTTON = 2
SUB_COMMAND, SUB_COMMAND_GROUP = 1, 2
_MARK = re.compile(r"<@!?(?P<user>\d{15,20})>|<#(?P<channel>\d{15,20})>|<a?:(?P<emoji>\w{2,32}):\d{15,20}>")
SPOKEN = (discord.MessageType.default, discord.MessageType.reply)  # the kinds of messages in which people speak


def interaction(found: Reach) -> Command | Press | Choose | Submit:
    """A command, a press, a choice or a form. Raises Malformed."""
    id = f"{PLATFORM}:{found.id}"
    if found.kind == "command":
        name, verb, options = _typed(found.data)
        return Command(id, found.who, found.place, name, verb, options)
    action = _action(text(found.data, "custom_id"))
    if found.kind == "modal":
        return Submit(id, found.who, found.place, action, dict(_values(found.data)))
    if found.data.get("component_type") == BUTTON:
        return Press(id, found.who, found.place, action)
    values = found.data.get("values")
    if not isinstance(values, list) or not values or not isinstance(values[0], str):
        raise Malformed("a choice without a value")
    return Choose(id, found.who, found.place, action, values[0])


def _action(custom_id: str) -> ActionId:
    try:
        return ActionId.parse(custom_id)
    except ValueError:
        return GONE


def _typed(data: Body) -> tuple[str, str, dict[str, str]]:
    """The command of ours, its verb and its options."""
    name, verb = meant(text(data, "name"))
    if not name:
        raise Malformed("a command without a name")
    options = objects(data, "options")
    while options and options[0].get("type") in (SUB_COMMAND, SUB_COMMAND_GROUP):
        verb = text(options[0], "name")
        options = objects(options[0], "options")
    return name, verb, {text(one, "name"): str(one.get("value", "")) for one in options if text(one, "name")}


@dataclass(frozen=True, slots=True)
class Completion:
    """What somebody has typed so far into an option."""

    command: str
    verb: str
    option: str
    typed: str


def completion(found: Reach) -> Completion:
    """The option that is being typed. Raises Malformed."""
    name, verb, _ = _typed(found.data)
    options = objects(found.data, "options")
    while options and options[0].get("type") in (SUB_COMMAND, SUB_COMMAND_GROUP):
        options = objects(options[0], "options")
    for option in options:
        if option.get("focused") is True:
            return Completion(name, verb, text(option, "name"), str(option.get("value", "")))
    raise Malformed("a completion without an option")


def _values(data: Body) -> list[tuple[str, str | tuple[str, ...]]]:
    found: list[tuple[str, str | tuple[str, ...]]] = []
    for part in objects(data, "components"):
        inner = part.get("component")
        parts = [inner] if part.get("type") == LABEL and isinstance(inner, Mapping) else []
        parts += objects(part, "components") if part.get("type") == ROW else []
        found += [(text(one, "custom_id"), _value(one)) for one in parts]
    return found


def _value(part: Body) -> str | tuple[str, ...]:
    """What was typed, or chosen: one choice is a text, for a field of one choice and one of several take that."""
    values = part.get("values")
    if isinstance(values, list):
        chosen = tuple(str(one) for one in values)
        return chosen[0] if len(chosen) == 1 else chosen
    return text(part, "value")


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread and the channel that it stands in. `ours`: the bot made it."""

    id: str
    channel: str
    workspace: str
    ours: bool

    @property
    def place(self) -> Place:
        return Place(PLATFORM, self.workspace, self.channel, self.id)


def posted(message: discord.Message, thread: Thread) -> Posted | None:
    """What a person says in a thread; None for what bots and the system say. Without the message content intent it is
    empty, and the core lets it be."""
    if not _a_person(message):
        return None
    return Posted(f"{PLATFORM}:m:{message.id}", _author(message), thread.place, str(message.id), spoken(message))


def edited(message: discord.Message, thread: Thread) -> Edited | None:
    """What a person changed; None where Discord only unfolded a link or counted a reply."""
    if not _a_person(message) or message.edited_at is None:
        return None
    id = f"{PLATFORM}:e:{message.id}:{message.edited_at.timestamp():.6f}"
    return Edited(id, _author(message), thread.place, str(message.id), spoken(message))


def deleted(message: int, thread: Thread) -> Deleted:
    """A message that was taken away; Discord does not say by whom, and has settled who may."""
    return Deleted(f"{PLATFORM}:d:{message}", Person("", "Somebody"), thread.place, str(message))


def spoken(message: discord.Message) -> str:
    """Text as the person typed it: Discord's marks for people, channels and emojis read as words."""
    people = {user.id: user.display_name for user in message.mentions}
    guild = message.guild

    def word(mark: re.Match[str]) -> str:
        if mark["emoji"]:
            return f":{mark['emoji']}:"
        id = int(mark["user"] or mark["channel"])
        if mark["user"]:
            return f"@{people.get(id, id)}"
        channel = guild.get_channel_or_thread(id) if guild else None
        return f"#{channel.name if channel else id}"

    return _MARK.sub(word, message.content)


def _a_person(message: discord.Message) -> bool:
    return not message.author.bot and message.webhook_id is None and message.type in SPOKEN


def _author(message: discord.Message) -> Person:
    return Person(str(message.author.id), message.author.display_name)
