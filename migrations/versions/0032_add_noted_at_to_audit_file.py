"""Add noted_at to audit_file."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.add_column("audit_file", sa.Column("noted_at", types.UtcDateTime, nullable=True))


def downgrade() -> None:
    op.drop_column("audit_file", "noted_at")
