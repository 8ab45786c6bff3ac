"""Create sync_incident."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    op.create_table(
        "sync_incident",
        sa.Column("id", types.Id, autoincrement=True, nullable=False),
        sa.Column("kind", types.key(32), nullable=False),
        sa.Column("subject", types.key(255), nullable=False),
        sa.Column("opened_at", types.UtcDateTime(), nullable=False),
        sa.Column("detail", types.Json(), nullable=False),
        sa.Column("clear_since", types.UtcDateTime(), nullable=True),
        sa.Column("relapses", sa.Integer(), nullable=False),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_incident")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("sync_incident")
