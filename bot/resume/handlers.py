"""Keep the bullets of a resume, drill them, list their weak spots, and let peers ask the next why."""

from typing import Protocol

from bot.catalog import Catalog
from bot.core.errors import Refused
from bot.core.events import (
    Ask,
    Choose,
    Command,
    Deleted,
    Edited,
    Fix,
    Landed,
    Person,
    Place,
    Posted,
    Press,
    Quiet,
    Reply,
    Show,
    Submit,
)
from bot.core.markup import blank
from bot.core.ports import Work
from bot.core.ui import ActionId, Form, one
from bot.group.rules import Member, Seat, Seats, away, direct, local_date, seated
from bot.resume import cards
from bot.resume.rules import (
    BULLET_MOST,
    LINE_MOST,
    MOST_BULLETS,
    MOST_LINES,
    Asked,
    Bullet,
    Drilled,
    Line,
    questions,
    split,
    waiting,
)

GONE = "That bullet is not among yours. /resume shows them."


class Bullets(Protocol):
    def of(self, member: int) -> list[Bullet]: ...
    def bullet(self, id: int) -> Bullet | None: ...
    def in_thread(self, where: Place) -> Bullet | None: ...
    def add(self, member: int, text: str) -> int: ...
    def rewrite(self, id: int, text: str) -> None: ...
    def remove(self, id: int) -> None: ...
    def share(self, id: int, key: str) -> bool: ...
    def take_back(self, id: int) -> bool: ...
    def landed(self, id: int, thread: str) -> None: ...
    def answers(self, member: int) -> dict[int, dict[str, str]]: ...
    def answer(self, bullet: int, asked: str, text: str) -> None: ...
    def talk(self, member: int) -> dict[int, list[Line]]: ...
    def lines(self, bullet: int) -> int: ...
    def say(self, bullet: int, member: int, source: str, text: str) -> None: ...
    def said(self, bullet: int, source: str) -> bool: ...
    def strike(self, bullet: int, source: str) -> None: ...


class ResumeWork(Work, Protocol):
    @property
    def catalog(self) -> Catalog: ...
    @property
    def groups(self) -> Seats: ...
    @property
    def bullets(self) -> Bullets: ...


# My bullets ------------------------------------------------------------------------------------------------------


def mine(event: Command | Press, work: ResumeWork) -> Reply:
    """My bullets; with words behind the command, the form to add them, with the words in it."""
    seat = seated(*work.groups.at(event.where, event.who))
    words = event.options.get("bullet", "") if isinstance(event, Command) else ""
    if words:
        return Ask(cards.add_form(words))
    return Show(cards.bullets(_all(seat.member, work), work.catalog))


def _all(member: Member, work: ResumeWork) -> list[Drilled]:
    answers, talk = work.bullets.answers(member.id), work.bullets.talk(member.id)
    return [Drilled(one, answers.get(one.id, {}), talk.get(one.id, [])) for one in work.bullets.of(member.id)]


def ask_bullets(event: Command | Press, work: ResumeWork) -> Reply:
    """Open the form to paste bullets into."""
    seated(*work.groups.at(event.where, event.who))
    return Ask(cards.add_form(event.options.get("bullet", "") if isinstance(event, Command) else ""))


def keep_bullets(event: Submit, work: ResumeWork) -> Reply:
    """Keep what was pasted, one bullet a line; those that are there already stay as they are."""
    seat = seated(*work.groups.at(event.where, event.who))
    form = cards.add_form("")
    known = {one.text for one in work.bullets.of(seat.member.id)}
    pasted = split(one(event.values.get("bullets")))
    fresh = [text for text in pasted if text not in known]
    faults = form.faults(event.values) or _sizes("bullets", fresh, len(known))
    if not pasted and not faults:
        faults = {"bullets": "These are only the signs of bullets. Write what you did, a bullet a line."}
    if faults:
        return Fix(form, faults, event.values)
    ids = {work.bullets.add(seat.member.id, text) for text in fresh}
    work.groups.did(seat.member.id, seat.today(work.now))
    added = [one for one in _all(seat.member, work) if one.bullet.id in ids]
    return Show(cards.added(added, len(pasted) - len(fresh), work.catalog))


def _sizes(field: str, bullets: list[str], known: int) -> dict[str, str]:
    """The fault of bullets that are too long, or too many beside those that are `known`."""
    long = next((text for text in bullets if len(text) > BULLET_MOST), None)
    if long is not None:
        return {field: f"The bullet “{long[:30]}…” has {len(long):,} characters; {BULLET_MOST} fit. A bullet is two lines "
                       "of a resume: put each on a line of its own, and leave the story for the answers."}  # fmt: skip
    if known + len(bullets) > MOST_BULLETS:
        return {field: f"You have {known} bullets and {MOST_BULLETS} fit; these are {len(bullets)} more. Remove some under "
                       "/resume, or paste fewer."}  # fmt: skip
    return {}


def _own(id: int, where: Place, who: Person, work: ResumeWork) -> tuple[Drilled, Seat]:
    """A bullet of this person, in whichever of their groups they added it."""
    bullet = work.bullets.bullet(id)
    author = work.groups.member(bullet.member) if bullet else None
    if bullet is None or author is None:
        seated(*work.groups.at(where, who))
        raise Refused(GONE)
    seat = seated(*work.groups.of(author.group, where, who))
    if seat.member.id != bullet.member:
        raise Refused(GONE)
    return _drilled(bullet, work), seat


def _drilled(bullet: Bullet, work: ResumeWork) -> Drilled:
    answers, talk = work.bullets.answers(bullet.member), work.bullets.talk(bullet.member)
    return Drilled(bullet, answers.get(bullet.id, {}), talk.get(bullet.id, []))


def read(event: Press | Choose, work: ResumeWork) -> Reply:
    """One of my bullets and what it is asked."""
    action = ActionId("resume.bullet", f"{event.value[:20]}/1") if isinstance(event, Choose) else event.action
    id, page = action.numbers(2)
    drilled, _ = _own(id, event.where, event.who, work)
    return Show(cards.bullet(drilled, work.catalog, page))


def answers(event: Press, work: ResumeWork) -> Reply:
    """All answers that stay with a bullet, and its thread."""
    id, page = event.action.numbers(2)
    drilled, seat = _own(id, event.where, event.who, work)
    names = {line.member: _name(line.member, seat.member, work) for line in drilled.talk}
    return Show(cards.answers(drilled, names, work.catalog, page))


def _name(member: int, reader: Member, work: ResumeWork) -> str:
    found = work.groups.member(member)
    return "You" if member == reader.id else found.name if found else "Somebody"


def weak(event: Command | Press, work: ResumeWork) -> Reply:
    """The weak spots of all my bullets."""
    seat = seated(*work.groups.at(event.where, event.who))
    page = event.action.number if isinstance(event, Press) and event.action.arg else 1
    return Show(cards.weak(_all(seat.member, work), work.catalog, page))


def ask_change(event: Press, work: ResumeWork) -> Reply:
    """Open the form with the bullet in it."""
    drilled, _ = _own(event.action.number, event.where, event.who, work)
    return Ask(cards.change_form(drilled.bullet))


def change(event: Submit, work: ResumeWork) -> Reply:
    """Keep the changed bullet; its answers stay."""
    drilled, seat = _own(event.action.number, event.where, event.who, work)
    form = cards.change_form(drilled.bullet)
    text = " ".join(split(one(event.values.get("bullet"))))
    faults = form.faults(event.values) or _sizes("bullet", [text], 0)
    if faults or not text:
        return Fix(form, faults or {"bullet": "This one is needed: write a few words."}, event.values)
    work.bullets.rewrite(drilled.bullet.id, text)
    work.groups.did(seat.member.id, seat.today(work.now))
    return Show(cards.bullet(_own(drilled.bullet.id, event.where, event.who, work)[0], work.catalog, 1))


def ask_remove(event: Press, work: ResumeWork) -> Reply:
    """Ask once more before a bullet goes with all its answers."""
    drilled, _ = _own(event.action.number, event.where, event.who, work)
    return Show(cards.sure(drilled))


def remove(event: Press, work: ResumeWork) -> Reply:
    """The bullet is gone, here and in the channel."""
    drilled, seat = _own(event.action.number, event.where, event.who, work)
    _close(drilled.bullet, seat, work)
    work.bullets.remove(drilled.bullet.id)
    return Show(cards.removed(drilled.bullet))


# The drill -------------------------------------------------------------------------------------------------------


def _asked(arg: str, event: Press | Choose | Submit, work: ResumeWork) -> tuple[Drilled, Asked, Seat]:
    """The bullet and the question that ``bullet/question`` names; Refused where the bullet does not call for it."""
    id, _, asked = arg.partition("/")
    drilled, seat = _own(ActionId("resume.ask", id).number, event.where, event.who, work)
    found = next((one for one in questions(drilled.bullet.text, work.catalog) if one.id == asked), None)
    if found is None:
        raise Refused("This bullet does not call for that question any more. /resume shows what it is asked now.")
    return drilled, found, seat


def ask(event: Press | Choose, work: ResumeWork) -> Reply:
    """Open the form of one question, with the answer that there is."""
    arg = f"{event.action.arg}/{event.value}" if isinstance(event, Choose) else event.action.arg
    drilled, asked, _ = _asked(arg, event, work)
    return Ask(cards.answer_form(drilled, asked))


def answer(event: Submit, work: ResumeWork) -> Reply:
    """Keep an answer with its bullet; what it leaves open, and the question that comes next."""
    drilled, asked, seat = _asked(event.action.arg, event, work)
    form = cards.answer_form(drilled, asked)
    faults = form.faults(event.values)
    if faults:
        return Fix(form, faults, event.values)
    work.bullets.answer(drilled.bullet.id, asked.id, one(event.values["answer"]).strip())
    work.groups.did(seat.member.id, seat.today(work.now))
    return Show(cards.answered(_drilled(drilled.bullet, work), asked, work.catalog))


# The group asks the next why -------------------------------------------------------------------------------------


def share(event: Press, work: ResumeWork) -> Reply:
    """Show a bullet to the group: a post whose thread is for whys."""
    drilled, seat = _own(event.action.number, event.where, event.who, work)
    bullet = drilled.bullet
    key = f"bullet:{bullet.id}:{event.id}"[:200]
    if not work.bullets.share(bullet.id, key):
        raise Refused("This bullet is shared already. Open it and press Take it back to end that.")
    then = ActionId("resume.opened", str(bullet.id))
    work.outbox.add(seat.group.place, cards.shared(bullet, seat.member.name), key=key, group=seat.group.id,
                    thread=f"Resume: {bullet.text}"[:100], then=then)  # fmt: skip
    return Show(cards.sharing(bullet, True))


def opened(event: Landed, work: ResumeWork) -> None:
    """The bullet's post landed: its thread is known."""
    work.bullets.landed(event.action.number, event.receipt.thread)


def take_back(event: Press, work: ResumeWork) -> Reply:
    """The group sees the bullet no more; what was asked stays with it."""
    drilled, seat = _own(event.action.number, event.where, event.who, work)
    _close(drilled.bullet, seat, work)
    return Show(cards.sharing(drilled.bullet, False))


def _close(bullet: Bullet, seat: Seat, work: ResumeWork) -> None:
    if work.bullets.take_back(bullet.id):
        work.outbox.edit(bullet.key, cards.taken_back(seat.member.name), key=f"{bullet.key}:back"[:200])


def _shared(id: int, where: Place, who: Person, work: ResumeWork) -> tuple[Bullet, Member, Seat]:
    """A bullet that its author shows to the group of this person, with the author."""
    bullet = work.bullets.bullet(id)
    author = work.groups.member(bullet.member) if bullet else None
    if bullet is None or author is None or not author.active or not bullet.shared:
        seated(*work.groups.at(where, who))
        raise Refused("This bullet is not shared any more. Your own are at /resume.")
    return bullet, author, seated(*work.groups.of(author.group, where, who))


def ask_why(event: Press, work: ResumeWork) -> Reply:
    """Open the form: a peer's next why, or the author's answer to the last one."""
    bullet, author, seat = _shared(event.action.number, event.where, event.who, work)
    return Ask(_why_form(bullet, author, seat, work))


def _why_form(bullet: Bullet, author: Member, seat: Seat, work: ResumeWork) -> Form:
    drilled = _drilled(bullet, work)
    if seat.member.id != author.id:
        return cards.why_form(drilled, author.name)
    if not waiting(drilled):
        raise Refused("Nobody waits for an answer of yours here. What your peers ask next comes to this thread.")
    return cards.reply_form(drilled)


def send_why(event: Submit, work: ResumeWork) -> Reply:
    """Keep what was asked or answered with the bullet, and say it in the thread."""
    bullet, author, seat = _shared(event.action.number, event.where, event.who, work)
    form = _why_form(bullet, author, seat, work)
    faults = form.faults(event.values)
    if faults:
        return Fix(form, faults, event.values)
    _room(bullet, work)
    text = one(event.values["why"]).strip()
    _keep(bullet, author, seat, f"form:{event.id}"[:200], text, work)
    for number, card in enumerate(cards.said_in_thread(bullet, seat.member.name, text, seat.member.id == author.id)):
        key = f"why:{bullet.id}:{number}:{event.id}"[:200]
        work.outbox.add(seat.group.place, card, key=key, group=seat.group.id, under=bullet.key)
    return Show(cards.kept(seat.member.id == author.id))


def _room(bullet: Bullet, work: ResumeWork) -> None:
    if work.bullets.lines(bullet.id) >= MOST_LINES:
        raise Refused(f"{MOST_LINES} lines stand under this bullet, and no more are kept. Share another one.")


def _keep(bullet: Bullet, author: Member, seat: Seat, source: str, text: str, work: ResumeWork) -> None:
    """Keep a line. The first why that waits is told to the author, unless they are away; further ones are not."""
    before = waiting(_drilled(bullet, work))
    work.bullets.say(bullet.id, seat.member.id, source, text)
    work.groups.did(seat.member.id, seat.today(work.now))
    today = local_date(work.now, author.zone)
    off = away(work.groups.absences(author.group, today), author.id, today)
    if seat.member.id != author.id and not before and not off:
        key = f"why-waits:{bullet.id}:{source}"[:200]
        work.outbox.add(direct(seat.group, author), cards.waits(bullet, text), key=key, group=seat.group.id)


def posted(event: Posted | Edited, work: ResumeWork) -> Reply:
    """A message in a shared bullet's thread stays with the bullet; an edit follows."""
    bullet = work.bullets.in_thread(event.where)
    author = work.groups.member(bullet.member) if bullet else None
    if bullet is None or author is None:
        return Quiet()
    group, member = work.groups.of(author.group, event.where, event.who)
    known = work.bullets.said(bullet.id, event.message)
    if isinstance(event, Edited) and blank(event.text):
        work.bullets.strike(bullet.id, event.message)
        return Quiet()
    counts = known or (bullet.shared and author.active and work.bullets.lines(bullet.id) < MOST_LINES)
    if group is None or member is None or not member.active or blank(event.text) or not counts:
        return Quiet()
    if len(event.text) > LINE_MOST:
        return Show(cards.too_long(len(event.text), LINE_MOST))
    if known:
        work.bullets.say(bullet.id, member.id, event.message, event.text)
        return Quiet()
    _keep(bullet, author, Seat(group, member), event.message, event.text, work)
    first = work.receipts.first(f"bullet-talk:{bullet.id}:{member.id}")
    return Show(cards.stays(member.id == author.id)) if first else Quiet()


def deleted(event: Deleted, work: ResumeWork) -> Reply:
    """A message was taken away: it goes here, too."""
    bullet = work.bullets.in_thread(event.where)
    if bullet is not None:
        work.bullets.strike(bullet.id, event.message)
    return Quiet()
