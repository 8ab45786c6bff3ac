"""Create directory_user."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "directory_user",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("userid", sa.String(length=255), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("alias", sa.String(length=255), nullable=True),
        sa.Column("mobile", sa.String(length=64), nullable=True),
        sa.Column("email", sa.String(length=255), nullable=True),
        sa.Column("biz_email", sa.String(length=255), nullable=True),
        sa.Column("telephone", sa.String(length=64), nullable=True),
        sa.Column("employee_no", sa.String(length=255), nullable=True),
        sa.Column("position", sa.String(length=255), nullable=True),
        sa.Column("gender", sa.String(length=16), nullable=True),
        sa.Column("address", sa.String(length=1024), nullable=True),
        sa.Column("avatar_url", sa.String(length=2048), nullable=True),
        sa.Column("manager_id", types.Id, nullable=True),
        sa.Column("main_department_id", types.Id, nullable=True),
        sa.Column("status", types.key(16), nullable=False),
        sa.Column("gone_at", types.UtcDateTime(), nullable=True),
        sa.Column("source_disabled_at", types.UtcDateTime(), nullable=True),
        sa.Column("admin_disabled_at", types.UtcDateTime(), nullable=True),
        sa.Column("custom", types.Json(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("userid_key", types.key(255), nullable=True),
        sa.ForeignKeyConstraint(
            ["main_department_id"],
            ["directory_department.id"],
            name=op.f("fk_directory_user_main_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["manager_id"], ["directory_user.id"], name=op.f("fk_directory_user_manager_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_user")),
    )


def downgrade() -> None:
    op.drop_table("directory_user")
