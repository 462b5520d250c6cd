"""The moment at which the invoices of a finished run go out by themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("billing_runs", sa.Column("send_at", columns.Instant(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("billing_runs", "send_at")
