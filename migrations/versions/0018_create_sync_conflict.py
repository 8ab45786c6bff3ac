"""Create sync_conflict."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "sync_conflict",
        sa.Column("id", types.Id, autoincrement=True, nullable=False),
        sa.Column("kind", types.key(32), nullable=False),
        sa.Column("source", types.key(255), nullable=False),
        sa.Column("external_id", types.key(255), nullable=False),
        sa.Column("key_value", types.LongText, nullable=True),
        sa.Column("detail", types.Json(), nullable=False),
        sa.Column("first_run_id", types.Id, nullable=False),
        sa.Column("last_run_id", types.Id, nullable=False),
        sa.Column("resolved_at", types.UtcDateTime(), nullable=True),
        sa.Column("accepted", types.Json(), nullable=False),
        sa.Column("accepted_by", sa.String(length=255), nullable=True),
        sa.Column("accepted_why", types.LongText, nullable=True),
        sa.Column("accepted_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["first_run_id"], ["sync_run.id"], name=op.f("fk_sync_conflict_first_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["last_run_id"], ["sync_run.id"], name=op.f("fk_sync_conflict_last_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_conflict")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("sync_conflict")
