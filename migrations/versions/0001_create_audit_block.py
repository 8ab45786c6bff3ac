"""Create audit_block."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit_block",
        sa.Column("first_seq", types.Id, autoincrement=False, nullable=False),
        sa.Column("last_seq", types.Id, nullable=False),
        sa.Column("lines", types.LongBytes, nullable=False),
        sa.PrimaryKeyConstraint("first_seq", name=op.f("pk_audit_block")),
    )


def downgrade() -> None:
    op.drop_table("audit_block")
