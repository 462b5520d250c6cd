"""Companies invite the people who act for them, and ask the association for what it has to decide."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KINDS = ("name", "notice", "erasure")
_STATES = ("open", "done", "declined", "withdrawn")
_ROLES = ("admin", "treasurer", "office", "board", "auditor", "company_admin", "company_user")


def upgrade() -> None:
    op.create_table(
        "company_invitations",
        sa.Column("id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.Enum(*_ROLES, name="role", native_enum=False, length=32), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("is_mailed", sa.Boolean(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=True),
        sa.Column("invited_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("invited_by", sa.String(), nullable=False),
        sa.Column("expires_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("ended_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("accepted_by", _ID, nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_company_invitations_member_id")),
        sa.ForeignKeyConstraint(
            ["accepted_by"], ["users.id"], name=op.f("fk_company_invitations_accepted_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_company_invitations_token_hash")),
    )
    op.create_index(op.f("ix_company_invitations_member_id"), "company_invitations", ["member_id"])
    op.create_table(
        "company_requests",
        sa.Column("id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("kind", sa.Enum(*_KINDS, name="requestkind", native_enum=False, length=32), nullable=False),
        sa.Column(
            "state", sa.Enum(*_STATES, name="requeststate", native_enum=False, length=32), nullable=False
        ),
        sa.Column("facts", columns.Json(), nullable=False),
        sa.Column("asked_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("settled_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_company_requests_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_requests")),
    )
    op.create_index(op.f("ix_company_requests_member_id"), "company_requests", ["member_id"])
    op.create_index("ix_company_requests_state", "company_requests", ["state", "id"])


def downgrade() -> None:
    op.drop_table("company_requests")
    op.drop_table("company_invitations")
