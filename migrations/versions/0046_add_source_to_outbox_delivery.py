"""Add source to outbox_delivery."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    op.add_column("outbox_delivery", sa.Column("source", types.key(255), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox_delivery", "source")
