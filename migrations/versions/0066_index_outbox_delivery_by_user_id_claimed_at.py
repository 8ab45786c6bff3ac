"""Index outbox_delivery by user_id and claimed_at."""

from alembic import op

revision = "0066"
down_revision = "0065"

_NAME = "ix_outbox_delivery_user_id_claimed_at"


def upgrade() -> None:
    op.create_index(op.f(_NAME), "outbox_delivery", ["user_id", "claimed_at"])


def downgrade() -> None:
    op.drop_index(op.f(_NAME), table_name="outbox_delivery")
