"""The yearly declaration: rounds, requests, declarations, decisions, files and links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WAYS = ("link", "portal", "office")
_DECISIONS = ("accepted", "queried", "carried_over", "estimated")


def upgrade() -> None:
    _rounds()
    _files()
    op.create_table(
        "declaration_versions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("request_id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("answers", columns.Json(), nullable=False),
        sa.Column("known", columns.Json(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("way", sa.Enum(*_WAYS, name="way", native_enum=False, length=32), nullable=False),
        sa.Column("before", columns.Json(), nullable=False),
        sa.Column("expected", columns.Json(), nullable=False),
        sa.Column("oddities", columns.Json(), nullable=False),
        sa.Column("evidence_id", _ID, nullable=True),
        sa.Column("actor_key", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_declaration_versions_numbered")),
        _of("declaration_versions", "request_id", "declaration_requests"),
        _of("declaration_versions", "member_id", "members"),
        _of("declaration_versions", "evidence_id", "declaration_evidence"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declaration_versions")),
        sa.UniqueConstraint("request_id", "number", name=op.f("uq_declaration_versions_request_id_number")),
    )
    op.create_index("ix_declaration_versions_member", "declaration_versions", ["member_id"])
    op.create_table(
        "declaration_decisions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("request_id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=True),
        sa.Column(
            "kind", sa.Enum(*_DECISIONS, name="decision", native_enum=False, length=32), nullable=False
        ),
        sa.Column("answers", columns.Json(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("actor_key", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind IN ('accepted', 'queried')) = (version_id IS NOT NULL)",
            name=op.f("ck_declaration_decisions_about"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('queried', 'estimated') OR text <> ''", name=op.f("ck_declaration_decisions_said")
        ),
        _of("declaration_decisions", "request_id", "declaration_requests"),
        _of("declaration_decisions", "member_id", "members"),
        _of("declaration_decisions", "version_id", "declaration_versions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declaration_decisions")),
    )
    op.create_index("ix_declaration_decisions_request", "declaration_decisions", ["request_id", "id"])
    op.create_index("ix_declaration_decisions_member", "declaration_decisions", ["member_id"])
    op.execute(
        "INSERT INTO guards (name) SELECT 'declarations'"
        " WHERE NOT EXISTS (SELECT 1 FROM guards WHERE name = 'declarations')"
    )


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _rounds() -> None:
    op.create_table(
        "declaration_rounds",
        sa.Column("id", _ID, nullable=False),
        sa.Column("dues_year", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column("late_until", sa.Date(), nullable=True),
        sa.Column("asks", columns.Json(), nullable=False),
        sa.Column("reminds", sa.Boolean(), nullable=False),
        sa.Column("reminded", columns.Json(), nullable=False),
        sa.Column("created_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declaration_rounds")),
        sa.UniqueConstraint("dues_year", name=op.f("uq_declaration_rounds_dues_year")),
    )
    op.create_table(
        "declaration_requests",
        sa.Column("id", _ID, nullable=False),
        sa.Column("round_id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("asked_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("reminded_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("draft", columns.Json(), nullable=True),
        sa.Column("declared_by", sa.String(), nullable=False),
        sa.Column("contact", columns.Json(), nullable=True),
        _of("declaration_requests", "round_id", "declaration_rounds"),
        _of("declaration_requests", "member_id", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declaration_requests")),
        sa.UniqueConstraint("round_id", "member_id", name=op.f("uq_declaration_requests_round_id_member_id")),
    )
    op.create_index(op.f("ix_declaration_requests_member_id"), "declaration_requests", ["member_id"])


def _files() -> None:
    op.create_table(
        "declaration_evidence",
        sa.Column("id", _ID, nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("request_id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("stored_at", columns.Instant(timezone=True), nullable=False),
        _of("declaration_evidence", "request_id", "declaration_requests"),
        _of("declaration_evidence", "member_id", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declaration_evidence")),
        sa.UniqueConstraint("uid", name=op.f("uq_declaration_evidence_uid")),
    )
    op.create_index("ix_declaration_evidence_request", "declaration_evidence", ["request_id", "id"])
    op.create_index("ix_declaration_evidence_member", "declaration_evidence", ["member_id"])
    op.create_table(
        "declaration_links",
        sa.Column("id", _ID, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("request_id", _ID, nullable=False),
        sa.Column("dispatch_id", _ID, nullable=True),
        sa.Column("created_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("expires_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("revoked_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("opened_at", columns.Instant(timezone=True), nullable=True),
        _of("declaration_links", "request_id", "declaration_requests"),
        _of("declaration_links", "dispatch_id", "dispatches"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declaration_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_declaration_links_token_hash")),
    )
    op.create_index(op.f("ix_declaration_links_request_id"), "declaration_links", ["request_id"])


def downgrade() -> None:
    for name in ("decisions", "versions", "links", "evidence", "requests", "rounds"):
        op.drop_table(f"declaration_{name}")
