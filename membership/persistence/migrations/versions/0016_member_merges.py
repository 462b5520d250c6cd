"""Records of members that went into another one of the same company."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "member_merges",
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("into_id", _ID, nullable=False),
        sa.Column("before", columns.Json(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_member_merges_member_id")),
        sa.ForeignKeyConstraint(["into_id"], ["members.id"], name=op.f("fk_member_merges_into_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member_merges")),
    )
    op.create_index("ix_member_merges_into_id", "member_merges", ["into_id"])


def downgrade() -> None:
    op.drop_table("member_merges")
