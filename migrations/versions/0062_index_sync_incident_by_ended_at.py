"""Index sync_incident by ended_at."""

from alembic import op

revision = "0062"
down_revision = "0061"


def upgrade() -> None:
    op.create_index(op.f("ix_sync_incident_ended_at"), "sync_incident", ["ended_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_sync_incident_ended_at"), table_name="sync_incident")
