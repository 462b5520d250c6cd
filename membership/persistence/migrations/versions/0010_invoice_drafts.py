"""Single invoices that are not issued yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "invoice_drafts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column(
            "kind", sa.Enum("dues", "items", name="draftkind", native_enum=False, length=32), nullable=False
        ),
        sa.Column("dues_year", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("lines", columns.Json(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("changed_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("invoice_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_drafts_invoice_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_invoice_drafts_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_drafts")),
    )
    op.create_index("ix_invoice_drafts_member_id", "invoice_drafts", ["member_id"])


def downgrade() -> None:
    op.drop_table("invoice_drafts")
