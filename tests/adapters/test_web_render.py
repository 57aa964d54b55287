"""What people and cards say reaches the page as text: no character of it becomes a tag, an attribute or a mention."""

from datetime import UTC, datetime
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from adapters.web import chrome, form, render, stream
from adapters.web.history import Message
from adapters.web.render import Reader
from adapters.web.workspace import NAMES, channel
from bot.core.commands import Choice, Command, Option, Verb
from bot.core.markup import clean, escape, visible, weight
from bot.core.ui import ActionId, AnyOf, Button, Card, Facts, Form, OneOf, Prose, Said, Select, TextField
from bot.core.ui import Choice as Pick

BERLIN = Reader("Europe/Berlin", NAMES)
NOW = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
HOSTILE = st.text(alphabet=st.sampled_from(list("<>&\"'`*_{}@t:17-\\/= \n\u200b\u202ea")), min_size=1, max_size=80)
ANY = st.one_of(HOSTILE, st.text(min_size=1, max_size=80))
OURS = {
    "h3",
    "div",
    "p",
    "span",
    "strong",
    "em",
    "code",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "time",
    "dl",
    "dt",
    "dd",
}


class Page(HTMLParser):
    """The tags, attribute names and words of some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words += data

    @property
    def calls(self) -> list[str]:
        return [name for name, _ in self.attributes if name.startswith("on") or name in ("style", "src", "href")]


VIEW = stream.View("ana", BERLIN, NOW, threads={}, read={})


def said(text: str) -> Message:
    return Message("1", channel("mle-prep"), "ben", NOW, text=text)


@given(ANY)
def test_a_persons_words_are_drawn_to_the_letter(text: str) -> None:
    page = Page(render.words(text))
    assert page.tags == set()
    assert page.words == visible(clean(text))


@given(HOSTILE)
def test_a_message_shows_what_was_written_and_nothing_more(text: str) -> None:
    html = next(html for key, html in stream.items([said(text)], VIEW) if key.startswith("message"))
    page = Page(html)
    assert visible(clean(text)) in page.words
    assert not page.calls
    assert not page.tags & {"strong", "em", "code", "a", "script", "img"}


@given(ANY)
def test_the_markup_of_a_card_makes_no_tags_but_ours(text: str) -> None:
    card = Card("A title", (Prose(text), Facts((("Label", text),))), footer=text)
    page = Page(render.card(card, BERLIN))
    assert page.tags <= OURS
    assert not page.calls


@given(ANY.filter(lambda text: 1 <= weight(text) <= 3000))
def test_a_persons_words_in_a_card_are_never_parsed(text: str) -> None:
    page = Page(render.card(Card("T", (Said(text),)), BERLIN))
    assert page.tags == {"div", "h3"}
    assert page.words == "T" + visible(clean(text))


@given(ANY)
def test_escaped_words_in_markup_read_as_they_were_written(text: str) -> None:
    shown = visible(clean(text)).replace("\n", " ")
    assert Page(render.line(escape(text), BERLIN)).words == shown


@given(HOSTILE)
def test_titles_labels_and_values_cannot_leave_their_attributes(text: str) -> None:
    label = text[:45]
    card = Card(
        text,
        rows=((Button(label, ActionId("a.b", label)),), Select(label, ActionId("a.c", label), (Pick(label, label),))),
    )
    page = Page(render.card(card, BERLIN))
    assert not page.calls
    assert ("data-press", f"a.b:{label}") in page.attributes
    assert ("value", label) in page.attributes


def test_a_mention_is_a_name_and_a_moment_is_on_the_readers_clock() -> None:
    html = render.prose("{@ben} until {t:1788242400}", BERLIN)
    assert "@Ben" in Page(html).words
    assert "in #prep" in Page(render.prose("in {#prep}", BERLIN)).words
    assert "Tue 1 Sep, 08:00" in Page(html).words
    assert "Tue 1 Sep, 15:00" in Page(render.prose("{t:1788242400}", Reader("Asia/Tokyo", NAMES))).words


def test_blocks_become_lists_quotes_and_code() -> None:
    html = render.prose("- one\n- **two**\n\n3. three\n\n> said\n\n```python\n<b>\n```", BERLIN)
    assert "<ul><li>one</li><li><strong>two</strong></li></ul>" in html
    assert '<ol start="3"><li>three</li></ol>' in html
    assert "<blockquote>said</blockquote>" in html
    assert "<code>&lt;b&gt;</code>" in html


FORM = Form(
    "Your answer",
    ActionId("round.submit", "1"),
    (
        TextField("text", "Answer", hint="As in the interview", multiline=True, most=10),
        TextField("line", "One line", required=False),
        OneOf("few", "Few", (Pick("A", "a"), Pick("B", "b")), value="b"),
        AnyOf("some", "Some", (Pick("A", "a"), Pick("B", "b")), values=("a",)),
        OneOf("many", "Many", tuple(Pick(str(n), str(n)) for n in range(6)), value="4"),
    ),
)


def test_a_form_has_a_label_for_each_field_and_its_values_chosen() -> None:
    html = form.form(FORM, BERLIN)
    for id in ("text", "line", "many"):
        assert f'<label for="f-{id}">' in html
    assert html.count("<legend>") == 2
    assert 'type="radio" name="few" value="b" checked' in html
    assert 'type="checkbox" name="some" value="a" checked' in html
    assert '<option value="4" selected>' in html
    assert 'aria-describedby="h-text"' in html


def test_a_fix_keeps_what_was_typed_whole_and_says_what_is_wrong_under_the_field() -> None:
    typed = "\n</textarea><script>" * 20
    html = form.form(FORM, BERLIN, {"text": "Too <long>."}, {"text": typed, "few": "a", "some": ("b",)})
    assert "script" not in Page(html).tags
    assert render.exact(typed) in html
    assert 'id="x-text">Too &lt;long&gt;.' in html
    assert 'aria-describedby="h-text x-text" aria-invalid="true"' in html
    assert 'type="radio" name="few" value="a" checked' in html


def test_messages_of_one_person_stand_together_and_a_new_day_parts_them() -> None:
    late = datetime(2026, 9, 1, 21, 58, tzinfo=UTC)
    after = datetime(2026, 9, 1, 22, 1, tzinfo=UTC)
    place = channel("mle-prep")
    messages = [Message(str(n), place, "ben", at, text="x") for n, at in enumerate((late, late, after))]
    keys = [key for key, _ in stream.items(messages, VIEW)]
    assert keys == ["day-2026-09-01", "message-0", "message-1", "day-2026-09-02", "message-2"]
    html = dict(stream.items(messages, VIEW))
    assert "compact" not in html["message-0"]
    assert "compact" in html["message-1"]
    assert "compact" not in html["message-2"]


def test_only_ones_own_messages_can_be_edited() -> None:
    mine = Message("2", channel("mle-prep"), "ana", NOW, text="mine")
    html = dict(stream.items([said("theirs"), mine], VIEW))
    assert 'data-do="edit"' not in html["message-1"]
    assert 'data-do="edit"' in html["message-2"]


def test_the_book_cannot_end_its_script() -> None:
    option = Option("topic", "</script>", choices=(Choice("a", "<b>"),))
    text = chrome.book((Command("mock", "x", (Verb("", "mock.ask", "</script>", (option,)),)),))
    assert "<" not in text
