"""Create sync_lookup."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    op.create_table(
        "sync_lookup",
        sa.Column("source", types.key(), nullable=False),
        sa.Column("field", types.key(32), nullable=False),
        sa.Column("value", types.key(), nullable=False),
        sa.Column("external_id", types.key(), nullable=True),
        sa.Column("asked_at", types.UtcDateTime, nullable=False),
        sa.Column("since", types.UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("source", "field", "value", name=op.f("pk_sync_lookup")),
    )


def downgrade() -> None:
    op.drop_table("sync_lookup")
