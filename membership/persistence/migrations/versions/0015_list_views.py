"""What a person wants to see of a list: filters with a name, and the columns it always shows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "list_views",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", columns.Json(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_list_views_user_id")),
        sa.PrimaryKeyConstraint("user_id", "page", "name", name=op.f("pk_list_views")),
    )


def downgrade() -> None:
    op.drop_table("list_views")
