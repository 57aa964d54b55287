"""Groups and members put straight into the tables, as many as a figure needs."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, insert

from bot.core.events import Person, Place
from bot.store.tables import groups, members

PLATFORM, WORKSPACE = "web", "home"


def channel(group: int) -> Place:
    """The channel of a group, by the group's id."""
    return Place(PLATFORM, WORKSPACE, f"c{group}")


def person(member: int) -> Person:
    """The person of a member, by the member's id."""
    return Person(f"u{member}", f"User {member}")


def add_groups(connection: Connection, count: int, now: datetime, where: Callable[[int], Place] = channel) -> None:
    """Active groups with the ids 1 to `count`, each in its place."""
    row = {"state": "active", "zone": "UTC", "post_at": "08:00", "weekdays": "0123456", "plan": "two-weeks",
           "answer_hours": 24, "review_hours": 24, "reviewers": 0, "reviewer_names": "after", "answer_names": True,
           "created": now}  # fmt: skip
    places = ((id, where(id)) for id in range(1, count + 1))
    rows = [row | {"id": id, "platform": at.platform, "workspace": at.workspace, "channel": at.channel}
            for id, at in places]  # fmt: skip
    connection.execute(insert(groups), rows)


def add_members(
    connection: Connection, group_of: dict[int, int], now: datetime, who: Callable[[int], Person] = person
) -> None:
    """Active members: id -> the id of their group."""
    row = {"zone": "Europe/Berlin", "joined": now, "active": True}
    rows = [
        row | {"id": id, "group_id": group, "user": who(id).id, "name": who(id).name} for id, group in group_of.items()
    ]
    connection.execute(insert(members), rows)
