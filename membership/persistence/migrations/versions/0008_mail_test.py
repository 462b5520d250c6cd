"""When a test mail last got through with the present mail server."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mail_lane", sa.Column("tested_at", columns.Instant(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("mail_lane", "tested_at")
