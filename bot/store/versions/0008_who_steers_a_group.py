"""who steers a group: the one to turn to where its channel cannot be reached"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("groups", sa.Column("manager", sa.String(length=100), server_default="", nullable=False))
    # Whoever set a group up was its first member.
    op.execute(
        """
        UPDATE groups SET manager = COALESCE((
            SELECT members."user" FROM members WHERE members.group_id = groups.id ORDER BY members.id LIMIT 1
        ), '')
        """
    )


def downgrade() -> None:
    op.drop_column("groups", "manager")
