"""Bullets, the questions that they are asked, their weak spots, and the whys of peers."""

from collections.abc import Mapping, Sequence

from bot.catalog import Catalog
from bot.core.markup import blank, escape, slices
from bot.core.pages import PAGE, paged, prose, said
from bot.core.ui import ActionId, Body, Button, Card, Choice, Form, Prose, Row, Said, Select, TextField
from bot.resume.rules import BULLET_MOST, WHY_MOST, Asked, Bullet, Drilled, lacks, next_open, questions, spots

LISTED = 12  # bullets that a list spells out; the select below has the others
SHOWN = 4  # weak spots of one bullet in the list of all
ADD = Button("Add bullets", ActionId("resume.add"))
MINE = Button("My bullets", ActionId("resume.bullets"))
WEAK = Button("Weak spots", ActionId("resume.weak"))


def _short(text: str, most: int = 75) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _named(bullet: Bullet) -> str:
    return f"**{escape(_short(bullet.text))}**"


def _some(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def add_form(words: str) -> Form:
    """Bullets to paste."""
    hint = "One a line, as they stand in your resume. Their signs may stay."
    return Form("Resume bullets", ActionId("resume.add"),
                (TextField("bullets", "Your bullets", hint, words, multiline=True),), submit="Keep them")  # fmt: skip


def change_form(bullet: Bullet) -> Form:
    """One bullet, to change."""
    hint = "Your answers stay with it. What it is asked follows its new words."
    field = TextField("bullet", "The bullet", hint, bullet.text, multiline=True, most=BULLET_MOST)
    return Form("Change a bullet", ActionId("resume.change", str(bullet.id)), (field,))


def bullets(all_: Sequence[Drilled], catalog: Catalog) -> Card:
    """All bullets of a member, each with how far it is drilled."""
    if not all_:
        text = ("Paste the bullets of your resume, one or many. Each is asked the five questions of the drill, and what "
                "its own words call for: a metric without a baseline, “improved” without a number.")  # fmt: skip
        return Card("Your resume bullets", (Prose(text),), ((Button("Add bullets", ADD.action, "primary"),),),
                    "Only you see your bullets, unless you share one.")  # fmt: skip
    latest = list(reversed(all_))[:25]
    lines = [f"- {escape(_short(one.bullet.text))} ({_state(one, catalog)})" for one in latest[:LISTED]]
    lines += [f"- and {len(all_) - LISTED} more; the select has them"] if len(all_) > LISTED else []
    choices = tuple(Choice(_short(one.bullet.text), str(one.bullet.id)) for one in latest)
    footer = "The 25 latest." if len(all_) > 25 else "Only you see your bullets, unless you share one."
    return Card("Your resume bullets", (Prose("\n".join(lines)),),
                (Select("Drill a bullet", ActionId("resume.bullet"), choices), (ADD, WEAK)), footer)  # fmt: skip


def _state(drilled: Drilled, catalog: Catalog) -> str:
    asked = questions(drilled.bullet.text, catalog)
    done = sum(one.id in drilled.answers for one in asked)
    shared = ", shared" if drilled.bullet.shared else ""
    return f"{done} of {len(asked)} answered, {_some(len(spots(drilled, catalog)), 'weak spot')}{shared}"


def added(fresh: Sequence[Drilled], known: int, catalog: Catalog) -> Card:
    """The bullets are kept; what the words of each call for."""
    lines = []
    for one in fresh[:10]:
        called = [asked for asked in questions(one.bullet.text, catalog) if asked.drill is None]
        lines.append(f"- {escape(_short(one.bullet.text))}: the five questions"
                     + (f" and {len(called)} that its words call for" if called else ""))  # fmt: skip
    lines += [f"- and {len(fresh) - 10} more"] if len(fresh) > 10 else []
    lines += [f"- {_some(known, 'bullet')} that you had already"] if known else []
    rows: list[Button] = []
    if fresh:
        first = questions(fresh[0].bullet.text, catalog)[0]
        rows.append(Button("Start the drill", ActionId("resume.ask", f"{fresh[0].bullet.id}/{first.id}"), "primary"))
    title = f"{_some(len(fresh), 'bullet')} kept" if fresh else "Nothing new"
    return Card(title, (Prose("\n".join(lines)),), ((*rows, MINE),))


def bullet(drilled: Drilled, catalog: Catalog, page: int) -> Card:
    """One bullet to its author, with what an interviewer asks and what is weak."""
    id, asked = str(drilled.bullet.id), questions(drilled.bullet.text, catalog)
    lines = [f"- {escape(one.name)}: {_answer_state(one, drilled)}" for one in asked]
    weak = spots(drilled, catalog)
    body = [*said(drilled.bullet.text), *prose("**What an interviewer asks**\n" + "\n".join(lines))]
    if weak:
        body += prose("**Weak spots**\n" + "\n".join(f"- {escape(spot)}" for spot in weak))
    else:
        body.append(Prose("**No weak spot left.** Tell it aloud once, in two minutes."))
    rows: list[Row] = [Select("Answer a question", ActionId("resume.ask", id),
                              tuple(Choice(_short(one.name), one.id) for one in asked))]  # fmt: skip
    following = next_open(asked, drilled.answers)
    first = [Button("Next question", ActionId("resume.ask", f"{id}/{following.id}"), "primary")] if following else []
    sharing = Button("Take it back", ActionId("resume.take_back", id)) if drilled.bullet.shared else (
        Button("Let the group ask why", ActionId("resume.share", id)))  # fmt: skip
    rows.append((*first, Button("Read my answers", ActionId("resume.answers", f"{id}/1")), sharing))
    rows.append((Button("Change it", ActionId("resume.change", id)), Button("Remove it", ActionId("resume.remove", id)),
                 MINE))  # fmt: skip
    footer = "Your group can see this bullet; its answers are yours alone." if drilled.bullet.shared else (
        "Only you see this.")  # fmt: skip
    return paged("A bullet, drilled", body, page, lambda number: ActionId("resume.turn", f"{id}/{number}"), tuple(rows),
                 footer)  # fmt: skip


def _answer_state(asked: Asked, drilled: Drilled) -> str:
    answer = drilled.answers.get(asked.id)
    if answer is None:
        return "**open**"
    return "answered, with something open" if lacks(asked, answer) else "answered"


def answer_form(drilled: Drilled, asked: Asked) -> Form:
    """One question, with what an interviewer listens for and the answer that there is."""
    words = [f"*{escape(drilled.bullet.text)}*", f"**{escape(asked.text)}**"]
    if asked.drill is not None:
        listen = "\n".join(f"- {one}" for one in asked.drill.listen_for)
        words.append(f"An interviewer listens for\n{listen}")
    field = TextField("answer", "Your answer", "As you would say it: what you did, why, and one figure.",
                      drilled.answers.get(asked.id, ""), multiline=True)  # fmt: skip
    action = ActionId("resume.answer", f"{drilled.bullet.id}/{asked.id}")
    return Form("The drill", action, (field,), submit="Keep my answer", intro="\n\n".join(words))


def answered(drilled: Drilled, asked: Asked, catalog: Catalog) -> Card:
    """An answer is kept; what it leaves open, and what comes next."""
    weak = lacks(asked, drilled.answers[asked.id])
    body = [Prose(f"{_named(drilled.bullet)}\n{escape(asked.text)}")]
    if weak:
        body.append(Prose("**An interviewer would ask on**\n" + "\n".join(f"- {escape(spot)}" for spot in weak)))
    else:
        body.append(Prose("That would do. The answer stays with the bullet."))
    all_ = questions(drilled.bullet.text, catalog)
    following = next_open(all_, drilled.answers)
    id = drilled.bullet.id
    buttons = []
    if following is not None:
        buttons.append(Button("Next question", ActionId("resume.ask", f"{id}/{following.id}"), "primary"))
    if weak:
        buttons.append(Button("Change my answer", ActionId("resume.ask", f"{id}/{asked.id}")))
    buttons.append(Button("The bullet", ActionId("resume.bullet", f"{id}/1")))
    left = sum(one.id not in drilled.answers for one in all_)
    return Card(
        "Answer kept", tuple(body), (tuple(buttons),), f"{_some(left, 'question')} left." if left else "All answered."
    )


def answers(drilled: Drilled, names: Mapping[int, str], catalog: Catalog, page: int) -> Card:
    """All answers that stay with a bullet, and what was said in its thread."""
    id = str(drilled.bullet.id)
    body: list[Body] = [*said(drilled.bullet.text)]
    asked = {one.id: one for one in questions(drilled.bullet.text, catalog)}
    for key in [
        *(key for key in asked if key in drilled.answers),
        *(key for key in drilled.answers if key not in asked),
    ]:
        heading = f"**{escape(asked[key].text)}**" if key in asked else "**Answered when the bullet read otherwise**"
        body += [Prose(heading), *said(drilled.answers[key])]
    if len(body) == 1:
        body.append(Prose("No answer yet. *The bullet* below leads to its questions."))
    if drilled.talk:
        body.append(Prose("**In its thread**"))
        for line in drilled.talk:
            body += [Prose(f"*{escape(names[line.member])}*"), *said(line.text)]
    rows: tuple[Row, ...] = ((Button("The bullet", ActionId("resume.bullet", f"{id}/1")), MINE),)
    return paged("Your answers", body, page, lambda number: ActionId("resume.turn_answers", f"{id}/{number}"), rows)


def weak(all_: Sequence[Drilled], catalog: Catalog, page: int) -> Card:
    """The weak spots of all bullets, those with most of them first."""
    found = [(one, spots(one, catalog)) for one in all_]
    found = sorted((pair for pair in found if pair[1]), key=lambda pair: -len(pair[1]))
    if not found:
        text = "You have no bullets yet." if not all_ else "Every bullet has its answers. Tell them aloud now."
        return Card("No weak spots", (Prose(text),), ((ADD, MINE),))
    body: list[Body] = []
    for one, weak in found:
        lines = [f"- {escape(spot)}" for spot in weak[:SHOWN]]
        lines += [f"- and {len(weak) - SHOWN} more"] if len(weak) > SHOWN else []
        body.append(Prose(f"{_named(one.bullet)}\n" + "\n".join(lines)))
    choices = tuple(Choice(_short(one.bullet.text), str(one.bullet.id)) for one, _ in found[:25])
    rows: tuple[Row, ...] = (Select("Drill a bullet", ActionId("resume.bullet"), choices), (MINE,))
    return paged("Weak spots", body, page, lambda number: ActionId("resume.turn_weak", str(number)), rows,
                 "What an interviewer would press on first.")  # fmt: skip


def sure(drilled: Drilled) -> Card:
    """Before a bullet goes."""
    count = len(drilled.answers)
    text = f"It goes with its {_some(count, 'answer')} and with what your peers asked. This cannot be undone."
    id = str(drilled.bullet.id)
    return Card("Remove this bullet?", (*said(drilled.bullet.text), Prose(text)),
                ((Button("Remove it for good", ActionId("resume.drop", id), "danger"),
                  Button("Keep it", ActionId("resume.bullet", f"{id}/1"))),))  # fmt: skip


def removed(bullet: Bullet) -> Card:
    """The bullet is gone; its words are here once more."""
    return Card("Removed", (Prose("It read:"), *said(bullet.text)), ((ADD, MINE),))


def shared(bullet: Bullet, name: str) -> Card:
    """To the channel: a bullet whose author wants to be asked."""
    return Card(
        f"{name[:100]} wants to be asked why",
        (Prose("A bullet of a resume. Ask what an interviewer would ask next, in the thread or by the button."),
         Said(bullet.text)),
        ((Button("Ask the next why", ActionId("resume.why", str(bullet.id)), "primary"),),),
        "What is said in the thread stays with the bullet.",
    )  # fmt: skip


def sharing(bullet: Bullet, open: bool) -> Card:
    """To the author: the group sees the bullet now, or no more."""
    text = (f"{_named(bullet)} is in your group's channel. Your peers ask in its thread; what you answer there stays with "
            "the bullet. Your answers to the drill stay yours alone.") if open else (
            f"{_named(bullet)} is yours alone again. What was asked and answered stays with it.")  # fmt: skip
    return Card("Shared" if open else "Taken back", (Prose(text),), ((MINE,),))


def taken_back(name: str) -> Card:
    """In the channel, in place of a bullet that is shared no more."""
    return Card(
        f"{name[:100]} was asked why", (Prose("The bullet is not shared any more. `/resume` drills your own."),)
    )


def _last(drilled: Drilled) -> str:
    """The bullet, and the last line under it."""
    words = [f"*{escape(drilled.bullet.text)}*"]
    if drilled.talk:
        words.append(f"The last word so far: {escape(_short(drilled.talk[-1].text, 500))}")
    return "\n\n".join(words)


def why_form(drilled: Drilled, name: str) -> Form:
    """A peer's next why."""
    field = TextField("why", f"Ask {name}"[:45], "One question that a good interviewer would ask next.", multiline=True,
                      most=WHY_MOST)  # fmt: skip
    return Form("The next why", ActionId("resume.why", str(drilled.bullet.id)), (field,), "Ask it", _last(drilled))


def reply_form(drilled: Drilled) -> Form:
    """The author's answer."""
    field = TextField(
        "why", "Your answer", "Your group reads it in the thread; it stays with the bullet.", multiline=True
    )
    return Form("Answer the why", ActionId("resume.why", str(drilled.bullet.id)), (field,), "Answer", _last(drilled))


def said_in_thread(bullet: Bullet, name: str, text: str, author: bool) -> list[Card]:
    """In the thread: a why, or its answer, that came by the form; in as many cards as it needs."""
    again = Button("Ask the next why" if author else "Answer, or ask on", ActionId("resume.why", str(bullet.id)))
    title = f"{name[:100]} {'answers' if author else 'asks'}"
    pages = [page for page in slices(text, PAGE) if not blank(page)]
    return [Card(title, (Said(page),), ((again,),) if number == len(pages) else ())
            for number, page in enumerate(pages, start=1)]  # fmt: skip


def kept(author: bool) -> Card:
    """To who asked or answered."""
    text = "Your answer is in the thread and stays with the bullet." if author else "Your why is in the thread."
    return Card("Answered" if author else "Asked", (Prose(text),))


def waits(bullet: Bullet, text: str) -> Card:
    """To the author, in direct messages: a why waits."""
    return Card("A peer asks why", (Prose(_named(bullet)), Said(_short(text, 400))),
                ((Button("Answer it", ActionId("resume.why", str(bullet.id)), "primary"),
                  Button("The bullet", ActionId("resume.bullet", f"{bullet.id}/1"))),))  # fmt: skip


def too_long(length: int, most: int) -> Card:
    """A message that is too long to be kept."""
    return Card("Not kept with the bullet",
                (Prose(f"Your message has {length:,} characters; {most:,} are kept. It stands in the thread; shorten it to "
                       "have it stay with the bullet."),))  # fmt: skip


def stays(author: bool) -> Card:
    """Once to each: what is written in this thread stays with the bullet."""
    text = (
        "What you write in this thread stays with your bullet; `/resume` shows it."
        if author
        else (
            "Your why stays with the bullet, so that its author can come back to it. Edit or delete it here, and it follows."
        )
    )
    return Card("Kept with the bullet", (Prose(text),))
