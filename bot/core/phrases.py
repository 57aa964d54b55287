"""Words to look for in a text: the small pattern language of the content's rules.

A phrase is lower-case words. ``improv*`` is any word that begins so, ``#`` is a number with its sign and unit (``12``,
``$1.2M``, ``40 ms``, ``3x``) but for a bare year, ``#%`` is a percentage, ``$#`` an amount of money. Between two words there
may be spaces or a hyphen, and upper and lower case are alike.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

_PHRASE = re.compile(r"(?:[a-z0-9&'/+.-]+\*?|[$]?#|#%)(?: (?:[a-z0-9&'/+.-]+\*?|[$]?#|#%))*")
_FIGURE = r"[$€£~<>]?(?!(?:19|20)\d\d(?!\d|\s?(?:%|percent|ms|k|m|bn|x)))\d[\d,.]*"
_UNIT = r"(?:\s?(?:%|percent|pp|bps|ms|seconds?|secs?|s|minutes?|min|hours?|h|days?|weeks?|x|k|m|mn|bn|gb|tb))?"
_PERCENT = r"\s?(?:%|percent\b|pp\b|percentage)"


def fault(phrase: str) -> str:
    """What is wrong with a phrase; empty where nothing is."""
    if not _PHRASE.fullmatch(phrase):
        return f"{phrase!r} is lower-case words, a word's beginning with * after it, #, #% or $#"
    short = [word for word in phrase.split() if word.endswith("*") and len(word) < 4]
    return f"{short[0]!r} fits too much: give three letters before the *" if short else ""


def found(phrases: Sequence[str], text: str) -> str:
    """The words of the text that the first phrase to be met fits, as they stand there; empty where none fits."""
    match = _compiled(tuple(phrases)).search(text) if phrases else None
    return " ".join(match[0].split()) if match else ""


@lru_cache(maxsize=1_024)
def _compiled(phrases: tuple[str, ...]) -> re.Pattern[str]:
    # The longer of two phrases that begin alike is the one that is meant.
    longest = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(_pattern(phrase) for phrase in longest)})(?!\w)", re.IGNORECASE)


def _pattern(phrase: str) -> str:
    return r"[\s-]+".join(_word(word) for word in phrase.split(" "))


def _word(word: str) -> str:
    if word == "#":
        return _FIGURE + _UNIT
    if word == "$#":
        return r"[$€£]\s?\d[\d,.]*" + _UNIT
    if word == "#%":
        return _FIGURE + _PERCENT
    # A word that goes on does so with letters: "improve's" and "model-based" end where their first word does.
    return re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "")
