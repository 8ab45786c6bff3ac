"""Add error to outbox_message."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.add_column("outbox_message", sa.Column("error", types.LongText, nullable=True))


def downgrade() -> None:
    op.drop_column("outbox_message", "error")
