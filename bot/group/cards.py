"""What a group's settings, welcome and leave look like."""

from datetime import date

from bot.catalog import Plan
from bot.core.markup import escape, mention, room
from bot.core.ui import ActionId, AnyOf, Button, Card, Choice, Facts, Form, OneOf, Prose, TextField
from bot.group.rules import WEEKDAYS, Group, Member, Names, Settings, day_name, span_name, weekday_names

PACES = (  # hours for answers, hours for reviews, as a choice of the one form
    (12, 12, "Quick: 12 hours to answer, 12 to review"),
    (24, 24, "A day to answer, a day to review"),
    (24, 48, "A day to answer, two days to review"),
    (48, 48, "Two days to answer, two to review"),
)
NAMES: dict[Names, str] = {
    "after": "Shown once the author's own reviews are done",
    "always": "Always shown",
    "never": "Never shown",
}
_DAYS = tuple(Choice(name, str(number)) for number, name in enumerate(WEEKDAYS))


def setup_form(plan: str, zone: str) -> Form:
    """The one form that makes a group."""
    return Form(
        "Set up the study group",
        ActionId("group.setup", plan),
        (
            _zone_field(zone),
            _time_field("08:00"),
            _days_field(tuple(str(number) for number in range(7))),
            start_field("today"),
            OneOf("pace", "Pace", tuple(Choice(label, f"{a}-{r}") for a, r, label in PACES), value="24-24",
                  hint="How long answers stay open, and how long reviews may take."),
        ),
        submit="Start",
    )  # fmt: skip


def schedule_form(settings: Settings) -> Form:
    """When the group posts."""
    return Form(
        "When we post",
        ActionId("group.schedule"),
        (
            _zone_field(settings.zone),
            _time_field(settings.post_at.strftime("%H:%M")),
            _days_field(tuple(str(day) for day in settings.weekdays)),
        ),
    )


def reviewing_form(settings: Settings) -> Form:
    """How answers and reviews go."""
    reviewers = [Choice("By size: 2, and 3 in groups over 8", "0")]
    reviewers += [Choice(f"{count} reviewer{'s' if count > 1 else ''}", str(count)) for count in (1, 2, 3, 4)]
    return Form(
        "Answers and reviews",
        ActionId("group.reviewing"),
        (
            TextField("answer_hours", "Hours until answers close", "4 to 168", str(settings.answer_hours), most=4),
            TextField("review_hours", "Hours for a review", "4 to 168, counted from then", str(settings.review_hours),
                      most=4),
            OneOf("reviewers", "Reviewers for each answer", tuple(reviewers), value=str(settings.reviewers)),
            OneOf("reviewer_names", "Names of reviewers",
                  tuple(Choice(label, value) for value, label in NAMES.items()), value=settings.reviewer_names),
            OneOf("answer_names", "Names on answers given by the form",
                  (Choice("Shown", "yes"), Choice("Hidden, from reviewers too", "no")),
                  value="yes" if settings.answer_names else "no"),
        ),
    )  # fmt: skip


def again_form(group: Group, plans: tuple[Plan, ...], under_way: int) -> Form:
    """Start a plan from its first day; `under_way` is the day that a run would come to next, 0 where none runs."""
    intro = f"This ends the run under way, which would come to day {under_way} next." if under_way else ""
    choices = tuple(Choice(plan.title, plan.id) for plan in plans)
    chosen = group.settings.plan if group.settings.plan in {plan.id for plan in plans} else choices[0].value
    fields = (OneOf("plan", "Plan", choices, value=chosen), start_field("tomorrow"))
    return Form("Start from day 1", ActionId("group.again", str(group.id)), fields, submit="Start", intro=intro)


def away_form() -> Form:
    """From when to when."""
    return Form(
        "Time away",
        ActionId("group.leave"),
        (
            TextField("first", "First day", "Like 2026-09-01, today or tomorrow.", "today", most=20),
            TextField("last", "Last day", "That day included.", "tomorrow", most=20),
        ),
    )


def join_form(zone: str) -> Form:
    """Where a new member lives, which decides when their days begin."""
    field = TextField("zone", "Your time zone", "Your city, or like Europe/Berlin. Your days are counted in it.", zone,
                      most=60)  # fmt: skip
    return Form("Take part", ActionId("group.join"), (field,), submit="Join")


def start_field(value: str) -> TextField:
    return TextField("start", "Start on", "Like 2026-09-01, today or tomorrow. That is day 1.", value, most=20)


def _zone_field(zone: str) -> TextField:
    return TextField("zone", "Time zone of the group", "Like Europe/Berlin, or just the city.", zone, most=60)


def _time_field(at: str) -> TextField:
    return TextField("post_at", "Daily post at", "Local hour, like 08:00 or 19:30.", at, most=10)


def _days_field(chosen: tuple[str, ...]) -> AnyOf:
    return AnyOf(
        "weekdays", "On these days", _DAYS, "Days left out are free: nothing is posted.", chosen, required=True
    )


def facts(group: Group, members: int) -> Facts:
    """The settings in words."""
    settings = group.settings
    reviewers = str(settings.reviewers) if settings.reviewers else "2, or 3 in groups over 8"
    return Facts((
        ("Daily post", f"{settings.post_at:%H:%M}, {weekday_names(settings.weekdays)}"),
        ("Time zone", escape(settings.zone)),
        ("Answers close", f"after {settings.answer_hours} hours"),
        ("Reviews are due", f"{settings.review_hours} hours later"),
        ("Reviewers for each answer", reviewers),
        ("Names of reviewers", NAMES[settings.reviewer_names].lower()),
        ("Names on form answers", "shown" if settings.answer_names else "hidden"),
        ("Members", str(members)),
    ))  # fmt: skip


def ready(group: Group, first: date, members: int) -> Card:
    """To the one who set the group up."""
    return Card(
        "Your study group is set",
        (Prose(f"Day 1 comes on **{day_name(first)} at {group.settings.post_at:%H:%M}** ({escape(group.settings.zone)}). "
               "I have invited the channel to join."), facts(group, members)),
        ((Button("Change answers and reviews", ActionId("group.reviewing")),),),
        "/group settings shows this again.",
    )  # fmt: skip


def welcome(group: Group, plan: Plan, first: date, by: str) -> Card:
    """To the channel."""
    return Card(
        f"{plan.title}: we start {day_name(first)}",
        (
            Prose(f"{mention(by)} set up a study group here. {plan.summary}"),
            Prose("- Each day I post the task and one question here, and open a thread for your answers.\n"
                  "- When answers close, each goes to a few of you for review.\n"
                  "- `/mock` gives you a question of your own at any time, `/help` shows the rest."),
        ),
        ((Button("Join", ActionId("group.join"), "primary"), Button("See the plan", ActionId("plan.all"))),),
        f"Daily post at {group.settings.post_at:%H:%M} {group.settings.zone}, {weekday_names(group.settings.weekdays)}.",
    )  # fmt: skip


def settings(group: Group, members: int, state: str, manages: bool) -> Card:
    """All settings, and for managers the ways to change them."""
    first = (
        Button("When we post", ActionId("group.schedule")),
        Button("Answers and reviews", ActionId("group.reviewing")),
    )
    second = [Button("Start from day 1", ActionId("group.again", str(group.id)))]
    if group.state == "paused":
        second.insert(0, Button("Resume", ActionId("group.resume"), "primary"))
    elif group.state == "active":
        second.insert(0, Button("Pause", ActionId("group.pause")))
    return Card(
        "Settings of this study group",
        (Prose(state), facts(group, members)),
        (first, tuple(second)) if manages else (),
        "" if manages else "People who manage this channel can change them.",
    )


def changed(group: Group, members: int, state: str) -> Card:
    return Card("Saved", (Prose(state), facts(group, members)))


def joined(member: Member, group: Group, state: str) -> Card:
    """To a new member."""
    return Card(
        "You are in",
        (Prose(f"Welcome, {escape(member.name)}. {state}"),
         Prose(f"Your days are counted in **{escape(member.zone)}**. If that is wrong, type `/group join` with your city, "
               "such as `/group join Lisbon`.")),
        ((Button("Today", ActionId("plan.today"), "primary"), Button("See the plan", ActionId("plan.all"))),),
    )  # fmt: skip


def absence(spans: list[tuple[date, date]], today: date) -> Card:
    """The ways to be away."""
    now = [span_name(first, last) for first, last in spans]
    text = f"You are away {', '.join(now)}. Nothing is dealt to you then, and your streak waits." if now else (
        "While you are away nothing is dealt to you, no reminder comes, and your streak waits for you.")  # fmt: skip
    buttons = [
        Button("Away today", ActionId("group.away", today.isoformat())),
        Button("Away longer", ActionId("group.leave")),
    ]
    if spans:
        buttons.append(Button("I am back", ActionId("group.back"), "primary"))
    return Card(
        "Time away",
        (Prose(text),),
        (tuple(buttons), (Button("Leave the group for good", ActionId("group.quit"), "danger"),)),
    )


def gone(first: date, last: date) -> Card:
    """Leave is noted."""
    return Card(
        "Enjoy your time away",
        (Prose(f"You are away **{span_name(first, last)}**. Nothing is dealt to you, no reminder comes, and your streak "
               "waits."),),
        ((Button("I am back", ActionId("group.back")),),),
    )  # fmt: skip


def notice(title: str, text: str) -> Card:
    """A short word, to one person or to the channel."""
    return Card(title, (Prose(text),))


def greeting() -> Card:
    """To a channel that the bot came into, or back into."""
    return Card(
        "I am in this channel",
        (Prose("Is there no study group here yet? Whoever manages the channel sets one up. One that was here before waits "
               "where it was paused: *Settings* has the button to go on."),),
        ((Button("Set up a group", ActionId("group.setup"), "primary"), Button("Settings", ActionId("group.settings"))),),
        "/help shows what I can do.",
    )  # fmt: skip


def out_of_reach(group: Group, why: str, mend: str, waits: bool) -> Card:
    """To whoever manages a group whose channel takes no posts: `waits` where what is due there can still go."""
    waiting = (
        "What is due there waits for some hours and is tried again every ten minutes: nothing else is to be done."
        if waits
        else "What was due there is not sent any more. /plan shows everybody their day meanwhile."
    )
    paused = " The plan is paused there: /group resume goes on with it." if group.state == "paused" else ""
    return Card(
        "I cannot post for your study group",
        (Prose(f"You look after the study group in {room(group.place.channel)}. {why}"), Prose(mend),
         Prose(f"{waiting}{paused}")),
        (),
        "I say this once, until a post gets through again.",
    )  # fmt: skip


def closed_messages(user: str, delivery: int) -> Card:
    """The in-channel way to somebody whose direct messages are closed."""
    return Card(
        "A message that I could not send",
        (
            Prose(
                f"{mention(user)}, your direct messages are closed to me. Press to read it here; only you will see it."
            ),
        ),
        ((Button("Read it here", ActionId("group.note", str(delivery)), "primary"),),),
    )
