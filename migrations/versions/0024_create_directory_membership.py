"""Create directory_membership."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "directory_membership",
        sa.Column("user_id", types.Id, autoincrement=False, nullable=False),
        sa.Column("department_id", types.Id, autoincrement=False, nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("is_leader", sa.Boolean(), nullable=False),
        sa.Column("sort_order", types.Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["directory_department.id"],
            name=op.f("fk_directory_membership_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["directory_user.id"], name=op.f("fk_directory_membership_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "department_id", name=op.f("pk_directory_membership")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("directory_membership")
