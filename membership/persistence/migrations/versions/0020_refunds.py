"""Refunds, the files in which they stand, and their steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STATES = ("prepared", "filed", "submitted", "paid", "withdrawn")


def upgrade() -> None:
    op.create_table(
        "refund_files",
        sa.Column("id", _ID, nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("running", _ID, nullable=False),
        sa.Column("execute_on", sa.Date(), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("sum_cents", sa.BigInteger(), nullable=False),
        sa.Column("debtor_name", sa.String(), nullable=False),
        sa.Column("debtor_iban", sa.String(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("actor_key", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("made_at", columns.Instant(timezone=True), nullable=False),
        sa.CheckConstraint("item_count > 0 AND sum_cents > 0", name=op.f("ck_refund_files_not_empty")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_files")),
        sa.UniqueConstraint("number", name=op.f("uq_refund_files_number")),
        sa.UniqueConstraint("uid", name=op.f("uq_refund_files_uid")),
        sa.UniqueConstraint("year", "running", name=op.f("uq_refund_files_year_running")),
    )
    op.create_table(
        "refunds",
        sa.Column("id", _ID, nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("running", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("open_item_id", _ID, nullable=False),
        sa.Column("entry_id", _ID, nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("street", sa.String(), nullable=False),
        sa.Column("building", sa.String(), nullable=False),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("iban_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("iban_key", sa.String(), nullable=False),
        sa.Column("iban_shown", sa.String(), nullable=False),
        sa.Column("bic", sa.String(), nullable=False),
        sa.Column("line_id", _ID, nullable=True),
        sa.Column("actor_key", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.CheckConstraint("cents > 0", name=op.f("ck_refunds_positive")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_refunds_named")),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_refunds_entry_id")),
        sa.ForeignKeyConstraint(["line_id"], ["bank_lines.id"], name=op.f("fk_refunds_line_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_refunds_member_id")),
        sa.ForeignKeyConstraint(["open_item_id"], ["open_items.id"], name=op.f("fk_refunds_open_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_refunds_entry_id")),
        sa.UniqueConstraint("number", name=op.f("uq_refunds_number")),
        sa.UniqueConstraint("open_item_id", name=op.f("uq_refunds_open_item_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_refunds_uid")),
        sa.UniqueConstraint("year", "running", name=op.f("uq_refunds_year_running")),
    )
    op.create_index("ix_refunds_member", "refunds", ["member_id", "id"])
    op.create_index(op.f("ix_refunds_iban_key"), "refunds", ["iban_key"])
    op.create_table(
        "refund_steps",
        sa.Column("id", _ID, nullable=False),
        sa.Column("refund_id", _ID, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column(
            "kind", sa.Enum(*_STATES, name="refundstate", native_enum=False, length=32), nullable=False
        ),
        sa.Column("file_id", _ID, nullable=True),
        sa.Column("entry_id", _ID, nullable=True),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor_key", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind NOT IN ('filed', 'submitted') OR file_id IS NOT NULL",
            name=op.f("ck_refund_steps_filed_has_file"),
        ),
        sa.CheckConstraint(
            "kind <> 'paid' OR entry_id IS NOT NULL", name=op.f("ck_refund_steps_paid_has_entry")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_refund_steps_entry_id")),
        sa.ForeignKeyConstraint(["file_id"], ["refund_files.id"], name=op.f("fk_refund_steps_file_id")),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_refund_steps_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_steps")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_refund_steps_entry_id")),
        sa.UniqueConstraint("refund_id", "step", name=op.f("uq_refund_steps_refund_id_step")),
    )
    op.create_index("ix_refund_steps_file", "refund_steps", ["file_id"])
    op.execute(
        "INSERT INTO guards (name) SELECT 'refunds' WHERE NOT EXISTS (SELECT 1 FROM guards WHERE name = 'refunds')"
    )


def downgrade() -> None:
    op.drop_table("refund_steps")
    op.drop_table("refunds")
    op.drop_table("refund_files")
