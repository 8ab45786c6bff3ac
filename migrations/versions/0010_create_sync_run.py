"""Create sync_run."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "sync_run",
        sa.Column("id", types.Id, autoincrement=True, nullable=False),
        sa.Column("trigger", types.key(16), nullable=False),
        sa.Column("mode", types.key(16), nullable=False),
        sa.Column("started_at", types.UtcDateTime(), nullable=False),
        sa.Column("finished_at", types.UtcDateTime(), nullable=True),
        sa.Column("outcome", types.key(16), nullable=True),
        sa.Column("counts", types.Json(), nullable=False),
        sa.Column("plan_digest", types.key(64), nullable=True),
        sa.Column("error", types.LongText, nullable=True),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("why", types.LongText, nullable=True),
        sa.Column("readings", types.Json(), nullable=False),
        sa.Column("guard_counts", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_run")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("sync_run")
