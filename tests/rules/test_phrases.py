"""The small pattern language of the content's rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.phrases import fault, found


@pytest.mark.parametrize(
    ("phrase", "text", "words"),
    [
        ("improv*", "We IMPROVED it", "IMPROVED"),
        ("improv*", "an unimproved one", ""),
        ("cut", "executed", ""),
        ("real time", "in real-time", "real-time"),
        ("a/b test*", "two A/B tests", "A/B tests"),
        ("#", "in 2023", ""),
        ("#", "12,000 users in 2023", "12,000"),
        ("#", "2000 ms", "2000 ms"),
        ("#", "20200 rows", "20200"),
        ("#", "a 3x gain", "3x"),
        ("#", "the F1 of GPT4", ""),
        ("#%", "by 12 % or so", "12 %"),
        ("#%", "by 12 or so", ""),
        ("$#", "saved $1.2M", "$1.2M"),
        ("$#", "saved 1.2M", ""),
        ("from # to #", "from 120 ms to 40 ms", "from 120 ms to 40 ms"),
        ("# hours", "saved 6 hours", "6 hours"),
        ("f1", "an F1 score", "F1"),
    ],
)
def test_a_phrase_fits_whole_words_and_figures(phrase: str, text: str, words: str) -> None:
    assert fault(phrase) == ""
    assert found([phrase], text) == words


def test_of_two_phrases_that_begin_alike_the_longer_one_is_meant() -> None:
    assert found(["f1", "f1 score"], "The F1 score rose") == "F1 score"
    assert found([], "anything") == ""


@pytest.mark.parametrize("phrase", ["", "Upper", "two  spaces", "*", "ab*", "a|b", "(x)", "p#", "x*y", "it's *"])
def test_what_is_no_phrase_is_named(phrase: str) -> None:
    assert fault(phrase)


@given(st.text(st.sampled_from("abz019 #*%$&'/+.-"), max_size=20), st.text(max_size=60))
def test_whatever_is_no_fault_can_be_looked_for_in_any_text(phrase: str, text: str) -> None:
    if not fault(phrase):
        assert found([phrase], text).lower() in " ".join(text.lower().split())
