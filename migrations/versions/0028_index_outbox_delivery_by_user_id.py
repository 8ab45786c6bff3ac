"""Index outbox_delivery by user_id."""

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_index(
        op.f("ix_outbox_delivery_user_id"), "outbox_delivery", ["user_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_outbox_delivery_user_id"), table_name="outbox_delivery")
