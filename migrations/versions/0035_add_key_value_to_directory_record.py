"""Add key_value to directory_record."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.add_column("directory_record", sa.Column("key_value", types.key(), nullable=True))


def downgrade() -> None:
    op.drop_column("directory_record", "key_value")
