"""Add recipient to outbox_delivery."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.add_column("outbox_delivery", sa.Column("recipient", types.LongText, nullable=True))


def downgrade() -> None:
    op.drop_column("outbox_delivery", "recipient")
