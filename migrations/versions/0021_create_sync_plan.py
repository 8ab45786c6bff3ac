"""Create sync_plan."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "sync_plan",
        sa.Column("run_id", types.Id, autoincrement=False, nullable=False),
        sa.Column("digest", types.key(64), nullable=False),
        sa.Column("body", types.LongText, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["sync_run.id"], name=op.f("fk_sync_plan_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_sync_plan")),
    )


def downgrade() -> None:
    op.drop_table("sync_plan")
