"""The one definition from which every platform's commands are made, and the reading of a typed one.

A typed command has free word order: ``/mock hard system-design`` and ``/mock topic:ml-system-design hard`` are the same.
An unknown word is answered with the nearest choice.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from typing import Literal

from bot.core.errors import Refused
from bot.core.markup import clean, escape

_NAME = re.compile(r"[a-z][a-z-]{0,31}")
OPTION_TEXT = 300  # no option of ours needs more
LISTED = 25  # Discord: choices of an option, and completions offered at a time


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Option:
    """`kind`: one of the choices, one that is picked by typing a part of it (of any number), words (takes what no other
    option took), a whole number, or a date (2026-09-01)."""

    name: str
    description: str
    kind: Literal["choice", "pick", "words", "number", "date"] = "choice"
    choices: tuple[Choice, ...] = ()

    def __post_init__(self) -> None:
        _check(self.name, self.description)
        chosen = self.kind in ("choice", "pick")
        if chosen != bool(self.choices) or (self.kind == "choice" and len(self.choices) > LISTED):
            raise ValueError(f"option {self.name!r} has {len(self.choices)} choices for a {self.kind}")


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing a command does; `action` is the route it takes. A command of one verb has a verb without a name."""

    name: str
    action: str
    description: str
    options: tuple[Option, ...] = ()
    managers: bool = False

    def __post_init__(self) -> None:
        _check(self.name or "verb", self.description)


@dataclass(frozen=True, slots=True)
class Command:
    """``/group`` with its verbs. Without a verb the first one is meant, where a platform lets people type that."""

    name: str
    description: str
    verbs: tuple[Verb, ...]

    def __post_init__(self) -> None:
        _check(self.name, self.description)
        if not 1 <= len(self.verbs) <= 25:  # 25: Discord
            raise ValueError(f"/{self.name} has {len(self.verbs)} verbs")

    def typed(self, verb: Verb) -> str:
        """``/group skip``: the words that lead to a verb."""
        return f"/{self.name} {verb.name}".strip()

    def usage(self, verb: Verb) -> str:
        """``/mock [topic] [level]`` as people read it."""
        words = [f"/{self.name}", *([verb.name] if verb.name else []), *(f"[{option.name}]" for option in verb.options)]
        return " ".join(words)


def _check(name: str, description: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a command or option")
    if not 1 <= len(description) <= 100:  # Discord
        raise ValueError(f"{name!r}: a description has 1 to 100 characters, this one {len(description)}")


def resolve(book: tuple[Command, ...], name: str, text: str, options: Mapping[str, str]) -> tuple[Verb, dict[str, str]]:
    """The verb that was meant, and its options by name. Raises Refused with the nearest that exists."""
    name = name.lstrip("/")
    wanted = name.lower()
    command = next((one for one in book if one.name == wanted), None)
    if command is None:
        raise Refused(_unknown(f"There is no command /{name[:40]}", [one.name for one in book], name, mark="/"))
    if not text and not options:
        return command.verbs[0], {}
    words = clean(text).split()
    verb, words = _verb(command, words)
    found = dict(_options(command, verb, words))
    for option, value in options.items():
        found[option] = _value(command, verb, _named(command, verb, option), value)
    return verb, found


def _verb(command: Command, words: list[str]) -> tuple[Verb, list[str]]:
    if not words:
        return command.verbs[0], words
    names = {verb.name: verb for verb in command.verbs}
    if words and words[0].lower() in names:
        return names[words[0].lower()], words[1:]
    first = command.verbs[0]
    if words and len(names) > 1 and not first.options:
        raise Refused(_unknown(f"/{command.name} knows no “{words[0][:40]}”", list(names), words[0]))
    return first, words


def _options(command: Command, verb: Verb, words: list[str]) -> Iterator[tuple[str, str]]:
    taken: dict[str, str] = {}
    loose: list[str] = []
    for word in words:
        name, mark, value = word.partition(":") if ":" in word else word.partition("=")
        option = next((one for one in verb.options if one.name == name.lower()), None) if mark else None
        if option is None:
            option, value = _guess(verb, word, taken), word
        if option is None:
            loose.append(word)
        elif option.name in taken:
            raise Refused(f"You gave two values for {option.name}: choose one of them.")
        elif option.kind == "words":
            loose.append(value)
        else:
            taken[option.name] = _value(command, verb, option, value)
    yield from taken.items()
    if loose:
        yield _rest(command, verb, loose)


def _rest(command: Command, verb: Verb, loose: list[str]) -> tuple[str, str]:
    option = next((one for one in verb.options if one.kind == "words"), None)
    if option is None:
        for typed in verb.options:
            if not typed.choices:
                _value(command, verb, typed, loose[0])  # says how a date or number is written, if that is the fault
        known = [choice.value for one in verb.options if len(one.choices) <= LISTED for choice in one.choices]
        raise Refused(_unknown(f"{command.typed(verb)} knows no “{loose[0][:40]}”", known, loose[0]))
    return option.name, _value(command, verb, option, " ".join(loose))


def _guess(verb: Verb, word: str, taken: Mapping[str, str]) -> Option | None:
    """The option that a bare word belongs to: a number, a date, or a choice that it names beyond doubt."""
    free = [option for option in verb.options if option.name not in taken]
    for option in free:
        if option.kind == "number" and word.isdecimal():
            return option
        if option.kind == "date" and re.fullmatch(r"\d{4}-\d\d-\d\d|today|tomorrow", word.lower()):
            return option
    # Among many titles any word would be found: those are taken by the option's name alone.
    fitting = [option for option in verb.options if 0 < len(option.choices) <= LISTED and _chosen(option, word)]
    exact = [option for option in fitting if word.lower() in {choice.value for choice in option.choices}]
    fitting = exact or fitting
    return fitting[0] if len(fitting) == 1 else next((one for one in fitting if one in free), None)


def _chosen(option: Option, word: str) -> str:
    """The value of the choice that a word names: the value itself, or a part that only one choice has."""
    wanted = word.lower()
    for choice in option.choices:
        if wanted in (choice.value, choice.label.lower()):
            return choice.value
    if len(wanted) < 3:
        return ""
    fitting = [choice.value for choice in option.choices if wanted in choice.value or wanted in choice.label.lower()]
    return fitting[0] if len(fitting) == 1 else ""


def suggest(option: Option, typed: str) -> tuple[Choice, ...]:
    """The choices that what was typed so far may mean, the likeliest first; at most 25."""
    wanted = clean(typed).lower().split()
    ranked = sorted(
        (rank, number)
        for number, choice in enumerate(option.choices)
        if (rank := _rank(wanted, f"{choice.label} {choice.value}".lower())) < len(_RANKS)
    )
    if not ranked:
        labels = {choice.label.lower(): number for number, choice in enumerate(option.choices)}
        ranked = [(0, labels[near]) for near in get_close_matches(" ".join(wanted), labels, n=LISTED, cutoff=0.4)]
    return tuple(option.choices[number] for _, number in ranked[:LISTED])


_RANKS: tuple[Callable[[list[str], str], bool], ...] = (
    lambda wanted, text: text.startswith(" ".join(wanted)),
    lambda wanted, text: all(any(word.startswith(part) for word in text.split()) for part in wanted),
    lambda wanted, text: all(part in text for part in wanted),
)


def _rank(wanted: list[str], text: str) -> int:
    """How well a text fits, 0 best; the number of ranks where it does not."""
    return next((rank for rank, fits in enumerate(_RANKS) if fits(wanted, text)), len(_RANKS))


def _named(command: Command, verb: Verb, name: str) -> Option:
    option = next((one for one in verb.options if one.name == name), None)
    if option is None:
        known = [one.name for one in verb.options]
        raise Refused(_unknown(f"{command.typed(verb)} has no option “{name[:40]}”", known, name))
    return option


def _value(command: Command, verb: Verb, option: Option, value: str) -> str:
    if len(value) > OPTION_TEXT:
        raise Refused(f"{option.name} takes at most {OPTION_TEXT} characters; you wrote {len(value):,}.")
    if option.choices:
        chosen = _chosen(option, value)
        if not chosen:
            known = [choice.value for choice in option.choices]
            raise Refused(_unknown(f"{option.name} cannot be “{value[:40]}”", known, value))
        return chosen
    if option.kind == "number" and not (value.isdecimal() and value.isascii() and len(value) <= 9):
        raise Refused(f"`{option.name}` takes a whole number, such as {command.usage(verb).split(' [')[0]} 3.")
    if option.kind == "date" and not re.fullmatch(r"\d{4}-\d\d-\d\d|today|tomorrow", value.lower()):
        raise Refused(f"`{option.name}` takes a date such as 2026-09-01, or today, or tomorrow.")
    return value.lower() if option.kind == "date" else value


def _unknown(problem: str, known: list[str], word: str, mark: str = "") -> str:
    named = [name for name in known if name]
    near = nearest(word.lower(), named)
    if near:
        return f"{escape(problem)}. Did you mean **{escape(mark + near)}**?"
    shown = ", ".join(mark + name for name in named[:12])
    return f"{escape(problem)}. Try one of: {escape(shown)}." if shown else f"{escape(problem)}. Leave it out."


def nearest(word: str, known: list[str]) -> str:
    """The known word that a mistyped one most likely means; empty where none is near."""
    near = get_close_matches(word, known, n=3, cutoff=0.5)
    # Letters change places more often than they come or go: of alike words, the one of like length is meant.
    return max(
        near, key=lambda one: SequenceMatcher(None, word, one).ratio() - 0.1 * abs(len(word) - len(one)), default=""
    )
