"""versions, competencies, sharing and marks of stories; bullets of resumes"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _of(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    _stories()
    _bullets()


def _stories() -> None:
    op.create_table(
        "story_versions",
        sa.Column("id", _big(), nullable=False),
        sa.Column("story_id", _big(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("situation", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _of("story_versions", "story_id", "stories"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_versions")),
    )
    op.create_index(op.f("ix_story_versions_story_id"), "story_versions", ["story_id"])
    op.create_table(
        "story_shows",
        sa.Column("story_id", _big(), nullable=False),
        sa.Column("competency", sa.String(length=60), nullable=False),
        _of("story_shows", "story_id", "stories"),
        sa.PrimaryKeyConstraint("story_id", "competency", name=op.f("pk_story_shows")),
    )
    op.create_table(
        "story_shares",
        sa.Column("story_id", _big(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        _of("story_shares", "story_id", "stories"),
        sa.PrimaryKeyConstraint("story_id", name=op.f("pk_story_shares")),
    )
    op.create_table(
        "story_marks",
        sa.Column("id", _big(), nullable=False),
        sa.Column("story_id", _big(), nullable=False),
        sa.Column("member_id", _big(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("levels", sa.Text(), nullable=False),
        sa.Column("number", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        _of("story_marks", "story_id", "stories"),
        _of("story_marks", "member_id", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_marks")),
        sa.UniqueConstraint("story_id", "member_id", name=op.f("uq_story_marks_story_id_member_id")),
    )
    op.create_index(op.f("ix_story_marks_member_id"), "story_marks", ["member_id"])
    op.create_table(
        "tellings",
        sa.Column("id", _big(), nullable=False),
        sa.Column("member_id", _big(), nullable=False),
        sa.Column("prompt", sa.String(length=80), nullable=False),
        sa.Column("story_id", _big(), nullable=True),
        _of("tellings", "member_id", "members"),
        _of("tellings", "story_id", "stories"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tellings")),
    )
    op.create_index(op.f("ix_tellings_member_id"), "tellings", ["member_id"])
    op.create_index(op.f("ix_tellings_story_id"), "tellings", ["story_id"])


def _bullets() -> None:
    op.create_table(
        "bullets",
        sa.Column("id", _big(), nullable=False),
        sa.Column("member_id", _big(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("thread", sa.String(length=100), nullable=False),
        _of("bullets", "member_id", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bullets")),
    )
    op.create_index(op.f("ix_bullets_member_id"), "bullets", ["member_id"])
    threads = sa.text("thread <> ''")
    op.create_index("ix_bullets_thread", "bullets", ["thread"], sqlite_where=threads, postgresql_where=threads)
    op.create_table(
        "bullet_answers",
        sa.Column("id", _big(), nullable=False),
        sa.Column("bullet_id", _big(), nullable=False),
        sa.Column("asked", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _of("bullet_answers", "bullet_id", "bullets"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bullet_answers")),
        sa.UniqueConstraint("bullet_id", "asked", name=op.f("uq_bullet_answers_bullet_id_asked")),
    )
    op.create_table(
        "bullet_talk",
        sa.Column("id", _big(), nullable=False),
        sa.Column("bullet_id", _big(), nullable=False),
        sa.Column("member_id", _big(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _of("bullet_talk", "bullet_id", "bullets"),
        _of("bullet_talk", "member_id", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bullet_talk")),
        sa.UniqueConstraint("bullet_id", "source", name=op.f("uq_bullet_talk_bullet_id_source")),
    )
    op.create_index(op.f("ix_bullet_talk_member_id"), "bullet_talk", ["member_id"])


def downgrade() -> None:
    for table in ("bullet_talk", "bullet_answers", "bullets", "tellings", "story_marks", "story_shares", "story_shows",
                  "story_versions"):  # fmt: skip
        op.drop_table(table)
