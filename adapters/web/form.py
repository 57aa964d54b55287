"""A form as the HTML of a dialog: what was typed stays to the letter, each fault stands under its field."""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.web.render import Reader, exact, prose, words
from bot.core.ui import AnyOf, Field, Form, OneOf, TextField, Values, many, one

RADIOS = 5  # more choices than this read better as a list that opens
NEAR = 0.8  # a field's count shows from this share of its length


def form(form: Form, reader: Reader, faults: Mapping[str, str] | None = None, values: Values | None = None) -> str:
    """The dialog's inside. `values` are what was typed before, whole, also where a field would not take them."""
    faults = faults or {}
    intro = f'<div class="prose intro">{prose(form.intro, reader)}</div>' if form.intro else ""
    summary = f'<p class="summary" role="alert">{_summary(len(faults))}</p>' if faults else ""
    fields = "".join(
        _field(field, faults.get(field.id, ""), None if values is None else values.get(field.id, ""))
        for field in form.fields
    )
    return (
        f'<form novalidate data-form="{exact(str(form.action))}" data-fixed="{int(values is not None)}">'
        f'<header><h2 id="form-title">{words(form.title)}</h2>'
        '<button type="button" class="icon-button" data-do="cancel" aria-label="Close">&times;</button></header>'
        '<div class="form-body"><p class="restored" hidden>What you typed before is back.'
        f'<button type="button" class="link" data-reset>Start afresh</button></p>{intro}{summary}{fields}</div>'
        '<footer><span class="keys">Ctrl + Enter sends</span>'
        '<button type="button" class="button plain" data-do="cancel">Cancel</button>'
        f'<button type="submit" class="button primary">{words(form.submit)}</button></footer></form>'
    )


def _summary(count: int) -> str:
    return "One thing to mend below." if count == 1 else f"{count} things to mend below."


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around a control: its label, hint and fault as HTML, and the attributes that tie them to it."""

    label: str
    hint: str
    fault: str
    ties: str


def _field(field: Field, fault: str, typed: str | tuple[str, ...] | None) -> str:
    marks = " ".join(([f"h-{field.id}"] if field.hint else []) + ([f"x-{field.id}"] if fault else []))
    around = _Around(
        label=words(field.label) + ("" if field.required else ' <span class="optional">optional</span>'),
        hint=f'<p class="hint" id="h-{field.id}">{words(field.hint)}</p>' if field.hint else "",
        fault=f'<p class="fault" id="x-{field.id}">{words(fault)}</p>' if fault else "",
        ties=(f' aria-describedby="{marks}"' if marks else "") + (' aria-invalid="true"' if fault else ""),
    )
    if isinstance(field, TextField):
        return _text(field, around, field.value if typed is None else one(typed))
    if isinstance(field, OneOf) and len(field.choices) > RADIOS:
        return _list(field, around, field.value if typed is None else one(typed))
    before = field.values if isinstance(field, AnyOf) else many(field.value)
    return _boxes(field, around, before if typed is None else many(typed))


def _text(field: TextField, around: _Around, value: str) -> str:
    most = f'data-most="{field.most}" data-near="{int(field.most * NEAR)}"'
    shared = f'id="f-{field.id}" name="{field.id}" {most}{around.ties}'
    if field.multiline or "\n" in value:
        # The line end after the tag is eaten by HTML, so that one in the text is not.
        control = f'<textarea {shared} rows="{4 if field.multiline else 1}">\n{exact(value)}</textarea>'
    else:
        control = f'<input type="text" autocomplete="off" {shared} value="{exact(value)}">'
    return (
        f'<div class="field"><label for="f-{field.id}">{around.label}</label>{around.hint}{control}'
        f'<p class="count" hidden></p>{around.fault}</div>'
    )


def _list(field: OneOf, around: _Around, value: str) -> str:
    empty = '<option value="">Choose…</option>' if not value or not field.required else ""
    options = "".join(
        f'<option value="{exact(one.value)}"{" selected" if one.value == value else ""}>{words(one.label)}</option>'
        for one in field.choices
    )
    return (
        f'<div class="field"><label for="f-{field.id}">{around.label}</label>{around.hint}'
        f'<select id="f-{field.id}" name="{field.id}"{around.ties}>{empty}{options}</select>{around.fault}</div>'
    )


def _boxes(field: OneOf | AnyOf, around: _Around, chosen: tuple[str, ...]) -> str:
    kind = "checkbox" if isinstance(field, AnyOf) else "radio"
    boxes = "".join(
        f'<label class="box"><input type="{kind}" name="{field.id}" value="{exact(one.value)}"'
        f"{' checked' if one.value in chosen else ''}><span>{words(one.label)}</span></label>"
        for one in field.choices
    )
    return (
        f'<fieldset class="field"{around.ties}><legend>{around.label}</legend>{around.hint}'
        f'<div class="boxes">{boxes}</div>{around.fault}</fieldset>'
    )
