"""Add first_seq to audit_file."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.add_column("audit_file", sa.Column("first_seq", types.Id, nullable=True))


def downgrade() -> None:
    op.drop_column("audit_file", "first_seq")
