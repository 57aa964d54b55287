"""A strict judge of what we send to Discord: its documented limits for messages, modals and commands.

Each function returns what is wrong as sentences; an empty list means that it has nothing to say.
Source: Discord's message, component, interaction and application command references (API v10, 2026).
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Json = dict[str, Any]

CONTENT, EMBEDS, EMBED_TEXT, NONCE = 2_000, 10, 6_000, 25
COMPONENTS, TEXT, CUSTOM_ID, BUTTON, BUTTONS = 40, 4_000, 100, 80, 5
OPTIONS, OPTION, OPTION_VALUE, PLACEHOLDER = 25, 100, 100, 150
MODAL_TITLE, MODAL_PARTS, LABEL, LABEL_HINT, INPUT = 45, 5, 45, 100, 4_000
RADIOS, BOXES = (2, 10), (1, 10)
THREAD_NAME, ARCHIVES = 100, (60, 1_440, 4_320, 10_080)
COMMANDS, COMMAND_TEXT, COMMAND_OPTIONS, COMMAND_CHOICES, DESCRIPTION = 100, 8_000, 25, 25, 100

SUPPRESS_EMBEDS, EPHEMERAL, SUPPRESS_NOTIFICATIONS, V2 = 1 << 2, 1 << 6, 1 << 12, 1 << 15
ROW, BUTTON_TYPE, SELECT, TEXT_INPUT, SECTION, DISPLAY, SEPARATOR, CONTAINER, LABEL_TYPE = 1, 2, 3, 4, 9, 10, 14, 17, 18
RADIO, CHECKS, CHECK = 21, 22, 23
ALLOWED = {  # what may stand in what; the message itself is 0
    0: {ROW, SECTION, DISPLAY, 12, 13, SEPARATOR, CONTAINER},
    CONTAINER: {ROW, SECTION, DISPLAY, 12, 13, SEPARATOR},
    ROW: {BUTTON_TYPE, SELECT, 5, 6, 7, 8},
    SECTION: {DISPLAY},
    LABEL_TYPE: {SELECT, TEXT_INPUT, 5, 6, 7, 8, 19, RADIO, CHECKS, CHECK},
}
_NAME = re.compile(r"[-_'\w]{1,32}")


def message_faults(body: Mapping[str, Any]) -> list[str]:
    """What Discord would not take of a message."""
    return [*_envelope(body), *(_layout(body) if _flags(body) & V2 else _plain(body))]


def edit_faults(body: Mapping[str, Any], was_v2: bool) -> list[str]:
    """The same for an edit: what it leaves alone stays, and a layout stays a layout."""
    v2 = was_v2 or bool(_flags(body) & V2)
    found = [*_envelope(body), *(_layout(body) if v2 and "components" in body else [])]
    if v2:
        found += [f"{name} in a message of components" for name in ("content", "embeds") if body.get(name)]
    elif "components" in body and not (body.get("content") or body.get("embeds") or body["components"]):
        found.append("a message with nothing in it")
    return found


def _flags(body: Mapping[str, Any]) -> int:
    return int(body.get("flags") or 0)


def _envelope(body: Mapping[str, Any]) -> Iterator[str]:
    unknown = _flags(body) & ~(SUPPRESS_EMBEDS | EPHEMERAL | SUPPRESS_NOTIFICATIONS | V2)
    if unknown:
        yield f"flags {unknown} cannot be set"
    nonce = body.get("nonce")
    if nonce is not None and len(str(nonce)) > NONCE:
        yield f"a nonce of {len(str(nonce))} characters"
    if body.get("enforce_nonce") and nonce is None:
        yield "enforce_nonce without a nonce"
    yield from _mentions(body.get("allowed_mentions"))


def _mentions(allowed: object) -> Iterator[str]:
    if allowed is None:
        return
    if not isinstance(allowed, Mapping):
        yield "allowed_mentions is no object"
        return
    parse = allowed.get("parse", [])
    if not set(parse) <= {"roles", "users", "everyone"}:
        yield f"allowed_mentions.parse is {parse}"
    for kind in ("users", "roles"):
        if kind in parse and allowed.get(kind):
            yield f"allowed_mentions has {kind} in parse and as a list"


def _plain(body: Mapping[str, Any]) -> Iterator[str]:
    content = body.get("content") or ""
    if len(content) > CONTENT:
        yield f"content of {len(content)} characters"
    embeds = body.get("embeds") or []
    if len(embeds) > EMBEDS or _embedded(embeds) > EMBED_TEXT:
        yield f"{len(embeds)} embeds with {_embedded(embeds)} characters"
    components = body.get("components") or []
    if any(one.get("type") != ROW for one in components) or len(components) > BUTTONS:
        yield "components other than five rows need the flag of components V2"
    if not (content or embeds or components or body.get("attachments") or body.get("poll")):
        yield "a message with nothing in it"
    yield from _tree(components, 0)


def _embedded(embeds: Sequence[Mapping[str, Any]]) -> int:
    return sum(len(str(one.get(name) or "")) for one in embeds for name in ("title", "description"))


def _layout(body: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{name} in a message of components" for name in ("content", "embeds", "poll", "sticker_ids")
                if body.get(name))  # fmt: skip
    components = body.get("components") or []
    if not components:
        yield "a message with nothing in it"
    yield from _tree(components, 0)


def every(components: Sequence[Json]) -> Iterator[Json]:
    """All components, whatever they stand in, in their order."""
    for one in components:
        yield one
        yield from every(one.get("components") or [])
        if isinstance(one.get("component"), dict):
            yield from every([one["component"]])
        if isinstance(one.get("accessory"), dict):
            yield from every([one["accessory"]])


def _tree(components: Sequence[Json], parent: int) -> Iterator[str]:
    found = list(every(components))
    if len(found) > COMPONENTS:
        yield f"{len(found)} components"
    written = sum(len(str(one.get("content", ""))) for one in found if one.get("type") == DISPLAY)
    if written > TEXT:
        yield f"{written} characters of text"
    for name in ("custom_id", "id"):
        twice = [value for value, count in Counter(one[name] for one in found if name in one).items() if count > 1]
        yield from (f"{name} {value!r} stands twice" for value in twice)
    yield from _within(components, parent)


def _within(components: Sequence[Json], parent: int) -> Iterator[str]:
    for one in components:
        kind = one.get("type")
        if kind not in ALLOWED.get(parent, set()):
            yield f"a component of type {kind} in one of type {parent}"
            continue
        yield from _component(one, kind)
        children = one.get("components") or []
        if kind == ROW and not _fits_a_row(children):
            yield f"a row of {[child.get('type') for child in children]}"
        if kind in (CONTAINER, SECTION) and not children:
            yield f"an empty component of type {kind}"
        if kind == SECTION and (not 1 <= len(children) <= 3 or (one.get("accessory") or {}).get("type") not in (2, 11)):
            yield "a section has one to three texts and a button or a picture beside them"
        yield from _within(children, kind)


def _fits_a_row(children: Sequence[Json]) -> bool:
    kinds = [child.get("type") for child in children]
    buttons = 1 <= len(kinds) <= BUTTONS and set(kinds) == {BUTTON_TYPE}
    return buttons or (len(kinds) == 1 and kinds[0] in (SELECT, 5, 6, 7, 8))


def _component(one: Json, kind: int) -> Iterator[str]:
    if kind == DISPLAY:
        yield from _sized("text", one.get("content"), TEXT)
    elif kind == BUTTON_TYPE:
        yield from _button(one)
    elif kind == SELECT:
        yield from _select(one)
    elif kind == CONTAINER and not 0 <= (one.get("accent_color") or 0) <= 0xFFFFFF:
        yield "an accent colour out of range"
    elif kind == SEPARATOR and one.get("spacing", 1) not in (1, 2):
        yield "a separator's spacing is 1 or 2"
    id = one.get("id", 0)
    if not (isinstance(id, int) and 0 <= id < 2**31):
        yield f"a component's id is {id!r}"


def _sized(what: str, text: object, most: int, least: int = 1) -> Iterator[str]:
    if not isinstance(text, str) or not least <= len(text) <= most:
        yield f"{what} {text!r:.80} has not {least} to {most} characters"


def _button(one: Json) -> Iterator[str]:
    style = one.get("style")
    if style not in (1, 2, 3, 4, 5):
        yield f"a button's style is {style}"
    if style == 5:
        if "custom_id" in one or not one.get("url"):
            yield "a link has a url and no custom_id"
    else:
        yield from _sized("custom_id", one.get("custom_id"), CUSTOM_ID)
    if one.get("label") or not one.get("emoji"):
        yield from _sized("button label", one.get("label"), BUTTON)


def _select(one: Json, modal: bool = False) -> Iterator[str]:
    yield from _sized("custom_id", one.get("custom_id"), CUSTOM_ID)
    yield from _sized("placeholder", one.get("placeholder") or "", PLACEHOLDER, 0)
    yield from _options(one, 1, OPTIONS)
    least, most = one.get("min_values", 1), one.get("max_values", 1)
    if not (isinstance(least, int) and isinstance(most, int) and 0 <= least <= most and 1 <= most <= OPTIONS):
        yield f"{least} to {most} values"
    elif most > len(one.get("options") or []):
        yield f"up to {most} of {len(one.get('options') or [])} options"
    chosen = sum(bool(option.get("default")) for option in one.get("options") or [])
    if isinstance(most, int) and chosen > most:
        yield f"{chosen} options are chosen of at most {most}"
    if modal and one.get("disabled"):
        yield "a select in a modal cannot be disabled"
    if modal and one.get("required", True) and least == 0:
        yield "a required select takes at least one value"


def _options(one: Json, least: int, most: int) -> Iterator[str]:
    options = one.get("options") or []
    if not least <= len(options) <= most:
        yield f"{len(options)} options, {least} to {most} are allowed"
    values = [option.get("value") for option in options]
    if len(set(values)) < len(values):
        yield "two options have the same value"
    for option in options:
        yield from _sized("option label", option.get("label"), OPTION)
        yield from _sized("option value", option.get("value"), OPTION_VALUE)
        if option.get("description") is not None:
            yield from _sized("option description", option["description"], OPTION)


# Modals --------------------------------------------------------------------------------------------------------------


def modal_faults(body: Mapping[str, Any]) -> list[str]:
    """What Discord would not take of a modal."""
    components = body.get("components") or []
    found = [*_sized("modal title", body.get("title"), MODAL_TITLE)]
    found += _sized("custom_id", body.get("custom_id"), CUSTOM_ID)
    if not 1 <= len(components) <= MODAL_PARTS:
        found.append(f"{len(components)} parts of a modal")
    ids = [one["custom_id"] for one in every(components) if "custom_id" in one]
    if len(set(ids)) < len(ids):
        found.append(f"a custom_id stands twice in {ids}")
    for one in components:
        found += _part(one)
    return found


def _part(one: Json) -> Iterator[str]:
    if one.get("type") == DISPLAY:
        yield from _sized("text", one.get("content"), TEXT)
        return
    if one.get("type") != LABEL_TYPE:
        yield f"a component of type {one.get('type')} in a modal"
        return
    yield from _sized("label", one.get("label"), LABEL)
    if one.get("description") is not None:
        yield from _sized("label description", one["description"], LABEL_HINT)
    inner = one.get("component") or {}
    kind = inner.get("type")
    if kind not in ALLOWED[LABEL_TYPE]:
        yield f"a component of type {kind} in a label"
    yield from _sized("custom_id", inner.get("custom_id"), CUSTOM_ID)
    if kind == TEXT_INPUT:
        yield from _text_input(inner)
    elif kind == SELECT:
        yield from _select(inner, modal=True)
    elif kind == RADIO:
        yield from _options(inner, *RADIOS)
    elif kind == CHECKS:
        yield from _options(inner, *BOXES)
        least, most = inner.get("min_values", 1), inner.get("max_values", len(inner.get("options") or []))
        if inner.get("required", True) and least == 0:
            yield "a required group of boxes takes at least one"
        if not 0 <= least <= most <= BOXES[1]:
            yield f"{least} to {most} boxes"


def _text_input(one: Json) -> Iterator[str]:
    if one.get("label"):
        yield "a text input in a label has no label of its own"
    if one.get("style") not in (1, 2):
        yield f"a text input's style is {one.get('style')}"
    least, most = one.get("min_length") or 0, one.get("max_length") or INPUT
    if not 0 <= least <= most <= INPUT:
        yield f"a text of {least} to {most} characters"
    if one.get("value"):
        yield from _sized("value", one["value"], most, least)
    yield from _sized("placeholder", one.get("placeholder") or "", 100, 0)


# Commands and threads ------------------------------------------------------------------------------------------------


def command_faults(commands: Sequence[Mapping[str, Any]]) -> list[str]:
    """What Discord would not take of the definitions of all commands."""
    found = [f"{len(commands)} commands"] if len(commands) > COMMANDS else []
    names = Counter((one.get("type", 1), one.get("name")) for one in commands)
    found += [f"two commands are called {name}" for (_, name), count in names.items() if count > 1]
    for one in commands:
        found += [f"/{one.get('name')}: {fault}" for fault in _command(one)]
    return found


def _command(one: Mapping[str, Any]) -> Iterator[str]:
    yield from _named(one)
    permissions = one.get("default_member_permissions")
    if permissions is not None and not str(permissions).isdecimal():
        yield f"default_member_permissions is {permissions!r}"
    for name, known in (("contexts", {0, 1, 2}), ("integration_types", {0, 1})):
        if one.get(name) is not None and not set(one[name]) <= known:
            yield f"{name} is {one[name]}"
    written = sum(len(text) for text in _texts(one))
    if written > COMMAND_TEXT:
        yield f"{written} characters in all"
    yield from _nested(one.get("options") or [], 0)


def _texts(one: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(one.get(name) or "") for name in ("name", "description", "value"))
    for inner in (*(one.get("options") or []), *(one.get("choices") or [])):
        yield from _texts(inner)


def _named(one: Mapping[str, Any]) -> Iterator[str]:
    name = str(one.get("name") or "")
    if not _NAME.fullmatch(name) or name != name.lower():
        yield f"{name!r} is no name"
    yield from _sized(f"description of {name}", one.get("description"), DESCRIPTION)


def _nested(options: Sequence[Mapping[str, Any]], depth: int) -> Iterator[str]:
    if len(options) > COMMAND_OPTIONS:
        yield f"{len(options)} options"
    names = [option.get("name") for option in options]
    if len(set(names)) < len(names):
        yield f"two options have the same name: {names}"
    kinds = [option.get("type") for option in options]
    if any(kind in (1, 2) for kind in kinds) and not all(kind in (1, 2) for kind in kinds):
        yield "subcommands beside options"
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        yield "a required option stands behind one that is not"
    for option in options:
        yield from _named(option)
        if option.get("type") in (1, 2):
            if depth > (0 if option["type"] == 2 else 1):
                yield "subcommands too deep"
            yield from _nested(option.get("options") or [], depth + 1)
        else:
            yield from _option(option)


def _option(option: Mapping[str, Any]) -> Iterator[str]:
    kind, choices = option.get("type"), option.get("choices") or []
    if kind not in range(3, 12):
        yield f"an option of type {kind}"
    if len(choices) > COMMAND_CHOICES:
        yield f"{len(choices)} choices"
    if choices and option.get("autocomplete"):
        yield "choices and autocomplete"
    values = [choice.get("value") for choice in choices]
    if len(set(values)) < len(values):
        yield "two choices have the same value"
    for choice in choices:
        yield from _sized("choice", choice.get("name"), 100)
        if kind == 3:
            yield from _sized("choice value", choice.get("value"), 100)


def choice_faults(choices: Sequence[Mapping[str, Any]]) -> list[str]:
    """The same for what an autocomplete offers."""
    found = [f"{len(choices)} choices"] if len(choices) > COMMAND_CHOICES else []
    for choice in choices:
        found += _sized("choice", choice.get("name"), 100)
        if isinstance(choice.get("value"), str):
            found += _sized("choice value", choice["value"], 100)
    return found


def thread_faults(body: Mapping[str, Any]) -> list[str]:
    """The same for a new thread, or for a change of one."""
    found = list(_sized("thread name", body["name"], THREAD_NAME)) if "name" in body else []
    if body.get("auto_archive_duration", 1_440) not in ARCHIVES:
        found.append(f"auto_archive_duration is {body['auto_archive_duration']}")
    return found
