"""Closed years: their steps, which the ledger's trigger reads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "closings",
        sa.Column("id", row_id, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "close_asked",
                "closed",
                "reopen_asked",
                "reopened",
                "returned",
                name="closingkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("last_entry", row_id, nullable=False),
        sa.Column("answers_id", row_id, nullable=True),
        sa.Column("reverses_id", row_id, nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor_key", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_closings_has_reason")),
        sa.CheckConstraint(
            "(kind = 'reopened') = (reverses_id IS NOT NULL)",
            name=op.f("ck_closings_reopening_names_closing"),
        ),
        sa.ForeignKeyConstraint(["answers_id"], ["closings.id"], name=op.f("fk_closings_answers_id")),
        sa.ForeignKeyConstraint(["reverses_id"], ["closings.id"], name=op.f("fk_closings_reverses_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closings")),
        sa.UniqueConstraint("answers_id", name=op.f("uq_closings_answers_id")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_closings_reverses_id")),
    )
    op.create_index("ix_closings_year", "closings", ["year", "id"], unique=False)


def downgrade() -> None:
    if (
        op.get_bind().dialect.name == "sqlite"
    ):  # it changes no table beside a trigger that reads one which is gone
        op.execute("DROP TRIGGER IF EXISTS entry_in_open_time")
    op.drop_table("closings")
