"""Add key_field to sync_source."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.add_column("sync_source", sa.Column("key_field", types.key(), nullable=True))


def downgrade() -> None:
    op.drop_column("sync_source", "key_field")
