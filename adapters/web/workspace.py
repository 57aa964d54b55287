"""Who and where there is in the playground: one workspace, two channels, four people, and the bot."""

from bot.core.events import Person, Place

PLATFORM = "web"
WORKSPACE = "playground"
BOT = "mockingbird"
BOT_NAME = "Mockingbird"
CHANNELS = ("mle-prep", "mle-evenings")
TOPICS = {"mle-prep": "Two weeks to the interview, together", "mle-evenings": "For those who come after work"}
PEOPLE = (
    Person("ana", "Ana", manages=True, zone="Europe/Berlin"),
    Person("ben", "Ben", zone="Europe/London"),
    Person("chi", "Chi", zone="Asia/Tokyo"),
    Person("dee", "Dee", zone="America/New_York"),
)
NAMES = {person.id: person.name for person in PEOPLE} | {BOT: BOT_NAME}


def person(id: str) -> Person:
    """The person with this id; the first where there is none."""
    return next((one for one in PEOPLE if one.id == id), PEOPLE[0])


def channel(name: str, thread: str = "") -> Place:
    """A channel, or a thread in it by the id of the message it hangs on."""
    return Place(PLATFORM, WORKSPACE, name, thread=thread)


def direct(who: str, thread: str = "") -> Place:
    """A person's direct messages with the bot."""
    return Place(PLATFORM, WORKSPACE, who, thread=thread, direct=True)


def exists(place: Place) -> bool:
    """Whether the channel, or the person, is one of the playground's; of the thread it says nothing."""
    if (place.platform, place.workspace) != (PLATFORM, WORKSPACE):
        return False
    return place.channel in {one.id for one in PEOPLE} if place.direct else place.channel in CHANNELS
