"""Index sync_change by run_id."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_index(op.f("ix_sync_change_run_id"), "sync_change", ["run_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_sync_change_run_id"), table_name="sync_change")
