"""Index outbox_call by status, repeat_at."""

from alembic import op

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    op.create_index(op.f("ix_outbox_call_status_repeat_at"), "outbox_call", ["status", "repeat_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_outbox_call_status_repeat_at"), table_name="outbox_call")
