"""Index directory_membership by department_id."""

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_index(
        op.f("ix_directory_membership_department_id"),
        "directory_membership",
        ["department_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_directory_membership_department_id"), table_name="directory_membership")
