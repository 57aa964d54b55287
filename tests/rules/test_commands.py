"""Commands as people type them: any order, half words, mistyped ones, and a sentence for each that is none."""

from collections.abc import Mapping
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.book import book
from bot.catalog import KINDS, LEVELS, TOPICS, Catalog
from bot.core.commands import OPTION_TEXT, Choice, Command, Option, Verb, nearest, resolve, suggest
from bot.core.errors import Refused
from bot.core.markup import clean


def read(catalog: Catalog, typed: str, options: Mapping[str, str] | None = None) -> tuple[str, dict[str, str]]:
    """The action that a typed command leads to, and its options."""
    name, _, text = typed.partition(" ")
    verb, found = resolve(book(catalog), name, text, options or {})
    return verb.action, found


@given(st.data())
def test_words_go_in_any_order_by_name_or_bare(catalog: Catalog, data: st.DataObject) -> None:
    wish = data.draw(st.fixed_dictionaries({}, optional={
        "topic": st.sampled_from(list(TOPICS)), "level": st.sampled_from(LEVELS), "kind": st.sampled_from(KINDS),
        "stage": st.sampled_from(list(catalog.stages)), "where": st.sampled_from(["private", "thread"]),
    }))  # fmt: skip
    words = [data.draw(st.sampled_from([f"{name}:{value}", f"{name}={value}", f"{name.upper()}:{value.upper()}"]))
             for name, value in wish.items()]  # fmt: skip
    typed = " ".join(data.draw(st.permutations(words)))
    assert read(catalog, f"/mock {typed}") == ("mock.ask", wish)
    assert read(catalog, "/mock", wish) == ("mock.ask", wish)


def test_bare_words_go_in_any_order_too(catalog: Catalog) -> None:
    wish = {"level": "hard", "topic": "llms", "kind": "concept", "stage": "phone-screen", "where": "thread"}
    for words in permutations(wish.values()):
        assert read(catalog, f"mock {' '.join(words)}") == ("mock.ask", wish)


@pytest.mark.parametrize(
    ("typed", "wish"),
    [
        ("/mock HARD", {"level": "hard"}),
        ("/mock system", {"topic": "ml-system-design"}),  # a part that one choice alone has
        ("/mock deep", {"topic": "deep-learning"}),
        ("/mock recruiter", {"stage": "recruiter"}),
        ("/mock design", {"kind": "design"}),  # the whole word of a kind, a part of a topic
        ("/mock coding", {"topic": "coding"}),
        ("/mock coding coding", {"topic": "coding", "kind": "coding"}),
        ("/mock kind:coding coding", {"topic": "coding", "kind": "coding"}),
        ("  /mock   hard\u00a0coding ".strip(), {"level": "hard", "topic": "coding"}),
        ("/MOCK", {}),
    ],
)
def test_a_word_is_read_as_the_choice_that_it_names_beyond_doubt(
    catalog: Catalog, typed: str, wish: dict[str, str]
) -> None:
    assert read(catalog, typed) == ("mock.ask", wish)


@pytest.mark.parametrize(
    ("typed", "action", "options"),
    [
        ("/plan", "plan.today", {}),
        ("/plan TODAY", "plan.today", {}),
        ("/plan day 3", "plan.day", {"number": "3"}),
        ("/plan day number:3", "plan.day", {"number": "3"}),
        ("/group leave 2026-09-01 2026-09-03", "group.leave", {"from": "2026-09-01", "to": "2026-09-03"}),
        ("/group leave to:Tomorrow Today", "group.leave", {"to": "tomorrow", "from": "today"}),
        ("/group join New York", "group.join", {"zone": "New York"}),
        ("/group join zone:New York", "group.join", {"zone": "New York"}),
        ("/group join Europe/Berlin", "group.join", {"zone": "Europe/Berlin"}),
        ("/star new trade", "star.new", {"theme": "trade-off"}),
        ("/review", "review.mine", {}),
        ("/help", "help.commands", {}),
    ],
)
def test_verbs_numbers_dates_and_words_are_read(
    catalog: Catalog, typed: str, action: str, options: dict[str, str]
) -> None:
    assert read(catalog, typed) == (action, options)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("/mok", r"There is no command /mok\. Did you mean \*\*/mock\*\*\?"),
        ("/zzzzzz", r"There is no command /zzzzzz\. Try one of: /plan, /mock, /review"),
        ("/mock desgin", r"knows no “desgin”\. Did you mean \*\*design\*\*\?"),
        ("/mock codnig", r"Did you mean \*\*coding\*\*\?"),
        ("/mock hrad", r"Did you mean \*\*hard\*\*\?"),
        ("/mock zzzzzz", r"Try one of: fundamentals, statistics"),
        ("/mock topic:hrad", r"topic cannot be “hrad”\. (Did you mean|Try one of)"),
        ("/mock level:", r"level cannot be “”\. Try one of: easy, medium, hard\."),
        ("/mock easy hard", r"two values for level: choose one"),
        ("/mock colour:red", r"knows no “colour\\:red”"),
        ("/plan tody", r"/plan knows no “tody”\. Did you mean \*\*today\*\*\?"),
        ("/plan 3", r"/plan knows no “3”\. Try one of: today, day, all, done, calendar\."),
        ("/plan day three", r"`number` takes a whole number, such as /plan day 3\."),
        ("/plan day -1", r"`number` takes a whole number"),
        ("/plan day ٣", r"`number` takes a whole number"),
        ("/plan day 1234567890", r"`number` takes a whole number"),
        ("/plan day 3 4", r"knows no “4”\. Leave it out\."),
        ("/group leave tomorow", r"`from` takes a date such as 2026-09-01, or today, or tomorrow\."),
        ("/group leave from:soon", r"`from` takes a date such as"),
        ("/group leave today today today", r"Leave it out"),
        ("/help me", r"/help knows no “me”\. Leave it out\."),
        (f"/group join {'x' * 301}", r"zone takes at most 300 characters; you wrote 301\."),
        ("/group jion", r"Did you mean \*\*join\*\*\?"),
    ],
)
def test_every_faulty_word_has_a_sentence_that_says_what_to_do(catalog: Catalog, typed: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        read(catalog, typed)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"colour": "red"}, r"has no option “colour”"),
        ({"levle": "hard"}, r"Did you mean \*\*level\*\*\?"),
        ({"level": "hrad"}, r"level cannot be “hrad”\. Did you mean \*\*hard\*\*\?"),
        ({"topic": "x" * (OPTION_TEXT + 1)}, r"at most 300 characters"),
    ],
)
def test_options_that_a_platform_sends_by_name_are_checked_alike(
    catalog: Catalog, options: dict[str, str], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        read(catalog, "/mock", options)


WORDS = st.text(max_size=40) | st.text(st.sampled_from(list("`*{}@<&:=/ \0\ud800\u202ehard3-")), max_size=40)


@given(st.sampled_from(["plan", "mock", "review", "star", "progress", "group", "help"]) | WORDS, WORDS)
def test_whatever_is_typed_is_read_or_refused_in_words_that_can_be_shown(
    catalog: Catalog, name: str, text: str
) -> None:
    try:
        verb, options = resolve(book(catalog), name, text, {})
    except Refused as refusal:
        sentence = str(refusal)
    else:
        sentence = "Read."
        for option in verb.options:
            if option.choices and option.name in options:
                assert options[option.name] in {choice.value for choice in option.choices}
    assert sentence == clean(sentence)
    assert len(sentence) < 600
    assert sentence[-1] in ".?"


@given(st.sampled_from([*TOPICS, *LEVELS, *KINDS]).filter(lambda word: len(word) > 3), st.data())
def test_two_letters_that_changed_places_are_understood(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    typed = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    assert nearest(typed, [*TOPICS, *LEVELS, *KINDS]) == word


def _option(catalog: Catalog, name: str) -> Option:
    """An option of this name that completes itself."""
    options = [one for command in book(catalog) for verb in command.verbs for one in verb.options]
    return next(one for one in options if one.name == name and one.kind == "pick")


def test_what_is_typed_completes_itself_with_the_likeliest_first(catalog: Catalog) -> None:
    topic = _option(catalog, "topic")
    assert suggest(topic, "") == topic.choices
    assert [one.value for one in suggest(topic, "sys")] == ["ml-system-design"]
    assert [one.value for one in suggest(topic, "LLM")] == ["llms"]
    assert suggest(topic, "co")[0].value == "coding"
    assert suggest(topic, "codng")[0].value == "coding"
    assert suggest(topic, "zzzz") == ()


def test_a_long_list_offers_25_at_a_time_and_every_question_is_found_by_its_title(catalog: Catalog) -> None:
    question = _option(catalog, "question")
    assert len(suggest(question, "")) == 25
    for choice in question.choices:
        assert suggest(question, choice.label)[0] == choice
        assert choice in suggest(question, choice.label[:12])


@given(st.text(max_size=120))
def test_whatever_is_being_typed_offers_choices_that_exist(catalog: Catalog, typed: str) -> None:
    for name in ("topic", "question"):
        option = _option(catalog, name)
        found = suggest(option, typed)
        assert len(found) <= 25
        assert len(set(found)) == len(found)
        assert set(found) <= set(option.choices)


def test_titles_are_taken_by_name_alone(catalog: Catalog) -> None:
    [first, *_] = catalog.questions.values()
    assert read(catalog, f"/mock question:{first.id}") == ("mock.ask", {"question": first.id})
    with pytest.raises(Refused):
        read(catalog, f"/mock {first.id}x")


def test_of_alike_words_the_one_of_like_length_is_meant() -> None:
    assert nearest("desgin", ["ml-system-design", "design"]) == "design"
    assert nearest("zzz", ["easy", "hard"]) == ""


def test_every_command_fits_what_discord_takes_and_names_itself_once(catalog: Catalog) -> None:
    """Names, counts and lengths are checked by the parts themselves; here that ours are told apart."""
    commands = book(catalog)
    assert len({command.name for command in commands}) == len(commands)
    for command in commands:
        assert len({verb.name for verb in command.verbs}) == len(command.verbs)
        for verb in command.verbs:
            assert len({option.name for option in verb.options}) == len(verb.options)
            assert command.usage(verb).startswith(f"/{command.name}")


def test_what_discord_would_not_take_as_a_command_is_not_built() -> None:
    verb = Verb("go", "a.go", "Goes")
    for build in (
        lambda: Option("Topic", "A topic", "words"),
        lambda: Option("topic", "", "words"),
        lambda: Option("topic", "x" * 101, "words"),
        lambda: Option("topic", "A choice without choices"),
        lambda: Option("topic", "Words with choices", "words", (Choice("a", "A"),)),
        lambda: Option("topic", "Too many", choices=tuple(Choice(f"{n}", f"{n}") for n in range(26))),
        lambda: Option("topic", "A pick without choices", "pick"),
        lambda: Verb("two words", "a.go", "Goes"),
        lambda: Command("a", "No verbs", ()),
        lambda: Command("a", "Too many verbs", (verb,) * 26),
        lambda: Command("a" * 33, "Too long a name", (verb,)),
    ):
        with pytest.raises(ValueError, match=r"name|description|choices|verbs"):
            build()
