"""Create directory_department."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "directory_department",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("parent_id", types.Id, nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("name_en", sa.String(length=255), nullable=True),
        sa.Column("full_path", types.LongText, nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("sort_order", types.Id, nullable=False),
        sa.Column("source", types.key(255), nullable=False),
        sa.Column("external_id", types.key(255), nullable=False),
        sa.Column("status", types.key(16), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("gone_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["directory_department.id"],
            name=op.f("fk_directory_department_parent_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_department")),
        sa.UniqueConstraint(
            "source", "external_id", name=op.f("uq_directory_department_source_external_id")
        ),
    )


def downgrade() -> None:
    op.drop_table("directory_department")
