"""Add priority to outbox_delivery."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    op.add_column(
        "outbox_delivery",
        sa.Column("priority", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("outbox_delivery", "priority")
