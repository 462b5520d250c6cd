"""The day on which a company itself chose how it pays; without one its way of payment is what the office keeps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("members", sa.Column("payment_chosen_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("members", "payment_chosen_on")
