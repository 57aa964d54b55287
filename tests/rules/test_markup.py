"""The neutral markup: what a person writes stays words, and long texts part without losing anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.markup import (
    Block,
    Bullets,
    Code,
    Mention,
    Moment,
    Paragraph,
    Quote,
    Room,
    Text,
    blank,
    clean,
    escape,
    mention,
    moment,
    pages,
    parse,
    room,
    slices,
    visible,
    weight,
)
from bot.testing import MONDAY

# Anything at all, and texts dense with the markup's own signs.
ANY = st.text(max_size=200)
SIGNS = st.text(st.sampled_from(list("\\*`{}@t:> -1.#_~|[]()<&!+\n\r\t\0Z\u200b\u202e\ud800")), max_size=60)
TEXTS = ANY | SIGNS
SIZES = st.integers(5, 120)  # five: the weight of the dearest character
TURNS = {ord(character): None for character in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}


@given(TEXTS)
def test_what_a_person_wrote_is_inert_in_the_markup_and_stands_on_one_line(text: str) -> None:
    told = clean(text).translate(TURNS).replace("\n", " ")
    assert parse(escape(text)) == ((Paragraph((Text(told),)),) if told.strip() else ())
    assert "\n" not in escape(text)


@given(SIGNS)
def test_what_a_person_wrote_is_inert_in_the_middle_of_our_own_words_too(text: str) -> None:
    told = clean(text).translate(TURNS).replace("\n", " ")
    assert parse(f"- Kept: {escape(text)} **now**") == (Bullets(((Text(f"Kept: {told} "), Text("now", "bold")),)),)


@given(SIGNS)
def test_any_text_at_all_can_be_parsed_and_none_of_its_letters_is_lost(text: str) -> None:
    assert str(parse(text)).count("Z") == text.count("Z")


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("plain", (Paragraph((Text("plain"),)),)),
        ("**b** *i* `c*`", (Paragraph((Text("b", "bold"), Text(" "), Text("i", "italic"), Text(" "), Text("c*", "code"))),)),
        ("2 * 3 * 4", (Paragraph((Text("2 * 3 * 4"),)),)),
        (r"\*not\* \{@ana\}", (Paragraph((Text("*not* {@ana}"),)),)),
        (r"**a \* b**", (Paragraph((Text("a * b", "bold"),)),)),
        (f"{mention('U1')} at {moment(MONDAY)}", (Paragraph((Mention("U1"), Text(" at "), Moment(MONDAY))),)),
        (f"in {room('C1')}", (Paragraph((Text("in "), Room("C1"))),)),
        ("- one\n  more\n- two", (Bullets(((Text("one more"),), (Text("two"),))),)),
        ("3. three\n4. four", (Bullets(((Text("three"),), (Text("four"),)), numbered=True, start=3),)),
        ("Do:\n- one", (Paragraph((Text("Do:"),)), Bullets(((Text("one"),),)))),
        ("> said\n> so", (Quote((Text("said\nso"),)),)),
        ("```python\na\n\n- b\n```", (Code("a\n\n- b", "python"),)),
        ("one\n\n\ntwo", (Paragraph((Text("one"),)), Paragraph((Text("two"),)))),
        ("", ()),
    ],
)  # fmt: skip
def test_the_markup_reads_as_its_description_says(text: str, blocks: tuple[Block, ...]) -> None:
    assert parse(text) == blocks


@given(TEXTS, SIZES)
def test_slices_fit_and_joined_again_they_are_the_text_to_the_letter(text: str, size: int) -> None:
    parts = slices(text, size)
    assert "".join(parts) == text
    assert all(weight(part) <= size for part in parts)
    assert all(parts) or parts == [""]


def test_slices_part_between_paragraphs_then_lines_then_words() -> None:
    assert slices("one two\n\nthree four", 12) == ["one two\n", "\nthree four"]
    assert slices("one two\nthree four", 12) == ["one two\n", "three four"]
    assert slices("one two three four", 12) == ["one two ", "three four"]


BLOCKS = st.lists(
    st.sampled_from(
        [
            "A paragraph of words.",
            "- a\n- b",
            "1. a\n2. b",
            "> quoted",
            "```\ncode\n\nmore\n```",
            "```sql\nSELECT 1\n```",
        ]
    ),
    max_size=12,
)


@given(BLOCKS, st.integers(60, 200))
def test_pages_keep_every_block_whole_and_fit(blocks: list[str], size: int) -> None:
    text = "\n\n".join(blocks)
    found = pages(text, size)
    assert [block for page in found for block in parse(page)] == list(parse(text))
    assert all(weight(page) <= size for page in found)


def test_pages_hold_as_many_blocks_as_fit() -> None:
    assert pages("one\n\ntwo\n\nthree", 10) == ["one\n\ntwo", "three"]
    assert pages("", 10) == [""]


@given(st.lists(st.text("abc =()\n", min_size=1, max_size=40), min_size=1, max_size=30), st.integers(40, 90))
def test_code_that_is_longer_than_a_page_stays_code_on_every_page(lines: list[str], size: int) -> None:
    code = "\n".join(lines)
    found = pages(f"```python\n{code}\n```", size)
    blocks = [block for page in found for block in parse(page)]
    assert all(weight(page) <= size for page in found)
    assert all(isinstance(block, Code) and block.language == "python" for block in blocks)
    kept = "".join(block.text for block in blocks if isinstance(block, Code))
    assert kept.replace("\n", "") == code.replace("\n", "")


@given(TEXTS)
def test_a_text_weighs_at_least_what_slack_and_discord_need_to_write_it(text: str) -> None:
    slack = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    discord = "".join(f"\\{character}" if character in r"\*_~`|>#[]()<@:-+.!" else character for character in text)
    assert weight(text) >= max(len(slack), len(discord))


@given(st.text(st.sampled_from("\u200b\u200d\ufeff\u00ad\u2060\u202e\ufe0f\u3164\u2800\u115f \t\n\u00a0"), max_size=20))
def test_a_text_that_shows_nothing_is_blank_whatever_stands_in_it(text: str) -> None:
    assert blank(text)
    assert not blank(f"{text}a{text}")


@given(TEXTS)
def test_what_is_kept_of_a_text_can_be_stored_and_loses_nothing_that_shows(text: str) -> None:
    kept = clean(text)
    kept.encode()
    assert "\0" not in kept
    assert "\r" not in kept
    assert clean(kept) == kept
    assert [one for one in kept if one.isalnum()] == [one for one in text if one.isalnum()]


def test_nobody_turns_the_direction_of_reading_to_pass_for_another() -> None:
    assert visible("by \u202eneb\u202c \u2067x\u2069") == "by neb x"
    assert escape("\u202eneb") == "neb"
