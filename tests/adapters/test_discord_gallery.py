"""Every card and form that the features make, drawn for Discord, is taken by a judge as strict as Discord."""

import re
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.discord import commands, markdown, render
from bot.book import book
from bot.catalog import Catalog
from bot.core.markup import escape, weight
from bot.core.ui import SECTION, ActionId, AnyOf, Button, Card, Choice, Facts, Form, OneOf, Prose, Said, TextField
from bot.testing import actions
from tests.adapters import discord_judge as judge
from tests.adapters import discord_screen
from tests.adapters.gallery import Gallery

HARM = ("@everyone", "@here", "<@1234567890>", "<@&1>", "<#1>", "</mock:1>", "<t:1>", "<:a:1>", "[us](https://x)",
        "https://evil.example", "**x**", "__x__", "~~x~~", "||x||", "`x`", "```", "> x", ">>> x", "# x", "-# x", "- x",
        "1. x", "\u202ex", "{@1}", "{#1}", "{t:1790000000}", "\\", ":smile:", "discord.gg/x")  # fmt: skip
HOSTILE = st.lists(st.sampled_from([*HARM, "a", " ", "\n", "&"]), min_size=1, max_size=12).map("".join)
# What Discord makes something of where it stands bare.
PARSED = re.compile(
    r"<@[!&]?\d+>|<#\d+>|</[-\w ]+:\d+>|<t:-?\d+(:\w)?>|<a?:\w+:\d+>|(?<!\\)@(?:everyone|here)|\]\(|https?://"
)


def texts(message: dict[str, Any]) -> Iterator[str]:
    yield from (one["content"] for one in judge.every(message["components"]) if one["type"] == judge.DISPLAY)


def test_every_card_is_a_message_that_discord_takes(gallery: Gallery) -> None:
    assert len(gallery.cards) > 500
    found = []
    for number, card in enumerate(gallery.cards):
        for body in (render.message(card), render.message(card, f"daily:{number}"), render.message(card, private=True)):
            found += [f"{card.title}: {fault}" for fault in judge.message_faults(body)]
    assert found == []


def test_every_form_is_a_modal_that_discord_takes(gallery: Gallery) -> None:
    drawn = [(form, render.modal(form)) for form in gallery.forms]
    drawn += [(fix.form, render.modal(fix.form.filled(fix.values))) for fix in gallery.fixes]
    assert [f"{form.title}: {fault}" for form, modal in drawn for fault in judge.modal_faults(modal)] == []


def test_a_card_read_back_from_its_message_has_its_words_and_its_buttons(gallery: Gallery) -> None:
    for card in gallery.cards:
        read = discord_screen.card(render.message(card))
        assert actions(read) == actions(card)
        assert read.title or card.title.startswith("#")


def test_a_form_read_back_from_its_modal_is_the_form(gallery: Gallery) -> None:
    for form in gallery.forms:
        read = discord_screen.form(render.modal(form))
        assert read.action == form.action
        assert [field.id for field in read.fields] == [field.id for field in form.fields]
        assert [field.required for field in read.fields] == [field.required for field in form.fields]


def test_a_message_for_one_is_for_one_and_nobody_is_mentioned(gallery: Gallery) -> None:
    for card in gallery.cards:
        assert render.message(card, private=True)["flags"] & judge.EPHEMERAL
        assert not render.message(card)["flags"] & judge.EPHEMERAL
        assert render.message(card)["allowed_mentions"] == {"parse": []}


@given(HOSTILE)
def test_what_people_write_is_drawn_to_the_letter(text: str) -> None:
    card = Card(text[:150], (Said(text), Prose(escape(text)), Facts((("label", escape(text)[:1_000]),))))
    body = render.message(card)
    assert judge.message_faults(body) == []
    for drawn in texts(body):
        assert not PARSED.search(drawn), drawn
    said = next(iter(list(texts(body))[1:2])).removeprefix(">>> ")
    assert discord_screen.read(said).strip("\u200b").strip() == text.replace("\u202e", "").strip() or not text.strip()


@given(st.text(alphabet=st.sampled_from("\\*_~`|#[]()@:-+.!<>&"), min_size=1, max_size=SECTION))
def test_a_card_full_of_what_has_to_be_escaped_fits(text: str) -> None:
    if weight(text) <= SECTION:
        assert judge.message_faults(render.message(Card("x", (Said(text),)))) == []


def test_cards_at_their_limits_fit() -> None:
    full = Card("#" * 150, (Prose("*" * 3_000),), footer="-" * 500)
    many = tuple(tuple(Button(f"B{row}{n}", ActionId("a.b", f"{row}/{n}")) for n in range(5)) for row in range(5))
    facts = tuple(Facts(tuple((f"label {n}", "v") for n in range(10))) for _ in range(6))
    for card in (full, Card("x", facts, many)):
        assert judge.message_faults(render.message(card, "key")) == []


def test_marks_are_a_messages_own_and_are_found_in_what_discord_gives_back() -> None:
    card = Card("Day 1", (Prose("go"),), ((Button("Answer", ActionId("rounds.answer", "1")),),))
    keys = [f"daily:{number}:2026-09-01" for number in range(2_000)]
    assert len({render.key_marks(key) for key in keys}) == len(keys)
    for key in keys[:20]:
        body = render.message(card, key)
        assert judge.message_faults(body) == []
        assert render.marks_of(body["components"]) == render.key_marks(key)
    assert render.marks_of(render.message(card)["components"]) is None


def test_every_command_is_one_that_discord_takes(catalog: Catalog) -> None:
    assert judge.command_faults(commands.definitions(book(catalog))) == []


def test_the_words_of_a_form_at_its_limits_fit() -> None:
    long = TextField("text", "x" * 45, "h" * 100, "v" * 3_000, multiline=True)
    form = Form("t" * 24, ActionId("a.b", "x" * 96), (long,), intro="**" + "i" * 2_990 + "**")
    assert judge.modal_faults(render.modal(form)) == []
    assert markdown.prose(form.intro)
    for field in (AnyOf("many", "x", long_choices()), OneOf("one", "x", long_choices(), required=False)):
        assert judge.modal_faults(render.modal(Form("t", ActionId("a.b"), (field,)))) == []


def long_choices() -> tuple[Choice, ...]:
    return tuple(Choice(f"{number} " + "x" * 70, f"{number}" + "y" * 90) for number in range(25))


def test_a_thread_has_a_name_that_discord_takes() -> None:
    for text in ("Day 1: trees", "x" * 300, " \n ", ""):
        assert judge.thread_faults({"name": render.thread_name(text)}) == []
