"""What people do again and again, through the front door."""

from datetime import timedelta

from bot.core.events import Ask, Person, Reply, Show
from bot.core.ui import ActionId, AnyOf, Card, Form, OneOf, Values
from bot.testing import MONDAY, House, actions, words

EVERYBODY = ("ana", "ben", "chi", "dee")
WORDS = "First I would ask what a mistake costs, and measure precision at that point."
FIRST_POST = MONDAY + timedelta(hours=1)
FIRST_CLOSE = FIRST_POST + timedelta(hours=24)


def people(**zones: str) -> dict[str, Person]:
    """Persons by their first names, each in a zone; the first one manages the channel."""
    return {
        who: Person(who, who.capitalize(), manages=number == 0, zone=zone)
        for number, (who, zone) in enumerate(zones.items())
    }


async def give(house: House, who: str, text: str = WORDS, round: int = 1) -> Reply:
    """Answer by the form."""
    return await house.submit(who, ActionId("rounds.answer", str(round)), {"text": text})


async def close_first(house: House, *authors: str) -> None:
    """The first day is posted, `authors` answer by the form, answers close and are dealt."""
    await house.advance(FIRST_POST + timedelta(minutes=30))
    for who in authors:
        await give(house, who)
    await house.advance(FIRST_CLOSE)


def shown(reply: Reply) -> Card:
    """The card of a reply that shows one."""
    assert isinstance(reply, Show), reply
    return reply.card


def asked(reply: Reply) -> Form:
    """The form of a reply that asks one."""
    assert isinstance(reply, Ask), reply
    return reply.form


def filled(form: Form, **values: str | tuple[str, ...]) -> Values:
    """A form filled in somehow: the first choice, every box, a sentence; `values` say otherwise."""
    some: dict[str, str | tuple[str, ...]] = {}
    for field in form.fields:
        if isinstance(field, AnyOf):
            some[field.id] = tuple(choice.value for choice in field.choices)
        else:
            some[field.id] = field.choices[0].value if isinstance(field, OneOf) else field.value or WORDS[: field.most]
    return some | values


async def owed(house: House, who: str) -> list[str]:
    """The ids of the reviews that `/review` says are theirs to write."""
    card = shown(await house.command(who, "/review"))
    return [action.arg.partition("/")[0] for label, action in actions(card).items() if label.startswith("Read ")]


async def level(house: House, who: str, review: str, level: int = 3) -> Reply:
    """The first step of a review: the same level for each criterion."""
    form = asked(await house.press(who, f"review.levels:{review}"))
    return await house.submit(who, form.action, {field.id: str(level) for field in form.fields})


async def write_review(house: House, who: str, review: str, at: int = 3, **words: str | tuple[str, ...]) -> Reply:
    """Both steps of a review."""
    await level(house, who, review, at)
    plain: Values = {"points": ("0",), "flags": (), "keep": "The baseline first.", "change": "Name the metric."}
    return await house.submit(who, f"review.words:{review}", {**plain, **words})


async def write_all(house: House, *reviewers: str) -> None:
    """These people write all that they owe."""
    for who in reviewers:
        for review in await owed(house, who):
            await write_review(house, who, review)


def feedback(house: House, who: str) -> list[str]:
    """What came to an author as feedback: each time all its pages."""
    found: dict[str, list[str]] = {}
    for posting in house.platform.keyed("feedback:"):
        if posting.place.channel == who:
            _, answer, count, *_ = posting.parcel.key.split(":")
            found.setdefault(f"{answer}:{count}", []).append(words(posting.card))
    return ["\n".join(pages) for pages in found.values()]


def under_feedback(house: House, who: str) -> dict[str, ActionId]:
    """The buttons under the latest feedback to an author."""
    return actions([posting.card for posting in house.platform.keyed("feedback:") if posting.place.channel == who][-1])


def sent(house: House, key: str) -> list[str]:
    """Whom messages under such keys went to."""
    return [posting.place.channel for posting in house.platform.keyed(key)]


async def add(house: House, who: str, **values: str) -> Reply:
    """Tell of an interview: an onsite design at Acme, in the member's own zone."""
    plain = {"company": "Acme", "role": "ML engineer", "stage": "onsite-design", "when": "2026-09-10 14:00",
             "zone": house.people[who].zone}  # fmt: skip
    return await house.submit(who, "interview.add", {**plain, **values})


async def tell(house: House, who: str, id: int = 1, **values: str) -> Reply:
    """Tell how an interview went, and share what was asked."""
    plain = {"asked": "Design a feed for sellers.", "kind": "design", "level": "hard", "felt": "fine", "share": "group"}
    return await house.submit(who, f"interview.done:{id}", {**plain, **values})
