"""Drop the index of outbox_delivery by user_id: another begins with that column."""

from alembic import op

revision = "0067"
down_revision = "0066"

_NAME = "ix_outbox_delivery_user_id"


def upgrade() -> None:
    op.drop_index(op.f(_NAME), table_name="outbox_delivery")


def downgrade() -> None:
    op.create_index(op.f(_NAME), "outbox_delivery", ["user_id"])
