"""Index directory_record by key_value."""

from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.create_index(op.f("ix_directory_record_key_value"), "directory_record", ["key_value"])


def downgrade() -> None:
    op.drop_index(op.f("ix_directory_record_key_value"), table_name="directory_record")
