"""Add is_authority to sync_source."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.add_column("sync_source", sa.Column("is_authority", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column("sync_source", "is_authority")
