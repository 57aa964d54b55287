"""What can be built can be sent: every limit of the tightest platform is raised at construction."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import codec
from bot.core.errors import Refused
from bot.core.events import Ask, Fix, Quiet, Replace, Reply, Show
from bot.core.markup import blank, weight
from bot.core.pages import PAGE, paged, prose, said
from bot.core.ui import (
    MARK,
    ActionId,
    AnyOf,
    Button,
    Card,
    Choice,
    Facts,
    Field,
    Form,
    OneOf,
    Prose,
    Row,
    Said,
    Select,
    TextField,
    many,
    one,
)

DO = ActionId("plan.today")


def choices(count: int) -> tuple[Choice, ...]:
    return tuple(Choice(f"Choice {number}", f"{number}") for number in range(count))


def buttons(count: int, start: int = 0) -> tuple[Button, ...]:
    return tuple(Button("Press", ActionId("plan.day", f"{start + number}")) for number in range(count))


def selects(count: int) -> tuple[Select, ...]:
    return tuple(Select("Select", ActionId("plan.guide", f"{number}"), choices(1)) for number in range(count))


def fields(count: int) -> tuple[Field, ...]:
    return tuple(TextField(f"f{number}", "Label") for number in range(count))


# What is built -> the most that it takes, in characters or pieces. Slack's and Discord's references, 2026.
LIMITS: dict[str, tuple[Callable[[int], object], int]] = {
    "an action id": (lambda size: ActionId("a.b", "x" * (size - 4)), 100),
    "a button's label": (lambda size: Button("x" * size, DO), 75),
    "a choice's label": (lambda size: Choice("x" * size, "v"), 75),
    "a choice's value": (lambda size: Choice("x", "v" * size), 100),
    "a select's label": (lambda size: Select("x" * size, DO, choices(1)), 75),
    "a select's choices": (lambda size: Select("Select", DO, choices(size)), 25),
    "a field's one choice": (lambda size: OneOf("f", "Label", choices(size)), 25),
    "a field's several choices": (lambda size: AnyOf("f", "Label", choices(size)), 25),
    "buttons in a row": (lambda size: Card("Title", rows=(buttons(size),)), 5),
    "a card's title": (lambda size: Card("x" * size), 150),
    "a card's footer": (lambda size: Card("Title", footer="x" * size), 500),
    "a block of prose": (lambda size: Prose("x" * size), 3_000),
    "a person's words": (lambda size: Said("x" * size), 3_000),
    "a person's words by their weight": (lambda size: Said("&" * (size // 5) + "x" * (size % 5)), 3_000),
    "facts": (lambda size: Facts((("Label", "value"),) * size), 10),
    "a fact's label": (lambda size: Facts((("x" * size, "value"),)), 45),
    "a fact's value": (lambda size: Facts((("Label", "x" * size),)), 1_000),
    "all text of a card": (
        lambda size: Card("x" * 100, (Prose("x" * 3_000), Prose("x" * (size - 3_150 - 2 * MARK))), (), "x" * 50), 4_000),
    "all text of a card with people's words": (
        lambda size: Card("x" * 100, (Said("<" * 750), Said("x" * (size - 3_100 - 4 * MARK)))), 4_000),
    "all text of a card with facts": (
        lambda size: Card("x" * 100, (Facts((("x" * 44, "x" * 950),) * 3), Prose("x" * (size - 3_100 - 2 * MARK)))), 4_000),
    "parts of a card": (lambda size: Card("Title", (Prose("x"),) * (size - 3)), 40),
    "parts of a card with rows": (
        lambda size: Card("Title", rows=(*(buttons(5, start) for start in range(0, 30, 5)), *selects(size - 39))), 40),
    "a form's title": (lambda size: Form("x" * size, DO, fields(1)), 24),
    "a form's button": (lambda size: Form("Title", DO, fields(1), submit="x" * size), 24),
    "a form's introduction": (lambda size: Form("Title", DO, fields(1), intro="x" * size), 3_000),
    "a form's fields": (lambda size: Form("Title", DO, fields(size)), 5),
    "a form's fields below an introduction": (lambda size: Form("Title", DO, fields(size), intro="Read this"), 4),
    "a field's label": (lambda size: TextField("f", "x" * size), 45),
    "a field's hint": (lambda size: OneOf("f", "Label", choices(1), hint="x" * size), 100),
    "a field's id": (lambda size: AnyOf("f" * size, "Label", choices(1)), 40),
    "a field's length": (lambda size: TextField("f", "Label", most=size), 3_000),
    "a field's first text": (lambda size: TextField("f", "Label", value="x" * size, most=20), 20),
}  # fmt: skip


@pytest.mark.parametrize("what", LIMITS)
def test_what_fits_every_platform_is_built_and_one_more_is_not(what: str) -> None:
    build, most = LIMITS[what]
    build(most)
    with pytest.raises(ValueError):  # noqa: PT011  each limit words its own
        build(most + 1)


EMPTY: dict[str, Callable[[], object]] = {
    "a button without a label": lambda: Button("", DO),
    "a card without a title": lambda: Card(""),
    "empty prose": lambda: Prose(""),
    "nothing said": lambda: Said(""),
    "no facts": lambda: Facts(()),
    "an empty row": lambda: Card("Title", rows=((),)),
    "a select without choices": lambda: Select("Label", DO, ()),
    "a choice without a value": lambda: Choice("Label", ""),
    "a form without fields": lambda: Form("Title", DO, ()),
    "a form of an introduction alone": lambda: Form("Title", DO, (), intro="Read this"),
    "a field without a label": lambda: TextField("f", ""),
    "a field that takes nothing": lambda: TextField("f", "Label", most=0),
    "the same action twice on a card": lambda: Card("Title", rows=(buttons(1), buttons(1))),
    "a button and a select of one action": lambda: Card(
        "Title", rows=((Button("Press", DO),), Select("S", DO, choices(1)))
    ),
    "the same value twice in a select": lambda: Select("Label", DO, (Choice("One", "v"), Choice("Two", "v"))),
    "the same field twice in a form": lambda: Form("Title", DO, (*fields(1), *fields(1))),
    "a field whose value is none of its choices": lambda: OneOf("f", "Label", choices(2), value="9"),
    "a field whose values are not all among its choices": lambda: AnyOf("f", "Label", choices(2), values=("0", "9")),
    "a field id with a capital": lambda: TextField("Text", "Label"),
    "a field id with a dash": lambda: OneOf("system-design", "Label", choices(1)),
    "a verb without a noun": lambda: ActionId("today"),
    "a verb with a colon": lambda: ActionId("plan.to:day"),
    "an action with capitals": lambda: ActionId("Plan.today"),
    "nothing to parse": lambda: ActionId.parse(""),
    "words to parse": lambda: ActionId.parse("no action at all"),
}


@pytest.mark.parametrize("what", EMPTY)
def test_what_no_platform_could_draw_or_tell_apart_is_not_built(what: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  each fault words its own
        EMPTY[what]()


@given(st.text(max_size=80))
def test_an_action_reads_back_as_it_was_written_whatever_its_argument(arg: str) -> None:
    action = ActionId("plan.day", arg)
    assert ActionId.parse(str(action)) == action


@given(st.lists(st.integers(0, 10**18 - 1), min_size=1, max_size=4))
def test_numbers_of_an_action_read_back(numbers: list[int]) -> None:
    assert ActionId("a.b", "/".join(map(str, numbers))).numbers(len(numbers)) == tuple(numbers)


@pytest.mark.parametrize("arg", ["", "x", "-1", "1/", "1/2", "٣", "1.5", " 1", "9" * 19])
def test_an_argument_that_is_no_number_is_refused_in_words(arg: str) -> None:
    with pytest.raises(Refused, match="leads nowhere"):
        _ = ActionId("a.b", arg).number


FORM = Form(
    "Title",
    DO,
    (
        TextField("text", "Text", most=10),
        TextField("note", "Note", required=False),
        OneOf("one", "One", choices(2)),
        OneOf("maybe", "Maybe", choices(2), required=False),
        AnyOf("any", "Any", choices(2), required=True),
    ),
)
RIGHT: dict[str, str | tuple[str, ...]] = {"text": "words", "one": "1", "any": ("0", "1")}


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("text", "", "needed"),
        ("text", " \n\u200b", "needed"),
        ("text", "x" * 11, "Shorten it by 1."),
        ("text", "x" * 1_210, "1,210 characters; 10 fit"),
        ("text", ("a", "b"), "as text"),
        ("one", "", "Choose one."),
        ("one", "9", "those in the list"),
        ("one", ("0",), "those in the list"),
        ("maybe", "9", "those in the list"),
        ("any", (), "at least one"),
        ("any", ("0", "9"), "among those"),
        ("any", "9", "among those"),
    ],
)
def test_a_value_that_does_not_fit_its_field_is_named_with_what_to_do(
    field: str, value: str | tuple[str, ...], fault: str
) -> None:
    faults = FORM.faults(RIGHT | {field: value})
    assert faults.keys() == {field}
    assert fault in faults[field]


def test_right_values_have_no_fault_and_what_is_optional_may_be_missing() -> None:
    assert FORM.faults(RIGHT) == {}
    assert FORM.faults({}).keys() == {"text", "one", "any"}


VALUES = st.dictionaries(
    st.sampled_from(["text", "note", "one", "maybe", "any", "other"]),
    st.text(max_size=15)
    | st.sampled_from(["0", "1"])
    | st.lists(st.sampled_from(["0", "1", "9"]), max_size=3).map(tuple),
)


@given(VALUES)
def test_a_form_keeps_what_was_typed_as_far_as_it_fits(values: dict[str, str | tuple[str, ...]]) -> None:
    text, note, chosen, _, several = FORM.filled(values).fields
    assert isinstance(text, TextField)
    assert isinstance(note, TextField)
    assert isinstance(chosen, OneOf)
    assert isinstance(several, AnyOf)
    assert text.value == one(values.get("text"))[:10]
    assert note.value == one(values.get("note"))
    assert chosen.value == (values.get("one") if values.get("one") in ("0", "1") else "")
    assert several.values == tuple(value for value in many(values.get("any")) if value in ("0", "1"))


@given(st.text(min_size=1, max_size=9_000).filter(lambda text: not blank(text)), st.integers(-3, 12))
def test_long_words_are_parted_in_pages_that_all_fit_and_lose_nothing(text: str, page: int) -> None:
    body = said(text)
    turn: Callable[[int], ActionId] = lambda number: ActionId("plan.turn", str(number))  # noqa: E731
    cards = [paged("x" * 150, body, number, turn, (buttons(5),), "x" * 500) for number in range(1, len(body) + 1)]
    shown = dict.fromkeys(part for card in cards for part in card.body)
    assert "".join("".join(part.text for part in shown if isinstance(part, Said)).split()) == "".join(text.split())
    assert paged("x" * 150, body, page, turn, (buttons(5),), "x" * 500) in cards
    assert [card.rows[-1] == buttons(5) for card in cards] == [
        number >= len(cards) for number in range(1, len(cards) + 1)
    ]


def test_a_card_of_many_pages_turns_forth_and_back_and_acts_on_the_last() -> None:
    body = prose("\n\n".join("x" * (PAGE - 10) for _ in range(3)))
    first, second, third = (
        paged("Title", body, number, lambda number: ActionId("plan.turn", str(number)), (buttons(1),))
        for number in (1, 2, 3)
    )
    labels = [
        [part.label for row in card.rows if isinstance(row, tuple) for part in row] for card in (first, second, third)
    ]
    assert labels == [["Next page (2 of 3)"], ["Previous page", "Next page (3 of 3)"], ["Previous page", "Press"]]


# Any reply that can be built, for the way to the store and back.
words = st.text(min_size=1, max_size=20)
acts = st.builds(ActionId, st.sampled_from(["plan.today", "mock.level"]), st.text(max_size=20))
options = st.lists(st.builds(Choice, words, words), min_size=1, max_size=4, unique_by=lambda choice: choice.value).map(
    tuple
)
bodies = (
    st.builds(Prose, words) | st.builds(Said, words) | st.builds(Facts, st.lists(st.tuples(words, words), min_size=1,
                                                                                 max_size=3).map(tuple))
)  # fmt: skip
parts = st.builds(Button, words, acts, st.sampled_from(["plain", "primary", "danger"])) | st.builds(
    Select, words, acts, options
)


@st.composite
def built_cards(draw: st.DrawFn) -> Card:
    """A card; each button in a row of its own."""
    drawn = draw(st.lists(parts, max_size=4, unique_by=lambda part: str(part.action)))
    rows: list[Row] = [part if isinstance(part, Select) else (part,) for part in drawn]
    return Card(draw(words), tuple(draw(st.lists(bodies, max_size=3))), tuple(rows), draw(st.text(max_size=20)))


ids = st.sampled_from("abcd")
form_fields = (
    st.builds(TextField, ids, words, st.text(max_size=9), st.text(max_size=9), st.booleans(), st.booleans())
    | st.builds(OneOf, ids, words, options, st.text(max_size=9), required=st.booleans())
    | st.builds(AnyOf, ids, words, options, st.text(max_size=9), required=st.booleans())
)
forms = st.builds(
    Form, words, acts, st.lists(form_fields, min_size=1, max_size=4, unique_by=lambda field: field.id).map(tuple), words,
    st.text(max_size=20),
)  # fmt: skip
replies: st.SearchStrategy[Reply] = (
    st.builds(Show, built_cards(), st.lists(built_cards(), max_size=2).map(tuple))
    | st.builds(Replace, built_cards())
    | st.builds(Ask, forms)
    | st.builds(Fix, forms, st.dictionaries(ids, words), st.dictionaries(ids, words | st.lists(words).map(tuple)))
    | st.builds(Quiet)
)


@given(replies)
def test_a_reply_comes_back_from_the_store_as_it_went_in(reply: Reply) -> None:
    back = codec.loads(codec.dumps(reply))
    assert back == reply
    assert type(back) is type(reply)


def test_what_is_no_part_of_a_card_is_neither_written_nor_read() -> None:
    with pytest.raises(TypeError, match="set"):
        codec.dumps({1, 2})
    with pytest.raises(ValueError, match="'Person' is no part"):
        codec.loads('{"_":"Person","id":"ana"}')


def test_a_cards_weight_is_what_its_dearest_platform_needs() -> None:
    card = Card("Title", (Prose("**b**"), Said("a&b"), Facts((("L", "v"),))), footer="end")
    texts = len("Title") + len("**b**") + weight("a&b") + len("L") + len("v") + 6 + len("end")
    assert card.weight == texts + 3 * MARK  # the title's, the last line's, and that of people's words
