"""What a person can do in Discord's client, as the gateway then tells it: only what is there can be typed and pressed."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.core.ui import Values
from tests.adapters import discord_judge as judge
from tests.adapters.discord_guild import COMMANDS, Channel, Json, User
from tests.adapters.discord_talk import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL, Talk
from tests.adapters.discord_world import Event

STRING, WHOLE, BOOLEAN = 3, 4, 5
Options = Mapping[str, str | int | bool]


class CannotBeDone(AssertionError):
    """Discord's client offers no such thing here."""


class Client:
    """Makes interactions out of what people do."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.world = talk.world

    # Commands -------------------------------------------------------------------------------------------------------

    def command(self, user: User, channel: Channel, path: str, options: Options | None = None) -> Event:
        """A slash command, such as ``group setup`` with its options. Raises CannotBeDone."""
        root, data = self._typed(user, channel, path, options or {}, focus="")
        return self.talk.interact(COMMAND, user, channel, self._data(root, channel, data))

    def complete(self, user: User, channel: Channel, path: str, option: str, begun: str) -> Event:
        """What is typed so far in an option that completes itself."""
        root, data = self._typed(user, channel, path, {option: begun}, focus=option)
        return self.talk.interact(AUTOCOMPLETE, user, channel, self._data(root, channel, data))

    def _data(self, root: Json, channel: Channel, options: list[Json]) -> Json:
        made: Json = {"id": root["id"], "name": root["name"], "type": 1, "options": options}
        return made | ({"guild_id": str(channel.guild)} if root.get("guild_id") else {})

    def _typed(self, user: User, channel: Channel, path: str, options: Options, focus: str) -> tuple[Json, list[Json]]:
        name, *verbs = path.split()
        root = next((one for one in self.offered(user, channel) if one["name"] == name), None)
        if root is None:
            raise CannotBeDone(f"/{name} is not offered to {user.name} here")
        leaf = root
        for verb in verbs:
            found = [one for one in leaf.get("options") or [] if one["name"] == verb and one["type"] in (1, 2)]
            if not found:
                raise CannotBeDone(f"/{path} does not exist")
            leaf = found[0]
        if any(one["type"] in (1, 2) for one in leaf.get("options") or []):
            raise CannotBeDone(f"/{path} needs one of its subcommands")
        data = list(_filled(leaf, options, focus))
        for verb in reversed(verbs):
            data = [{"type": 1, "name": verb, "options": data}]
        return root, data

    def offered(self, user: User, channel: Channel) -> Iterator[Json]:
        """The commands that this person sees here."""
        for one in (*self.world.commands.get(channel.guild or -1, []), *self.world.commands[0]):
            contexts = one.get("contexts")
            there = (0 if channel.guild else 1) in contexts if contexts else channel.guild or one["dm_permission"]
            if there and self._may_use(user, channel, one):
                yield one

    def _may_use(self, user: User, channel: Channel, command: Json) -> bool:
        if not channel.guild:
            return True
        may = self.world.guilds[channel.guild].may(user.id)
        needed = command.get("default_member_permissions")
        if not may & COMMANDS:
            return False
        if needed is None:
            return True
        return int(needed) != 0 and may & int(needed) == int(needed)

    # Components -----------------------------------------------------------------------------------------------------

    def press(self, user: User, channel: Channel, message: Json, custom_id: str) -> Event:
        """A button of a message that the person sees."""
        button = self._found(message, custom_id, judge.BUTTON_TYPE)
        data = {"custom_id": custom_id, "component_type": judge.BUTTON_TYPE, "id": button["id"]}
        return self.talk.interact(COMPONENT, user, channel, data, message)

    def choose(self, user: User, channel: Channel, message: Json, custom_id: str, *values: str) -> Event:
        """Options of a select in a message that the person sees."""
        select = self._found(message, custom_id, judge.SELECT)
        _check_chosen(select, values)
        data = {"custom_id": custom_id, "component_type": judge.SELECT, "values": list(values), "id": select["id"]}
        return self.talk.interact(COMPONENT, user, channel, data, message)

    def _found(self, message: Json, custom_id: str, kind: int) -> Json:
        there = [one for one in judge.every(message["components"]) if one.get("custom_id") == custom_id]
        if not there or there[0]["type"] != kind or there[0].get("disabled"):
            ids = [one["custom_id"] for one in judge.every(message["components"]) if "custom_id" in one]
            raise CannotBeDone(f"{custom_id} cannot be pressed; there are {ids}")
        return there[0]

    def submit(self, user: User, channel: Channel, modal: Json, values: Values, source: Json | None = None) -> Event:
        """A modal, filled in; what is not in `values` stays as it was shown."""
        parts = [_submitted(one, values) for one in modal["components"]]
        data = {"custom_id": modal["custom_id"], "components": parts}
        return self.talk.interact(MODAL, user, channel, data, source)


def _filled(leaf: Json, options: Options, focus: str) -> Iterator[Json]:
    known = {one["name"]: one for one in leaf.get("options") or []}
    for name in options.keys() - known.keys():
        raise CannotBeDone(f"{leaf['name']} has no option {name}; it has {list(known)}")
    for name, option in known.items():
        if name not in options:
            if option.get("required") and not focus:
                raise CannotBeDone(f"{name} is required")
            continue
        value, choices = options[name], [one["value"] for one in option.get("choices") or []]
        if choices and value not in choices:
            raise CannotBeDone(f"{value!r} is no choice of {name}: {choices}")
        fits: dict[int, type] = {STRING: str, WHOLE: int, BOOLEAN: bool}
        if not isinstance(value, fits.get(option["type"], object)):
            raise CannotBeDone(f"{name} takes no {value!r}")
        if isinstance(value, str) and not focus and len(value) > option.get("max_length", 6_000):
            raise CannotBeDone(f"{name} takes {option['max_length']} characters")
        if name == focus and not option.get("autocomplete"):
            raise CannotBeDone(f"{name} does not complete itself")
        yield {"name": name, "type": option["type"], "value": value} | ({"focused": True} if name == focus else {})


def _check_chosen(select: Json, values: tuple[str, ...]) -> None:
    known = {one["value"] for one in select["options"]}
    least = 0 if select.get("required") is False else select.get("min_values", 1)
    if not set(values) <= known or not least <= len(values) <= select.get("max_values", 1):
        raise CannotBeDone(f"{values} cannot be chosen among {sorted(known)}")


def _submitted(part: Json, values: Values) -> Json:
    if part["type"] != judge.LABEL_TYPE:
        return {"type": part["type"], "id": part.get("id", 1)}
    inner = part["component"]
    id, kind, more = inner["custom_id"], inner["type"], {"id": inner.get("id", 1)}
    required = inner.get("required", True)
    if kind == judge.TEXT_INPUT:
        text = str(values.get(id, inner.get("value") or ""))
        least = inner.get("min_length") or int(required)
        if not (least if text or required else 0) <= len(text) <= inner.get("max_length", judge.INPUT):
            raise CannotBeDone(f"the field {id} takes no text of {len(text)} characters")
        more |= {"value": text}
    elif kind == judge.CHECK:
        more |= {"value": bool(values.get(id, inner.get("default", False)))}
    else:
        shown = tuple(one["value"] for one in inner["options"] if one.get("default"))
        chosen = _several(values.get(id, shown))
        _check_chosen(_as_select(inner), chosen)
        more |= {"value": next(iter(chosen), None)} if kind == judge.RADIO else {"values": list(chosen)}
    return {"type": judge.LABEL_TYPE, "id": part.get("id", 1), "component": {"type": kind, "custom_id": id, **more}}


def _as_select(inner: Json) -> Json:
    """A group of boxes or radio buttons by the same rules."""
    if inner["type"] == judge.CHECKS:
        return {"max_values": len(inner["options"])} | inner
    return inner


def _several(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(value)
