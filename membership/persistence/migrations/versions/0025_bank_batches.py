"""Batches that a notification explains, apart from the statement with their sum (BNK-4)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "bank_batches",
        sa.Column("id", row_id, nullable=False),
        sa.Column("statement_id", row_id, nullable=False),
        sa.Column("account_id", row_id, nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("payment_id", sa.String(), nullable=False),
        sa.Column("part_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["bank_accounts.id"], name=op.f("fk_bank_batches_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["bank_statements.id"], name=op.f("fk_bank_batches_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_batches")),
    )
    op.create_index("ix_bank_batches_account", "bank_batches", ["account_id", "amount_cents"], unique=False)
    op.create_table(
        "bank_parts",
        sa.Column("id", row_id, nullable=False),
        sa.Column("line_id", row_id, nullable=False),
        sa.Column("batch_id", row_id, nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["bank_batches.id"], name=op.f("fk_bank_parts_batch_id")),
        sa.ForeignKeyConstraint(["line_id"], ["bank_lines.id"], name=op.f("fk_bank_parts_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_parts")),
        sa.UniqueConstraint("line_id", name=op.f("uq_bank_parts_line_id")),
    )
    op.create_index("ix_bank_parts_batch", "bank_parts", ["batch_id"], unique=False)
    op.create_table(
        "bank_divisions",
        sa.Column("id", row_id, nullable=False),
        sa.Column("line_id", row_id, nullable=False),
        sa.Column("batch_id", row_id, nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["bank_batches.id"], name=op.f("fk_bank_divisions_batch_id")),
        sa.ForeignKeyConstraint(["line_id"], ["bank_lines.id"], name=op.f("fk_bank_divisions_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_divisions")),
        sa.UniqueConstraint("batch_id", name=op.f("uq_bank_divisions_batch_id")),
        sa.UniqueConstraint("line_id", name=op.f("uq_bank_divisions_line_id")),
    )


def downgrade() -> None:
    op.drop_table("bank_divisions")
    op.drop_index("ix_bank_parts_batch", table_name="bank_parts")
    op.drop_table("bank_parts")
    op.drop_index("ix_bank_batches_account", table_name="bank_batches")
    op.drop_table("bank_batches")
