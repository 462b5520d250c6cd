"""The guard under which a mandate gets its reference: two people cannot give the same one at once."""

from __future__ import annotations

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "INSERT INTO guards (name) SELECT 'mandate_references'"
        " WHERE NOT EXISTS (SELECT 1 FROM guards WHERE name = 'mandate_references')"
    )


def downgrade() -> None:
    """Leave the row, like those of the other guards: an older program asks for none of it."""
