"""Direct debits: mandates with their steps and documents, notices, collections with their file, their debits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "collections",
        sa.Column("id", _ID, nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("running", _ID, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("sum_cents", sa.BigInteger(), nullable=False),
        sa.Column("creditor_id", sa.String(), nullable=False),
        sa.Column("creditor_name", sa.String(), nullable=False),
        sa.Column("creditor_iban", sa.String(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("actor_key", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("made_at", columns.Instant(timezone=True), nullable=False),
        sa.CheckConstraint("item_count > 0 AND sum_cents > 0", name=op.f("ck_collections_not_empty")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collections")),
        sa.UniqueConstraint("number", name=op.f("uq_collections_number")),
        sa.UniqueConstraint("uid", name=op.f("uq_collections_uid")),
        sa.UniqueConstraint("year", "running", name=op.f("uq_collections_year_running")),
    )
    op.create_table(
        "collection_steps",
        sa.Column("id", _ID, nullable=False),
        sa.Column("collection_id", _ID, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "planned",
                "exported",
                "submitted",
                "settled",
                "withdrawn",
                name="collectionstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor_key", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collections.id"], name=op.f("fk_collection_steps_collection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_steps")),
        sa.UniqueConstraint("collection_id", "step", name=op.f("uq_collection_steps_collection_id_step")),
    )
    op.create_table(
        "mandates",
        sa.Column("id", _ID, nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column(
            "scheme", sa.Enum("CORE", "B2B", name="scheme", native_enum=False, length=32), nullable=False
        ),
        sa.Column(
            "recurrence",
            sa.Enum("recurrent", "one_off", name="recurrence", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("creditor_id", sa.String(), nullable=False),
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
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("signatory", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("actor_key", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.CheckConstraint("name <> '' AND reference <> ''", name=op.f("ck_mandates_named")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_mandates_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandates")),
        sa.UniqueConstraint("reference", name=op.f("uq_mandates_reference")),
        sa.UniqueConstraint("uid", name=op.f("uq_mandates_uid")),
    )
    op.create_index(op.f("ix_mandates_iban_key"), "mandates", ["iban_key"], unique=False)
    op.create_index("ix_mandates_member", "mandates", ["member_id", "id"], unique=False)
    op.create_table(
        "mandate_documents",
        sa.Column("id", _ID, nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("mandate_id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("stored_at", columns.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["mandate_id"], ["mandates.id"], name=op.f("fk_mandate_documents_mandate_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_mandate_documents_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate_documents")),
        sa.UniqueConstraint("uid", name=op.f("uq_mandate_documents_uid")),
    )
    op.create_index("ix_mandate_documents_mandate", "mandate_documents", ["mandate_id", "id"], unique=False)
    op.create_index("ix_mandate_documents_member", "mandate_documents", ["member_id"], unique=False)
    op.create_table(
        "mandate_steps",
        sa.Column("id", _ID, nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("mandate_id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "signed",
                "amended",
                "blocked",
                "revoked",
                "reinstated",
                name="stepkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("signatory", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("street", sa.String(), nullable=False),
        sa.Column("building", sa.String(), nullable=False),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("iban_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("iban_key", sa.String(), nullable=True),
        sa.Column("iban_shown", sa.String(), nullable=False),
        sa.Column("bic", sa.String(), nullable=False),
        sa.Column("actor_key", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'amended') = (iban_sealed IS NOT NULL)", name=op.f("ck_mandate_steps_amended_has_terms")
        ),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandates.id"], name=op.f("fk_mandate_steps_mandate_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_mandate_steps_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate_steps")),
        sa.UniqueConstraint("uid", name=op.f("uq_mandate_steps_uid")),
    )
    op.create_index("ix_mandate_steps_mandate", "mandate_steps", ["mandate_id", "id"], unique=False)
    op.create_index("ix_mandate_steps_member", "mandate_steps", ["member_id"], unique=False)
    op.create_table(
        "collection_items",
        sa.Column("id", _ID, nullable=False),
        sa.Column("collection_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("open_item_id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("mandate_id", _ID, nullable=False),
        sa.Column("terms_id", _ID, nullable=True),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("end_to_end_id", sa.String(), nullable=False),
        sa.Column("block", sa.String(), nullable=False),
        sa.Column(
            "scheme", sa.Enum("CORE", "B2B", name="scheme", native_enum=False, length=32), nullable=False
        ),
        sa.Column(
            "sequence",
            sa.Enum("RCUR", "OOFF", "FNAL", name="sequence", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("iban_shown", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "settled", "returned", "withdrawn", name="itemstate", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("payment_id", _ID, nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("return_code", sa.String(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("fee_cents", sa.BigInteger(), nullable=False),
        sa.Column("fee_entry_id", _ID, nullable=True),
        sa.Column("fee_item_id", _ID, nullable=True),
        sa.CheckConstraint(
            "(state = 'returned') = (return_code <> '')", name=op.f("ck_collection_items_return_has_code")
        ),
        sa.CheckConstraint(
            "state <> 'settled' OR payment_id IS NOT NULL",
            name=op.f("ck_collection_items_settled_has_payment"),
        ),
        sa.CheckConstraint("cents > 0", name=op.f("ck_collection_items_positive")),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collections.id"], name=op.f("fk_collection_items_collection_id")
        ),
        sa.ForeignKeyConstraint(
            ["fee_entry_id"], ["entries.id"], name=op.f("fk_collection_items_fee_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["fee_item_id"], ["open_items.id"], name=op.f("fk_collection_items_fee_item_id")
        ),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandates.id"], name=op.f("fk_collection_items_mandate_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_collection_items_member_id")),
        sa.ForeignKeyConstraint(
            ["open_item_id"], ["open_items.id"], name=op.f("fk_collection_items_open_item_id")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_collection_items_payment_id")),
        sa.ForeignKeyConstraint(
            ["terms_id"], ["mandate_steps.id"], name=op.f("fk_collection_items_terms_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_items")),
        sa.UniqueConstraint(
            "collection_id", "position", name=op.f("uq_collection_items_collection_id_position")
        ),
        sa.UniqueConstraint("end_to_end_id", name=op.f("uq_collection_items_end_to_end_id")),
        sa.UniqueConstraint("fee_entry_id", name=op.f("uq_collection_items_fee_entry_id")),
        sa.UniqueConstraint("fee_item_id", name=op.f("uq_collection_items_fee_item_id")),
        sa.UniqueConstraint("open_item_id", "attempt", name=op.f("uq_collection_items_open_item_id_attempt")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_collection_items_payment_id")),
    )
    op.create_index("ix_collection_items_block", "collection_items", ["block"], unique=False)
    op.create_index(
        "ix_collection_items_held_once",
        "collection_items",
        ["open_item_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('open', 'settled')"),
        postgresql_where=sa.text("state IN ('open', 'settled')"),
    )
    op.create_index("ix_collection_items_mandate", "collection_items", ["mandate_id"], unique=False)
    op.create_index("ix_collection_items_member", "collection_items", ["member_id"], unique=False)
    op.create_table(
        "debit_notices",
        sa.Column("id", _ID, nullable=False),
        sa.Column("open_item_id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("mandate_id", _ID, nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("notified_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("actor_key", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.CheckConstraint("cents > 0", name=op.f("ck_debit_notices_positive")),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandates.id"], name=op.f("fk_debit_notices_mandate_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_debit_notices_member_id")),
        sa.ForeignKeyConstraint(
            ["open_item_id"], ["open_items.id"], name=op.f("fk_debit_notices_open_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_debit_notices")),
    )
    op.create_index("ix_debit_notices_item", "debit_notices", ["open_item_id", "id"], unique=False)
    op.create_index("ix_debit_notices_member", "debit_notices", ["member_id"], unique=False)


def downgrade() -> None:
    op.drop_table("debit_notices")
    op.drop_table("collection_items")
    op.drop_table("mandate_steps")
    op.drop_table("mandate_documents")
    op.drop_table("mandates")
    op.drop_table("collection_steps")
    op.drop_table("collections")
