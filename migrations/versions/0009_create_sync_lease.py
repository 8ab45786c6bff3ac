"""Create sync_lease."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "sync_lease",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token", types.Id, nullable=False),
        sa.Column("store_version", types.Id, nullable=False),
        sa.Column("host", sa.String(length=255), nullable=True),
        sa.Column("boot_id", sa.String(length=64), nullable=True),
        sa.Column("pid", types.Id, nullable=True),
        sa.Column("process_start", sa.String(length=64), nullable=True),
        sa.Column("run_id", types.Id, nullable=True),
        sa.Column("acquired_at", types.UtcDateTime(), nullable=True),
        sa.Column("expires_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_lease")),
    )


def downgrade() -> None:
    op.drop_table("sync_lease")
