"""Applications for membership by the public form."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STATES = ("unconfirmed", "waiting", "accepted", "rejected", "withdrawn")


def upgrade() -> None:
    op.create_table(
        "applications",
        sa.Column("id", _ID, nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column(
            "state", sa.Enum(*_STATES, name="applicationstate", native_enum=False, length=32), nullable=False
        ),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("data", columns.Json(), nullable=True),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("sizes", columns.Json(), nullable=False),
        sa.Column("terms", columns.Json(), nullable=False),
        sa.Column("expected", columns.Json(), nullable=True),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("submitted_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("confirmed_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("ended_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("erased_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("organ", sa.String(), nullable=False),
        sa.Column("minutes", sa.String(), nullable=False),
        sa.Column("member_id", _ID, nullable=True),
        sa.CheckConstraint(
            "(state = 'accepted') = (member_id IS NOT NULL)", name=op.f("ck_applications_admitted")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_applications_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("reference", name=op.f("uq_applications_reference")),
    )
    op.create_index("ix_applications_state", "applications", ["state", "id"])
    for column in ("name_key", "email_key", "member_id"):
        op.create_index(op.f(f"ix_applications_{column}"), "applications", [column])
    op.create_table(
        "application_links",
        sa.Column("id", _ID, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("application_id", _ID, nullable=False),
        sa.Column("dispatch_id", _ID, nullable=True),
        sa.Column("created_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("expires_at", columns.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_application_links_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["dispatch_id"], ["dispatches.id"], name=op.f("fk_application_links_dispatch_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_application_links_token_hash")),
    )
    op.create_index(op.f("ix_application_links_application_id"), "application_links", ["application_id"])
    op.execute(
        "INSERT INTO guards (name) SELECT 'applications'"
        " WHERE NOT EXISTS (SELECT 1 FROM guards WHERE name = 'applications')"
    )


def downgrade() -> None:
    op.drop_table("application_links")
    op.drop_table("applications")
