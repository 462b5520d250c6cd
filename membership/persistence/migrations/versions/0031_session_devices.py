"""The device of a session, so that a person recognises it before ending it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_sessions", sa.Column("device", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("user_sessions", "device")
