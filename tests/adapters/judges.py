"""Three judges of what we send to Slack: its own Python models, npm's types, and the limits of its documents.

Each returns what is wrong as sentences; an empty list means that it has nothing to say.
"""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

Json = dict[str, Any]

BLOCKS = {"message": 50, "modal": 100, "home": 100}
SECTION, FIELDS, FIELD, HEADER, CONTEXT, ACTIONS = 3_000, 10, 2_000, 150, 10, 25
BUTTON, BUTTON_VALUE, OPTIONS, OPTION, OPTION_VALUE, BOXES, PLACEHOLDER = 75, 2_000, 100, 75, 150, 10, 150
ID, TITLE, METADATA, LABEL, INPUT = 255, 24, 3_000, 2_000, 3_000
FALLBACK = 40_000  # chat.postMessage cuts the text there
HOW_TO_GET_NPM = (
    "npm is missing: get it with `apt-get install -y nodejs npm`, the type check of Slack's blocks needs it."
)
PACKAGES = ("@slack/types", "typescript")


# What the models say -----------------------------------------------------------------------------------------------


def models(blocks: Sequence[Json]) -> list[str]:
    """What slack_sdk's models find: an unknown block, a limit, a key that they drop."""
    faults: list[str] = []
    for source in blocks:
        try:
            block = Block.parse(dict(source))
            read = None if block is None else block.to_dict()
        except (SlackObjectFormationError, TypeError, AttributeError) as fault:
            faults.append(f"slack_sdk.models: {fault} in {_short(source)}")
            continue
        if read is None:
            faults.append(f"slack_sdk.models know no {source.get('type')!r}")
        elif json.loads(json.dumps(read, default=_as_dict)) != source:
            faults.append(f"slack_sdk.models read {_short(source)} as {_short(read)}")
    return faults


def view_models(view: Json) -> list[str]:
    """The same for a modal or a home tab."""
    try:
        View(**view).to_dict()
    except (SlackObjectFormationError, TypeError, AttributeError) as fault:
        return [f"slack_sdk.models: {fault} in {_short(view)}"]
    return models(view["blocks"])


def _as_dict(value: Any) -> Any:
    return value.to_dict()


def _short(value: object) -> str:
    return json.dumps(value, default=str)[:300]


# What the types say ------------------------------------------------------------------------------------------------


class Types:
    """npm's `@slack/types` with a compiler, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        """Raises RuntimeError where the packages cannot be had."""
        self._folder = folder
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError(HOW_TO_GET_NPM)
        (folder / "package.json").write_text('{"private": true}')
        install = [npm, "install", "--no-audit", "--no-fund", "--silent", *PACKAGES]
        done = subprocess.run(install, cwd=folder, capture_output=True, text=True, check=False, timeout=180)
        if done.returncode:
            raise RuntimeError(f"npm cannot install {' and '.join(PACKAGES)}: {(done.stderr or done.stdout)[-300:]}")

    def faults(self, messages: Sequence[Sequence[Json]], views: Sequence[Json]) -> list[str]:
        """What the compiler finds in messages' blocks and in modals and home tabs, a line each."""
        lines = ['import type { HomeView, KnownBlock, ModalView } from "@slack/types";']
        # KnownBlock and not AnyBlock: that one takes anything with a type.
        lines.append('type Strict<V> = Omit<V, "blocks"> & { blocks: KnownBlock[] };')
        lines += [f"export const m{n}: KnownBlock[] = {json.dumps(blocks)};" for n, blocks in enumerate(messages)]
        for number, view in enumerate(views):
            kind = "HomeView" if view.get("type") == "home" else "ModalView"
            lines.append(f"export const v{number}: Strict<{kind}> = {json.dumps(view)};")
        (self._folder / "sent.ts").write_text("\n".join(lines))
        compiler = str(self._folder / "node_modules" / ".bin" / "tsc")
        options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--pretty", "false"]
        command = [compiler, *options, "sent.ts"]
        done = subprocess.run(command, cwd=self._folder, capture_output=True, text=True, check=False, timeout=300)
        return [line for line in done.stdout.splitlines() if "error TS" in line] or (
            [f"tsc: {done.stderr[-300:]}"] if done.returncode else []
        )


# What the limits say -----------------------------------------------------------------------------------------------


def limits(blocks: Sequence[Json], surface: str = "message") -> list[str]:
    """What breaks a limit of Block Kit's documents, and any id that is there twice."""
    faults = list(_block_count(blocks, surface))
    for name, inside in (("block_id", blocks), *(("action_id", list(_elements(block))) for block in blocks)):
        counted = Counter(one[name] for one in inside if one.get(name))
        faults += [f"{name} {id!r} is there {count} times" for id, count in counted.items() if count > 1]
        faults += [f"{name} has {len(id)} of at most {ID} characters" for id in counted if not 1 <= len(id) <= ID]
    for block in blocks:
        check = _CHECKS.get(str(block.get("type")))
        found = [f"no such block: {block.get('type')!r}"] if check is None else list(check(block))
        faults += [f"{block.get('type')}: {fault}" for fault in found]
    return faults


def view_limits(view: Json) -> list[str]:
    """The same for a modal or a home tab."""
    faults = limits(view["blocks"], view["type"])
    if view["type"] == "modal":
        for name in ("title", "submit", "close"):
            if name in view:
                faults += _text(name, view[name], TITLE, plain=True)
        if "title" not in view:
            faults.append("a modal has a title")
        if any(block["type"] == "input" for block in view["blocks"]) and "submit" not in view:
            faults.append("a modal with inputs has a submit")
    faults += _most("private_metadata", view.get("private_metadata", ""), METADATA)
    return faults + _most("callback_id", view.get("callback_id", ""), ID)


def message_faults(arguments: Mapping[str, Any]) -> list[str]:
    """What is wrong with the arguments of chat.postMessage and its like."""
    blocks = arguments.get("blocks") or []
    return limits(blocks) + models(blocks) + _most("text", str(arguments.get("text", "")), FALLBACK)


def _block_count(blocks: Sequence[Json], surface: str) -> Iterator[str]:
    if len(blocks) > BLOCKS[surface]:
        yield f"{len(blocks)} blocks, a {surface} has at most {BLOCKS[surface]}"


def _elements(block: Json) -> Iterator[Json]:
    yield from block.get("elements", []) if block.get("type") in ("actions", "context") else []
    yield from (block[name] for name in ("accessory", "element") if name in block)


def _most(what: str, text: str, most: int, least: int = 0) -> list[str]:
    return [] if least <= len(text) <= most else [f"{what} has {len(text)} characters, {least} to {most} fit"]


def _text(what: str, text: Any, most: int, plain: bool = False) -> list[str]:
    if not isinstance(text, dict) or text.get("type") not in ("plain_text", "mrkdwn"):
        return [f"{what} is no text object"]
    if plain and text["type"] != "plain_text":
        return [f"{what} must be plain_text"]
    if text["type"] == "plain_text" and "verbatim" in text:
        return [f"{what}: verbatim is for mrkdwn"]
    return _most(what, text["text"], most, least=1)


def _header(block: Json) -> Iterator[str]:
    yield from _text("text", block["text"], HEADER, plain=True)


def _section(block: Json) -> Iterator[str]:
    if "text" in block:
        yield from _text("text", block["text"], SECTION)
    elif not block.get("fields"):
        yield "a section has text or fields"
    if "fields" in block:
        if not 1 <= len(block["fields"]) <= FIELDS:
            yield f"{len(block['fields'])} fields, 1 to {FIELDS} fit"
        for field in block["fields"]:
            yield from _text("field", field, FIELD)
    for element in _elements(block):
        yield from _element(element)


def _context(block: Json) -> Iterator[str]:
    if not 1 <= len(block["elements"]) <= CONTEXT:
        yield f"{len(block['elements'])} elements, 1 to {CONTEXT} fit"
    for element in block["elements"]:
        if element.get("type") != "image":
            yield from _text("element", element, SECTION)


def _actions(block: Json) -> Iterator[str]:
    if not 1 <= len(block["elements"]) <= ACTIONS:
        yield f"{len(block['elements'])} elements, 1 to {ACTIONS} fit"
    for element in block["elements"]:
        yield from _element(element)


def _input(block: Json) -> Iterator[str]:
    yield from _text("label", block["label"], LABEL, plain=True)
    if "hint" in block:
        yield from _text("hint", block["hint"], LABEL, plain=True)
    yield from _element(block["element"])


def _rich_text(block: Json) -> Iterator[str]:
    if not block.get("elements"):
        yield "it is empty"
    for part in block.get("elements", []):
        for inner in part["elements"] if part.get("type") == "rich_text_list" else [part]:
            if not inner.get("elements"):
                yield f"an empty {inner.get('type')}"
            for span in inner.get("elements", []):
                if span["type"] == "text" and not 1 <= len(span["text"]) <= SECTION:
                    yield f"a text of {len(span['text'])} characters"


def _element(element: Json) -> Iterator[str]:
    kind = element.get("type")
    if kind == "button":
        yield from _text("button", element["text"], BUTTON, plain=True)
        yield from _most("value", element.get("value", ""), BUTTON_VALUE)
        if element.get("style") not in (None, "primary", "danger"):
            yield f"no such style: {element['style']!r}"
    elif kind == "plain_text_input":
        yield from _text_input(element)
    elif kind in ("static_select", "multi_static_select", "radio_buttons", "checkboxes"):
        yield from _choice(element)
    else:
        yield f"no such element: {kind!r}"
    if "placeholder" in element:
        yield from _text("placeholder", element["placeholder"], PLACEHOLDER, plain=True)
    if not element.get("action_id"):
        yield f"a {kind} has an action_id"


def _text_input(element: Json) -> Iterator[str]:
    most = element.get("max_length", INPUT)
    if not 1 <= most <= INPUT:
        yield f"max_length {most}"
    yield from _most("initial_value", element.get("initial_value", ""), min(most, INPUT))


def _choice(element: Json) -> Iterator[str]:
    boxes = element["type"] in ("radio_buttons", "checkboxes")
    options = element.get("options", [])
    if not 1 <= len(options) <= (BOXES if boxes else OPTIONS):
        yield f"{len(options)} options in a {element['type']}"
    for option in options:
        yield from _text("option", option["text"], OPTION, plain=not boxes)
        yield from _most("option value", option["value"], OPTION_VALUE, least=1)
    if len({option["value"] for option in options}) < len(options):
        yield "two options of the same value"
    chosen = element.get("initial_options", [element["initial_option"]] if "initial_option" in element else None)
    if chosen is not None and (not chosen or not all(one in options for one in chosen)):
        yield "what is chosen at first is not among the options"


def _nothing(block: Json) -> Iterator[str]:
    yield from ()


_CHECKS = {
    "header": _header, "section": _section, "context": _context, "actions": _actions, "input": _input,
    "rich_text": _rich_text, "divider": _nothing,
}  # fmt: skip
