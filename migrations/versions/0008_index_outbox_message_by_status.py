"""Index outbox_message by status."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index(op.f("ix_outbox_message_status"), "outbox_message", ["status"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_outbox_message_status"), table_name="outbox_message")
