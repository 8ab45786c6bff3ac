"""Create sync_change."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "sync_change",
        sa.Column("id", types.Id, autoincrement=True, nullable=False),
        sa.Column("run_id", types.Id, nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("entity", types.key(16), nullable=False),
        sa.Column("entity_id", types.Id, nullable=False),
        sa.Column("action", types.key(16), nullable=False),
        sa.Column("before", types.Json(), nullable=True),
        sa.Column("after", types.Json(), nullable=True),
        sa.Column("cause", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["sync_run.id"], name=op.f("fk_sync_change_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_change")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("sync_change")
