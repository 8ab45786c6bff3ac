"""Index directory_user by manager_id."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_index(
        op.f("ix_directory_user_manager_id"), "directory_user", ["manager_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_directory_user_manager_id"), table_name="directory_user")
