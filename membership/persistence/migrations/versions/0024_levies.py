"""Special levies (DUE-15)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "levies",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("dues_year", sa.Integer(), nullable=False),
        sa.Column("document", columns.Json(), nullable=False),
        sa.Column("changed_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_levies")),
    )


def downgrade() -> None:
    op.drop_table("levies")
