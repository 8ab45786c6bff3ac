"""Create outbox_channel."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    op.create_table(
        "outbox_channel",
        sa.Column("source", types.key(255), nullable=False),
        sa.Column("reason", types.key(32), nullable=False),
        sa.Column("stopped_at", types.UtcDateTime(), nullable=False),
        sa.Column("probe_at", types.UtcDateTime(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("error", types.LongText, nullable=True),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_outbox_channel")),
    )


def downgrade() -> None:
    op.drop_table("outbox_channel")
