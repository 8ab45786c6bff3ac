"""Create outbox_call."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.create_table(
        "outbox_call",
        sa.Column("id", types.Id, autoincrement=True, nullable=False),
        sa.Column("source", types.key(255), nullable=False),
        sa.Column("status", types.key(16), nullable=False),
        sa.Column("body", types.LongBytes, nullable=True),
        sa.Column("body_hash", types.octets(32), nullable=False),
        sa.Column("duplicate_window", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("token", types.Id, nullable=False),
        sa.Column("host", sa.String(255), nullable=True),
        sa.Column("boot_id", sa.String(64), nullable=True),
        sa.Column("pid", types.Id, nullable=True),
        sa.Column("process_start", sa.String(64), nullable=True),
        sa.Column("first_sent_at", types.UtcDateTime(), nullable=False),
        sa.Column("claimed_until", types.UtcDateTime(), nullable=True),
        sa.Column("repeat_at", types.UtcDateTime(), nullable=True),
        sa.Column("settled_at", types.UtcDateTime(), nullable=True),
        sa.Column("msgid", sa.String(255), nullable=True),
        sa.Column("response_code", sa.String(255), nullable=True),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("error", types.LongText, nullable=True),
        sa.Column("recalled_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_call")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("outbox_call")
