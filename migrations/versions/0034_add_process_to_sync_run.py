"""Add process to sync_run."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.add_column("sync_run", sa.Column("process", types.LongText, nullable=True))


def downgrade() -> None:
    op.drop_column("sync_run", "process")
