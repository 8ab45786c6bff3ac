"""Add reason to outbox_delivery."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    op.add_column("outbox_delivery", sa.Column("reason", types.key(32), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox_delivery", "reason")
