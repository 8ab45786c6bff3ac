"""Insert the rows of tables that have one."""

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.execute(
        "INSERT INTO directory_counter (id, department_id, user_id, link_id) VALUES (1, 0, 0, 0)"
    )
    op.execute("INSERT INTO sync_lease (id, token, store_version) VALUES (1, 0, 0)")


def downgrade() -> None:
    op.execute("DELETE FROM sync_lease")
    op.execute("DELETE FROM directory_counter")
