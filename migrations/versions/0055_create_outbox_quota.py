"""Create outbox_quota."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0055"
down_revision = "0054"


def upgrade() -> None:
    op.create_table(
        "outbox_quota",
        sa.Column("source", types.key(255), nullable=False),
        sa.Column("day", types.key(10), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "day", name=op.f("pk_outbox_quota")),
    )


def downgrade() -> None:
    op.drop_table("outbox_quota")
