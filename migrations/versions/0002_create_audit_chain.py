"""Create audit_chain."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "audit_chain",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("chain", types.key(64), nullable=False),
        sa.Column("first_seq", types.Id, nullable=False),
        sa.Column("last_seq", types.Id, nullable=False),
        sa.Column("last_hash", types.key(64), nullable=False),
        sa.Column("pseudonym_key", types.octets(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_chain")),
    )


def downgrade() -> None:
    op.drop_table("audit_chain")
