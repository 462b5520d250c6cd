"""Corrections: what was credited, waived and written off of an open item, and the decisions about it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ITEM_COLUMNS = ["invoice_id", "original_cents", "open_cents", "due_on", "dated_on"]
_AMOUNTS = ["credited_cents", "waived_cents", "written_off_cents"]
_TAKES_BACK = sa.text("kind IN ('cancellation', 'corrected')")


def upgrade() -> None:
    """Add the amounts to the open items, the table of decisions, and the index that lets nothing be cancelled twice."""
    for name in _AMOUNTS:
        op.add_column("open_items", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    op.drop_index("ix_open_items_invoice", "open_items")
    op.create_index("ix_open_items_invoice", "open_items", [*_ITEM_COLUMNS, *_AMOUNTS])
    op.create_index("ix_invoices_replaces", "invoices", ["replaces_id"])
    op.create_index(
        "ix_invoices_taken_back_once", "invoices", ["replaces_id"], unique=True, sqlite_where=_TAKES_BACK,
        postgresql_where=_TAKES_BACK,
    )  # fmt: skip
    op.create_table(
        "item_events",
        sa.Column("id", _ID, nullable=False),
        sa.Column("open_item_id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "waiver",
                "write_off",
                "deferral",
                "instalments",
                name="eventkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("due_before", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("plan", columns.Json(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("resolution", sa.String(), nullable=False),
        sa.Column("entry_id", _ID, nullable=True),
        sa.Column("reverses_id", _ID, nullable=True),
        sa.Column("actor_key", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_item_events_has_reason")),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_item_events_entry_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_item_events_member_id")),
        sa.ForeignKeyConstraint(
            ["open_item_id"], ["open_items.id"], name=op.f("fk_item_events_open_item_id")
        ),
        sa.ForeignKeyConstraint(["reverses_id"], ["item_events.id"], name=op.f("fk_item_events_reverses_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_events")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_item_events_entry_id")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_item_events_reverses_id")),
    )
    op.create_index("ix_item_events_item", "item_events", ["open_item_id", "id"])
    op.create_index("ix_item_events_member", "item_events", ["member_id"])


def downgrade() -> None:
    """Take all of it back; only for a database without corrections. Triggers that read the columns are made anew later."""
    _drop_triggers_on_sqlite("open_items")
    op.drop_table("item_events")
    op.drop_index("ix_invoices_taken_back_once", "invoices")
    op.drop_index("ix_invoices_replaces", "invoices")
    op.drop_index("ix_open_items_invoice", "open_items")
    op.create_index("ix_open_items_invoice", "open_items", _ITEM_COLUMNS)
    for name in reversed(_AMOUNTS):
        op.drop_column("open_items", name)


def _drop_triggers_on_sqlite(table: str) -> None:
    """Drop the triggers that name a table: SQLite drops no column that one of them reads."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    names = connection.execute(
        sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE :table"),
        {"table": f"%{table}%"},
    ).scalars()
    for name in list(names):
        op.execute(f'DROP TRIGGER "{name}"')
