"""Reads YAML (alone, or as a Markdown file's front matter) and remembers the line of everything, for its faults."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

# Every value is read as text, so nothing is resolved; libyaml's loader is ten times faster, where it was built.
_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
FILE_SIZE = 200_000  # characters; the largest of ours has 12,000

T = TypeVar("T")


@dataclass(frozen=True)
class Layers:
    """Folders of content laid over each other: a file of a later one takes the place of its namesake below."""

    folders: tuple[Path, ...]

    def file(self, name: str) -> Path:
        """Where the file of this name (`guides/stages.yaml`) is; where it belongs, if there is none."""
        return next((one / name for one in reversed(self.folders) if (one / name).is_file()), self.folders[0] / name)

    def files(self, pattern: str) -> list[Path]:
        """The files that fit the pattern, each name once, in the order of their names."""
        found = {path.relative_to(one).as_posix(): path for one in self.folders for path in one.glob(pattern)}
        return [found[name] for name in sorted(found)]

    def name(self, path: Path) -> str:
        """``content/guides/stages.yaml``: the path as people are told it."""
        home = next(one for one in reversed(self.folders) if path.is_relative_to(one))
        return f"{home.name}/{path.relative_to(home).as_posix()}"


@dataclass
class Faults:
    """What is wrong in the content."""

    layers: Layers
    found: list[tuple[str, int, str]] = field(default_factory=list)

    def add(self, path: Path, line: int, fault: str) -> None:
        """`line` counts from 1."""
        self.found.append((self.layers.name(path), line, fault))

    def line(self, path: Path, word: str) -> int:
        """The first line of a file that holds a word, for faults found after reading; 1 where none does."""
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        return next((number for number, line in enumerate(lines, start=1) if word in line), 1)

    def sorted(self) -> list[str]:
        """Each as ``content/file:line: fault``."""
        return [f"{name}:{line}: {fault}" for name, line, fault in sorted(set(self.found))]


@dataclass
class Entry:
    """One mapping of a file. Every reader names its fault with the line, and returns something harmless."""

    faults: Faults
    path: Path
    node: yaml.MappingNode
    offset: int
    body: str = ""
    _read: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        # Of two keys that are alike the first counts; `done` names the second.
        self._pairs = {str(name.value): (name, value) for name, value in reversed(self.node.value)}

    def fault(self, message: str, key: str) -> None:
        """Something is wrong with the value of `key`, or with the whole where `key` is empty."""
        name, value = self._pair(key)
        node = value if value is not None and not isinstance(value, yaml.ScalarNode) else name
        mark = (node or self.node).start_mark
        self.faults.add(self.path, mark.line + 1 + self.offset, f"{key}: {message}" if key else message)

    def require(self, holds: bool, message: str, key: str) -> None:
        if not holds:
            self.fault(message, key)

    def has(self, key: str) -> bool:
        return self._pair(key)[1] is not None

    def text(self, key: str, most: int, least: int = 1) -> str:
        node = self._get(key)
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode):
            self.fault("is a text", key)
            return ""
        return self._sized(key, node, most, least)

    def slug(self, key: str, most: int = 60) -> str:
        value = self.text(key, most)
        self.require(all(part.isalnum() and part == part.lower() for part in value.split("-")),
                     f"{value!r} is lower-case words joined by hyphens", key)  # fmt: skip
        return value

    def one_of(self, key: str, allowed: Sequence[str]) -> str:
        value = self.text(key, 60)
        if value not in allowed:
            self.fault(f"{value!r} is not one of {', '.join(allowed)}", key)
            return allowed[0]
        return value

    def number(self, key: str, least: int, most: int) -> int:
        value = self.text(key, 10)
        if not (value.isdecimal() and least <= int(value) <= most):
            self.fault(f"{value!r} is not a whole number from {least} to {most}", key)
            return least
        return int(value)

    def flag(self, key: str) -> bool:
        return self.has(key) and self.one_of(key, ("true", "false")) == "true"

    def texts(self, key: str, least: int, most: int, size: int) -> tuple[str, ...]:
        nodes = self._items(key, least, most)
        found = []
        for node in nodes:
            if isinstance(node, yaml.ScalarNode):
                found.append(self._sized(key, node, size, 1))
            else:
                self._at(node, f"{key}: an entry is no text (quote it where it holds “: ”)")
        return tuple(found)

    def entries(self, key: str, least: int, most: int) -> "list[Entry]":
        found = []
        for node in self._items(key, least, most):
            if isinstance(node, yaml.MappingNode):
                found.append(Entry(self.faults, self.path, node, self.offset))
            else:
                self._at(node, f"{key}: an entry is no mapping")
        return found

    def entry(self, key: str) -> "Entry | None":
        node = self._get(key)
        if node is None:
            return None
        if not isinstance(node, yaml.MappingNode):
            self.fault("is a mapping", key)
            return None
        return Entry(self.faults, self.path, node, self.offset)

    def done(self) -> None:
        """Name the keys that nobody asked for."""
        seen: set[str] = set()
        for name, _ in self.node.value:
            key = str(name.value)
            if key not in self._read:
                self._at(name, f"{key}: is not known here")
            if key in seen:
                self._at(name, f"{key}: stands here twice")
            seen.add(key)

    def _sized(self, key: str, node: yaml.ScalarNode, most: int, least: int) -> str:
        value = str(node.value).strip()
        if not least <= len(value) <= most:
            self._at(node, f"{key}: has {len(value)} characters, {least} to {most} are allowed")
        if value.startswith("TODO"):
            self._at(node, f"{key}: is still to be filled in")
        return value

    def _items(self, key: str, least: int, most: int) -> list[yaml.Node]:
        node = self._get(key)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.fault("is a list", key)
            return []
        self.require(least <= len(node.value) <= most, f"has {len(node.value)} entries, not {least} to {most}", key)
        return list(node.value)

    def _get(self, key: str) -> yaml.Node | None:
        self._read.add(key)
        value = self._pair(key)[1]
        if value is None:
            self.fault(f"{key!r} is missing", "")
        return value

    def _pair(self, key: str) -> tuple[yaml.Node | None, yaml.Node | None]:
        return self._pairs.get(key, (None, None))

    def _at(self, node: yaml.Node, message: str) -> None:
        self.faults.add(self.path, node.start_mark.line + 1 + self.offset, message)


Found = tuple[Entry, T]  # what was made, and the entry that it was made from


def entry_of(faults: Faults, path: Path) -> Entry | None:
    """The mapping that a file holds; None, with a fault, where it holds none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else (error.strerror or "it is unreadable")
        faults.add(path, 1, f"cannot be read: {reason}")
        return None
    if len(text) > FILE_SIZE:
        faults.add(path, 1, f"has {len(text):,} characters; {FILE_SIZE:,} are allowed")
        return None
    front, body, offset = _front(text) if path.suffix == ".md" else (text, "", 0)
    if front is None:
        faults.add(path, 1, "starts with its front matter between two lines of ---")
        return None
    return _mapping(faults, path, front, body, offset)


def _front(text: str) -> tuple[str | None, str, int]:
    """Front matter, body, and how many lines stand before the front matter."""
    head, mark, rest = text.partition("---\n")
    front, closing, body = rest.partition("\n---\n")
    return (front, body, 1) if not head and mark and closing else (None, "", 0)


def _mapping(faults: Faults, path: Path, front: str, body: str, offset: int) -> Entry | None:
    try:
        node = yaml.compose(front, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        faults.add(path, (mark.line if mark else 0) + 1 + offset, f"is no YAML: {error.problem or error.context}")
        return None
    except yaml.YAMLError as error:
        faults.add(path, 1 + offset, f"is no YAML: {str(error).splitlines()[0]}")
        return None
    if not isinstance(node, yaml.MappingNode):
        faults.add(path, 1 + offset, "holds no “key: value” lines")
        return None
    return Entry(faults, path, node, offset, body)
