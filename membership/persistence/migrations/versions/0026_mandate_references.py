"""An amendment may give a mandate another reference (SEPA-5)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mandate_steps", sa.Column("reference", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("mandate_steps", "reference")
