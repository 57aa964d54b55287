"""The bank of STAR stories, one story, what is covered, prompts to practise on, and the marks of peers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.catalog import Catalog, Competency, StoryPart, Theme
from bot.core.markup import escape, moment
from bot.core.pages import paged, said
from bot.core.ui import (
    ActionId,
    AnyOf,
    Body,
    Button,
    Card,
    Choice,
    Form,
    OneOf,
    Prose,
    Row,
    Select,
    TextField,
)
from bot.star.rules import Coverage, Level, Mark, Story, Version, gaps, suggested, tally

TITLE = 80  # characters
COMMENT = 500  # characters of a peer's comment: one thing to change
LISTED = 5  # stories named in a line of the coverage
LABELS = {"situation": "What was it about?", "task": "What was yours to do?", "action": "What did you do?",
          "result": "What came of it?"}  # fmt: skip
CLEAR = (Choice("Clear", "clear"), Choice("There, but weak", "weak"), Choice("Missing", "missing"))
CLEAR_RESULT = (Choice("Clear, with a number", "clear/number"), Choice("Clear, but no number", "clear/none"),
                Choice("Weak, with a number", "weak/number"), Choice("Weak, and no number", "weak/none"),
                Choice("Missing", "missing/none"))  # fmt: skip
MY_STORIES = Button("My stories", ActionId("star.bank"))
PRACTISE = Button("Another prompt", ActionId("star.practice"), "primary")


@dataclass(frozen=True, slots=True)
class Told:
    """A story with its number of versions, whether the group sees it, and its marks."""

    story: Story
    versions: int
    open: bool
    marks: Sequence[Mark]


def _stories(count: int) -> str:
    return f"{count} stor{'ies' if count != 1 else 'y'}"


def bank(stories: Sequence[Story], counts: Mapping[str, int], themes: Mapping[str, Theme]) -> Card:
    """All of a member's stories, and which themes still want one."""
    lines = []
    for theme in themes.values():
        count = counts.get(theme.id, 0)
        lines.append(f"- {theme.name}: {_stories(count) if count else '**nothing yet**'}")
    missing = sum(theme not in counts for theme in themes)
    text = "All four themes have a story." if not missing else f"{4 - missing} of 4 themes have a story."
    rows: list[Row] = [
        Select("Write a story about", ActionId("star.new"),
               tuple(Choice(theme.name, theme.id) for theme in themes.values())),
    ]  # fmt: skip
    if stories:
        rows.append(Select("Open a story", ActionId("star.story"), _choices(stories)))
    rows.append((
        Button("Coverage and gaps", ActionId("star.coverage")),
        Button("Practise on a prompt", ActionId("star.practice")),
        Button("The group's coverage", ActionId("star.group")),
    ))  # fmt: skip
    footer = (
        "The select shows the 25 latest." if len(stories) > 25 else "Only you see your stories, unless you share one."
    )
    return Card("Your STAR stories", (Prose(f"{text}\n" + "\n".join(lines)),), tuple(rows), footer)


def _choices(stories: Sequence[Story]) -> tuple[Choice, ...]:
    latest = sorted(stories, key=lambda story: story.updated, reverse=True)[:25]
    return tuple(Choice(story.title[:75], str(story.id)) for story in latest)


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


def saved(story: Story, theme: Theme, counts: Mapping[str, int], catalog: Catalog) -> Card:
    """The story is kept, and what would make it stronger."""
    words = [f"**{escape(story.title)}** is kept under *{theme.name}*."]
    if not story.has_number:
        words.append("Its result has no number yet. How much faster, cheaper, better? Even a rough figure convinces.")
    missing = [one.name for one in catalog.themes.values() if one.id not in counts]
    words.append(f"Still without a story: {', '.join(missing)}." if missing else "All four themes have a story now.")
    if not story.shows:
        found = [catalog.competencies[id].name for id in suggested(story, catalog.competencies)]
        reads = f" It reads like: {', '.join(found)}." if found else ""
        words.append(f"Which competencies does it show?{reads} Tick them, so that practice finds it.")
    listen = "\n".join(f"- {one}" for one in theme.listen_for)
    return Card(
        "Story kept",
        (Prose("\n\n".join(words)), Prose(f"**An interviewer listens for**\n{listen}")),
        ((
            Button("Tick what it shows", ActionId("star.shows", str(story.id)), "primary"),
            Button("Read it", ActionId("star.story", f"{story.id}/1")),
            MY_STORIES,
        ),),
    )  # fmt: skip


def theme_prompt(theme: Theme) -> Card:
    """A theme with its prompts, before writing."""
    prompts = "\n".join(f"- {prompt}" for prompt in theme.prompts)
    return Card(
        theme.name,
        (Prose(f"{theme.asks}\n\n{prompts}"),),
        ((Button("Write it", ActionId("star.write", theme.id), "primary"),),),
        "Two minutes when told: most of it in the action.",
    )


def shows_form(story: Story, competencies: Mapping[str, Competency], ticked: Collection[str]) -> Form:
    """The competencies, to tick."""
    choices = tuple(Choice(one.name, one.id) for one in competencies.values())
    known = tuple(one.id for one in competencies.values() if one.id in ticked)
    hint = "Two to four: what an interviewer would write down after hearing it."
    return Form("What it shows", ActionId("star.shows", str(story.id)),
                (AnyOf("shows", "This story shows", choices, hint, known),))  # fmt: skip


def _in_parts(words: Mapping[str, str], parts: Sequence[StoryPart]) -> list[Body]:
    body: list[Body] = []
    for part in parts:
        body += [Prose(f"**{part.name}**"), *said(words[part.id])]
    return body


def _words(story: Story, parts: Sequence[StoryPart]) -> dict[str, str]:
    return {part.id: story.part(part.id) for part in parts}


def story(told: Told, catalog: Catalog, page: int) -> Card:
    """A story to its author, part by part, with what peers say of it."""
    story, id = told.story, str(told.story.id)
    body: list[Body] = [
        Prose(f"*{catalog.themes[story.theme].name}*"),
        *_in_parts(_words(story, catalog.parts), catalog.parts),
    ]
    names = [one.name for one in catalog.competencies.values() if one.id in story.shows]
    body.append(Prose(f"**It shows** {', '.join(names)}." if names else "**It shows** nothing that you ticked yet."))
    body += _marks(told, catalog.parts)
    first = [Button("Change it", ActionId("star.edit", id)), Button("Tick what it shows", ActionId("star.shows", id))]
    if told.open:
        first.append(Button("Take it back", ActionId("star.take_back", id)))
    else:
        first.append(Button("Share with the group", ActionId("star.share", id)))
    if told.versions > 1:
        first.append(Button("Earlier versions", ActionId("star.versions", id)))
    rows: tuple[Row, ...] = ((*first, MY_STORIES),)
    footer = "Your group can read this one." if told.open else "Only you see this story."
    return paged(story.title, body, page, lambda number: ActionId("star.turn", f"{id}/{number}"), rows, footer)


def _marks(told: Told, parts: Sequence[StoryPart]) -> list[Body]:
    """The peers' marks, part by part, and their comments; nothing where there are none."""
    if not told.marks:
        return []
    counted = tally(told.marks)
    lines = [f"- {part.name}: {_levels(counted[part.id])}" for part in parts]
    seen, of = sum(mark.number for mark in told.marks), len(told.marks)
    lines.append(f"- A number in the result: {seen} of {of} found one")
    stale = sum(mark.version < told.versions for mark in told.marks)
    if stale:
        lines.append(f"- {stale} of {of} marked an earlier version")
    body: list[Body] = [Prose(f"**What {of} peer{'s' if of > 1 else ''} marked**\n" + "\n".join(lines))]
    for mark in told.marks:
        if mark.comment:
            body += [Prose("*A peer would change:*"), *said(mark.comment)]
    return body


def _levels(counts: Mapping[Level, int]) -> str:
    levels: tuple[Level, ...] = ("clear", "weak", "missing")
    return ", ".join(f"{level} for {counts[level]}" for level in levels if counts.get(level))


def versions(story: Story, known: Sequence[Version]) -> Card:
    """Which earlier versions there are."""
    if not known:
        text = "This story was never changed. When you change it, how it read before is kept here."
        return Card("Earlier versions", (Prose(text),), ((MY_STORIES,),))
    numbered = list(enumerate(known, start=1))[-25:]
    lines = "\n".join(f"- Version {number}, written {moment(one.at)}" for number, one in numbered)
    choices = tuple(Choice(f"Version {number}: {one.words['title']}"[:75], f"{story.id}/{number}")
                    for number, one in reversed(numbered))  # fmt: skip
    return Card(
        "Earlier versions",
        (Prose(f"**{escape(story.title)}**\n{lines}"),),
        (Select("Read a version", ActionId("star.version"), choices), (MY_STORIES,)),
        "" if len(known) <= 25 else "The 25 latest.",
    )


def version(story: Story, found: Version, number: int, parts: Sequence[StoryPart], page: int) -> Card:
    """One earlier version."""
    body: list[Body] = [Prose(f"*Written {moment(found.at)}, and changed since.*"), *_in_parts(found.words, parts)]
    rows: tuple[Row, ...] = ((
        Button("Bring it back", ActionId("star.restore", f"{story.id}/{number}")),
        Button("The story as it is", ActionId("star.story", f"{story.id}/1")),
    ),)  # fmt: skip
    return paged(f"Version {number}: {found.words['title']}"[:140], body, page,
                 lambda turned: ActionId("star.turn_version", f"{story.id}/{number}/{turned}"), rows)  # fmt: skip


def coverage(covered: Coverage, catalog: Catalog) -> Card:
    """What a member's stories cover, and the gaps in words."""
    have = [f"- {theme.name}: {_stories(covered.themes.get(theme.id, 0))}" for theme in catalog.themes.values()]
    shown = [one for one in catalog.competencies.values() if covered.competencies.get(one.id)]
    lines = [f"- {one.name}: {_stories(covered.competencies[one.id])}" for one in shown]
    body = [Prose("**Themes**\n" + "\n".join(have))]
    heading = f"**Competencies**: {len(shown)} of {len(catalog.competencies)} have a story"
    body.append(Prose("\n".join([heading, *lines])))
    missing = [*gaps(covered.themes, catalog.themes), *gaps(covered.competencies, catalog.competencies)]
    body.append(Prose("**The gaps**\n" + "\n".join(f"- {gap}." for gap in missing)
                      if missing else "**No gap**: every theme and every competency has a story."))  # fmt: skip
    thin = _thin(covered)
    if thin:
        body.append(Prose("**Thin spots**\n" + "\n".join(f"- {one}" for one in thin)))
    rows: tuple[Row, ...] = ((
        Button("Practise on a prompt", ActionId("star.practice"), "primary"), MY_STORIES,
        Button("The group's coverage", ActionId("star.group")),
    ),)  # fmt: skip
    return Card(
        "What your stories cover", tuple(body), rows, "Only you see this. A competency counts once it is ticked."
    )


def _thin(covered: Coverage) -> list[str]:
    """What is there, but would not hold in an interview."""
    lines = []
    if covered.numberless:
        lines.append(f"No number in the result: {_named(covered.numberless)}.")
    if covered.carrying:
        lines.append(
            f"Much rests on one story: {_named(covered.carrying)}. With five interviewers it is told out by noon."
        )
    return lines


def _named(stories: Sequence[Story]) -> str:
    names = ", ".join(f"**{escape(story.title)}**" for story in stories[:LISTED])
    return names if len(stories) <= LISTED else f"{names} and {len(stories) - LISTED} more"


def together(themes: Mapping[str, int], shown: Mapping[str, int], members: int, catalog: Catalog) -> Card:
    """The group's coverage: how many members have a story on what, and nothing of the stories themselves."""
    have = [f"- {theme.name}: {themes.get(theme.id, 0)} of {members}" for theme in catalog.themes.values()]
    lines = [
        f"- {one.name}: {shown[one.id]} of {members}" for one in catalog.competencies.values() if shown.get(one.id)
    ]
    missing = [*gaps(themes, catalog.themes), *gaps(shown, catalog.competencies)]
    body = [Prose("**Members with a story on**\n" + "\n".join([*have, *lines]))]
    if missing:
        body.append(Prose("**Nobody has**\n" + "\n".join(f"- {gap}." for gap in missing)))
    return Card(
        "What our stories cover",
        tuple(body),
        ((Button("My stories", ActionId("star.bank")), Button("My coverage", ActionId("star.coverage"))),),
        "Numbers alone: a story is seen by its author, unless they share it.",
    )


def prompt(competency: Competency, number: int, stories: Sequence[Story]) -> Card:
    """A prompt as an interviewer says it, to answer aloud."""
    how = "Tell it aloud in two minutes, most of it in the action. Then say which story you told."
    arg = f"{competency.id}/{number}"
    rows: list[Row] = []
    if stories:
        rows.append(Select("I told this story", ActionId("star.tell", arg), _choices(stories)))
    buttons = [Button("Which of mine fits?", ActionId("star.pick", arg))] if stories else [
        Button("Write a story", ActionId("star.bank"), "primary")]  # fmt: skip
    rows.append((*buttons, Button("Another prompt", ActionId("star.practice"))))
    return Card(
        f"A prompt: {competency.name}",
        (Prose(f"**{competency.prompts[number - 1]}**"), Prose(how)),
        tuple(rows),
        competency.asks,
    )


def fit(
    competency: Competency,
    story: Story | None,
    fitting: Sequence[Story],
    times: int,
    marks: Sequence[Mark],
    parts: Sequence[StoryPart],
) -> Card:
    """Whether a story fits a prompt, and what to watch when telling it."""
    words = [_verdict(competency, story, fitting)]
    if story is not None:
        weak = _weak(marks, parts)
        words += [f"Your peers find {weak}. Tell that part with care."] if weak else []
        words += [f"You have told it {times} times before: have a second one ready."] if times > 2 else []
        words += [] if story.has_number else ["Its result has no number yet: say one, even a rough one."]
    listen = "\n".join(f"- {one}" for one in competency.listen_for)
    buttons = [PRACTISE]
    if story is not None:
        buttons.append(Button("Read it", ActionId("star.story", f"{story.id}/1")))
        if competency.id not in story.shows:
            buttons.append(Button("Tick what it shows", ActionId("star.shows", str(story.id))))
    buttons.append(MY_STORIES if story is not None else Button("Write a story", ActionId("star.bank")))
    body = (Prose("\n\n".join(words)), Prose(f"**An interviewer listens for**\n{listen}"))
    return Card(f"{competency.name}: which story", body, (tuple(buttons),))


def _verdict(competency: Competency, story: Story | None, fitting: Sequence[Story]) -> str:
    gap = f"Nothing on {competency.gap} yet"
    if story is None:
        return f"{gap}: none of your stories fits this prompt."
    title = f"**{escape(story.title)}**"
    if competency.id in story.shows:
        return f"{title} fits: you ticked it for *{competency.name}*."
    if story in fitting:
        return f"{title} may fit: its words speak of *{competency.name}*. Tick it if it does."
    if fitting:
        return f"{title} does not speak of *{competency.name}*. **{escape(fitting[0].title)}** fits better."
    return f"{title} does not speak of *{competency.name}*. {gap}: this is a story to write."


def _weak(marks: Sequence[Mark], parts: Sequence[StoryPart]) -> str:
    """The parts that at least half of the peers find weak or missing."""
    counted = tally(marks)
    names = [part.name.lower() for part in parts if marks and counted[part.id]["clear"] * 2 <= len(marks)]
    return f"the {' and the '.join(names)} weak" if names else ""


def shared(story: Story, name: str, theme: Theme) -> Card:
    """To the channel: a story that its author shows."""
    text = (f"**{escape(story.title)}**, on *{theme.name}*. Two minutes of reading; then say which part is missing or "
            "weak, and whether the result has a number.")  # fmt: skip
    return Card(
        f"{name[:100]} shares a STAR story",
        (Prose(text),),
        ((
            Button("Read it", ActionId("star.shared", f"{story.id}/1"), "primary"),
            Button("Mark its parts", ActionId("star.mark", str(story.id))),
        ),),
        "Talk about it in the thread. Marks go to the author alone.",
    )  # fmt: skip


def sharing(story: Story, open: bool) -> Card:
    """To the author: the group sees the story now, or no more."""
    title = f"**{escape(story.title)}**"
    text = (f"{title} is in your group's channel. What your peers mark comes to you alone; opening the story lets you "
            "take it back.") if open else f"{title} is yours alone again. Marks that you got stay with it."  # fmt: skip
    return Card("Shared" if open else "Taken back", (Prose(text),), ((MY_STORIES,),))


def taken_back(name: str) -> Card:
    """In the channel, in place of a story that is shared no more."""
    return Card(f"{name[:100]} shared a STAR story", (Prose("It is not shared any more. `/star` has your own."),))


def peers(story: Story, name: str, theme: Theme, parts: Sequence[StoryPart], page: int) -> Card:
    """A peer's story, and what a weak part looks like."""
    body: list[Body] = [Prose(f"*{escape(name)}, on {theme.name}*"), *_in_parts(_words(story, parts), parts)]
    body.append(Prose("**A weak part looks like this**\n" + "\n".join(f"- {part.name}: {part.weak}" for part in parts)))
    rows: tuple[Row, ...] = ((Button("Mark its parts", ActionId("star.mark", str(story.id)), "primary"),),)
    return paged(story.title, body, page, lambda number: ActionId("star.turn_shared", f"{story.id}/{number}"), rows)


def mark_form(story: Story, parts: Sequence[StoryPart], before: Mark | None) -> Form:
    """A level for each part, and one thing to change."""
    fields = [
        OneOf(
            part.id, part.name, CLEAR if part.id != "result" else CLEAR_RESULT, part.guidance, _chosen(part.id, before)
        )
        for part in parts
    ]
    comment = TextField("comment", "One thing that you would change", "Only the author reads it.",
                        before.comment if before else "", required=False, multiline=True, most=COMMENT)  # fmt: skip
    return Form("Mark its parts", ActionId("star.mark", str(story.id)), (*fields, comment), submit="Send to the author")


def _chosen(part: str, before: Mark | None) -> str:
    if before is None:
        return ""
    if part != "result":
        return before.levels.get(part, "")
    return f"{before.levels['result']}/{'number' if before.number else 'none'}"


def thanks() -> Card:
    """To the peer who marked."""
    return Card("Marked", (Prose("Your marks are with the author. Press *Mark its parts* again to change them."),))


def marked(story: Story, mark: Mark, parts: Sequence[StoryPart]) -> Card:
    """To the author: what one peer marked."""
    lines = [f"- {part.name}: {mark.levels[part.id]}" for part in parts]
    lines.append(f"- A number in the result: {'yes' if mark.number else 'none found'}")
    body: list[Body] = [Prose(f"**{escape(story.title)}**\n" + "\n".join(lines))]
    if mark.comment:
        body += [Prose("*They would change:*"), *said(mark.comment)]
    return Card("A peer marked your story", tuple(body),
                ((Button("Read it", ActionId("star.story", f"{story.id}/1"), "primary"), MY_STORIES),))  # fmt: skip
