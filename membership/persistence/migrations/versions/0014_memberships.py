"""Memberships: who decided on an admission, insolvencies, successions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("memberships", sa.Column("organ", sa.String(), nullable=False, server_default=""))
    op.add_column("memberships", sa.Column("minutes", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "insolvencies",
        sa.Column("id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("court", sa.String(), nullable=False),
        sa.Column("file_number", sa.String(), nullable=False),
        sa.Column("administrator", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_insolvencies_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_insolvencies")),
    )
    op.create_index("ix_insolvencies_member_id", "insolvencies", ["member_id"])
    op.create_table(
        "successions",
        sa.Column("membership_id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("successor_id", _ID, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["memberships.id"], name=op.f("fk_successions_membership_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_successions_member_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["members.id"], name=op.f("fk_successions_successor_id")),
        sa.PrimaryKeyConstraint("membership_id", name=op.f("pk_successions")),
    )
    op.create_index("ix_successions_member_id", "successions", ["member_id"])
    op.create_index("ix_successions_successor_id", "successions", ["successor_id"])


def downgrade() -> None:
    op.drop_table("successions")
    op.drop_table("insolvencies")
    op.drop_column("memberships", "minutes")
    op.drop_column("memberships", "organ")
