"""Which e-invoice a member gets: the PDF with its data alone, or an XRechnung beside it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "members", sa.Column("invoice_format", sa.String(), nullable=False, server_default="zugferd")
    )


def downgrade() -> None:
    op.drop_column("members", "invoice_format")
