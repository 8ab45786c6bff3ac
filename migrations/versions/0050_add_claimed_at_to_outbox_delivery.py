"""Add claimed_at to outbox_delivery."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    op.add_column("outbox_delivery", sa.Column("claimed_at", types.UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox_delivery", "claimed_at")
