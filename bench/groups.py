"""Groups and members put straight into the tables, as many as a figure needs."""

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


def add_groups(connection: Connection, count: int, now: datetime) -> None:
    """Active groups with the ids 1 to `count`."""
    row = {"platform": PLATFORM, "workspace": WORKSPACE, "state": "active", "zone": "UTC", "post_at": "08:00",
           "weekdays": "0123456", "plan": "two-weeks", "answer_hours": 24, "review_hours": 24, "reviewers": 0,
           "reviewer_names": "after", "answer_names": True, "created": now}  # fmt: skip
    connection.execute(insert(groups), [row | {"id": id, "channel": f"c{id}"} for id in range(1, count + 1)])


def add_members(connection: Connection, group_of: dict[int, int], now: datetime) -> None:
    """Active members: id -> the id of their group."""
    row = {"zone": "Europe/Berlin", "joined": now, "active": True}
    rows = [
        row | {"id": id, "group_id": group, "user": person(id).id, "name": person(id).name}
        for id, group in group_of.items()
    ]
    connection.execute(insert(members), rows)
