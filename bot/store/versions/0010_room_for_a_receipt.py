"""on SQLite a receipt, which holds a whole card, is a row beside an index and no longer an entry of one"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
serves = "0009"  # the same table and columns


def upgrade() -> None:
    _keep_receipts(with_rowid=True)


def downgrade() -> None:
    _keep_receipts(with_rowid=False)


def _keep_receipts(*, with_rowid: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.drop_index("ix_events_at", "events")
    op.rename_table("events", "events_before")
    op.create_table(
        "events",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sqlite_with_rowid=with_rowid,
    )
    op.execute("INSERT INTO events (id, at, reply) SELECT id, at, reply FROM events_before ORDER BY at")
    op.drop_table("events_before")
    op.create_index("ix_events_at", "events", ["at"])
