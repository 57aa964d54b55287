"""The application commands, made from the one definition, and how they read on Discord. Pure.

Discord hides a whole command from those who lack a permission, never one of its verbs. So `/group` is for those who manage
channels, and what everybody may do in it stands beside it as well: `/join`, `/leave`, `/settings`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.core.commands import OPTION_TEXT, Command, Option, Verb

Json = dict[str, Any]

CHAT_INPUT, SUB_COMMAND, STRING, INTEGER = 1, 1, 3, 4  # types of commands and of options
SERVER, DIRECT = 0, 1  # contexts: in a server's channels, in direct messages with the bot
MANAGE_CHANNELS = 1 << 4
MOST_NUMBER = 999_999_999
# Where the book's words are not Discord's: members' verbs of a command that is hidden from them.
BESIDE = {"settings": "group", "join": "group", "leave": "group"}
_BESIDE = re.compile(rf"(?<![\w/])/group ({'|'.join(BESIDE)})(?![\w-])")
# What Discord may add to a command that we left out, as it then stands there.
_UNSAID: Json = {
    "options": [],
    "required": False,
    "autocomplete": False,
    "choices": [],
    "default_member_permissions": None,
}
_OURS = ("type", "name", "description", "options", "required", "autocomplete", "choices", "min_value", "max_value",
         "max_length", "default_member_permissions", "contexts", "integration_types")  # fmt: skip


def spelled(text: str) -> str:
    """A sentence of ours with the commands as one types them in Discord."""
    return _BESIDE.sub(lambda found: f"/{found[1]}", text) if "/group " in text else text


def meant(name: str) -> tuple[str, str]:
    """The command of ours and its verb that Discord's ``/join`` or ``/group`` stands for; the verb is empty where an option
    of Discord's names it, or nothing does."""
    return (BESIDE[name], name) if name in BESIDE else (name, "")


def definitions(book: Sequence[Command]) -> list[Json]:
    """All commands, ready to be sent."""
    found = [_command(command) for command in book]
    for command in book:
        found += [_beside(verb) for verb in command.verbs if BESIDE.get(verb.name) == command.name]
    return found


def _command(command: Command) -> Json:
    first = command.verbs[0]
    options = [_option(one) for one in first.options] if not first.name else [_verb(verb) for verb in command.verbs]
    managed = any(verb.managers for verb in command.verbs)
    made = _made(command.name, command.description, options, [SERVER] if managed else [SERVER, DIRECT])
    return made | {"default_member_permissions": str(MANAGE_CHANNELS)} if managed else made


def _beside(verb: Verb) -> Json:
    return _made(verb.name, verb.description, [_option(one) for one in verb.options], [SERVER])


def _made(name: str, description: str, options: list[Json], contexts: list[int]) -> Json:
    return {
        "type": CHAT_INPUT,
        "name": name,
        "description": description,
        "options": options,
        "default_member_permissions": None,
        "contexts": contexts,
        "integration_types": [0],  # installed into servers, not by single people
    }


def _verb(verb: Verb) -> Json:
    options = [_option(one) for one in verb.options]
    return {"type": SUB_COMMAND, "name": verb.name, "description": verb.description, "options": options}


def _option(option: Option) -> Json:
    made: Json = {"type": STRING, "name": option.name, "description": option.description, "required": False}
    if option.kind == "number":
        return made | {"type": INTEGER, "min_value": 0, "max_value": MOST_NUMBER}
    if option.kind == "choice":
        return made | {"choices": [{"name": one.label, "value": one.value} for one in option.choices]}
    return made | {"max_length": OPTION_TEXT, "autocomplete": option.kind == "pick"}


def changed(wanted: Sequence[Json], found: Sequence[Mapping[str, Any]]) -> bool:
    """Whether Discord has other commands than we want."""
    return _named(wanted) != _named(found)


def _named(commands: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {str(one.get("name")): _plain(one) for one in commands}


def _plain(one: Mapping[str, Any]) -> Json:
    """What we have a say in, with what is unsaid left out."""
    kept: Json = {}
    for name in _OURS:
        value = one.get(name, _UNSAID.get(name))
        if name in ("options", "choices"):
            value = [
                _plain(part) if name == "options" else (part.get("name"), part.get("value")) for part in value or []
            ]
        if name in ("contexts", "integration_types"):
            value = sorted(value or [])
        if value not in (_UNSAID.get(name), None, []):
            kept[name] = value
    return kept
