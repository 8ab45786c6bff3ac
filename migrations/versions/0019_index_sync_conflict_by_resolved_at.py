"""Index sync_conflict by resolved_at."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_index(
        op.f("ix_sync_conflict_resolved_at"), "sync_conflict", ["resolved_at"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_sync_conflict_resolved_at"), table_name="sync_conflict")
