"""Every table on one page. Instants are microseconds since 1970, UTC; dates are nominal local dates."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware datetime in UTC, kept as an integer, so that it sorts and compares alike everywhere."""

    impl = BigInteger
    cache_ok = True

    # The processors themselves, not `process_...`: a method around each value takes longer than the rest.
    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], int | None]:
        return _to_microseconds

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[int | None], datetime | None]:
        return to_instant


def _to_microseconds(value: datetime | None) -> int | None:
    return None if value is None else (value - EPOCH) // MICROSECOND


# The same rows are read again and again, a member's memory at each question: a look-up takes a sixth of the making.
@lru_cache(maxsize=16_384)
def to_instant(value: int | None) -> datetime | None:
    """The aware instant of a stored number."""
    # Microseconds by position: naming them takes as long as all the rest.
    return None if value is None else EPOCH + timedelta(0, 0, value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    # SQLite fills an INTEGER primary key by itself, and only one called just that.
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True)


def _of(name: str, target: str, *, null: bool = False, **more: Any) -> Column[int]:
    return Column(name, ForeignKey(f"{target}.id", ondelete="CASCADE"), nullable=null, **more)


groups = Table(
    "groups",
    metadata,
    _id(),
    Column("platform", String(20), nullable=False),
    Column("workspace", String(100), nullable=False),
    Column("channel", String(100), nullable=False),
    Column("state", String(10), nullable=False),  # active | paused | idle
    Column("zone", String(60), nullable=False),
    Column("post_at", String(5), nullable=False),  # 08:00, local
    Column("weekdays", String(7), nullable=False),  # 01234 is Monday to Friday
    Column("plan", String(60), nullable=False),
    Column("answer_hours", Integer, nullable=False),
    Column("review_hours", Integer, nullable=False),
    Column("reviewers", Integer, nullable=False),  # 0: by size
    Column("reviewer_names", String(10), nullable=False),  # after | always | never
    Column("answer_names", Boolean, nullable=False),
    Column("created", Instant, nullable=False),
    Column("manager", String(100), nullable=False, server_default=text("''")),  # who steered it last; empty: not known
    UniqueConstraint("platform", "workspace", "channel"),
)

members = Table(
    "members",
    metadata,
    _id(),
    _of("group_id", "groups"),
    Column("user", String(100), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("zone", String(60), nullable=False),
    Column("joined", Instant, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("load", Float, nullable=False, server_default=text("0")),  # reviews dealt beyond a fair share
    UniqueConstraint("group_id", "user"),
)

absences = Table(
    "absences",
    metadata,
    _id(),
    _of("group_id", "groups", index=True),
    _of("member_id", "members", null=True),  # null: the whole group
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
)

activity = Table(
    "activity",
    metadata,
    _of("member_id", "members", primary_key=True),
    Column("date", Date, primary_key=True),
)

runs = Table(
    "runs",
    metadata,
    _id(),
    _of("group_id", "groups", index=True),
    Column("plan", String(60), nullable=False),
    Column("state", String(10), nullable=False),  # active | finished | ended
    Column("next_day", Integer, nullable=False),
    Column("next_date", Date, nullable=False),
    Column("last_day", Integer, nullable=False),
    Column("started", Instant, nullable=False),
)

# A row is the claim to a nominal date: one post a group and date.
days = Table(
    "days",
    metadata,
    _id(),
    _of("group_id", "groups"),
    _of("run_id", "runs", index=True),
    Column("day", Integer, nullable=False),
    Column("date", Date, nullable=False),
    Column("posted", Instant, nullable=False),
    UniqueConstraint("group_id", "date"),
)

done = Table(
    "done",
    metadata,
    _of("run_id", "runs", primary_key=True),
    _of("member_id", "members", primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
)

rounds = Table(
    "rounds",
    metadata,
    _id(),
    _of("group_id", "groups"),
    Column("kind", String(10), nullable=False),  # daily | mock | pair | loop
    Column("question", String(60), nullable=False),
    _of("member_id", "members", null=True),  # who asked for a mock
    Column("day", Integer, nullable=False),
    Column("date", Date, nullable=False),
    Column("key", String(200), nullable=False),  # of the post; empty for a private round
    Column("thread", String(100), nullable=False),
    Column("opened", Instant, nullable=False),
    Column("closes", Instant, nullable=False),
    Column("closed", Boolean, nullable=False),
    Index("ix_rounds_group_kind", "group_id", "kind"),
)
# Open rounds are few whatever was closed before. The kind is in the index so that SQLite prefers it to the whole one.
OPEN_DAILY = "kind = 'daily' AND NOT closed"
Index(
    "ix_rounds_open",
    rounds.c.group_id,
    rounds.c.kind,
    sqlite_where=text(OPEN_DAILY),
    postgresql_where=text(OPEN_DAILY),
)
Index("ix_rounds_thread", rounds.c.thread, sqlite_where=text("thread <> ''"), postgresql_where=text("thread <> ''"))

answers = Table(
    "answers",
    metadata,
    _id(),
    _of("round_id", "rounds"),
    _of("member_id", "members", index=True),
    Column("text", Text, nullable=False),
    Column("hints", Integer, nullable=False),
    Column("follow_ups", Integer, nullable=False),
    Column("level", Integer, nullable=False),  # the member's own; 0: none
    Column("revealed", Boolean, nullable=False),
    Column("edited_after_reveal", Boolean, nullable=False),
    Column("at", Instant),  # when it was first given
    Column("fed_back", Integer, nullable=False),  # reviews in the last card of feedback
    Column("another_look", Boolean, nullable=False),
    Column("thanked", Boolean, nullable=False),
    UniqueConstraint("round_id", "member_id"),
)

parts = Table(
    "parts",
    metadata,
    _id(),
    _of("answer_id", "answers"),
    Column("source", String(100), nullable=False, index=True),
    Column("text", Text, nullable=False),
    UniqueConstraint("answer_id", "source"),
)

versions = Table(
    "versions",
    metadata,
    _id(),
    _of("answer_id", "answers", index=True),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

assignments = Table(
    "assignments",
    metadata,
    _id(),
    _of("answer_id", "answers"),
    _of("reviewer_id", "members", index=True),
    Column("state", String(10), nullable=False),  # open | done | lapsed | passed | withdrawn
    Column("dealt", Instant, nullable=False),
    Column("due", Instant, nullable=False),
    Column("backfill", Boolean, nullable=False),
    Column("levels", Text, nullable=False),  # JSON, kept between the two steps of the form
    UniqueConstraint("answer_id", "reviewer_id"),
)

reviews = Table(
    "reviews",
    metadata,
    _id(),
    _of("assignment_id", "assignments", unique=True),
    Column("levels", Text, nullable=False),  # JSON: criterion -> 1 to 4
    Column("points", Text, nullable=False),  # JSON: indexes of the key points ticked
    Column("flags", Text, nullable=False),  # JSON: flag ids
    Column("keep", Text, nullable=False),
    Column("change", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

recall = Table(
    "recall",
    metadata,
    _of("member_id", "members", primary_key=True),
    Column("family", String(60), primary_key=True),
    Column("question", String(60), nullable=False),
    Column("level", Integer, nullable=False),
    Column("seen", Instant, nullable=False),
    Column("due", Instant),
    Column("memory", Text, nullable=False),
    sqlite_with_rowid=False,  # a member's rows lie side by side, and /mock reads them all
)

# A sample answer (`number` from 1 among its question's) that a member gave levels to, for practice.
practised = Table(
    "practised",
    metadata,
    _id(),
    _of("member_id", "members", index=True),
    Column("question", String(80), nullable=False),
    Column("number", Integer, nullable=False),
    Column("levels", Text, nullable=False),  # JSON: criterion -> 1 to 4
)

stories = Table(
    "stories",
    metadata,
    _id(),
    _of("member_id", "members", index=True),
    Column("theme", String(20), nullable=False),
    Column("title", Text, nullable=False),
    Column("situation", Text, nullable=False),
    Column("task", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("updated", Instant, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("reply", Text),  # JSON
)

timers = Table(
    "timers",
    metadata,
    Column("action", String(100), primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("scope", String(150), nullable=False, server_default=""),  # platform|workspace; empty: perhaps several
)

# Open rows are few whatever was sent before: the partial index holds just them.
OPEN = "state IN ('pending', 'claimed')"
deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    Column("key", String(200), nullable=False, unique=True),
    _of("group_id", "groups", null=True, index=True),
    Column("platform", String(20), nullable=False),
    Column("workspace", String(100), nullable=False),
    Column("channel", String(100), nullable=False),
    Column("thread", String(100), nullable=False),
    Column("direct", Boolean, nullable=False),
    Column("lane", String(250), nullable=False),
    Column("under", String(200), nullable=False),  # key of the message in whose thread it goes
    Column("edits", String(200), nullable=False),  # key of the message that it changes
    Column("opens", String(100), nullable=False),  # title of the thread to open on it
    Column("tells", String(100), nullable=False),  # action that is told where it landed
    Column("card", Text, nullable=False),
    Column("state", String(10), nullable=False),  # pending | claimed | sent | failed | unresolved | dropped
    Column("due", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column(
        "owner", String(60), nullable=False, server_default=text("''")
    ),  # whose claim it is or was, for the operator
    Column("lease", Instant),
    Column("until", Instant),  # after that it is not sent any more
    Column("message", String(100), nullable=False),
    Column("opened", String(100), nullable=False),  # the thread that was opened
    Column("error", Text, nullable=False),
)
Index(
    "ix_deliveries_open",
    deliveries.c.lane,
    deliveries.c.id,
    sqlite_where=text(OPEN),
    postgresql_where=text(OPEN),
)
# In a lane one message is under way. Whatever two processes think of who sends there, the database holds them to it.
CLAIMED = "state = 'claimed'"
Index(
    "ix_deliveries_claimed",
    deliveries.c.lane,
    unique=True,
    sqlite_where=text(CLAIMED),
    postgresql_where=text(CLAIMED),
)

# What one process at a time may do, such as send to a workspace, until its lease runs out.
leases = Table(
    "leases",
    metadata,
    Column("name", String(250), primary_key=True),
    Column("owner", String(60), nullable=False, index=True),
    Column("until", Instant, nullable=False),
)


# What a reviewer says of a design part by part; JSON lists of the template's parts.
part_reviews = Table(
    "part_reviews",
    metadata,
    _of("assignment_id", "assignments", primary_key=True),
    Column("solid", Text, nullable=False),
    Column("thin", Text, nullable=False),
    Column("note", Text, nullable=False),
)

# Who looks for a partner: one request for now or some hours, and one for every week.
pair_requests = Table(
    "pair_requests",
    metadata,
    _id(),
    _of("group_id", "groups", index=True),
    _of("member_id", "members"),
    Column("weekly", Boolean, nullable=False),
    Column("asked", Instant, nullable=False),
    Column("decide", Instant, nullable=False),
    Column("spans", Text, nullable=False),  # JSON: [start, end] in microseconds; empty: now
    Column("day", Date),  # nominal, in the member's zone; null: now
    Column("hours", String(100), nullable=False),  # JSON: local hours of that day
    Column("wish", String(100), nullable=False),  # topic/level/kind/stage
    UniqueConstraint("member_id", "weekly"),
)

pairs = Table(
    "pairs",
    metadata,
    _id(),
    _of("group_id", "groups", index=True),
    Column("state", String(10), nullable=False),  # set | running | over | off
    Column("made", Instant, nullable=False),
    Column("starts", Instant, nullable=False),
)

pair_seats = Table(
    "pair_seats",
    metadata,
    _of("pair_id", "pairs", primary_key=True),
    _of("member_id", "members", primary_key=True, index=True),
    Column("role", String(10), nullable=False),  # first | second | observer | left
    Column("here", Boolean, nullable=False),
    Column("wish", String(100), nullable=False),
    Column("spans", Text, nullable=False),  # of the request, for when it has to be taken up again
)

pair_turns = Table(
    "pair_turns",
    metadata,
    _id(),
    _of("pair_id", "pairs"),
    Column("number", Integer, nullable=False),  # 1 | 2
    _of("candidate_id", "members"),
    _of("interviewer_id", "members"),
    _of("round_id", "rounds"),
    Column("begun", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("state", String(10), nullable=False),  # running | scored | over
    UniqueConstraint("pair_id", "number"),
)

pair_scores = Table(
    "pair_scores",
    metadata,
    _id(),
    _of("turn_id", "pair_turns"),
    _of("scorer_id", "members"),
    Column("sent", Boolean, nullable=False),  # the levels are kept between the two steps of the form
    Column("levels", Text, nullable=False),  # JSON: criterion -> 1 to 4
    Column("points", Text, nullable=False),  # JSON: indexes of the key points ticked
    Column("flags", Text, nullable=False),  # JSON: flag ids
    Column("hints", Integer, nullable=False),
    Column("keep", Text, nullable=False),
    Column("change", Text, nullable=False),
    UniqueConstraint("turn_id", "scorer_id"),
)

# Members who did not come to a pair: left out until they come back by themselves.
pair_ghosts = Table(
    "pair_ghosts",
    metadata,
    _of("member_id", "members", primary_key=True),
    Column("asked", Instant, nullable=False),
)

loops = Table(
    "loops",
    metadata,
    _id(),
    _of("group_id", "groups"),
    _of("member_id", "members", index=True),
    Column("pace", String(10), nullable=False),  # sitting | days
    Column("state", String(10), nullable=False),  # active | done | dropped
    Column("begun", Instant, nullable=False),
    Column("touched", Instant, nullable=False),
)

loop_rounds = Table(
    "loop_rounds",
    metadata,
    _id(),
    _of("loop_id", "loops"),
    Column("number", Integer, nullable=False),
    Column("stage", String(40), nullable=False),
    _of("round_id", "rounds", null=True, index=True),
    Column("state", String(10), nullable=False),  # waiting | open | done | skipped
    Column("late", Boolean, nullable=False),  # answered after its clock had run out
    Column("levels", Text, nullable=False),  # JSON: criterion -> 1 to 4
    Column("points", Text, nullable=False),
    Column("flags", Text, nullable=False),
    Column("change", Text, nullable=False),
    UniqueConstraint("loop_id", "number"),
)


def _slack(name: str, *columns: Column[Any]) -> Table:
    """A table of slack_sdk's SQLAlchemy stores, in its own words: its instants are naive, in UTC."""
    bot: list[Column[Any]] = [
        Column("client_id", String(32), nullable=False),
        Column("app_id", String(32), nullable=False),
        Column("enterprise_id", String(32)),
        Column("enterprise_name", String(200)),
        Column("team_id", String(32)),
        Column("team_name", String(200)),
        Column("bot_token", Text),  # sealed: longer than slack_sdk's own 200 characters
        Column("bot_id", String(32)),
        Column("bot_user_id", String(32)),
        Column("bot_scopes", String(1000)),
        Column("bot_refresh_token", Text),  # sealed
        Column("bot_token_expires_at", DateTime),
        Column("is_enterprise_install", Boolean, nullable=False),
        Column("installed_at", DateTime, nullable=False),
    ]
    number = Column("id", Integer, primary_key=True, autoincrement=True)
    return Table(
        name, metadata, number, *bot, *columns, Index(f"ix_{name}_team", "client_id", "team_id", "installed_at")
    )


slack_bots = _slack("slack_bots")
slack_installations = _slack(
    "slack_installations",
    Column("enterprise_url", String(200)),
    Column("user_id", String(32), nullable=False),
    Column("user_token", Text),
    Column("user_scopes", String(1000)),
    Column("user_refresh_token", Text),
    Column("user_token_expires_at", DateTime),
    Column("incoming_webhook_url", String(200)),
    Column("incoming_webhook_channel", String(200)),
    Column("incoming_webhook_channel_id", String(200)),
    Column("incoming_webhook_configuration_url", String(200)),
    Column("token_type", String(32)),
)
slack_oauth_states = Table(
    "slack_oauth_states",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("state", String(200), nullable=False),
    Column("expire_at", DateTime, nullable=False),
)


# Stories and bullets ---------------------------------------------------------------------------------------------

# How a story read before it was changed.
story_versions = Table(
    "story_versions",
    metadata,
    _id(),
    _of("story_id", "stories", index=True),
    Column("title", Text, nullable=False),
    Column("situation", Text, nullable=False),
    Column("task", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

# The competencies that a story shows, as its author ticked them.
story_shows = Table(
    "story_shows",
    metadata,
    _of("story_id", "stories", primary_key=True),
    Column("competency", String(60), primary_key=True),
)

# The post of a story in its group's channel; `open` until the author takes it back.
story_shares = Table(
    "story_shares",
    metadata,
    _of("story_id", "stories", primary_key=True),
    Column("key", String(200), nullable=False),
    Column("open", Boolean, nullable=False),
)

story_marks = Table(
    "story_marks",
    metadata,
    _id(),
    _of("story_id", "stories"),
    _of("member_id", "members", index=True),
    Column("version", Integer, nullable=False),  # of the story, from 1
    Column("levels", Text, nullable=False),  # JSON: part -> clear | weak | missing
    Column("number", Boolean, nullable=False),
    Column("comment", Text, nullable=False),
    UniqueConstraint("story_id", "member_id"),
)

# A prompt that a member was given to practise on, and the story that they told.
tellings = Table(
    "tellings",
    metadata,
    _id(),
    _of("member_id", "members", index=True),
    Column("prompt", String(80), nullable=False),  # competency/number
    _of("story_id", "stories", null=True, index=True),
)

bullets = Table(
    "bullets",
    metadata,
    _id(),
    _of("member_id", "members", index=True),
    Column("text", Text, nullable=False),
    Column("added", Instant, nullable=False),
    Column("key", String(200), nullable=False),  # of its latest post in the channel; empty before the first
    Column("shared", Boolean, nullable=False),
    Column("thread", String(100), nullable=False),
)
Index("ix_bullets_thread", bullets.c.thread, sqlite_where=text("thread <> ''"), postgresql_where=text("thread <> ''"))

bullet_answers = Table(
    "bullet_answers",
    metadata,
    _id(),
    _of("bullet_id", "bullets"),
    Column("asked", String(80), nullable=False),  # a question of the drill, or follow-up/number
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("bullet_id", "asked"),
)

# What was said in a shared bullet's thread: a peer's why, or its author's answer.
bullet_talk = Table(
    "bullet_talk",
    metadata,
    _id(),
    _of("bullet_id", "bullets"),
    _of("member_id", "members", index=True),
    Column("source", String(200), nullable=False),  # the platform's message, or the form's event
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("bullet_id", "source"),
)

# A member's own interviews. `moves` counts how often one was moved, so that reminders of before are told from those after.
interviews = Table(
    "interviews",
    metadata,
    _id(),
    _of("member_id", "members"),
    Column("company", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("stage", String(60), nullable=False),
    Column("at", Instant, nullable=False),
    Column("zone", String(60), nullable=False),
    Column("state", String(10), nullable=False),  # coming | cancelled | done
    Column("moves", Integer, nullable=False),
    Column("ticked", Text, nullable=False),  # JSON: boxes of the checklist
    Column("sheet", Text, nullable=False),  # JSON: line of the research sheet -> what stands there
    Column("felt", String(10), nullable=False),  # empty until told
    Index("ix_interviews_member_id_at", "member_id", "at"),
)

# What a member was asked in an interview, as they typed it. `shared` ones are questions of their group's own.
passed_on = Table(
    "passed_on",
    metadata,
    _id(),
    _of("group_id", "groups", index=True),
    _of("interview_id", "interviews", index=True),
    _of("member_id", "members"),
    Column("stage", String(60), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("level", String(10), nullable=False),
    Column("text", Text, nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
)
