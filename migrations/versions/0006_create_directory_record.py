"""Create directory_record."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "directory_record",
        sa.Column("source", types.key(255), nullable=False),
        sa.Column("kind", types.key(16), nullable=False),
        sa.Column("external_id", types.key(255), nullable=False),
        sa.Column("read_at", types.UtcDateTime(), nullable=False),
        sa.Column("digest", types.octets(64), nullable=True),
        sa.Column("gone_at", types.UtcDateTime(), nullable=True),
        sa.Column("data", types.LongText, nullable=False),
        sa.PrimaryKeyConstraint("source", "kind", "external_id", name=op.f("pk_directory_record")),
    )


def downgrade() -> None:
    op.drop_table("directory_record")
