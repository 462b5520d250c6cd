"""A division of a sum can be taken back; then sum and batch may be divided anew, but never the same two."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("bank_divisions") as batch_op:
        batch_op.drop_constraint(op.f("uq_bank_divisions_batch_id"), type_="unique")
        batch_op.drop_constraint(op.f("uq_bank_divisions_line_id"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_bank_divisions_line_id_batch_id"), ["line_id", "batch_id"])
    op.create_index("ix_bank_divisions_batch", "bank_divisions", ["batch_id"], unique=False)
    op.create_table(
        "bank_division_ends",
        sa.Column("id", row_id, nullable=False),
        sa.Column("division_id", row_id, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["division_id"], ["bank_divisions.id"], name=op.f("fk_bank_division_ends_division_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_division_ends")),
        sa.UniqueConstraint("division_id", name=op.f("uq_bank_division_ends_division_id")),
    )


def downgrade() -> None:
    op.drop_table("bank_division_ends")
    op.drop_index("ix_bank_divisions_batch", table_name="bank_divisions")
    with op.batch_alter_table("bank_divisions") as batch_op:
        batch_op.drop_constraint(op.f("uq_bank_divisions_line_id_batch_id"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_bank_divisions_line_id"), ["line_id"])
        batch_op.create_unique_constraint(op.f("uq_bank_divisions_batch_id"), ["batch_id"])
