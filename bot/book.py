"""The commands of the bot: from this one definition every platform's are made."""

from collections.abc import Mapping

from bot.catalog import KINDS, LEVELS, TOPICS, Catalog
from bot.core.commands import Choice, Command, Option, Verb


def book(catalog: Catalog) -> tuple[Command, ...]:
    """All commands, with the catalog's topics, stages, plans, themes and competencies as choices."""
    return (
        _plan(),
        _mock(catalog),
        _review(),
        _star(catalog),
        _resume(),
        _interview(catalog),
        _progress(),
        _group(catalog),
        _help(),
    )


def _plan() -> Command:
    number = Option("number", "Which day of the plan", "number")
    return Command(
        "plan",
        "The plan: today, a day, all of it",
        (
            Verb("today", "plan.today", "Today's tasks and question, and what is yours to do"),
            Verb("day", "plan.day", "One day of the plan", (number,)),
            Verb("all", "plan.all", "The whole plan with its dates"),
            Verb("done", "plan.done", "Tick off the tasks of the latest day"),
            Verb("calendar", "plan.file", "The days to come as a calendar file"),
        ),
    )


def _mock(catalog: Catalog) -> Command:
    wish = (
        Option("topic", "What it is about", "pick", _choices(TOPICS)),
        Option("level", "How hard", choices=_choices({level: level.capitalize() for level in LEVELS})),
        Option("kind", "What kind of question", choices=_choices({k: k.capitalize() for k in KINDS})),
        Option("stage", "A stage of the interview that asks it",
               choices=_choices({stage.id: stage.name for stage in catalog.stages.values()})),
    )  # fmt: skip
    where = Option("where", "Alone, or in a thread of the channel",
                   choices=(Choice("private", "For me alone"), Choice("thread", "In a thread")))  # fmt: skip
    named = Option("question", "One question, by its title", "pick",
                   _choices({one.id: one.title for one in catalog.questions.values()}))  # fmt: skip
    when = Option("when", "At once, or at hours that you offer",
                  choices=(Choice("now", "Now"), Choice("later", "Later, at hours that I offer")))  # fmt: skip
    return Command(
        "mock",
        "Mock interviews: a question that fits you now, in pairs, a whole onsite",
        (
            # Named, so that platforms whose commands are either one thing or several can show all three.
            Verb("ask", "mock.ask", "A mock question that fits you now, in any order of words", (*wish, where, named)),
            Verb("pair", "pair.seek", "With a partner: one asks, one answers, then you swap", (when, *wish)),
            Verb("loop", "loop.open", "A whole onsite: five rounds, each with its clock, and the committee's card"),
        ),
    )


def _review() -> Command:
    return Command(
        "review",
        "Reviews that are yours to write, and practice for them",
        (
            Verb("mine", "review.mine", "All reviews that you owe"),
            Verb("next", "review.next", "The one that is due first, opened"),
            Verb("practice", "practice.start", "Practise on a sample answer and see how your levels lie",
                 (Option("topic", "What it is about", choices=_choices(TOPICS)),)),
        ),
    )  # fmt: skip


def _star(catalog: Catalog) -> Command:
    themes = _choices({theme.id: theme.name for theme in catalog.themes.values()})
    competencies = _choices({one.id: one.name for one in catalog.competencies.values()})
    return Command(
        "star",
        "Your STAR stories",
        (
            Verb("bank", "star.bank", "Your stories and the themes they cover"),
            Verb("new", "star.new", "Write a story", (Option("theme", "What it shows", choices=themes),)),
            Verb("practice", "star.practice", "A prompt to tell a story to, and which of yours fits",
                 (Option("competency", "What the prompt is about", choices=competencies),)),
            Verb("coverage", "star.coverage", "What your stories cover, and the gaps in words"),
            Verb("group", "star.group", "What the group's stories cover, from the plan's days of stories on"),
        ),
    )  # fmt: skip


def _resume() -> Command:
    bullet = Option("bullet", "A bullet of your resume, as it stands there", "words")
    return Command(
        "resume",
        "The bullets of your resume, drilled",
        (
            Verb("bullets", "resume.bullets", "Your bullets and how far each is drilled", (bullet,)),
            Verb("add", "resume.add", "Paste bullets, one or many", (bullet,)),
            Verb("weak", "resume.weak", "The weak spots of all your bullets"),
        ),
    )


def _interview(catalog: Catalog) -> Command:
    number = Option("number", "Which one, by its number in the list; without one the next", "number")
    stages = _choices({stage.id: stage.name for stage in catalog.stages.values()})
    company = Option("company", "Where", "words")
    return Command(
        "interview",
        "Your own interviews: countdown, plan, reminders",
        (
            Verb("list", "interview.mine", "All your interviews with their numbers"),
            Verb("next", "interview.next", "The next one, and what its stage asks"),
            Verb("add", "interview.add", "Tell of one: company, role, stage, day and hour",
                 (Option("stage", "Which stage", choices=stages), company)),
            Verb("move", "interview.move", "It has another day or hour", (number,)),
            Verb("cancel", "interview.cancel", "It does not take place: nothing reminds you of it", (number,)),
            Verb("done", "interview.done", "How it went and what was asked, for you or for the group", (number,)),
            Verb("plan", "interview.plan", "A plan fitted to the days that are left", (number,)),
            Verb("research", "interview.sheet", "The research sheet on the company", (number,)),
            Verb("questions", "interview.questions", "Questions to ask them", (number,)),
            Verb("checklist", "interview.boxes", "The day-of checklist with its boxes", (number,)),
            Verb("calendar", "interview.file", "Those ahead as a calendar file"),
        ),
    )  # fmt: skip


def _progress() -> Command:
    return Command("progress", "How far you are", (Verb("", "progress.mine", "How far you are, and what comes back"),))


def _group(catalog: Catalog) -> Command:
    plans = _choices({plan.id: plan.title for plan in catalog.plans.values()})
    first = Option("from", "First day, like 2026-09-01, today or tomorrow", "date")
    last = Option("to", "Last day, that day included", "date")
    return Command(
        "group",
        "The study group of this channel",
        (
            Verb("settings", "group.settings", "How this group runs; who manages the channel can change it"),
            Verb("setup", "group.setup", "Make a study group in this channel",
                 (Option("plan", "Which plan", choices=plans),), managers=True),
            Verb("join", "group.join", "Take part, or tell your time zone",
                 (Option("zone", "Your city or time zone, like Lisbon", "words"),)),
            Verb("leave", "group.leave", "Time away: nothing is dealt to you and your streak waits", (first, last)),
            Verb("pause", "group.pause", "Stop posting; the plan waits where it is", managers=True),
            Verb("resume", "group.resume", "Go on with the plan", managers=True),
            Verb("skip", "group.skip", "Days off for the whole group; the plan moves on behind them", (first, last),
                 managers=True),
        ),
    )  # fmt: skip


def _help() -> Command:
    return Command("help", "What I can do", (Verb("", "help.commands", "What I can do, command by command"),))


def _choices(labels: Mapping[str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(value, label) for value, label in labels.items())
