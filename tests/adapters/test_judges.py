"""The judges find what Slack would not take, and leave alone what it takes."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.adapters import judges
from tests.adapters.judges import Json

TEXT = {"type": "plain_text", "text": "Go"}
BUTTON = {"type": "button", "action_id": "a.b", "text": TEXT, "style": "primary", "value": "1"}
OPTION = {"text": TEXT, "value": "1"}
SELECT = {"type": "static_select", "action_id": "a.c", "placeholder": TEXT, "options": [OPTION]}
GOOD: list[Json] = [
    {"type": "header", "block_id": "h", "text": TEXT},
    {"type": "section", "text": {"type": "mrkdwn", "text": "*go*", "verbatim": True}},
    {"type": "section", "fields": [{"type": "mrkdwn", "text": "a"}, {"type": "mrkdwn", "text": "b"}]},
    {
        "type": "rich_text",
        "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}]}],
    },
    {"type": "divider"},
    {"type": "actions", "block_id": "r", "elements": [BUTTON, SELECT]},
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "quiet"}]},
]
FIELD = {"type": "input", "block_id": "text", "label": TEXT,
         "element": {"type": "plain_text_input", "action_id": "text", "multiline": True, "max_length": 100}}  # fmt: skip
VIEW: Json = {"type": "modal", "callback_id": "a.d", "title": TEXT, "submit": TEXT, "blocks": [FIELD]}

Spoil = Callable[[Any], object]
SPOILT: dict[str, Spoil] = {
    "a block too many": lambda b: b.extend({"type": "divider"} for _ in range(50)),
    "a header too long": lambda b: b[0].update(text={"type": "plain_text", "text": "x" * 151}),
    "a header in mrkdwn": lambda b: b[0].update(text={"type": "mrkdwn", "text": "x"}),
    "an empty text": lambda b: b[1].update(text={"type": "mrkdwn", "text": ""}),
    "a section too long": lambda b: b[1].update(text={"type": "mrkdwn", "text": "x" * 3_001}),
    "a section of nothing": lambda b: b[1].pop("text"),
    "fields too many": lambda b: b[2].update(fields=b[2]["fields"] * 6),
    "a field too long": lambda b: b[2]["fields"].append({"type": "mrkdwn", "text": "x" * 2_001}),
    "an id there twice": lambda b: b[5].update(block_id="h"),
    "an id too long": lambda b: b[5].update(block_id="x" * 256),
    "an action there twice": lambda b: b[5]["elements"].append(BUTTON),
    "no elements": lambda b: b[5].update(elements=[]),
    "elements too many": lambda b: b[6].update(elements=b[6]["elements"] * 11),
    "a button too long": lambda b: b[5]["elements"][0].update(text={"type": "plain_text", "text": "x" * 76}),
    "a style that is not": lambda b: b[5]["elements"][0].update(style="plain"),
    "a value too long": lambda b: b[5]["elements"][0].update(value="x" * 2_001),
    "no options": lambda b: b[5]["elements"][1].update(options=[]),
    "options too many": lambda b: b[5]["elements"][1].update(
        options=[{"text": TEXT, "value": str(n)} for n in range(101)]
    ),
    "options alike": lambda b: b[5]["elements"][1].update(options=[OPTION, OPTION]),
    "an option too long": lambda b: b[5]["elements"][1].update(options=[{"text": TEXT, "value": "x" * 151}]),
    "a first option of no list": lambda b: b[5]["elements"][1].update(initial_option={"text": TEXT, "value": "9"}),
    "a block that is not": lambda b: b.append({"type": "heading", "text": TEXT}),
    "a key that is not": lambda b: b[0].update(level=2),
    "rich text of nothing": lambda b: b[3]["elements"][0].update(elements=[]),
}
SPOILT_VIEWS: dict[str, Spoil] = {
    "a title too long": lambda v: v.update(title={"type": "plain_text", "text": "x" * 25}),
    "no title": lambda v: v.pop("title"),
    "no submit": lambda v: v.pop("submit"),
    "a submit too long": lambda v: v.update(submit={"type": "plain_text", "text": "x" * 25}),
    "metadata too long": lambda v: v.update(private_metadata="x" * 3_001),
    "fields alike": lambda v: v["blocks"].append(FIELD),
    "a value that does not fit": lambda v: v["blocks"][0]["element"].update(initial_value="x" * 101),
    "a length that is not": lambda v: v["blocks"][0]["element"].update(max_length=3_001),
    "a label too long": lambda v: v["blocks"][0].update(label={"type": "plain_text", "text": "x" * 2_001}),
}


def faults(types: judges.Types, blocks: list[Json]) -> list[str]:
    return judges.limits(blocks) + judges.models(blocks) + types.faults([blocks], [])


def test_what_slack_takes_passes_all_three(types: judges.Types) -> None:
    assert faults(types, GOOD) == []
    assert judges.view_limits(VIEW) + judges.view_models(VIEW) + types.faults([], [VIEW]) == []


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_blocks_that_slack_would_refuse_are_found(spoil: Spoil) -> None:
    blocks = copy.deepcopy(GOOD)
    spoil(blocks)
    assert judges.limits(blocks) + judges.models(blocks)


@pytest.mark.parametrize("spoil", SPOILT_VIEWS.values(), ids=SPOILT_VIEWS)
def test_views_that_slack_would_refuse_are_found(spoil: Spoil) -> None:
    view = copy.deepcopy(VIEW)
    spoil(view)
    assert judges.view_limits(view) + judges.view_models(view)


def test_the_types_find_what_has_the_wrong_shape(types: judges.Types) -> None:
    wrong: list[Json] = [
        {"type": "section", "text": "just words"},
        {"type": "actions", "elements": BUTTON},
        {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
        {"type": "actions", "elements": [BUTTON | {"style": "plain"}]},
        {"type": "input", "label": TEXT},
    ]
    for block in wrong:
        assert types.faults([[block]], []), block
    assert types.faults([], [VIEW | {"title": "words"}])


def test_without_npm_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="apt-get install"):
        judges.Types(tmp_path)
