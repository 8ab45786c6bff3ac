"""Create directory_link."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "directory_link",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("source", types.key(255), nullable=False),
        sa.Column("external_id", types.key(255), nullable=False),
        sa.Column("user_id", types.Id, nullable=True),
        sa.Column("method", types.key(32), nullable=False),
        sa.Column("key_value", types.key(255), nullable=True),
        sa.Column("linked_at", types.UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", types.UtcDateTime(), nullable=False),
        sa.Column("is_owner", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["directory_user.id"], name=op.f("fk_directory_link_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_link")),
        sa.UniqueConstraint(
            "source", "external_id", name=op.f("uq_directory_link_source_external_id")
        ),
    )


def downgrade() -> None:
    op.drop_table("directory_link")
