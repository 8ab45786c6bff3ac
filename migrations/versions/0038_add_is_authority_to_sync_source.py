"""Add is_authority to sync_source."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.add_column("sync_source", sa.Column("is_authority", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column("sync_source", "is_authority")
