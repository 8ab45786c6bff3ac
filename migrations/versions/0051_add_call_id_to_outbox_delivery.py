"""Add call_id to outbox_delivery."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    op.add_column("outbox_delivery", sa.Column("call_id", types.Id, nullable=True))


def downgrade() -> None:
    op.drop_column("outbox_delivery", "call_id")
