"""The account of a direct debit mandate that an application speaks of, encrypted until it is decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("applications", sa.Column("iban_sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("applications", "iban_sealed")
