"""Add people to outbox_message."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.add_column("outbox_message", sa.Column("people", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox_message", "people")
