"""Order numbers: who asks for one before the invoice, and which one a member gave for a dues year."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("members", sa.Column("order_wish", sa.String(), nullable=False, server_default="none"))
    op.create_table(
        "order_numbers",
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dues_year", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("recorded_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_order_numbers_member_id")),
        sa.PrimaryKeyConstraint("member_id", "dues_year", name=op.f("pk_order_numbers")),
    )


def downgrade() -> None:
    op.drop_table("order_numbers")
    op.drop_column("members", "order_wish")
