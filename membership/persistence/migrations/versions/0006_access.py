"""Access: when somebody has last proved to be who they are, known browsers, notices about an account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence import columns

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_browsers",
        sa.Column("id_hash", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_used_at", columns.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_known_browsers_user_id")),
        sa.PrimaryKeyConstraint("id_hash", "user_id", name=op.f("pk_known_browsers")),
    )
    op.create_table(
        "security_notices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("facts", columns.Json(), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        sa.Column("at", columns.Instant(timezone=True), nullable=False),
        sa.Column("seen_at", columns.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_security_notices_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_notices")),
    )
    with op.batch_alter_table("security_notices", schema=None) as batch_op:
        batch_op.create_index("ix_security_notices_unseen", ["user_id", "seen_at"], unique=False)
    op.add_column("user_sessions", sa.Column("proved_at", columns.Instant(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("user_sessions", "proved_at")
    op.drop_table("security_notices")
    op.drop_table("known_browsers")
