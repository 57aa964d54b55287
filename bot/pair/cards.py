"""Looking for a partner, the two cards of a turn, the rubric, and how a pair ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.catalog import TOP_LEVEL, Catalog, Criterion, Question
from bot.core.markup import mention, moment
from bot.core.pages import paged, prose, said, sheets
from bot.core.ui import (
    FORM_PARTS,
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
    TextField,
)
from bot.group.rules import Member, day_name
from bot.pair.rules import DAYS_AHEAD, OFFERED, PATIENCE, Pair, Request, Role, Score, Turn, hint_times, wish_text
from bot.review.rubric import key_points, level_fields
from bot.rounds.rules import as_asked, best_level

REMARK = 1_000  # characters of "keep" and of "change"
MINUTES = int(PATIENCE.total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class Scene:
    """A turn with what its cards need."""

    turn: Turn
    question: Question
    candidate: Member
    interviewer: Member


# Looking for a partner ---------------------------------------------------------------------------------------------


def waiting(request: Request, others: int) -> Card:
    """The member waits; how long, and for what."""
    rows: tuple[Row, ...] = ((
        Button("Offer other hours" if request.spans else "Offer hours instead",
               ActionId("pair.later", wish_text(request.wish))),
        Button("Stop looking", ActionId("pair.stop")),
    ),)  # fmt: skip
    if request.spans:
        weekly = " Your hours stand every week until you stop them." if request.weekly else ""
        text = (f"You offer {_when(request)}. I pair you with somebody who can then, fresh partners first, and tell you "
                f"here.{weekly}")  # fmt: skip
        return Card("Looking for a partner", (Prose(text),), rows, f"I look until {moment(request.last_start)}.")
    company = {0: "Nobody else waits yet; the channel knows.", 1: "One more waits."}.get(
        others, f"{others} others wait."
    )
    text = f"I pair you up {moment(request.decide)}, fresh partners first. {company} Have a place to talk at hand."
    return Card("Looking for a partner", (Prose(text),), rows, "An odd one observes and scores. Nobody is left over.")


def _when(request: Request) -> str:
    return ", ".join(f"{moment(start)} to {moment(end)}" for start, end in request.spans)


def call(request: Request, user: str) -> Card:
    """To the channel: somebody looks for a partner."""
    if not request.spans:
        return Card(
            "A mock interview, now?",
            (Prose(f"{mention(user)} looks for a partner: one asks, one answers, then you swap. About an hour."),),
            ((Button("I am in", ActionId("pair.seek"), "primary"),),),
            f"Pairs are made {moment(request.decide)}.",
        )
    return Card(
        "A mock interview in pairs?",
        (Prose(f"{mention(user)} has time {_when(request)}. One asks, one answers, then you swap. About an hour."),),
        (
            (
                Button("That suits me", ActionId("pair.join", str(request.id)), "primary"),
                Button("I have other hours", ActionId("pair.later")),
            ),
        ),
    )


def joined() -> Card:
    return Card("You are in", (Prose("I make the pair now. Look into your messages: it says with whom, and when."),))


def later(wish: str, weekly: Request | None) -> Card:
    """The way to offer hours."""
    text = "Offer the hours that suit you, in your own time zone. I find somebody whose hours meet yours."
    if weekly is not None and weekly.day is not None:
        text += f" Your weekly hours: {weekly.day:%A}, {_hours(weekly.hours)}."
    buttons = [Button("Choose hours", ActionId("pair.later", wish), "primary")]
    if weekly is not None:
        buttons.append(Button("Stop looking", ActionId("pair.stop")))
    return Card("A partner at a time that suits you both", (Prose(text),), (tuple(buttons),))


def _hours(hours: Sequence[int]) -> str:
    return ", ".join(f"{hour:02}:00" for hour in hours)


def hours_form(wish: str, today: date, zone: str) -> Form:
    """A day, its hours, once or every week."""
    days = [today + timedelta(days=number) for number in range(DAYS_AHEAD)]
    return Form(
        "Hours for a mock",
        ActionId("pair.later", wish),
        (
            OneOf("day", "Day", tuple(Choice(day_name(day), day.isoformat()) for day in days)),
            AnyOf("hours", "Hours that suit you, by their start",
                  tuple(Choice(f"{hour:02}:00", str(hour)) for hour in OFFERED),
                  "More hours find a partner sooner; each is an hour long.", required=True),
            OneOf("repeat", "How often", (Choice("Just this once", "once"), Choice("Every week", "weekly")),
                  value="once"),
        ),
        submit="Offer them",
        intro=f"The hours are in your time zone, {zone}.",
    )  # fmt: skip


def alone(request: Request) -> Card:
    """Nobody was found: said plainly, with what to do instead."""
    wish = wish_text(request.wish)
    again = " I look again next week." if request.weekly else ""
    return Card(
        "Nobody to pair you with this time",
        (Prose(f"Nobody else {'can at your hours' if request.spans else 'is free just now'}.{again} A question of your own "
               "keeps you warm, and offering hours finds people in other time zones."),),
        ((Button("A question for me alone", ActionId("mock.again"), "primary"),
          Button("Offer hours", ActionId("pair.later", wish)),
          Button("Look again now", ActionId("pair.seek"))),),
    )  # fmt: skip


def stopped() -> Card:
    return Card(
        "Not looking any more", (Prose("You are out of the pairs. `/mock pair` looks again whenever you like."),)
    )


# Before it starts --------------------------------------------------------------------------------------------------


def made(pair: Pair, role: Role, others: Sequence[Member]) -> Card:
    """A pair at a time to come."""
    return Card(
        "You have a partner" if role != "observer" else "You observe a mock",
        (Prose(f"{moment(pair.starts)}: {_roles(role, others)}"),),
        (
            (
                Button("I cannot make it", ActionId("pair.leave", str(pair.id))),
                Button("Show the pair", ActionId("pair.card", str(pair.id))),
            ),
        ),
        "I remind you ten minutes before. Meet where you like to talk: a call or a voice channel.",
    )


def _roles(role: Role, others: Sequence[Member]) -> str:
    names = " and ".join(mention(one.user) for one in others)
    if role == "observer":
        return (f"you are the odd one, so you watch {names}, and score both with the rubric. If one of them has to go, you "
                "take their place.")  # fmt: skip
    start = "You answer first" if role == "first" else "You interview first"
    watching = f" {mention(others[1].user)} watches and scores." if len(others) > 1 else ""
    return f"a mock interview with {mention(others[0].user)}. {start}, then you swap.{watching}"


def reminder(pair: Pair, role: Role, others: Sequence[Member]) -> Card:
    """Ten minutes before it starts."""
    return Card(
        "Your mock starts soon",
        (Prose(f"{moment(pair.starts)}: {_roles(role, others)}"),),
        ((Button("I cannot make it", ActionId("pair.leave", str(pair.id))),),),
    )


def ready(pair: Pair, role: Role, others: Sequence[Member]) -> Card:
    """It is time."""
    return Card(
        "Your mock interview starts now",
        (Prose(f"Now: {_roles(role, others)}"), Prose("Meet where you can talk, and press when you are there. The first "
               "question comes when both of you are here.")),
        ((Button("I am here", ActionId("pair.here", str(pair.id)), "primary"),
          Button("I cannot make it", ActionId("pair.leave", str(pair.id)))),),
        f"Whoever is not here in {MINUTES} minutes is released, and you are matched again.",
    )  # fmt: skip


def arrived(pair: Pair, missing: Sequence[Member], both: bool) -> Card:
    """The member said that they are here."""
    if both:
        text = "Everybody is here. Your card is in your messages, and here:"
    else:
        names = " and ".join(mention(one.user) for one in missing)
        text = f"Good. Now {names}; in {MINUTES} minutes at the latest it goes on without whoever does not come."
    return Card(
        "You are here",
        (Prose(text),),
        ((Button("Show my card", ActionId("pair.card", str(pair.id)), "primary"),),),
    )


def ghost(name: str, weekly: bool) -> Card:
    """To whoever did not come: asked once."""
    hours = " Your weekly hours wait until then." if weekly else ""
    return Card(
        "You were expected",
        (Prose(f"{name} waited for you, and {MINUTES} minutes later I looked for somebody else. No harm done. Are you still "
               f"in? I do not pair you again before you say so, and I do not ask again.{hours}"),),
        ((Button("I am back", ActionId("pair.back"), "primary"), Button("Leave me out", ActionId("pair.stop"))),),
    )  # fmt: skip


def returned(weekly: bool) -> Card:
    text = "Your weekly hours stand again." if weekly else "`/mock pair` finds you a partner."
    return Card(
        "Good to have you back", (Prose(text),), ((Button("Find me a partner now", ActionId("pair.seek"), "primary"),),)
    )


def again(who: str, *, came: bool) -> Card:
    """The partner is gone before it began; the member is matched again."""
    why = f"{who} cannot make it." if came else f"{who} did not come."
    return Card(
        "I look for another partner",
        (Prose(f"{why} You keep your place: I look for somebody else right now and tell you what I find."),),
        ((Button("Stop looking", ActionId("pair.stop")),),),
    )


def stepped_in(pair: Pair, gone: str, new: str, you: bool) -> Card:
    """An observer takes the place of one who is gone."""
    text = f"{gone} is gone. {'You take their place' if you else f'{new} takes their place'}; nothing is lost."
    return Card(
        "Somebody steps in",
        (Prose(text),),
        ((Button("Show my card", ActionId("pair.card", str(pair.id)), "primary"),),),
    )


# A turn ------------------------------------------------------------------------------------------------------------


def prompt(scene: Scene) -> Card:
    """To the candidate: the question and the clock, and nothing of the guide."""
    turn, question = scene.turn, scene.question
    return Card(
        f"Turn {turn.number}: you answer",
        (Prose(f"{mention(scene.interviewer.user)} asks. Answer out loud; say what you think while you think it."),
         Prose(as_asked(question))),
        ((Button("End it here", ActionId("pair.leave", str(turn.pair))),),),
        f"The clock runs until {moment(turn.until)}. Your partner has the hints: ask for one when you are stuck.",
    )  # fmt: skip


def guide(scene: Scene, page: int, observes: bool) -> Card:
    """To the interviewer and to an observer: the question, what it tests, what to listen for, when to help."""
    turn, question = scene.turn, scene.question
    role = "You watch and score" if observes else f"You interview {mention(scene.candidate.user)}"
    sections = [f"{role}. Read the question out, let them lead, and keep the rest of this card to yourself.",
                as_asked(question), f"**What it tests**\n{question.tests}", key_points(question)]  # fmt: skip
    at = hint_times(question, turn.begun)
    hints = [f"{number}. {moment(when)}, if they are stuck: {hint}"
             for number, (when, hint) in enumerate(zip(at, question.hints, strict=True), start=1)]  # fmt: skip
    sections.append("**When to hint.** Each hint costs one of four levels.\n" + "\n".join(hints))
    sections.append("**Follow-ups, when they are done early**\n" + "\n".join(f"- {one}" for one in question.follow_ups))
    sections.append("**Listen for these mistakes**\n" + "\n".join(f"- {one.text}" for one in question.mistakes))
    sections.append("**Strong answer**\n" + question.strong_answer)
    buttons = [Button("Fill in the rubric", ActionId("pair.levels", str(turn.id)), "primary")]
    if not observes:
        buttons.append(Button("End it here", ActionId("pair.leave", str(turn.pair))))
    title, footer = f"Turn {turn.number}: the interviewer's guide", f"The clock runs until {moment(turn.until)}."
    card = paged(
        title,
        prose("\n\n".join(sections)),
        page,
        lambda number: ActionId("pair.turn_guide", f"{turn.id}/{number}"),
        footer=footer,
    )
    return Card(card.title, card.body, (*card.rows, tuple(buttons)), card.footer)


def time_up(scene: Scene, candidate: bool) -> Card:
    """The clock ran out."""
    if candidate:
        text = "Finish your sentence, and say how you would go on. Your partner fills in the rubric now."
        return Card("Time is up", (Prose(text),))
    return Card(
        "Time is up",
        (Prose(f"Let {mention(scene.candidate.user)} finish the sentence. Then the rubric, while it is fresh: two short "
               "steps."),),
        ((Button("Fill in the rubric", ActionId("pair.levels", str(scene.turn.id)), "primary"),
          Button("Show the guide", ActionId("pair.guide", f"{scene.turn.id}/1"))),),
    )  # fmt: skip


def levels_form(scene: Scene, criteria: Sequence[Criterion], known: Score | None) -> Form:
    """Step 1: a level for each criterion."""
    intro = f"**{scene.question.title}**" if len(criteria) < FORM_PARTS else ""
    fields = level_fields(criteria, known.levels if known else {})
    action = ActionId("pair.levels", str(scene.turn.id))
    return Form("Rubric, step 1 of 2", action, fields, submit="Keep the levels", intro=intro)


def levels_kept(scene: Scene) -> Card:
    """Between the two steps: a form cannot follow a form."""
    id = str(scene.turn.id)
    return Card(
        "One step left",
        (Prose("The levels are kept. Now the key points, the mistakes, the hints that you gave, one thing to keep and one "
               "to change."),),
        ((Button("Step 2: points and words", ActionId("pair.words", id), "primary"),
          Button("Change the levels", ActionId("pair.levels", id))),),
    )  # fmt: skip


def words_form(scene: Scene, catalog: Catalog) -> Form:
    """Step 2; the guide has the key points in full."""
    question = scene.question
    points = tuple(Choice(_short(f"{number}. {point}"), str(number - 1))
                   for number, point in enumerate(question.key_points, start=1))  # fmt: skip
    flags = tuple(Choice(flag.label, flag.id) for flag in catalog.flags.values())
    hints = tuple(Choice("None" if number == 0 else str(number), str(number))
                  for number in range(len(question.hints) + 1))  # fmt: skip
    return Form(
        "Rubric, step 2 of 2",
        ActionId("pair.words", str(scene.turn.id)),
        (
            AnyOf("points", "Key points that they made", points, "Tick what you heard."),
            AnyOf("flags", "Mistakes that would sink it", flags, "Only what you really heard; none is fine."),
            OneOf("hints", "Hints that you gave", hints, value="0"),
            TextField("keep", "One thing to keep", "What worked, so concrete that they do it again.", multiline=True,
                      most=REMARK),
            TextField("change", "One thing to change", "What to do next time, not what was wrong.", multiline=True,
                      most=REMARK),
        ),
        submit="Send the rubric",
    )  # fmt: skip


def _short(text: str) -> str:
    return text if len(text) <= 75 else text[:74].rsplit(" ", 1)[0] + "…"


def scored(scene: Scene, observed: bool) -> Card:
    """To whoever filled in the rubric."""
    text = f"{mention(scene.candidate.user)} has your rubric."
    text += " Thank you: two pairs of ears hear more than one." if observed else ""
    return Card(
        "Rubric sent",
        (Prose(text),),
        ((Button("Show the pair", ActionId("pair.card", str(scene.turn.pair)), "primary"),),),
    )


def feedback(scene: Scene, score: Score, scorer: Member, criteria: Sequence[Criterion], catalog: Catalog) -> list[Card]:
    """To the candidate: what the interviewer, or the observer, heard."""
    question = scene.question
    levels = "\n".join(f"- {one.name}: **{score.levels[one.id]}** of {TOP_LEVEL}"
                       for one in criteria if one.id in score.levels)  # fmt: skip
    if score.hints:
        levels += f"\n- Hints: {score.hints}, so the best level within reach was {best_level(score.hints)}"
    points = "\n".join(f"- {point} (*{'heard' if number in score.points else 'not heard'}*)"
                       for number, point in enumerate(question.key_points))  # fmt: skip
    body: list[Body] = [
        Prose(f"**{question.title}**, as {mention(scorer.user)} heard it.\n\n{levels}"),
        *prose(f"**Key points**\n{points}"),
    ]
    flags = [catalog.flags[id] for id in score.flags if id in catalog.flags]
    if flags:
        body += prose("**Mistakes to work on**\n" + "\n".join(f"- **{one.label}**. {one.instead}" for one in flags))
    body += [Prose("**To keep**"), *said(score.keep), Prose("**To change**"), *said(score.change)]
    rows: tuple[Row, ...] = ((Button("Strong answer", ActionId("rounds.strong", f"{scene.turn.round}/1"), "primary"),),)
    pages = sheets(body)
    return [
        Card(f"Your rubric{f' ({page} of {len(pages)})' if len(pages) > 1 else ''}", sheet,
             rows if page == len(pages) else ())
        for page, sheet in enumerate(pages, start=1)
    ]  # fmt: skip


# Between the turns and at the end ----------------------------------------------------------------------------------


def swap(pair: Pair, next_candidate: Member, you: bool, observes: bool = False) -> Card:
    """Turn 1 is through."""
    if observes:
        return Card(
            "They swap", (Prose(f"{mention(next_candidate.user)} answers next. The guide comes when they start."),)
        )
    role = "You answer next" if you else f"You interview {mention(next_candidate.user)} next"
    return Card(
        "Now you swap",
        (Prose(f"{role}, with a question of its own. Take a breath, then press: the clock starts for both of you."),),
        ((Button("We are ready", ActionId("pair.begin", str(pair.id)), "primary"),
          Button("End it here", ActionId("pair.leave", str(pair.id)))),),
    )  # fmt: skip


def over() -> Card:
    """Both had their turn, or it ended."""
    return Card(
        "That was your mock interview",
        (Prose("Say thank you, and tell each other the one thing that you take along. What you missed comes back to you by "
               "itself."),),
        ((Button("Another partner", ActionId("pair.seek"), "primary"), Button("My progress", ActionId("progress.mine"))),),
    )  # fmt: skip


def broken_off(who: str, turn: Turn | None, candidate: bool) -> Card:
    """The other one ended it in the middle."""
    text = f"{who} had to go, so the mock ends here."
    buttons = []
    if turn is not None and turn.state != "scored" and not candidate:
        text += " The rubric for what you heard is still welcome."
        buttons.append(Button("Fill in the rubric", ActionId("pair.levels", str(turn.id)), "primary"))
    elif turn is not None:
        text += " The strong answer to the last question is yours to read."
        buttons.append(Button("Strong answer", ActionId("rounds.strong", f"{turn.round}/1")))
    buttons += [Button("Another partner", ActionId("pair.seek")), Button("A question for me", ActionId("mock.again"))]
    return Card("Your partner is gone", (Prose(text),), (tuple(buttons),))


def left() -> Card:
    """To the one who goes."""
    return Card(
        "You are out of this mock",
        (Prose("Your partner knows. What was scored is kept. `/mock pair` finds you another time."),),
    )


def unscored(turn: Turn, who: str, candidate: bool) -> Card:
    """The clock ran out long ago, and no rubric came."""
    if candidate:
        return Card(
            "No rubric came",
            (Prose(f"{who} did not fill in the rubric. If it comes late, you still get it. Compare with the strong answer "
                   "yourself."),),
            ((Button("Strong answer", ActionId("rounds.strong", f"{turn.round}/1"), "primary"),
              Button("A question for me", ActionId("mock.again"))),),
        )  # fmt: skip
    return Card(
        "Your partner waits for the rubric",
        (Prose(f"The mock with {who} is over, and the rubric is still welcome: two short steps. I do not ask again."),),
        ((Button("Fill in the rubric", ActionId("pair.levels", str(turn.id)), "primary"),),),
    )


def ended(observes: bool) -> Card:
    """A turn that is over without a score, for whoever looks at it."""
    text = "This mock is over." + ("" if observes else " `/mock pair` finds you another partner.")
    return Card(
        "That mock is over", (Prose(text),), ((Button("Find me a partner", ActionId("pair.seek"), "primary"),),)
    )
