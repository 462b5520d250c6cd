"""Marks of the keys, daily tasks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "daily_tasks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("fence", sa.String(), nullable=False),
        sa.Column("lease_until", columns.Instant(timezone=True), nullable=False),
        sa.Column("finished_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("outcome", columns.Json(), nullable=True),
        sa.PrimaryKeyConstraint("name", "day", name=op.f("pk_daily_tasks")),
    )
    op.create_table(
        "key_marks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_key_marks")),
    )


def downgrade() -> None:
    op.drop_table("key_marks")
    op.drop_table("daily_tasks")
