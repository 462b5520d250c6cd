"""Mails to staff in the outbox, the mailbox for mails that come back, members who want paper.

SQLite makes a table anew to let a column be empty; the tables that point to it let go of it for that time.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_POINTING = ("dispatch_attempts", "invoice_links")


def upgrade() -> None:
    _let_go()
    with op.batch_alter_table("dispatches") as batch_op:
        batch_op.alter_column("member_id", existing_type=_row_id(), nullable=True)
        batch_op.add_column(sa.Column("facts", columns.Json(), nullable=True))
    _point_again()
    op.create_table(
        "mailbox_mark",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("numbering", _row_id(), nullable=False),
        sa.Column("last_uid", _row_id(), nullable=False),
        sa.Column("read_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("failed_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox_mark")),
    )
    op.execute("INSERT INTO mailbox_mark (id, place, numbering, last_uid, reason) VALUES (1, '', 0, 0, '')")
    op.add_column("members", sa.Column("invoice_way", sa.String(), nullable=False, server_default="mail"))


def downgrade() -> None:
    op.drop_column("members", "invoice_way")
    op.drop_table("mailbox_mark")
    op.execute(
        "DELETE FROM dispatch_attempts WHERE dispatch_id IN (SELECT id FROM dispatches WHERE member_id IS NULL)"
    )
    op.execute("DELETE FROM dispatches WHERE member_id IS NULL")
    _let_go()
    with op.batch_alter_table("dispatches") as batch_op:
        batch_op.drop_column("facts")
        batch_op.alter_column("member_id", existing_type=_row_id(), nullable=False)
    _point_again()


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _let_go() -> None:
    for table in _POINTING:
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(op.f(f"fk_{table}_dispatch_id"), type_="foreignkey")


def _point_again() -> None:
    for table in _POINTING:
        with op.batch_alter_table(table) as batch_op:
            batch_op.create_foreign_key(
                op.f(f"fk_{table}_dispatch_id"), "dispatches", ["dispatch_id"], ["id"]
            )
