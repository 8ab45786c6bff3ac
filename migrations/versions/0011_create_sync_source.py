"""Create sync_source."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "sync_source",
        sa.Column("name", types.key(255), nullable=False),
        sa.Column("type", types.key(32), nullable=False),
        sa.Column("identity", types.LongText, nullable=False),
        sa.Column("fingerprint", types.key(255), nullable=False),
        sa.Column("readable", types.Json(), nullable=False),
        sa.Column("withheld", types.Json(), nullable=False),
        sa.Column("scope", types.Json(), nullable=False),
        sa.Column("capabilities", types.Json(), nullable=False),
        sa.Column("first_loaded_at", types.UtcDateTime(), nullable=True),
        sa.Column("seen_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sync_source")),
    )


def downgrade() -> None:
    op.drop_table("sync_source")
