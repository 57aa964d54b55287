"""Cards, forms and replies as JSON and back, for the outbox and for events that come a second time."""

from dataclasses import fields
from typing import Any

import orjson

from bot.core import events, ui

_KINDS = {
    kind.__name__: kind
    for kind in (
        ui.ActionId, ui.Prose, ui.Said, ui.Facts, ui.Button, ui.Choice, ui.Select, ui.File, ui.Card,
        ui.TextField, ui.OneOf, ui.AnyOf, ui.Form,
        events.Show, events.Replace, events.Ask, events.Fix, events.Quiet,
    )
}  # fmt: skip


_NAMES: dict[type, tuple[str, ...]] = {kind: tuple(field.name for field in fields(kind)) for kind in _KINDS.values()}
_NESTED = dict, list


def dumps(value: object) -> str:
    """JSON text of a card, form or reply."""
    return orjson.dumps(value, _plain, orjson.OPT_PASSTHROUGH_DATACLASS).decode()


def loads(text: str) -> Any:
    """What `dumps` wrote: equal to the original. Raises ValueError where the text is not of it."""
    return _built(orjson.loads(text))


def _plain(value: object) -> object:
    """One layer of what JSON does not know; the encoder asks again for what is in it."""
    kind = type(value)
    if kind not in _NAMES:
        raise TypeError(f"{kind.__name__} has no place in a card or a reply")
    found: dict[str, object] = {"_": kind.__name__}
    for name in _NAMES[kind]:
        found[name] = getattr(value, name)
    return found


def _built(value: Any) -> Any:
    """The same with objects of ours for those of JSON that have a name, and tuples for lists."""
    if type(value) is dict:
        for name, one in value.items():
            if type(one) in _NESTED:
                value[name] = _built(one)
        return _object(value)
    return tuple([_built(one) if type(one) in _NESTED else one for one in value]) if type(value) is list else value


def _object(parts: dict[str, Any]) -> Any:
    name = parts.pop("_", None)
    if name is None:
        return parts
    if name not in _KINDS:
        raise ValueError(f"{name!r} is no part of a card or a reply")
    return _KINDS[name](**parts)
