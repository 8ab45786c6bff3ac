"""Index sync_conflict by source, external_id."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_index(
        op.f("ix_sync_conflict_source_external_id"),
        "sync_conflict",
        ["source", "external_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_sync_conflict_source_external_id"), table_name="sync_conflict")
