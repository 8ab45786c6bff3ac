"""Index outbox_delivery by call_id."""

from alembic import op

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    op.create_index(op.f("ix_outbox_delivery_call_id"), "outbox_delivery", ["call_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_outbox_delivery_call_id"), table_name="outbox_delivery")
