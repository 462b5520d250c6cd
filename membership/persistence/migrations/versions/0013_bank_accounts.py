"""Accounts of the association: the one on the invoices becomes the first of them."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bank_accounts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("iban", sa.String(), nullable=False),
        sa.Column("bic", sa.String(), nullable=False),
        sa.Column("bank_name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("opening_cents", sa.BigInteger(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("added_at", columns.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_accounts")),
        sa.UniqueConstraint("iban", name=op.f("uq_bank_accounts_iban")),
    )
    _take_over()


def _take_over() -> None:
    """Make a row of the account that the settings name."""
    asked = sa.text("SELECT key, value, changed_at FROM settings WHERE key LIKE 'bank.%'")
    rows = {key: (value, at) for key, value, at in op.get_bind().execute(asked)}
    found = {key: _text(value) for key, (value, _at) in rows.items()}
    if not found.get("bank.iban"):
        return
    insert = sa.text(
        "INSERT INTO bank_accounts (iban, bic, bank_name, holder, label, added_at)"
        " VALUES (:iban, :bic, :name, :holder, '', :at)"
    )
    values = {name: found.get(f"bank.{name}", "") for name in ("iban", "bic", "name", "holder")}
    op.get_bind().execute(insert, {**values, "at": rows["bank.iban"][1]})


def _text(value: object) -> str:
    """Return a text as the database gives it: SQLite holds JSON as text, PostgreSQL may give the value itself."""
    if isinstance(value, str) and value.startswith('"'):
        return str(json.loads(value))
    return str(value)


def downgrade() -> None:
    op.drop_table("bank_accounts")
