"""The addresses of invitations as accounts keep them: an address with capitals found no account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_INVITATIONS = sa.table("company_invitations", sa.column("id"), sa.column("email"))


def upgrade() -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(_INVITATIONS)).all():
        tidied = row.email.strip().casefold()
        if tidied != row.email:
            connection.execute(
                sa.update(_INVITATIONS).where(_INVITATIONS.c.id == row.id).values(email=tidied)
            )


def downgrade() -> None:
    """Leave the addresses as they are: what was typed is not known any more."""
