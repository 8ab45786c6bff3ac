"""Create sync_failure."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0060"
down_revision = "0059"


def upgrade() -> None:
    op.create_table(
        "sync_failure",
        sa.Column("source", types.key(255), nullable=False),
        sa.Column("since", types.UtcDateTime(), nullable=False),
        sa.Column("last_at", types.UtcDateTime(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", types.LongText, nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_sync_failure")),
    )


def downgrade() -> None:
    op.drop_table("sync_failure")
