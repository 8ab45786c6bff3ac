"""Create outbox_delivery."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "outbox_delivery",
        sa.Column("id", types.Id, autoincrement=True, nullable=False),
        sa.Column("message_id", types.Id, nullable=False),
        sa.Column("user_id", types.Id, nullable=True),
        sa.Column("external_id", types.key(255), nullable=True),
        sa.Column("status", types.key(16), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", types.UtcDateTime(), nullable=True),
        sa.Column("last_error_code", sa.Integer(), nullable=True),
        sa.Column("last_error", types.LongText, nullable=True),
        sa.Column("delivered_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outbox_message.id"], name=op.f("fk_outbox_delivery_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["directory_user.id"], name=op.f("fk_outbox_delivery_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_delivery")),
        sa.UniqueConstraint(
            "message_id", "user_id", name=op.f("uq_outbox_delivery_message_id_user_id")
        ),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("outbox_delivery")
