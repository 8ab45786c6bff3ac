"""Index sync_change by entity, entity_id."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_index(
        op.f("ix_sync_change_entity_entity_id"),
        "sync_change",
        ["entity", "entity_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_sync_change_entity_entity_id"), table_name="sync_change")
