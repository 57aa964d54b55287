"""What the documents say is true."""

import re
from pathlib import Path

import pytest

from adapters.author import stats
from bot.book import book
from bot.catalog import Catalog
from bot.core.commands import Command, Verb
from bot.settings import KNOWN, PLATFORMS

HOME = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*HOME.glob("*.md"), *(HOME / "docs").glob("*.md")])


def _table(command: Command) -> str:
    """A command's rows in docs/commands.md."""
    lines = [f"## /{command.name}", "", f"{command.description}.", "", "| type | what it does |", "|---|---|"]
    for verb in command.verbs:
        who = " *(who manages the channel)*" if verb.managers else ""
        lines.append(f"| `{command.usage(verb)}` | {verb.description}{who} |")
    lines += [line for verb in command.verbs for line in _options(command, verb)]
    return "\n".join(lines)


def _options(command: Command, verb: Verb) -> list[str]:
    lines = []
    for option in verb.options:
        known = f": {', '.join(f'`{choice.value}`' for choice in option.choices)}" if option.choices else ""
        lines.append(f"- `{option.name}` of `{f'/{command.name} {verb.name}'.strip()}`: {option.description}{known}")
    return ["", *lines] if lines else []


def test_every_command_stands_in_the_document_as_it_is(catalog: Catalog) -> None:
    document = (HOME / "docs" / "commands.md").read_text(encoding="utf-8")
    for command in book(catalog):
        assert _table(command) in document, f"docs/commands.md should hold:\n\n{_table(command)}"


def test_the_document_names_no_command_that_does_not_exist(catalog: Catalog) -> None:
    document = (HOME / "docs" / "commands.md").read_text(encoding="utf-8")
    known = {command.name for command in book(catalog)}
    assert set(re.findall(r"^## /(\w+)", document, re.MULTILINE)) == known


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files_that_are_there(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_every_setting_is_documented() -> None:
    operations = (HOME / "docs" / "operations.md").read_text(encoding="utf-8")
    example = (HOME / ".env.example").read_text(encoding="utf-8")
    for name in (*KNOWN, *PLATFORMS, "DATABASE_URL", "PORT"):
        assert f"`{name}`" in operations
        assert f"{name}=" in example


def test_the_readme_starts_with_the_two_commands() -> None:
    code = re.search(r"```sh\n(.*?)```", (HOME / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert code is not None
    assert [line.split("#")[0].strip() for line in code[1].strip().splitlines()] == ["make run", "make test"]


def test_the_readme_shows_the_questions_as_they_are(catalog: Catalog) -> None:
    """After a change of content: mockingbird content stats, into the README."""
    assert stats(catalog) in (HOME / "README.md").read_text(encoding="utf-8")
