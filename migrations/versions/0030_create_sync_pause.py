"""Create sync_pause."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "sync_pause",
        sa.Column("kind", types.key(16), nullable=False),
        sa.Column("name", types.key(), nullable=False),
        sa.Column("paused_at", types.UtcDateTime, nullable=False),
        sa.Column("ends_at", types.UtcDateTime, nullable=True),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.Column("why", types.LongText, nullable=True),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_sync_pause")),
    )


def downgrade() -> None:
    op.drop_table("sync_pause")
