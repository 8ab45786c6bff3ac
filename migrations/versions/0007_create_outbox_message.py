"""Create outbox_message."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "outbox_message",
        sa.Column("id", types.Id, autoincrement=True, nullable=False),
        sa.Column("recipient", types.LongText, nullable=False),
        sa.Column("msgtype", types.key(32), nullable=False),
        sa.Column("content", types.Json(), nullable=False),
        sa.Column("source", types.key(255), nullable=True),
        sa.Column("dedupe_key", types.key(255), nullable=True),
        sa.Column("priority", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("not_before", types.UtcDateTime(), nullable=True),
        sa.Column("expires_at", types.UtcDateTime(), nullable=True),
        sa.Column("status", types.key(16), server_default="queued", nullable=False),
        sa.Column(
            "created_at", types.UtcDateTime(), server_default=types.utc_now(), nullable=False
        ),
        sa.Column("finished_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outbox_message_dedupe_key")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("outbox_message")
