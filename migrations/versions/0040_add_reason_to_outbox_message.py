"""Add reason to outbox_message."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.add_column("outbox_message", sa.Column("reason", types.key(32), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox_message", "reason")
