"""The second person: what was submitted and what became of it; the settings come with the next start."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ACTIONS = (
    "schedule.activate",
    "billing.release",
    "invoice.correct",
    "claim.give_up",
    "sepa.collect",
    "payment.refund",
    "bank.change",
    "approval.loosen",
)
_STATES = ("open", "approved", "returned", "withdrawn", "outdated")


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", _ID, nullable=False),
        sa.Column("action", sa.Enum(*_ACTIONS, name="action", native_enum=False, length=32), nullable=False),
        sa.Column("use_case", sa.String(), nullable=False),
        sa.Column("object_kind", sa.String(), nullable=False),
        sa.Column("object_ref", sa.String(), nullable=False),
        sa.Column("member_id", _ID, nullable=True),
        sa.Column("title", columns.Json(), nullable=False),
        sa.Column("shown", columns.Json(), nullable=False),
        sa.Column("arguments", columns.Json(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor_key", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_approvals_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index("ix_approvals_object", "approvals", ["object_kind", "object_ref"])
    op.create_table(
        "approval_decisions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("approval_id", _ID, nullable=False),
        sa.Column("state", sa.Enum(*_STATES, name="state", native_enum=False, length=32), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("why", columns.Json(), nullable=True),
        sa.Column("actor_key", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('approved', 'returned', 'withdrawn', 'outdated')",
            name=op.f("ck_approval_decisions_is_an_end"),
        ),
        sa.CheckConstraint(
            "state <> 'returned' OR reason <> ''", name=op.f("ck_approval_decisions_return_has_reason")
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR actor_key LIKE 'user:%'",
            name=op.f("ck_approval_decisions_people_approve"),
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approvals.id"], name=op.f("fk_approval_decisions_approval_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_decisions")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_approval_decisions_approval_id")),
    )
    op.execute(
        "INSERT INTO guards (name) SELECT 'approvals' WHERE NOT EXISTS (SELECT 1 FROM guards WHERE name = 'approvals')"
    )


def downgrade() -> None:
    op.drop_table("approval_decisions")
    op.drop_table("approvals")
