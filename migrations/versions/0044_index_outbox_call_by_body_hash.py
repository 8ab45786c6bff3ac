"""Index outbox_call by body_hash."""

from alembic import op

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    op.create_index(op.f("ix_outbox_call_body_hash"), "outbox_call", ["body_hash"])


def downgrade() -> None:
    op.drop_index(op.f("ix_outbox_call_body_hash"), table_name="outbox_call")
