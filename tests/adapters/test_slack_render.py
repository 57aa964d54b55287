"""Whatever a feature can make, Slack takes: three judges look at every message, modal and home tab."""

import html
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import render
from bot.catalog import Catalog
from bot.core.events import Fix
from bot.core.markup import clean, escape, visible, weight
from bot.core.ui import (
    CARD_TEXT,
    ActionId,
    AnyOf,
    Button,
    Card,
    Choice,
    Facts,
    Form,
    OneOf,
    Prose,
    Said,
    Select,
    TextField,
)
from bot.routes import routes
from tests.adapters import judges, slack_screen
from tests.adapters.gallery import LONG, Gallery
from tests.adapters.judges import Json

HARM = ("<!channel>", "<!here>", "<@U0VICTIM>", "<#C0PREP>", "<https://evil.example|us>", "@channel", "*x*", "_x_", "`x`",
        "&lt;!here&gt;", "<!subteam^S1>", "```", "> x", ":smile:", "\u202ex", "{@U0VICTIM}", "{#C0VICTIM}",
        "{t:1790000000}")  # fmt: skip
HOSTILE = st.lists(st.sampled_from([*HARM, "a", " ", "\n", "&", "<", ">"]), min_size=1, max_size=12).map("".join)
# What only longer content needs, what starts a group, and what shows where direct messages are closed.
SELDOM = {"plan.turn_guide", "review.turn_guide", "practice.turn_guide", "loop.turn_guide", "star.turn", "group.setup",
          "group.greet", "group.note", "plan.turn", "rounds.turn", "reply.again"}  # fmt: skip
METADATA = render.metadata({"channel": "C0PREP", "thread": "1790000000.000001"})


def faults(blocks: list[Json]) -> list[str]:
    return judges.limits(blocks) + judges.models(blocks)


def view_faults(view: Json) -> list[str]:
    return judges.view_limits(view) + judges.view_models(view)


def test_the_gallery_holds_all_that_can_be_pressed_and_filled_in(gallery: Gallery, catalog: Catalog) -> None:
    table = routes(catalog)
    assert {*table.presses, *table.submits} - gallery.verbs <= SELDOM
    assert len(gallery.cards) > 500
    assert {form.action.verb for form in gallery.forms} >= set(table.submits) - {"group.setup"}
    assert gallery.fixes


def test_every_card_is_a_message_that_slack_takes(gallery: Gallery, types: judges.Types) -> None:
    drawn = {card: render.message(card) for card in gallery.cards}
    found = [f"{card.title}: {fault}" for card, blocks in drawn.items() for fault in faults(blocks)]
    found += [f"{card.title}: text" for card in drawn if not 1 <= len(render.text(card)) <= 4_000]
    assert found + types.faults(list(drawn.values()), []) == []


def test_every_form_is_a_modal_that_slack_takes(gallery: Gallery, types: judges.Types) -> None:
    drawn = [render.view(form, METADATA) for form in gallery.forms]
    assert [fault for view in drawn for fault in view_faults(view)] + types.faults([], drawn) == []


def test_cards_below_each_other_are_a_home_tab_and_a_modal(gallery: Gallery, types: judges.Types) -> None:
    cards = list(gallery.cards)
    some = [cards[start : start + 7] for start in range(0, len(cards), 40)]
    drawn = [render.home(few) for few in some] + [render.shown(few, METADATA) for few in some]
    assert [fault for view in drawn for fault in view_faults(view)] + types.faults([], drawn) == []


def test_every_fault_of_a_form_stands_at_a_field_that_it_has(gallery: Gallery) -> None:
    for fix in gallery.fixes:
        errors = render.errors(fix)
        assert errors
        assert set(errors) <= {field.id for field in fix.form.fields}
        assert all(1 <= len(error) <= 3_000 for error in errors.values())


def test_a_form_read_back_from_its_modal_is_the_form(gallery: Gallery) -> None:
    for form in gallery.forms:
        read = slack_screen.form(render.view(form, METADATA))
        assert read.action == form.action
        assert [field.id for field in read.fields] == [field.id for field in form.fields]
        assert [type(field) for field in read.fields] == [type(field) for field in form.fields]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)


def _parsed(value: Any) -> Iterator[str]:
    """The texts that Slack parses for mentions: mrkdwn objects and fallback texts. Rich text is drawn to the letter."""
    if isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "plain_text"):
            yield value["text"]
        else:
            for one in value.values():
                yield from _parsed(one)
    elif isinstance(value, list):
        for one in value:
            yield from _parsed(one)


def _harmless(text: str) -> bool:
    """Slack's parser finds nothing in it."""
    return not any(mark in text for mark in ("<!", "<@", "<#", "<http"))


@given(HOSTILE)
def test_nobodys_words_can_mention_or_link(text: str) -> None:
    body = (Said(text), Prose(escape(text)), Facts((("Answer", escape(text)),)))
    label = text[:40].replace("\n", " ")
    rows = ((Button(label, ActionId("a.b", "1")),), Select(label, ActionId("a.c"), (Choice(label, "1"),)))
    card = Card(text[:150], body, rows, escape(text)[:500].rstrip("\\"))
    blocks = render.message(card)
    assert all(_harmless(one) for one in (*_parsed(blocks), render.text(card)))
    # Not even a reader that takes rich text for mrkdwn finds a mention.
    assert not [one for one in _strings(blocks) if any(mark in one for mark in ("<!", "<@", "<#"))]
    assert faults(blocks) == []


@given(HOSTILE)
def test_a_persons_words_are_drawn_to_the_letter(text: str) -> None:
    drawn = [block for block in render.message(Card("T", (Said(text),))) if block["type"] != "header"]
    assert "\n".join(slack_screen.text(block) for block in drawn) == visible(clean(text))


@given(HOSTILE)
def test_a_forms_labels_choices_and_values_keep_to_their_places(text: str) -> None:
    label = text[:45]
    form = Form(
        text[:24],
        ActionId("a.b", text[:40]),
        (
            TextField("words", label, hint=text[:100], value=text, multiline=True),
            OneOf("one", label, (Choice(label, "1"),), value="1"),
            AnyOf("some", label, tuple(Choice(label, str(n)) for n in range(25)), values=("3", "24")),
        ),
        submit=text[:24],
        intro=escape(text),
    )
    view = render.view(form, METADATA)
    assert view_faults(view) == []
    assert view["private_metadata"] == METADATA
    read = slack_screen.form(view)
    assert read.action == form.action
    words, one, some = read.fields
    assert isinstance(words, TextField)
    assert words.value == text
    assert isinstance(one, OneOf)
    assert one.value == "1"
    assert isinstance(some, AnyOf)
    assert some.values == ("3", "24")


DEAR = st.sampled_from(
    ["<", "&", ">", "\n", "`", "**a** ", "- <\n", "> &\n", "{@U0ANA} ", "{t:1790000000} ", "```\n<\n```\n"]
)


@given(DEAR, DEAR, st.integers(min_value=1, max_value=3_000))
def test_the_longest_and_dearest_cards_keep_every_limit(one: str, other: str, length: int) -> None:
    long = (one * length)[:length]
    body: tuple[Prose | Said | Facts, ...] = (Prose(long),)
    if weight(other * 300) <= 1_000 - 150:
        body += (Said(other * 300),)
    body += (Facts((("<" * 45, (other * 500)[: CARD_TEXT - length - 800][:1_000] or "x"),)),) if length < 3_000 else ()
    if sum(len(part.text) if isinstance(part, Prose) else 1_000 for part in body) > CARD_TEXT - 300:
        body = body[:1]
    card = Card("<" * 150, body, footer="&" * 100)
    blocks = render.message(card)
    assert faults(blocks) == []
    assert 1 <= len(render.text(card)) <= 4_000


def test_labels_and_titles_of_the_dearest_characters_fit(types: judges.Types) -> None:
    for letter in "<>&":
        choices = tuple(Choice(letter * 75, f"{n}") for n in range(25))
        rows = ((Button(letter * 75, ActionId("a.b", letter * 96)),), Select(letter * 75, ActionId("a.c"), choices))
        facts = Facts(tuple((letter * 45, letter * 300) for _ in range(10)))
        blocks = render.message(Card(letter * 150, (facts,), rows, letter * 300))
        fields = (OneOf("one", letter * 45, choices, hint=letter * 100, value="7"),)
        view = render.view(
            Form(letter * 24, ActionId("a.b"), fields, submit=letter * 24, intro=letter * 3_000), METADATA
        )
        assert faults(blocks) + view_faults(view) + types.faults([blocks], [view]) == []


def test_a_mention_and_a_moment_of_ours_are_slacks_own() -> None:
    drawn = "".join(_strings(render.message(Card("T", (Prose("{@U0ANA} until {t:1790000000}"),), footer="{@U0ANA}"))))
    assert "U0ANA" in drawn
    fallback = render.text(Card("T", (Prose("{@U0ANA} until {t:1790000000}"),)))
    assert "<@U0ANA>" in fallback
    assert "<!date^1790000000^" in fallback
    channel = Card("T", (Prose("Look into {#C0PREP}."),), footer="{#C0PREP}")
    assert "channel_id': 'C0PREP'" in str(render.message(channel))
    assert "<#C0PREP>" in render.text(channel)


def test_a_fault_of_no_field_is_still_told() -> None:
    form = Form("F", ActionId("a.b"), (TextField("x", "X"),))
    assert render.errors(Fix(form, {"gone": "It is too late."}, {})) == {"x": "It is too late."}
    assert render.errors(Fix(form, {}, {})).keys() == {"x"}


def test_words_with_escapes_read_as_they_were_written() -> None:
    card = Card("A & B <c>", (Prose(escape("x < y && z")),))
    assert html.unescape(render.text(card)) == "A & B <c>\nx < y && z"
    assert len(LONG) > 3_000
