"""Add approved_at to outbox_message."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.add_column("outbox_message", sa.Column("approved_at", types.UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox_message", "approved_at")
