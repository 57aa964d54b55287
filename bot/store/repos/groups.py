"""Groups, members, who is away, and the days on which a member did something."""

from collections.abc import Sequence
from datetime import date, datetime, time
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from bot.core.events import Person, Place
from bot.group.rules import Absence, Group, Member, Settings, State
from bot.store.packed import Packed
from bot.store.prepared import Prepared, named
from bot.store.repos.delivery import new_row
from bot.store.tables import absences, activity, groups, members

_there = (
    groups.c.platform == bindparam("platform"),
    groups.c.workspace == bindparam("workspace"),
    groups.c.channel == bindparam("channel"),
)
_in_channel = Prepared(select(groups).where(*_there))
_taken = (members.c.group_id == groups.c.id) & (members.c.user == bindparam("person"))
_of_members = [column for column in members.c if column is not members.c.load]
_group_row, _member_row = named(groups.c.keys()), named([column.name for column in _of_members])
_whole = Packed(*groups.c, *_of_members)


def _seat(row: Sequence[Any]) -> tuple[Group, Member | None]:
    values, ends = _whole.values(row), len(groups.c)
    member = None if values[ends] is None else _to_member(_member_row(values[ends:]))
    return _group(_group_row(values[:ends])), member


# Both in one look, at every event.
_both = select(_whole.column).select_from(groups.outerjoin(members, _taken)).where(*_there)
_seated = Prepared(_both, make=_seat, keep=4_096)
_member = Prepared(select(members).where(members.c.group_id == bindparam("one"), members.c.user == bindparam("person")))
_one_group = Prepared(select(groups).where(groups.c.id == bindparam("one")))
_one_member = Prepared(select(members).where(members.c.id == bindparam("one")))
_active = select(members).where(members.c.group_id == bindparam("one"), members.c.active.is_(True))
_members = Prepared(_active.order_by(members.c.id))
_last_active = select(func.max(activity.c.date)).where(activity.c.member_id == members.c.id).scalar_subquery()
_seats_of = (
    select(groups)
    .join(members, members.c.group_id == groups.c.id)
    .where(
        members.c.user == bindparam("person"), members.c.active.is_(True), groups.c.platform == bindparam("platform")
    )
    .order_by(_last_active.desc().nulls_last(), groups.c.id)
)
_own_anywhere = Prepared(_seats_of)
_own = Prepared(_seats_of.where(groups.c.workspace == bindparam("workspace")))
_absences = Prepared(
    select(absences).where(absences.c.group_id == bindparam("one"), absences.c.last >= bindparam("since"))
)
_did = Prepared(upsert(activity).on_conflict_do_nothing(), "member_id", "date")
_active_days = Prepared(select(activity.c.date).where(activity.c.member_id == bindparam("one")))


class SqlGroups:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def here(self, where: Place) -> Group | None:
        """The group of a channel."""
        found = _in_channel.one(self._connection, **_channel(where))
        return None if found is None else _group(found)

    def group(self, id: int) -> Group | None:
        found = _one_group.one(self._connection, one=id)
        return None if found is None else _group(found)

    def at(self, where: Place, who: Person) -> tuple[Group | None, Member | None]:
        if where.direct:
            group = next(iter(self.mine(where, who)), None)
            return group, self.seat(group, who)
        found: tuple[Group, Member | None] | None = _seated.one(self._connection, **_channel(where), person=who.id)
        if found is None:
            return None, None
        if found[1] is not None:
            self._called(found[1].id, found[1].name, who)
        return found

    def of(self, group: int, where: Place, who: Person) -> tuple[Group | None, Member | None]:
        found = self.group(group)
        if found is None or found.place.platform != where.platform:
            return None, None
        if found.place.workspace != where.workspace and (where.workspace or not where.direct):
            return None, None
        return found, self.seat(found, who)

    def mine(self, where: Place, who: Person) -> list[Group]:
        """The groups of a workspace that a person is in, the one where they were active last first."""
        if where.workspace:
            found = {"platform": where.platform, "workspace": where.workspace, "person": who.id}
            return [_group(row) for row in _own.all(self._connection, **found)]
        rows = _own_anywhere.all(self._connection, platform=where.platform, person=who.id)
        return [_group(row) for row in rows]

    def create(self, place: Place, settings: Settings) -> Group:
        id = new_row(
            self._connection,
            groups,
            platform=place.platform,
            workspace=place.workspace,
            channel=place.channel,
            state="idle",
            created=self._now,
            **_columns(settings),
        )
        return Group(id, Place(place.platform, place.workspace, place.channel), "idle", settings)

    def change(self, group: int, settings: Settings) -> None:
        self._connection.execute(update(groups).where(groups.c.id == group).values(**_columns(settings)))

    def turn(self, group: int, state: State) -> bool:
        """Put the group in a state; False where it was in it already."""
        other = (groups.c.id == group) & (groups.c.state != state)
        return self._connection.execute(update(groups).where(other).values(state=state)).rowcount == 1

    def steered(self, group: int, by: str) -> None:
        """Who managed the group last is the one to turn to."""
        change = update(groups).where(groups.c.id == group, groups.c.manager != by).values(manager=by)
        self._connection.execute(change)

    def seat(self, group: Group | None, who: Person) -> Member | None:
        """A person's membership, with the name that the platform knows now."""
        if group is None:
            return None
        found = _member.one(self._connection, one=group.id, person=who.id)
        if found is None:
            return None
        self._called(found.id, found.name, who)
        return _to_member(found)

    def _called(self, member: int, before: str, who: Person) -> None:
        """The name is what the platform calls them now."""
        if who.name and before != who.name[:200]:
            change = update(members).where(members.c.id == member).values(name=who.name[:200])
            self._connection.execute(change)

    def join(self, group: Group, who: Person, zone: str) -> Member:
        """Make a person a member, or a former one active again."""
        row = {"group_id": group.id, "user": who.id, "name": who.name[:200], "zone": zone, "joined": self._now,
               "active": True}  # fmt: skip
        put = upsert(members).values(**row)
        put = put.on_conflict_do_update(
            index_elements=["group_id", "user"], set_={"active": True, "zone": zone, "name": who.name[:200]}
        )
        return _to_member(self._connection.execute(put.returning(members)).one())

    def go(self, member: int) -> None:
        """The member leaves; what they wrote stays."""
        self._connection.execute(update(members).where(members.c.id == member).values(active=False))

    def member(self, id: int) -> Member | None:
        found = _one_member.one(self._connection, one=id)
        return None if found is None else _to_member(found)

    def members(self, group: int) -> list[Member]:
        """The active members, in the order in which they joined."""
        return [_to_member(row) for row in _members.all(self._connection, one=group)]

    def absences(self, group: int, since: date) -> list[Absence]:
        """Leave and days off that end on `since` or later."""
        rows = _absences.all(self._connection, one=group, since=since)
        return [Absence(row.member_id, row.first, row.last) for row in rows]

    def be_away(self, group: int, absence: Absence) -> None:
        span = {"member_id": absence.member, "first": absence.first, "last": absence.last}
        new_row(self._connection, absences, group_id=group, **span)

    def be_back(self, group: int, member: int, today: date) -> None:
        """End a member's leave: what was to come is gone, what runs ended yesterday."""
        own = (absences.c.group_id == group) & (absences.c.member_id == member)
        self._connection.execute(delete(absences).where(own, absences.c.first >= today))
        yesterday = date.fromordinal(today.toordinal() - 1)
        self._connection.execute(update(absences).where(own, absences.c.last >= today).values(last=yesterday))

    def did(self, member: int, day: date) -> None:
        """The member was active on their local date."""
        _did.count(self._connection, member_id=member, date=day)

    def active_days(self, member: int) -> set[date]:
        return set(_active_days.scalars(self._connection, one=member))


def _channel(where: Place) -> dict[str, str]:
    return {"platform": where.platform, "workspace": where.workspace, "channel": where.channel}


def _columns(settings: Settings) -> dict[str, Any]:
    return {
        "zone": settings.zone,
        "post_at": settings.post_at.strftime("%H:%M"),
        "weekdays": "".join(str(day) for day in sorted(settings.weekdays)),
        "plan": settings.plan,
        "answer_hours": settings.answer_hours,
        "review_hours": settings.review_hours,
        "reviewers": settings.reviewers,
        "reviewer_names": settings.reviewer_names,
        "answer_names": settings.answer_names,
    }


def _group(row: Any) -> Group:
    settings = Settings(
        row.zone,
        time.fromisoformat(row.post_at),
        _weekdays(row.weekdays),
        row.plan,
        row.answer_hours,
        row.review_hours,
        row.reviewers,
        row.reviewer_names,
        row.answer_names,
    )
    return Group(row.id, Place(row.platform, row.workspace, row.channel), row.state, settings, row.manager)


@cache
def _weekdays(digits: str) -> tuple[int, ...]:
    return tuple(int(day) for day in digits)


def _to_member(row: Any) -> Member:
    return Member(row.id, row.group_id, row.user, row.name, row.zone, row.joined, row.active)
