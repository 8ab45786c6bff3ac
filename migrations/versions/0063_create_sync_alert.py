"""Create sync_alert."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "0063"
down_revision = "0062"


def upgrade() -> None:
    op.create_table(
        "sync_alert",
        sa.Column("incident_id", types.Id, autoincrement=False, nullable=False),
        sa.Column("phase", types.key(16), nullable=False),
        sa.Column("way", types.key(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", types.UtcDateTime(), nullable=True),
        sa.Column("told_at", types.UtcDateTime(), nullable=True),
        sa.Column("error", types.LongText, nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["sync_incident.id"], name=op.f("fk_sync_alert_incident_id")
        ),
        sa.PrimaryKeyConstraint("incident_id", "phase", "way", name=op.f("pk_sync_alert")),
    )


def downgrade() -> None:
    op.drop_table("sync_alert")
