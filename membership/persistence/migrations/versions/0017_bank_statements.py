"""Bank statements with their entries, what was decided about each, and what was learned from it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.execute(
        "INSERT INTO guards (name) SELECT 'bank_lines' WHERE NOT EXISTS (SELECT 1 FROM guards WHERE name = 'bank_lines')"
    )
    op.add_column("bank_accounts", sa.Column("csv_mapping", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "bank_rules",
        sa.Column("id", row_id, nullable=False),
        sa.Column("party_key", sa.String(), nullable=False),
        sa.Column("party_shown", sa.String(), nullable=False),
        sa.Column("is_credit", sa.Boolean(), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "bank_fees",
                "supplier",
                "staff",
                "grant",
                "interest",
                "card_payout",
                "transfer",
                "other",
                name="category",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_rules")),
        sa.UniqueConstraint("party_key", "is_credit", name=op.f("uq_bank_rules_party_key_is_credit")),
    )
    op.create_table(
        "bank_statements",
        sa.Column("id", row_id, nullable=False),
        sa.Column("account_id", row_id, nullable=False),
        sa.Column("file_hash", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("opening_cents", sa.BigInteger(), nullable=True),
        sa.Column("closing_cents", sa.BigInteger(), nullable=True),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("known_count", sa.Integer(), nullable=False),
        sa.Column("pending_count", sa.Integer(), nullable=False),
        sa.Column("difference_cents", sa.BigInteger(), nullable=False),
        sa.Column("gap_cents", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.String(), nullable=False),
        sa.Column("entry_id", row_id, nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["bank_accounts.id"], name=op.f("fk_bank_statements_account_id")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_bank_statements_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statements")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_bank_statements_entry_id")),
        sa.UniqueConstraint("file_hash", "position", name=op.f("uq_bank_statements_file_hash_position")),
    )
    op.create_index("ix_bank_statements_account", "bank_statements", ["account_id", "until_on"], unique=False)
    op.create_table(
        "bank_lines",
        sa.Column("id", row_id, nullable=False),
        sa.Column("statement_id", row_id, nullable=False),
        sa.Column("account_id", row_id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("reversal", sa.Boolean(), nullable=False),
        sa.Column("bank_reference", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("ultimate_name", sa.String(), nullable=False),
        sa.Column("iban_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("iban_key", sa.String(), nullable=True),
        sa.Column("iban_shown", sa.String(), nullable=False),
        sa.Column("remittance", sa.String(), nullable=False),
        sa.Column("booking_text", sa.String(), nullable=False),
        sa.Column("creditor_reference", sa.String(), nullable=False),
        sa.Column("end_to_end_id", sa.String(), nullable=False),
        sa.Column("mandate_id", sa.String(), nullable=False),
        sa.Column("payment_id", sa.String(), nullable=False),
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("return_reason", sa.String(), nullable=False),
        sa.Column("charges_cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["bank_accounts.id"], name=op.f("fk_bank_lines_account_id")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["bank_statements.id"], name=op.f("fk_bank_lines_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_lines")),
        sa.UniqueConstraint("statement_id", "position", name=op.f("uq_bank_lines_statement_id_position")),
        sa.UniqueConstraint("uid", name=op.f("uq_bank_lines_uid")),
    )
    op.create_index(
        "ix_bank_lines_day", "bank_lines", ["account_id", "booked_on", "amount_cents"], unique=False
    )
    op.create_index(op.f("ix_bank_lines_iban_key"), "bank_lines", ["iban_key"], unique=False)
    op.create_table(
        "bank_decisions",
        sa.Column("id", row_id, nullable=False),
        sa.Column("line_id", row_id, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "posted",
                "recorded",
                "not_dues",
                "collected",
                "returned",
                "refunded",
                "undone",
                name="decisionkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "category",
            sa.Enum(
                "bank_fees",
                "supplier",
                "staff",
                "grant",
                "interest",
                "card_payout",
                "transfer",
                "other",
                name="category",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("signs", columns.Json(), nullable=False),
        sa.Column("waived", columns.Json(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("actor_key", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'not_dues') = (category IS NOT NULL)", name=op.f("ck_bank_decisions_other_has_category")
        ),
        sa.CheckConstraint(
            "(kind = 'undone') = (step % 2 = 0)", name=op.f("ck_bank_decisions_even_takes_back")
        ),
        sa.ForeignKeyConstraint(["line_id"], ["bank_lines.id"], name=op.f("fk_bank_decisions_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_decisions")),
        sa.UniqueConstraint("line_id", "step", name=op.f("uq_bank_decisions_line_id_step")),
    )
    op.create_table(
        "member_ibans",
        sa.Column("id", row_id, nullable=False),
        sa.Column("member_id", row_id, nullable=False),
        sa.Column("iban_key", sa.String(), nullable=False),
        sa.Column("iban_shown", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("line_id", row_id, nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["bank_lines.id"], name=op.f("fk_member_ibans_line_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_member_ibans_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_ibans")),
        sa.UniqueConstraint("member_id", "iban_key", name=op.f("uq_member_ibans_member_id_iban_key")),
    )
    op.create_index("ix_member_ibans_key", "member_ibans", ["iban_key"], unique=False)
    op.create_table(
        "bank_postings",
        sa.Column("id", row_id, nullable=False),
        sa.Column("decision_id", row_id, nullable=False),
        sa.Column("entry_id", row_id, nullable=False),
        sa.Column("payment_id", row_id, nullable=True),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["bank_decisions.id"], name=op.f("fk_bank_postings_decision_id")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_bank_postings_entry_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_bank_postings_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_postings")),
        sa.UniqueConstraint("decision_id", "entry_id", name=op.f("uq_bank_postings_decision_id_entry_id")),
    )
    op.create_index("ix_bank_postings_entry", "bank_postings", ["entry_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_bank_postings_entry", table_name="bank_postings")
    op.drop_table("bank_postings")
    op.drop_index("ix_member_ibans_key", table_name="member_ibans")
    op.drop_table("member_ibans")
    op.drop_table("bank_decisions")
    op.drop_index(op.f("ix_bank_lines_iban_key"), table_name="bank_lines")
    op.drop_index("ix_bank_lines_day", table_name="bank_lines")
    op.drop_table("bank_lines")
    op.drop_index("ix_bank_statements_account", table_name="bank_statements")
    op.drop_table("bank_statements")
    op.drop_table("bank_rules")
    op.drop_column("bank_accounts", "csv_mapping")
