"""Index directory_link by user_id."""

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_index(op.f("ix_directory_link_user_id"), "directory_link", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_directory_link_user_id"), table_name="directory_link")
