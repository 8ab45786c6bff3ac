"""Create sync_lookup_miss."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0058"
down_revision = "0057"


def upgrade() -> None:
    op.create_table(
        "sync_lookup_miss",
        sa.Column("identity", types.key(), nullable=False),
        sa.Column("endpoint", types.key(64), nullable=False),
        sa.Column("hour", types.UtcDateTime, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("refusal", types.LongText, nullable=True),
        sa.PrimaryKeyConstraint("identity", "endpoint", "hour", name=op.f("pk_sync_lookup_miss")),
    )


def downgrade() -> None:
    op.drop_table("sync_lookup_miss")
