"""Create directory_counter."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "directory_counter",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("department_id", types.Id, nullable=False),
        sa.Column("user_id", types.Id, nullable=False),
        sa.Column("link_id", types.Id, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_counter")),
    )


def downgrade() -> None:
    op.drop_table("directory_counter")
