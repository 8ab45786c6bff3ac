"""Create sync_cursor."""

import sqlalchemy as sa
from alembic import op

from syncd.store.types import Json, UtcDateTime, key

revision = "0059"
down_revision = "0058"


def upgrade() -> None:
    op.create_table(
        "sync_cursor",
        sa.Column("source", key(), nullable=False),
        sa.Column("kind", key(16), nullable=False),
        sa.Column("position", Json(), nullable=False),
        sa.Column("moved_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("source", "kind", name=op.f("pk_sync_cursor")),
    )


def downgrade() -> None:
    op.drop_table("sync_cursor")
