"""Online payments: attempts with their documents, events of the provider, what was booked of them, payouts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "refused_messages",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", columns.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_refused_messages")),
    )
    op.create_table(
        "online_attempts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column(
            "way", sa.Enum("card", "sepa_debit", name="way", native_enum=False, length=32), nullable=False
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("back", sa.String(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "open",
                "pending",
                "paid",
                "taken_back",
                "failed",
                "ended",
                "refused",
                name="attemptstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("key_since", columns.Instant(timezone=True), nullable=False),
        sa.Column("asked_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("expires_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("page_id", sa.String(), nullable=True),
        sa.Column("page_url", sa.String(), nullable=False),
        sa.Column("intent_id", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("actor_key", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("made_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("decided_at", columns.Instant(timezone=True), nullable=True),
        sa.CheckConstraint("cents > 0", name=op.f("ck_online_attempts_positive")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_online_attempts_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_attempts")),
        sa.UniqueConstraint("key", name=op.f("uq_online_attempts_key")),
        sa.UniqueConstraint("page_id", name=op.f("uq_online_attempts_page_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_online_attempts_uid")),
    )
    op.create_index("ix_online_attempts_intent", "online_attempts", ["intent_id"], unique=False)
    op.create_index("ix_online_attempts_member", "online_attempts", ["member_id", "id"], unique=False)
    op.create_index("ix_online_attempts_state", "online_attempts", ["state"], unique=False)
    op.create_table(
        "online_payouts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("payout_id", sa.String(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("gross_cents", sa.BigInteger(), nullable=False),
        sa.Column("fee_cents", sa.BigInteger(), nullable=False),
        sa.Column("part_count", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("arrives_on", sa.Date(), nullable=False),
        sa.Column("entry_id", _ID, nullable=True),
        sa.Column("seen_at", columns.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_online_payouts_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_payouts")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_online_payouts_entry_id")),
        sa.UniqueConstraint("provider", "payout_id", name=op.f("uq_online_payouts_provider_payout_id")),
    )
    op.create_table(
        "online_events",
        sa.Column("id", _ID, nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("created_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("received_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "retry",
                "done",
                "ignored",
                "look",
                "settled",
                name="eventstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", columns.Instant(timezone=True), nullable=False),
        sa.Column("attempt_id", _ID, nullable=True),
        sa.Column("done_at", columns.Instant(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["online_attempts.id"], name=op.f("fk_online_events_attempt_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_events")),
        sa.UniqueConstraint("provider", "event_id", name=op.f("uq_online_events_provider_event_id")),
    )
    op.create_index("ix_online_events_next", "online_events", ["state", "next_at"], unique=False)
    op.create_table(
        "online_postings",
        sa.Column("id", _ID, nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "payment",
                "fee",
                "refund",
                "refund_failed",
                "dispute",
                name="changekind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempt_id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("entry_id", _ID, nullable=True),
        sa.Column("payment_id", _ID, nullable=True),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.CheckConstraint("cents <> 0", name=op.f("ck_online_postings_not_zero")),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["online_attempts.id"], name=op.f("fk_online_postings_attempt_id")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_online_postings_entry_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_online_postings_member_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_online_postings_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_postings")),
        sa.UniqueConstraint(
            "provider", "object_id", "kind", name=op.f("uq_online_postings_provider_object_id_kind")
        ),
    )
    op.create_index("ix_online_postings_attempt", "online_postings", ["attempt_id", "id"], unique=False)
    op.create_table(
        "online_items",
        sa.Column("id", _ID, nullable=False),
        sa.Column("attempt_id", _ID, nullable=False),
        sa.Column("open_item_id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.CheckConstraint("cents > 0", name=op.f("ck_online_items_positive")),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["online_attempts.id"], name=op.f("fk_online_items_attempt_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_online_items_member_id")),
        sa.ForeignKeyConstraint(
            ["open_item_id"], ["open_items.id"], name=op.f("fk_online_items_open_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_items")),
        sa.UniqueConstraint(
            "attempt_id", "open_item_id", name=op.f("uq_online_items_attempt_id_open_item_id")
        ),
    )
    op.create_index(
        "ix_online_items_held_once",
        "online_items",
        ["open_item_id"],
        unique=True,
        sqlite_where=sa.text("is_held"),
        postgresql_where=sa.text("is_held"),
    )


def downgrade() -> None:
    op.drop_table("refused_messages")
    op.drop_table("online_payouts")
    op.drop_table("online_postings")
    op.drop_table("online_items")
    op.drop_table("online_events")
    op.drop_table("online_attempts")
