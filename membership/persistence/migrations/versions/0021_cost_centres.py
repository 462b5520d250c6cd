"""The cost centre by which a member's bookkeeping knows its dues (BT-10)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("members", sa.Column("cost_centre", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("members", "cost_centre")
