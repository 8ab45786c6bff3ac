"""Index outbox_delivery by status, source, priority and next_attempt_at."""

from alembic import op

revision = "0064"
down_revision = "0063"

_NAME = "ix_outbox_delivery_status_source_priority_next_attempt_at"
_COLUMNS = ["status", "source", "priority", "next_attempt_at"]


def upgrade() -> None:
    op.create_index(op.f(_NAME), "outbox_delivery", _COLUMNS)


def downgrade() -> None:
    op.drop_index(op.f(_NAME), table_name="outbox_delivery")
