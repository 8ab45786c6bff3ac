"""Create audit_file."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "audit_file",
        sa.Column("host", types.key(128), nullable=False),
        sa.Column("path", types.key(512), nullable=False),
        sa.Column("last_seq", types.Id, nullable=False),
        sa.Column("size", types.Id, nullable=False),
        sa.PrimaryKeyConstraint("host", "path", name=op.f("pk_audit_file")),
    )


def downgrade() -> None:
    op.drop_table("audit_file")
