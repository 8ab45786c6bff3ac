"""Create outbox_media."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    op.create_table(
        "outbox_media",
        sa.Column("source", types.key(255), nullable=False),
        sa.Column("digest", types.key(64), nullable=False),
        sa.Column("type", types.key(16), nullable=False),
        sa.Column("media_id", sa.String(512), nullable=False),
        sa.Column("uploaded_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("source", "digest", "type", name=op.f("pk_outbox_media")),
    )


def downgrade() -> None:
    op.drop_table("outbox_media")
