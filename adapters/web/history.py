"""The playground's own memory. It plays the chat platform, so it keeps what Slack or Discord would keep."""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import RLock
from typing import Any

from adapters.web.workspace import PLATFORM, WORKSPACE
from bot.core import codec
from bot.core.events import Place, Receipt
from bot.core.ui import Card

_TABLES = """
create table if not exists message (
    id integer primary key autoincrement,
    channel text not null, thread text not null, direct integer not null,
    author text not null, text text not null, card text not null,
    private_to text not null, opens text not null, at real not null,
    edited integer not null default 0, deleted integer not null default 0);
create index if not exists message_place on message (channel, thread, id);
create index if not exists message_thread on message (thread, id);
create table if not exists landed (key text primary key, message text not null, thread text not null) without rowid;
create table if not exists value (name text primary key, value real not null) without rowid;
"""
_SEEN = "channel = ? and thread = ? and private_to in ('', ?)"
# A deleted message stays as a line of its own only while replies hang on it.
_STANDS = "(not deleted or exists (select 1 from message reply where reply.thread = cast(message.id as text)))"


@dataclass(frozen=True, slots=True)
class Message:
    """`text` for people, `card` for the bot; `opens` is the title of the thread that hangs on it, `at` is aware."""

    id: str
    place: Place
    author: str
    at: datetime
    text: str = ""
    card: Card | None = None
    private_to: str = ""
    opens: str = ""
    edited: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """What hangs on a message, as one person sees it: how many replies, and the id of the newest by another."""

    replies: int
    newest: int


class History:
    """Messages, threads, private notes and small named numbers, in one SQLite file that survives restarts.

    Safe to call from any thread. What is subscribed is called after each change, in the thread that made it.
    """

    def __init__(self, path: str) -> None:
        """Open the file, or make it. Raises OSError where it cannot be had."""
        self._lock = RLock()
        self._listeners: list[Callable[[], object]] = []
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        except sqlite3.OperationalError as fault:
            raise OSError(f"{path}: {fault}") from None
        try:
            self._prepare()
        except sqlite3.DatabaseError as fault:
            self._db.close()
            raise OSError(f"{path}: {fault}") from None

    def _prepare(self) -> None:
        self._db.execute("pragma journal_mode = wal")
        # NORMAL keeps what is committed through a kill of the process; only a power cut can take the last messages.
        self._db.execute("pragma synchronous = normal")
        self._db.executescript(_TABLES)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def post(
        self,
        place: Place,
        author: str,
        at: datetime,
        *,
        text: str = "",
        card: Card | None = None,
        private_to: str = "",
        key: str = "",
        opens: str = "",
    ) -> Receipt:
        """Keep a new message. One with a `key` is kept once: a second call changes nothing, and says where it is."""
        with self._lock:
            if key and (known := self.landed(key)):
                return known
            self._db.execute("begin immediate")
            try:
                row = self._db.execute(
                    "insert into message (channel, thread, direct, author, text, card, private_to, opens, at)"
                    " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (place.channel, place.thread, place.direct, author, text, codec.dumps(card) if card else "",
                     private_to, opens, at.timestamp()),
                )  # fmt: skip
                id = str(row.lastrowid)
                receipt = Receipt(id, thread=id if opens else "")
                if key:
                    self._note(key, receipt)
                self._db.execute("commit")
            except BaseException:
                self._db.execute("rollback")
                raise
        self._tell()
        return receipt

    def edit(self, id: str, *, text: str = "", card: Card | None = None, key: str = "") -> Receipt | None:
        """Give a message new words or a new face; None where there is no such message."""
        with self._lock:
            row = self._db.execute(
                "update message set text = ?, card = ?, edited = (card = '') where id = ? and not deleted"
                " returning id, opens",
                (text, codec.dumps(card) if card else "", id),
            ).fetchone()
            if row is None:
                return None
            receipt = Receipt(str(row[0]), thread=str(row[0]) if row[1] else "")
            if key:
                self._note(key, receipt)
        self._tell()
        return receipt

    def delete(self, id: str) -> None:
        """Take a message away; its words are gone, the thread below it stays."""
        with self._lock:
            self._db.execute("update message set deleted = 1, text = '', card = '' where id = ?", (id,))
        self._tell()

    def message(self, id: str) -> Message | None:
        """The message with this id, deleted or not."""
        rows = self._rows("select * from message where id = ?", (id,))
        return _message(rows[0]) if rows else None

    def landed(self, key: str) -> Receipt | None:
        """Where the message with this key is; None where none was posted."""
        rows = self._rows("select message, thread from landed where key = ?", (key,))
        return Receipt(*rows[0]) if rows else None

    def latest(self, place: Place, viewer: str, most: int) -> list[Message]:
        """The newest messages of a place that this person may see, oldest first."""
        rows = self._rows(
            f"select * from message where {_SEEN} and {_STANDS} order by id desc limit ?",
            (place.channel, place.thread, viewer, most),
        )
        return [_message(row) for row in reversed(rows)]

    def unread(self, place: Place, viewer: str, since: float) -> int:
        """How many messages by others stand in a place after the id `since`."""
        rows = self._rows(
            f"select count(*) from message where {_SEEN} and id > ? and author != ? and not deleted",
            (place.channel, place.thread, viewer, since, viewer),
        )
        return int(rows[0][0])

    def threads(self, ids: Iterable[str], viewer: str) -> dict[str, Thread]:
        """What hangs on these messages, by their ids; those without replies are left out."""
        wanted = list(ids)
        rows = self._rows(
            "select thread, count(*), max(case when author != ? then id else 0 end) from message"
            f" where thread in ({','.join('?' * len(wanted))}) and private_to = '' and not deleted"
            " group by thread",
            (viewer, *wanted),
        )
        return {row[0]: Thread(row[1], row[2]) for row in rows}

    def value(self, name: str, default: float = 0.0) -> float:
        """A number kept under a name."""
        rows = self._rows("select value from value where name = ?", (name,))
        return float(rows[0][0]) if rows else default

    def keep(self, name: str, value: float) -> None:
        """Keep a number under a name; keeping what is there already is no change."""
        with self._lock:
            changed = self._db.execute(
                "insert into value (name, value) values (?, ?)"
                " on conflict (name) do update set value = excluded.value where value.value != excluded.value",
                (name, value),
            ).rowcount
        if changed:
            self._tell()

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call back after each change, until what this returns is called."""
        self._listeners.append(callback)

        def unsubscribe() -> None:
            if callback in self._listeners:
                self._listeners.remove(callback)

        return unsubscribe

    def _note(self, key: str, receipt: Receipt) -> None:
        self._db.execute("insert or ignore into landed values (?, ?, ?)", (key, receipt.message, receipt.thread))

    def _rows(self, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()


def _message(row: tuple[Any, ...]) -> Message:
    id, channel, thread, direct, author, text, card, private_to, opens, at, edited, deleted = row
    return Message(
        id=str(id),
        place=Place(PLATFORM, WORKSPACE, channel, thread=thread, direct=bool(direct)),
        author=author,
        at=datetime.fromtimestamp(at, UTC),
        text=text,
        card=codec.loads(card) if card else None,
        private_to=private_to,
        opens=opens,
        edited=bool(edited),
        deleted=bool(deleted),
    )
