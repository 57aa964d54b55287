"""The bank of STAR stories, and one story."""

from collections.abc import Mapping, Sequence

from bot.catalog import StoryPart, Theme
from bot.core.markup import escape
from bot.core.pages import paged, said
from bot.core.ui import ActionId, Body, Button, Card, Choice, Form, Prose, Row, Select, TextField
from bot.star.rules import Story

TITLE = 80  # characters
LABELS = {"situation": "What was it about?", "task": "What was yours to do?", "action": "What did you do?",
          "result": "What came of it?"}  # fmt: skip


def bank(stories: Sequence[Story], counts: Mapping[str, int], themes: Mapping[str, Theme]) -> Card:
    """All of a member's stories, and which themes still want one."""
    lines = []
    for theme in themes.values():
        count = counts.get(theme.id, 0)
        have = f"{count} stor{'ies' if count != 1 else 'y'}" if count else "**nothing yet**"
        lines.append(f"- {theme.name}: {have}")
    missing = sum(theme not in counts for theme in themes)
    text = "All four themes have a story." if not missing else f"{4 - missing} of 4 themes have a story."
    rows: list[Row] = [
        Select("Write a story about", ActionId("star.new"),
               tuple(Choice(theme.name, theme.id) for theme in themes.values())),
    ]  # fmt: skip
    if stories:
        latest = sorted(stories, key=lambda story: story.updated, reverse=True)[:25]
        choices = tuple(Choice(f"{story.title}"[:75], str(story.id)) for story in latest)
        rows.append(Select("Open a story", ActionId("star.story"), choices))
    footer = "The select shows the 25 latest." if len(stories) > 25 else "Only you see your stories."
    return Card("Your STAR stories", (Prose(f"{text}\n" + "\n".join(lines)),), tuple(rows), footer)


def story_form(theme: Theme, parts: Sequence[StoryPart], story: Story | None) -> Form:
    """The four parts, with guidance for each."""
    action = ActionId("star.rewrite", str(story.id)) if story else ActionId("star.save", theme.id)
    fields = [
        TextField("title", "A name for it", "So that you find it again.", story.title if story else "", most=TITLE)
    ]
    fields += [
        TextField(part.id, f"{part.name}: {LABELS[part.id]}"[:45], part.guidance, story.part(part.id) if story else "",
                  multiline=True)
        for part in parts
    ]  # fmt: skip
    return Form("A STAR story", action, tuple(fields), submit="Keep the story")


def saved(story: Story, theme: Theme, counts: Mapping[str, int], themes: Mapping[str, Theme]) -> Card:
    """The story is kept, and what would make it stronger."""
    words = [f"**{escape(story.title)}** is kept under *{theme.name}*."]
    if not story.has_number:
        words.append("Its result has no number yet. How much faster, cheaper, better? Even a rough figure convinces.")
    missing = [one.name for one in themes.values() if one.id not in counts]
    words.append(f"Still without a story: {', '.join(missing)}." if missing else "All four themes have a story now.")
    listen = "\n".join(f"- {one}" for one in theme.listen_for)
    return Card(
        "Story kept",
        (Prose("\n\n".join(words)), Prose(f"**An interviewer listens for**\n{listen}")),
        ((Button("Read it", ActionId("star.story", f"{story.id}/1")), Button("My stories", ActionId("star.bank"))),),
    )


def theme_prompt(theme: Theme) -> Card:
    """A theme with its prompts, before writing."""
    prompts = "\n".join(f"- {prompt}" for prompt in theme.prompts)
    return Card(
        theme.name,
        (Prose(f"{theme.asks}\n\n{prompts}"),),
        ((Button("Write it", ActionId("star.write", theme.id), "primary"),),),
        "Two minutes when told: most of it in the action.",
    )


def story(story: Story, theme: Theme, parts: Sequence[StoryPart], page: int) -> Card:
    """A story, part by part."""
    body: list[Body] = [Prose(f"*{theme.name}*")]
    for part in parts:
        body += [Prose(f"**{part.name}**"), *said(story.part(part.id))]
    rows: tuple[Row, ...] = ((
        Button("Change it", ActionId("star.edit", str(story.id))), Button("My stories", ActionId("star.bank"))
    ),)  # fmt: skip
    return paged(story.title[:150], body, page, lambda number: ActionId("star.turn", f"{story.id}/{number}"), rows)
