"""What stories and bullets are held against: themes, competencies, the drill and its follow-ups. Nothing is run here."""

from bot.catalog import DRILL, PARTS, THEMES, Competency, DrillQuestion, FollowUp, Need, StoryPart, Theme
from bot.content_reader import Entry, Found
from bot.core import phrases

WORDS = "{words}"  # stands for what a bullet says


def theme(entry: Entry) -> Found[Theme]:
    """One of the four themes."""
    made = Theme(
        entry.one_of("id", THEMES),
        entry.text("name", 45),
        entry.text("gap", 60),
        entry.text("asks", 200),
        entry.texts("prompts", 3, 5, 220),
        entry.texts("listen_for", 3, 5, 160),
    )
    entry.done()
    return entry, made


def story_part(entry: Entry) -> Found[StoryPart]:
    """One of the four parts of a story."""
    made = StoryPart(
        entry.one_of("id", PARTS), entry.text("name", 45), entry.text("guidance", 95), entry.text("weak", 160)
    )
    entry.done()
    return entry, made


def competency(entry: Entry) -> Found[Competency]:
    """What a story can show."""
    made = Competency(
        entry.slug("id"),
        entry.text("name", 45),
        entry.text("gap", 60),
        entry.text("asks", 200),
        entry.texts("prompts", 3, 5, 220),
        entry.texts("listen_for", 3, 5, 160),
        _phrases(entry, "signs", 3),
    )
    entry.done()
    return entry, made


def drill_question(entry: Entry) -> Found[DrillQuestion]:
    """One of the five questions of the drill."""
    made = DrillQuestion(
        entry.one_of("id", DRILL),
        entry.text("name", 40),
        entry.text("asks", 220),
        entry.texts("listen_for", 2, 4, 160),
        tuple(_need(one) for one in entry.entries("needs", 1, 4)),
    )
    entry.done()
    return entry, made


def _need(entry: Entry) -> Need:
    need = Need(_phrases(entry, "any", 1), entry.text("spot", 90))
    entry.done()
    return need


def follow_up(entry: Entry) -> Found[FollowUp]:
    """A rule; its two bullets show that it speaks up, and that it keeps quiet."""
    made = FollowUp(
        id=entry.slug("id"),
        after=entry.one_of("after", DRILL),
        when=_phrases(entry, "when", 1),
        also=_phrases(entry, "also", 1) if entry.has("also") else (),
        unless=_phrases(entry, "unless", 1) if entry.has("unless") else (),
        asks=entry.texts("asks", 1, 2, 300),
        spot=entry.text("spot", 90),
        calls=entry.text("calls", 300),
        quiet=entry.text("quiet", 300),
    )
    entry.require(bool(made.words(made.calls)), "this bullet does not call for it", "calls")
    said = made.words(made.quiet)
    entry.require(not said, f"this bullet calls for it, by {said!r}", "quiet")
    for key, texts in (("asks", made.asks), ("spot", (made.spot,))):
        braces = any("{" in text.replace(WORDS, "") or "}" in text.replace(WORDS, "") for text in texts)
        entry.require(not braces, f"nothing but {WORDS} stands in braces", key)
    entry.done()
    return entry, made


def _phrases(entry: Entry, key: str, least: int) -> tuple[str, ...]:
    """Phrases that can be looked for; those that cannot are faults."""
    found = entry.texts(key, least, 60, 60)
    for phrase in found:
        fault = phrases.fault(phrase)
        entry.require(not fault, fault, key)
    return tuple(phrase for phrase in found if not phrases.fault(phrase))
