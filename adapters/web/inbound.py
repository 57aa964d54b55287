"""What the page sends becomes the core's events. Pure; what no honest page would send raises ValueError."""

from collections.abc import Mapping

from bot.core.events import Choose, Command, Deleted, Edited, Person, Place, Posted, Press, Submit
from bot.core.markup import clean
from bot.core.ui import ActionId, AnyOf, Form


def text(raw: object) -> str:
    """A string from the page in storable characters."""
    if not isinstance(raw, str):
        raise ValueError(f"a text was expected, not {type(raw).__name__}")
    return clean(raw)


def is_command(text: str) -> bool:
    """Whether what was typed is for the bot and not for the channel."""
    return text.startswith("/")


def command(id: str, who: Person, where: Place, text: str) -> Command:
    """``/mock hard coding``: the first word without its slash is the name, the rest the text."""
    name, _, rest = text.strip().partition(" ")
    return Command(id, who, where, name.removeprefix("/"), rest.strip())


def posted(id: str, who: Person, where: Place, message: str, text: str) -> Posted:
    return Posted(id, who, where, message, text)


def edited(id: str, who: Person, where: Place, message: str, text: str) -> Edited:
    return Edited(id, who, where, message, text)


def deleted(id: str, who: Person, where: Place, message: str) -> Deleted:
    return Deleted(id, who, where, message)


def press(id: str, who: Person, where: Place, action: object) -> Press:
    return Press(id, who, where, ActionId.parse(text(action)))


def choose(id: str, who: Person, where: Place, action: object, value: object) -> Choose:
    return Choose(id, who, where, ActionId.parse(text(action)), text(value))


def submit(id: str, who: Person, where: Place, form: Form, raw: Mapping[str, object]) -> Submit:
    """What stands in the form's fields, whole: the engine says what does not fit. Fields that it lacks are left out."""
    values: dict[str, str | tuple[str, ...]] = {}
    for field in form.fields:
        sent = raw.get(field.id, [])
        every = tuple(text(one) for one in sent) if isinstance(sent, list) else (text(sent),)
        values[field.id] = every if isinstance(field, AnyOf) else (every[0] if every else "")
    return Submit(id, who, where, form.action, values)
