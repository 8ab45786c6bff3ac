"""Index outbox_delivery by status, next_attempt_at."""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_index(
        op.f("ix_outbox_delivery_status_next_attempt_at"),
        "outbox_delivery",
        ["status", "next_attempt_at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_outbox_delivery_status_next_attempt_at"), table_name="outbox_delivery")
