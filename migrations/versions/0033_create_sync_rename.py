"""Create sync_rename."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.create_table(
        "sync_rename",
        sa.Column("id", types.Id, autoincrement=True, nullable=False),
        sa.Column("former_name", types.key(), nullable=False),
        sa.Column("name", types.key(), nullable=False),
        sa.Column("last_change_id", types.Id, nullable=False),
        sa.Column("renamed_at", types.UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_rename")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("sync_rename")
