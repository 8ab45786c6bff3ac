"""Drop the index of outbox_delivery by status and next_attempt_at: another begins with its first column."""

from alembic import op

revision = "0065"
down_revision = "0064"

_NAME = "ix_outbox_delivery_status_next_attempt_at"


def upgrade() -> None:
    op.drop_index(op.f(_NAME), table_name="outbox_delivery")


def downgrade() -> None:
    op.create_index(op.f(_NAME), "outbox_delivery", ["status", "next_attempt_at"])
