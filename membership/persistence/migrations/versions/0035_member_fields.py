"""Another address for invoices, register entry and tax number of a member; an address that was written freely.

Applications held the invoice address as free text; it goes into their message, which the note of the member takes over.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from membership.persistence.columns import Json

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_COLUMNS = (
    "invoice_name", "invoice_extra", "invoice_street", "invoice_postcode", "invoice_city", "invoice_country",
    "register_entry", "tax_number",
)  # fmt: skip
_ADDRESS = _COLUMNS[:6]
_APPLICATIONS = sa.table("applications", sa.column("id"), sa.column("data", Json))


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column("members", sa.Column(name, sa.String(), nullable=False, server_default=""))
    connection = op.get_bind()
    for row in connection.execute(sa.select(_APPLICATIONS).where(_APPLICATIONS.c.data.is_not(None))).all():
        said = dict(row.data or {})
        if "invoice_address" not in said:
            continue
        written = said.pop("invoice_address")
        if written:
            said["message"] = f"Rechnungsanschrift: {written}\n{said.get('message', '')}".strip()
        said |= dict.fromkeys(_ADDRESS, "")
        connection.execute(sa.update(_APPLICATIONS).where(_APPLICATIONS.c.id == row.id).values(data=said))


def downgrade() -> None:
    """Take the columns away; in applications the address stays in the message."""
    for name in reversed(_COLUMNS):
        op.drop_column("members", name)
    connection = op.get_bind()
    for row in connection.execute(sa.select(_APPLICATIONS).where(_APPLICATIONS.c.data.is_not(None))).all():
        said = {name: value for name, value in (row.data or {}).items() if name not in _ADDRESS}
        connection.execute(
            sa.update(_APPLICATIONS)
            .where(_APPLICATIONS.c.id == row.id)
            .values(data={**said, "invoice_address": ""})
        )
