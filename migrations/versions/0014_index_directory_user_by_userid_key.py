"""Index directory_user by userid_key."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_index(
        op.f("ix_directory_user_userid_key"), "directory_user", ["userid_key"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_directory_user_userid_key"), table_name="directory_user")
