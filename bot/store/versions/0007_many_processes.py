"""leases of what one process at a time may do, whose claim a delivery is, and where a timer belongs"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("owner", sa.String(length=60), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_index(op.f("ix_leases_owner"), "leases", ["owner"])
    # Not in a batch: that would write a large table anew.
    op.add_column("deliveries", sa.Column("owner", sa.String(length=60), server_default="", nullable=False))
    op.add_column("timers", sa.Column("scope", sa.String(length=150), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("timers", "scope")
    op.drop_column("deliveries", "owner")
    op.drop_index(op.f("ix_leases_owner"), "leases")
    op.drop_table("leases")
