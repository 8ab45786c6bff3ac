"""Index sync_lookup by source and external_id."""

from alembic import op

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    op.create_index(
        op.f("ix_sync_lookup_source_external_id"), "sync_lookup", ["source", "external_id"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_sync_lookup_source_external_id"), table_name="sync_lookup")
